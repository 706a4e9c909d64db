"""The state folder: ledger, snapshots and the embedded platform, for all environments of a workspace.

What stands in it is kept apart by account; only the files are shared.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import StateProblem
from fleetc.lang.text import visible
from fleetc.service.clock import SystemClock

if TYPE_CHECKING:
    from fleetc.ports import Clock, Ledger, SnapshotStore

__all__ = ["StateFolder"]


class StateFolder:
    """Handles on the files of a state folder, opened when first asked for, and kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock: Clock = SystemClock()
        self._claims: dict[str, str] = {}

    def stored(self, name: str) -> bool:
        """Whether something stands in the place of the `ledger`, `snapshots` or `platform` file."""
        return os.path.lexists(self.path / f"{name}.db")

    def prepare(self) -> Path:
        """The folder, made when it is not there: mode 0700, ignored by git.

        Raises `StateProblem` when it cannot be made.
        """
        folder = self.path
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

    def claim(self, account: str, environment: str) -> str:
        """The environment that works on an account: the first one that said so."""
        return self._claims.setdefault(account, environment)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, made when it is not there."""
        from fleetc.store.ledger import SqliteLedger

        return SqliteLedger(self.prepare() / "ledger.db", self.clock)

    @cached_property
    def snapshots(self) -> SnapshotStore:
        """The snapshot store, made when it is not there."""
        from fleetc.store.snapshots import SqliteSnapshotStore

        return SqliteSnapshotStore(self.prepare() / "snapshots.db")
