"""Rules at compile time: whether they are right, and what of them the declared fleet breaks (design 3.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fleetc.lang.diagnostics import Diagnostic, Severity, has_errors
from fleetc.service.circumstances import circumstances_of, known_facts
from fleetc.service.ruling import rule_files

if TYPE_CHECKING:
    from fleetc.ir.graph import ResourceGraph
    from fleetc.ir.lower import Compiled
    from fleetc.policy.checking import Ruling
    from fleetc.service.sources import Source
    from fleetc.service.workspace import Workspace

__all__ = ["guarded"]


def guarded(workspace: Workspace, source: Source, compiled: Compiled) -> Compiled:
    """What was compiled, with what the rules beside it say; there is no graph when that is an error."""
    files = rule_files(source)
    if not files:
        return compiled
    from fleetc.policy.checking import check
    from fleetc.policy.lints import lint

    ruling = check(files, known_facts(workspace))
    people = workspace.operator().people if workspace.has_operator else None
    lints = lint(ruling, workspace.clock.now(), people)
    found = (*ruling.diagnostics, *(each for each in lints if each.severity is not Severity.NOTE))
    found += _broken(workspace, compiled.graph, ruling)
    sources = replace(
        compiled.sources, files=tuple(sorted((*compiled.sources.files, *files), key=lambda file: file.path))
    )
    graph = None if has_errors(found) else compiled.graph
    return replace(compiled, graph=graph, diagnostics=(*compiled.diagnostics, *found), sources=sources)


def _broken(workspace: Workspace, graph: ResourceGraph | None, ruling: Ruling) -> tuple[Diagnostic, ...]:
    """The invariants that the declared fleet breaks."""
    if graph is None or ruling.rules is None or not ruling.rules.invariants:
        return ()
    from fleetc.policy.declared import broken_invariants

    circumstances = circumstances_of(workspace, graph.account)
    circumstances = replace(circumstances, calendars=ruling.rules.calendars)
    return broken_invariants(graph, ruling.rules, ruling.declarations, circumstances)
