"""Why something is in a plan, or is not: the chain that led there (design 3.3).

Everything is read off the plan, and what was verified last; nothing is judged anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from fleetc.ir.state import Baseline
from fleetc.ir.values import Value
from fleetc.lang.text import few
from fleetc.plan.actions import Action, Limit, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.verdicts import Finding, Verdict

__all__ = ["Chain", "FieldWay", "Step", "addresses_of", "chains", "known_to"]

_MOST = 12
_WORDS = {
    Cause.GIT: "the fleet file asks for something else than was verified last",
    Cause.DRIFT: "it was changed on the platform since it was verified last",
    Cause.CONFLICT: "both the fleet file and the platform were changed since it was verified last",
    Cause.ADOPT: "it is there already, and was not made by this fleet: the plan takes it over",
    Cause.FORCED: "what it refers to is replaced, and it has to follow",
}
_OF_OPERATION = {
    (Op.CREATE, Cause.GIT): "the fleet file declares it, and it is not there",
    (Op.CREATE, Cause.DRIFT): "it was there when it was verified last, and is missing",
    (Op.DELETE, Cause.GIT): "the fleet file does not declare it any more",
    (Op.DELETE, Cause.CONFLICT): "the fleet file does not declare it any more, and it was changed since",
    (Op.UNPROTECT, Cause.GIT): "the fleet file does not protect it any more",
    (Op.ACCEPT, Cause.GIT): "the rule files, or the environment they judge, are not those applied last",
}


class Step(msgspec.Struct, frozen=True):
    """One reason. `keeps` when it keeps the resource, or a part of it, out of the plan."""

    label: str
    text: str
    keeps: bool = False


class FieldWay(msgspec.Struct, frozen=True):
    """A field that changes: its value when it was verified last, as it is live and as it is wanted.

    `verified` is false when nothing was ever verified of it.
    """

    field: str
    cause: Cause
    baseline: Value
    live: Value
    desired: Value
    origin: str = ""
    verified: bool = True


class Chain(msgspec.Struct, frozen=True):
    """The chain of one action, or of an address that has none. `standing` says in a word how it is.

    It is `ticked`, `left out`, `denied`, `adopted`, `as declared`, `ignored`, `unmanaged`, ….
    """

    address: str
    standing: str
    operation: str = ""
    fields: tuple[FieldWay, ...] = ()
    steps: tuple[Step, ...] = ()


def known_to(plan: Plan, address: str) -> bool:
    """Whether a plan says anything of an address."""
    dotted = (*plan.converged, *plan.ignored)
    lists = (plan.adopt, plan.forget, plan.unmanaged, plan.protects, plan.unknown, plan.failed_over)
    return (
        any(address in (action.address, action.id, action.moved_from) for action in plan.actions)
        or any(address in each for each in lists)
        or address in plan.status
        or any(name.rpartition(".")[0] == address for name in dotted)
    )


def chains(
    plan: Plan,
    address: str,
    baselines: Mapping[str, Baseline],
    picked: Mapping[str, Collection[str]],
) -> tuple[Chain, ...]:
    """The chain of each action on an address (or of that id); one chain where there is none.

    `baselines` holds what was verified of the address, under the name it has in the ledger. `picked`
    has, for each option that chose (`--select 'kind:peer'`), the addresses that it selects itself.
    """
    found = [a for a in plan.actions if address in (a.address, a.id, a.moved_from)]
    if not found:
        return (_Teller(plan, address, picked).absent(address in baselines),)
    return tuple(_Teller(plan, a.address, picked).of(a, baselines) for a in found)


class _Teller:
    def __init__(self, plan: Plan, address: str, picked: Mapping[str, Collection[str]]) -> None:
        self.plan = plan
        self.address = address
        self.picked = picked
        self.by_id = {action.id: action for action in plan.actions}

    # no action

    def absent(self, verified: bool) -> Chain:
        """The chain of an address that the plan has no action on."""
        plan, address = self.plan, self.address
        words = {
            "adopted": (plan.adopt, "it is as declared already; what is live is remembered, without a call"),
            "released": (plan.released, "the fleet file asks to forget it: it stays on the platform"),
            "forgotten": (plan.forget, "it is neither declared nor there"),
            "unmanaged": (plan.left_alone, "it is there, and the fleet file does not declare it: it is left alone"),
            "goes along": (plan.carried, "the platform deletes it along with what is ticked"),
            "unknown": (plan.unknown, "the snapshot cannot tell how it is"),
        }  # fmt: skip
        found = next((word for word, (addresses, _) in words.items() if address in addresses), "")
        steps = [*self._aside()]
        if found:
            steps.insert(0, Step("no action", words[found][1], keeps=True))
        elif steps:
            found = "ignored" if steps[0].label == "ignored" else "as declared"
        else:
            found = "as declared" if verified else "not there"
            said = "it is as the fleet file declares it" if verified else "the plan says nothing of it"
            steps = [Step("no action", said, keeps=True)]
        return Chain(address, found, steps=tuple(steps))

    def _aside(self) -> Iterator[Step]:
        """What was noticed of the address beside its action."""
        plan, address = self.plan, self.address
        for name, by in plan.ignored.items():
            owner, _, field = name.rpartition(".")
            if owner == address:
                yield Step("ignored", f"{field} is left as it is live, by ignore {by}", keeps=True)
        for name in plan.converged:
            owner, _, field = name.rpartition(".")
            if owner == address:
                yield Step("converged", f"{field}: both sides were changed to the same")
        if address in plan.failed_over:
            yield Step("failed over", "a declared failover holder holds it: that is no drift", keeps=True)
        if address in plan.status:
            yield Step("status", f"it is {plan.status[address]}, which no action mends", keeps=True)
        if address in plan.protects:
            yield Step("protected", "from now on: a delete or replacement is denied")
        for action in plan.chosen:
            if address in action.cascade:
                yield Step("goes along", f"with {action.id}, on the platform")

    # an action

    def of(self, action: Action, baselines: Mapping[str, Baseline]) -> Chain:
        """The chain of an action."""
        base = baselines.get(action.moved_from or action.address)
        denied = any(finding.subject == action.id and _denies(finding) for finding in self.plan.findings)
        standing = "ticked" if action.selected else "denied" if denied or action.blocked else "left out"
        steps = (
            Step("cause", _OF_OPERATION.get((action.op, action.cause), _WORDS[action.cause])),
            *self._tick(action),
            *self._links(action),
            *self._rules(action),
            *self._aside(),
            *self._limits(action),
        )
        fields = tuple(_way(change, base) for change in action.fields if action.op is not Op.ACCEPT)
        return Chain(action.address, standing, action.op.value, fields, steps)

    def _tick(self, action: Action) -> Iterator[Step]:
        """What ticked it, or left it out."""
        chose = [option for option, addresses in self.picked.items() if action.address in addresses]
        into = [option for option in chose if option.startswith(("--select", "--only"))]
        out = [option for option in chose if option not in into]
        if action.moved_from:
            yield Step("renamed", f"it is live as {action.moved_from}")
        if action.withheld_by and not self.picked:
            yield Step(
                "withheld", f"by {action.withheld_by}, in an earlier plan: tick it to have it", keeps=True
            )
        if not action.selected:
            if out:
                yield Step("left out", f"by {', '.join(out)}", keeps=True)
            elif action.reason or not action.withheld_by:
                yield Step("left out", action.reason or self._unticked(), keeps=True)
            yield from self._needs(action)
            return
        chooses = any(option.startswith(("--select", "--only")) for option in self.picked)
        if into:
            yield Step("ticked", f"by {', '.join(into)}")
        elif chooses:
            users = [other for other in self._users(action) if self.by_id[other].selected]
            yield Step("ticked", f"because what is chosen requires it: {few(users, _MOST)}")
        else:
            yield Step("ticked", "by default, as is what comes of git and of drift")
        if action.reason:
            yield Step("note", action.reason)

    def _unticked(self) -> str:
        chooses = any(option.startswith(("--select", "--only")) for option in self.picked)
        return (
            "no selector chose it"
            if chooses
            else "it needs what is left out, or waits for somebody to tick it"
        )

    def _needs(self, action: Action) -> Iterator[Step]:
        for other in action.requires:
            if other in self.by_id and not self.by_id[other].selected:
                yield Step("needs", f"{other}, which is left out", keeps=True)

    def _users(self, action: Action) -> list[str]:
        return [other.id for other in self.plan.actions if action.id in other.requires]

    def _links(self, action: Action) -> Iterator[Step]:
        for label, ids in (
            ("requires", action.requires),
            ("required by", self._users(action)),
            ("comes after", action.after),
        ):
            if ids:
                yield Step(label, few([self._marked(each) for each in ids], _MOST))

    def _marked(self, other: str) -> str:
        action = self.by_id.get(other)
        return other if action is None or action.selected else f"{other} (left out)"

    def _rules(self, action: Action) -> Iterator[Step]:
        """What rules say of it, and of the whole plan because of it."""
        for finding in self.plan.findings:
            if finding.subject == action.id or (not finding.subject and action.address in finding.reaches):
                yield Step("rule", _said(finding), keeps=finding.binds and _keeps(finding))
        if action.selected:
            for name in self.plan.allowed_by:
                yield Step("rule", f"allow by {name}: the plan needs no approval")

    def _limits(self, action: Action) -> Iterator[Step]:
        for limit in self.plan.limits:
            if limit.over and _counts(limit, action):
                yield Step("limit", f"over: {limit.text}", keeps=not self.plan.override)


def _counts(limit: Limit, action: Action) -> bool:
    """Whether a limit counts an action."""
    if limit.name.startswith("deletes "):
        return action.op.ends and limit.name == f"deletes {action.kind}"
    return action.op not in (Op.CREATE, Op.UNPROTECT, Op.ACCEPT)


def _denies(finding: Finding) -> bool:
    return finding.verdict is Verdict.DENY and finding.binds


def _keeps(finding: Finding) -> bool:
    return finding.verdict in (Verdict.DENY, Verdict.HOLD)


def _said(finding: Finding) -> str:
    lifted = f", waived by {finding.waiver}" if finding.waiver else ""
    lifted += f", on trial until {finding.trial}" if finding.trial else ""
    whole = "" if finding.subject else " of the whole plan"
    message = f": {finding.message}" if finding.message else ""
    values = "".join(f"; {bound.name} is {bound.value}" for bound in finding.tripped)
    unknown = f"; not known yet: {', '.join(finding.unknown)}" if finding.unknown else ""
    return f"{finding.verdict}{whole} by {finding.rule} ({finding.place}){lifted}{message}{values}{unknown}"


def _way(change: FieldChange, base: Baseline | None) -> FieldWay:
    known = base is not None and change.path in base.fields
    value = base.fields[change.path] if base is not None and known else None
    return FieldWay(
        change.path,
        change.cause,
        value,
        change.before,
        change.after,
        change.origin,
        verified=base is not None,
    )


def addresses_of(plan: Plan) -> Sequence[str]:
    """The addresses that a plan speaks of, for suggestions."""
    found = [action.address for action in plan.actions]
    return [*found, *plan.adopt, *plan.forget, *plan.unmanaged]
