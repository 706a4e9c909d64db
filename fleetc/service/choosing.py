"""Which environments of `fleetc.toml` a command is about: by name, glob, folder, or all of them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from fleetc.errors import UsageProblem
from fleetc.lang.text import visible
from fleetc.service.config import Place, Project
from fleetc.service.locating import PROJECT

__all__ = ["ALONE", "choose", "folder_asked", "is_glob"]

ALONE = "local"
"""The environment of a workspace without `fleetc.toml`."""


def is_glob(name: str) -> bool:
    """Whether a name given with -e may stand for several environments."""
    return any(character in "*?[" for character in name)


def folder_asked(project: Project | None, root: Path, folder: Path, fleet_path: str, named: bool) -> str:
    """The folder that decides the environment: PATH always, the current one when it holds one."""
    here = folder.relative_to(root).as_posix()
    here = "" if here == "." else here
    if fleet_path or project is None:
        return here
    return here if here and not named and _names_at(project, here) else ""


def choose(
    project: Project | None, names: Sequence[str], asked: str, *, every: bool
) -> tuple[tuple[str, Place], ...]:
    """The environments meant, in the order of `fleetc.toml`: at least one.

    Without `names` and `every` it is the only one there is (in the folder `asked`, unless that
    is empty). Raises `UsageProblem` (F1024) when that is none or several, when a name or a glob
    fits none, and when one that was named is not in the folder `asked`.
    """
    if project is None:
        return _alone(names, asked)
    chosen = _named(project, names, asked, every=every)
    elsewhere = next((name for name in chosen if asked and project.environments[name].path != asked), "")
    if elsewhere:
        raise UsageProblem(
            f"environment `{elsewhere}` is in `{project.environments[elsewhere].path or '.'}`, "
            f"not in `{visible(asked, 200)}`",
            code="F1024",
        )
    return tuple((name, place) for name, place in project.environments.items() if name in chosen)


def _alone(names: Sequence[str], asked: str) -> tuple[tuple[str, Place], ...]:
    for name in names:
        if name and not fnmatchcase(ALONE, name):
            raise UsageProblem(
                f"there is no environment `{visible(name, 64)}`: without {PROJECT} the only one is `{ALONE}`",
                code="F1024",
            )
    return ((ALONE, Place(asked)),)


def _named(project: Project, names: Sequence[str], asked: str, *, every: bool) -> set[str]:
    if every:
        return set(project.environments)
    if not names:
        found = _names_at(project, asked)
        if len(found) != 1:
            raise _unclear(project, "", asked)
        return set(found)
    chosen: set[str] = set()
    for name in names:
        fitting = {known for known in project.environments if fnmatchcase(known, name)}
        if not fitting:
            raise _unclear(project, name, asked)
        chosen |= fitting
    return chosen


def _names_at(project: Project, asked: str) -> list[str]:
    return [name for name, place in project.environments.items() if not asked or place.path == asked]


def _unclear(project: Project, name: str, asked: str) -> UsageProblem:
    return UsageProblem(
        _which(project, name, asked), code="F1024", next_step="choose with -e NAME, -e 'GLOB' or --all"
    )


def _which(project: Project, name: str, asked: str) -> str:
    from fleetc.lang.suggest import near

    known = ", ".join(project.environments)
    if name:
        if is_glob(name):
            return f"no environment of {PROJECT} fits `{visible(name, 64)}`; environments: {known}"
        similar = near(name, project.environments)
        hint = f"a similar name exists: `{similar}`" if similar else f"environments: {known}"
        return f"{PROJECT} names no environment `{visible(name, 64)}`; {hint}"
    if asked and not _names_at(project, asked):
        return f"no environment of {PROJECT} is in `{visible(asked, 200)}`; environments: {known}"
    return f"{PROJECT} names several environments: {known}"
