"""The lines of the apply screen, made from a watched run and the last look at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from fleetc.ir.timestamps import seconds_of
from fleetc.plan.changes import Op
from fleetc.tui import states
from fleetc.tui.paint import environment, mark_cursor, plan_row
from fleetc.tui.session import Session
from fleetc.tui.stream import read_back
from fleetc.tui.text import OP_GLYPH, Part, age, clock, lined, name_of, shown
from fleetc.tui.watch import STATUSES, Seen, Watched

if TYPE_CHECKING:
    from fleetc.tui.stream import Stream

__all__ = [
    "STATUS_WORD",
    "cancel_off",
    "counts",
    "destroyed",
    "end_stakes",
    "failure",
    "owner",
    "pause_off",
    "progress",
    "rest_off",
    "rest_stakes",
    "resume_off",
    "run_line",
    "run_row",
    "stakes",
    "status_line",
    "status_word",
    "stop_stakes",
    "stream_head",
    "where_run",
]

STATUS_WORD = {
    "waiting": ("waiting", "$faint"),
    "running": ("running", "bold"),
    "ok": ("ok", "$create"),
    "failed": ("FAILED", "bold reverse"),
    "conflict": ("CLASH", "bold reverse"),
    "skipped": ("blocked", "bold"),
}
_BAR = 38
_HALTED = {"PAUSED": "partly", "DISCONNECTED": "unknown"}


def status_word(watched: Watched, seen: Seen) -> str:
    """The state of the run in one word; never `RUNNING` when its worker is silent."""
    if watched.state.finished:
        return watched.state.status.upper()
    if seen.run is not None and states.heartbeat(seen.run, seen.now)[1]:
        return "DISCONNECTED"
    if watched.state.status == "running" and seen.run is not None and seen.run.pause_requested:
        return "PAUSING"
    if watched.state.status == "waiting":
        return "STARTING"
    return watched.state.status.upper()


def where_run(session: Session, watched: Watched, seen: Seen, width: int, wide: bool) -> Content:
    """Row 1 of the apply screen."""
    state = watched.state
    left = [Part(environment(session.environment), 20)]
    right = [Part(shown(session.who), 8)]
    if watched.run:
        left.append(Part(shown(f"RUN {watched.run}", "bold"), 15))
        if state.plan:
            left.append(Part(shown(f"plan {state.plan[:12]}"), 7))
        right.append(Part(shown(f"elapsed {_elapsed(watched, seen)}"), 6))
    if not wide and watched.run:
        left.insert(2, Part(shown(status_word(watched, seen), "bold"), 14))
    if state.started_at and wide:
        if state.approved_by:
            left.append(Part(shown("approved by " + ", ".join(map(name_of, state.approved_by))), 4))
        left.append(Part(shown(f"started {clock(state.started_at)} by {name_of(state.by)}"), 5))
    return lined(width, left, right)


def _elapsed(watched: Watched, seen: Seen) -> str:
    cut_off = status_word(watched, seen) == "DISCONNECTED" and bool(watched.state.last_at)
    seconds = int(watched.elapsed(seconds_of(watched.state.last_at) if cut_off else seen.now))
    return f"{seconds // 60}:{seconds % 60:02d}"


def run_line(watched: Watched, width: int) -> Content:
    """Which run, how far."""
    left = [Part(shown(f"Run {watched.run}", "bold"), 9)]
    if watched.waves:
        left.append(Part(shown(f"wave {max(watched.state.wave, 1)} of {watched.waves}"), 5))
    return lined(width, left, [Part(shown(_done(watched) + " done"), 8)], gap=3)


def _done(watched: Watched) -> str:
    return f"{watched.count('ok')}/{len(watched.actions)}"


def progress(watched: Watched, width: int, wide: bool) -> Content:
    """The bar: what is verified, of all."""
    total = len(watched.actions) or 1
    size = min(_BAR, max(10, width - 12))
    filled = watched.count("ok") * size // total
    bar = Content.assemble(
        "[", Content.styled("#" * filled, "$create"), Content.styled("-" * (size - filled), "$faint"), "]"
    )
    parts = [Part(Content.assemble(bar, f"  {watched.count('ok') * 100 // total:>3}%"), 9)]
    right = [] if wide else [Part(shown(f"wave {max(watched.state.wave, 1)}/{watched.waves}"), 3)]
    if not wide:
        parts.append(Part(shown(_done(watched)), 8))
    return lined(width, parts, right, gap=3)


def counts(watched: Watched, seen: Seen, width: int, wide: bool) -> Content:
    """How many run, failed, are blocked and are left."""
    failed = watched.count("failed") + watched.count("conflict")
    parts = [
        Part(shown(f"{_halted(watched, seen) or 'running'} {watched.count('running')}"), 8),
        Part(shown(f"failed {failed}", "bold reverse" if failed else ""), 9),
        Part(shown(f"blocked {watched.count('skipped')}"), 7),
        Part(shown(f"left {watched.count('waiting')}"), 6),
    ]
    return lined(width, parts, [] if wide else [_eta(watched, seen), _heart(seen)])


def _heart(seen: Seen) -> Part:
    if seen.run is None:
        return Part(Content(""))
    text, lost = states.heartbeat(seen.run, seen.now)
    return Part(shown(text, "bold reverse" if lost else "$faint"), 8)


def stream_head(stream: Stream, wide: bool) -> tuple[Sequence[Part], Sequence[Part]]:
    """The stream's title: whether it follows, how much came."""
    follow = "follow ON" if stream.follow else "follow off (t)"
    left = [Part(shown(follow, "" if stream.follow else "bold reverse"), 8)]
    if wide:
        left.insert(0, Part(shown("Events", "bold"), 9))
    if stream.failures_only:
        left.append(Part(shown("failures only (f)", "bold"), 8))
    if stream.wanted:
        word = f"find {stream.wanted}" if stream.found is not None else f"not found: {stream.wanted}"
        left.append(Part(shown(word, "bold"), 9))
    return left, [Part(shown(f"{stream.total:,} lines"), 5)]


