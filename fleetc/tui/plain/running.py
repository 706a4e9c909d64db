"""The commands of the plain review on runs: following one line by line, pausing and finishing it."""

from __future__ import annotations

from threading import Event

from fleetc.errors import FleetcError, Refused
from fleetc.events import RunEvent, RunFinished, RunPaused
from fleetc.ports import Run
from fleetc.report.event_text import render_event
from fleetc.report.result_text import render_result
from fleetc.run.state import FINAL
from fleetc.run.summary import Tally
from fleetc.tui import states
from fleetc.tui.desk import Desk
from fleetc.tui.plain.console import Console
from fleetc.tui.session import Session
from fleetc.tui.watch import Watched
from fleetc.tui.words import name_of

__all__ = ["finding", "follow", "resuming", "told"]

MOST = 20
"""So many runs are listed."""
POLL = 0.2
"""Seconds between two looks at a run."""


def finding(desk: Desk, name: str) -> Run:
    """The run of that id, or the newest of the environment; raises `Refused` when there is none."""
    found = desk.session.run(name) if name else desk.session.latest_run()
    if found is None:
        which = f"the ledger holds no run {name}" if name else f"{desk.environment} has no run yet"
        raise Refused(which, state="nothing was changed", next_step="runs says which there are")
    return found


def told(desk: Desk) -> list[str]:
    """How the newest runs of an environment stand, a line each."""
    runs = desk.session.runs()[:MOST]
    if not runs:
        return [f"{desk.environment}: no run yet"]
    tallies, now = desk.session.tallies(runs), desk.session.now()
    return [_told(desk.environment, run, tallies.get(run.id), now) for run in runs]


def _told(environment: str, run: Run, tally: Tally | None, now: float) -> str:
    beat, lost = states.heartbeat(run, now)
    words = [f"{environment}: {run.id} {'DISCONNECTED' if lost else run.status}"]
    words += [f"{tally.done}/{tally.total} done"] if tally else []
    words += [f"{tally.failed} failed"] if tally and tally.failed else []
    words += [f"of plan {run.digest[:12]}", f"by {name_of(run.by)}"]
    words += [f"started {run.started_at}"] if run.started_at else []
    return ", ".join([*words, beat] if beat else words)


def follow(console: Console, session: Session, run: str) -> None:
    """Print the events of a run as they come, to its end or pause.

    Raises `FleetcError` when its worker has fallen silent.
    """
    console.say(f"Following {run}. Ctrl-C stops looking; the run goes on.")
    after, began, wait = 0, session.now(), Event()
    while True:
        events = session.events(run, after)
        for event in events:
            console.say(render_event(event))
        if events:
            after = events[-1].seq
            if _last(console, events[-1]):
                return
        else:
            _refuse_silent(session, run, began)
        wait.wait(POLL)


def _last(console: Console, event: RunEvent) -> bool:
    """Whether nothing comes after an event; the result of a finished run is printed."""
    if isinstance(event, RunFinished):
        console.say(render_result(event.result, width=console.width).rstrip())
    return isinstance(event, RunFinished | RunPaused)


def _refuse_silent(session: Session, run: str, began: float) -> None:
    found = session.run(run)
    if found is None:
        raise Refused(f"the ledger holds no run {run}", next_step="runs says which there are")
    said, lost = states.heartbeat(found, session.now())
    never = not found.heartbeat and session.now() - began > states.HEARTBEAT
    if found.status in FINAL:
        raise Refused(f"{run} did not begin: {found.status}", state="nothing was sent", next_step="replan")
    if lost or never:
        raise FleetcError(
            f"the worker of {run} is silent: {said}",
            code="F0906",
            state="what it did is in the journal",
            next_step=f"resume {run}",
        )


def resuming(desk: Desk, run: Run) -> tuple[list[str], str]:
    """What finishing a run is about, and the words that have to be typed."""
    plan = desk.session.run_plan(run.id)
    if plan is None:
        raise Refused(f"the plan of run {run.id} is not in the ledger", state="nothing was changed")
    watched = Watched(run.id, plan)
    watched.take(desk.session.events(run.id, 0))
    left = [a for a, code in zip(watched.actions, watched.codes, strict=True) if code <= 1]
    lines = [
        f"run       {run.id}",
        f"done      {watched.count('ok')}/{len(watched.actions)}",
        f"left      {len(left)}",
        f"destroys  {plan.destroyed} in the whole plan",
    ]
    return [f"  {line}" for line in lines], f"{desk.environment} {plan.destroyed}"
