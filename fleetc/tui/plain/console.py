"""Lines in and lines out: prompts, answers, and what the end of the input means."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TextIO

from fleetc.lang.text import visible

__all__ = ["Console", "Ended"]

_LONGEST = 4096


class Ended(Exception):
    """The input has ended."""


class Console:
    """A terminal of lines. `interactive` says whether a person types, rather than a script.

    `forget` drops what was typed ahead. What is typed beyond 4,096 characters is dropped; what is not UTF-8 becomes a sign of its own.
    """

    def __init__(
        self,
        source: TextIO,
        target: TextIO,
        *,
        interactive: bool,
        width: int = 80,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self._source = source
        self._target = target
        self.interactive = interactive
        self.width = width
        self._forget = forget
        self._step = ""

    def say(self, text: str = "") -> None:
        """Print text, each line of it made visible."""
        for line in text.split("\n"):
            self._target.write(f"{visible(line.rstrip())}\n")
        self._target.flush()

    def doing(self, what: str) -> None:
        """Tell somebody who waits what is being done, once for each step; a script need not know."""
        step = re.sub(r"[0-9].*", "", what).strip()
        if self.interactive and step != self._step:
            self._step = step
            self.say(f"{what} ...")

    def ask(self, prompt: str, *, fresh: bool = False) -> str:
        """One line, without what stands around it; raises `Ended` when there is none.

        A `fresh` one is no answer that a person typed before the question could be seen. A script's line is printed behind the prompt, so that what is printed reads as a talk.
        """
        if fresh and self.interactive:
            self._forget()
        self._target.write(f"{visible(prompt)}> ")
        self._target.flush()
        line = self._source.readline(_LONGEST)
        if not line:
            self._target.write("\n")
            self._target.flush()
            raise Ended
        rest = line
        while len(rest) == _LONGEST and not rest.endswith("\n"):
            rest = self._source.readline(_LONGEST)
        answer = line.strip()
        if not self.interactive:
            self.say(answer)
        return answer
