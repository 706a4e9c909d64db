"""Where a value of a plan comes from: the line, the way it came, who wrote it, and the file to open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fleetc.errors import SourceProblem
from fleetc.lang.source import SourceFile
from fleetc.model.secrets import HIDDEN, key_of_secret, looks_secret
from fleetc.service.readers import FolderReader

if TYPE_CHECKING:
    from fleetc.git import Blame
    from fleetc.lang.diagnostics import OriginStep
    from fleetc.plan.actions import Plan
    from fleetc.policy.reasons import Chain
    from fleetc.service.workspace import Workspace

__all__ = ["Editable", "Told", "Written", "editable", "line_of", "lying", "place_of", "written"]

_PLACE = re.compile(r"(.+):(\d+):(\d+)")
_KEY = re.compile(r"""["']?([\w.-]+)["']?\s*:""")
_VERSIONS = 300


@dataclass(frozen=True, slots=True)
class Editable:
    """A file to open at a line: `path` is the file itself, or empty for a copy of `data`.

    `name` is what the file is called; `note` says why it is a copy.
    """

    name: str
    line: int
    path: str = ""
    data: bytes = b""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A field's value as it came: the place and text of its line, the steps, and who wrote the line."""

    field: str
    origin: str
    text: str = ""
    steps: tuple[OriginStep, ...] = ()
    by: Blame | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to tell of an address in a plan: its chains, and how its values came."""

    chains: tuple[Chain, ...]
    written: tuple[Written, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)


def place_of(origin: str) -> tuple[str, int] | None:
    """The file and line of an origin `path:line:column`; None for words."""
    found = _PLACE.fullmatch(origin)
    return (found[1], int(found[2])) if found else None


def line_of(file: SourceFile, number: int) -> str:
    """The text of a line, but for one that has something like a secret in it."""
    text = file.line(number)
    secret = looks_secret(text) or any(key_of_secret(found[1]) for found in _KEY.finditer(text))
    return HIDDEN if secret else text


def editable(workspace: Workspace, plan: Plan, origin: str) -> Editable:
    """The file to open for an origin: that of the work tree when it is as it was planned, else a copy.

    Raises `SourceProblem` for an origin that names no line, and for a file that is not there.
    """
    from fleetc.service.sources import resolve

    place = place_of(origin)
    if place is None:
        raise SourceProblem("no line of a file says this", state="nothing was opened")
    path, line = place
    lying = FolderReader(workspace.folder)
    if not plan.commit:
        lying.read(path)
        return Editable(path, line, str(workspace.folder / path))
    reader = resolve(workspace, rev=plan.commit).reader
    data = reader.read(path)
    if lying.blob(path) == SourceFile(path, data).blob:
        return Editable(path, line, str(workspace.folder / path))
    note = f"a read-only copy as of {plan.commit[:7]}: the work tree has another {path}"
    return Editable(path, line, data=data, note=note)


def lying(workspace: Workspace, origin: str) -> Editable:
    """The file of the work tree to open for an origin, as it lies there now; raises `SourceProblem`."""
    place = place_of(origin)
    if place is None:
        raise SourceProblem("no line of a file says this", state="nothing was opened")
    path, line = place
    FolderReader(workspace.folder).read(path)
    return Editable(path, line, str(workspace.folder / path))


def written(
    workspace: Workspace, plan: Plan, origins: Sequence[tuple[str, str, tuple[OriginStep, ...]]]
) -> tuple[Written, ...]:
    """The lines of some fields (name, origin, steps), and who wrote them as far as git tells."""
    from fleetc.service.sources import resolve

    source = resolve(workspace, rev=plan.commit, worktree=not plan.commit)
    places = {origin: place for _, origin, _ in origins if (place := place_of(origin))}
    files = {path: SourceFile(path, source.reader.read(path)) for path, _ in places.values()}
    wanted: dict[str, set[int]] = {}
    for path, line in places.values():
        wanted.setdefault(path, set()).add(line)
    by = {
        (path, line): said
        for path, lines in wanted.items()
        for line, said in source.blame(path, sorted(lines), most=_VERSIONS).items()
    }
    return tuple(
        Written(
            name,
            origin,
            line_of(files[places[origin][0]], places[origin][1]) if origin in places else "",
            steps,
            by.get(places[origin]) if origin in places else None,
        )
        for name, origin, steps in origins
    )
