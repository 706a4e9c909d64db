"""Git's object database as a source of fleet files.

A revision is taken apart here and looked up by full reference names. Only blobs of regular files
are read, after their size is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

from fleetc.errors import SourceProblem
from fleetc.git.history import CommitHistory
from fleetc.git.opening import open_repository, reading, refuse_large
from fleetc.gitdir import refuse_unusual
from fleetc.lang.text import visible

__all__ = ["Entry", "Revision", "SourceRepo"]

MAX_ENTRIES = 200_000
MAX_BACK = 100_000

_KINDS = {
    FileMode.BLOB: "file",
    FileMode.BLOB_EXECUTABLE: "file",
    FileMode.LINK: "symlink",
    FileMode.TREE: "directory",
    FileMode.COMMIT: "submodule",
}
_REVISION = re.compile(r"(?P<name>[^~]+)(?:~(?P<back>[0-9]{0,6}))?")
_HEX = re.compile(r"[0-9a-f]{7,40}")
_NAMESPACES = ("refs/heads/", "refs/tags/", "refs/remotes/")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a tree holds at a path: `file`, `symlink`, `directory`, `submodule` or `missing`."""

    kind: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """A resolved revision: what to call it, and the full ids of its commit and tree."""

    text: str
    commit: str
    tree: str


