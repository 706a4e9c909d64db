"""Backups of a state folder: one gzipped tar file with a manifest of digests, then the files."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec

from fleetc.errors import StateProblem
from fleetc.lang.text import visible
from fleetc.plainfile import open_plain
from fleetc.sqlfile import copy_file
from fleetc.store.database import BUSY_SECONDS, problem_of
from fleetc.store.ledger_audit import Head

__all__ = ["FORMAT", "Manifest", "Packed", "copy_together", "digest_of", "pack", "unpack"]

FORMAT = "fleetc.state-backup/1"
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1_000_000
_PIECE = 1 << 20


class Packed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a backup: its schema version, size and hex SHA-256."""

    schema: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds; `head` is that of its ledger's audit log."""

    format: str
    fleetc: str
    taken_at: str
    accounts: tuple[str, ...]
    files: dict[str, Packed]
    head: Head | None = None


def copy_together(paths: Sequence[Path], folder: Path, what: str) -> None:
    """Copy databases into a folder as they stand at one moment: no writer is between them.

    Raises `StateProblem` when one is locked, damaged or cannot be copied.
    """
    with _held(paths, what):
        for path in paths:
            with _told(path, what):
                copy_file(path, folder / path.name)


@contextmanager
def _held(paths: Sequence[Path], what: str) -> Iterator[None]:
    with ExitStack() as stack:
        for path in paths:
            with _told(path, what):
                connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
                stack.enter_context(closing(connection))
                connection.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def _told(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        problem = problem_of(error, path, what)
        if problem is None:
            raise
        raise problem from error


def digest_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(folder: Path, manifest: Manifest, target: Path) -> None:
    """Write the files of the manifest, which are in `folder`, to one file: whole or not at all, 0600."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
                body = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
                _add(archive, _MANIFEST, io.BytesIO(body), len(body))
                for name in manifest.files:
                    with (folder / name).open("rb") as content:
                        _add(archive, name, content, manifest.files[name].bytes)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        raise StateProblem(
            f"the backup {visible(str(target), 200)} cannot be written: {error.strerror}",
            code="F0627",
            state="there is no new backup",
            next_step="make room, or name another place with -o",
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _add(archive: tarfile.TarFile, name: str, content: io.IOBase, size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    archive.addfile(entry, content)


def unpack(source: Path, folder: Path, known: Sequence[str]) -> Manifest:
    """Read a backup into a folder, each file checked against its digest.

    Only names of `known` are taken. Raises `StateProblem` for anything else than a whole backup.
    """
    try:
        with open_plain(source) as file, tarfile.open(fileobj=file, mode="r:gz") as archive:
            manifest = _manifest(archive)
            for name, packed in manifest.files.items():
                if name not in known:
                    raise ValueError(f"it holds {visible(name, 60)!r}, which is no file of a state folder")
                _take(archive, name, packed, folder / name)
    except (tarfile.TarError, EOFError, zlib.error, msgspec.DecodeError, ValueError) as error:
        raise _unusable(source, str(error)) from error
    except OSError as error:
        raise _unusable(source, error.strerror or str(error)) from error
    return manifest


def _manifest(archive: tarfile.TarFile) -> Manifest:
    entry = archive.next()
    content = archive.extractfile(entry) if entry and entry.name == _MANIFEST and entry.isreg() else None
    if entry is None or content is None or entry.size > _LARGEST_MANIFEST:
        raise ValueError("it does not begin with a manifest")
    manifest = msgspec.json.decode(content.read(), type=Manifest)
    if manifest.format != FORMAT:
        raise ValueError(f"its format is {visible(manifest.format, 60)!r}, not {FORMAT!r}")
    return manifest


def _take(archive: tarfile.TarFile, name: str, packed: Packed, target: Path) -> None:
    entry = archive.next()
    content = archive.extractfile(entry) if entry and entry.isreg() else None
    if entry is None or content is None or (entry.name, entry.size) != (name, packed.bytes):
        raise ValueError(f"{name} is not there as the manifest says")
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        while piece := content.read(_PIECE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if digest_of(target) != packed.sha256:
        raise ValueError(f"{name} does not match its digest")


def _unusable(source: Path, cause: str) -> StateProblem:
    return StateProblem(
        f"the backup {visible(str(source), 200)} cannot be used: {visible(cause, 300)}",
        code="F0687",
        state="nothing was changed",
        next_step="name another backup: fleetc state backup makes one",
    )
