"""What the last plan of a commit came to, so that a plan with nothing to do costs milliseconds.

A memo is kept for a commit's plan that ticks nothing. It holds as long as neither the ledger nor
the platform moved: the ledger by its stamp, the platform by its change counter (or the stored
snapshot by its digest). Memos live in the state folder; losing one costs a compile.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fleetc import __version__
from fleetc.ir.values import canonical
from fleetc.lang.diagnostics import Diagnostic

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.planning import Ask
    from fleetc.service.sources import Source
    from fleetc.service.workspace import Workspace

__all__ = ["Memo", "keep", "place", "recall", "state_of", "write"]

_MOST = 32


class Memo(msgspec.Struct, frozen=True):
    """The plan's digest and diagnostics, and what they rest on."""

    account: str
    state: str
    ledger: str
    digest: str
    diagnostics: tuple[Diagnostic, ...]


def recall(workspace: Workspace, source: Source, ask: Ask) -> tuple[Plan, Memo] | None:
    """The remembered plan, if everything it rests on still stands."""
    if not (source.commit and workspace.stored("ledger") and workspace.stored("snapshots")):
        return None
    try:
        memo = msgspec.json.decode(_path(workspace, source, ask).read_bytes(), type=Memo)
    except (OSError, msgspec.DecodeError):
        return None
    state = state_of(workspace, memo.account, ask)
    if not state or (memo.state, memo.ledger) != (state, workspace.ledger().stamp()):
        return None
    plan = workspace.ledger().get_plan(memo.digest)
    return (plan, memo) if plan else None


def keep(
    workspace: Workspace, source: Source, ask: Ask, plan: Plan, diagnostics: tuple[Diagnostic, ...]
) -> None:
    """Remember a plan of a commit that ticks nothing; a memo that cannot be written is left out."""
    state = state_of(workspace, plan.account, ask)
    if not (source.commit and state) or plan.requires_approval or plan.study:
        return
    memo = Memo(plan.account, state, workspace.ledger().stamp(), plan.digest, diagnostics)
    write(_path(workspace, source, ask), msgspec.json.encode(memo))


def write(path: Path, data: bytes) -> None:
    """Write a file of the memos' folder, which keeps the newest ones; or leave it out."""
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        for old in sorted(path.parent.iterdir(), key=_age)[: -_MOST or None]:
            old.unlink(missing_ok=True)
        path.write_bytes(data)
    except OSError:
        path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    return path.stat().st_mtime


def _path(workspace: Workspace, source: Source, ask: Ask) -> Path:
    return place(workspace, source.commit, source.root, source.revision, repr(ask))


def place(workspace: Workspace, *rests: str) -> Path:
    """The path of what is remembered of these texts, in this version and environment."""
    texts = [__version__, str(workspace.folder), repr(workspace.environment), *rests]
    name = hashlib.blake2b(canonical(texts), digest_size=16).hexdigest()
    return workspace.state_dir / "memos" / f"{name}.json"


def state_of(workspace: Workspace, account: str, ask: Ask) -> str:
    """What the platform (or the stored snapshot) is now, cheaply; empty when that cannot be told."""
    from fleetc.service.snapshots import glance

    return "" if ask.at else glance(workspace, ask.against, account=account)