class SourceRepo:
    """A repository of which commits are read; `top` is the folder of its work tree."""

    def __init__(self, top: Path) -> None:
        """Open it; raises `SourceProblem` for what fleetc does not read (F1012 to F1014, F1028)."""
        self.top = top
        self._repo = open_repository(top)
        with reading(visible(str(top))):
            refuse_unusual(top, Path(self._repo.path))
        self.history = CommitHistory(self._repo)

    # Revisions

    def head(self) -> Revision:
        """What HEAD names; raises `SourceProblem` (F1011) when there is no commit yet."""
        with reading("HEAD"):
            if self._repo.head_is_unborn:
                raise SourceProblem(
                    "the repository has no commits",
                    code="F1011",
                    next_step="commit the fleet file, or read files as they lie with --worktree",
                )
            name = "HEAD (detached)" if self._repo.head_is_detached else self._repo.head.shorthand
            return self._revision(visible(name, 200), self._repo.head)

    def resolve(self, text: str) -> Revision:
        """A branch, tag, `origin/x`, HEAD or unique id prefix (7 digits or more), each with `~n`.

        Raises `SourceProblem`: F1015 for text that is no revision, F1016 for one that is not
        there, F1017 for one that names several things.
        """
        shown = visible(text, 80)
        match = _REVISION.fullmatch(text)
        if match is None or not _is_name(match["name"]):
            raise SourceProblem(
                f"`{shown}` is not a revision",
                code="F1015",
                next_step="use a branch, a tag, origin/<branch>, HEAD or 7 or more digits of a commit id, each with ~n",
            )
        with reading(f"revision `{shown}`"):
            commit = self._commit(self._named(match["name"]), shown)
            back = 0 if match["back"] is None else int(match["back"] or 1)
            for _ in range(min(back, MAX_BACK)):
                if not commit.parent_ids:
                    raise SourceProblem(f"`{shown}` goes back behind the first commit", code="F1016")
                commit = self._commit(commit.parent_ids[0], shown)
            return Revision(shown, str(commit.id), str(commit.tree_id))

    def _revision(self, text: str, reference: pygit2.Reference) -> Revision:
        commit = self._commit(_target(reference), text)
        return Revision(text, str(commit.id), str(commit.tree_id))

    def _named(self, name: str) -> pygit2.Oid:
        if name == "HEAD":
            return pygit2.Oid(hex=self.head().commit)
        found: dict[str, pygit2.Oid] = {}
        full = (name,) if name.startswith(_NAMESPACES) else tuple(space + name for space in _NAMESPACES)
        for reference in full:
            if reference in self._repo.references:
                found[reference] = _target(self._repo.references[reference])
        if _HEX.fullmatch(name) and (oid := self._prefix(name)):
            found[f"commit {oid}"] = oid
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise SourceProblem(
                f"`{visible(name, 80)}` is ambiguous: {visible(' and '.join(found), 300)}",
                code="F1017",
                next_step="write the full name, such as refs/heads/<branch>, or a full commit id",
            )
        raise SourceProblem(
            f"there is no revision `{visible(name, 80)}` here{self._similar(name)}", code="F1016"
        )

    def _prefix(self, digits: str) -> pygit2.Oid | None:
        try:
            return self._repo[digits].id
        except KeyError:
            return None
        except ValueError:
            raise SourceProblem(
                f"`{digits}` is ambiguous: several objects begin with it",
                code="F1017",
                next_step="write more digits of the commit id",
            ) from None

    def _similar(self, name: str) -> str:
        from itertools import islice

        from fleetc.lang.suggest import near

        names = [ref.split("/", 2)[-1] for ref in islice(self._repo.references, 1000)]
        similar = near(name, names)
        return f"; a similar name exists: `{visible(similar, 80)}`" if similar else ""

    def _commit(self, oid: pygit2.Oid, shown: str) -> pygit2.Commit:
        refuse_large(self._repo, oid, shown)
        found: object = self._repo[oid]
        if isinstance(found, pygit2.Tag):
            found = found.peel(None)
        if not isinstance(found, pygit2.Commit):
            raise SourceProblem(f"`{shown}` is not a commit", code="F1016")
        return found

    # Trees and blobs

    def _tree(self, oid: pygit2.Oid, what: str) -> pygit2.Tree:
        refuse_large(self._repo, oid, what)
        return self._repo[oid].peel(pygit2.Tree)

    def entry(self, commit: str, path: str) -> Entry:
        """What stands at a path (relative, `/`; empty for the whole tree) of a commit."""
        shown = visible(path, 200) or "the tree"
        with reading(f"{shown} at {commit[:12]}"):
            return self._at(self._commit(pygit2.Oid(hex=commit), shown).tree_id, path, shown)

    def _at(self, tree: pygit2.Oid, path: str, shown: str) -> Entry:
        kind, oid = "directory", tree
        for part in path.split("/") if path else ():
            if kind != "directory" or part not in (holder := self._tree(oid, shown)):
                return Entry("missing")
            found = holder[part]
            kind, oid = _KINDS.get(found.filemode, "missing"), found.id
        return Entry(kind, str(oid))

    def names(self, commit: str, folder: str) -> tuple[str, ...]:
        """All names in a folder of a commit; none when it is no folder.

        Bytes that are not UTF-8 stand as lone surrogates, as `os.listdir` has them.
        """
        top = self.entry(commit, folder)
        if top.kind != "directory":
            return ()
        with reading(f"{visible(folder, 200) or 'the tree'} at {commit[:12]}"):
            tree = self._tree(pygit2.Oid(hex=top.id), "the folder")
            return tuple((item.raw_name or b"").decode("utf-8", "surrogateescape") for item in tree)

    def files(self, commit: str, folder: str) -> dict[str, Entry]:
        """All entries but directories below a folder, by path relative to it, in path order.

        A name that is not clean text (not UTF-8, control or invisible characters) is left out.
        Raises `SourceProblem` (F1027) over 200,000 entries.
        """
        top = self.entry(commit, folder)
        found: dict[str, Entry] = {}
        with reading(f"{visible(folder, 200) or 'the tree'} at {commit[:12]}"):
            if top.kind == "directory":
                self._collect(pygit2.Oid(hex=top.id), found)
        return dict(sorted(found.items()))

    def _collect(self, top: pygit2.Oid, found: dict[str, Entry]) -> None:
        waiting, seen = [("", top)], 0
        while waiting:
            prefix, oid = waiting.pop()
            for item in self._tree(oid, prefix or "the tree"):
                seen += 1
                if seen > MAX_ENTRIES:
                    raise SourceProblem(f"the tree has more than {MAX_ENTRIES} entries", code="F1027")
                name = _clean(item.raw_name or b"")
                kind = _KINDS.get(item.filemode, "missing")
                if name and kind == "directory":
                    waiting.append((f"{prefix}{name}/", item.id))
                elif name:
                    found[prefix + name] = Entry(kind, str(item.id))

    def read(self, entry: Entry, what: str) -> bytes:
        """The bytes of a `file` entry; `what` names it in errors (F1014, F1027)."""
        with reading(visible(what, 200)):
            oid = pygit2.Oid(hex=entry.id)
            refuse_large(self._repo, oid, visible(what, 200))
            return self._repo[oid].peel(pygit2.Blob).data


def _target(reference: pygit2.Reference) -> pygit2.Oid:
    """The id behind a reference, also a symbolic one (`refs/remotes/origin/HEAD`)."""
    return pygit2.Oid(hex=str(reference.resolve().target))


def _is_name(name: str) -> bool:
    clean = visible(name) == name and len(name) <= 250 and not name.startswith("-")
    return clean and (name == "HEAD" or pygit2.reference_is_valid_name(f"refs/heads/{name}"))


def _clean(raw: bytes) -> str:
    """A tree entry's name, or nothing when it is not clean text."""
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return name if visible(name) == name else ""