def _halted(watched: Watched, seen: Seen) -> str:
    """What an action that was begun is in a run that does not go on; empty in one that does."""
    return _HALTED.get(status_word(watched, seen), "")


def run_row(watched: Watched, row: int, width: int, seen: Seen) -> Content:
    """One wave, or one action with its state."""
    rows, halted = watched.rows, _halted(watched, seen)
    leaf = rows.outline.leaf[row]
    if leaf < 0:
        group = rows.outline.group_at[row]
        arrow = "v" if rows.is_open(row) else ">"
        word = watched.wave_word(row)
        word = halted or word if word == "running" else word
        style = "bold reverse" if word == "FAILED" else "$faint" if word == "waiting" else ""
        wave = group.key.partition(":")[2]
        head = Content.assemble(
            f" {arrow}  ",
            Content.styled(word, style),
            " " * (9 - len(word)),
            f"wave {wave}  ",
            shown(group.title),
        )
        took = watched.wave_seconds(int(wave))
        took_words = f"{age(took):>5}" if took >= 1 else "     "
        tail = Content(f"{rows.chosen(row)}/{rows.size(row)}{took_words}")
        return mark_cursor(rows, row, plan_row(head, tail, width), 0)
    word, style = STATUS_WORD[STATUSES[watched.codes[leaf]]]
    word = halted or word if word == "running" else word
    head = Content.assemble(
        "      ",
        Content.styled(word, style),
        " " * (9 - len(word)),
        shown(watched.actions[leaf].address),
    )
    if word in _HALTED.values():
        tail = shown("some of its calls are done" if word == "partly" else "look-up when it goes on")
    else:
        tail = _tail(watched, leaf, seen.now)
    return mark_cursor(rows, row, plan_row(head, tail, width), 2)


def _tail(watched: Watched, leaf: int, now: float) -> Content:
    state = watched.action(leaf)
    if state.status == "ok":
        return shown(f"{state.seconds:.1f}s", "$faint")
    if state.status == "running" and state.retry:
        return shown(f"try {state.attempt}: {state.retry}", "bold")
    if state.status == "running":
        return shown(f"{age(watched.running_for(leaf, now))} ...")
    if state.status in ("failed", "conflict"):
        return shown(f"{state.code} {state.message}".strip(), "bold")
    if state.status == "skipped":
        return shown(f"by {state.because.partition(':')[2]}" if state.because else state.message)
    return Content("")


def failure(watched: Watched, width: int) -> tuple[Content, Content]:
    """Two lines on the failure under the cursor, or the first there is."""
    leaf = watched.rows.leaf
    bad = watched.bad
    if leaf < 0 or not bad[leaf]:
        leaf = watched.codes.find(STATUSES.index("failed"))
    if leaf < 0:
        leaf = bad.find(1)
    if leaf < 0:
        nothing = "paused: " + watched.state.reason if watched.state.status == "paused" else "nothing failed"
        return lined(width, [Part(shown(nothing, "$faint"))]), lined(
            width, [Part(shown(watched.state.next_step))]
        )
    state = watched.action(leaf)
    word, style = STATUS_WORD[state.status]
    said = f"{state.code} {state.message}".strip()
    first = [
        Part(Content.styled(word, style), 10),
        Part(shown(watched.actions[leaf].address, "bold"), 9),
        Part(shown(said), 8),
    ]
    if state.state:
        first.append(Part(shown(f"state: {state.state}"), 5))
    return lined(width, first), lined(width, [Part(shown(_read_back(watched, leaf)))])


def _read_back(watched: Watched, leaf: int) -> str:
    state = watched.action(leaf)
    if state.status == "skipped":
        return f"not started; needs {state.because.partition(':')[2]}" if state.because else "not started"
    return f"read back: {read_back(state.live)}"


