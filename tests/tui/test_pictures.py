"""The pictures in the package are those that the program makes now."""

from __future__ import annotations

from pathlib import Path

from tests.tui.pictures import PICTURES, SCREENS, taken, words


def test_the_pictures_show_the_program_as_it_is(tmp_path: Path) -> None:
    found = taken(tmp_path / "edge")
    assert set(found) == set(SCREENS) == {path.stem for path in PICTURES.glob("*.svg")}
    for name, drawn in found.items():
        kept = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
        assert words(drawn) == words(kept), f"{name}: run `python -m tests.tui.pictures`"
