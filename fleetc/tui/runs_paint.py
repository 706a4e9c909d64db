"""The lines of the runs screen: rows of runs, one run in full, two side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.content import Content

from fleetc.ir.timestamps import rfc3339, seconds_of
from fleetc.run.state import FINAL
from fleetc.tui.paint import plan_row
from fleetc.tui.states import HEARTBEAT, heartbeat
from fleetc.tui.text import Part, clock, fit, lined, name_of, paragraph, rule, shown

if TYPE_CHECKING:
    from fleetc.ports import Run
    from fleetc.run.summary import Comparison, Summary, Tally

__all__ = ["brief", "comparison", "full", "head", "rest_off", "run_line", "run_word", "running", "words"]

_STYLE = {
    "applied": "$create",
    "running": "bold",
    "starting": "bold",
    "paused": "bold",
    "partial": "bold $destroy",
    "failed": "bold reverse",
    "lost": "bold reverse",
    "refused": "bold $destroy",
}
_FAILURES = 6
_DIFFERS = 200
_DAY = 10


def run_word(run: Run, now: float) -> str:
    """How a run stands in one word; one whose worker is silent is `lost`, and never running."""
    if run.status not in ("starting", "running"):
        return run.status
    silent = not run.heartbeat and now - seconds_of(run.started_at) > HEARTBEAT if run.started_at else False
    return "lost" if silent or heartbeat(run, now)[1] else run.status


def words(run: Run) -> str:
    """What a filter finds a run by."""
    return f"{run.status} {run.id} {name_of(run.by)} {run.digest} {run.started_at} {run.host}"


def head(count: int, lately: Mapping[str, int], width: int) -> Content:
    """How many runs there are, and how those of the last 30 days ended."""
    ended = "  ".join(f"{lately[word]} {word}" for word in sorted(lately)) or "none"
    return lined(
        width, [Part(shown(f"Runs {count:,}", "bold"), 9), Part(shown(f"last 30 days: {ended}"), 5)], gap=3
    )


def running(run: Run, now: float) -> Content:
    """A run that goes on, or is lost, in a few words for row 1."""
    word = run_word(run, now)
    style = "bold reverse" if word == "lost" else "bold"
    return shown(f"{run.id} {word}{f' on {run.host}' if run.host else ''}", style)


def _when(at: str, now: float) -> str:
    """The time of a start: of today the hour, else the day."""
    return f"{at[11:16]}" if at[:_DAY] == rfc3339(now)[:_DAY] else at[5:_DAY]


def _span(seconds: float) -> str:
    whole = int(seconds)
    if whole < 60:
        return f"{seconds:.0f}s"
    return (
        f"{whole // 60}m{whole % 60:02d}s" if whole < 3600 else f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    )


def run_line(run: Run, tally: Tally | None, now: float, width: int, *, marked: bool = False) -> Content:
    """One run on a line: how it stands, when, who, how far, how long."""
    word = run_word(run, now)
    front = Content.assemble(
        "   A " if marked else "     ",
        shown(f"{word:<9}", _STYLE.get(word, "")),
        shown(f"{run.id:<13} "),
        shown(f"{_when(run.started_at, now):>5}  ", "$faint"),
        shown(f"{name_of(run.by)[:12]:<6} "),
    )
    if tally is None:
        return plan_row(front, Content("..."), width)
    done = f"{tally.done}/{tally.total}" if tally.events else ""
    return plan_row(Content.assemble(front, shown(done)), _outcome(word, tally), width)


def _outcome(word: str, tally: Tally) -> Content:
    if word in ("running", "starting", "paused"):
        return shown(f"wave {tally.wave}" if tally.wave else "")
    if word == "refused" and not tally.events:
        return shown("did not begin")
    if word == "lost":
        return shown("its worker is silent", "bold")
    bad = (
        f"{tally.failed} failed  " if tally.failed else f"{tally.skipped} blocked  " if tally.skipped else ""
    )
    return Content.assemble(shown(bad, "bold"), shown(f"{_span(tally.seconds):>6}", "$faint"))


# in detail


def full(run: Run, told: Summary | None, now: float, width: int) -> list[Content]:
    """All there is to say about a run; `told` is None until it was read."""
    lines = [_title(run, now, width), rule(width)]

    def say(name: str, text: str, style: str = "") -> None:
        if text:
            said = Content.assemble(f" {name:<11} ", shown(text, style))
            lines.extend(paragraph(said, width, 13))

    say("plan", run.digest[:12])
    say("started", f"{run.started_at} by {name_of(run.by)}")
    if told is None:
        return [*lines, fit(shown(" reading its events ...", "$faint"), width)]
    say("worker", f"pid {run.pid} on {run.host}" if run.pid else "")
    say("approved by", ", ".join(map(name_of, told.approved_by)))
    say("EMERGENCY", "; ".join(told.break_glass), "bold $destroy")
    say("last event", f"{told.last_at[:19]}Z, after {_span(told.tally.seconds)}" if told.last_at else "")
    say("done", _done(told.tally))
    for number, (code, count, message) in enumerate(told.failures[:_FAILURES]):
        say("FAILED" if not number else "", f"{code} x{count}  {message}", "bold" if not number else "")
    if first := told.first:
        say("first", f"{clock(first.at)} wave {first.wave} {first.address}")
    say("paused", told.reason if run_word(run, now) == "paused" else "")
    lines.append(rule(width))
    for key, text in _next(run, told, now):
        lines += paragraph(Content.assemble(f" {key:<7}", shown(text)), width, 8, 2)
    return lines


def _title(run: Run, now: float, width: int) -> Content:
    word = run_word(run, now)
    left = [Part(shown(f"Run {run.id}", "bold"), 9), Part(shown(word, _STYLE.get(word, "")), 8)]
    return lined(width, left, [Part(shown(run.environment), 7)])


def _done(tally: Tally) -> str:
    begun = tally.done + tally.failed + tally.skipped
    parts = (
        f"{tally.done} of {tally.total}, read back",
        f"{tally.failed} failed" if tally.failed else "",
        f"{tally.skipped} blocked" if tally.skipped else "",
        f"{tally.total - begun} not ended" if tally.total > begun else "",
    )
    return ", ".join(part for part in parts if part)


def _next(run: Run, told: Summary, now: float) -> list[tuple[str, str]]:
    """What can be done with it, by key."""
    word = run_word(run, now)
    going = word in ("running", "starting", "paused", "lost")
    if going:
        found = [
            ("enter", "goes to it: P resumes it from the journal" if word != "running" else "watches it")
        ]
    else:
        found = [("enter", f"replays its {told.tally.events:,} events, one by one or as they came")]
    if not rest_off(run, told, now):
        found.append(("R", f"plans anew what is left ({told.left}); what is done is not sent again"))
    return [
        *found,
        ("S", "exports its events and audit rows as JSON lines"),
        ("c", "compares it with another"),
    ]


def rest_off(run: Run, told: Summary | None, now: float) -> str:
    """Why what a run left cannot be planned; empty when it can."""
    word = run_word(run, now)
    if word in ("running", "starting"):
        return f"the run is {word}: what is left is being done"
    if told is None:
        return "its events are still being read"
    if run.status in FINAL and not told.tally.events:
        return "it did not begin"
    return "" if told.left else "nothing is left: every action is done"


def brief(run: Run, told: Summary | None, now: float, width: int, height: int) -> list[Content]:
    """The same in a few lines: how far, what failed first, what to do."""
    if told is None:
        return [fit(shown(f" {run.id}  reading its events ...", "$faint"), width)]
    word = run_word(run, now)
    left = [
        Part(shown(run.id, "bold"), 9),
        Part(shown(word, _STYLE.get(word, "")), 8),
        Part(shown(_done(told.tally)), 7),
    ]
    lines = [lined(width, left, [Part(shown(f"plan {run.digest[:12]}"), 5)])]
    for code, count, message in told.failures[:2]:
        lines += paragraph(Content.assemble(" ", shown(f"{code} x{count}  {message}", "bold")), width, 3, 1)
    if first := told.first:
        lines.append(fit(shown(f" first at {clock(first.at)} wave {first.wave} {first.address}"), width))
    if word == "paused" and told.reason:
        lines += paragraph(shown(f" paused: {told.reason}"), width, 3, 2)
    lines += [fit(Content.assemble(f" {key:<6}", shown(text)), width) for key, text in _next(run, told, now)]
    return lines[:height]


# two side by side


def comparison(found: Comparison, width: int) -> list[Content]:
    """What two runs did differently, an action a line."""
    lines = [
        lined(
            width, [Part(shown(f"A {found.first}", "bold"), 9), Part(shown(f"B {found.second}", "bold"), 9)]
        ),
        rule(width),
        fit(shown(f" A          {_done(found.before)}, {_span(found.before.seconds)}"), width),
        fit(shown(f" B          {_done(found.after)}, {_span(found.after.seconds)}"), width),
        fit(shown(f" alike      {found.same}"), width),
        fit(shown(f" different  {len(found.differs)}", "bold"), width),
        rule(width),
    ]
    for each in found.differs[:_DIFFERS]:
        head_ = Content.assemble(" ", shown(f"{each.op} {each.address}"))
        tail = shown(f"{each.before or 'not in it'} -> {each.after or 'not in it'}", "bold")
        lines.append(Content.assemble(fit(head_, max(8, width - tail.cell_length - 2)), " ", tail))
    if len(found.differs) > _DIFFERS:
        lines.append(fit(shown(f" ... {len(found.differs) - _DIFFERS} more", "$faint"), width))
    if not found.differs:
        lines.append(fit(shown(" Both did the same.", "$faint"), width))
    return lines
