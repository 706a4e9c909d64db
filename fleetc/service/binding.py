"""Which account is of which environment, where the operator says so: no commit can say otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetc.errors import InputProblem
from fleetc.lang.text import visible

if TYPE_CHECKING:
    from fleetc.service.config import Operator

__all__ = ["refuse_unbound"]


def refuse_unbound(operator: Operator, environment: str, account: str, place: str) -> None:
    """Raise `InputProblem` (F1076) when the operator's file binds the environment or the account otherwise.

    `place` says who would have it so: a file, or a plan.
    """
    bound, owner = operator.policy(environment).account, operator.of_account(account)
    if bound and account and bound != account:
        said = f"binds the environment to account `{visible(bound, 64)}`"
    elif owner and owner != environment:
        said = f"binds that account to environment `{owner}`"
    else:
        return
    raise InputProblem(
        f"{place} environment `{environment}` is of account `{visible(account, 64)}`, "
        f"and the operator's file {said}",
        code="F1076",
        state="nothing was read from the platform and nothing was written",
        next_step=f"correct it there, or have `account` in [environments.{owner or environment}] "
        "of the operator's file changed",
    )
