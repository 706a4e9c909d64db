"""Reading the files of a fleet: the root file and those it includes."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from fleetc.lang.nodes import Map, Seq
from fleetc.lang.source import SourceFile, SourceSet
from fleetc.lang.yaml_tree import compose
from fleetc.model.check import Place, check_value
from fleetc.model.globs import fits
from fleetc.model.report import POISON, Report
from fleetc.model.sections import HEADER

__all__ = ["KindReader", "Loaded", "Reader", "load"]

_INCLUDE = next(spec for spec in HEADER if spec.key == "include")


class Reader(Protocol):
    """The files of one fleet at one revision.

    Paths are relative to the fleet's folder and use `/`. `read` raises `SourceProblem`.
    """

    def paths(self) -> tuple[str, ...]:
        """The paths of all regular files."""
        ...

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        ...


@runtime_checkable
class KindReader(Reader, Protocol):
    """A reader that also knows what stands at a path."""

    def kind(self, path: str) -> str:
        """`file`, `symlink`, `directory`, `submodule` or `missing`."""
        ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """The trees of a fleet's files, the root first, then the included ones in path order.

    `complete` is false when a file has no tree or an include names none: what is not declared
    then may stand there.
    """

    trees: tuple[Map, ...]
    sources: SourceSet
    complete: bool


def load(reader: Reader, root: str, report: Report, *, commit: str = "", tree: str = "") -> Loaded:
    """Read and parse the root file and what it includes; faults go to `report`.

    Raises `SourceProblem` when a file cannot be read.
    """
    files: list[SourceFile] = []
    trees: list[Map] = []
    _parse(reader, root, files, trees, report)
    if trees:
        for path in _included(reader, root, trees[0], report):
            _parse(reader, path, files, trees, report)
    return Loaded(tuple(trees), SourceSet(tuple(files), root, commit, tree), not report.failed)


def _parse(reader: Reader, path: str, files: list[SourceFile], trees: list[Map], report: Report) -> None:
    file = SourceFile(path, reader.read(path))
    files.append(file)
    found, diagnostics = compose(file)
    report.take(diagnostics)
    if found is not None:
        trees.append(found)


def _included(reader: Reader, root: str, tree: Map, report: Report) -> list[str]:
    """The paths that `include` names, in path order."""
    if "include" not in tree:
        return []
    patterns = tree["include"]
    if check_value(_INCLUDE, patterns, Place(tree, "include", report)) is POISON:
        return []
    assert isinstance(patterns, Seq)
    folder = posixpath.dirname(root)
    present = [path for path in reader.paths() if path != root]
    found: set[str] = set()
    for index, pattern in enumerate(patterns):
        place = Place(patterns, index, report)
        if _proper(str(pattern), place):
            wanted = posixpath.join(folder, posixpath.normpath(str(pattern)))
            found.update(_matches(wanted, present, reader, place))
    return sorted(found)


def _proper(pattern: str, place: Place) -> bool:
    if pattern.startswith("/") or "\\" in pattern or ".." in pattern.split("/"):
        place.wrong(
            "F0121",
            f"`{pattern}` leaves the fleet's folder",
            "paths are relative, with `/`, and without `..`",
            help="move the file into the fleet's folder",
        )
        return False
    return True


def _matches(pattern: str, present: list[str], reader: Reader, place: Place) -> list[str]:
    matches = [path for path in present if fits(pattern, path)]
    for path in matches or [pattern]:
        kind = _kind(path, present, reader)
        if kind not in ("file", "missing"):
            place.wrong("F0123", f"`{path}` is a {kind}", "only files are read", help="name regular files")
            return []
    if not matches:
        place.wrong(
            "F0122", f"`{pattern}` matches no file", help="name a file that is there, or take it away"
        )
    return matches


def _kind(path: str, present: list[str], reader: Reader) -> str:
    """What stands at a path, as far as the reader can tell."""
    if isinstance(reader, KindReader):
        kind = reader.kind(path)
        if kind != "missing":
            return kind
    if any(other.startswith(f"{path}/") for other in present):
        return "directory"
    return "file" if path in present else "missing"
