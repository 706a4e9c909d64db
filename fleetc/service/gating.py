"""The gate of a run over the rules of its plan (design 3.2): windows, budgets, what became known.

The verdicts of a plan can turn with time only where a window, a freeze, a trial or an exception
begins or ends: it is judged again when such a moment has passed, and not for each action.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from fleetc.ir.state import Observation
from fleetc.ir.timestamps import rfc3339
from fleetc.plan.actions import Action, Plan
from fleetc.plan.renaming import Renaming
from fleetc.plan.verdicts import Finding, Requirement, Verdict
from fleetc.policy.quorum import missing_words, shortfalls
from fleetc.ports import Approval
from fleetc.run.authority import Needs
from fleetc.run.gate import Outcome, Stopped, Waits

if TYPE_CHECKING:
    from fleetc.policy.judge import Judge, Ruling
    from fleetc.policy.progress import Block, Progress
    from fleetc.policy.ruleset import RuleSet
    from fleetc.service.ruling import Live
    from fleetc.service.workspace import Workspace

__all__ = ["RuleGate", "gate_of"]

_DAY = 86400.0
_ANYTHING = None
"""Stands for all that an action can wait for."""
_WOKEN = 8


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
        self._glass = False
        self._judge: Judge | None = None
        self._ruling: Ruling | None = None
        self._by_action: dict[str, list[Finding]] = {}
        self._until = 0.0
        self._outcomes: dict[str, Outcome] = {}
        self._progress: Progress | None = None
        self._waiting: dict[object, dict[str, None]] = {}

    def open(self, observed: Observation, approvals: tuple[Approval, ...]) -> None:
        """Learn what is live before anything starts, and what the run is approved by.

        An approval of an emergency lets a worker go on that begins in its time, and no later one.
        """
        self._observed, self._approvals = observed, approvals
        now = self._workspace.clock.now()
        self._glass = any(each.breaks_glass and now < each.expires_at for each in approvals)

    def recall(self, outcomes: Mapping[str, Outcome]) -> None:
        """Learn what earlier workers did of the actions, by id; `begun` for those that go on."""
        self._outcomes.update(outcomes)

    def stops(self, action: Action, *, last: bool = False) -> Stopped | Waits | None:
        """Why an action may not start now; None when it may, and then it counts as begun.

        With `last`, nothing is under way that it could wait for. What is promised of the fleet that a
        run leaves is said in `fleetc.policy.progress`.
        """
        if action.op.in_ledger:
            return None
        with self._lock:
            self._look()
            stopped = self._told(action) or self._blocked(action, last=last)
            if stopped is None:
                self._note(action, "begun")
            return stopped

    def ended(self, action: Action, outcome: Outcome) -> Collection[str]:
        """Learn what became of an action; the ids of some waiting ones to ask about again.

        A few at a time, so that many that wait for the same are not asked each time.
        """
        with self._lock:
            touched = self._note(action, outcome)
            return tuple(islice(self._woken(touched), _WOKEN))

    def _woken(self, touched: set[object]) -> Iterator[str]:
        """The actions that wait for what was touched; those that nobody asks about now wait on."""
        for thing in (_ANYTHING, *touched):
            for waiting in tuple(self._waiting.get(thing, ())):
                del self._waiting[thing][waiting]
                yield waiting

    def groups(self, action: Action) -> dict[str, str]:
        """Under what budgets count the action, for those of later plans."""
        with self._lock:
            self._look()
            return self._judge.groups(action.id) if self._judge is not None else {}

    def _told(self, action: Action) -> Stopped | None:
        """What rules say of the plan as it is ticked."""
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

    def _blocked(self, action: Action, *, last: bool) -> Stopped | Waits | None:
        """What rules say of it as far as the run has come."""
        block = self._progress.blocks(action.id, last=last) if self._progress is not None else None
        if block is None:
            return None
        if block.waits:
            for thing in (_ANYTHING,) if block.things is None else block.things:
                self._waiting.setdefault(thing, {})[action.id] = None
            return Waits()
        return self._lasting(block)

    def _lasting(self, block: Block) -> Stopped:
        found = block.finding
        assert found is not None, "only what waits has none"
        if found.verdict is Verdict.HOLD:
            return Stopped(_held(found), held=True)
        said = f"denied by {found.rule}"
        if found.verdict is Verdict.REQUIRE:
            missing = self._missing([Requirement(found.requires, found.rule, others=found.others)])
            said = f"needs an approval of {'; '.join(missing)}, by a new plan"
        message = f": {found.message}" if found.message else ""
        return Stopped(f"{said}{message} (without what did not come about in this run)", held=False)

    def _counts(self, finding: Finding) -> bool:
        """Whether to stop for what the plan as it was approved did not have."""
        if finding.verdict is Verdict.DENY:
            return True
        if self._glass:
            return False
        need = Requirement(finding.requires, finding.rule, finding.message, finding.others)
        return finding.verdict is Verdict.HOLD or bool(self._missing([need]))

    def _note(self, action: Action, outcome: Outcome) -> set[object]:
        """Write down what became of an action; gives what that touches."""
        self._outcomes[action.id] = outcome
        if self._progress is None:
            return set()
        return _noted(self._progress, action.id, outcome)

    def _look(self) -> None:
        now = self._workspace.clock.now()
        if self._ruling is not None and now < self._until:
            return
        self._judge = self._made()
        self._ruling = self._judge.judge(bytes(action.selected for action in self._plan.actions))
        self._progress = self._begun(self._judge, self._ruling)
        self._by_action = {}
        for finding in self._ruling.findings:
            if finding.binds:
                self._by_action.setdefault(finding.subject, []).append(finding)
        self._until = self._next_turn(now)

    def _made(self) -> Judge:
        from fleetc.service.ruling import judge_of

        return judge_of(self._workspace, self._plan, self._live(), self._rules, self._accepted, run=self._run)

    def _begun(self, whole: Judge, ruling: Ruling) -> Progress | None:
        """The run as far as it has come; None where rules look at each action by itself."""
        from fleetc.policy.progress import Progress, watched

        sets = (self._rules, self._accepted)
        if not any(map(watched, sets)):
            return None
        progress = Progress(whole, self._made(), sets, ruling, self._counts)
        for action, outcome in self._outcomes.items():
            _noted(progress, action, outcome)
        return progress

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
        """What is required now, and was not when the plan was approved."""
        assert self._ruling is not None
        new = [need for need in self._ruling.requirements if need not in self._plan.requirements]
        if not new:
            return None
        missing = self._missing(new)
        if not missing:
            return None
        return Stopped(f"needs an approval of {'; '.join(missing)} now, by a new plan", held=True, stuck=True)

    def _missing(self, needs: Sequence[Requirement]) -> tuple[str, ...]:
        """Who would have to approve beside those who did."""
        approvers = self._workspace.approvers(self._plan.account, self._plan.environment)
        persons = [a.approver for a in self._approvals if a.kind != "rule"]
        barred = approvers.barred(Needs.of(self._plan).authors)
        return missing_words(shortfalls(tuple(needs), persons, approvers.people, barred))

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


def _noted(progress: Progress, action: str, outcome: Outcome) -> set[object]:
    match outcome:
        case "begun":
            progress.begin(action)
            return set()
        case "gone":
            progress.lose(action)
            return progress.end(action, done=None)
        case _:
            return progress.end(action, done=None if outcome == "unknown" else outcome == "done")


def _held(finding: Finding) -> str:
    until = f", until {rfc3339(finding.until)}" if finding.until is not None else ""
    message = f": {finding.message}" if finding.message else ""
    return f"held by {finding.rule}{message}{until}"
