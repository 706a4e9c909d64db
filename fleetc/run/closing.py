"""The end of a run: what is remembered of the account, and what still differs (design 2.6).

Everything here may be done twice: a run that was killed here does it again when it is resumed.
"""

from __future__ import annotations

import msgspec

from fleetc.ir.profile import KindProfile
from fleetc.ir.state import Baseline, LiveResource, Observation
from fleetc.ir.timestamps import seconds_of
from fleetc.ir.values import Ref
from fleetc.model.kinds import KINDS
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Op
from fleetc.plan.failover import holds_elsewhere
from fleetc.plan.fingerprint import withheld_as
from fleetc.plan.leftovers import aside, set_aside
from fleetc.plan.references import reference_fields
from fleetc.plan.renaming import Renaming
from fleetc.ports import Applied, Ledger
from fleetc.run.compare import different, settable_hash
from fleetc.run.effects import took_effect
from fleetc.run.gate import Gate
from fleetc.run.shared import Shared
from fleetc.run.state import RunState

__all__ = ["applied", "drift", "remember"]


def drift(plan: Plan, state: RunState, observed: Observation) -> dict[str, tuple[str, ...]]:
    """Address to the fields whose live value is not what was verified, for every action done.

    A virtual IP that failed over has not drifted.
    """
    live = {resource.address: resource for resource in observed.resources}
    found: dict[str, tuple[str, ...]] = {}
    for action in _with_effect(plan, state):
        fields = _drifted(action, live.get(action.address), observed)
        if fields:
            found[action.address] = fields
    return found


def _drifted(action: Action, live: LiveResource | None, observed: Observation) -> tuple[str, ...]:
    if action.op is Op.DELETE:
        return tuple(sorted(live.fields)) if live is not None else ()
    readable = observed.profile.kinds[action.kind].readable
    known = [name for name in readable if not isinstance(action.wanted.get(name), Ref)]
    if live is None:
        missing = observed.complete
        return tuple(sorted(name for name in known if missing and name in action.wanted))
    schema = KINDS[action.kind]
    if schema.holders and holds_elsewhere(schema, action.wanted, live.fields):
        known = [name for name in known if name not in schema.holders]
    return different(action.kind, action.wanted, live.fields, known)


def remember(
    shared: Shared, ledger: Ledger, state: RunState, observed: Observation
) -> dict[str, tuple[str, ...]]:
    """Write baselines, protections, withheld rows and the applied commit; what needed no call for it.

    The applied commit moves only when every action of the plan, ticked or not, is done: the
    authors of what was left out then still count as authors of the next plan.
    """
    plan = shared.plan
    renaming = _renaming(shared)
    ledger.set_protections(plan.account, _protections(plan, ledger, state, observed, renaming), plan.digest)
    accepts = any(action.op is Op.ACCEPT for action in _done(plan, state))
    if accepts:
        ledger.set_accepted_rules(plan.account, plan.rules, plan.digest)
    if accepts or not ledger.applied_environment(plan.account):
        ledger.set_applied_environment(plan.account, plan.environment, plan.digest)
    ledger.set_baselines(plan.account, _moved(plan, ledger, renaming))
    ledger.set_baselines(plan.account, _baselines(shared, ledger, state, observed))
    rows: dict[str, tuple[str, str] | None] = {withheld_as(a): None for a in _done(plan, state)}
    rows.update((row.address, (row.by, row.fingerprint)) for row in plan.withheld)
    ledger.set_withheld(plan.account, rows)
    whole = len(_done(plan, state)) == len(plan.actions)
    if whole and plan.commit and not plan.worktree:
        ledger.set_applied_commit(plan.account, plan.commit)
    live = {resource.address for resource in observed.resources}
    return {
        "adopted": tuple(address for address in plan.adopt if address in live),
        "forgotten": plan.forget,
        "protected": tuple(address for address in plan.protects if address in live),
    }


def applied(shared: Shared, state: RunState, gate: Gate | None) -> list[Applied]:
    """The changes that the run did or may have done, as later budgets count them: all at its last moment."""
    at = seconds_of(state.last_at)
    return [
        Applied(
            kind=action.kind,
            op=action.op.value,
            address=action.address,
            run=shared.run,
            at=at,
            facts=dict(gate.groups(action)) if gate is not None else {},
            doubtful=state.actions[action.id].status != "ok",
        )
        for action in shared.plan.chosen
        if action.id in state.actions
        and not action.op.in_ledger
        and took_effect(action, state.actions[action.id], shared.rows_of(action))
    ]


def _renaming(shared: Shared) -> Renaming:
    """The renames that the run did, whatever became of the rest of their actions."""
    pairs = {
        action.moved_from: action.address
        for action in shared.plan.chosen
        if action.moved_from and _all_verified(shared, action, "rename")
    }
    return Renaming(pairs)


def _protections(
    plan: Plan, ledger: Ledger, state: RunState, observed: Observation, renaming: Renaming
) -> dict[str, bool]:
    """Protections under new names, those that begin, and those that end."""
    rows: dict[str, bool] = {}
    for address in ledger.protections(plan.account) if renaming.pairs else ():
        if (now := renaming.address(address)) != address:
            rows.update({address: False, now: True})
    live = {resource.address for resource in observed.resources} if plan.protects else ()
    rows.update({address: True for address in plan.protects if address in live})
    rows.update({a.address: False for a in _done(plan, state) if a.op is Op.UNPROTECT})
    return rows


