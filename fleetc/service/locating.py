"""Where a workspace is: its root, the folder asked for, its state folder, the operator's file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from fleetc.errors import InputProblem, Refused, SourceProblem, StateProblem
from fleetc.gitdir import find_top
from fleetc.lang.text import visible

__all__ = [
    "PROJECT",
    "existing",
    "operator_path",
    "refuse_other_state",
    "refuse_tracked_state",
    "root_of",
    "state_asked",
    "state_path",
    "target",
]

PROJECT = "fleetc.toml"
STATE = ".fleetc"
OPERATOR = "operator.toml"
_SUFFIXES = (".yaml", ".yml")
_KEPT = ("ledger.db", "ledger.db.head", "snapshots.db", "platform.db", OPERATOR)
_NOTHING = "nothing was read from the platform and nothing was written"


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


def state_asked(state: str) -> str:
    """The state folder that --state or else the environment names; empty when neither does."""
    return state or os.environ.get("FLEETC_STATE", "")


def state_path(start: Path, root: Path, state: str) -> Path:
    """The state folder, there or not; raises `StateProblem` for what cannot be one."""
    given = state_asked(state)
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


def refuse_tracked_state(state_dir: Path) -> None:
    """Raise `Refused` (F1077) when git holds anything of a state folder: a commit would say what was approved."""
    if not os.path.lexists(state_dir):
        return
    from fleetc.git import holds_of

    if held := holds_of(state_dir):
        raise Refused(
            f"the state folder {visible(str(state_dir))} is in git: {visible(held, 200)}",
            code="F1077",
            state=_NOTHING,
            next_step="git rm -r --cached it, commit that, and see who brought it: its ledger may be another one now",
        )


def refuse_other_state(state_dir: Path, root: Path, folders: Iterable[Path]) -> None:
    """Raise `Refused` (F1078) when the default state folder is new, and one above or below it is in use.

    Looked at are the folders of the same repository from its top down to `folders`. Else a commit that adds, moves
    or takes out a `fleetc.toml` would have the fleet planned without its ledger, accepted rules and operator's file.
    """
    if _in_use(state_dir):
        return
    top = find_top(root)
    levels = {level for folder in folders for level in (folder, *folder.parents)}
    inside = sorted(level for level in levels if top is not None and level.is_relative_to(top))
    other = next((level / STATE for level in inside if _in_use(level / STATE)), None)
    if other is not None:
        raise Refused(
            f"there is no state folder in {visible(str(root))}, but one in {visible(str(other.parent))}",
            code="F1078",
            state=_NOTHING,
            next_step=f"for the fleet of that one add --state {visible(str(other))}; "
            f"for a fleet of its own, once, --state {visible(str(state_dir))}",
        )


def _in_use(state_dir: Path) -> bool:
    return any(os.path.lexists(state_dir / name) for name in _KEPT)


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
