"""History: who wrote what, and how commits stand to each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pygit2
from pygit2.enums import DeltaStatus, FileMode, SortMode

from fleetc.git.blame import Blame, Signed, blame
from fleetc.git.opening import reading, refuse_large
from fleetc.ir.timestamps import rfc3339
from fleetc.lang.text import visible

__all__ = ["CommitHistory"]

_CO_AUTHOR = re.compile(rb"^co-authored-by:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)
_FILES = (FileMode.BLOB, FileMode.BLOB_EXECUTABLE)
_LAST_SECOND = 253402300799  # the end of the year 9999
_ADDRESS = re.compile(r"<([^<>]+)>")


class CommitHistory:
    """The commits of a repository; ids are hexadecimal texts of 40 digits."""

    def __init__(self, repo: pygit2.Repository) -> None:
        self._repo = repo

    def authors(
        self,
        head: str,
        applied: str,
        paths: Sequence[str],
        *,
        committers: bool = False,
        lost: Callable[[str], bool] = lambda _path: False,
    ) -> tuple[str, ...]:
        """E-mails of authors and co-authors of commits after `applied` that touch one of `paths`.

        So do those that take out a file that `lost` is true of. A merge counts when one of them differs
        from what every parent has there. Without `applied`, those of `head` itself. With `committers`,
        theirs too.
        """
        with reading(f"history of {head[:12]}"):
            if not applied:
                return tuple(dict.fromkeys(_names(self._commit(head), committers)))
            walker = self._repo.walk(pygit2.Oid(hex=head), SortMode.NONE)
            if applied in self._repo:
                walker.hide(pygit2.Oid(hex=applied))
            wanted = {path.encode() for path in paths}
            touching = (commit for commit in walker if self._touches(commit, wanted, lost))
            return tuple(sorted({name for commit in touching for name in _names(commit, committers)}))

    def _touches(self, commit: pygit2.Commit, wanted: set[bytes], lost: Callable[[str], bool]) -> bool:
        """Whether one of the wanted paths differs from what every parent has there, or a lost one is gone."""
        mine = commit.tree
        sides = [parent.tree.diff_to_tree(mine) for parent in commit.parents]
        sides = sides or [mine.diff_to_tree(swap=True)]
        changed = [{d.new_file.raw_path: d.status for d in side.deltas} for side in sides]
        common = set.intersection(*map(set, changed))
        gone = (path for path in common if changed[0][path] is DeltaStatus.DELETED)
        return not wanted.isdisjoint(common) or any(lost(path.decode("utf-8", "replace")) for path in gone)

    def relation(self, head: str, applied: str) -> str:
        """How `head` stands to the last applied commit.

        `same`, `forward` (a descendant), `back` (an ancestor), `diverged`, or `unknown` when
        nothing was applied or that commit is not here.
        """
        with reading(f"history of {head[:12]}"):
            if not applied or applied not in self._repo:
                return "unknown"
            if head == applied:
                return "same"
            if self._repo.descendant_of(pygit2.Oid(hex=head), pygit2.Oid(hex=applied)):
                return "forward"
            back = self._repo.descendant_of(pygit2.Oid(hex=applied), pygit2.Oid(hex=head))
            return "back" if back else "diverged"

    def blame(
        self, head: str, path: str, lines: Sequence[int], *, most: int | None = None
    ) -> dict[int, Blame]:
        """Who last changed lines of a file, as `fleetc.git.blame.blame` says; raises `SourceProblem`."""
        with reading(f"history of {head[:12]}"):
            return blame(self, head, path, lines, most=most)

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit, the first one first."""
        return tuple(map(str, self._commit(commit).parent_ids))

    def seconds(self, commit: str) -> int:
        """When it was committed, in seconds since 1970."""
        return self._commit(commit).commit_time

    def blob(self, commit: str, path: str) -> str:
        """The id of the regular file at a path; empty when there is none."""
        tree = self._commit(commit).tree
        try:
            found = tree[path]
        except KeyError:
            return ""
        return str(found.id) if found.filemode in _FILES else ""

    def content(self, blob: str) -> bytes:
        """The bytes of a file."""
        oid = pygit2.Oid(hex=blob)
        refuse_large(self._repo, oid, "a version of the file")
        return self._repo.odb.read(oid)[1]

    def signed(self, commit: str) -> Signed:
        """Who wrote a commit: e-mail (else name), time and subject, escaped and cut."""
        found = self._commit(commit)
        subject = found.raw_message[:1000].decode("utf-8", "replace").strip().partition("\n")[0]
        seconds = max(0, min(found.commit_time, _LAST_SECOND))
        return Signed(next(iter(_names(found, False)), ""), rfc3339(seconds), visible(subject, 100))

    def _commit(self, commit: str) -> pygit2.Commit:
        oid = pygit2.Oid(hex=commit)
        refuse_large(self._repo, oid, commit[:12])
        return self._repo[oid].peel(pygit2.Commit)


def _names(commit: pygit2.Commit, committers: bool) -> list[str]:
    """The e-mails (else names) of a commit's author and co-authors, escaped and cut."""
    signed = (commit.author, commit.committer) if committers else (commit.author,)
    people = [who.raw_email or who.raw_name for who in signed]
    people += _CO_AUTHOR.findall(commit.raw_message[-65536:])
    texts = [raw.decode("utf-8", "replace").strip() for raw in people]
    return [visible(match[1] if (match := _ADDRESS.search(text)) else text, 254) for text in texts if text]
