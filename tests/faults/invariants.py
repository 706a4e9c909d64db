"""The invariants of a run (design 2.7), judged by the platform's own effect log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from fleetc.ir.address import kind_of
from fleetc.ir.timestamps import seconds_of
from fleetc.ir.values import Ref, canonical, digest
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Op
from fleetc.plan.leftovers import beside
from fleetc.plan.references import reference_fields, targets
from fleetc.plan.renaming import Renaming
from fleetc.platforms.local import EffectRow
from fleetc.ports import CallRow
from tests.faults.sites import ACCOUNT, Site, compiled

ENDED = {"verified", "failed", "conflict", "skipped"}


class Broken(AssertionError):
    """An invariant does not hold."""


def holds(condition: object, number: int, *words: object) -> None:
    if not condition:
        raise Broken(f"invariant {number}: " + " ".join(map(str, words)))


def effects(site: Site, run: str = "run-1") -> list[EffectRow]:
    """The effects of a run, in order."""
    return [row for row in site.platform().log() if row.tag.startswith(f"{run}/") and row.outcome == "done"]


def journal(site: Site, run: str = "run-1") -> dict[str, CallRow]:
    return {row.op_id: row for row in site.ledger().calls(run)}


def check_always(site: Site, plan: Plan, run: str = "run-1") -> None:
    """What holds at every moment, also right after a kill: 1, 2, 3, 5, 6."""
    rows, done = journal(site, run), effects(site, run)
    for effect in done:
        row = rows[effect.tag]
        holds(row.state != "planned", 1, effect.tag, "took effect without an intent")
        holds(row.arguments == effect.arguments, 1, effect.tag, "was sent with other arguments")
    twice = [tag for tag, count in Counter(effect.tag for effect in done).items() if count > 1]
    holds(not twice, 2, "twice:", twice)
    approvals = [a for a in site.ledger().approvals(plan.digest) if a.used_by == run and not a.revoked]
    holds(approvals or not done, 3, "effects without an approval of", plan.digest)
    _symbolic(site, plan, rows, done, run)
    _in_order(plan, [row for row in site.platform().log() if row.outcome == "done"], run)
    _by_hand(site, plan, run)
    named = {action.address for action in plan.chosen}
    touched = {_where(plan, effect) for effect in done}
    holds(touched <= named, 6, "outside the plan:", touched - named)


def _where(plan: Plan, effect: EffectRow) -> str:
    """The address that the plan knows an effect's resource by.

    An effect from before a rename was on the same resource; a leftover has an address of its own.
    """
    left = {a.platform_id: a.address for a in plan.actions if beside(a.address, a.platform_id)}
    moved = {action.moved_from: action.address for action in plan.chosen if action.moved_from}
    return left.get(effect.platform_id) or Renaming(moved).address(effect.address)


def _symbolic(site: Site, plan: Plan, rows: dict[str, CallRow], done: list[EffectRow], run: str) -> None:
    """3: the arguments are the plan's, with what the log and the platform show put in."""
    made = {effect.address: effect.platform_id for effect in done if _makes(effect)}

    def known(reference: Ref) -> Any:
        own = made[reference.ref]
        if reference.field == "id":
            return own
        live = site.platform().get(kind_of(reference.ref), own)
        return live.fields[reference.field] if live else None

    for action in plan.chosen:
        for number, call in enumerate(action.calls):
            row = rows[f"{run}/{action.id}/{number}"]
            if not row.arguments:
                continue
            holds(row.symbolic_digest == digest(call.arguments), 3, row.op_id, "is not the plan's call")
            wanted = canonical(_filled(call.arguments, known)).decode()
            holds(row.arguments == wanted, 3, row.op_id, "has", row.arguments, "and not", wanted)


def _makes(effect: EffectRow) -> bool:
    return effect.call.startswith(("create_", "provision_", "attach_"))


def _filled(value: Any, known: Callable[[Ref], Any]) -> Any:
    if isinstance(value, Ref):
        return known(value)
    if isinstance(value, dict):
        return {name: _filled(item, known) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, known) for item in value]
    return value


def _in_order(plan: Plan, log: list[EffectRow], run: str) -> None:
    """5: what refers comes after what it refers to, and goes before it, by whoever's hand."""
    made: dict[str, int] = {}
    ended: dict[str, int] = {}
    renamed: dict[str, int] = {}
    for effect in log:
        ours, where = effect.tag.startswith(f"{run}/"), _where(plan, effect)
        if ours and _makes(effect):
            made.setdefault(where, effect.seq)
        elif (ours or not effect.tag) and effect.call.startswith(("delete_", "terminate_", "detach_")):
            ended.setdefault(where, effect.seq)
        elif ours and effect.call.startswith("rename_"):
            renamed[where] = effect.seq
    for action in plan.chosen:
        for target in _targets(action, action.wanted):
            if action.address in made and _creates(plan, target):
                holds(made.get(target, 1 << 60) < made[action.address], 5, target, "before", action.address)
        for target in _targets(action, action.wanted) & renamed.keys():
            if action.address in made:
                holds(renamed[target] < made[action.address], 5, target, "renamed before", action.address)
        for target in _targets(action, action.base):
            if action.op in (Op.DELETE, Op.REPLACE) and target in ended:
                first = ended.get(action.address, 1 << 60)
                holds(first < ended[target], 5, action.address, "ends before", target)
    _without_gap(plan, log, run, made, ended)


