"""The command that opens a file at a line in somebody's editor. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import PurePath

__all__ = ["command", "editor_of"]

_VI = ("vi", "vim", "nvim", "nvi", "view", "gvim", "ex", "vis")
_PLUS = frozenset(
    (*_VI, "nano", "pico", "emacs", "emacsclient", "joe", "jove", "kak", "mg", "micro", "ne", "gedit")
)
_COLON = frozenset(("hx", "helix", "subl", "zed"))
_GOTO = frozenset(("code", "code-insiders", "codium", "cursor", "windsurf"))


def editor_of(environment: Mapping[str, str]) -> str:
    """The editor that somebody set, else `vi`."""
    return environment.get("VISUAL", "").strip() or environment.get("EDITOR", "").strip() or "vi"


def command(editor: str, path: str, line: int) -> list[str]:
    """The words to run: no shell reads them, and `path`, which is absolute, is never an option.

    `editor` may have options (`code --wait`). One that is not known opens the file without the
    line. Raises `ValueError` for quotes that do not end.
    """
    words = shlex.split(editor)
    if not words:
        raise ValueError("no editor is named")
    name = PurePath(words[0]).name.removesuffix(".exe")
    if name in _PLUS:
        return [*words, f"+{line}", path]
    if name in _GOTO:
        return [*words, "--goto", f"{path}:{line}"]
    if name in _COLON:
        return [*words, f"{path}:{line}"]
    return [*words, path]
