"""Where a workspace is: its root, the folder asked for, its state folder, the operator's file."""

from __future__ import annotations

import os
from pathlib import Path

from fleetc.errors import InputProblem, SourceProblem, StateProblem
from fleetc.lang.text import visible

__all__ = ["PROJECT", "existing", "operator_path", "root_of", "state_path", "target"]

PROJECT = "fleetc.toml"
STATE = ".fleetc"
OPERATOR = "operator.toml"
_SUFFIXES = (".yaml", ".yml")


def existing(directory: Path) -> Path:
    """The folder itself, without symlinks; raises `SourceProblem` (F1010)."""
    try:
        start = directory.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        raise SourceProblem(f"{visible(str(directory), 200)} does not exist", code="F1010") from None
    if not start.is_dir():
        raise SourceProblem(f"{visible(str(directory), 200)} is not a folder", code="F1010")
    return start


def target(start: Path, fleet_path: str) -> tuple[Path, str]:
    """The folder that PATH names, and the file's name when it names a fleet file.

    A fleet file need not exist in the work tree: a revision may have it.
    """
    path = start / fleet_path
    try:
        is_file = path.suffix in _SUFFIXES and not path.is_dir()
    except OSError as error:
        raise SourceProblem(
            f"{visible(fleet_path, 200)} cannot be read: {error.strerror}", code="F1010"
        ) from None
    return (existing(path.parent), path.name) if is_file else (existing(path), "")


def root_of(start: Path, folder: Path) -> Path:
    """The nearest folder with a fleetc.toml, no higher than the repository's top; else `folder`."""
    upward = (folder, *folder.parents)
    outermost = start if folder.is_relative_to(start) else folder
    top = next((item for item in upward if (item / ".git").exists()), outermost)
    for candidate in upward[: upward.index(top) + 1]:
        if os.path.lexists(candidate / PROJECT):
            return candidate
    return folder


def state_path(start: Path, root: Path, state: str) -> Path:
    """The state folder, there or not; raises `StateProblem` for what cannot be one."""
    given = state or os.environ.get("FLEETC_STATE", "")
    try:
        folder = (start / given).resolve() if given else root / STATE
        linked = not given and folder.is_symlink()
        misplaced = linked or (folder.exists() and not folder.is_dir())
    except (OSError, ValueError, RuntimeError) as error:
        raise StateProblem(
            f"the state folder {visible(given, 200)} cannot be used: {visible(str(error), 200)}"
        ) from None
    if misplaced:
        kind = "is a symlink" if linked else "is not a folder"
        raise StateProblem(f"the state folder {visible(str(folder))} {kind}")
    return folder


def operator_path(start: Path, state_dir: Path, config: str) -> Path | None:
    """The operator's file, or None; one that git holds is refused (a commit could change it)."""
    given = config or os.environ.get("FLEETC_CONFIG", "")
    try:
        path = start / given if given else state_dir / OPERATOR
        if not given and not os.path.lexists(path):
            return None
        target = path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise InputProblem(
            f"the operator's file cannot be found: {visible(str(error), 200)}", code="F1020"
        ) from None
    from fleetc.git import is_tracked

    if is_tracked(target) or is_tracked(path.parent.resolve() / path.name):
        raise InputProblem(
            f"{visible(str(path))} is in git: an operator's file is never read from there",
            code="F1025",
            next_step="git rm --cached it, or name another file with --config",
        )
    return target
