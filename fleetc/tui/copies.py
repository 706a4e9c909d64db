"""What can be copied of a row: plain text, with nothing in it that a terminal would obey. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fleetc.lang.text import visible
from fleetc.plan.actions import Action, Plan
from fleetc.tui.text import OP_WORD
from fleetc.tui.words import place, value

__all__ = ["Copied", "copies"]


class Copied(NamedTuple):
    """One thing to copy: the key for it, its name, and the text."""

    key: str
    name: str
    text: str


def copies(plan: Plan, address: str, row: str, action: Action | None) -> list[Copied]:
    """What there is to copy of a row: `address` is its key, `row` the line as it is shown."""
    found = [Copied("a", "address", visible(address)), Copied("r", "row", visible(row.strip(" >")))]
    if action is not None:
        found.append(Copied("d", "field diff", "\n".join(_diff(action, address))))
        found.append(Copied("i", "id of the action", visible(action.id)))
    return [*found, Copied("p", "plan id", visible(plan.digest))]


def _diff(action: Action, address: str) -> Sequence[str]:
    """The fields as lines of `- before` and `+ after`, as patches have them."""
    lines = [f"{OP_WORD[action.op]} {visible(address)}"]
    for change in action.fields:
        origin = f"  # {visible(place(change.origin))}" if change.origin else ""
        if change.before is not None:
            lines.append(f"- {visible(change.path)}: {visible(value(change.before, key=change.path))}")
        if change.after is not None:
            lines.append(f"+ {visible(change.path)}: {visible(value(change.after, key=change.path))}{origin}")
    return lines
