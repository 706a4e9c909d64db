"""libyaml's syntax errors in plain words, with the place that needs mending."""

from __future__ import annotations

from fleetc.lang.faults import Faults, Place
from fleetc.lang.source import SourceFile

__all__ = ["explain_syntax"]


def explain_syntax(file: SourceFile, faults: Faults, problem: str, mark: int, context: int | None) -> None:
    """Report the syntax error `problem` that libyaml found at the offset `mark`.

    `context` is the offset where the construct began, if libyaml says so.
    """
    faults.add("F0027", "the YAML cannot be read here", Place(mark, mark + 1))
