"""Other keys and looks from the user's file: read strictly, and never against the law of keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fleetc.errors import InputProblem
from fleetc.tui.bindings import KEYS, SCOPES, footer, keys_of
from fleetc.tui.keymap import checked, named
from fleetc.tui.look import THEME_NAMES, Look, ascii_only
from fleetc.tui.settings import config_path, look_from, user_look
from tests.tui.drive import driven, lines, typed
from tests.tui.fleet import FakeSession

DIALOGS = [key for key in KEYS if key.dialog]
OTHERS = [key for key in KEYS if not key.dialog]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return path


def test_the_file_says_theme_look_and_keys(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[tui]\ntheme = "light"\nascii = true\nreduced_motion = false\n'
        '[tui.keys]\n"plan.approve" = "f5"\n"plan.filter" = [".", "ctrl+f"]\n"plan.unchanged" = "!"\n',
    )
    look = look_from(path, Look(reduced_motion=True))
    assert (look.theme, look.ascii, look.reduced_motion) == ("light", True, False)
    assert look.keys["plan.approve"] == ("f5",)
    assert look.keys["plan.filter"] == ("full_stop", "ctrl+f")


def test_what_the_file_does_not_say_stays(tmp_path: Path) -> None:
    start = Look(reduced_motion=True)
    assert look_from(written(tmp_path, ""), start) == start


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('[tui]\ntheme = "drak"', "F1022", '"dark"'),
        ("[tui]\nascii = 1", "F1022", "true or false"),
        ("[tui]\ntehme = 1", "F1021", "`theme`"),
        ("[tiu]", "F1021", "`tui`"),
        ("[tui", "F1020", "TOML"),
        ('[tui.keys]\n"plan.aprove" = "f5"', "F1021", "`plan.approve`"),
        ('[tui.keys]\n"plan.approve" = "f99"', "F1022", "`f99` is no key"),
        ('[tui.keys]\n"plan.approve" = []', "F1022", "keys are"),
        ('[tui.keys]\n"plan.approve" = 5', "F1022", "a list of strings"),
        ('[tui.keys]\n"plan.filter" = "ctrl+i"', "F1022", "is no key"),
        ('[tui.keys]\n"plan.filter" = "n"', "F1030", "`plan.filter` and `plan.next_match`"),
        ('[tui.keys]\n"plan.filter" = "tab"', "F1030", "`all.next_pane` and `plan.filter`"),
        ('[tui.keys]\n"plan.approve" = "a"', "F1031", "needs an upper-case letter"),
        ('[tui.keys]\n"plan.filter" = "F"', "F1031", "another key than an upper-case letter"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, code: str, said: str) -> None:
    with pytest.raises(InputProblem) as caught:
        look_from(written(tmp_path, text), Look())
    assert caught.value.code == code
    assert said in caught.value.message


@pytest.mark.parametrize("key", DIALOGS, ids=lambda key: key.id)
@pytest.mark.parametrize("word", ["x", "1", "space", "enter", "up", "j", "ctrl+x", "tab", "escape", "."])
def test_no_dialog_can_be_put_on_a_key_that_repeats(key: object, word: str) -> None:
    with pytest.raises(InputProblem) as caught:
        checked("config.toml:", {key.id: (word,)})  # type: ignore[attr-defined]
    assert caught.value.code == "F1031"


@pytest.mark.parametrize("key", OTHERS, ids=lambda key: key.id)
def test_only_what_is_harmless_can_be_put_on_upper_case(key: object) -> None:
    free = "Q"
    assert not any(free in each.keys for each in KEYS)
    if key.harmless:  # type: ignore[attr-defined]
        assert checked("", {key.id: (free,)}) == {key.id: (free,)}  # type: ignore[attr-defined]
    else:
        with pytest.raises(InputProblem):
            checked("", {key.id: (free,)})  # type: ignore[attr-defined]


def test_two_keys_can_be_swapped_and_one_key_serves_two_screens() -> None:
    swapped = checked("", {"plan.filter": ("e",), "plan.next_problem": ("/",)})
    assert swapped == {"plan.filter": ("e",), "plan.next_problem": ("slash",)}
    for scope in SCOPES:
        keys = [name for key in keys_of(scope, swapped) for name in key.keys]
        assert len(keys) == len(set(keys))
    assert checked("", {"plan.undo": ("f2",), "apply.tail": ("f2",)})


def test_a_key_is_written_as_people_write_it() -> None:
    assert (named("/"), named("slash"), named("?"), named("esc"), named("pgdn")) == (
        "slash", "slash", "question_mark", "escape", "pagedown",
    )  # fmt: skip
    assert named("hyper+x") == ""


def test_the_footer_shows_the_new_keys() -> None:
    assert "f5 approve" in footer("plan", 120, mine={"plan.approve": ("f5",)})


async def test_new_keys_work_and_are_shown_everywhere() -> None:
    look = Look(keys=checked("", {"plan.approve": ("f5",), "plan.undo": ("backspace",)}))
    async with driven(FakeSession(), look=look) as (app, pilot):
        assert "f5 approve..." in lines(app)[-1]
        await typed(pilot, "A")
        assert app.screen is app.review, "the old key is free"
        await typed(pilot, "space")
        assert "selected 0 of 12" in "\n".join(lines(app))
        assert lines(app)[-2].endswith("backspace undo ")
        await typed(pilot, "backspace")
        assert "selected 12 of 12" in "\n".join(lines(app))
        titles = [str(command.title) for command in app.get_system_commands(app.screen)]
        assert "Approve... (f5)" in titles
        await typed(pilot, "question_mark")
        assert any("f5" in line and "Approve what is chosen" in line for line in lines(app))
        await typed(pilot, "escape", "f5")
        assert "Approve this plan" in "\n".join(lines(app))


async def test_swapped_keys_do_each_others_work() -> None:
    look = Look(keys=checked("", {"plan.approve": ("X",), "plan.apply": ("A",)}))
    async with driven(FakeSession(), look=look) as (app, pilot):
        await typed(pilot, "A")
        assert "apply is off" in lines(app)[-2]
        await typed(pilot, "X")
        assert "Approve this plan" in "\n".join(lines(app))


def test_where_the_file_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_path() == tmp_path / "fleetc" / "config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config_path() == tmp_path / ".config" / "fleetc" / "config.toml"
    for name in ("SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    assert user_look() == Look()
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 22 10.0.0.2 22")
    assert user_look().reduced_motion


def test_reduced_motion_counts_before_textual_is_loaded() -> None:
    code = (
        "import sys; from fleetc.tui.settings import slow_down; slow_down(); "
        "assert 'textual' not in sys.modules; from textual import constants as of; "
        "print(of.MAX_FPS, of.SMOOTH_SCROLL, of.TEXTUAL_ANIMATIONS)"
    )
    ran = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert ran.stdout == "10 False none\n"


def test_ascii_has_the_same_width_and_keeps_names() -> None:
    assert ascii_only("┏━┓│▌≈ 東京 é") == "+-+|#~ 東京 é"
    assert len(THEME_NAMES) == 4
