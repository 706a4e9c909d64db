"""Going to an address or an id: one line of text, with what it would come to beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from fleetc.lang.text import few
from fleetc.tui.desk import Desk, Desks
from fleetc.tui.line import Line
from fleetc.tui.text import shown

if TYPE_CHECKING:
    from fleetc.tui.app import FleetcApp

__all__ = ["Going", "ask_where", "places", "suggestion"]

_RUN = re.compile(r"r(?:un)?-[0-9a-f]+")
_NAMED = 3


def places(desks: Desks, text: str, first: Desk) -> list[tuple[Desk, str]]:
    """Where an address or the id of an action is, in the environment `first` before others."""
    found = []
    for desk in sorted(desks.all, key=lambda each: each is not first):
        choice = desk.choice
        row = choice.row_at.get(text, choice.row_of.get(text, -1))
        if row >= 0:
            found.append((desk, choice.addresses[row]))
    return found


def suggestion(desks: Desks, text: str, first: Desk) -> str:
    """What a text would come to."""
    text = text.strip()
    if not text:
        return ""
    if places(desks, text, first):
        return "enter goes there"
    if _RUN.fullmatch(text):
        return "enter watches that run"
    names = alike(desks, text)
    return f"like it: {few(names, _NAMED)}" if names else "nothing is like it"


def alike(desks: Desks, text: str) -> list[str]:
    """The addresses that a filter of that text shows."""
    mask = desks.filtered(text).mask
    return list(dict.fromkeys(compress(desks.addresses, mask))) if mask else []


def ask_where(app: FleetcApp) -> None:
    """Ask for an address or an id, and go there."""
    desks, review = app.desks, app.review

    def go(text: str | None) -> None:
        if text:
            _go(app, text)

    app.push_screen(Going(partial(suggestion, desks, first=review.desk)), go)


def _go(app: FleetcApp, text: str) -> None:
    review = app.review
    found = places(app.desks, text, review.desk)
    if not found and (names := alike(app.desks, text)) and len(names) == 1:
        found = places(app.desks, names[0], review.desk)
    if found:
        desk, address = found[0]
        app.show(review.scope)
        review.go_to(desk, address)
        also = f"also in {few([each.environment for each, _ in found[1:]], _NAMED)}" if found[1:] else ""
        review.say(address, also)
    elif _RUN.fullmatch(text):
        app.follow(review.desk, text)
    elif alike(app.desks, text):
        app.show(review.scope)
        review.unlink()
        review.narrow(text)
        review.say(f"nothing has exactly the address or id {text}: what is like it is shown", "esc shows all")
    else:
        review.say(f"nothing has the address or id {text}")
        app.show(review.scope)


class Going(ModalScreen["str | None"]):
    """Gives what was typed, or None for `esc`; `enter` on an empty field does nothing.

    `hint` says what the text so far would come to.
    """

    CSS = """
    Going { align: center middle; background: $background 60%; }
    #going { width: 76; max-width: 96%; height: auto; border: heavy $keys; padding: 0 1; background: $background; }
    Going Input { border: none; border-bottom: solid $faint; background: $background; height: 2; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "close", show=False)]

    def __init__(self, hint: Callable[[str], str]) -> None:
        super().__init__()
        self.hint = hint

    def compose(self) -> ComposeResult:
        """Title, the field, what it comes to, and how to leave."""
        with Vertical(id="going"):
            yield Line(id="going-title")
            yield Input(id="place", restrict=r"[^\x00-\x1f\x7f-\x9f]*", max_length=400, select_on_focus=False)
            yield Line(id="going-hint")
            yield Line(id="going-keys")

    def on_mount(self) -> None:
        """Show the words."""
        title = "Go to an address, the id of an action, or a run"
        self.query_one("#going-title", Line).show(shown(title, "bold"))
        self.query_one("#going-keys", Line).show(shown("enter goes, esc closes", "$faint"))
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one("#going-hint", Line).show(shown(self.hint(event.value), "$faint"))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
