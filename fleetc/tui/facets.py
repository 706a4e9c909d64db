"""The filter menu: what a tree can be narrowed to, with how many there are of each. Pure.

An entry is a term of the selector language, so that what the menu does can be read and typed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from fleetc.plan.actions import Limit
from fleetc.plan.changes import Op
from fleetc.plan.verdicts import Verdict
from fleetc.tui.choice import Choice
from fleetc.tui.verdicts import code_of

__all__ = ["Facet", "facets", "marks", "merged", "terms"]

_SETS = (("p", "problem", "problems"), ("x", "chosen", "chosen"), ("o", "out", "left out"))
_OPS = (
    ("c", Op.CREATE),
    ("u", Op.UPDATE),
    ("r", Op.REPLACE),
    ("d", Op.DELETE),
    ("m", Op.MOVE),
    ("t", Op.UNPROTECT),
    ("s", Op.ACCEPT),
)
_VERDICTS = (("n", Verdict.DENY), ("h", Verdict.HOLD), ("e", Verdict.REQUIRE), ("w", Verdict.WARN))
_ALWAYS = (Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE)


class Facet(NamedTuple):
    """One entry: its key, its term, its words, and how many rows it shows."""

    key: str
    term: str
    text: str
    rows: int


def marks(choice: Choice, limits: Callable[[], Iterable[Limit]]) -> Mapping[str, Callable[[], bytes]]:
    """The named sets of a plan under review: `@problem`, `@chosen`, `@out`."""
    return {
        "problem": lambda: choice.problems(limits()),
        "chosen": lambda: choice.ticked,
        "out": choice.left_out,
    }


def facets(choices: Iterable[tuple[Choice, tuple[Limit, ...]]]) -> list[Facet]:
    """The entries for some plans, each with the limits of what is chosen of it."""
    every = tuple(choices)
    sets = {
        "problem": sum(choice.problems(limits).count(1) for choice, limits in every),
        "chosen": sum(choice.count for choice, _ in every),
        "out": sum(choice.left_out().count(1) for choice, _ in every),
    }
    found = [Facet(key, f"@{name}", text, sets[name]) for key, name, text in _SETS]
    for key, op in _OPS:
        count = sum(choice.ops[op].count(1) for choice, _ in every)
        if count or op in _ALWAYS:
            found.append(Facet(key, f"change:{op}", f"change: {op}", count))
    for key, verdict in _VERDICTS:
        told = partial(_judged, code_of(verdict))
        found.append(Facet(key, f"verdict:{verdict}", f"verdict: {verdict}", sum(told(c) for c, _ in every)))
    kinds: Counter[str] = Counter()
    for choice, _ in every:
        kinds.update(choice.kinds)
    digits = iter("123456789")
    return found + [Facet(next(digits, ""), f"kind:{kind}", f"kind: {kind}", kinds[kind]) for kind in kinds]


def _judged(code: int, choice: Choice) -> int:
    return choice.verdicts.worst.count(code)


def terms(expression: str, known: Iterable[Facet]) -> list[str] | None:
    """The terms of a filter that the menu made; None when somebody wrote something else."""
    names = {facet.term for facet in known}
    found = [term.strip() for term in expression.split(",") if term.strip()]
    return found if names.issuperset(found) else None


def merged(expression: str, term: str, known: Iterable[Facet]) -> str:
    """The filter with a term put in: another one of its sort goes, and the same one again goes out.

    A filter that the menu did not make is replaced.
    """
    before = terms(expression, known) or []
    if term in before:
        return ", ".join(each for each in before if each != term)
    sort = _sort(term)
    return ", ".join([*(each for each in before if _sort(each) != sort), term])


def _sort(term: str) -> str:
    return term if term.startswith("@") else term.partition(":")[0]
