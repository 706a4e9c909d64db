"""Selectors: one syntax for the command line, the terminal and rules (design 3.1).

node/edge-*         by address: `*` any text, `?` one character, `[ab]` one of them
edge-tokyo-01       by own name; so does edge-tokyo-*, which also goes over whole addresses
kind:peer           by kind; on a plan also change:delete, cause:drift, field:listen_port and
                    verdict:deny, what rules say of it
region:ap-*         by the value of a field; label.site:fra by what a mapping holds
+x   x+   2+x+1     x with what it needs, with what needs it, at most so many steps away
a, b   a b   not a  both of them, any of them, what it does not select; and ( )
@new   all          what the fleet file asks for anew; everything
@since:REV          what it asks for otherwise than at another revision
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import compress, islice

import msgspec

from fleetc.ir.adjacency import Adjacency
from fleetc.lang.matching import matcher
from fleetc.lang.selector_ast import (
    Address,
    Both,
    Either,
    Everything,
    Mark,
    Not,
    Predicate,
    Reach,
    Selector,
    SelectorProblem,
)
from fleetc.lang.selector_parser import SYNTAX, parse
from fleetc.lang.suggest import near
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.plan.actions import Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.universe import Universe
from fleetc.plan.verdicts import Verdict

__all__ = ["Filtered", "filter_mask", "rows_at", "rows_in", "select", "unmatched"]

_ON_PLANS: dict[str, type[StrEnum] | None] = {"change": Op, "cause": Cause, "verdict": Verdict, "field": None}
_VALUES = {"kind": "kind", "change": "operation", "cause": "cause", "verdict": "verdict", "field": "field"}
_MAPPINGS = (FieldType.STRING_MAP, FieldType.MAPPING)
_OPERATORS = re.compile(r"[:*?\[(),\"@+]")


def select(expression: str, universe: Universe, *, lenient: bool = False) -> bytes:
    """One 0/1 byte a row; all 0 for a predicate that matches nothing here.

    When `lenient`, an address that is nowhere selects nothing.

    Raises `SelectorProblem` (a `UsageProblem`) for what cannot be read or cannot mean anything: an
    unknown kind, field or value of a fixed set, an address, pattern or name that is nowhere.
    """
    found = _Evaluation(universe, lenient=lenient).mask(parse(expression))
    return found.to_bytes(len(universe), "little")


def rows_in(masks: Iterable[bytes]) -> list[int]:
    """The rows that stand in any of some masks of one universe."""
    return [row for row, column in enumerate(zip(*masks, strict=True)) if any(column)]


def unmatched(picked: Mapping[str, bytes]) -> list[str]:
    """A note for each selector (with its mask) that selects nothing."""
    return [
        f"note: the selector {text!r} matches nothing here" for text, mask in picked.items() if 1 not in mask
    ]


def rows_at(address: str, plan: Plan) -> bytes:
    """The actions of exactly this address or id; raises `SelectorProblem` when the plan has none."""
    rows = bytes(address in (action.address, action.id) for action in plan.actions)
    if not any(rows):
        addresses = [action.address for action in plan.actions]
        raise _nowhere(address, addresses, "the plan has no action on")
    return rows


class Filtered(msgspec.Struct, frozen=True):
    """What a filter shows: a 0/1 byte a row, None for everything; or why it shows nothing.

    `unfinished`: the text may yet become right when more of it is typed.
    """

    mask: bytes | None = None
    trouble: str = ""
    unfinished: bool = False


def filter_mask(text: str, universe: Universe) -> Filtered:
    """What a typed filter shows: a selector when the text has a mark of one, else plain text.

    Plain text shows the addresses that hold each of its words, in any case; where none does, those
    that have the characters of each word in their order (`etk01` finds `edge-tokyo-01`).
    """
    text = text.strip()
    if not text:
        return Filtered()
    if not _OPERATORS.search(text):
        return Filtered(_plain(text.lower().split(), universe))
    try:
        return Filtered(select(text, universe))
    except SelectorProblem as problem:
        return Filtered(bytes(len(universe)), problem.message, problem.unfinished)


def _plain(words: list[str], universe: Universe) -> bytes:
    texts = universe.lowered
    rows: Sequence[int] = range(len(texts))
    for word in words:
        rows = [row for row in rows if word in texts[row]]
    if not rows:
        rows = range(len(texts))
        for word in words:
            match = _in_order(word).match
            rows = [row for row in rows if match(texts[row])]
    found = bytearray(len(texts))
    for row in rows:
        found[row] = 1
    return bytes(found)


def _in_order(word: str) -> re.Pattern[str]:
    """Finds the characters of a word one after the other, without ever going back."""
    return re.compile("".join(f"[^{re.escape(c)}]*{re.escape(c)}" for c in word), re.DOTALL)


class _Evaluation:
    """Evaluates over one universe. A mask is an int with one byte a row, the first row lowest."""

    def __init__(self, universe: Universe, *, lenient: bool) -> None:
        self.universe = universe
        self.lenient = lenient
        self.everything = int.from_bytes(b"\1" * len(universe), "little")

    def mask(self, term: Selector) -> int:
        match term:
            case Everything():
                return self.everything
            case Address():
                return self._address(term)
            case Predicate():
                return self._predicate(term)
            case Mark():
                return self._mark(term)
            case Reach():
                return self._reach(term)
            case Not():
                return self.everything & ~self.mask(term.inner)
            case Either():
                found = 0
                for part in term.parts:
                    found |= self.mask(part)
                return found
            case Both():
                found = self.everything
                for part in term.parts:
                    found &= self.mask(part)
                return found

    def _address(self, term: Address) -> int:
        match, addresses = matcher(term.pattern), self.universe.addresses
        if "/" in term.pattern.text:
            found = bytes(map(bool, map(match, addresses)))
        else:
            rows = zip(self.universe.names, addresses, strict=True)
            found = bytes(bool(match(name) or match(address)) for name, address in rows)
        if 1 not in found and not self.lenient:
            raise _nowhere(term.pattern.text, addresses, self.universe.missing)
        return int.from_bytes(found, "little")

    def _mark(self, term: Mark) -> int:
        if term.name == "since":
            return self._since(term)
        made = self.universe.marks.get(term.name)
        if made is None or term.value:
            raise _unknown("set", f"@{term.name}", [f"@{name}" for name in self.universe.marks])
        return int.from_bytes(made(), "little")

    def _since(self, term: Mark) -> int:
        if self.universe.since is None:
            raise SelectorProblem(
                "`@since:` reads another revision, which cannot be done here",
                next_step="use it on the command line: fleetc plan --select @since:REV",
            )
        if not term.value:
            raise SelectorProblem(
                "a revision is missing in `@since:`", next_step="write @since:main", unfinished=True
            )
        changed = self.universe.since(term.value)
        return int.from_bytes(bytes(map(changed.__contains__, self.universe.addresses)), "little")

    def _reach(self, term: Reach) -> int:
        first = self.mask(term.inner)
        rows = list(compress(range(len(self.universe)), first.to_bytes(len(self.universe), "little")))
        found = bytearray(len(self.universe))
        if term.needs is not None:
            _walk(self.universe.needs, rows, term.needs, found)
        if term.needed_by is not None:
            _walk(self.universe.needed_by, rows, term.needed_by, found)
        return int.from_bytes(found, "little")

    def _predicate(self, term: Predicate) -> int:
        name, known = self._known(term)
        _require(term, name, known)
        return int.from_bytes(self.universe.column(name, term.key).mask(term.pattern), "little")

    def _known(self, term: Predicate) -> tuple[str, Collection[str]]:
        """The name of the predicate's column, and its values if they are a fixed set."""
        if term.name in _ON_PLANS and term.name not in self.universe.built_in:
            hint = "use it where a plan is made: fleetc plan --select"
            raise SelectorProblem(f"`{term.name}:` selects changes, and here are none", next_step=hint)
        if term.name not in {"kind", *_ON_PLANS}:
            return _field(term)
        if term.key:
            raise SelectorProblem(
                f"`{term.name}` has nothing inside it", next_step=f"write {term.name}:VALUE"
            )
        if term.name == "kind":
            return term.name, tuple(KINDS)
        values = _ON_PLANS[term.name]
        return term.name, tuple(values) if values else tuple(_fields())


