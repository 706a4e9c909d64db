"""No dialog, old or new, is answered by keys that were pressed before it could be seen, or that are held."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

import pytest
from textual import events
from textual.screen import ModalScreen
from textual.widgets import Button

import fleetc.tui.screens
from fleetc.tui.screens.dialogs import Confirm, Dialog, Typed
from fleetc.tui.screens.going import Going
from fleetc.tui.screens.help import Help
from fleetc.tui.screens.jump import Jump
from fleetc.tui.screens.menu import Menu
from fleetc.tui.screens.reading import Reading
from fleetc.tui.screens.saving import Saving
from tests.tui.drive import driven, settle, typed
from tests.tui.fleet import FakeSession

DIALOGS: dict[str, Callable[[], Dialog[object]]] = {
    "Confirm": lambda: Confirm("Sure?", [], "do"),  # type: ignore[dict-item]
    "Typed": lambda: Typed("Approve", [], "edge 0", "approve"),  # type: ignore[dict-item]
    "Typed with a reason": lambda: Typed("Reject", [], "edge 0", "reject", reason=True),  # type: ignore[dict-item]
    "Saving": lambda: Saving([], "p.json"),  # type: ignore[dict-item]
}
"""One of each kind of dialog."""
DECIDING = ("Confirm", "Typed", "Typed with a reason")
HARMLESS = (Menu, Going, Help, Jump, Reading)
"""Boxes that only look or move."""
KEYS = (
    ("enter",) * 30,
    ("space",) * 30,
    ("right", "enter", "left", "enter"),
    ("tab", "enter", "tab", "enter", "tab", "enter"),
    ("shift+tab", "enter"),
    (*"edge", "space", "0", "enter"),
    ("tab", "w", "h", "y", "enter", *"edge", "space", "0", "enter"),
)


def kinds(of: type[ModalScreen[object]]) -> set[type]:
    for module in pkgutil.iter_modules(fleetc.tui.screens.__path__):
        importlib.import_module(f"fleetc.tui.screens.{module.name}")
    found: set[type] = set()
    pending = [of]
    while pending:
        below = [each for each in pending.pop().__subclasses__() if each.__module__.startswith("fleetc.")]
        found |= set(below)
        pending += below
    return found


def test_every_kind_of_box_is_known_here() -> None:
    covered = {type(make()) for make in DIALOGS.values()}
    assert kinds(Dialog) == covered, "give the new dialog a line here"  # type: ignore[type-abstract]
    assert kinds(ModalScreen) == covered | {Dialog, *HARMLESS}, "say here whether the new box decides"  # type: ignore[type-abstract]


@pytest.mark.parametrize("name", DIALOGS)
async def test_keys_pressed_before_a_dialog_is_seen_are_dropped(name: str) -> None:
    for keys in KEYS:
        answers: list[object] = []
        async with driven(FakeSession()) as (app, pilot):
            dialog = DIALOGS[name]()
            early = [events.Key(key, key if len(key) == 1 else None) for key in keys]
            app.push_screen(dialog, answers.append)
            for key in early:
                app.post_message(key)
            await settle(pilot, 5)
            assert app.screen is dialog, keys
            assert answers == [], keys
            assert all(each.value in ("", "p.json") for each in dialog.query("Input").results()), keys  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", DECIDING)
@pytest.mark.parametrize("key", ["enter", "space"])
async def test_a_held_key_cancels_at_most(name: str, key: str) -> None:
    answers: list[object] = []
    session = FakeSession()
    async with driven(session) as (app, pilot):
        dialog = DIALOGS[name]()
        app.push_screen(dialog, answers.append)
        await settle(pilot)
        assert isinstance(app.focused, Button)
        assert app.focused.id == "cancel"
        await typed(pilot, *[key] * 30)
    assert answers in ([], [None])
    assert session.calls == []
