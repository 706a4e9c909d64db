"""One action of a run in full: its error as it came, what stands there now, what waits on what."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from fleetc.lang.text import few, visible
from fleetc.tui.run_paint import STATUS_WORD
from fleetc.tui.stream import read_back
from fleetc.tui.text import OP_WORD, Part, clock, lined, paragraph, rule, shown
from fleetc.tui.watch import Watched
from fleetc.tui.words import value

__all__ = ["error_text", "step_lines"]

_MOST = 200
"""Lines of one error that are shown."""
_NAMED = 12


def error_text(watched: Watched, leaf: int) -> str:
    """The whole error of an action for the clipboard; empty when it has none."""
    state = watched.action(leaf)
    if state.status not in ("failed", "conflict"):
        return ""
    said = f"{state.code} {state.message}".strip()
    lines = [f"{watched.run} {watched.actions[leaf].address}: {said}"]
    if state.state:
        lines.append(f"state: {state.state}")
    lines.append(f"read back: {read_back(state.live)}")
    return "\n".join(map(visible, lines))


def step_lines(watched: Watched, leaf: int, width: int) -> list[Content]:
    """All there is to say about an action of a run, in lines of `width` cells."""
    action, state = watched.actions[leaf], watched.action(leaf)
    word, style = STATUS_WORD[state.status]
    head = [
        Part(Content.styled(word, style), 10),
        Part(shown(action.address, "bold"), 9),
        Part(shown(OP_WORD[action.op]), 8),
    ]
    lines = [lined(width, head, [Part(shown(f"wave {watched.wave[action.id]}"), 5)]), rule(width)]
    for name, text, bold in _said(watched, leaf):
        if text:
            content = Content.styled(visible(text), "bold" if bold else "")
            lines += paragraph(Content.assemble(f" {name:<12} ", content), width, 14, _MOST)
    if action.fields:
        lines += [rule(width), shown(" Wanted", "bold")]
    for change in action.fields:
        content = Content.assemble(" ", shown(f"{change.path:<12}"), " ", shown(value(change.after)))
        lines += paragraph(content, width, 14, _MOST)
    return lines


def _said(watched: Watched, leaf: int) -> Iterator[tuple[str, str, bool]]:
    """What there is to say: a name, the text (or none), and whether nobody may overlook it."""
    action, state = watched.actions[leaf], watched.action(leaf)
    began = watched.started.get(action.id, "")
    yield "started", clock(began) if began else "", False
    yield "took", f"{state.seconds:.1f}s, read back as wanted" if state.status == "ok" else "", False
    if state.retry:
        yield "trying again", f"try {state.attempt}, after {state.wait:.0f}s: {state.retry}", False
    if state.status in ("failed", "conflict"):
        yield "error", f"{state.code} {state.message}".strip(), True
        yield "state", state.state, False
        yield "read back", read_back(state.live), False
    if state.status == "skipped":
        root = watched.root(leaf)
        yield "blocked by", _named(watched, state.because) or state.message, True
        yield "because of", _named(watched, root) if root != state.because else "", False
    yield "needs", _list(watched, [name for name in action.requires if name in watched.wave]), False
    yield "needed by", _list(watched, [a.id for a in watched.actions if action.id in a.requires]), False
    yield "platform id", state.platform_id, False
    yield "journal", f"{watched.run}/{action.id}", False


def _named(watched: Watched, name: str) -> str:
    """An action by its address, and how it stands."""
    return f"{name.partition(':')[2]} ({watched.standing(name)})" if name else ""


def _list(watched: Watched, names: list[str]) -> str:
    return few([_named(watched, name) for name in names], _NAMED)
