"""What every screen has: where am I, the screens, the effect of the last action, the keys.

Two panes stand side by side from 100 columns on, below that one above the other. Below 60x15
there is one line instead, and the state is kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from fleetc.errors import FleetcError
from fleetc.tui.bindings import footer, keys_of, retold
from fleetc.tui.line import Line, Lines, Pillar
from fleetc.tui.screens.going import ask_where
from fleetc.tui.screens.jump import Jump
from fleetc.tui.screens.reading import Reading
from fleetc.tui.telling import done_lines
from fleetc.tui.text import KEPT, Part, fit, lined, rule, shown
from fleetc.tui.tree import Tree

if TYPE_CHECKING:
    from fleetc.tui.app import FleetcApp

__all__ = ["WIDE", "Frame", "Rule", "bound"]

WIDE = 100
SMALLEST = Size(60, 15)
SCREENS = (
    ("plan", "1", "Plan", "Plan"),
    ("apply", "2", "Apply", "Apply"),
    ("approvals", "3", "Approvals", "Appr"),
    ("drift", "4", "Drift", "Drift"),
    ("snapshots", "5", "Snapshots", "Snaps"),
    ("runs", "6", "Runs", "Runs"),
)
"""Each screen: its key scope, its key, its name, and that where there is little room."""


def bound(screen: str) -> list[BindingType]:
    """The key bindings of a screen, from the key table."""
    return [
        Binding(",".join(key.keys), key.name, key.label, show=False, id=key.id)
        for key in keys_of(screen)
        if key.name not in ("quit", "palette", "suspend")
    ]


class Rule(Widget):
    """A line across."""

    DEFAULT_CSS = "Rule { height: 1; }"

    def render_line(self, y: int) -> Strip:
        """The strip of the line."""
        return Strip(rule(self.size.width).render_segments(self.visual_style), self.size.width)


class Frame(Screen[None]):
    """A screen with the frame. `scope` is its key scope; `effect` what the last action did."""

    scope: ClassVar[str] = ""
    SCOPED_CSS = False
    CSS = """
    Frame { layout: vertical; }
    #body { height: 1fr; layout: vertical; }
    #left { height: 1fr; }
    Frame.wide #body { layout: horizontal; }
    Frame.narrow Pillar, Frame.wide #between { display: none; }
    Frame.narrow .wide-only, Frame.wide .narrow-only { display: none; }
    Frame.zoom-left #right, Frame.zoom-left Pillar, Frame.zoom-left #between { display: none; }
    Frame.zoom-right #left, Frame.zoom-right Pillar, Frame.zoom-right #between { display: none; }
    Frame.zoom-right #right .wide-only { display: block; }
    #small { display: none; }
    Frame.small > * { display: none; }
    Frame.small > #small { display: block; height: 1fr; content-align: center middle; }
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)
        self.effect = Content("")
        self.hint = ""

    @property
    def fleetc(self) -> FleetcApp:
        """The app, by its own type."""
        return cast("FleetcApp", self.app)

    @property
    def tab(self) -> str:
        """The screen that row 2 shows as this one."""
        return self.scope

    # layout

    def compose(self) -> ComposeResult:
        """The frame around `left`, `right` and `below`."""
        yield Line(id="where")
        yield Line(id="screens")
        with Container(id="body"):
            with Vertical(id="left"):
                yield from self.left()
            yield Pillar()
            yield Rule(id="between")
            with Vertical(id="right"):
                yield from self.right()
        yield from self.below()
        yield Line(id="effect")
        yield Line(id="keys")
        yield Line(id="small")

    def left(self) -> Iterator[Widget]:
        """The widgets of the first pane."""
        yield from ()

    def right(self) -> Iterator[Widget]:
        """The widgets of the second pane."""
        yield from ()

    def below(self) -> Iterator[Widget]:
        """The lines between the panes and the effect line."""
        yield from ()

    def shape(self, size: Size) -> tuple[int, int]:
        """Width of the first pane when wide, height of the second when narrow."""
        return size.width // 2, size.height // 4

    @property
    def wide(self) -> bool:
        """Whether the panes stand side by side."""
        return self.size.width >= WIDE

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the new size."""
        self.lay_out(event.size)

    def lay_out(self, size: Size) -> None:
        """Give both panes their room and paint."""
        self.set_class(size.width < SMALLEST.width or size.height < SMALLEST.height, "small")
        wide = size.width >= WIDE
        self.set_class(wide, "wide")
        self.set_class(not wide, "narrow")
        width, height = self.shape(size)
        zoomed = self.has_class("zoom-left") or self.has_class("zoom-right")
        left, right = self.query_one("#left").styles, self.query_one("#right").styles
        left.width = width if wide and not zoomed else "100%"
        right.width = "1fr" if wide else "100%"
        right.height = "1fr" if wide or zoomed else height
        self.line("small", shown("needs 60x15".center(size.width)))
        self.call_after_refresh(self.paint)

    def on_screen_resume(self) -> None:
        """Paint what may have changed meanwhile."""
        self.call_after_refresh(self.paint)

    # painting

    def paint(self) -> None:
        """Fill every line again."""
        width = self.size.width
        if not self.is_mounted or not width:
            return
        self.line("where", self.where(width))
        self.line("screens", self._screens(width))
        hint = [Part(shown(self.hint, "bold"), KEPT)] if self.hint else []
        self.line("effect", lined(width, [Part(self.effect)], hint))
        keys = footer(self.scope, width, self.off(), narrow=not self.wide, mine=self.fleetc.look.keys)
        self.line("keys", shown(keys, "$keys"))

    def line(self, name: str, content: Content) -> None:
        """Show content in the line of that id."""
        for line in self.query(f"#{name}").results(Line):
            line.show(content)

    def room(self, name: str) -> int:
        """The width of the line of that id, or of the screen while it is not shown."""
        return next((line.size.width for line in self.query(f"#{name}").results(Line)), 0) or self.size.width

    def where(self, width: int) -> Content:
        """Row 1, for the width of the screen."""
        return fit(Content(""), width)

    def off(self) -> Mapping[str, str]:
        """Ids of keys that are off now, with the reason."""
        return {}

    def _screens(self, width: int) -> Content:
        environments = [*self._environments()]
        parts = [
            Part(shown(f"[{title}]" if scope == self.tab else title, style), 9)
            for scope, number, *names in SCREENS
            for brief in (bool(environments) and not self.wide and scope != self.tab,)
            for title in (self._title(scope, number, "" if brief else names[not self.wide]),)
            for style in ("bold" if scope == self.tab else "",)
        ]
        hints = ("? help", "^p commands") if self.wide else ("? help",)
        tail = "  ".join(retold(each, self.scope, self.fleetc.look.keys) for each in hints)
        return lined(
            width,
            [*parts, *environments],
            [Part(shown(tail, "$faint"), 5)],
            gap=2 if self.wide else 1,
        )

    def _title(self, scope: str, number: str, name: str) -> str:
        """A screen's number and name; how many requests wait, and how much has drifted.

        Without a name only the number, unless there is something to count.
        """
        desks = self.fleetc.desks
        count = {"approvals": desks.waiting, "drift": desks.drifted}.get(scope, 0)
        if not name:
            return f"{number}({count})" if count else number
        return f"{number} {name}" + (f" {count}" if count else "")

    def _environments(self) -> Iterator[Part]:
        """Where there are several: which one this is, and how the runs of all of them stand."""
        found = self.fleetc.environments()
        if len(found) < 2:
            return
        for name, status, here in found:
            text = f"{name} {status}".strip()
            yield Part(shown(f"[{text}]" if here else text, "bold" if here else "$faint"), 8 if here else 6)
        yield Part(shown("] next", "$faint"), 4)

    def say(self, text: str, hint: str = "", style: str = "") -> None:
        """Set the effect line."""
        self.effect, self.hint = shown(text, style), retold(hint, self.scope, self.fleetc.look.keys)
        self.paint()

    def complain(self, error: FleetcError, hint: str = "") -> None:
        """Show an operational failure as one line; the app lives on."""
        words = [f"{error.code} {error.message}".strip(), error.state, error.next_step]
        self.say("! " + "  ".join(word for word in words if word), hint, style="bold reverse")

    # work

    def ask(
        self,
        group: str,
        call: Callable[[], Any],
        then: Callable[[Any], Awaitable[None] | None] | None = None,
        failed: Callable[[FleetcError], bool] | None = None,
    ) -> None:
        """Run a session call on the session's thread, then `then` with its answer.

        A failure is shown as one line, unless `failed` has shown it.
        """
        self.work(partial(self._ask, call, then, failed), group, exclusive=True)

    def work(
        self, job: Callable[[], Coroutine[Any, Any, None]], group: str, *, exclusive: bool = False
    ) -> None:
        """Run a coroutine beside the handlers of keys; `exclusive` ends the group's last one."""
        # Without a description the job's repr is made one, and that would be of a whole plan.
        self.run_worker(cast("Any", job), group=group, description=group, exclusive=exclusive)

    async def _ask(
        self,
        call: Callable[[], Any],
        then: Callable[[Any], Any] | None,
        failed: Callable[[FleetcError], bool] | None,
    ) -> None:
        try:
            answer = await self.fleetc.on_session(call)
        except FleetcError as error:
            if failed is None or not failed(error):
                self.complain(error)
            return
        if then is not None:
            awaited = then(answer)
            if awaited is not None:
                await awaited

    # keys that every screen has

    def pane(self) -> Tree | Lines | None:
        """The pane that has the focus, else the first."""
        focused = self.focused
        return focused if isinstance(focused, Tree | Lines) else self.query(Tree).first()

    def _pane_does(self, action: str) -> None:
        handler = getattr(self.pane(), f"action_{action}", None)
        if handler is not None:
            handler()

    def action_plan(self) -> None:
        """Go to the plan review."""
        self.fleetc.show("plan")

    def action_apply_screen(self) -> None:
        """Go to the apply screen."""
        self.fleetc.show("apply")

    def action_approvals(self) -> None:
        """Go to the approval requests."""
        self.fleetc.show("approvals")

    def action_drift(self) -> None:
        """Go to what has drifted."""
        self.fleetc.show("drift")

    def action_runs(self) -> None:
        """Go to the runs."""
        self.fleetc.show("runs")

    def action_snapshots(self) -> None:
        """Go to the stored snapshots."""
        self.fleetc.show("snapshots")

    def action_help(self) -> None:
        """Show the help of this screen."""
        self.fleetc.show_help(self.scope)

    def action_jump(self) -> None:
        """Put a letter on each pane, and go to the one whose letter is pressed."""
        panes = [each for each in self.query("Tree, Lines").results(Widget) if each.focusable and each.region]
        self.app.push_screen(Jump(panes), self._jumped)

    def _jumped(self, pane: Widget | None) -> None:
        if pane is not None:
            pane.focus()

    def action_go_to(self) -> None:
        """Go to an address or an id."""
        if self.fleetc.desks.all:
            ask_where(self.fleetc)
        else:
            self.say("there is no plan yet")

    def action_done(self) -> None:
        """Show what was done in this session, as the commands that do it."""
        sessions = [desk.session for desk in self.fleetc.desks.all]
        call = partial(sorted, chain.from_iterable(each.done for each in sessions))
        self.app.push_screen(Reading("What was done here", call, done_lines, again="at"))

    def action_next_pane(self) -> None:
        """Focus the next pane."""
        self.focus_next()
        self._follow_zoom()

    def action_previous_pane(self) -> None:
        """Focus the previous pane."""
        self.focus_previous()
        self._follow_zoom()

    def _follow_zoom(self) -> None:
        if self.has_class("zoom-left") or self.has_class("zoom-right"):
            self.unzoom()

    def action_zoom(self) -> None:
        """Give the screen to the focused pane, or take it back."""
        if self.unzoom():
            return
        right = self.focused is not None and self.query_one("#right") in self.focused.ancestors
        self.zoom("right" if right else "left")

    def zoom(self, side: str) -> None:
        """Show one pane only."""
        self.add_class(f"zoom-{side}")
        self.lay_out(self.size)

    def unzoom(self) -> bool:
        """Show both panes again; whether only one was shown."""
        if not (self.has_class("zoom-left") or self.has_class("zoom-right")):
            return False
        self.remove_class("zoom-left", "zoom-right")
        self.lay_out(self.size)
        return True


def _delegate(name: str) -> Callable[[Frame], None]:
    def action(self: Frame) -> None:
        self._pane_does(name)

    action.__doc__ = f"Let the focused pane do `{name}`."
    return action


for _key in keys_of(""):
    if _key.scope == "tree":
        setattr(Frame, f"action_{_key.name}", _delegate(_key.name))