def _without_gap(
    plan: Plan, log: list[EffectRow], run: str, made: dict[str, int], ended: dict[str, int]
) -> None:
    """5: the new one is there, and all that named the old one names it, before the old one is ended."""
    pairs = {a.address for a in plan.chosen if a.op is Op.REPLACE and not a.gap} & ended.keys()
    for address in pairs:
        holds(made.get(address, 1 << 60) < ended[address], 5, address, "is made before it is ended")
    for action in plan.chosen:
        if action.op is Op.UPDATE:
            for target in _targets(action, action.base) & pairs:
                seqs = [row.seq for row in log if row.tag.startswith(f"{run}/{action.id}/")]
                holds(min(seqs, default=1 << 60) < ended[target], 5, action.address, "lets go before", target)


def _creates(plan: Plan, address: str) -> bool:
    return any(a.address == address and a.op in (Op.CREATE, Op.REPLACE) for a in plan.chosen)


def _targets(action: Action, fields: dict[str, Any]) -> set[str]:
    return {
        target
        for spec in reference_fields(action.kind)
        for target in targets(action.address, spec, fields.get(spec.name))
    }


def _by_hand(site: Site, plan: Plan, run: str) -> None:
    """6: what somebody changed by hand since the plan was made was not touched by it any more."""
    touched: set[str] = set()
    seen = seconds_of(plan.snapshot_taken_at)
    for effect in site.platform().log():
        if not effect.tag and effect.outcome == "done" and effect.started >= seen:
            touched.add(effect.address)
        begins = effect.tag.startswith(f"{run}/") and effect.tag.endswith("/0")
        wrong = begins and effect.outcome == "done" and effect.address in touched
        holds(not wrong, 6, effect.address, "was changed by hand, and overwritten")


def check_end(site: Site, plan: Plan, fleet: str, run: str = "run-1", *, conflicts: int = 0) -> None:
    """What holds after a resumed run has come to its end: all of it."""
    check_always(site, plan, run)
    ledger, rows = site.ledger(), journal(site, run)
    events = tuple(ledger.events(run))
    result: dict[str, Any] = json.loads(json.dumps(events[-1].result))  # type: ignore[union-attr]
    holds(ledger.get_run(run).status == result["status"], 7, "the run's status is the result's")  # type: ignore[union-attr]
    holds([e.seq for e in events] == list(range(1, len(events) + 1)), 7, "events are numbered")
    for action in plan.chosen:
        states = {rows[f"{run}/{action.id}/{n}"].state for n in range(len(action.calls))}
        holds(states <= ENDED | {"effect"}, 7, action.id, "is", states)
    verified = {row.op_id for row in rows.values() if row.state == "verified"}
    holds(
        {effect.tag for effect in effects(site, run)} <= verified | _failed(rows), 7, "every effect is known"
    )
    holds(ledger.verify_audit() is None, 7, "the audit chain is whole")
    named = [
        entry["id"]
        for part in ("applied_actions", "failed_actions", "skipped_actions", "conflicts")
        for entry in result[part]
    ]
    holds(sorted(named) == sorted(a.id for a in plan.chosen), 9, "every action is named once:", named)
    holds(len(result["conflicts"]) == conflicts, 4, "conflicts:", result["conflicts"])
    if not conflicts:
        holds(result["status"] == "applied", 4, result)
        holds(result["drift_after_apply"] == {}, 4, result["drift_after_apply"])
        left = site.plan(fleet, ticked=False)
        holds(not left.actions and not left.adopt and not left.forget, 4, "the next plan is not empty", left)
        live = [r.address for r in site.platform().observe().resources]
        holds(sorted(live) == sorted(compiled(fleet).resources), 4, "live is what is declared")


def _failed(rows: dict[str, CallRow]) -> set[str]:
    return {row.op_id for row in rows.values() if row.state in {"failed", "conflict", "effect"}}


def counts(site: Site) -> tuple[object, ...]:
    """What a resume that has nothing to do leaves as it is: 8."""
    ledger = site.ledger()
    return (
        len(site.platform().log()),
        tuple(ledger.calls("run-1")),
        tuple(ledger.events("run-1")),
        ledger.baselines(ACCOUNT),
        ledger.approvals(ledger.get_run("run-1").digest),  # type: ignore[union-attr]
    )
