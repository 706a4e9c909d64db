"""Who has to grant what a change of rules lifts (design 3.2): its waivers and ignores, new or changed.

The group that grants is the one that the rules applied last have: who changes a group and a waiver
in one commit does not choose who grants it. A group that they do not have is taken as it is written
now; its members are then agreed to by whoever agrees to the change of rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from fleetc.plan.actions import Action
from fleetc.plan.changes import Op
from fleetc.plan.verdicts import Finding, Quorum, Verdict
from fleetc.policy.changing import ADDRESS
from fleetc.policy.ruleset import Exempt, RuleSet

__all__ = ["grants"]


def grants(actions: Sequence[Action], rules: RuleSet, accepted: RuleSet) -> tuple[Finding, ...]:
    """What the change of rules among some actions requires: one of the granting group, for each exception.

    None is asked for one that was applied word for word, comments aside.
    """
    if rules.digest == accepted.digest:
        return ()
    own = next((each.id for each in actions if each.op is Op.ACCEPT and each.address == ADDRESS), "")
    known = {each.text for each in (*accepted.waivers, *accepted.ignores)}
    exempts = (*rules.waivers, *rules.ignores) if own else ()
    return tuple(_grant(each, own, rules, accepted) for each in exempts if each.text not in known)


def _grant(exempt: Exempt, subject: str, rules: RuleSet, accepted: RuleSet) -> Finding:
    name = exempt.granted_by
    group = accepted.groups.get(name) or rules.groups[name]
    quorum = Quorum(1, name, tuple(member.text for member in group.members))
    return Finding(
        rule=f"{'waiver' if exempt.rule else 'ignore'} {exempt.name}",
        verdict=Verdict.REQUIRE,
        place=exempt.place,
        subject=subject,
        message=f"{name} grants it until {exempt.expires}: {exempt.reason}",
        help=f"ask somebody of {name} who did not write it to approve",
        requires=(quorum,),
        others=True,
    )
