"""fleetc: a declarative rules and graph compiler for fleets, with a terminal UI.

Data flows one way. Every stage is a function from frozen values to frozen values plus
diagnostics; the outside world stands at the edges, behind the Protocols of `fleetc.ports`.

    bytes -> lang -> model -> ir -> plan -> run -> platform
                                      ^               |
                               store (snapshots, ledger)

Layers, lowest first: errors, lang, model, ir, plan, events, ports, run, then the adapters
(store, git, platforms, report), service, tui, cli. A layer imports only from those below it.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
