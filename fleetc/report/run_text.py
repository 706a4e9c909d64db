"""A run that is looked back at, and two of them side by side, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetc.lang.text import visible
from fleetc.report.tables import table

if TYPE_CHECKING:
    from fleetc.run.summary import Comparison, Summary, Tally

__all__ = ["render_comparison", "render_summary"]


def _done(tally: Tally) -> str:
    parts = [f"{tally.done} of {tally.total} done"]
    parts += [
        f"{count} {word}" for count, word in ((tally.failed, "failed"), (tally.skipped, "skipped")) if count
    ]
    return f"{', '.join(parts)}, in {tally.seconds:.0f} s, {tally.events} events"


def render_summary(run: str, status: str, told: Summary) -> str:
    """How far a run came, what failed by code, what failed first, and what is next."""
    lines = [
        f"Run {run}: {status}",
        f"  plan {told.plan[:12]} by {told.by} on {told.host}, {told.started_at}",
    ]
    if told.approved_by:
        lines.append(f"  approved by {', '.join(told.approved_by)}")
    if told.break_glass:
        lines.append(f"  EMERGENCY: {'; '.join(told.break_glass)}")
    lines.append(f"  {_done(told.tally)}")
    lines += [f"  {count} x {code}  {message}" for code, count, message in told.failures]
    if first := told.first:
        lines.append(f"  first failure {first.at}, wave {first.wave}: {first.address}")
    if told.reason:
        lines.append(f"  paused: {told.reason}; {told.next_step}")
    if told.left:
        lines.append(f"{told.left} left. Next: fleetc plan --rest {run} -o FILE")
    return "".join(f"{visible(line)}\n" for line in lines)


def render_comparison(found: Comparison) -> str:
    """What two runs did, and each action that ended otherwise."""
    rows = [(each.op, each.address, each.before or "-", each.after or "-") for each in found.differs]
    head = (
        f"{visible(found.first)}  {_done(found.before)}\n"
        f"{visible(found.second)}  {_done(found.after)}\n"
        f"alike: {found.same}, different: {len(rows)}\n"
    )
    columns = ("op", "address", found.first, found.second)
    return head + (table([visible(name) for name in columns], rows, empty="") if rows else "")
