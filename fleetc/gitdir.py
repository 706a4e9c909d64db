"""The folder around git's object database: where it is, and whether it is one that fleetc reads.

What could show other files than those of the commit, or not all of them, is refused: borrowed
objects, grafts, replaced objects, a `.git` that points elsewhere, a shallow or partial clone.
"""

from __future__ import annotations

import os
from pathlib import Path

from fleetc.errors import SourceProblem
from fleetc.lang.text import visible

__all__ = ["find_top", "incomplete", "refuse_unusual"]


def find_top(folder: Path) -> Path | None:
    """The top folder of the work tree or bare repository that holds `folder`, or None."""
    for candidate in (folder, *folder.parents):
        if os.path.lexists(candidate / ".git") or _is_bare(candidate):
            return candidate
    return None


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def incomplete(message: str) -> SourceProblem:
    """The error for a repository that lacks objects (F1014)."""
    return SourceProblem(
        f"the repository is incomplete: {message}",
        code="F1014",
        next_step="fetch everything (`git fetch --unshallow`), or clone again without --depth and --filter",
    )


def refuse_unusual(top: Path, gitdir: Path) -> None:
    """Raise `SourceProblem` (F1013, F1014) for a repository that fleetc does not read.

    `gitdir` is the folder that git itself found for the work tree `top`.
    """
    common = _common(gitdir)
    reason = _unusual(top, gitdir, common)
    if reason:
        raise SourceProblem(
            f"{visible(str(top))} is not read: {reason}",
            code="F1013",
            next_step="use an ordinary clone of it",
        )
    if (common / "shallow").exists():
        raise incomplete("it is a shallow clone")
    if any((common / "objects" / "pack").glob("*.promisor")):
        raise incomplete("it is a partial clone")


def _common(gitdir: Path) -> Path:
    """The folder that all work trees of a repository share."""
    pointer = gitdir / "commondir"
    return (gitdir / pointer.read_text().strip()).resolve() if pointer.is_file() else gitdir


def _unusual(top: Path, gitdir: Path, common: Path) -> str:
    pointer = top / ".git"
    if not os.path.lexists(pointer):
        return "it is a bare repository"
    if pointer.is_symlink() or (pointer.is_file() and not _points_back(gitdir, pointer)):
        return "its .git points elsewhere"
    if _filled(common / "objects" / "info" / "alternates"):
        return "it borrows objects from another repository (alternates)"
    if _filled(common / "info" / "grafts"):
        return "its history is grafted"
    if _replaces(common):
        return "it replaces objects (refs/replace)"
    return ""


def _points_back(gitdir: Path, pointer: Path) -> bool:
    """Whether `git worktree add` made this work tree: the repository points back at it."""
    back = gitdir / "gitdir"
    return back.is_file() and Path(back.read_text().strip()).resolve() == pointer.resolve()


def _replaces(common: Path) -> bool:
    packed = common / "packed-refs"
    loose = any((common / "refs" / "replace").glob("*"))
    return loose or (packed.is_file() and b" refs/replace/" in packed.read_bytes())


def _filled(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
