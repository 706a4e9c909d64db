"""All that a browser loads, held in memory: our own few files, and the terminal of textual-serve.

Nothing is read by the name that a request gives, and no page names another host.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable

from fleetc.errors import FleetcError
from fleetc.lang.text import visible

__all__ = ["INSTALL", "Asset", "assets", "page"]

INSTALL = "pip install 'fleetc[web]'"

_OURS = {"enter.js": "text/javascript", "page.css": "text/css", "page.js": "text/javascript"}
_THEIRS = {
    "terminal.js": ("js/textual.js", "text/javascript"),
    "terminal.css": ("css/xterm.css", "text/css"),
    "font.ttf": ("fonts/RobotoMono-VariableFont_wght.ttf", "font/ttf"),
    "font-italic.ttf": ("fonts/RobotoMono-Italic-VariableFont_wght.ttf", "font/ttf"),
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    media: str


@cache
def assets() -> dict[str, Asset]:
    """The files by their names; raises `FleetcError` when textual-serve does not have one of them."""
    theirs = files("textual_serve").joinpath("static")
    ours = {name: Asset(_read(_own(name)), media) for name, media in _OURS.items()}
    return ours | {
        name: Asset(_read(theirs.joinpath(path)), media) for name, (path, media) in _THEIRS.items()
    }


def page(name: str, **words: str) -> bytes:
    """A page with words in their places (`$name`), which are shown as they are."""
    text = _read(_own(name)).decode()
    for key, value in words.items():
        text = text.replace(f"${key}", escape(visible(value, 200)))
    return text.encode()


def _own(name: str) -> Traversable:
    return files("fleetc.serve").joinpath("static", name)


def _read(file: Traversable) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FleetcError(
            f"the review cannot be served: {file.name} is not there ({error.strerror})",
            state="nothing was started",
            next_step=INSTALL,
        ) from None
