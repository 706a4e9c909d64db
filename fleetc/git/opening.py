"""Opening a repository, and telling what is missing in one from what is broken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryOpenFlag

from fleetc.errors import SourceProblem
from fleetc.gitdir import incomplete
from fleetc.lang.text import visible

__all__ = ["open_repository", "reading", "refuse_large"]

MAX_OBJECT = 64 << 20


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn libgit2's errors into `SourceProblem`s: what is missing is told from what is broken."""
    try:
        yield
    except KeyError:
        raise incomplete(f"{what}: an object is missing") from None
    except (pygit2.GitError, ValueError, OSError) as error:
        raise SourceProblem(
            f"{what}: git cannot read it: {visible(str(error), 200)}",
            code="F1028",
            next_step="run `git fsck`",
        ) from None


def open_repository(top: Path) -> pygit2.Repository:
    """Open the repository whose work tree is `top`; raises `SourceProblem` (F1012, F1014, F1028)."""
    if os.geteuid() == 0:
        pygit2.settings.owner_validation = False
    try:
        return pygit2.Repository(str(top), RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError as error:
        text = str(error)
    shown = visible(str(top))
    if "owned by" in text:
        raise SourceProblem(
            f"{shown} belongs to another user, so git does not trust it",
            code="F1012",
            next_step=f"if you trust it: git config --global --add safe.directory {shown}",
        )
    if "partialclone" in text:
        raise incomplete("it is a partial clone")
    raise SourceProblem(f"{shown}: git cannot open it: {visible(text, 200)}", code="F1028")


def refuse_large(repo: pygit2.Repository, oid: pygit2.Oid, what: str) -> None:
    """Raise `SourceProblem` (F1027) for an object over 64 MiB, before it is read."""
    size = repo.odb.read_header(oid)[1]
    if size > MAX_OBJECT:
        raise SourceProblem(f"{what} has {size} bytes; at most {MAX_OBJECT} (64 MiB) are read", code="F1027")
