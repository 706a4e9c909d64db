"""Probable renames: a delete and a create that are alike, so that `moved` may be what was meant.

Alike are two of one kind, under one parent, whose settable fields are all equal but one at most; the
fields of what stands in the same item of the fleet file (a node's instance) count too. They are
paired only where nothing else is alike to either; as many that are all equal on both sides, as those
of a range are, by the last number of their names. Time is linear in the fields of what is deleted and
created.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleetc.ir.address import parts
from fleetc.ir.values import Ref, Value, canonical
from fleetc.model.kinds import KINDS
from fleetc.model.namespaces import name_space
from fleetc.model.schema import FieldSpec
from fleetc.plan.changes import Cause, Change, Op, Rename
from fleetc.plan.fields import KindView, normal
from fleetc.plan.ranges import ranges

__all__ = ["joined", "probable_renames"]

_NUMBER = re.compile(r"([0-9]+)([^0-9]*)\Z", re.ASCII)


@dataclass(slots=True)
class _Bucket:
    """What has one key: the addresses of what goes and of what comes."""

    gone: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two that are alike; None where a choice is left, or nothing to choose."""
        return (self.gone[0], self.new[0]) if len(self.gone) == len(self.new) == 1 else None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of what is equal in all: the only two, or each with the one of its own number."""
        if self.pair:
            return [self.pair]
        gone, new = _numbered(self.gone), _numbered(self.new)
        whole = len(gone) == len(self.gone) == len(new) == len(self.new)
        return [(gone[number], new[number]) for number in gone] if whole and gone.keys() == new.keys() else []


def _numbered(addresses: Iterable[str]) -> dict[int, str]:
    """The addresses by the last number of their names."""
    found = ((_NUMBER.search(address), address) for address in addresses)
    return {int(number[1]): address for number, address in found if number}


def probable_renames(changes: Mapping[str, Change], views: Mapping[str, KindView]) -> tuple[Rename, ...]:
    """The pairs in the order of the creates, each with the name of the field that differs, if one does."""
    found: list[Rename] = []
    for kind in KINDS:
        if name_space(kind) == kind and views[kind].profile.renamable:
            mine = [change for change in changes.values() if change.kind == kind]
            gone = [change for change in mine if change.op is Op.DELETE]
            new = [change for change in mine if change.op is Op.CREATE and change.cause is Cause.GIT]
            if gone and new:
                found += _paired(gone, new, changes, views)
    order = {address: number for number, address in enumerate(changes)}
    return tuple(sorted(found, key=lambda rename: order[rename.target]))


def joined(renames: Iterable[Rename]) -> tuple[Rename, ...]:
    """The renames as few entries of `moved`: those that keep their number, as a range on both sides."""
    series: dict[tuple[str, ...], list[Rename]] = {}
    for rename in renames:
        ends = [_NUMBER.split(end, maxsplit=1) for end in (rename.source, rename.target)]
        kept = len(ends[0]) == len(ends[1]) > 1 and ends[0][1] == ends[1][1]
        around = [part for end in ends for part in (end[0], *end[2:3])] if kept else [rename.source]
        series.setdefault((rename.differs, *around), []).append(rename)
    return tuple(entry for members in series.values() for entry in _entry(members))


def _entry(members: list[Rename]) -> list[Rename]:
    sources, targets = ranges(r.source for r in members), ranges(r.target for r in members)
    one = len(sources) == len(targets) == 1
    return [Rename(sources[0], targets[0], members[0].differs)] if one else members


def _paired(
    gone: Iterable[Change],
    new: Iterable[Change],
    changes: Mapping[str, Change],
    views: Mapping[str, KindView],
) -> list[Rename]:
    ends = {change.address for change in gone}
    rows = {change.address: _values(change, changes, views) for change in (*gone, *new)}
    rows = {address: values for address, values in rows.items() if any(told for _, told in values.values())}
    whole = _buckets(rows, ends, "").values()
    equal = [Rename(*pair) for bucket in whole for pair in bucket.pairs]
    alone = [bucket for bucket in whole if not (bucket.gone and bucket.new)]
    left = {address: rows[address] for bucket in alone for address in (*bucket.gone, *bucket.new)}
    return equal + _but_for_one(left, ends)


def _but_for_one(rows: Mapping[str, dict[str, tuple[bytes, bool]]], ends: set[str]) -> list[Rename]:
    """The pairs of which neither has another one that is equal to it but for one field."""
    candidates: dict[str, set[Rename]] = {}
    for name in dict.fromkeys(name for values in rows.values() for name in values):
        for bucket in _buckets(rows, ends, name).values():
            rename = Rename(*(bucket.pair or ("", "")), name)
            for address in (*bucket.gone, *bucket.new) if bucket.gone and bucket.new else ():
                candidates.setdefault(address, set()).add(rename)
    sure = {next(iter(found)) for found in candidates.values() if len(found) == 1}
    return [r for r in sure if r.source and candidates[r.source] == candidates[r.target]]


def _buckets(
    rows: Mapping[str, dict[str, tuple[bytes, bool]]], ends: set[str], without: str
) -> dict[Hashable, _Bucket]:
    """The addresses by all their values but the one of the field `without`."""
    found: dict[Hashable, _Bucket] = {}
    for address, values in rows.items():
        above = address.rpartition("/")[0]
        key = (above, *(value for name, (value, _) in values.items() if name != without))
        bucket = found.setdefault(key, _Bucket())
        (bucket.gone if address in ends else bucket.new).append(address)
    return found


def _values(
    change: Change, changes: Mapping[str, Change], views: Mapping[str, KindView]
) -> dict[str, tuple[bytes, bool]]:
    """Field to its canonical value, and whether that tells anything: what is empty or usual does not."""
    found: dict[str, tuple[bytes, bool]] = {}
    name, section = parts(change.address)[-1], KINDS[change.kind].section
    for kind in KINDS.values():
        own = kind.name == change.kind
        if own or (kind.section == section and name_space(kind.name) == change.kind):
            other = change if own else changes.get(f"{kind.name}/{name}")
            for spec in views[kind.name].compared:
                if not (spec.derived and spec.refers_to):
                    path = spec.name if own else f"{kind.name}.{spec.name}"
                    found[path] = _told(spec, _value(other, spec.name))
    return found


def _told(spec: FieldSpec, value: Value) -> tuple[bytes, bool]:
    usual: Any = spec.default
    return canonical(normal(spec, usual if value is None else value)), value not in (None, spec.empty, usual)


def _value(change: Change | None, name: str) -> Value:
    if change is None:
        return None
    value = (change.base if change.op is Op.DELETE else change.wanted).get(name)
    return None if isinstance(value, Ref) else value
