"""The app: theme, screens, and the session's own thread."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, TypeVar

from rich.segment import Segments
from rich.traceback import Traceback
from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import ModalScreen, Screen
from textual.scrollbar import ScrollBar

from fleetc.errors import ExitCode, InputProblem, gravest
from fleetc.run.state import exit_code
from fleetc.tui import terminal
from fleetc.tui.bindings import keys_of
from fleetc.tui.desk import Desk, Desks
from fleetc.tui.line import AsciiOnly, PlainBar
from fleetc.tui.look import Look
from fleetc.tui.palette import Palette, commands
from fleetc.tui.screens.ahead import begins_typing
from fleetc.tui.screens.apply import Apply
from fleetc.tui.screens.approvals import Approvals
from fleetc.tui.screens.dialogs import Dialog
from fleetc.tui.screens.drift import DriftScreen
from fleetc.tui.screens.frame import Frame
from fleetc.tui.screens.help import Help
from fleetc.tui.screens.mistakes import Mistakes
from fleetc.tui.screens.opening import Opener, Opening
from fleetc.tui.screens.replaying import Replaying
from fleetc.tui.screens.review import Review
from fleetc.tui.screens.runs import Runs
from fleetc.tui.screens.snapshots import Snapshots
from fleetc.tui.themes import PLAIN, THEMES

__all__ = ["FleetcApp", "be_nimble", "run_review"]

T = TypeVar("T")
DEFAULT = Look()


class FleetcApp(App[int]):
    """The plans under review in one screen, and for each environment the run under watch in another."""

    TITLE = "fleetc"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(key.keys), key.name, key.label, show=False, id=key.id)
        for key in keys_of("")
        if key.name in ("quit", "palette", "suspend")
    ]
    COMMAND_PALETTE_BINDING = "ctrl+p"
    CSS = "SearchIcon { display: none; }"

    def __init__(
        self, begun: Desks | Opener, *, no_color: bool = False, look: Look = DEFAULT, first_run: str = ""
    ) -> None:
        super().__init__(ansi_color=True if no_color else None)
        self._first_run = first_run
        self.look = look
        self.no_color = no_color
        self.desks = Desks(())
        self._applies: dict[Desk, Apply] = {}
        self._opening = None if isinstance(begun, Desks) else Opening(begun)
        if isinstance(begun, Desks):
            self.take(begun)
        for theme in (*THEMES, PLAIN):
            self.register_theme(theme)
        self.theme = PLAIN.name if no_color else look.theme
        self.set_keymap({id_: ",".join(keys) for id_, keys in look.keys.items()})
        if look.reduced_motion:
            self.animation_level = "none"
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="session")

    def take(self, desks: Desks) -> None:
        """Make the screens of some environments."""
        self.desks = desks
        self.review = Review(desks)
        self.approvals = Approvals(desks)
        self.drift = DriftScreen(desks)
        self.snapshots = Snapshots(desks)
        self.runs = Runs(desks)
        self.replaying = Replaying(desks.all[0])
        self._applies = {desk: Apply(desk, number) for number, desk in enumerate(desks.all, 1)}

    def on_mount(self) -> None:
        """Show the plan."""
        ScrollBar.renderer = PlainBar
        if self._opening is None:
            self.begin()
        else:
            self.push_screen(self._opening)

    def begin(self) -> None:
        """Install the screens, and show the plan."""
        for screen in (*self._single, *self._applies.values()):
            self.install_screen(screen, str(screen.name))
        if self._opening is None:
            self.push_screen("plan")
        else:
            while isinstance(self.screen, ModalScreen):
                self.pop_screen()
            self.switch_screen("plan")
            be_nimble()
        if self._first_run:
            self.call_after_refresh(self.follow, self.desks.all[0], self._first_run)

    def on_unmount(self) -> None:
        """Let the session's thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def on_session(self, call: Callable[[], T]) -> T:
        """Make a call of the session on its own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def on_event(self, event: events.Event) -> None:
        """Drop keys that were pressed before a dialog could be seen."""
        screen = self.screen if isinstance(event, events.Key) else None
        if isinstance(screen, Dialog) and isinstance(event, events.Key) and not screen.counts(event):
            return
        if screen is not None and isinstance(event, events.Key) and begins_typing(screen, event):
            return
        await super().on_event(event)

    # screens

    @property
    def _single(self) -> tuple[Frame, ...]:
        """The screens that there is one of for all environments."""
        return self.review, self.approvals, self.drift, self.snapshots, self.runs, self.replaying

    @property
    def apply(self) -> Apply:
        """The apply screen of the environment under the cursor."""
        return self._applies[self.review.desk]

    def show(self, scope: str) -> None:
        """Go to the screen of that key scope, of the environment under the cursor."""
        if not self._applies:
            if isinstance(self.screen, Frame):
                self.screen.say("there is no plan yet")
            return
        others: dict[str, Frame] = {each.scope: each for each in self._single}
        screen = others.get(scope, self.apply)
        if isinstance(self.screen, Frame) and self.screen is not screen:
            self.switch_screen(str(screen.name))

    def mistaken(self, desk: Desk, problem: InputProblem, by: Frame) -> None:
        """Show the mistakes because of which there is no new plan; the one there is grows old.

        Where somebody looks at something else than `by`, who asked, by then, nothing is put before it.
        """
        desk.grow_old("the fleet file has mistakes since")
        if self.screen is not by:
            by.complain(problem, "r shows the mistakes")
            return
        self.review.say("this is the last good plan: the fleet file has mistakes since", "r plans again")
        editable = self._opening.opener.editable if self._opening else None
        self.switch_screen(Mistakes([(desk.environment, problem)], editable=editable))

    def turn(self, desk: Desk, steps: int) -> None:
        """Go from the apply screen of an environment to that of another one."""
        self.review.turn_to(self.desks.after(desk, steps))
        self.show(Apply.scope)

    def follow(self, desk: Desk, run: str) -> None:
        """Watch a run of an environment on its apply screen."""
        self.review.turn_to(desk)
        self.show(Apply.scope)
        self.call_after_refresh(self.apply.attach, run)

    def replay(self, desk: Desk, run: str) -> None:
        """Step through a run of an environment that is over."""
        self.show(Replaying.scope)
        self.call_after_refresh(self.replaying.load, desk, run)

    def environments(self) -> list[tuple[str, str, bool]]:
        """Each environment's name, how its run stands, and whether it is this one.

        The run is that of this review, or another one that is still going: one that ended before
        says nothing of the plan at hand.
        """
        here = None if not self._applies or self.review.unplanned else self.review.desk
        return [
            (
                desk.environment,
                state.status if screen.watched.run and (desk.applied or not state.finished) else "",
                desk is here,
            )
            for desk, screen in self._applies.items()
            for state in (screen.watched.state,)
        ]

    def show_help(self, scope: str) -> None:
        """Show the keys of a screen."""
        self.push_screen(Help(scope, self.look.keys))

    def copy(self, text: str, name: str = "") -> None:
        """Copy through the terminal (OSC 52), and say what: the text itself, or its `name`."""
        self.copy_to_clipboard(text)
        shown = next((each for each in reversed(self.screen_stack) if isinstance(each, Frame)), None)
        if shown is not None:
            shown.say(f"copied: {name or text}")

    # leaving

    def leave(self, changed: bool) -> None:
        """Quit; a selection that would be lost needs a second press."""
        warning = "the selection is not in any plan yet: q again leaves it"
        if changed and isinstance(self.screen, Frame) and self.screen.effect.plain != warning:
            self.screen.say(warning, style="bold")
        else:
            self._end()

    def _end(self) -> None:
        applied = [screen.watched.state for desk, screen in self._applies.items() if desk.applied]
        ended = [state.status for state in applied if state.finished or state.status == "paused"]
        self.exit(int(gravest(map(exit_code, ended))))

    async def action_quit(self) -> None:
        """Quit at once."""
        self._end()

    def action_command_palette(self) -> None:
        """Open the command palette."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_palette(self) -> None:
        """Open the command palette."""
        self.action_command_palette()

    def action_suspend(self) -> None:
        """Sleep until the shell wakes the program."""
        self.action_suspend_process()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: the key table of the screen, and the themes."""
        return commands(self, screen) if isinstance(screen, Frame) else ()

    # the look

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line is passed through on its way to the terminal."""
        mine = (AsciiOnly(),) if self.look.ascii else ()
        return (*super().get_line_filters(), *mine)

    def wear(self, theme: str) -> None:
        """Take another theme, until the app ends, and say how to keep it."""
        self.theme = theme
        if isinstance(self.screen, Frame):
            self.screen.say(f'theme {theme}; to keep it: [tui] theme = "{theme}" in fleetc/config.toml')

    # crashing

    def _fatal_error(self) -> None:
        """A traceback without locals: they may hold a secret."""
        self.bell()
        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()


def be_nimble() -> None:
    """Keep what runs beside the event loop from holding it up.

    A plan of 100,000 actions is never garbage, and walking it would stop the loop for long; the
    session's thread gives the interpreter up after 1 ms in place of 5.
    """
    gc.freeze()
    sys.setswitchinterval(0.001)


def run_review(opener: Opener, look: Look = DEFAULT, *, no_color: bool = False, run: str = "") -> int:
    """Show the UI at once, plan in it, and go on until somebody leaves; with `run`, go to that one.

    Gives the gravest exit code (2.8) of the runs applied in it.
    """
    terminal.require_terminal()
    be_nimble()
    result = FleetcApp(opener, no_color=no_color, look=look, first_run=run).run()
    return int(ExitCode.ERROR) if result is None else result
