"""What keeps a person from approving a plan: each check raises `Refused` with the reason (design 2.5)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from fleetc.errors import Refused
from fleetc.ir.timestamps import seconds_of
from fleetc.run.authority import Needs
from fleetc.run.checks import refuse_denied, refuse_ended_override, refuse_other_rules
from fleetc.service.binding import refuse_unbound

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.identity import Person
    from fleetc.service.workspace import Workspace

__all__ = [
    "confirmation",
    "refuse_decided",
    "refuse_four_eyes",
    "refuse_study",
    "refuse_unfit",
    "refuse_untyped",
]

_NOTHING = "nothing was approved"


def confirmation(plan: Plan) -> str:
    """The text that approves a plan: `<environment> <destroyed>`."""
    return f"{plan.environment} {plan.destroyed}"


def refuse_study(plan: Plan) -> None:
    """Raise `Refused` for a plan that can be looked at and nothing else."""
    if plan.study:
        raise Refused(
            f"this plan is for study only: {plan.study}",
            code="F0703",
            state="nothing was approved or sent",
            next_step="make a plan against the live platform: `fleetc plan -o FILE`",
        )


def refuse_unfit(workspace: Workspace, plan: Plan) -> None:
    """Raise `Refused` for a plan that nobody can approve as it is."""
    refuse_study(plan)
    refuse_unbound(workspace.operator(), plan.environment, plan.account, f"plan {plan.digest[:12]}:")
    if not plan.requires_approval:
        raise Refused(
            "nothing is ticked that would send a call, so there is nothing to approve",
            code="F0705",
            state=_NOTHING,
            next_step=f"fleetc apply {plan.digest[:12]}"
            if plan.records
            else "tick something: `fleetc plan -o FILE --select SELECTOR`",
        )
    refuse_denied(plan, _NOTHING)
    refuse_other_rules(plan, workspace.ledger(), _NOTHING)
    over = [limit for limit in plan.limits if limit.over]
    if over and not plan.override:
        raise Refused(
            "over the limit: " + "; ".join(limit.text for limit in over),
            code="F0706",
            state=_NOTHING,
            next_step="plan fewer changes, or plan again with --override REASON",
        )
    refuse_ended_override(plan, workspace.clock.now(), _NOTHING)
    refuse_decided(workspace, plan, ("rejected", "used", "superseded"), _NOTHING)
    _refuse_old(workspace, plan)


def refuse_decided(workspace: Workspace, plan: Plan, statuses: Collection[str], state: str) -> None:
    """Raise `Refused` when the plan's request has one of these statuses."""
    requests = workspace.ledger().requests(plan.account)
    request = next((each for each in requests if each.digest == plan.digest), None)
    if request and request.status in statuses:
        raise Refused(
            f"this plan was {request.status}",
            code="F0707",
            state=state,
            next_step="change the fleet file, or choose otherwise: the same plan stays rejected"
            if request.status == "rejected"
            else "plan again",
        )


def _refuse_old(workspace: Workspace, plan: Plan) -> None:
    age = workspace.clock.now() - seconds_of(plan.snapshot_taken_at)
    most = workspace.policy(plan.account).max_age
    if age > most:
        raise Refused(
            f"the plan looks at the platform as it was {int(age // 60)} minutes ago, "
            f"and at most {int(most // 60)} are allowed",
            code="F0708",
            state=_NOTHING,
            next_step="observe again: `fleetc plan -o FILE`",
        )


def refuse_four_eyes(workspace: Workspace, plan: Plan, who: Person, *, alone: bool) -> None:
    """Raise `Refused` when a plan needs the eyes of somebody else, and this approval brings none.

    An author's approval still counts for what a rule requires of a group that the author is in,
    unless it is to do `alone`.
    """
    needs, approvers = Needs.of(plan), workspace.approvers(plan.account, plan.environment)
    if approvers.four_eyes == "off" or not needs.other_eyes:
        return
    people = approvers.people
    asked = (requirement for requirement in needs.requirements if not requirement.others)
    quorums = [quorum for requirement in asked for quorum in requirement.quorums]
    counts = not alone and any(people.belongs(who.identity, quorum.members) for quorum in quorums)
    if people.wrote(who.identity, needs.authors) and not counts:
        raise Refused(
            f"{who.name} is an author of the commits behind this plan, and {needs.other_eyes} "
            "needs the approval of somebody who is not",
            code="F0709",
            state=_NOTHING,
            next_step="ask another person to approve it",
        )
    if unknown := people.unknown(needs.authors):
        raise Refused(
            f"{needs.other_eyes} needs the approval of somebody who is not an author, and nobody knows who "
            f"{', '.join(unknown)} is",
            code="F0710",
            state=_NOTHING,
            next_step='name them in [identities] of the operator\'s file: "E-MAIL" = "user:NAME"',
        )


def refuse_untyped(plan: Plan, typed: str | None) -> None:
    """Raise `Refused` unless the confirmation was typed as it must be; None when none was asked for."""
    wanted = confirmation(plan)
    if typed is None and plan.destroyed:
        raise Refused(
            f"{plan.destroyed} resources would be destroyed, so the approval must be confirmed",
            code="F0711",
            state=_NOTHING,
            next_step=f"add --confirm '{wanted}'",
        )
    if typed is not None and typed.split() != wanted.split():
        raise Refused(
            "the confirmation is not the environment and the number of destroyed resources",
            code="F0711",
            state=_NOTHING,
            next_step=f"type exactly: {wanted}",
        )
