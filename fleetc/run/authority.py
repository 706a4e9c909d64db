"""Whether approvals let a plan run: asked when somebody approves, when a run begins, and by its worker.

One answer for all three, over values: what the plan needs, the approvals that are not used, revoked
or expired, and what the operator's file says now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fleetc.plan.actions import Plan
from fleetc.plan.verdicts import Requirement
from fleetc.policy.access import OPEN, Access, Permission
from fleetc.policy.people import People
from fleetc.policy.quorum import missing_words, shortfalls
from fleetc.ports import Approval

__all__ = ["RULES_ADDRESS", "Approvers", "Needs", "Weighed", "weigh"]

RULES_ADDRESS = "policy/rules"
"""The address of the action that changes the rules themselves."""
RULE = "rule:"


@dataclass(frozen=True, slots=True)
class Approvers:
    """What the operator's file says of those who approve: who they are, their rights, four eyes."""

    access: Access = OPEN
    four_eyes: str = "author"

    def barred(self, authors: tuple[str, ...]) -> tuple[str, ...]:
        """The authors, where four eyes keep them from granting what they ask for."""
        return () if self.four_eyes == "off" else authors

    @property
    def people(self) -> People:
        """Who is who."""
        return self.access.people


@dataclass(frozen=True, slots=True)
class Needs:
    """What a plan needs to run; worked out once, for it looks at every action.

    - `approval`: whether it needs any.
    - `other_eyes`: why one of them has to be of somebody who is not an author; empty when not.
    - `lifted_by`: the rules that let all of it go without a person.
    """

    digest: str
    account: str
    environment: str
    approval: bool
    other_eyes: str
    requirements: tuple[Requirement, ...]
    lifted_by: tuple[str, ...]
    authors: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan) -> Needs:
        """What a plan needs. Who plans files as they lie is their author."""
        rules = any(action.address == RULES_ADDRESS for action in plan.chosen)
        kept = plan.requirements or plan.override or rules
        return cls(
            digest=plan.digest,
            account=plan.account,
            environment=plan.environment,
            approval=plan.requires_approval,
            other_eyes=_other_eyes(plan, rules),
            requirements=plan.requirements,
            lifted_by=() if kept else plan.allowed_by,
            authors=(*plan.authors, plan.created_by) if plan.worktree and plan.created_by else plan.authors,
        )


def _other_eyes(plan: Plan, rules: bool) -> str:
    if plan.override:
        return "a plan that overrides a limit"
    if plan.destroyed:
        return "a plan that deletes or replaces"
    if rules:
        return "a plan that changes the rules"
    return "a plan that ends a protection" if plan.lifts else ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What approvals come to: who is `missing`, in words; `counted` is one approval a person."""

    counted: tuple[Approval, ...]
    missing: tuple[str, ...]

    @property
    def met(self) -> bool:
        """Whether the plan may run."""
        return not self.missing

    @property
    def broken_glass(self) -> tuple[Approval, ...]:
        """The approvals of an emergency among them: with one, the run goes on through a hold."""
        return tuple(approval for approval in self.counted if approval.breaks_glass)

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who approved."""
        return tuple(approval.approver for approval in self.counted)


def weigh(needs: Needs, approvals: Iterable[Approval], approvers: Approvers) -> Weighed:
    """Weigh approvals that are valid or used by the run in question.

    Left out are those of another plan, of who may not approve (any more), and a person's second
    one, whatever the name it was given under.
    """
    counted = _counted(needs, approvals, approvers)
    persons = [approvers.people.identity(a.approver) for a in counted if a.kind != "rule"]
    if not needs.approval or (needs.lifted_by and len(counted) > len(persons)):
        return Weighed(counted, ())
    broken = any(approval.breaks_glass for approval in counted)
    barred = approvers.barred(needs.authors)
    lacking = () if broken else shortfalls(needs.requirements, persons, approvers.people, barred)
    missing = missing_words(lacking)
    if not persons and not missing:
        missing = ("1 approval",)
    if _sees_alone(needs, persons, approvers):
        missing = (*(text for text in missing if text != "1 approval"), _NO_AUTHOR)
    return Weighed(counted, missing)


_NO_AUTHOR = "1 of somebody who is not an author"


def _sees_alone(needs: Needs, persons: list[str], approvers: Approvers) -> bool:
    """Whether somebody else has to look at it still; an author nobody knows may be anybody."""
    if not needs.other_eyes or approvers.four_eyes == "off":
        return False
    people = approvers.people
    others = [person for person in persons if not people.wrote(person, needs.authors)]
    return not others or bool(people.unknown(needs.authors))


def _counted(needs: Needs, approvals: Iterable[Approval], approvers: Approvers) -> tuple[Approval, ...]:
    """One approval a person, that of an emergency before others, else the newest."""
    best: dict[str, Approval] = {}
    for approval in approvals:
        if (approval.digest, approval.account) != (needs.digest, needs.account):
            continue
        who = approval.approver
        if approval.kind == "rule":
            if who.removeprefix(RULE) in needs.lifted_by:
                best[who] = approval
            continue
        who = approvers.people.identity(who)
        right = Permission.OVERRIDE if approval.breaks_glass else Permission.APPROVE
        held = best.get(who)
        if approvers.access.allows(who, right, needs.account) and not (held and held.breaks_glass):
            best[who] = approval
    return tuple(best.values())
