"""The summary of a diff by the sections of a fleet file (design 2.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from fleetc.ir.address import kind_of, parts
from fleetc.model.kinds import KINDS, SUMMARY_ALWAYS
from fleetc.plan.changes import Change, Op

__all__ = ["summarise"]

_VERBS = {
    Op.CREATE: "add",
    Op.MOVE: "update",
    Op.UPDATE: "update",
    Op.REPLACE: "update",
    Op.DELETE: "delete",
}


def summarise(changes: Sequence[Change], addresses: Iterable[str]) -> dict[str, Any]:
    """`{templates: {add, update, delete}, …, sdwan: {networks: {…}, …}}`.

    `addresses` are all those of the account, declared or live: a name that stands twice among
    those of a kind is written with its network.
    """
    sections: dict[str, dict[str, list[str]]] = {name: _empty() for name in SUMMARY_ALWAYS}
    twice = _ambiguous(changes, addresses)
    hosts = {parts(c.address)[1]: _VERBS[c.op] for c in changes if c.kind == _HOST}
    for change in changes:
        section = KINDS[change.kind].summary
        if section:
            names = sections.setdefault(section, _empty())[_VERBS[change.op]]
            names.append(_name(change.address, twice))
        if not section or KINDS[change.kind].parent == _HOST:
            name = parts(change.address)[1]
            if name not in hosts:
                hosts[name] = "update"
                sections[KINDS[_HOST].summary]["update"].append(name)
    return _nested(sections)


_HOST = "node"


def _empty() -> dict[str, list[str]]:
    return {"add": [], "update": [], "delete": []}


def _ambiguous(changes: Sequence[Change], addresses: Iterable[str]) -> set[tuple[str, str]]:
    """Kind and name of what stands under more than one parent."""
    kinds = {c.kind for c in changes if KINDS[c.kind].parent and KINDS[c.kind].identity == "name"}
    if not kinds:
        return set()
    marks = {f"{kind}/" for kind in kinds}
    known = {text for text in addresses if text[: text.find("/") + 1] in marks}
    counts = Counter((kind_of(text), text.rpartition("/")[2]) for text in known)
    return {key for key, count in counts.items() if count > 1}


def _name(address: str, twice: set[tuple[str, str]]) -> str:
    kind, *names = parts(address)
    bare = KINDS[kind].identity == "name" and (kind, address.rpartition("/")[2]) not in twice
    return names[-1] if bare or not KINDS[kind].parent else "/".join(names)


def _nested(sections: dict[str, dict[str, list[str]]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for path in sorted(sections, key=_place):
        *folders, last = path.split(".")
        place = result
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = sections[path]
    return result


def _place(section: str) -> tuple[bool, int]:
    order = list(SUMMARY_ALWAYS)
    known = section in SUMMARY_ALWAYS
    return ("." in section, order.index(section) if known else len(order))
