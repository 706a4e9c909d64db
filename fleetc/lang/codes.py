"""The registry of diagnostics codes: the files `explain/<CODE>.md` of this package."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["CODES", "Explanation", "explain"]

_FILE = re.compile(r"(F\d{4})\.md")
_TITLE = re.compile(r"# (F\d{4}): (.+)")
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `fleetc explain` prints: `wrong` and `right` are Markdown with fenced examples."""

    code: str
    title: str
    meaning: str
    wrong: str
    right: str
    why: str


def explain(code: str) -> Explanation | None:
    """The explanation of a code, written in either case; None for an unknown one."""
    folded = code.upper()
    return _parse(_read(folded)) if folded in CODES else None


class _Titles(Mapping[str, str]):
    """Code to title, in order of the codes; read from the files at first use."""

    def __getitem__(self, code: str) -> str:
        return _titles()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(_titles())

    def __len__(self) -> int:
        return len(_titles())


CODES: Mapping[str, str] = _Titles()


@cache
def _titles() -> dict[str, str]:
    names = (_FILE.fullmatch(entry.name) for entry in files("fleetc.lang").joinpath("explain").iterdir())
    return {code: _title(_read(code))[1] for code in sorted(match[1] for match in names if match)}


def _read(code: str) -> str:
    return files("fleetc.lang").joinpath("explain", f"{code}.md").read_text(encoding="utf-8")


def _title(text: str) -> tuple[str, str]:
    match = _TITLE.match(text)
    assert match is not None, f"no title in {text[:40]!r}"
    return match[1], match[2]


def _parse(text: str) -> Explanation:
    code, title = _title(text)
    parts = _SECTION.split(text.split("\n", 1)[1])
    sections = {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    return Explanation(code, title, parts[0].strip(), sections["Wrong"], sections["Right"], sections["Why"])
