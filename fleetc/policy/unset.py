"""A lint of rules that read a fact of `env` which an environment of the operator's file does not set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from fleetc.lang import rules_ast as ast
from fleetc.lang.diagnostics import Diagnostic, Severity
from fleetc.lang.text import few
from fleetc.policy.code import ENV
from fleetc.policy.reporting import Report

__all__ = ["facts_read", "unset_facts"]

_MOST = 4


def unset_facts(
    declarations: Iterable[ast.Declaration], lacking: Mapping[str, tuple[str, ...]]
) -> tuple[Diagnostic, ...]:
    """A note at the first look of each declaration at a fact; `lacking` are the environments without it."""
    report = Report()
    for declared in declarations:
        seen: dict[str, ast.Path] = {}
        for path in facts_read(declared):
            seen.setdefault(path.names[1].text, path)
        for fact, path in seen.items():
            if names := lacking.get(fact):
                where = few([f"[environments.{name}]" for name in names], _MOST)
                report.add(
                    "F0854",
                    f"`env.{fact}` is not set in {where}: what rests on it gives its strictest verdict there",
                    path.span,
                    help=f"set `{fact}` there, in the operator's file",
                    severity=Severity.NOTE,
                )
    return report.diagnostics()


def facts_read(node: object) -> Iterator[ast.Path]:
    """The facts that a part of a declaration looks at; a message, and whether one is set, need none."""
    if isinstance(node, ast.Path):
        if len(node.names) == 2 and node.names[0].text == ENV:
            yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from facts_read(each)
    elif isinstance(node, msgspec.Struct) and not (isinstance(node, ast.Template | ast.Test) or _asks(node)):
        for name in node.__struct_fields__:
            yield from facts_read(getattr(node, name))


def _asks(node: object) -> bool:
    """Whether it is a comparison with none."""
    sides = (node.left, node.right) if isinstance(node, ast.Compare) else ()
    return any(isinstance(side, ast.Literal) and side.value is None for side in sides)
