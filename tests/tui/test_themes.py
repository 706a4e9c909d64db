"""Every theme can be read: the contrast of WCAG 2.2 between each text and what it stands on, as painted."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from fleetc.plan.changes import Op
from fleetc.ports import Run
from fleetc.tui.app import FleetcApp
from fleetc.tui.look import THEME_NAMES, Look
from fleetc.tui.screens.jump import Jump
from fleetc.tui.themes import PLAIN, TEXTS, THEMES
from tests.tui.drive import NARROW, at_once, driven, lines, segments, typed, until
from tests.tui.fleet import FakeSession, action, edge_actions, edge_events, edge_plan, plan_of

LEAST = {"dark": 4.5, "light": 4.5, "contrast-dark": 7.0, "contrast-light": 7.0}


def contrast(first: Color, second: Color) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""

    def luminance(color: Color) -> float:
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_names_that_can_be_chosen_are_those_there_are() -> None:
    assert tuple(theme.name for theme in THEMES) == THEME_NAMES
    assert LEAST.keys() == set(THEME_NAMES)
    assert [theme.dark for theme in THEMES] == [True, False, True, False]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_each_colour_of_text_can_be_read_on_each_ground(theme: Theme) -> None:
    texts = [str(theme.foreground), *(theme.variables[name] for name in TEXTS)]
    for ground in (str(theme.background), str(theme.surface)):
        for text in texts:
            assert contrast(Color.parse(text), Color.parse(ground)) >= LEAST[theme.name], (text, ground)
    assert contrast(Color.parse(str(theme.foreground)), Color.parse(str(theme.panel))) >= LEAST[theme.name]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_what_makes_and_what_destroys_differ_for_every_kind_of_colour_vision(theme: Theme) -> None:
    create, destroy = Color.parse(theme.variables["create"]), Color.parse(theme.variables["destroy"])
    assert abs(create.b - destroy.b) > 75, "blue against orange: the axis that nearly everybody has"


def painted(app: FleetcApp) -> list[tuple[float, str]]:
    """The contrast of each piece of text on the screen on top, with the text."""
    found = []
    box = app.screen.query("#box, #menu, #help, #reading, CommandPalette > Vertical").results()
    region = next((each.region for each in box), app.screen.region)
    for y, line in enumerate(segments(app)):
        x = 0
        for segment in line:
            inside = region.contains(x, y) and region.contains(x + segment.cell_length - 1, y)
            x += segment.cell_length
            style = segment.style
            if not inside or not segment.text.strip() or style is None or style.color is None:
                continue
            ground = Color.from_rich_color(style.bgcolor)
            found.append((contrast(Color.from_rich_color(style.color), ground), segment.text.strip()))
    return found


def session() -> FakeSession:
    some = tuple(
        action(f"node/{op}", op=op, reason="because") for op in Op if op in (Op.UPDATE, Op.REPLACE, Op.DELETE)
    )
    found = FakeSession(plan=plan_of((*some, *edge_actions())))
    found.stored = edge_events(edge_plan(), fail="instance/edge-tokyo-02")[:22]
    found.record = Run("r-0192", "", "acme", "edge", "running", "dana", "", heartbeat=found.moment - 0.4)
    return found


WALK = ((), ("down", "down", "space"), ("slash", "n", "enter"), ("escape", "A"), ("escape", "question_mark"),
        ("escape", "2"), ("3",), ("1", "i"))  # fmt: skip


@pytest.mark.parametrize("name", THEME_NAMES)
async def test_all_that_is_painted_can_be_read(name: str) -> None:
    async with driven(session(), look=Look(theme=name)) as (app, pilot):
        assert app.theme == name
        for keys in WALK:
            await typed(pilot, *keys)
            pairs = painted(app)
            assert len(pairs) > 3, keys
            low = [(round(ratio, 2), text) for ratio, text in pairs if ratio < LEAST[name]]
            assert not low, (keys, low)
        await typed(pilot, "escape")
        await at_once(app, pilot, "ctrl+p")
        low = [(round(ratio, 2), text) for ratio, text in painted(app) if ratio < LEAST[name]]
        assert not low, ("palette", low)


async def test_a_theme_is_chosen_in_the_palette_and_says_how_to_keep_it() -> None:
    async with driven(session(), NARROW) as (app, pilot):
        (light,) = (each for each in app.get_system_commands(app.screen) if each.title == "Theme: light")
        light.callback()
        await typed(pilot)
        assert app.theme == "light"
        assert 'theme = "light"' in lines(app)[-2]


EVERYWHERE = ((), ("A",), ("escape", "question_mark"), ("escape", "f"), ("escape", "i"),
              *(("escape", key) for key in "23456"), ("escape", "1"))  # fmt: skip
"""Keys from one screen or box to the next, through all of them."""


async def test_without_colour_no_screen_has_any() -> None:
    async with driven(session(), no_color=True) as (app, pilot):
        assert app.theme == PLAIN.name
        for keys in EVERYWHERE:
            await typed(pilot, *keys)
            styles = [segment.style for line in segments(app) for segment in line if segment.style]
            colors = {color.name for each in styles for color in (each.color, each.bgcolor) if color}
            assert colors <= {"default"}, keys
            assert any(style.bold or style.reverse for style in styles)
        assert not any(each.title.startswith("Theme") for each in app.get_system_commands(app.screen))


async def test_in_ascii_every_screen_is_ascii() -> None:
    async with driven(session(), look=Look(ascii=True)) as (app, pilot):
        for keys in (*EVERYWHERE, ("ctrl+p",)):
            await typed(pilot, *keys)
            shown = "\n".join(lines(app))
            assert shown.isascii(), (keys, {char for char in shown if not char.isascii()})
            assert "-----" in shown


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("prod", "destroy"),
        ("eu-prod-1", "destroy"),
        ("PRODUCTION", "destroy"),
        ("products", ""),
        ("edge", ""),
    ],
)
async def test_the_environment_has_its_word_and_colour_on_every_screen(name: str, colour: str) -> None:
    found = FakeSession.of(name)
    found.record, found.stored = session().record, session().stored
    async with driven(found, NARROW) as (app, pilot):
        variables = app.get_css_variables()
        colours = set()
        for key in "123456":
            await typed(pilot, key)
            marked = [each for each in segments(app)[0] if each.text == f" {name.upper()} "]
            assert [bool(each.style and each.style.reverse) for each in marked] == [True], key
            assert marked[0].style is not None
            colours.add(Color.from_rich_color(marked[0].style.color).hex)
        assert len(colours) == 1, "one environment, one colour"
        assert (colours == {variables["destroy"].upper()}) == bool(colour)


async def test_a_letter_goes_to_each_pane() -> None:
    async with driven(session()) as (app, pilot):
        for key in "12":
            await typed(pilot, key)
            first = app.focused
            await typed(pilot, "i")
            assert "[a]" in "\n".join(lines(app))
            await typed(pilot, "s")
            assert app.focused is not None
            assert app.focused is not first
            await typed(pilot, "i", "a")
            assert app.focused is first
            await typed(pilot, "i", "x")
            assert app.focused is first
            assert app.screen is app.screen_stack[-1]
            assert not isinstance(app.screen, Jump)


async def test_with_reduced_motion_nothing_glides() -> None:
    async with driven(session(), look=Look(reduced_motion=True)) as (app, _):
        assert app.animation_level == "none"
        await until(app, _, "selected")
