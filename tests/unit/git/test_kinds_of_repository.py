"""Which repositories are read, and what is said of the others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest

from fleetc.errors import SourceProblem
from fleetc.git import SourceRepo
from fleetc.gitdir import find_top
from tests.unit.git.repositories import Repository


def _refused(top: Path) -> SourceProblem:
    with pytest.raises(SourceProblem) as caught:
        SourceRepo(top).head()
    return caught.value


def test_the_top_is_found_from_below(repository: Repository) -> None:
    below = repository.top / "a" / "b"
    below.mkdir(parents=True)
    assert find_top(below) == repository.top
    assert find_top(repository.top.parent) is None


def test_a_shallow_clone_is_incomplete(repository: Repository) -> None:
    repository.commit("second", {"other": b""})
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.top}", "../shallow")
    problem = _refused(repository.top.parent / "shallow")
    assert problem.code == "F1014"
    assert "--unshallow" in problem.next_step


def test_a_partial_clone_is_incomplete(repository: Repository) -> None:
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git("clone", "-q", "--filter=blob:none", f"file://{repository.top}", "../partial")
    assert _refused(repository.top.parent / "partial").code == "F1014"


def test_a_missing_object_is_incomplete(repository: Repository) -> None:
    blob = repository.git("rev-parse", "HEAD:fleet.yaml")
    (repository.top / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    repo = SourceRepo(repository.top)
    entry = repo.entry(repo.head().commit, "fleet.yaml")
    with pytest.raises(SourceProblem) as caught:
        repo.read(entry, "fleet.yaml")
    assert caught.value.code == "F1014"


def test_a_missing_commit_is_incomplete(repository: Repository) -> None:
    commit = repository.git("rev-parse", "HEAD")
    (repository.top / ".git" / "objects" / commit[:2] / commit[2:]).unlink()
    assert _refused(repository.top).code == "F1014"


def test_a_damaged_object_is_an_error(repository: Repository) -> None:
    blob = repository.git("rev-parse", "HEAD:fleet.yaml")
    loose = repository.top / ".git" / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o600)
    loose.write_bytes(b"\x78\x9cnot deflated")
    repo = SourceRepo(repository.top)
    entry = repo.entry(repo.head().commit, "fleet.yaml")
    with pytest.raises(SourceProblem):
        repo.read(entry, "fleet.yaml")


def test_a_bare_repository_is_refused(repository: Repository) -> None:
    repository.git("clone", "-q", "--bare", ".", "../bare.git")
    problem = _refused(repository.top.parent / "bare.git")
    assert (problem.code, "bare" in problem.message) == ("F1013", True)


def test_borrowed_objects_are_refused(repository: Repository) -> None:
    repository.git("clone", "-q", "--shared", ".", "../shared")
    problem = _refused(repository.top.parent / "shared")
    assert (problem.code, "alternates" in problem.message) == ("F1013", True)


def test_grafts_are_refused(repository: Repository) -> None:
    (repository.top / ".git" / "info" / "grafts").write_text(repository.git("rev-parse", "HEAD") + "\n")
    assert _refused(repository.top).code == "F1013"


@pytest.mark.parametrize("packed", [False, True])
def test_replaced_objects_are_refused(repository: Repository, packed: bool) -> None:
    first = repository.git("rev-parse", "HEAD")
    second = repository.commit("second", {"other": b""})
    repository.git("replace", second, first)
    if packed:
        repository.git("pack-refs", "--all")
    problem = _refused(repository.top)
    assert (problem.code, "replace" in problem.message) == ("F1013", True)


def test_a_git_file_that_points_elsewhere_is_refused(repository: Repository) -> None:
    other = repository.top.parent / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {repository.top / '.git'}\n")
    assert _refused(other).code == "F1013"
    (other / ".git").unlink()
    (other / ".git").symlink_to(repository.top / ".git")
    assert _refused(other).code == "F1013"


def test_a_linked_work_tree_is_read(repository: Repository) -> None:
    repository.git("worktree", "add", "-q", "-b", "feature", "../linked")
    assert SourceRepo(repository.top.parent / "linked").head().text == "feature"


def test_an_unknown_format_is_an_error(make: Callable[[str], Repository], tmp_path: Path) -> None:
    make("other").git("init", "-q", "--object-format=sha256", str(tmp_path / "long-ids"))
    assert _refused(tmp_path / "long-ids").code == "F1028"


def test_a_broken_git_folder_is_an_error(repository: Repository) -> None:
    shutil.rmtree(repository.top / ".git" / "objects")
    assert _refused(repository.top).code in {"F1014", "F1028"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to another user")
def test_a_repository_of_another_user(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (repository.top, *repository.top.rglob("*")):
        os.chown(path, 12345, 12345)
    assert SourceRepo(repository.top).head().text == "main"
    monkeypatch.setattr("fleetc.git.opening.os.geteuid", lambda: 1000)
    pygit2.settings.owner_validation = True
    problem = _refused(repository.top)
    assert (problem.code, "safe.directory" in problem.next_step) == ("F1012", True)
