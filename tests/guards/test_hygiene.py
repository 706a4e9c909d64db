"""What is committed: only what belongs, and nothing about the machine it was written on."""

from __future__ import annotations

import re

from tests.guards.tree import ROOT, tracked

TOP = {
    ".ci",
    ".gitignore",
    ".pre-commit-hooks.yaml",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "fleetc",
    "grammar",
    "pyproject.toml",
    "snapshots",
    "tests",
}
# Put together here, so that this file does not hold what it looks for.
INDEX_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "index" + "-url")
MACHINE = re.compile(r"(?<![\w.-])/(?:" + "|".join(("wor" + "k", "roo" + "t", "far" + "m")) + r")/")
LARGEST = 500_000


def _texts() -> dict[str, str]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in tracked()
    }


def test_nothing_else_stands_at_the_top() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP


def test_no_file_is_large_or_generated() -> None:
    assert [path.name for path in tracked() if path.stat().st_size > LARGEST] == []
    assert [path.name for path in tracked() if path.suffix in {".lock", ".db", ".pyc", ".whl", ".zip"}] == []


def test_no_package_index_and_no_path_of_a_machine_is_named() -> None:
    found = [
        name
        for name, text in _texts().items()
        if MACHINE.search(text) or any(host in text for host in INDEX_HOSTS)
    ]
    assert found == []
