"""A TOML table read strictly: every value has a type, every key is known, every fault has a place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fleetc.errors import InputProblem
from fleetc.lang.text import visible
from fleetc.plainfile import open_plain

__all__ = ["Table", "read_toml", "seconds_in"]

_LARGEST = 1 << 20
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([1-9][0-9]{0,5})([smhd])")


def seconds_in(text: str) -> float | None:
    """The seconds of a time such as "90s", "30m", "2h" or "7d"; None for anything else."""
    match = _DURATION.fullmatch(text)
    return float(int(match[1]) * _UNITS[match[2]]) if match else None


def read_toml(path: Path) -> Table:
    """The root table of a TOML file of at most 1 MiB; raises `InputProblem` (F1020)."""
    try:
        with open_plain(path) as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise InputProblem(f"{visible(str(path))}: cannot be read: {error.strerror}", code="F1020") from None
    if len(data) > _LARGEST:
        raise InputProblem(f"{visible(str(path))}: larger than 1 MiB", code="F1020")
    try:
        return Table(tomllib.loads(data.decode("utf-8")), path.name)
    except (ValueError, RecursionError) as error:
        text = visible(str(error), 200)
        raise InputProblem(f"{visible(str(path))}: not valid TOML: {text}", code="F1020") from None


class Table:
    """One table. Each getter marks its key as known; `finish` reports the first unknown one."""

    def __init__(self, values: Mapping[str, Any], file: str, name: str = "") -> None:
        self.file = file
        self.name = name
        self._values = values
        self._known: list[str] = []

    @property
    def place(self) -> str:
        """The file and the table's name, for messages."""
        shown = visible(f"{self.file}: [{self.name}]" if self.name else self.file, 200)
        return f"{shown}:"

    def wrong(self, key: str, wanted: str) -> InputProblem:
        """The error for a value of the wrong type or range (F1022)."""
        return InputProblem(f"{self.place} `{visible(key, 64)}` must be {wanted}", code="F1022")

    def _get(self, key: str) -> object:
        self._known.append(key)
        return self._values.get(key)

    def text(self, key: str, default: str = "") -> str:
        """A string that is not empty."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a string that is not empty")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of `choices`; the first one is the default."""
        value = self.text(key, choices[0])
        if value not in choices:
            raise self.wrong(key, "one of " + ", ".join(f'"{item}"' for item in choices))
        return value

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """A truth value."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def duration(self, key: str, default: float) -> float:
        """A time such as "90s", "30m", "2h" or "7d", in seconds."""
        value = self._get(key)
        if value is None:
            return default
        seconds = seconds_in(value) if isinstance(value, str) else None
        if seconds is None:
            raise self.wrong(key, 'a time such as "90s", "30m", "2h" or "7d"')
        return seconds

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(key, "a list of strings")
        return tuple(value)

    def table(self, key: str) -> Table:
        """A table below this one; an empty one when it is not there."""
        value = self._get(key)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(key, "a table")
        return Table(value or {}, self.file, f"{self.name}.{key}" if self.name else key)

    @property
    def names(self) -> tuple[str, ...]:
        """All keys, as written."""
        return tuple(self._values)

    def raw(self) -> dict[str, Any]:
        """The values as they stand, for a reader with its own checks."""
        return dict(self._values)

    def rest(self) -> dict[str, Any]:
        """The values that no getter has asked for."""
        return {key: value for key, value in self._values.items() if key not in self._known}

    def finish(self, also: Iterable[str] = ()) -> None:
        """Raise `InputProblem` (F1021) when a key is not known; `also` names further known ones."""
        known = [*self._known, *also]
        for key in self._values:
            if key not in known:
                raise InputProblem(self._unknown(key, known), code="F1021")

    def _unknown(self, key: str, known: list[str]) -> str:
        from fleetc.lang.suggest import near

        similar = near(key, known)
        hint = f"a similar key exists: `{similar}`" if similar else f"known keys: {', '.join(known)}"
        return f"{self.place} unknown key `{visible(key, 64)}`; {hint}"
