"""Plan building: a diff becomes actions with calls, links, limits and a digest (design 2.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Any

import msgspec

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Baseline, Snapshot
from fleetc.ir.values import Value
from fleetc.plan.actions import Action, Plan
from fleetc.plan.calls import Expander
from fleetc.plan.cascades import judged
from fleetc.plan.changes import Change, GraphDiff, Op
from fleetc.plan.dependencies import Links, link
from fleetc.plan.digest import plan_digest
from fleetc.plan.fingerprint import fingerprint, withheld
from fleetc.plan.limits import Allowance, judge
from fleetc.plan.moves import under_new_names
from fleetc.plan.selection import Rows
from fleetc.plan.summary import summarise

__all__ = ["PlanContext", "build_plan"]

_NOTED = (
    *("forget", "released", "protects", "unmanaged", "converged", "failed_over", "status", "unknown"),
    *("warnings", "renames"),
)
"""What a plan says as its diff does."""
_NO_CALLS = "no call of this platform changes these fields"


class PlanContext(msgspec.Struct, frozen=True):
    """What a plan says beside the diff. Its members mean what those of `Plan` mean.

    `withheld` maps an address to who left it out, and the fingerprint of the change then; what
    nobody left out is judged anew.
    `cascades` are the addresses that an override lets the platform delete along.
    `baselines` are those the diff was made with, `allowance` what the limits are reckoned from.
    `policy` is the change of the rules, if they change.
    """

    environment: str
    platform: str
    commit: str = ""
    tree: str = ""
    revision: str = ""
    worktree: bool = False
    study: str = ""
    override: str = ""
    override_until: str = ""
    cascades: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    created_by: str = ""
    created_at: str = ""
    withheld: Mapping[str, tuple[str, str]] = {}
    baselines: Mapping[str, Baseline] = {}
    allowance: Allowance = Allowance()
    rules: str = ""
    accepted: str = ""
    applied_as: str = ""
    mask: str = ""
    ignored: Mapping[str, str] = {}
    policy: Change | None = None


def build_plan(graph: ResourceGraph, live: Snapshot, found: GraphDiff, context: PlanContext) -> Plan:
    """The whole plan of a diff, with the default ticks, closed over what each action requires."""
    renamed = under_new_names(live, found.moved)
    actions = _actions(graph, live, renamed, found, context)
    ticked = Rows(actions).closed(bytes(action.selected for action in actions))
    actions = tuple(map(_tick, actions, ticked))
    plan = Plan(
        account=graph.account,
        environment=context.environment,
        platform=context.platform,
        profile=f"{live.profile.name}/{live.profile.version}",
        commit=context.commit,
        tree=context.tree,
        desired=graph.digest,
        snapshot=live.name,
        snapshot_digest=live.digest,
        snapshot_taken_at=live.taken_at,
        actions=actions,
        summary=summarise(found.changes, chain(graph.resources, renamed.by_address)),
        revision=context.revision,
        worktree=context.worktree,
        **_adopted(graph, found.adopt),
        **{name: getattr(found, name) for name in _NOTED},
        withheld=tuple(withheld(action) for action in actions if not action.selected),
        limits=judge(
            actions, ticked, _managed(graph, live, renamed, context), len(graph.resources), context.allowance
        ),
        override=context.override,
        rules=context.rules,
        accepted=context.accepted,
        applied_as=context.applied_as,
        mask=context.mask,
        ignored=dict(context.ignored),
        override_until=context.override_until,
        study=context.study,
        authors=context.authors,
        created_by=context.created_by,
        created_at=context.created_at,
    )
    return msgspec.structs.replace(plan, digest=plan_digest(plan))


def _actions(
    graph: ResourceGraph, live: Snapshot, renamed: Snapshot, found: GraphDiff, context: PlanContext
) -> tuple[Action, ...]:
    fresh = {c.address for c in found.changes if c.op in (Op.CREATE, Op.REPLACE)}
    expander = Expander(live.profile.kinds, renamed.by_address, fresh)
    changes = {change.address: change for change in found.changes}
    links = link(graph, live, changes, found.moved)
    ids = {address: f"{change.op.value}:{address}" for address, change in changes.items()}
    changed = (
        _action(graph, change, expander, ids=ids, links=links[change.address], context=context)
        for change in found.changes
    )
    first = (*found.lifts, *filter(None, (context.policy,)))
    return (*(_decision(change, context) for change in first), *changed)


def _decision(change: Change, context: PlanContext) -> Action:
    """What only the ledger is asked for: it stands before all others, and needs none of them."""
    number = f"{change.op.value}:{change.address}"
    by, mark = context.withheld.get(number if change.op is Op.UNPROTECT else change.address, ("", ""))
    kept_out = bool(by) and mark == fingerprint(change)
    return Action(
        id=number,
        op=change.op,
        address=change.address,
        kind=change.kind,
        cause=change.cause,
        selected=not kept_out,
        fields=change.fields,
        calls=(),
        requires=(),
        after=(),
        reason=change.reason,
        withheld_by=by if kept_out else "",
    )


def _action(
    graph: ResourceGraph,
    change: Change,
    expander: Expander,
    *,
    ids: Mapping[str, str],
    links: Links,
    context: PlanContext,
) -> Action:
    resource = graph.resources.get(change.address)
    written: Mapping[str, Value] = resource.fields if resource else {}
    calls = expander.calls(change, written)
    by, mark = context.withheld.get(change.address, ("", ""))
    kept_out = bool(by) and mark == fingerprint(change)
    said, denied = judged(change, context.cascades)
    blocked = change.blocked or denied or not calls
    return Action(
        id=ids[change.address],
        op=change.op,
        address=change.address,
        kind=change.kind,
        cause=change.cause,
        selected=change.selected and not blocked and not kept_out,
        fields=change.fields,
        calls=calls,
        requires=tuple(sorted(ids[a] for a in links.requires)),
        after=tuple(sorted(ids[a] for a in links.after - links.requires)),
        base=change.base,
        wanted=change.wanted,
        declared=expander.shared.texts(tuple(written)),
        platform_id=change.platform_id,
        reason="; ".join(filter(None, (change.reason or ("" if calls else _NO_CALLS), said))),
        withheld_by=by if kept_out else "",
        blocked=blocked,
        moved_from=change.moved_from,
        cascade=change.cascade,
    )


def _tick(action: Action, on: int) -> Action:
    if action.selected == bool(on):
        return action
    reason = "; ".join(filter(None, ("needs what is left out", action.reason)))
    return msgspec.structs.replace(action, selected=bool(on), reason=reason)


def _adopted(graph: ResourceGraph, adopt: tuple[str, ...]) -> dict[str, Any]:
    """The members of a plan about what it adopts: equal sets of declared fields stand once."""
    declared = [tuple(graph.resources[address].fields) for address in adopt]
    numbers = {fields: number for number, fields in enumerate(dict.fromkeys(declared))}
    return {
        "adopt": adopt,
        "adopt_set": tuple(numbers[fields] for fields in declared),
        "declared_sets": tuple(numbers),
    }


def _managed(graph: ResourceGraph, live: Snapshot, renamed: Snapshot, context: PlanContext) -> Counter[str]:
    """The live resources that this fleet manages, or would from now on, by kind."""
    declared, known = graph.resources, context.baselines
    pairs = zip(live.resources, renamed.resources, strict=True)
    return Counter(new.kind for old, new in pairs if new.address in declared or old.address in known)
