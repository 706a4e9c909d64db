"""Drift as rows of a list, and what can be done about it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from fleetc.lang.text import few
from fleetc.plan.drift import Drift, DriftState, drifts
from fleetc.tui.choice import Choice

if TYPE_CHECKING:
    from fleetc.service.drifting import Drifted, DriftReport

__all__ = ["LATER", "DriftItem", "Glance", "answerable", "key_of", "put_back", "put_back_off", "words_of"]

_NAMED = 3
LATER = "no repository is reconciled yet"
"""Why drift cannot be taken over or accepted."""


class DriftItem(NamedTuple):
    """One drift of an environment."""

    environment: str
    drifted: Drifted

    @property
    def drift(self) -> Drift:
        """What has drifted."""
        return self.drifted.drift


class Glance(NamedTuple):
    """A report, with what would take long to reckon while it is painted."""

    report: DriftReport
    counts: Mapping[DriftState, int]
    answerable: bool
    """Whether an action of the plan puts anything back."""


def key_of(item: DriftItem) -> str:
    """What the cursor stays on: the address, which may be in several environments."""
    return f"{item.environment}/{item.drift.address}"


def words_of(item: DriftItem) -> str:
    """What a filter looks through."""
    drift = item.drift
    return " ".join((drift.state, drift.address, *(field.path for field in drift.fields), drift.reason))


def answerable(items: Iterable[DriftItem]) -> list[Drift]:
    """What of some drifts an action of a plan can put back."""
    return [item.drift for item in items if item.drift.action]


def put_back_off(drift: Drift) -> str:
    """Why a drift cannot be put back; empty when it can."""
    if drift.action:
        return ""
    if drift.state is DriftState.UNMANAGED:
        return "the fleet file does not say what it should be: declare it, or delete it by hand"
    return drift.reason or "no action of a plan does that"


def put_back(plan_again: Choice, addresses: Collection[str]) -> str:
    """Choose of a new plan only what puts these addresses back; what came of it, in words.

    Empty when none of them has drifted any more, and nothing was chosen otherwise.
    """
    found = {drift.address: drift.action for drift in drifts(plan_again.plan, {}) if drift.action}
    rows = [plan_again.row_of[found[address]] for address in addresses if address in found]
    if not rows:
        return ""
    plan_again.only(rows)
    gone = [address for address in addresses if address not in found]
    settled = f"; no longer drifted: {few(gone, _NAMED)}" if gone else ""
    return f"{plan_again.said}{settled}"