def owner(watched: Watched, seen: Seen, width: int) -> Content:
    """Whose run it is, and that leaving does not stop it; what to do when it is cut off."""
    state, word = watched.state, status_word(watched, seen)
    if word == "DISCONNECTED":
        heard = f"last event {clock(state.last_at)}" if state.last_at else "nothing came yet"
        text = f"Its worker is silent ({heard}). P resumes it from the journal, C ends it, R plans the rest."
        return lined(width, [Part(shown(text, "bold"))])
    if word == "PAUSED":
        text = f"Paused: {state.reason}. P resumes it, C ends it for good."
        return lined(width, [Part(shown(text, "bold"))])
    if state.finished:
        done = watched.count("ok") == len(watched.actions)
        then = "1 shows the plan." if done else "R plans what is left of it."
        text = f"Run ended: {state.status}. {_done(watched)} verified by reading back. {then}"
        return lined(width, [Part(shown(text))])
    parts = [
        Part(shown("Leaving this screen does not stop the run."), 9),
        Part(shown("On failure: independent steps go on."), 5),
        Part(shown(f"Worker: pid {state.pid} on {state.host}." if state.pid else ""), 6),
    ]
    return lined(width, parts)


def status_line(watched: Watched, seen: Seen, width: int) -> Content:
    """The state of the run and of its worker's heart."""
    left = [Part(shown(f"Status: {status_word(watched, seen)}", "bold"), 9)]
    return lined(width, left, [_heart(seen), _eta(watched, seen)])


def _eta(watched: Watched, seen: Seen) -> Part:
    going = seen.run is not None and status_word(watched, seen) in ("RUNNING", "PAUSING")
    left = watched.left_seconds(seen.now) if going else None
    return Part(shown(f"eta ~{age(left)}" if left is not None else ""), 6)


# pause and resume


def pause_off(watched: Watched, seen: Seen) -> str:
    """Why there is nothing to pause."""
    if not watched.run:
        return "there is no run"
    word = status_word(watched, seen)
    return "" if word in ("RUNNING", "STARTING") else f"the run is {word.lower()}"


def resume_off(watched: Watched, seen: Seen) -> str:
    """Why there is nothing to resume."""
    if not watched.run:
        return "there is no run"
    word = status_word(watched, seen)
    return "" if word in ("PAUSED", "DISCONNECTED") else f"the run is {word.lower()}"


def cancel_off(watched: Watched, seen: Seen) -> str:
    """Why there is nothing to cancel."""
    if not watched.run:
        return "there is no run"
    word = status_word(watched, seen)
    if word == "PAUSING":
        return "it stops already: what is in flight finishes"
    able = ("RUNNING", "STARTING", "PAUSED", "DISCONNECTED")
    return "" if word in able else f"the run is {word.lower()}"


def rest_off(watched: Watched, seen: Seen) -> str:
    """Why what is left cannot be planned: there is nothing, or it is still being done."""
    if not watched.run:
        return "there is no run"
    word = status_word(watched, seen)
    if word in ("RUNNING", "STARTING", "PAUSING"):
        return f"the run is {word.lower()}: what is left is being done"
    return "" if watched.count("ok") < len(watched.actions) else "nothing is left: every action is done"


def rest_stakes(run: str, left: int) -> list[Content]:
    """What planning the rest comes to, for its dialog."""
    return [
        shown(f"run          {run}"),
        shown(f"left         {left} of its actions are not done"),
        shown("             The platform is observed again, and a new plan is"),
        shown("             made of what is left. What is done is not sent"),
        shown("             again, and nothing at all before that plan is"),
        shown("             approved and applied."),
    ]


def stop_stakes(watched: Watched) -> list[Content]:
    """What stopping comes to, for its dialog."""
    return [
        shown(f"run          {watched.run}"),
        shown(f"in flight    {watched.count('running')}: they finish, and are read back"),
        shown(f"not begun    {watched.count('waiting')}: they do not start"),
        shown("             Nothing that was sent is torn off or taken back."),
        shown("             The run is paused then: P resumes it, C ends it."),
    ]


def end_stakes(watched: Watched) -> list[Content]:
    """What ending a run for good comes to, for its dialog."""
    left = len(watched.actions) - watched.count("ok")
    return [
        shown(f"run          {watched.run}"),
        shown(f"done         {_done(watched)}, and stays done"),
        shown(f"not done     {left}: they are written down as not done"),
        shown("             Nothing is sent. The run can never be resumed;"),
        shown("             R plans anew what it left."),
    ]


def destroyed(watched: Watched) -> int:
    """Deletes and replacements of the run's plan with what goes along, as they have to be typed."""
    along = {address for action in watched.actions for address in action.cascade}
    return sum(action.op.ends for action in watched.actions) + len(along)


def stakes(watched: Watched) -> list[Content]:
    """What the run still has to do, for the dialog."""
    left = [a for a, code in zip(watched.actions, watched.codes, strict=True) if code <= 1]
    every = Counter(action.op for action in left)
    ops = "   ".join(f"{OP_GLYPH[op]}{every[op]} {op}" for op in Op if every[op])
    return [
        shown(f"run          {watched.run}"),
        shown(f"done         {_done(watched)}"),
        shown(f"left         {ops or 'nothing'}"),
        shown(f"destroys     {destroyed(watched)} in the whole plan"),
    ]
