"""Drawing for a front (`fleetc.serve`) in place of a terminal of our own: over pipes, and attached to anew.

The front tells in packets what a tab does. The UI goes on while nobody looks; it ends when it is
told to leave, and when the front is gone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from textual.drivers.web_driver import WebDriver
from textual.events import Resize
from textual.geometry import Size

__all__ = ["ServedDriver"]


class ServedDriver(WebDriver):
    """Textual's driver for pipes, which does not lose its place when a tab is closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._write = partial(_write_whole, self.fileno)

    def run_input_thread(self) -> None:
        """Read packets; when the front closes the pipe, leave."""
        super().run_input_thread()
        with suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._leave)

    def on_meta(self, packet_type: str, payload: Mapping[str, object]) -> None:
        """Do what the front says of the tab; called on the thread that reads."""
        match packet_type:
            case "attach":
                size = Size(int(str(payload["width"])), int(str(payload["height"])))
                self._loop.call_soon_threadsafe(self._begin_anew, size)
            case "repaint":
                self._loop.call_soon_threadsafe(self._begin_anew, None)
            case "leave":
                self._loop.call_soon_threadsafe(self._leave)
            case _:
                super().on_meta(packet_type, dict(payload))

    def _begin_anew(self, size: Size | None) -> None:
        """Bring a terminal that knows nothing to where ours stands; `size` is its own."""
        if size is not None:
            self._size = size
            # behind the size that the app begins with, which comes by a longer way
            self._app.call_later(self._app.post_message, Resize(size, size))
        self.write("\x1b[!p\x1b[?1049h\x1b[?25l")
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._request_terminal_sync_mode_support()
        self._app.refresh(layout=True)

    def _leave(self) -> None:
        if not self.exit_event.is_set():
            self._app.call_later(self._app.action_quit)


def _write_whole(pipe: int, data: bytes) -> int:
    """Write all of a packet: a signal may cut a write short. A front that is gone reads nothing."""
    rest = memoryview(data)
    with suppress(BrokenPipeError):
        while rest:
            rest = rest[os.write(pipe, rest) :]
    return len(data)
