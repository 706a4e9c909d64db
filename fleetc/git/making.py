"""Making a repository, and asking whether one holds a file, or anything of a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pygit2
from pygit2.enums import FileMode, ObjectType

from fleetc.git.opening import open_repository, reading
from fleetc.gitdir import find_top
from fleetc.lang.text import visible

__all__ = ["holds_of", "init_repository", "is_tracked"]


def is_tracked(path: Path) -> bool:
    """Whether git holds this file: in the index or at HEAD of the repository around it."""
    top = find_top(path.parent)
    if top is None:
        return False
    repo, name = open_repository(top), path.relative_to(top).as_posix()
    with reading(visible(str(path))):
        if name in repo.index:
            return True
        return not repo.head_is_unborn and name in repo[repo.head.target].peel(ObjectType.TREE)


def holds_of(folder: Path) -> str:
    """Something of a folder that git holds (at HEAD, or in the index at its top), from the repository's top.

    The case of the folder's own name is not looked at, as some file systems do not. Empty for nothing.
    """
    top = find_top(folder.parent)
    if top is None:
        return ""
    repo, name = open_repository(top), folder.relative_to(top).as_posix()
    with reading(visible(str(folder))):
        lying = os.listdir(folder) if folder.is_dir() else ()  # noqa: PTH208 - names are wanted, not paths
        staged = next((f"{name}/{each}" for each in lying if f"{name}/{each}" in repo.index), "")
        if staged or repo.head_is_unborn:
            return staged
        tree: pygit2.Object | None = repo[repo.head.target].peel(ObjectType.TREE)
        for part in folder.parent.relative_to(top).parts:
            tree = tree[part] if isinstance(tree, pygit2.Tree) and part in tree else None
        names = [str(each.name) for each in tree] if isinstance(tree, pygit2.Tree) else []
        same = next((each for each in names if each.casefold() == folder.name.casefold()), "")
        return (folder.parent.relative_to(top) / same).as_posix() if same else ""


def init_repository(path: Path, files: Mapping[str, bytes], message: str) -> str:
    """Make a repository on branch `main` with one commit of `files`; the commit's id.

    The identity is git's own, else `fleetc <fleetc@localhost>`.
    """
    with reading(visible(str(path))):
        repo = pygit2.init_repository(str(path), initial_head="main")
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
            repo.index.add(pygit2.IndexEntry(name, repo.create_blob(data), FileMode.BLOB))
        repo.index.write()
        who = _signature(repo)
        return str(repo.create_commit("HEAD", who, who, message, repo.index.write_tree(), []))


def _signature(repo: pygit2.Repository) -> pygit2.Signature:
    try:
        return repo.default_signature
    except (KeyError, ValueError, pygit2.GitError):
        return pygit2.Signature("fleetc", "fleetc@localhost")
