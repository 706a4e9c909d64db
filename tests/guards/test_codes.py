"""Every code that the product can show is explained, and every explanation is of such a code."""

from __future__ import annotations

import re

from tests.guards.tree import PACKAGE, modules

CODE = re.compile(r"""["'](F[0-9]{4})["']""")
EXPLAIN = PACKAGE / "lang" / "explain"


def _used() -> set[str]:
    return {code for path in modules() for code in CODE.findall(path.read_text(encoding="utf-8"))}


def _explained() -> set[str]:
    return {path.stem for path in EXPLAIN.glob("*.md")}


def test_every_code_in_the_source_is_explained() -> None:
    assert sorted(_used() - _explained()) == []


def test_every_explained_code_is_in_the_source() -> None:
    assert sorted(_explained() - _used()) == []


def test_there_are_at_least_40_codes() -> None:
    assert len(_explained()) >= 40


def test_each_explanation_has_its_parts() -> None:
    for path in sorted(EXPLAIN.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.stem}: "), path.name
        parts = [text.find(f"\n## {name}\n") for name in ("Wrong", "Right", "Why")]
        assert -1 not in parts, path.name
        assert parts == sorted(parts), path.name
