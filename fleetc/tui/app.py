"""The app: theme, screens, and the session's own thread."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, TypeVar

from rich.segment import Segments
from rich.traceback import Traceback
from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.scrollbar import ScrollBar
from textual.theme import Theme

from fleetc.errors import ExitCode, UsageProblem, gravest
from fleetc.lang.collector import collector_paused
from fleetc.run.state import exit_code
from fleetc.tui.bindings import keys_of
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, Unplanned
from fleetc.tui.line import PlainBar
from fleetc.tui.screens.apply import Apply
from fleetc.tui.screens.approvals import Approvals
from fleetc.tui.screens.dialogs import Typed
from fleetc.tui.screens.frame import Frame
from fleetc.tui.screens.help import Help
from fleetc.tui.screens.review import Review
from fleetc.tui.session import Session

__all__ = ["DARK", "PLAIN", "FleetcApp", "be_nimble", "require_terminal", "run_review"]

T = TypeVar("T")

DARK = Theme(
    name="fleetc",
    primary="#5fafff",
    foreground="#d8dee6",
    background="#10151c",
    surface="#10151c",
    panel="#1a212b",
    dark=True,
    variables={
        "create": "#6fb7ff",
        "destroy": "#ffab4a",
        "faint": "#8593a3",
        "keys": "#8fb8d8",
        "scrollbar": "#3a4656",
        "scrollbar-background": "#10151c",
    },
)
"""Blue makes, orange destroys: a pair that every kind of colour vision tells apart."""

_COLOURS = (
    *("ansi-background", "ansi-foreground"),
    *("create", "destroy", "faint", "keys", "border", "border-blurred"),
    *("scrollbar", "scrollbar-hover", "scrollbar-active", "scrollbar-background"),
    *("scrollbar-background-hover", "scrollbar-background-active"),
    *("input-cursor-background", "input-selection-background"),
)
PLAIN = Theme(
    name="fleetc-plain",
    primary="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    ansi=True,
    variables=dict.fromkeys(_COLOURS, "ansi_default"),
)
"""No colour at all: bold, reverse and underline carry everything."""


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

    def __init__(self, desks: Desks, *, no_color: bool = False) -> None:
        super().__init__(ansi_color=True if no_color else None)
        self.desks = desks
        self.review = Review(desks)
        self.approvals = Approvals(desks)
        self._applies = {desk: Apply(desk, number) for number, desk in enumerate(desks.all, 1)}
        for theme in (DARK, PLAIN):
            self.register_theme(theme)
        self.theme = (PLAIN if no_color else DARK).name
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="session")

    def on_mount(self) -> None:
        """Show the plan."""
        ScrollBar.renderer = PlainBar
        self.install_screen(self.review, "plan")
        self.install_screen(self.approvals, "approvals")
        for screen in self._applies.values():
            self.install_screen(screen, str(screen.name))
        self.push_screen("plan")

    def on_unmount(self) -> None:
        """Let the session's thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def on_session(self, call: Callable[[], T]) -> T:
        """Make a call of the session on its own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def on_event(self, event: events.Event) -> None:
        """Drop keys that were pressed before a dialog could be seen."""
        screen = self.screen if isinstance(event, events.Key) else None
        if isinstance(screen, Typed) and isinstance(event, events.Key) and not screen.counts(event):
            return
        await super().on_event(event)

    # screens

    @property
    def apply(self) -> Apply:
        """The apply screen of the environment under the cursor."""
        return self._applies[self.review.desk]

    def show(self, scope: str) -> None:
        """Go to the screen of that key scope, of the environment under the cursor."""
        others: dict[str, Frame] = {each.scope: each for each in (self.review, self.approvals)}
        screen = others.get(scope, self.apply)
        if isinstance(self.screen, Frame) and self.screen is not screen:
            self.switch_screen(str(screen.name))

    def turn(self, desk: Desk, steps: int) -> None:
        """Go from the apply screen of an environment to that of another one."""
        self.review.turn_to(self.desks.after(desk, steps))
        self.show(Apply.scope)

    def follow(self, desk: Desk, run: str) -> None:
        """Watch a run of an environment on its apply screen."""
        self.review.turn_to(desk)
        self.show(Apply.scope)
        self.call_after_refresh(self.apply.attach, run)

    def environments(self) -> list[tuple[str, str, bool]]:
        """Each environment's name, how its run stands, and whether it is this one.

        The run is that of this review, or another one that is still going: one that ended before
        says nothing of the plan at hand.
        """
        here = None if self.review.unplanned else self.review.desk
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
        self.push_screen(Help(scope))

    def copy(self, text: str) -> None:
        """Copy through the terminal (OSC 52), and say what."""
        self.copy_to_clipboard(text)
        if isinstance(self.screen, Frame):
            self.screen.say(f"copied: {text}")

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

    def action_palette(self) -> None:
        """Open the command palette."""
        self.action_command_palette()

    def action_suspend(self) -> None:
        """Sleep until the shell wakes the program."""
        self.action_suspend_process()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: the key table of the screen."""
        if not isinstance(screen, Frame):
            return
        for key in keys_of(screen.scope):
            handler = getattr(screen, f"action_{key.name}", None) or getattr(self, f"action_{key.name}")
            yield SystemCommand(f"{key.label.capitalize()} ({key.keys[0]})", key.help, handler)

    # crashing

    def _fatal_error(self) -> None:
        """A traceback without locals: they may hold a secret."""
        self.bell()
        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()


def require_terminal() -> None:
    """Raise `UsageProblem` unless the UI can be shown here."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not terminal or os.environ.get("TERM", "dumb") == "dumb":
        why = "TERM is dumb" if terminal else "this is no terminal"
        raise UsageProblem(
            f"review needs a terminal: {why}",
            state="nothing was changed",
            next_step="use `fleetc plan`, `fleetc approve` and `fleetc apply` instead",
        )


def be_nimble() -> None:
    """Keep what runs beside the event loop from holding it up.

    A plan of 100,000 actions is never garbage, and walking it would stop the loop for long; the
    session's thread gives the interpreter up after 1 ms in place of 5.
    """
    gc.freeze()
    sys.setswitchinterval(0.001)


def run_review(branches: Sequence[Session | Unplanned], *, no_color: bool = False) -> int:
    """Show the UI until somebody leaves; the gravest exit code (2.8) of the runs applied in it.

    Environments without a plan have a branch too; one at least has a plan.
    """
    require_terminal()
    with collector_paused():
        desks = [each if isinstance(each, Unplanned) else Desk(each, Choice(each.plan)) for each in branches]
        app = FleetcApp(Desks(desks), no_color=no_color)
    be_nimble()
    result = app.run()
    return int(ExitCode.ERROR) if result is None else result
