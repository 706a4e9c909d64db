"""Use cases `why` and `why-not`: the chain that put something into a plan, or kept it out (design 3.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fleetc.errors import UsageProblem
from fleetc.policy.access import Permission
from fleetc.service.access import require
from fleetc.service.compiling import desired, since
from fleetc.service.planning import Ask, make_plan

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.policy.reasons import Chain
    from fleetc.service.workspace import Workspace

__all__ = ["Explained", "of_made", "of_stored"]


@dataclass(frozen=True)
class Explained:
    """The chains of one address in one plan."""

    plan: Plan
    chains: tuple[Chain, ...]


def of_made(workspace: Workspace, address: str, ask: Ask) -> Explained:
    """The chains of an address in a plan that is made as `fleetc plan` makes it.

    Raises `UsageProblem` for an address that is nowhere, and what planning raises.
    """
    _refuse_empty(address)
    plan = make_plan(workspace, ask).plan
    return _explained(workspace, plan, address, dict(_picked(workspace, plan, ask)), ask)


def of_stored(workspace: Workspace, address: str, plan: Plan) -> Explained:
    """The chains of an address in a plan of the ledger; raises `UsageProblem` and `Refused`."""
    require(workspace, Permission.READ, plan.account)
    _refuse_empty(address)
    ask = Ask(plan.commit, not plan.commit)
    return _explained(workspace, plan, address, {}, ask)


def _refuse_empty(address: str) -> None:
    if not address.strip():
        raise UsageProblem(
            "the address is empty", next_step="`fleetc plan` and `fleetc show all` list addresses"
        )


def _explained(
    workspace: Workspace, plan: Plan, address: str, picked: dict[str, Collection[str]], ask: Ask
) -> Explained:
    from fleetc.policy.reasons import chains, known_to

    names = {address, *(a.moved_from for a in plan.actions if address in (a.address, a.id) and a.moved_from)}
    names |= {action.address for action in plan.actions if action.id == address}
    stored = workspace.stored("ledger")
    baselines = workspace.ledger().baselines(plan.account, names) if stored else {}
    if not known_to(plan, address) and not baselines:
        _refuse_unknown(workspace, plan, address, ask)
    return Explained(plan, chains(plan, address, baselines, picked))


def _refuse_unknown(workspace: Workspace, plan: Plan, address: str, ask: Ask) -> None:
    """Raise `UsageProblem` for an address that neither plan nor fleet file has."""
    from fleetc.lang.suggest import near
    from fleetc.policy.reasons import addresses_of

    declared = desired(workspace, rev=ask.rev, worktree=ask.worktree).resources
    if address in declared:
        return
    similar = near(address, [*addresses_of(plan), *declared])
    raise UsageProblem(
        f"nothing has the address {address!r}",
        code="F0802",
        next_step=f"a similar one is there: {similar}"
        if similar
        else "`fleetc plan` and `fleetc show all` list addresses",
    )


def _picked(workspace: Workspace, plan: Plan, ask: Ask) -> Iterator[tuple[str, Collection[str]]]:
    """The options that chose, each with the addresses that it selects itself."""
    from fleetc.plan.selectors import select
    from fleetc.plan.universe import of_plan

    new = partial(desired, workspace, rev=ask.rev, worktree=ask.worktree)
    universe = of_plan(plan, since(workspace, new))
    for option, texts in (("--select", ask.select), ("--exclude", ask.exclude)):
        for text in texts:
            mask = select(text, universe)
            chosen = {each for each, on in zip(universe.addresses, mask, strict=True) if on}
            yield f"{option} '{text}'", chosen
