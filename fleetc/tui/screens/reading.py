"""Something to read, over the screen it was asked on: why, the history of a resource, what was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from fleetc.errors import FleetcError
from fleetc.tui.line import Line, Lines
from fleetc.tui.text import Part, lined, paragraph, shown

if TYPE_CHECKING:
    from fleetc.tui.app import FleetcApp

__all__ = ["Reading"]


class Reading(ModalScreen[None]):
    """What a call of the session answers, as lines for a width.

    `esc`, `q` and the key that opened it (`again`) close it; `y` copies all of it.
    """

    CSS = """
    Reading { align: center middle; background: $background 60%; }
    #read { scrollbar-gutter: stable; }
    #reading { width: 100; max-width: 98%; height: 90%; border: heavy $keys; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", show=False),
        Binding("y", "copy", "copy", show=False),
        *[
            Binding(keys, f"scroll('{name}')", name, show=False)
            for keys, name in (
                ("down,j", "down"),
                ("up,k", "up"),
                ("pagedown,ctrl+d", "page_down"),
                ("pageup,ctrl+u", "page_up"),
                ("home,g", "top"),
                ("end,G", "bottom"),
            )
        ],
    ]

    def __init__(
        self,
        title: str,
        call: Callable[[], Any],
        told: Callable[[Any, int], Sequence[Content]],
        again: str = "",
    ) -> None:
        super().__init__()
        self.title_line = title
        self.call = call
        self.told = told
        self.answer: Any = None
        self.trouble = ""
        self.heard = False
        if again:
            self._bindings.bind(again, "close", show=False)

    def compose(self) -> ComposeResult:
        """Title, lines, and how to leave."""
        with Vertical(id="reading"):
            yield Line(id="reading-title")
            yield Lines(id="read")

    def on_mount(self) -> None:
        """Ask, and say so meanwhile."""
        self.query_one("#read").can_focus = False
        self.run_worker(self._ask(), description="reading")

    async def _ask(self) -> None:
        try:
            self.answer = await cast("FleetcApp", self.app).on_session(self.call)
        except FleetcError as error:
            words = [f"{error.code} {error.message}".strip(), error.state, error.next_step]
            self.trouble = "  ".join(word for word in words if word)
        self.heard = True
        self.paint()

    @on(Lines.Resized)
    def paint(self) -> None:
        """Show the answer for the width there is."""
        pane = self.query_one(Lines)
        width = pane.scrollable_content_region.width
        if not width:
            return
        keys = [Part(shown("j k scroll   y copy   esc closes", "$faint"), 2)]
        title = lined(
            self.query_one("#reading-title").size.width, [Part(shown(self.title_line, "bold"))], keys
        )
        self.query_one("#reading-title", Line).show(title)
        if self.trouble:
            pane.show(paragraph(shown(f" ! {self.trouble}", "bold"), width, 3))
        elif self.heard:
            pane.show(self.told(self.answer, width))
        else:
            pane.show([shown(" asking ...")])

    def action_scroll(self, step: str) -> None:
        """Scroll."""
        getattr(self.query_one(Lines), f"action_{step}")()

    def action_copy(self) -> None:
        """Copy all of it."""
        lines = self.query_one(Lines).lines
        cast("FleetcApp", self.app).copy("\n".join(line.plain.rstrip() for line in lines), "what is shown")

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)
