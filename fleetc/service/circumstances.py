"""What rules know beside the fleet: the facts of an environment, the account, the time, what was applied.

The facts come from the operator's file, by the environment's name; the name comes from a file that
a commit may change. So the rules applied last judge with the name that the account was applied as.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fleetc.ir.values import Value
    from fleetc.policy.code import Circumstances
    from fleetc.ports import Applied
    from fleetc.service.workspace import Workspace

__all__ = ["as_applied", "circumstances_of", "facts_of", "known_facts", "renamed_facts"]

_PAST = 370 * 86400.0


def known_facts(workspace: Workspace) -> dict[str, Value]:
    """The facts of `env` that any environment of the operator's file has, with a value of each."""
    return {**workspace.environment.operator.facts}


def facts_of(workspace: Workspace, account: str, name: str) -> dict[str, Value]:
    """The facts of `env` for an account, under the name of an environment."""
    policy = workspace.environment.operator.policy(name)
    return {**policy.facts, "name": name, "account": account, "platform": policy.platform}


def renamed_facts(workspace: Workspace, account: str) -> Mapping[str, tuple[Value, Value]]:
    """The facts that are others than when the account was applied, before and now; None where not set."""
    name = workspace.environment.name
    before = facts_of(workspace, account, workspace.applied_as(account) or name)
    now = facts_of(workspace, account, name)
    return {
        name: (before.get(name), now.get(name))
        for name in {**now, **before}
        if before.get(name) != now.get(name)
    }


def circumstances_of(
    workspace: Workspace, account: str, at: float | None = None, *, name: str = ""
) -> Circumstances:
    """What rules know of an account, now or at another time; `name` is the own environment's."""
    from fleetc.policy.code import Circumstances

    now = workspace.clock.now() if at is None else at
    facts = facts_of(workspace, account, name or workspace.environment.name)
    return Circumstances(facts, account, now, {}, _applied(workspace, account, now))


def as_applied(workspace: Workspace, of: Circumstances, name: str) -> Circumstances | None:
    """The same for the rules applied last, as environment `name`; None where that is the own one."""
    if not name or name == of.facts.get("name"):
        return None
    return replace(of, facts=facts_of(workspace, of.account, name))


def _applied(workspace: Workspace, account: str, now: float) -> dict[str, dict[str, float]]:
    """When a change of an address was applied last, by environment; the own one has no name.

    One that may be done counts here, and begins the time anew elsewhere, where it does not count alone.
    """
    if not workspace.stored("ledger"):
        return {}
    ledger = workspace.ledger()
    accounts = {run.environment: run.account for run in ledger.runs()} | {"": account}
    return {
        name: _last(ledger.applied_since(each, now - _PAST), now, alone=not name)
        for name, each in accounts.items()
    }


def _last(rows: Iterable[Applied], now: float, *, alone: bool) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in rows:
        if row.at <= now and (alone or not row.doubtful or row.address in found):
            found[row.address] = row.at
    return found
