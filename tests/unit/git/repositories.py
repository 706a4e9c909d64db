"""Real repositories, made with the git command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FLEET = b'version: 1\naccount: "acct"\n'


class Repository:
    """A repository with a work tree, and the git command in it."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def git(self, *arguments: str, text: bytes | None = None) -> str:
        hermetic = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_AUTHOR_NAME": "Dana",
            "GIT_AUTHOR_EMAIL": "dana@example.com",
            "GIT_COMMITTER_NAME": "Robot",
            "GIT_COMMITTER_EMAIL": "robot@example.com",
        }
        ran = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.top,
            env=hermetic,
            input=text,
            capture_output=True,
            check=True,
            timeout=60,
        )
        return ran.stdout.decode().strip()

    def write(self, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            path = self.top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def commit(
        self, message: str, files: dict[str, bytes], *, author: str = "Dana <dana@example.com>"
    ) -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, "--author", author)
        return self.git("rev-parse", "HEAD")

    def commit_tree(self, rows: list[tuple[str, str, bytes]], message: str = "raw") -> str:
        """Commit a tree made of raw (mode, id, name) rows on HEAD's branch."""
        listing = b"".join(
            b"%s %s %s\t%s\x00" % (mode.encode(), kind_of(mode), oid.encode(), name)
            for mode, oid, name in rows
        )
        tree = self.git("mktree", "-z", "--missing", text=listing)
        commit = self.git("commit-tree", tree, "-m", message)
        self.git("update-ref", "HEAD", commit)
        return commit

    def blob(self, data: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", text=data)


def kind_of(mode: str) -> bytes:
    return {"040000": b"tree", "160000": b"commit"}.get(mode, b"blob")


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Repository]:
    def made(name: str) -> Repository:
        top = tmp_path / name
        top.mkdir()
        repository = Repository(top)
        repository.git("init", "-q", "-b", "main")
        return repository

    return made


@pytest.fixture
def repository(make: Callable[[str], Repository]) -> Repository:
    """A repository with one commit of a fleet file."""
    made = make("fleet")
    made.commit("first", {"fleet.yaml": FLEET})
    return made
