"""Where the fleet's files come from: a commit of the repository, or files as they lie."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import SourceProblem, UsageProblem
from fleetc.gitdir import find_top
from fleetc.lang.source import RULES_SUFFIX, SourceFile
from fleetc.lang.text import visible
from fleetc.service.locating import PROJECT
from fleetc.service.readers import FolderReader, GitReader, refuse_odd

if TYPE_CHECKING:
    from fleetc.git import Blame
    from fleetc.service.workspace import Workspace

__all__ = ["Source", "commit_of", "resolve"]

ROOTS = ("fleet.yaml", "fleet.yml")
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Source:
    """The fleet's files, ready to compile, and where they are from.

    `root` is the fleet file's name in `reader`. `commit`, `tree` and `revision` are empty for
    files as they lie. `projects` are the places of a `fleetc.toml` that may name the environment, from
    the repository's top down, and `edited` those of which the work tree has other bytes than the commit.
    """

    reader: FolderReader | GitReader
    root: str
    commit: str = ""
    tree: str = ""
    revision: str = ""
    folder: Path | None = None
    projects: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()

    @property
    def ordinary(self) -> bool:
        """Whether the fleet file has a name that is looked for, so that nobody had to choose it."""
        return self.root in ROOTS

    @cached_property
    def dirty(self) -> tuple[str, ...]:
        """Fleet and rule files whose bytes in the work tree are not those of HEAD, when HEAD is the source."""
        if self.folder is None or not isinstance(self.reader, GitReader):
            return ()
        return _changed(self.reader, FolderReader(self.folder), self.root)

    def authors_since(
        self, applied: str, paths: Sequence[str], *, begun: str = "", committers: bool = False
    ) -> tuple[str, ...]:
        """E-mails of those who changed one of `paths` (relative to `reader`) after commit `applied`.

        A `fleetc.toml` over them counts as well, and a file that is gone and may have been included.
        Without `applied`, those of commit `begun` and after it; without both, those of the commit
        itself. Nobody's for files as they lie.
        """
        if not isinstance(self.reader, GitReader):
            return ()

        def authors(reader: GitReader, since: str) -> tuple[str, ...]:
            return reader.authors(since, paths, self.projects, committers=committers, lost=_may_be_included)

        found = authors(self.reader, applied or begun)
        if applied or self.relation(begun) == "unknown":
            return found
        return tuple(sorted({*found, *authors(self.reader.at(begun), "")}))

    def relation(self, applied: str) -> str:
        """How the commit stands to commit `applied`, as `SourceRepo.relation` says."""
        return self.reader.relation(applied) if isinstance(self.reader, GitReader) else "unknown"

    def blame(self, path: str, lines: Sequence[int], *, most: int | None = None) -> dict[int, Blame]:
        """Who last changed lines of a file of the commit; nobody for files as they lie."""
        return self.reader.blame(path, lines, most=most) if isinstance(self.reader, GitReader) else {}


def resolve(workspace: Workspace, *, rev: str = "", worktree: bool = False) -> Source:
    """The fleet's files at a revision, at HEAD, or (no repository, or `worktree`) as they lie.

    Raises `SourceProblem` when there is no such revision or no fleet file there.
    """
    if rev and worktree:
        raise UsageProblem("--rev reads a commit and --worktree reads files: give one of them")
    top = None if worktree else find_top(workspace.folder)
    if top is None and rev:
        raise SourceProblem(
            f"{visible(str(workspace.folder))} is in no git repository, so it has no revision "
            f"`{visible(rev, 80)}`",
            code="F1018",
        )
    if top is None:
        reader = FolderReader(workspace.folder)
        return Source(reader, _root(reader, workspace.file, "the folder"))
    return _from_git(workspace, top, rev)


def commit_of(workspace: Workspace, rev: str) -> str:
    """The commit that a revision names now; empty when there is none any more."""
    from fleetc.git import SourceRepo

    top = find_top(workspace.folder)
    try:
        return SourceRepo(top).resolve(rev).commit if top is not None else ""
    except SourceProblem:
        return ""


def _from_git(workspace: Workspace, top: Path, rev: str) -> Source:
    from fleetc.git import SourceRepo

    repo = SourceRepo(top)
    at = repo.resolve(rev) if rev else repo.head()
    prefix = workspace.folder.relative_to(top).as_posix()
    reader = GitReader(repo, at.commit, "" if prefix == "." else prefix)
    root = _root(reader, workspace.file, f"{at.text} ({at.commit[:12]})")
    projects = _projects(workspace.folder, top)
    whole, lying = GitReader(repo, at.commit, ""), FolderReader(top)
    edited = [name for name in projects if whole.blob(name) != _project_blob(lying, name)]
    if not workspace.root.is_relative_to(top) and (workspace.root / PROJECT).exists():
        edited.append(PROJECT)  # no commit of this repository has it
    folder = None if rev else workspace.folder
    return Source(reader, root, at.commit, at.tree, at.text, folder, projects, tuple(edited))


def _projects(folder: Path, top: Path) -> tuple[str, ...]:
    levels = [folder, *(each for each in folder.parents if each.is_relative_to(top))]
    return tuple((level.relative_to(top) / PROJECT).as_posix() for level in reversed(levels))


def _project_blob(lying: FolderReader, path: str) -> str:
    """The blob id of what lies there; a word that is none for what is no plain file."""
    return lying.blob(path) or ("unreadable" if os.path.lexists(lying.folder / path) else "")


def _root(reader: FolderReader | GitReader, given: str, where: str) -> str:
    """The fleet file's name: the given one, else the only `fleet.yaml` or `fleet.yml`."""
    wanted = (given,) if given else ROOTS
    folded = {name.casefold() for name in wanted}
    found = [name for name in reader.names() if name.casefold() in folded]
    if len(found) > 1:
        raise SourceProblem(f"{' and '.join(found)} are both there; keep one of them", code="F1026")
    root = next((name for name in found if name in wanted), "")
    if not root:
        raise SourceProblem(
            f"there is no {' or '.join(visible(name, 80) for name in wanted)} in {where}",
            code="F1019",
            state="nothing was done: a missing fleet file never means that everything is to be deleted",
            next_step="name another folder or file, or commit it, or read files as they lie with --worktree",
        )
    refuse_odd(root, reader.kind(root))
    return root


def _changed(head: GitReader, lying: FolderReader, root: str) -> tuple[str, ...]:
    data, blob = _lying(lying, root)
    changed = [] if blob == head.blob(root) else [root]
    if b"include" in data or (changed and _includes(head, root)):
        names = {path for path in (*head.paths(), *lying.paths()) if _may_be_included(path)} - {root}
        changed += [name for name in names if lying.blob(name) != head.blob(name)]
    rules = {name for name in (*head.names(), *lying.names()) if name.endswith(RULES_SUFFIX)}
    changed += [name for name in rules if lying.blob(name) != head.blob(name)]
    return tuple(sorted(changed))


def _lying(reader: FolderReader, path: str) -> tuple[bytes, str]:
    """The bytes of a file and their blob id, both empty when they cannot be read."""
    try:
        file = SourceFile(path, reader.read(path))
    except SourceProblem:
        return b"", ""
    return file.data, file.blob


def _includes(reader: GitReader, root: str) -> bool:
    return reader.kind(root) == "file" and b"include" in reader.read(root)


def _may_be_included(path: str) -> bool:
    return path.endswith(_SUFFIXES) and not any(part.startswith(".") for part in path.split("/"))
