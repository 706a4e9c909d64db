"""The workspace: where the fleet, its state folder and its environment are, and handles on them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import InputProblem, SourceProblem, StateProblem, UsageProblem
from fleetc.lang.text import visible
from fleetc.service.clock import SystemClock
from fleetc.service.config import Limits, Operator, Place, Policy, Project, read_operator, read_project

if TYPE_CHECKING:
    from fleetc.ports import Clock, Ledger, Platform, SnapshotStore

__all__ = ["PROJECT", "Environment", "Workspace"]

PROJECT = "fleetc.toml"
STATE = ".fleetc"
OPERATOR = "operator.toml"
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment: what the tree and the operator say of it, agreed.

    `path` is a folder below the workspace's root (`""` is the root). `account` is empty when only
    the fleet file names one.
    """

    name: str
    path: str
    account: str
    settings: Policy
    limits: Limits
    operator: Operator

    @property
    def platform(self) -> str:
        """The platform's name."""
        return self.settings.platform

    @property
    def concurrency(self) -> int:
        """How many calls may be under way at once."""
        return self.settings.concurrency

    @property
    def four_eyes(self) -> str:
        """`author`, `off` or `strict`."""
        return self.settings.four_eyes


class Workspace:
    """A workspace with one chosen environment. Handles are opened when first asked for, and kept.

    `file` is the fleet file's name when the command line gave it, else empty: it is looked for
    in `folder`. Opening a workspace writes nothing.
    """

    def __init__(
        self, root: Path, environment: Environment, *, state: Path, config: Path | None, file: str = ""
    ) -> None:
        self.root = root
        self.environment = environment
        self.state_dir = state
        self.file = file
        self.clock: Clock = SystemClock()
        self._config = config
        self._platforms: dict[str, Platform] = {}

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        state: str = "",
        config: str = "",
        environment: str = "",
        fleet_path: str = "",
    ) -> Workspace:
        """Find the workspace of `directory` (`-C`) and a fleet file or folder relative to it.

        `state` and `config` are relative to `directory`; empty, the environment variables
        FLEETC_STATE and FLEETC_CONFIG, then the defaults hold. Raises `InputProblem` for a
        mistake in a configuration file, `SourceProblem` for a path that is not there, and
        `UsageProblem` for an environment that is not named anywhere.
        """
        start = _existing(directory)
        folder, file = _target(start, fleet_path)
        root = _root(start, folder)
        project = read_project(root / PROJECT) if (root / PROJECT).is_file() else None
        name, place = _choose(project, environment, _asked(project, root, folder, fleet_path, environment))
        state_dir = _state(start, root, state)
        config_path = _operator_path(start, state_dir, config)
        operator = read_operator(config_path) if config_path else Operator()
        limits = project.limits if project else Limits()
        chosen = Environment(name, place.path, place.account, operator.policy(name), limits, operator)
        return cls(root, chosen, state=state_dir, config=config_path, file=file)

    @property
    def folder(self) -> Path:
        """The folder of the environment's fleet file."""
        return self.root / self.environment.path

    def arguments(self) -> list[str]:
        """The options that open the same workspace and environment in another process."""
        options = ["-C", str(self.root), "--state", str(self.state_dir), "-e", self.environment.name]
        return [*options, "--config", str(self._config)] if self._config else options

    def stored(self, name: str) -> bool:
        """Whether something stands in the place of the `ledger`, `snapshots` or `platform` file."""
        return os.path.lexists(self.state_dir / f"{name}.db")

    def prepare(self) -> Path:
        """The state folder, made when it is not there: mode 0700, ignored by git.

        Raises `StateProblem` when it cannot be made.
        """
        folder = self.state_dir
        try:
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not any(folder.iterdir()):
                (folder / ".gitignore").write_text("*\n", encoding="ascii")
        except OSError as error:
            raise StateProblem(
                f"the state folder {visible(str(folder))} cannot be made: {error.strerror}",
                state="nothing was done",
                next_step="name another folder with --state or FLEETC_STATE",
            ) from None
        return folder

    @cached_property
    def _ledger(self) -> Ledger:
        from fleetc.store.ledger import SqliteLedger

        return SqliteLedger(self.prepare() / "ledger.db", self.clock)

    @cached_property
    def _snapshots(self) -> SnapshotStore:
        from fleetc.store.snapshots import SqliteSnapshotStore

        return SqliteSnapshotStore(self.prepare() / "snapshots.db")

    def ledger(self) -> Ledger:
        """The ledger, made when it is not there."""
        return self._ledger

    def snapshots(self) -> SnapshotStore:
        """The snapshot store, made when it is not there."""
        return self._snapshots

    def platform(self, account: str) -> Platform:
        """The environment's platform, as that account; the embedded one is made when not there."""
        if account not in self._platforms:
            self._platforms[account] = self._open_platform(account)
        return self._platforms[account]

    def _open_platform(self, account: str) -> Platform:
        from fleetc.platforms.local import LocalConfig, LocalPlatform

        config = LocalConfig.from_mapping(dict(self.environment.settings.local))
        return LocalPlatform(self.prepare() / "platform.db", account, self.clock, config)


