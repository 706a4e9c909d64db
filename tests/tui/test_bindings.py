"""The key table holds its law and is the only one (design 4.5.2)."""

from __future__ import annotations

import pytest

from fleetc.tui.app import FleetcApp
from fleetc.tui.bindings import KEYS, SCOPES, Key, footer, keys_of
from fleetc.tui.screens.apply import Apply
from fleetc.tui.screens.approvals import Approvals
from fleetc.tui.screens.drift import DriftScreen
from fleetc.tui.screens.frame import Frame
from fleetc.tui.screens.help import help_lines
from fleetc.tui.screens.mistakes import Mistakes
from fleetc.tui.screens.opening import Opening
from fleetc.tui.screens.replaying import Replaying
from fleetc.tui.screens.review import Review
from fleetc.tui.screens.runs import Runs
from fleetc.tui.screens.snapshots import Snapshots

SCREENS: dict[str, type[Frame]] = {
    "plan": Review,
    "apply": Apply,
    "approvals": Approvals,
    "drift": DriftScreen,
    "snapshots": Snapshots,
    "runs": Runs,
    "replay": Replaying,
    "opening": Opening,
    "mistakes": Mistakes,
}


@pytest.mark.parametrize("screen", SCREENS)
def test_no_two_actions_share_a_key(screen: str) -> None:
    keys = [key for each in keys_of(screen) for key in each.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.id)
def test_each_key_has_scope_help_and_handler(key: Key) -> None:
    assert key.scope in SCOPES
    assert key.help.endswith(".")
    homes = [SCREENS[key.scope]] if key.scope in SCREENS else list(SCREENS.values())
    for home in homes:
        assert hasattr(home, f"action_{key.name}") or hasattr(FleetcApp, f"action_{key.name}")


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.id)
def test_upper_case_opens_a_dialog_unless_harmless(key: Key) -> None:
    upper = any(len(name) == 1 and name.isupper() for name in key.keys)
    assert upper == (key.dialog or key.harmless)
    assert not (key.dialog and key.harmless)
    assert not (key.dialog and any(name.startswith("ctrl") for name in key.keys))


def test_the_harmless_ones_are_those_of_the_law() -> None:
    harmless = {name for key in KEYS if key.harmless for name in key.keys if len(name) == 1}
    assert harmless == set("GNEU")


@pytest.mark.parametrize("screen", SCREENS)
def test_bindings_of_a_screen_come_from_the_table(screen: str) -> None:
    bound = {binding.id for binding in SCREENS[screen].BINDINGS}  # type: ignore[union-attr]
    app = {binding.id for binding in FleetcApp.BINDINGS}  # type: ignore[union-attr]
    assert bound | app == {key.id for key in keys_of(screen)}


@pytest.mark.parametrize("screen", SCREENS)
def test_help_names_every_key(screen: str) -> None:
    text = "\n".join(line.plain for line in help_lines(screen))
    for key in keys_of(screen):
        assert key.help in text


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("width", [60, 80, 99, 120])
def test_the_footer_fits_and_keeps_the_decisions(screen: str, width: int) -> None:
    off = {key.id for key in KEYS if key.dialog}
    line = footer(screen, width, off, narrow=width < 100)
    assert len(line) <= width
    for key in keys_of(screen):
        if key.rank >= 11:
            assert f"{key.keys[0] if key.keys[0] != 'space' else 'space'} " in line