def _walk(edges: Adjacency, rows: list[int], steps: int, found: bytearray) -> None:
    for wave in islice(edges.waves(rows), None if steps < 0 else steps + 1):
        for row in wave:
            found[row] = 1


def _fields() -> dict[str, list[FieldSpec]]:
    """The fields of all kinds that have a wanted value, by name."""
    found: dict[str, list[FieldSpec]] = {}
    for kind in KINDS.values():
        for spec in kind.fields:
            if not spec.readonly:
                found.setdefault(spec.name, []).append(spec)
    return found


def _field(term: Predicate) -> tuple[str, Collection[str]]:
    """The field that a predicate names (`label.x` is one of `labels`), and its fixed values."""
    fields = _fields()
    name = f"{term.name}s" if term.key and term.name not in fields else term.name
    specs = fields.get(name)
    if specs is None:
        raise _unknown("predicate or field", term.name, ["kind", *_ON_PLANS, *fields])
    inside = [spec for spec in specs if spec.type in _MAPPINGS]
    if term.key and not inside:
        raise SelectorProblem(f"`{name}` has nothing inside it", next_step=f"write {name}:VALUE")
    if not term.key and len(inside) == len(specs):
        hint = f"say what it holds: {name}.KEY:VALUE"
        raise SelectorProblem(f"`{name}` is a mapping", next_step=hint, unfinished=True)
    return name, _fixed(specs)


def _fixed(specs: Iterable[FieldSpec]) -> Collection[str]:
    """The values of a field that has no others; empty for one that may have any."""
    values: dict[str, None] = {}
    for spec in specs:
        if spec.type is FieldType.BOOLEAN:
            values |= dict.fromkeys(("true", "false"))
        elif spec.values:
            values |= dict.fromkeys(spec.values)
        else:
            return ()
    return values


def _require(term: Predicate, name: str, known: Collection[str]) -> None:
    """Raises when the predicate's value is none of the known ones, where they are known."""
    match = matcher(term.pattern)
    if known and not any(match(value) for value in known):
        raise _unknown(_VALUES.get(name, f"value of `{name}`"), term.pattern.text, list(known))


def _unknown(what: str, name: str, known: list[str]) -> SelectorProblem:
    similar = near(name, known)
    hint = f"use `{similar}`" if similar else f"known: {', '.join(known) or 'none here'}"
    half = any(value.startswith(name) for value in known)
    return SelectorProblem(f"no {what} named `{name}`", next_step=hint, unfinished=half)


def _nowhere(text: str, addresses: Iterable[str], missing: str) -> SelectorProblem:
    similar = near(text, addresses)
    hint = f"a similar one is there: `{similar}`" if similar else SYNTAX
    half = any(address.startswith(text) for address in addresses)
    return SelectorProblem(f"{missing} `{text}`", next_step=hint, code="F0802", unfinished=half)