def _existing(directory: Path) -> Path:
    try:
        start = directory.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        raise SourceProblem(f"{visible(str(directory), 200)} does not exist", code="F1010") from None
    if not start.is_dir():
        raise SourceProblem(f"{visible(str(directory), 200)} is not a folder", code="F1010")
    return start


def _target(start: Path, fleet_path: str) -> tuple[Path, str]:
    """The folder that PATH names, and the file's name when it names a fleet file.

    A fleet file need not exist in the work tree: a revision may have it.
    """
    path = start / fleet_path
    try:
        is_file = path.suffix in _SUFFIXES and not path.is_dir()
    except OSError as error:
        raise SourceProblem(
            f"{visible(fleet_path, 200)} cannot be read: {error.strerror}", code="F1010"
        ) from None
    return (_existing(path.parent), path.name) if is_file else (_existing(path), "")


def _root(start: Path, folder: Path) -> Path:
    """The nearest folder with a fleetc.toml, no higher than the repository's top; else `folder`."""
    upward = (folder, *folder.parents)
    outermost = start if folder.is_relative_to(start) else folder
    top = next((item for item in upward if (item / ".git").exists()), outermost)
    for candidate in upward[: upward.index(top) + 1]:
        if (candidate / PROJECT).exists():
            return candidate
    return folder


def _asked(project: Project | None, root: Path, folder: Path, fleet_path: str, name: str) -> str:
    """The folder that decides the environment: PATH always, the current one when it holds one."""
    here = folder.relative_to(root).as_posix()
    here = "" if here == "." else here
    if fleet_path or project is None:
        return here
    return here if here and not name and _names_at(project, here) else ""


def _choose(project: Project | None, name: str, asked: str) -> tuple[str, Place]:
    if project is None:
        if name not in {"", "local"}:
            raise UsageProblem(
                f"there is no environment `{visible(name, 64)}`: without {PROJECT} the only one is `local`",
                code="F1024",
            )
        return "local", Place(asked)
    names = [name] if name else _names_at(project, asked)
    if len(names) != 1 or names[0] not in project.environments:
        raise UsageProblem(_which(project, name, asked), code="F1024", next_step="choose one with -e NAME")
    place = project.environments[names[0]]
    if asked and place.path != asked:
        raise UsageProblem(
            f"environment `{names[0]}` is in `{place.path or '.'}`, not in `{visible(asked, 200)}`",
            code="F1024",
        )
    return names[0], place


def _names_at(project: Project, asked: str) -> list[str]:
    return [name for name, place in project.environments.items() if not asked or place.path == asked]


def _which(project: Project, name: str, asked: str) -> str:
    from fleetc.lang.suggest import near

    known = ", ".join(project.environments)
    if name:
        similar = near(name, project.environments)
        hint = f"a similar name exists: `{similar}`" if similar else f"environments: {known}"
        return f"{PROJECT} names no environment `{visible(name, 64)}`; {hint}"
    if asked and not _names_at(project, asked):
        return f"no environment of {PROJECT} is in `{visible(asked, 200)}`; environments: {known}"
    return f"{PROJECT} names several environments: {known}"


def _state(start: Path, root: Path, state: str) -> Path:
    given = state or os.environ.get("FLEETC_STATE", "")
    try:
        folder = (start / given).resolve() if given else root / STATE
        linked = not given and folder.is_symlink()
        misplaced = linked or (folder.exists() and not folder.is_dir())
    except (OSError, ValueError, RuntimeError) as error:
        raise StateProblem(
            f"the state folder {visible(given, 200)} cannot be used: {visible(str(error), 200)}"
        ) from None
    if misplaced:
        kind = "is a symlink" if linked else "is not a folder"
        raise StateProblem(f"the state folder {visible(str(folder))} {kind}")
    return folder


def _operator_path(start: Path, state_dir: Path, config: str) -> Path | None:
    """The operator's file, or None; one that git holds is refused (a commit could change it)."""
    given = config or os.environ.get("FLEETC_CONFIG", "")
    try:
        path = start / given if given else state_dir / OPERATOR
        if not given and not path.exists():
            return None
        target = path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise InputProblem(
            f"the operator's file cannot be found: {visible(str(error), 200)}", code="F1020"
        ) from None
    from fleetc.git import is_tracked

    if is_tracked(target) or is_tracked(path.parent.resolve() / path.name):
        raise InputProblem(
            f"{visible(str(path))} is in git: an operator's file is never read from there",
            code="F1025",
            next_step="git rm --cached it, or name another file with --config",
        )
    return target
