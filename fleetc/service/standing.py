"""How a selection of a plan stands: its digest, what rules say of it, and who still has to approve it.

What only ticks change is kept from one question to the next; approvals and the time are asked anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fleetc.errors import FleetcError, Refused
from fleetc.plan.actions import Limit, Plan
from fleetc.plan.selection import Outcomes
from fleetc.plan.verdicts import Finding, Requirement, Verdict
from fleetc.ports import Approval
from fleetc.run.authority import Needs
from fleetc.service import approving

if TYPE_CHECKING:
    from fleetc.policy.judge import Judge
    from fleetc.service.planning import Made
    from fleetc.service.workspace import Workspace

__all__ = ["Standing", "Standings"]


class Standing(msgspec.Struct, frozen=True):
    """How a selection stands.

    - `digest`, `status`: of the reduced plan, and of its request as it is now.
    - `limits`, `budgets`: with their arithmetic.
    - `findings`: what rules say, also of actions that are not ticked; `binding` those that deny or
      hold what is ticked, the denials first.
    - `requirements`: who has to approve because of rules, `allowed_by` the rules that let it all go.
    - `approvals`: those that count now, `missing` who has to approve still, in words.
    - `waiting`: how many requests of the account wait.
    """

    digest: str
    status: str
    limits: tuple[Limit, ...] = ()
    requires_approval: bool = True
    budgets: tuple[Limit, ...] = ()
    findings: tuple[Finding, ...] = ()
    binding: tuple[Finding, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    allowed_by: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    missing: tuple[str, ...] = ()
    waiting: int = 0

    @property
    def approved(self) -> bool:
        """Whether it may run as far as approvals go."""
        if self.status == "rejected":
            return False
        return bool(self.allowed_by) or (self.status == "approved" and not self.missing)

    @property
    def denied(self) -> tuple[Finding, ...]:
        """The findings for which it cannot be approved."""
        return tuple(finding for finding in self.binding if finding.verdict is Verdict.DENY)

    @property
    def held(self) -> tuple[Finding, ...]:
        """The findings for which a run would have to wait."""
        return tuple(finding for finding in self.binding if finding.verdict is Verdict.HOLD)


class _Judged(msgspec.Struct, frozen=True):
    """What only the ticks decide."""

    standing: Standing
    needs: Needs


class Standings:
    """The standing of one selection of a plan after the other.

    `judge` judges other ticks; where it is not to be had, `why` says why, and only the plan's own
    ticks stand.
    """

    def __init__(self, workspace: Workspace, made: Made) -> None:
        self._workspace = workspace
        self._plan = made.plan
        self._own = bytes(action.selected for action in made.plan.actions)
        self._outcomes = Outcomes(made.plan)
        self._last: tuple[bytes, _Judged] | None = None
        self.judge, self._why = made.judge, None
        if made.judge is None:
            self.judge, self._why = _again(workspace, made.plan)

    def of(self, ticked: bytes) -> Standing:
        """How `ticked` stands now. Raises `Refused` for ticks that cannot be judged."""
        if self._last is None or self._last[0] != ticked:
            self._last = ticked, self._judged(ticked)
        return self._weighed(self._last[1])

    def refuse_unjudged(self, ticked: bytes) -> None:
        """Raise `Refused` for other ticks than the plan's own when nobody can judge them."""
        if self._why is not None and ticked != self._own:
            raise Refused(
                f"other ticks of this plan cannot be judged: {self._why.message}",
                code=self._why.code,
                state="nothing was changed",
                next_step="plan again (r)",
            )

    def _judged(self, ticked: bytes) -> _Judged:
        self.refuse_unjudged(ticked)
        outcome = self._outcomes.of(ticked)
        plan = msgspec.structs.replace(
            self._plan,
            actions=tuple(
                each if each.selected == bool(on) else msgspec.structs.replace(each, selected=bool(on))
                for each, on in zip(self._plan.actions, ticked, strict=True)
            ),
            digest=outcome.digest,
            limits=outcome.limits,
        )
        findings = plan.findings
        if self.judge is not None:
            from fleetc.policy.rulings import ruled

            plan, ruling = ruled(plan, self.judge)
            findings = ruling.findings
        needs = Needs.of(plan)
        standing = Standing(
            digest=outcome.digest,
            status="",
            limits=outcome.limits,
            requires_approval=outcome.requires_approval,
            budgets=plan.budgets,
            findings=findings,
            binding=(*plan.denied, *_held(plan)),
            requirements=plan.requirements,
            allowed_by=needs.lifted_by,
        )
        return _Judged(standing, needs)

    def _weighed(self, judged: _Judged) -> Standing:
        if not self._workspace.stored("ledger"):
            return judged.standing
        standing, ledger = judged.standing, self._workspace.ledger()
        requests = ledger.requests(self._plan.account)
        request = next((each for each in requests if each.digest == standing.digest), None)
        found = approving.weighed(self._workspace, judged.needs)
        status = request.status if request else ""
        if request and status in approving.OPEN:
            given, now = ledger.approvals(request.digest), self._workspace.clock.now()
            status = approving.status_now(request, given, now, met=found.met)
        return msgspec.structs.replace(
            standing,
            status=status,
            approvals=found.counted,
            missing=found.missing,
            waiting=sum(each.status == "waiting" for each in requests),
        )


def _held(plan: Plan) -> tuple[Finding, ...]:
    holds = [each for each in plan.findings if each.verdict is Verdict.HOLD and each.binds]
    ticked = {action.id for action in plan.chosen} if holds else ()
    return tuple(each for each in holds if not each.subject or each.subject in ticked)


def _again(workspace: Workspace, plan: Plan) -> tuple[Judge | None, FleetcError | None]:
    """The judge of a plan of the ledger; why there is none where rules judge it."""
    from fleetc.service.rejudging import judge_again

    if not (plan.rules or plan.accepted):
        return None, None
    try:
        return judge_again(workspace, plan), None
    except FleetcError as problem:
        return None, problem
