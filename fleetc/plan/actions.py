"""The plan: ordered actions that expand to calls, bound by a digest (design 2.4)."""

from __future__ import annotations

import msgspec

from fleetc.ir.profile import Verb
from fleetc.ir.values import Value
from fleetc.plan.changes import Cause, FieldChange, Op, Rename
from fleetc.plan.verdicts import Finding, Requirement, Verdict

__all__ = ["Action", "Call", "Limit", "Plan", "Withheld", "op_id"]


class Call(msgspec.Struct, frozen=True, gc=False):
    """One call as it would be sent; a value not known yet stands as a `Ref`.

    `half` is `delete` or `create` for the two halves of a replacement, `rename` for that of a move,
    else empty. `sets` are the fields it writes; `item` is the list element an `each` call is for.
    """

    name: str
    verb: Verb
    arguments: dict[str, Value]
    sets: tuple[str, ...] = ()
    item: str = ""
    half: str = ""


class Action(msgspec.Struct, frozen=True, gc=False):
    """One operation on one resource.

    - `id`: `<op>:<address>`, unique in a plan.
    - `selected`: whether it is ticked; `withheld_by` names who left it out in an earlier plan.
    - `requires`: ids of actions without which it cannot be (selection closes over these).
    - `after`: ids of actions it only has to wait for.
    - `base`: live values it rests on; a difference when it runs is a conflict.
    - `wanted`: the fields it must read back.
    - `blocked`: it cannot be ticked; `reason` says why.
    - `moved_from`: the address it is live at when it is renamed, its parent having its new name.
    - `cascade`: addresses that the platform deletes along and this fleet does not manage; unless it
      is blocked, an override names them all.
    """

    id: str
    op: Op
    address: str
    kind: str
    cause: Cause
    selected: bool
    fields: tuple[FieldChange, ...]
    calls: tuple[Call, ...]
    requires: tuple[str, ...]
    after: tuple[str, ...]
    base: dict[str, Value] = {}
    wanted: dict[str, Value] = {}
    declared: tuple[str, ...] = ()
    platform_id: str = ""
    reason: str = ""
    withheld_by: str = ""
    blocked: bool = False
    moved_from: str = ""
    cascade: tuple[str, ...] = ()

    @property
    def gap(self) -> bool:
        """Whether it is a replacement that ends the old one before it makes the new one.

        The order of its calls says so, and that is in the plan's digest.
        """
        halves = (call.half for call in self.calls if call.half != "rename")
        return self.op is Op.REPLACE and next(halves, "") == "delete"


class Limit(msgspec.Struct, frozen=True):
    """One limit with its arithmetic: `count` of `total`, at most `allowed`.

    `allowed` is the greater of `least` and `percent` of `total`, for the limits that have them.
    """

    name: str
    count: int
    total: int
    allowed: int
    over: bool
    text: str
    least: int = 0
    percent: int = 0


class Withheld(msgspec.Struct, frozen=True, gc=False):
    """An action left out: its address, and by whom."""

    address: str
    by: str
    fingerprint: str


class Plan(msgspec.Struct, frozen=True):
    """A whole plan; its `digest` covers what design 2.4 lists, and nothing else.

    - `actions`: in file order, deletes last by address; all of them, ticked or not.
    - `summary`: the nested add/update/delete record of 2.3.
    - `study`: why it is only for study; empty for a plan that can be approved.
    - `adopt`, `forget`, `protects`: addresses without a call; a plan that has only those needs no
      approval. `released` are those of `forget` that stay on the platform.
    - `adopt_set`: for each of `adopt`, which of `declared_sets` names the fields that the fleet file
      gives a value (the ledger's row has both, a file has not).
    - `renames`: deletes and creates that look like renames.
    - `override`: why it may go over limits, `override_until` until when (RFC 3339).
    - `authors`: those of the commits since the last applied one.
    - `rules`, `accepted`, `mask`: digests of the rule files at its commit, of those applied last, and
      of what both let be ignored; empty for none.
    - `applied_as`: the environment that the account was applied as last, where it was another one.
    - `ignored`: `address.field` pairs left as they are live, each with the declaration that says so.
    - `budgets`: the budgets of the rules with their arithmetic.
    - `findings`: what the rules say of what is ticked; `requirements` who has to approve because of it;
      `allowed_by` the rules that let all of it go without an approval.
    """

    account: str
    environment: str
    platform: str
    profile: str
    commit: str
    tree: str
    desired: str
    snapshot: str
    snapshot_digest: str
    snapshot_taken_at: str
    actions: tuple[Action, ...]
    summary: dict[str, Value]
    digest: str = ""
    revision: str = ""
    worktree: bool = False
    adopt: tuple[str, ...] = ()
    adopt_set: tuple[int, ...] = ()
    declared_sets: tuple[tuple[str, ...], ...] = ()
    forget: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    protects: tuple[str, ...] = ()
    renames: tuple[Rename, ...] = ()
    unmanaged: tuple[str, ...] = ()
    converged: tuple[str, ...] = ()
    failed_over: tuple[str, ...] = ()
    status: dict[str, str] = {}
    unknown: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    warnings: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    override: str = ""
    override_until: str = ""
    study: str = ""
    authors: tuple[str, ...] = ()
    created_by: str = ""
    created_at: str = ""
    rules: str = ""
    accepted: str = ""
    applied_as: str = ""
    mask: str = ""
    ignored: dict[str, str] = {}
    budgets: tuple[Limit, ...] = ()
    findings: tuple[Finding, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    allowed_by: tuple[str, ...] = ()

    @property
    def chosen(self) -> tuple[Action, ...]:
        """The ticked actions."""
        return tuple(action for action in self.actions if action.selected)

    @property
    def requires_approval(self) -> bool:
        """Whether applying it would send at least one call, end a protection or change the rules."""
        return self.lifts or any(action.selected and action.calls for action in self.actions)

    @property
    def denied(self) -> tuple[Finding, ...]:
        """The findings because of which it cannot be approved: of the whole, or of what is ticked."""
        ticked = {action.id for action in self.chosen} if self.findings else ()
        return tuple(
            finding
            for finding in self.findings
            if finding.verdict is Verdict.DENY
            and finding.binds
            and (not finding.subject or finding.subject in ticked)
        )

    @property
    def lifts(self) -> bool:
        """Whether applying it would end a protection, or let other rules judge."""
        return any(action.selected and action.op.in_ledger for action in self.actions)

    @property
    def records(self) -> bool:
        """Whether applying it would remember something new of an account without a call."""
        return bool(self.adopt or self.forget or self.converged or self.protects)

    @property
    def request_id(self) -> str:
        """The id of its approval request; empty for a study plan or one that needs none."""
        needed = self.requires_approval and not self.study
        return f"apr-{self.digest[:12]}" if needed else ""

    @property
    def destroyed(self) -> int:
        """Ticked deletes and replacements, and what the platform deletes along with them."""
        return sum(a.op.ends for a in self.chosen) + len(self.carried)

    @property
    def left_alone(self) -> tuple[str, ...]:
        """The unmanaged addresses that nothing ticked takes along."""
        carried = self.carried
        return tuple(address for address in self.unmanaged if address not in carried)

    @property
    def carried(self) -> frozenset[str]:
        """The unmanaged addresses that the platform deletes along with what is ticked."""
        return frozenset(address for action in self.chosen for address in action.cascade)


def op_id(run: str, action: str, number: int) -> str:
    """The id of a call in a run's journal, and its tag on the platform."""
    return f"{run}/{action}/{number}"
