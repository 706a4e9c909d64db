"""The gate of a run over the rules of its plan (design 3.2): windows, budgets, what became known.

The verdicts of a plan can turn with time only where a window, a freeze, a trial or an exception
begins or ends: it is judged again when such a moment has passed, and not for each action.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fleetc.ir.state import Observation
from fleetc.ir.timestamps import rfc3339
from fleetc.plan.actions import Action, Plan
from fleetc.plan.renaming import Renaming
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.policy.quorum import missing_words, shortfalls
from fleetc.ports import Approval
from fleetc.run.gate import Stopped

if TYPE_CHECKING:
    from fleetc.policy.judge import Judge, Ruling
    from fleetc.policy.ruleset import RuleSet
    from fleetc.service.ruling import Live
    from fleetc.service.workspace import Workspace

__all__ = ["RuleGate", "gate_of"]

_DAY = 86400.0


def gate_of(workspace: Workspace, plan: Plan, run: str) -> RuleGate | None:
    """The gate of a run; None for a plan that no rules judge. Raises what reading its rules raises."""
    from fleetc.service.ruling import stored_rules

    if not (plan.rules or plan.accepted):
        return None
    rules, accepted = (stored_rules(workspace, digest) for digest in (plan.rules, plan.accepted))
    return RuleGate(workspace, plan, run, rules, accepted)


class RuleGate:
    """Judges the actions of one run by the rules at its commit and those applied before it."""

    def __init__(self, workspace: Workspace, plan: Plan, run: str, rules: RuleSet, accepted: RuleSet) -> None:
        self._workspace, self._plan, self._run = workspace, plan, run
        self._rules, self._accepted = rules, accepted
        self._lock = threading.Lock()
        self._observed: Observation | None = None
        self._approvals: tuple[Approval, ...] = ()
        self._glass = self._glass_ended = False
        self._judge: Judge | None = None
        self._ruling: Ruling | None = None
        self._by_action: dict[str, list[Finding]] = {}
        self._until = 0.0

    def open(self, observed: Observation, approvals: tuple[Approval, ...]) -> None:
        """Learn what is live before anything starts, and what the run is approved by.

        An approval of an emergency lets a worker go on that begins in its time, and no later one.
        """
        self._observed, self._approvals = observed, approvals
        ends = [approval.expires_at for approval in approvals if approval.breaks_glass]
        self._glass = bool(ends) and max(ends) > self._workspace.clock.now()
        self._glass_ended = bool(ends) and not self._glass

    def stops(self, action: Action) -> Stopped | None:
        """Why an action may not start now; None when it may."""
        if action.op.in_ledger:
            return None
        with self._lock:
            self._look()
            findings = [*self._by_action.get("", ()), *self._by_action.get(action.id, ())]
        denied = next((f for f in findings if f.verdict is Verdict.DENY), None)
        if denied is not None:
            return Stopped(f"denied by {denied.rule}: {denied.message}", held=not denied.subject)
        if self._glass:
            return None
        held = next((f for f in findings if f.verdict is Verdict.HOLD), None)
        if held is not None:
            return Stopped(_held(held), held=True)
        return self._unmet() or self._unallowed(action)

    def groups(self, action: Action) -> dict[str, str]:
        """Under what budgets count the action, for those of later plans."""
        with self._lock:
            self._look()
            return self._judge.groups(action.id) if self._judge is not None else {}

    def _look(self) -> None:
        now = self._workspace.clock.now()
        if self._ruling is not None and now < self._until:
            return
        from fleetc.service.ruling import judge_of

        self._judge = judge_of(
            self._workspace, self._plan, self._live(), self._rules, self._accepted, run=self._run
        )
        self._ruling = self._judge.judge(bytes(action.selected for action in self._plan.actions))
        self._by_action = {}
        for finding in self._ruling.findings:
            if finding.binds:
                self._by_action.setdefault(finding.subject, []).append(finding)
        self._until = self._next_turn(now)

    def _live(self) -> Live:
        from fleetc.service.ruling import Live

        observed = self._observed
        assert observed is not None, "a gate is opened first"
        moved = {action.moved_from: action.address for action in self._plan.actions if action.moved_from}
        found = Renaming(moved).all_live(observed.resources)
        return Live(found, observed.profile, observed.catalogue, observed.complete)

    def _next_turn(self, now: float) -> float:
        """When the verdicts may be others: a day or a calendar ends, or one begins."""
        from fleetc.policy.holding import turns

        sets = (self._rules, self._accepted)
        moments = [moment for rules in sets for moment in turns(rules.calendars, now)]
        return min([*moments, now - now % _DAY + _DAY])

    def _unmet(self) -> Stopped | None:
        """What is required now, and was not when the plan was approved, or was passed over then."""
        assert self._ruling is not None
        met = () if self._glass_ended else self._plan.requirements
        new = [need for need in self._ruling.requirements if need not in met]
        if not new:
            return None
        people = self._workspace.approvers().people
        persons = [people.identity(a.approver) for a in self._approvals if a.kind != "rule"]
        missing = missing_words(shortfalls(tuple(new), persons, people))
        if not missing:
            return None
        return Stopped(f"needs an approval of {'; '.join(missing)} now, by a new plan", held=True)

    def _unallowed(self, action: Action) -> Stopped | None:
        """What rules alone let go when the plan was made, and do not any more."""
        assert self._judge is not None
        assert self._ruling is not None
        rules = [a.approver.partition(":")[2] for a in self._approvals if a.kind == "rule"]
        alone = bool(rules) and len(rules) == len(self._approvals)
        if not (alone and action.calls) or self._ruling.allowed[self._judge.rows[action.id]]:
            return None
        said = f"{' and '.join(rules)} does not allow it any more, and nobody approved it: plan again"
        return Stopped(said, held=True)


def _held(finding: Finding) -> str:
    until = f", until {rfc3339(finding.until)}" if finding.until is not None else ""
    message = f": {finding.message}" if finding.message else ""
    return f"held by {finding.rule}{message}{until}"
