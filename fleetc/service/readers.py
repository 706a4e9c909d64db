"""Readers of fleet files: a folder as it lies, or a folder at a commit.

Both give regular files only. What else stands at a path (a symlink, a folder, a submodule, a
pointer of Git LFS) is an error by its type, and is never followed.
"""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import SourceProblem
from fleetc.lang.source import RULES_SUFFIX, SourceFile
from fleetc.lang.text import visible

if TYPE_CHECKING:
    from fleetc.git import Blame, SourceRepo

__all__ = ["FolderReader", "GitReader", "refuse_odd", "rules_in"]

MAX_FILE = 64 << 20
MAX_ENTRIES = 200_000
_LFS = b"version https://git-lfs.github.com/spec/"


def refuse_odd(path: str, kind: str, data: bytes = b"") -> None:
    """Raise `SourceProblem` (F1019, F1029) for what is not a regular file with its own content."""
    shown = visible(path, 200)
    if kind == "missing":
        raise SourceProblem(f"{shown} does not exist", code="F1019")
    if kind != "file":
        raise SourceProblem(f"{shown} is a {kind}, not a file", code="F1029")
    if data.startswith(_LFS):
        raise SourceProblem(f"{shown} is a pointer of Git LFS, not the file itself", code="F1029")


class FolderReader:
    """Files as they lie below a folder. Symlinks are never followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> tuple[str, ...]:
        """The names in the folder itself."""
        try:
            return tuple(sorted(os.listdir(self.folder)))  # noqa: PTH208 - names are wanted, not paths
        except OSError as error:
            raise self._failed(".", error) from None

    def paths(self) -> tuple[str, ...]:
        """Regular files below the folder, in path order; `.git` and what it holds are left out.

        Raises `SourceProblem` (F1027) over 200,000 of them.
        """
        try:
            found = sorted(islice(self._walk(), MAX_ENTRIES + 1))
        except OSError as error:
            raise self._failed(".", error) from None
        if len(found) > MAX_ENTRIES:
            raise SourceProblem(f"the folder holds more than {MAX_ENTRIES} files", code="F1027")
        return tuple(found)

    def _walk(self) -> Iterator[str]:
        for root, folders, files in os.walk(self.folder):
            folders[:] = [name for name in folders if name != ".git"]
            for name in files:
                path = Path(root, name)
                clean = visible(name) == name
                if clean and stat.S_ISREG(path.lstat().st_mode):
                    yield path.relative_to(self.folder).as_posix()

    def kind(self, path: str) -> str:
        """`file`, `symlink`, `directory`, `special file` or `missing`; below a symlink is `symlink`."""
        place, mode = self.folder, stat.S_IFDIR
        for part in path.split("/"):
            if stat.S_ISLNK(mode):
                return "symlink"
            if part in {"", ".", ".."}:
                return "missing"
            place /= part
            try:
                mode = place.lstat().st_mode
            except (OSError, ValueError):
                return "missing"
        return _kind(mode)

    def read(self, path: str) -> bytes:
        """The bytes of a regular file of at most 64 MiB; raises `SourceProblem`."""
        refuse_odd(path, self.kind(path))
        try:
            data = self._bytes(self.folder / path)
        except OSError as error:
            raise self._failed(path, error) from None
        if len(data) > MAX_FILE:
            raise SourceProblem(f"{visible(path, 200)} is larger than 64 MiB", code="F1027")
        refuse_odd(path, "file", data)
        return data

    @staticmethod
    def _bytes(path: Path) -> bytes:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as stream:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            return stream.read(MAX_FILE + 1)

    def blob(self, path: str) -> str:
        """The blob id that git would give the bytes; empty when they cannot be read."""
        try:
            return SourceFile(path, self.read(path)).blob
        except SourceProblem:
            return ""

    def _failed(self, path: str, error: OSError) -> SourceProblem:
        return SourceProblem(f"{visible(path, 200)} cannot be read: {error.strerror}", code="F1010")


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISLNK(mode):
        return "symlink"
    return "directory" if stat.S_ISDIR(mode) else "special file"


class GitReader:
    """Files below a folder at a commit, out of the object database."""

    def __init__(self, repo: SourceRepo, commit: str, folder: str) -> None:
        self._repo, self._commit, self._folder = repo, commit, folder

    def _full(self, path: str) -> str:
        return f"{self._folder}/{path}" if self._folder else path

    def at(self, commit: str) -> GitReader:
        """The files below the same folder at another commit."""
        return GitReader(self._repo, commit, self._folder)

    def names(self) -> tuple[str, ...]:
        """The names in the folder itself."""
        return self._repo.names(self._commit, self._folder)

    def paths(self) -> tuple[str, ...]:
        """Regular files below the folder, in path order."""
        found = self._repo.files(self._commit, self._folder)
        return tuple(path for path, entry in found.items() if entry.kind == "file")

    def kind(self, path: str) -> str:
        """`file`, `symlink`, `directory`, `submodule` or `missing`."""
        return self._repo.entry(self._commit, self._full(path)).kind

    def read(self, path: str) -> bytes:
        """The bytes of a regular file of at most 64 MiB; raises `SourceProblem`."""
        entry = self._repo.entry(self._commit, self._full(path))
        refuse_odd(path, entry.kind)
        data = self._repo.read(entry, path)
        refuse_odd(path, "file", data)
        return data

    def blob(self, path: str) -> str:
        """The blob id of a file; empty when there is none."""
        entry = self._repo.entry(self._commit, self._full(path))
        return entry.id if entry.kind == "file" else ""

    def relation(self, applied: str) -> str:
        """How the commit stands to commit `applied`, as `SourceRepo.relation` says."""
        return self._repo.history.relation(self._commit, applied)

    def authors(
        self,
        applied: str,
        paths: Sequence[str],
        beside: Sequence[str] = (),
        *,
        committers: bool,
        lost: Callable[[str], bool],
    ) -> tuple[str, ...]:
        """E-mails of those who changed a file after the commit `applied`; `beside` are from the top.

        Or took one out below the folder that `lost` is true of.
        """
        full, start = [*map(self._full, paths), *beside], self._full("")
        return self._repo.history.authors(
            self._commit,
            applied,
            full,
            committers=committers,
            lost=lambda path: path.startswith(start) and lost(path.removeprefix(start)),
        )

    def blame(self, path: str, lines: Sequence[int], *, most: int | None) -> dict[int, Blame]:
        """Who last changed lines of a file, as `CommitHistory.blame` says."""
        return self._repo.history.blame(self._commit, self._full(path), lines, most=most)


def rules_in(reader: FolderReader | GitReader) -> tuple[str, ...]:
    """The names of the rule files in a reader's folder, in order.

    Raises `SourceProblem` (F0853, F1029) for what is named like one and is none: to leave it out
    would be to judge without it.
    """
    found = sorted(name for name in reader.names() if _plain(name).endswith(RULES_SUFFIX))
    twins: dict[str, str] = {}
    for name in found:
        if visible(name) != name:
            raise _not_read(name, "its name has characters that nobody sees, or is not UTF-8", "rename it")
        if not name.endswith(RULES_SUFFIX):
            mend = "rename it in lower case, or so that it does not end so"
            raise _not_read(name, f"the names of rule files end in {RULES_SUFFIX}", mend)
        if (twin := twins.setdefault(_plain(name), name)) is not name:
            said = f"{visible(twin, 200)} is the same name but for its case or the form of its letters"
            raise _not_read(name, said, "rename one of them, or put both into one file")
        refuse_odd(name, reader.kind(name))
    return tuple(found)


def _plain(name: str) -> str:
    """A name as a file system may take it, or a reader may see it: without case, and what is hidden."""
    seen = unicodedata.normalize("NFC", name)
    if visible(seen) != seen:
        seen = "".join(each for each in seen if visible(each) == each)
    return seen.strip().casefold()


def _not_read(name: str, why: str, next_step: str) -> SourceProblem:
    return SourceProblem(
        f"{visible(name, 200)} is not read as rules: {why}", code="F0853", next_step=next_step
    )
