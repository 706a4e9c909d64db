"""What a tree gives: regular files only, known by type, with a bound on sizes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pygit2
import pytest

from fleetc.errors import SourceProblem
from fleetc.git import SourceRepo, init_repository, is_tracked, opening
from fleetc.git import repo as repo_module
from tests.unit.git.repositories import FLEET, Repository


def test_kinds_of_entries(repository: Repository) -> None:
    blob, tree = repository.blob(b"x"), repository.git("rev-parse", "HEAD^{tree}")
    commit = repository.commit_tree(
        [
            ("100644", blob, b"plain"),
            ("100755", blob, b"run"),
            ("120000", blob, b"link"),
            ("160000", "1" * 40, b"module"),
            ("040000", tree, b"folder"),
        ]
    )
    repo = SourceRepo(repository.top)
    names = (
        "plain",
        "run",
        "link",
        "module",
        "folder",
        "none",
        "plain/x",
        "link/x",
        "module/x",
        "folder/fleet.yaml",
    )
    assert [repo.entry(commit, name).kind for name in names] == [
        "file", "file", "symlink", "submodule", "directory", "missing", "missing", "missing", "missing", "file",
    ]  # fmt: skip
    assert repo.read(repo.entry(commit, "folder/fleet.yaml"), "fleet.yaml") == FLEET
    assert {path: entry.kind for path, entry in repo.files(commit, "").items()} == {
        "folder/fleet.yaml": "file",
        "link": "symlink",
        "module": "submodule",
        "plain": "file",
        "run": "file",
    }
    odd = ("../plain", "./plain", "folder//fleet.yaml", "/plain", "folder/", "a\x00b", "\udcff", "x" * 10_000)
    assert {repo.entry(commit, name).kind for name in odd} == {"missing"}
    assert list(repo.files(commit, "folder")) == ["fleet.yaml"]
    assert repo.files(commit, "none") == {}


def test_files_whose_names_are_not_clean_text_are_left_out(repository: Repository) -> None:
    blob = repository.blob(b"x")
    names = (b"a\nb.yaml", b"a\x1b[2J.yaml", b"\xff.yaml", "a\u202eb.yaml".encode(), b"clean.yaml")
    commit = repository.commit_tree([("100644", blob, name) for name in names])
    repo = SourceRepo(repository.top)
    assert list(repo.files(commit, "")) == ["clean.yaml"]
    assert set(repo.names(commit, "")) == set(map(os.fsdecode, names))


def test_bytes_come_as_committed_without_filters(repository: Repository) -> None:
    data = b"version: 1\r\n# $Id$\r\n"
    repository.git("config", "core.autocrlf", "input")
    repository.write({".gitattributes": b"*.yaml text eol=crlf ident\n"})
    commit = repository.commit_tree([("100644", repository.blob(data), b"fleet.yaml")])
    repo = SourceRepo(repository.top)
    assert repo.read(repo.entry(commit, "fleet.yaml"), "fleet.yaml") == data


def test_the_size_is_known_before_the_bytes_are_read(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = SourceRepo(repository.top)
    entry = repo.entry(repo.head().commit, "fleet.yaml")
    monkeypatch.setattr(opening, "MAX_OBJECT", len(FLEET) - 1)
    monkeypatch.setattr(pygit2.Repository, "__getitem__", lambda *_: pytest.fail("the object was read"))
    with pytest.raises(SourceProblem) as caught:
        repo.read(entry, "fleet.yaml")
    assert caught.value.code == "F1027"


def test_a_tree_with_too_many_entries_is_an_error(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repository.commit("more", {f"nodes/{n}.yaml": b"" for n in range(5)})
    monkeypatch.setattr(repo_module, "MAX_ENTRIES", 4)
    with pytest.raises(SourceProblem) as caught:
        SourceRepo(repository.top).files(commit, "")
    assert caught.value.code == "F1027"


def test_init_makes_one_commit_that_git_accepts(tmp_path: Path) -> None:
    commit = init_repository(tmp_path / "new", {"fleet.yaml": FLEET, "nodes/a.yaml": b"a\n"}, "Declare")
    made = Repository(tmp_path / "new")
    assert made.git("log", "--format=%H %s") == f"{commit} Declare"
    assert made.git("status", "--porcelain") == ""
    assert made.git("fsck", "--strict") == ""
    assert made.git("symbolic-ref", "HEAD") == "refs/heads/main"


def test_init_brings_an_identity_when_git_has_none(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from fleetc.git import init_repository;"
        "init_repository(Path(sys.argv[1]), {'fleet.yaml': b''}, 'Declare')"
    )
    (tmp_path / "home").mkdir()
    home = str(tmp_path / "home")
    environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home}
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "new")], env=environment, check=True, timeout=60
    )
    assert Repository(tmp_path / "new").git("log", "--format=%an <%ae>") == "fleetc <fleetc@localhost>"


def test_what_git_holds_is_tracked(repository: Repository) -> None:
    repository.write({"staged": b"", "loose": b"", "sub/kept": b""})
    repository.git("add", "staged", "sub/kept")
    repository.git("commit", "-q", "-m", "keep", "sub/kept")
    repository.git("rm", "-q", "--cached", "sub/kept")
    tracked = {
        name: is_tracked(repository.top / name) for name in ("fleet.yaml", "staged", "sub/kept", "loose")
    }
    assert tracked == {"fleet.yaml": True, "staged": True, "sub/kept": True, "loose": False}
    assert not is_tracked(repository.top.parent / "outside")
