"""What rules mean, and what came of their tests, as text and as JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fleetc.lang.render import document
from fleetc.lang.text import visible
from fleetc.policy.coverage import Atom, Coverage, Covered
from fleetc.policy.describing import Described
from fleetc.policy.testing import Tested
from fleetc.report.page import Page
from fleetc.report.tables import table

__all__ = [
    "coverage_text",
    "explained_document",
    "explained_table",
    "explained_text",
    "tests_document",
    "tests_line",
]


_ROOM = 60


def tests_line(tested: Sequence[Tested]) -> str:
    """How many tests passed, on one line."""
    if not tested:
        return "no tests"
    failed = sum(not each.passed for each in tested)
    count = f"{len(tested)} test{'' if len(tested) == 1 else 's'}"
    return f"{count}: {len(tested) - failed} passed" + (f", {failed} failed" if failed else "")


def coverage_text(seen: Coverage, *, width: int = 80, color: bool = False) -> str:
    """How much of each rule tests saw, and what of it they did not."""
    page = Page(color=color, width=width)
    page.line(f"Coverage: {seen.percent} % of what conditions can be", tone="strong")
    for covered in seen.rules:
        page.line(
            f"{covered.percent:>3} %  {visible(covered.label)}  ({visible(covered.place)})", indent=2, hang=7
        )
        for line in _missing(covered):
            page.line(line, indent=9, hang=2, tone="dim")
    return page.text()


def _missing(covered: Covered) -> list[str]:
    lines = [
        f"{_words(atom)}: {visible(atom.text)}  ({visible(str(atom.place))})"
        for atom in covered.atoms.values()
        if atom.missing
    ]
    if not covered.atoms and not covered.reached:
        lines.append("no test reaches it")
    if not covered.tests and covered.label.partition(" ")[0] in ("rule", "invariant", "budget"):
        lines.append("no test expects anything of it")
    return lines


def _words(atom: Atom) -> str:
    return (
        "never looked at"
        if len(atom.missing) == 2 and not atom.unknown
        else f"never {' and never '.join(atom.missing)}"
    )


def tests_document(tested: Sequence[Tested], seen: Coverage | None) -> dict[str, Any]:
    """The JSON values of some tests, format `fleetc.rules-tests/1`."""
    rows = [
        {
            "rule": each.test.rule.text,
            "title": each.test.title,
            "place": str(each.test.rule.span),
            "passed": each.passed,
            "failure": document([each.failure])["diagnostics"][0] if each.failure else None,
        }
        for each in tested
    ]
    failed = sum(not each.passed for each in tested)
    found = {"format": "fleetc.rules-tests/1", "passed": len(rows) - failed, "failed": failed, "tests": rows}
    return found | ({"coverage": _coverage(seen)} if seen is not None else {})


def _coverage(seen: Coverage) -> dict[str, Any]:
    return {"percent": seen.percent, "rules": [_covered(each) for each in seen.rules]}


def _covered(covered: Covered) -> dict[str, Any]:
    return {
        "rule": covered.label,
        "place": covered.place,
        "percent": covered.percent,
        "tests": covered.tests,
        "reached": covered.reached,
        "atoms": [
            {
                "text": atom.text,
                "place": str(atom.place),
                "true": atom.true,
                "false": atom.false,
                "unknown": atom.unknown,
                "missing": list(atom.missing),
            }
            for atom in covered.atoms.values()
        ],
    }


def explained_text(found: Sequence[Described], *, width: int = 80, color: bool = False) -> str:
    """What some declarations say, one paragraph each."""
    page = Page(color=color, width=width)
    for each in found:
        page.blank()
        page.line(f"{each.what} {visible(each.name)}  ({visible(each.place)})", hang=2, tone="strong")
        if each.title:
            page.line(visible(each.title), indent=2)
        room = max((len(label) for label, _ in each.says), default=0)
        for label, text in each.says:
            page.line(f"{label:<{room}}  {visible(text)}", indent=2, hang=room + 2)
    return page.text()


def explained_table(found: Sequence[Described]) -> str:
    """All declarations, one a line."""
    rows = [(each.what, each.name, _answer(each), visible(_about(each), _ROOM), each.place) for each in found]
    return table(("what", "name", "answer", "about", "place"), rows, empty="no rules")


def _answer(each: Described) -> str:
    trial = " (on trial)" if each.first("trial") else ""
    return each.first("answers").partition(":")[0] + trial


def _about(each: Described) -> str:
    labels = ("about", "counts", "lifts", "leaves", "member", "times")
    return next(filter(None, map(each.first, labels)), "")


def explained_document(found: Sequence[Described]) -> dict[str, Any]:
    """The JSON values of some declarations, format `fleetc.rules/1`; what is said several times is a list."""
    rows = []
    for each in found:
        says: dict[str, list[str]] = {}
        for label, text in each.says:
            says.setdefault(label, []).append(text)
        head = {"what": each.what, "name": each.name, "title": each.title, "place": each.place}
        rows.append({**head, "says": says})
    return {"format": "fleetc.rules/1", "rules": rows}
