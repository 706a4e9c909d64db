"""The workspace: where the fleet, its state folder and its environment are, and handles on them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import UsageProblem
from fleetc.service.binding import refuse_unbound
from fleetc.service.choosing import choose, folder_asked
from fleetc.service.config import Limits, Operator, Policy, read_project
from fleetc.service.locating import (
    PROJECT,
    existing,
    refuse_other_state,
    refuse_tracked_state,
    root_of,
    state_asked,
    state_path,
    target,
)
from fleetc.service.operator_file import OperatorFile
from fleetc.service.state_folder import StateFolder

if TYPE_CHECKING:
    from fleetc.ports import Clock, Ledger, Platform, SnapshotStore
    from fleetc.run.authority import Approvers

__all__ = ["PROJECT", "Environment", "Workspace", "one_of"]


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


class Workspace:
    """A workspace with one chosen environment. Handles are opened when first asked for, and kept.

    `file` is the fleet file's name when the command line gave it, else empty: it is looked for
    in `folder`. Opening a workspace writes nothing. Workspaces that were opened together share
    the handles of one `StateFolder`, never a platform.
    """

    def __init__(
        self,
        root: Path,
        environment: Environment,
        *,
        state: StateFolder,
        config: OperatorFile,
        file: str = "",
    ) -> None:
        self.root = root
        self.environment = environment
        self.file = file
        self._state = state
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
        """The workspace of `directory` with one environment, as `open_all` finds it.

        Raises `UsageProblem` when the name fits several.
        """
        names = (environment,) if environment else ()
        opened = cls.open_all(directory, state=state, config=config, names=names, fleet_path=fleet_path)
        return one_of(opened)

    @classmethod
    def open_all(
        cls,
        directory: Path,
        *,
        state: str = "",
        config: str = "",
        names: Sequence[str] = (),
        every: bool = False,
        fleet_path: str = "",
    ) -> tuple[Workspace, ...]:
        """Find the workspace of `directory` (`-C`) and a fleet file or folder relative to it.

        One is opened for each environment that `names` (names or globs) or `every` says, in the
        order of `fleetc.toml`. `state` and `config` are relative to `directory`; empty, the
        environment variables FLEETC_STATE and FLEETC_CONFIG, then the defaults hold. Raises
        `InputProblem` for a mistake in a configuration file, `SourceProblem` for a path that is
        not there, `UsageProblem` for an environment that is not named anywhere, and `Refused` for a state
        folder that git holds, or that another one should be (`locating`).
        """
        start = existing(directory)
        folder, file = target(start, fleet_path)
        root = root_of(start, folder)
        project = read_project(root / PROJECT) if os.path.lexists(root / PROJECT) else None
        asked = folder_asked(project, root, folder, fleet_path, bool(names or every))
        chosen = choose(project, names, asked, every=every)
        shared = StateFolder(state_path(start, root, state))
        operator_file = OperatorFile(start, shared.path, config)
        refuse_tracked_state(shared.path)
        if not state_asked(state):
            refuse_other_state(shared.path, root, [folder, *(root / place.path for _, place in chosen)])
        operator = operator_file.now()
        limits = project.limits if project else Limits()
        for name, place in chosen:
            refuse_unbound(operator, name, place.account, f"{PROJECT}:")
        environments = (
            Environment(name, place.path, place.account, operator.policy(name), limits, operator)
            for name, place in chosen
        )
        return tuple(cls(root, each, state=shared, config=operator_file, file=file) for each in environments)

    @property
    def folder(self) -> Path:
        """The folder of the environment's fleet file."""
        return self.root / self.environment.path

    @property
    def state_dir(self) -> Path:
        """The state folder, there or not."""
        return self._state.path

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self._state.clock

    def arguments(self) -> list[str]:
        """The options that open the same workspace and environment in another process."""
        options = ["-C", str(self.root), "--state", str(self.state_dir), "-e", self.environment.name]
        return [*options, "--config", str(self._config.path)] if self._config.path else options

    @property
    def has_operator(self) -> bool:
        """Whether there is an operator's file."""
        return self._config.path is not None

    def operator(self) -> Operator:
        """What the operator's file says now; raises `InputProblem` when it is gone or broken."""
        return self._config.now()

    def approvers(self, account: str, environment: str) -> Approvers:
        """Who may approve what, by the operator's file as it is now; raises `InputProblem` as it does.

        Of an account that was applied as another environment, the stricter of both counts.
        """
        from fleetc.run.authority import Approvers

        operator = self.operator()
        policy = operator.strictest(environment, filter(None, [self.applied_as(account)]))
        return Approvers(operator.access, policy.four_eyes)

    def policy(self, account: str) -> Policy:
        """What the operator's file said of the environment when this was opened.

        Of an account that was applied as another environment, the stricter of both counts.
        """
        known = self.environment.operator
        return known.strictest(self.environment.name, filter(None, [self.applied_as(account)]))

    def applied_as(self, account: str) -> str:
        """The environment that an account was applied as last; empty when it never was."""
        return self.ledger().applied_environment(account) if self.stored("ledger") else ""

    def stored(self, name: str) -> bool:
        """Whether something stands in the place of the `ledger`, `snapshots` or `platform` file."""
        return self._state.stored(name)

    def prepare(self) -> Path:
        """The state folder, made when it is not there; raises `StateProblem` when it cannot be."""
        return self._state.prepare()

    def ledger(self) -> Ledger:
        """The ledger, made when it is not there."""
        return self._state.ledger

    def snapshots(self) -> SnapshotStore:
        """The snapshot store, made when it is not there."""
        return self._state.snapshots

    def claimed_by(self, account: str) -> str:
        """The environment that works on an account in this run: this one, unless another does."""
        return self._state.claim(account, self.environment.name)

    def platform(self, account: str) -> Platform:
        """The environment's platform, as that account; the embedded one is made when not there."""
        if account not in self._platforms:
            self._platforms[account] = self._open_platform(account)
        return self._platforms[account]

    def _open_platform(self, account: str) -> Platform:
        from fleetc.platforms.local import LocalConfig, LocalPlatform

        config = LocalConfig.from_mapping(dict(self.environment.settings.local))
        return LocalPlatform(self.prepare() / "platform.db", account, self.clock, config)


def one_of(opened: Sequence[Workspace]) -> Workspace:
    """The only one; raises `UsageProblem` (F1024) when several were chosen."""
    if len(opened) == 1:
        return opened[0]
    names = ", ".join(each.environment.name for each in opened)
    raise UsageProblem(
        f"this is about one environment, and {len(opened)} were chosen: {names}",
        code="F1024",
        next_step="choose one with -e NAME",
    )
