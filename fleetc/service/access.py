"""Who may do what: asked by every use case, and the table of what needs which permission.

`require` is the one door: each use case calls it for the account that it is about before it shows
or does anything. `COMMANDS` and `KEYS` say the same by the names of commands and of the review's
keys; a test runs every command as every kind of person and compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from fleetc.errors import Refused, StateProblem
from fleetc.policy.access import EVERY_ACCOUNT, Permission

if TYPE_CHECKING:
    from fleetc.service.identity import Person
    from fleetc.service.workspace import Workspace

__all__ = ["COMMANDS", "KEYS", "Need", "Scope", "may", "readable", "require", "require_any"]


class Scope(StrEnum):
    """What a permission is asked for: one account, any one (and rows of others are left out), all."""

    ONE = "one"
    ANY = "any"
    ALL = "all"


class Need(NamedTuple):
    """The permission that a command or key needs, and for what; none for what looks at files only."""

    permission: Permission | None
    scope: Scope = Scope.ONE


_FREE = Need(None)
_READ, _SYNC = Need(Permission.READ), Need(Permission.SYNC)
_LIST = Need(Permission.READ, Scope.ANY)
_APPROVE, _APPLY = Need(Permission.APPROVE), Need(Permission.APPLY)
_OVERRIDE, _WRITE = Need(Permission.OVERRIDE), Need(Permission.WRITE)
_WHOLE = Need(Permission.WRITE, Scope.ALL)

COMMANDS: dict[str, Need] = {
    "apply": _APPLY,
    "apply --abandon": _APPLY,
    "apply --resume": _APPLY,
    "approvals": _LIST,
    "approve": _APPROVE,
    "approve --break-glass": _OVERRIDE,
    "audit export": _READ,
    "audit show": _LIST,
    "audit verify": _LIST,
    "check": _FREE,
    "compare": _FREE,
    "compile": _FREE,
    "demo": _FREE,
    "explain": _FREE,
    "graph": _FREE,
    "impact": _FREE,
    "init": _FREE,
    "plan": _SYNC,
    "plan --against": _READ,
    "plan --rest": _SYNC,
    "plan import": _SYNC,
    "platform catalog": _READ,
    "platform catalog add": _OVERRIDE,
    "platform catalog remove": _OVERRIDE,
    "platform delete": _OVERRIDE,
    "platform fail-over": _OVERRIDE,
    "platform log": _READ,
    "platform set": _OVERRIDE,
    "platform show": _READ,
    "reject": _APPROVE,
    "review": _SYNC,
    "review PLAN": _READ,
    "review --run": _READ,
    "revoke": _READ,
    "revoke --of": _APPROVE,
    "rules backtest": _READ,
    "rules check": _FREE,
    "rules explain": _FREE,
    "rules test": _FREE,
    "runs": _LIST,
    "runs RUN": _READ,
    "show": _FREE,
    "snapshot diff": _READ,
    "snapshot export": _READ,
    "snapshot import": _WRITE,
    "snapshot list": _READ,
    "snapshot list --all": _LIST,
    "snapshot prune": _WRITE,
    "snapshot query": _READ,
    "snapshot show": _READ,
    "snapshot take": _SYNC,
    "state backup": _WHOLE,
    "state check": _LIST,
    "state restore": _WHOLE,
    "watch": _READ,
    "why": _SYNC,
    "why --plan": _READ,
    "why-not": _SYNC,
    "why-not --plan": _READ,
    "why-path": _FREE,
    "worker": _APPLY,
}
"""Every command by its words, and those of its forms that need something else."""

_LOOKING = {
    "all": (
        "plan apply_screen approvals drift snapshots runs next_environment previous_environment next_pane previous_pane jump zoom "
        "go_to done help palette back leave quit suspend"
    ),
    "tree": "down up page_down page_up top bottom open close fold_all unfold_all",
    "plan": (
        "choose detail filter next_match previous_match next_problem previous_problem "
        "toggle_shown range undo redo unchanged copy group facets links"
    ),
    "apply": "fold failures tail next_failure previous_failure copy detail filter next_match previous_match",
    "runs": "compare copy filter next_match previous_match",
    "replay": (
        "step step_back play faster slower first last detail fold failures tail next_failure "
        "previous_failure filter next_match previous_match copy"
    ),
    "approvals": "filter next_match previous_match copy",
    "snapshots": "mark_a mark_b filter next_match previous_match copy",
    "drift": "detail choose filter next_match previous_match source copy take_over accept",
    "opening": "detail source copy",
    "mistakes": "detail source copy old_plan",
}

KEYS: dict[str, Need] = {
    **{f"{scope}.{name}": _FREE for scope, names in _LOOKING.items() for name in names.split()},
    "plan.replan": _SYNC,
    "plan.why": _READ,
    "plan.past": _READ,
    "plan.source": _READ,
    "plan.save": _READ,
    "opening.again": _SYNC,
    "opening.old_plan": _READ,
    "mistakes.again": _SYNC,
    "plan.approve": _APPROVE,
    "plan.apply": _APPLY,
    "apply.pause": _APPLY,
    "apply.resume": _APPLY,
    "apply.cancel": _APPLY,
    "apply.rest": _SYNC,
    "snapshots.detail": _READ,
    "snapshots.past": _READ,
    "snapshots.diff": _READ,
    "snapshots.older": _READ,
    "snapshots.newer": _READ,
    "snapshots.plan_past": _READ,
    "snapshots.refresh": _READ,
    "snapshots.save": _READ,
    "drift.past": _READ,
    "drift.refresh": _SYNC,
    "drift.put_back": _SYNC,
    "approvals.detail": _READ,
    "approvals.refresh": _READ,
    "approvals.approve": _APPROVE,
    "approvals.reject": _APPROVE,
    "approvals.revoke": _READ,
    "runs.detail": _READ,
    "runs.refresh": _READ,
    "runs.export": _READ,
    "runs.rest": _SYNC,
}
"""Every key of the review by its id; one that needs nothing looks at what is shown already."""

_WRITES = frozenset(Permission) - {Permission.READ}


def require(workspace: Workspace, permission: Permission, account: str, who: Person | None = None) -> None:
    """Raise `Refused` (F0732) unless `who` (the OS user) has a permission on an account.

    `*` asks for all accounts at once. What would have changed something is audited.
    """
    access = workspace.operator().access
    if access.open:
        return
    who = who or _here(workspace)
    if access.allows(who.identity, permission, account):
        return
    if permission in _WRITES and workspace.stored("ledger"):
        with suppress(StateProblem):  # a ledger that cannot be written is no reason to let it pass
            workspace.ledger().audit(
                who.identity,
                who.os_user,
                "access-refused",
                account,
                {"permission": str(permission)},
            )
    raise _refusal(who, permission, account)


def require_any(workspace: Workspace, permission: Permission, who: Person | None = None) -> None:
    """Raise `Refused` (F0732) unless `who` (the OS user) has a permission on at least one account."""
    access = workspace.operator().access
    if access.open:
        return
    who = who or _here(workspace)
    if not access.allows_anywhere(who.identity, permission):
        raise _refusal(who, permission, "")


def may(workspace: Workspace, permission: Permission, account: str, who: Person | None = None) -> bool:
    """Whether `who` (the OS user) has a permission on an account; nothing is audited."""
    access = workspace.operator().access
    return access.open or access.allows((who or _here(workspace)).identity, permission, account)


class _Row(Protocol):
    @property
    def account(self) -> str: ...


R = TypeVar("R", bound=_Row)


def readable(workspace: Workspace, rows: Iterable[R]) -> tuple[R, ...]:
    """The rows of accounts that the OS user may read.

    Raises `Refused` (F0732) for who may read none at all.
    """
    require_any(workspace, Permission.READ)
    if workspace.operator().access.open:
        return tuple(rows)
    who = _here(workspace)
    return tuple(row for row in rows if may(workspace, Permission.READ, row.account, who))


def _here(workspace: Workspace) -> Person:
    from fleetc.service.identity import person

    return person(workspace)


def _refusal(who: Person, permission: Permission, account: str) -> Refused:
    where = {EVERY_ACCOUNT: "every account", "": "any account"}.get(account, f"account {account}")
    table = f'[access."{account or EVERY_ACCOUNT}"]'
    return Refused(
        f"{who.identity} does not have {permission} on {where}",
        code="F0732",
        state="nothing was shown" if permission is Permission.READ else "nothing was done",
        next_step=f'whoever keeps the operator\'s file can grant it in {table}: "{who.identity}" = ["{permission}"]',
    )
