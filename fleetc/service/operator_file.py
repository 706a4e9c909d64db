"""The operator's file as it is now: a session that stays open sees a right withdrawn in it."""

from __future__ import annotations

import os
from pathlib import Path

from fleetc.errors import InputProblem
from fleetc.service.config import Operator, read_operator
from fleetc.service.locating import operator_path

__all__ = ["OperatorFile"]


class OperatorFile:
    """The operator's file that a workspace was opened with; it is read again when it was changed.

    `start`, `state_dir` and `config` are as `locating.operator_path` takes them.
    """

    def __init__(self, start: Path, state_dir: Path, config: str) -> None:
        self._asked = (start, state_dir, config)
        self.path = operator_path(start, state_dir, config)
        self._mark = self._look()
        self._read = read_operator(self.path) if self.path else Operator()

    def now(self) -> Operator:
        """What it says; raises `InputProblem` when it is gone, or cannot be read any more."""
        if self.path is None:
            self.path = operator_path(*self._asked)
        mark = self._look()
        if mark != self._mark:
            if self.path is None or mark is None:
                raise InputProblem(
                    "the operator's file that this session began with is gone",
                    code="F1020",
                    state="nothing was done: what it allowed is not known any more",
                    next_step="put it back",
                )
            self._read, self._mark = read_operator(self.path), mark
        return self._read

    def _look(self) -> tuple[int, ...] | None:
        """What moves when the file is changed; None when there is none."""
        try:
            found = os.stat(self.path) if self.path else None  # noqa: PTH116 - one call for three fields
        except OSError:
            return None
        return (found.st_ino, found.st_size, found.st_mtime_ns) if found else None
