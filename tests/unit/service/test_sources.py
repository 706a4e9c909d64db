"""What is compiled: HEAD, a revision, or files as they lie; and what is said of each."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from fleetc.errors import SourceProblem, UsageProblem
from fleetc.model.loader import KindReader
from fleetc.service import readers
from fleetc.service.readers import FolderReader
from fleetc.service.sources import Source, resolve
from fleetc.service.workspace import Workspace
from tests.unit.git.repositories import FLEET, Repository

EDITED = FLEET + b"# edited\n"


def _source(top: Path, path: str = "", **options: object) -> Source:
    return resolve(Workspace.open(top, fleet_path=path), **options)  # type: ignore[arg-type]


def _problem(top: Path, path: str = "", **options: object) -> SourceProblem:
    with pytest.raises(SourceProblem) as caught:
        _source(top, path, **options)
    assert caught.value.message.isprintable()
    return caught.value


def test_head_is_read_and_uncommitted_changes_are_named(repository: Repository) -> None:
    assert _source(repository.top).dirty == ()
    repository.write({"fleet.yaml": EDITED, "other.yaml": b"not included"})
    source = _source(repository.top)
    assert source.reader.read(source.root) == FLEET
    assert source.dirty == ("fleet.yaml",)
    assert (source.revision, source.commit) == ("main", repository.git("rev-parse", "HEAD"))
    assert source.tree == repository.git("rev-parse", "HEAD^{tree}")
    assert isinstance(source.reader, KindReader)


def test_a_work_tree_that_git_calls_clean_but_has_other_bytes_is_named(repository: Repository) -> None:
    repository.git("update-index", "--assume-unchanged", "fleet.yaml")
    repository.write({"fleet.yaml": EDITED})
    assert repository.git("status", "--porcelain") == ""
    assert _source(repository.top).dirty == ("fleet.yaml",)


def test_included_files_that_are_new_changed_or_gone_are_named(repository: Repository) -> None:
    root = FLEET + b"include: [nodes/*.yaml]\n"
    repository.commit(
        "split", {"fleet.yaml": root, "nodes/a.yaml": b"a", "nodes/b.yaml": b"b", ".x/c.yaml": b"c"}
    )
    repository.write({"nodes/a.yaml": b"A", "nodes/new.yaml": b"n", ".x/c.yaml": b"C", "nodes/note.txt": b""})
    (repository.top / "nodes" / "b.yaml").unlink()
    assert _source(repository.top).dirty == ("nodes/a.yaml", "nodes/b.yaml", "nodes/new.yaml")


def test_a_fleet_file_removed_or_replaced_by_a_link_is_named(repository: Repository) -> None:
    (repository.top / "fleet.yaml").unlink()
    assert _source(repository.top).dirty == ("fleet.yaml",)
    (repository.top / "fleet.yaml").symlink_to("/dev/zero")
    assert _source(repository.top).dirty == ("fleet.yaml",)


def test_a_revision_is_read_and_says_nothing_of_the_work_tree(repository: Repository) -> None:
    repository.commit("second", {"fleet.yaml": EDITED})
    repository.write({"fleet.yaml": b"third"})
    source = _source(repository.top, rev="main~1")
    assert (source.reader.read("fleet.yaml"), source.revision, source.dirty) == (FLEET, "main~1", ())


def test_the_work_tree_is_read_when_asked(repository: Repository) -> None:
    repository.write({"fleet.yaml": EDITED})
    source = _source(repository.top, worktree=True)
    assert (source.reader.read("fleet.yaml"), source.commit, source.tree) == (EDITED, "", "")
    assert source.authors_since("", ["fleet.yaml"]) == ()
    with pytest.raises(UsageProblem):
        _source(repository.top, rev="main", worktree=True)


def test_a_plain_folder_is_read_as_it_lies(tmp_path: Path) -> None:
    (tmp_path / "fleet.yml").write_bytes(FLEET)
    source = _source(tmp_path)
    assert (source.root, source.commit, source.dirty) == ("fleet.yml", "", ())
    assert _problem(tmp_path, rev="main").code == "F1018"


def test_a_fleet_below_the_top_is_read_relative_to_its_folder(repository: Repository) -> None:
    repository.commit("below", {"env/prod/fleet.yaml": EDITED, "env/prod/nodes/a.yaml": b"a"})
    source = _source(repository.top, "env/prod/fleet.yaml")
    assert source.root == "fleet.yaml"
    assert source.reader.read("fleet.yaml") == EDITED
    assert source.reader.paths() == ("fleet.yaml", "nodes/a.yaml")
    assert source.authors_since(repository.git("rev-parse", "HEAD~1"), ["nodes/a.yaml"]) == (
        "dana@example.com",
    )


def test_a_missing_fleet_file_is_an_error_and_never_an_empty_fleet(repository: Repository) -> None:
    repository.git("rm", "-q", "fleet.yaml")
    repository.commit("gone", {"README": b""})
    problem = _problem(repository.top)
    assert (problem.code, "never means" in problem.state) == ("F1019", True)
    assert _problem(repository.top, "other.yaml").code == "F1019"
    assert _problem(repository.top, worktree=True).code == "F1019"
    assert _source(repository.top, rev="main~1").root == "fleet.yaml"


def test_a_folder_that_the_commit_does_not_have(repository: Repository) -> None:
    (repository.top / "new").mkdir()
    (repository.top / "new" / "fleet.yaml").write_bytes(FLEET)
    assert _problem(repository.top, "new").code == "F1019"
    assert _source(repository.top, "new", worktree=True).root == "fleet.yaml"


@pytest.mark.parametrize("names", [("fleet.yaml", "Fleet.yaml"), ("fleet.yaml", "fleet.yml")])
def test_two_fleet_files_are_an_error(repository: Repository, names: tuple[str, str]) -> None:
    repository.commit("both", dict.fromkeys(names, FLEET))
    for worktree in (False, True):
        problem = _problem(repository.top, worktree=worktree)
        assert (problem.code, all(name in problem.message for name in names)) == ("F1026", True)


def test_another_spelling_alone_is_no_fleet_file(repository: Repository) -> None:
    repository.git("mv", "fleet.yaml", "Fleet.yaml")
    repository.git("commit", "-q", "-m", "rename")
    assert _problem(repository.top).code == "F1019"


@pytest.mark.parametrize(
    ("mode", "word"), [("120000", "symlink"), ("040000", "directory"), ("160000", "submodule")]
)
def test_a_fleet_file_of_another_type_at_a_commit(repository: Repository, mode: str, word: str) -> None:
    ids = {
        "120000": repository.blob(b"target"),
        "040000": repository.git("rev-parse", "HEAD^{tree}"),
        "160000": "1" * 40,
    }
    repository.commit_tree([(mode, ids[mode], b"fleet.yaml")])
    problem = _problem(repository.top)
    assert (problem.code, word in problem.message) == ("F1029", True)


def test_a_pointer_of_git_lfs_is_an_error(repository: Repository) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    repository.commit("lfs", {"fleet.yaml": pointer})
    for worktree in (False, True):
        source = _source(repository.top, worktree=worktree)
        with pytest.raises(SourceProblem, match="Git LFS") as caught:
            source.reader.read("fleet.yaml")
        assert caught.value.code == "F1029"


def _odd(kind: str) -> Callable[[Path], None]:
    return {
        "symlink": lambda path: path.symlink_to("/dev/zero"),
        "directory": lambda path: path.mkdir(),
        "special file": os.mkfifo,
    }[kind]


@pytest.mark.parametrize("kind", ["symlink", "directory", "special file"])
def test_a_fleet_file_of_another_type_in_a_folder(tmp_path: Path, kind: str) -> None:
    _odd(kind)(tmp_path / "fleet.yaml")
    problem = _problem(tmp_path)
    assert (problem.code, kind in problem.message) == ("F1029", True)


def _opened_paths() -> deque[str]:
    """The last paths that this process opened, from now on (an audit hook cannot be removed)."""
    opened: deque[str] = deque(maxlen=100)
    sys.addaudithook(lambda event, found: opened.append(str(found[0])) if event == "open" else None)
    return opened


def test_a_folder_reader_never_leaves_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_bytes(b"secret")
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    (fleet / "inside").write_bytes(b"inside")
    (fleet / "link").symlink_to(tmp_path / "outside")
    (fleet / "leaf").symlink_to(tmp_path / "secret")
    reader = FolderReader(fleet)
    opened = _opened_paths()
    for path in ("../secret", "link/x", "leaf", "a/../../secret", "", ".", "link/../../secret", "x\x00y"):
        with pytest.raises(SourceProblem):
            reader.read(path)
    with pytest.raises(SourceProblem):
        reader.read(str(tmp_path / "secret"))
    assert [path for path in opened if str(tmp_path) in path] == []
    opened.clear()
    assert reader.read("inside") == b"inside"
    assert [path for path in opened if str(tmp_path) in path] == [str(fleet / "inside")]
    assert reader.paths() == ("inside",)
    assert [reader.kind(path) for path in ("inside", "link", "link/x", "leaf", "none")] == [
        "file", "symlink", "symlink", "symlink", "missing",
    ]  # fmt: skip


def test_a_large_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fleet.yaml").write_bytes(b"x" * 11)
    monkeypatch.setattr(readers, "MAX_FILE", 10)
    with pytest.raises(SourceProblem) as caught:
        FolderReader(tmp_path).read("fleet.yaml")
    assert caught.value.code == "F1027"


def test_both_readers_see_the_same_files(repository: Repository) -> None:
    repository.commit("more", {"nodes/a.yaml": b"a", "b.yaml": b"b"})
    at_commit = _source(repository.top).reader
    lying = _source(repository.top, worktree=True).reader
    assert at_commit.paths() == lying.paths() == ("b.yaml", "fleet.yaml", "nodes/a.yaml")
    assert [at_commit.blob(path) for path in at_commit.paths()] == [lying.blob(p) for p in lying.paths()]