def _moved(plan: Plan, ledger: Ledger, renaming: Renaming) -> dict[str, Baseline | None]:
    """The baselines that have another address or name something else since the renames of the plan."""
    rows: dict[str, Baseline | None] = {}
    for address, base in ledger.baselines(plan.account).items() if renaming.pairs else ():
        renamed = renaming.baseline(base)
        if renamed is not base:
            rows.setdefault(address, None)
            rows[renamed.address] = renamed
    return rows


def _done(plan: Plan, state: RunState) -> list[Action]:
    ended = state.actions
    return [a for a in plan.chosen if a.id in ended and ended[a.id].status == "ok"]


def _with_effect(plan: Plan, state: RunState) -> list[Action]:
    return [action for action in _done(plan, state) if not action.op.in_ledger]


def _baselines(
    shared: Shared, ledger: Ledger, state: RunState, observed: Observation
) -> dict[str, Baseline | None]:
    plan, kinds = shared.plan, observed.profile.kinds
    live = {resource.address: resource for resource in observed.resources}
    rows: dict[str, Baseline | None] = dict.fromkeys(plan.forget)
    rows.update(_converged(plan, ledger, live))
    rows.update(
        (address, _baseline(kinds[live[address].kind], live[address], plan.declared_sets[number]))
        for address, number in zip(plan.adopt, plan.adopt_set, strict=True)
        if address in live
    )
    rows.update(_left_standing(shared, observed))
    hashes = {row.action: row.live_hash for row in shared.rows.values() if row.live_hash}
    for action in _with_effect(plan, state):
        if action.op is Op.DELETE:
            rows[action.address] = None
            continue
        kind = kinds[action.kind]
        read = shared.verified.get(action.address)
        if read is None and action.address in live:
            read = _as_verified(action, kind, live[action.address], hashes.get(action.id, ""))
        if read is not None:
            rows[action.address] = _baseline(kind, read, action.declared)
    return rows


def _left_standing(shared: Shared, observed: Observation) -> dict[str, Baseline]:
    """Baselines for both of each replacement that stopped with the two side by side.

    A new one that was verified takes the address, and the old one is what is left over; before
    that, the new one is.
    """
    there = {resource.id for resource in observed.resources}
    pairs = [
        (action, shared.ids[action.address])
        for action in shared.plan.chosen
        if action.op is Op.REPLACE and {action.platform_id, shared.ids.get(action.address)} <= there
    ]
    if not pairs:
        return {}
    new = {own: action for action, own in pairs if _all_verified(shared, action, "create")}
    old = {action.platform_id: action for action in new.values()}
    ends = {own: action for action, own in pairs if own not in new} | old
    moved = {own: aside(action.address, own) for own, action in ends.items()}
    rows: dict[str, Baseline] = {}
    for row in set_aside(observed.resources, moved):
        kind = observed.profile.kinds[row.kind]
        if row.id in ends:
            left = row if row.id not in old else _as_planned(row, old[row.id])
            rows[row.address] = _baseline(kind, left, ())
        elif row.id in new:
            rows[row.address] = _baseline(kind, row, new[row.id].declared)
    return rows


def _as_planned(live: LiveResource, action: Action) -> LiveResource:
    """An old one as the plan knew it, but for what it refers to: a change since then shows."""
    refers = {spec.name for spec in reference_fields(live.kind)}
    base = {name: value for name, value in action.base.items() if name not in refers}
    return msgspec.structs.replace(live, fields={**live.fields, **base})


def _all_verified(shared: Shared, action: Action, half: str) -> bool:
    """Whether every call of a half of an action was verified."""
    pairs = zip(action.calls, shared.rows_of(action), strict=True)
    return all(row.state == "verified" for call, row in pairs if call.half == half)


def _as_verified(action: Action, kind: KindProfile, live: LiveResource, live_hash: str) -> LiveResource:
    """What an earlier worker read back: live, when its hash is the journal's.

    Else what was sent stands in the place of what somebody changed since, so that it shows as
    drift.
    """
    if settable_hash(kind, live) == live_hash:
        return live
    sent = {name: value for name, value in action.wanted.items() if not isinstance(value, Ref)}
    return msgspec.structs.replace(live, fields={**live.fields, **sent})


def _baseline(kind: KindProfile, live: LiveResource, declared: tuple[str, ...]) -> Baseline:
    fields = {name: live.fields[name] for name in kind.settable if name in live.fields}
    return Baseline(live.address, live.id, fields, declared)


def _converged(plan: Plan, ledger: Ledger, live: dict[str, LiveResource]) -> dict[str, Baseline]:
    """Baselines in which a field that both sides changed alike has the new value."""
    if not plan.converged:
        return {}
    rows: dict[str, Baseline] = {}
    known = ledger.baselines(plan.account)
    for text in plan.converged:
        address, _, name = text.rpartition(".")
        base = rows.get(address) or known.get(address)
        if base is not None and address in live:
            fields = {**base.fields, name: live[address].fields.get(name)}
            rows[address] = msgspec.structs.replace(base, fields=fields)
    return rows
