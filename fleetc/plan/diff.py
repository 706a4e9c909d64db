"""Diff: desired, live and baseline meet (design 2.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import msgspec

from fleetc.ir.graph import Resource, ResourceGraph
from fleetc.ir.state import Baseline, LiveResource, Snapshot
from fleetc.ir.values import Ref, Value
from fleetc.lang.diagnostics import Diagnostic, Severity
from fleetc.plan.applied import Mask, as_applied
from fleetc.plan.cascades import guard_deletes
from fleetc.plan.changes import Cause, Change, FieldChange, GraphDiff, Op
from fleetc.plan.externals import check_externals
from fleetc.plan.failover import holds_elsewhere, without_holders
from fleetc.plan.fields import (
    Comparison,
    Difference,
    KindView,
    compare,
    kind_views,
    normal,
    resolved,
    same,
    verified,
)
from fleetc.plan.forced import force_replacements
from fleetc.plan.guards import deny, lifts, needless_forgets, newly_protected, released
from fleetc.plan.leftovers import beside
from fleetc.plan.moves import Followed, follow
from fleetc.plan.notices import Notices
from fleetc.plan.origins import written_at
from fleetc.plan.prefixes import check_prefixes
from fleetc.plan.references import targets
from fleetc.plan.renames import probable_renames

__all__ = ["diff"]

_STAYS = (Op.UPDATE, Op.MOVE)
_LEFT = "left over from a replacement that stopped half way"
_CHANGED = "no longer declared, but changed on the platform since it was verified"
_REASONS = {
    Cause.CONFLICT: "changed in the fleet file and on the platform",
    Cause.ADOPT: "takes over: it was not made by this fleet",
}


def diff(
    graph: ResourceGraph,
    live: Snapshot,
    baselines: Mapping[str, Baseline],
    protected: Collection[str] = frozenset(),
    mask: Mask | None = None,
) -> tuple[GraphDiff, tuple[Diagnostic, ...]]:
    """What would have to change so that `live` is as `graph` says, and what was noticed.

    `protected` are the addresses that the ledger protects. `mask` puts what is to be left alone in as it
    is live, once names are those of the graph. The result holds for study even when the
    diagnostics hold errors. A snapshot whose source is `empty` has no baselines: nothing was ever
    verified there.
    """
    graph = as_applied(graph)
    nothing = live.source == "empty"
    followed = follow(graph, live, {} if nothing else baselines, frozenset() if nothing else protected)
    if mask is not None:
        graph, followed.baselines = mask(graph, followed.live, followed.baselines)
    differ = _Differ(graph, followed)
    differ.declared()
    differ.undeclared()
    differ.moves()
    force_replacements(graph, differ.changes, differ.views, differ.found, differ.take)
    guard_deletes(graph, followed.live, differ.changes)
    deny(graph, differ.changes, followed.protected)
    _settle(differ.changes, differ.found)
    return differ.result()


def _as_verified(view: KindView, base: Baseline, live: LiveResource) -> bool:
    return base.id == live.id and all(
        same(normal(spec, base.fields.get(spec.name)), normal(spec, live.fields.get(spec.name)))
        for spec in view.compared
        if verified(view, spec, base)
    )


@dataclass(slots=True)
class _Differ:
    """The state of one diff: what is read, and what was found so far."""

    graph: ResourceGraph
    followed: Followed
    live: Snapshot = field(init=False)
    baselines: Mapping[str, Baseline] = field(init=False)
    views: dict[str, KindView] = field(init=False)
    found: dict[str, LiveResource] = field(init=False)
    notices: Notices = field(init=False)
    changes: dict[str, Change] = field(default_factory=dict)
    adopt: dict[str, None] = field(default_factory=dict)
    forget: list[str] = field(default_factory=list)
    released: frozenset[str] = frozenset()
    unmanaged: list[str] = field(default_factory=list)
    converged: list[str] = field(default_factory=list)
    failed_over: list[str] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.live, self.baselines = self.followed.live, self.followed.baselines
        self.views = kind_views(self.live.profile)
        self.found = self.live.by_address
        self.notices = Notices(self.graph, self.live)

    def declared(self) -> None:
        """Compare every declared resource."""
        twins = self.notices.twins()
        for address, resource in self.graph.resources.items():
            live = self.found.get(address)
            view = self.views[resource.kind]
            for spec in view.unchecked:
                if spec.name in resource.fields and resource.fields[spec.name] != spec.default:
                    self.notices.unchecked(address, resource.kind, spec.name)
            if address in twins:
                self.unknown.append(address)
            elif live is None:
                self._missing(resource, view)
            elif self._settled(resource, view, live):
                if address not in self.baselines or address in self.followed.found_again:
                    self._adopt(address)
            else:
                self._compare(resource, view, live)

    def _adopt(self, address: str) -> None:
        self.adopt[address] = None
        behind = self.followed.found_again.get(address, address)
        if behind != address:
            self.forget.append(behind)

    def moves(self) -> None:
        """Give each rename its action: what else changes of the resource goes with it."""
        for address, old in self.followed.moved.items():
            change = self.changes.get(address) or self._only_moved(address)
            op = Op.MOVE if change.op is Op.UPDATE else change.op
            self.changes[address] = msgspec.structs.replace(change, op=op, moved_from=old)

    def _only_moved(self, address: str) -> Change:
        result, live = self.take(address), self.found[address]
        cause = Cause.GIT if address in self.baselines else Cause.ADOPT
        return Change(
            address=address,
            kind=live.kind,
            op=Op.MOVE,
            cause=cause,
            base=_compared(self.views[live.kind], live),
            wanted=result.wanted,
            platform_id=live.id,
            selected=cause is Cause.GIT,
            reason=_REASONS.get(cause, ""),
        )

    def undeclared(self) -> None:
        """Look at what is live or was verified, but is not declared."""
        declared, baselines = self.graph.resources, self.baselines
        self.released = released(self.graph, baselines)
        for address in sorted(baselines.keys() - declared.keys()):
            live = self.found.get(address)
            if not self.live.complete:
                continue
            if live is None or address in self.released:
                self.forget.append(self.followed.found_again.get(address, address))
            else:
                self._delete(live, baselines[address])
        catalogue = {f"module/{name}" for name in self.live.catalogue.modules}
        self.unmanaged = [
            address
            for address in self.found
            if address not in declared and address not in baselines and address not in catalogue
        ]

    def take(self, address: str) -> Comparison:
        """A resource that was equal has to change after all: compare it and stop adopting it."""
        self.adopt.pop(address, None)
        resource = self.graph.resources[address]
        base, live = self.baselines.get(address), self.found[address]
        return compare(self.views[resource.kind], resource, base, live, self.found)

    def result(self) -> tuple[GraphDiff, tuple[Diagnostic, ...]]:
        """The diff in file order, and the diagnostics, errors first."""
        order = self.graph.resources
        kept = [self.changes[a] for a in order if a in self.changes] if self.changes else []
        deletes = sorted((c for c in self.changes.values() if c.op is Op.DELETE), key=_address)
        diagnostics = (
            *self.followed.diagnostics,
            *check_externals(self.graph, self.live),
            *check_prefixes(self.graph, self.live, self.baselines),
            *needless_forgets(self.graph, self.baselines, self.found),
            *self.notices.diagnostics(),
        )
        found = GraphDiff(
            changes=(*kept, *deletes),
            adopt=tuple(self.adopt),
            forget=tuple(self.forget),
            released=tuple(a for a in self.forget if a in self.released and a in self.found),
            lifts=lifts(self.graph, self.followed.protected),
            renames=probable_renames(self.changes, self.views),
            protects=newly_protected(self.graph, self.followed.protected),
            unmanaged=tuple(sorted(self.unmanaged)),
            converged=tuple(self.converged),
            failed_over=tuple(self.failed_over),
            status=self.status,
            moved=self.followed.moved,
            unknown=tuple(self.unknown),
            warnings=tuple(d.message for d in diagnostics if d.severity is Severity.WARNING),
        )
        return found, diagnostics

    def _settled(self, resource: Resource, view: KindView, live: LiveResource) -> bool:
        """Whether it is provably as wanted, without looking at single fields."""
        fields, seen = resource.fields, live.fields
        ready = view.profile.ready_field
        if ready and seen.get(ready) not in view.profile.ready_values:
            self.status[resource.address] = str(seen.get(ready))
        base = self.baselines.get(resource.address)
        if not fields.items() <= seen.items() and not _given(fields, seen):
            return False
        if base is not None and not (
            base.id == live.id
            and base.fields.items() <= seen.items()
            and all(map(fields.__contains__, base.declared))
            and view.plain.isdisjoint(seen.keys() - base.fields.keys())
        ):
            return False
        return all(
            not seen.get(name)
            or (
                same(fields.get(name, seen[name]), seen[name])
                and (base is None or same(base.fields.get(name, seen[name]), seen[name]))
            )
            for name in view.free
        )

    def _missing(self, resource: Resource, view: KindView) -> None:
        if not self.live.complete:
            self.unknown.append(resource.address)
            return
        known = resource.address in self.baselines
        cause = Cause.DRIFT if known else Cause.GIT
        fleeting = self._fleeting(resource, view) if known else ""
        wanted = {
            spec.name: resource.fields[spec.name]
            for spec in view.compared
            if spec.name in resource.fields and not _own(resource, resource.fields[spec.name])
        }
        self.changes[resource.address] = Change(
            address=resource.address,
            kind=resource.kind,
            op=Op.CREATE,
            cause=cause,
            fields=self._created(resource, view, cause),
            wanted=wanted,
            selected=not fleeting,
            reason=fleeting or ("missing: it was there when it was last verified" if known else ""),
        )

    def _fleeting(self, resource: Resource, view: KindView) -> str:
        """Why a resource that vanished is not made again by default; empty when it is."""
        if not view.schema.fleeting:
            return ""
        reference, name, *values = view.schema.fleeting
        spec = next(item for item in view.schema.fields if item.name == reference)
        for target in targets(resource.address, spec, resource.fields.get(reference)):
            used = self.graph.resources.get(target)
            value = used.fields.get(name) if used else None
            if value in values:
                return f"missing, as may be: {target} is {value}"
        return ""

    def _created(self, resource: Resource, view: KindView, cause: Cause) -> tuple[FieldChange, ...]:
        settable, address = view.profile.settable, resource.address
        allocated = self.live.profile.allocates
        changes = []
        for spec in view.schema.fields:
            if spec.name in resource.fields and spec.name in settable:
                after = resource.fields[spec.name]
                origin = written_at(self.graph, address, spec.name)
            elif f"{resource.kind}.{spec.name}" in allocated:
                after, origin = Ref(address, spec.name), ""
            else:
                continue
            changes.append(FieldChange(spec.name, None, after, cause, origin))
        return tuple(changes)

    def _compare(self, resource: Resource, view: KindView, live: LiveResource) -> None:
        address, base = resource.address, self.baselines.get(resource.address)
        result = compare(view, resource, base, live, self.found)
        self.converged += result.converged
        for name in result.stuck:
            self.notices.stuck(address, resource.kind, name)
        differences, reason = result.differences, ""
        if view.schema.holders and holds_elsewhere(view.schema, result.wanted, live.fields):
            self.failed_over.append(address)
            differences, reason = without_holders(view.schema, differences, live.fields)
        replaced = any(item.spec.replaces for item in differences)
        if replaced and not self.live.complete:
            self.unknown.append(address)
        elif differences:
            self.changes[address] = self._change(view, live, result, differences, reason)
        elif base is None or base.id != live.id or address in self.followed.found_again:
            self._adopt(address)

    def _change(
        self,
        view: KindView,
        live: LiveResource,
        result: Comparison,
        differences: list[Difference],
        reason: str,
    ) -> Change:
        causes = {item.cause for item in differences}
        first = (Cause.CONFLICT, Cause.ADOPT, Cause.GIT, Cause.DRIFT)
        cause = next(item for item in first if item in causes)
        fields = tuple(
            FieldChange(d.spec.name, d.before, d.after, d.cause, self._origin(live.address, d.spec.name))
            for d in differences
        )
        return Change(
            address=live.address,
            kind=live.kind,
            op=Op.REPLACE if any(d.spec.replaces for d in differences) else Op.UPDATE,
            cause=cause,
            fields=fields,
            base=_compared(view, live),
            wanted=result.wanted,
            platform_id=live.id,
            selected=not reason and cause in (Cause.GIT, Cause.DRIFT),
            reason=reason or _REASONS.get(cause, ""),
        )

    def _origin(self, address: str, name: str) -> str:
        if name in self.graph.resources[address].fields:
            return written_at(self.graph, address, name)
        return "removed" if self._was_declared(address, name) else "as last verified"

    def _was_declared(self, address: str, name: str) -> bool:
        base = self.baselines.get(address)
        return base is not None and name in base.declared

    def _delete(self, live: LiveResource, base: Baseline) -> None:
        view = self.views[live.kind]
        equal = _as_verified(view, base, live)
        self.changes[live.address] = Change(
            address=live.address,
            kind=live.kind,
            op=Op.DELETE,
            cause=Cause.GIT if equal else Cause.CONFLICT,
            base=_compared(view, live),
            platform_id=live.id,
            selected=equal,
            reason=_LEFT if beside(live.address, live.id) and equal else "" if equal else _CHANGED,
        )


def _settle(changes: dict[str, Change], found: Mapping[str, LiveResource]) -> None:
    """Put in what creates ask for and a live resource that stays already knows."""
    replace = msgspec.structs.replace
    for address, change in changes.items():
        asked = {i.after.ref for i in change.fields if isinstance(i.after, Ref)}
        known = {
            ref: found[ref]
            for ref in asked
            if ref in found and (ref not in changes or changes[ref].op in _STAYS)
        }
        if change.op is Op.CREATE and known:
            changes[address] = replace(
                change,
                fields=tuple(replace(i, after=resolved(i.after, None, known)) for i in change.fields),
                wanted={name: resolved(value, None, known) for name, value in change.wanted.items()},
            )


def _address(change: Change) -> str:
    return change.address


def _given(fields: Mapping[str, Value], seen: Mapping[str, Value]) -> bool:
    """Whether all is as wanted but for what the platform was asked to give, and gave."""
    return all(
        seen.get(name) == value or (isinstance(value, Ref) and seen.get(name))
        for name, value in fields.items()
    )


def _own(resource: Resource, value: Value) -> bool:
    return isinstance(value, Ref) and value.ref == resource.address


def _compared(view: KindView, live: LiveResource) -> dict[str, Value]:
    return {spec.name: live.fields[spec.name] for spec in view.compared if spec.name in live.fields}
