"""What to know beside a plan: where its commit stands, who else applied here, what is done with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleetc.lang.diagnostics import Diagnostic
from fleetc.lang.text import visible

if TYPE_CHECKING:
    from fleetc.service.sources import Source
    from fleetc.service.workspace import Workspace

__all__ = ["applied_commit", "begun_commit", "notes_of"]


def notes_of(
    workspace: Workspace, source: Source, account: str, noticed: Sequence[Diagnostic], *, live: bool
) -> tuple[str, ...]:
    """The notes of a plan; `noticed` is what its diff noticed, `live` whether it looked at the platform."""
    others = _of_others(workspace, account) if live else ()
    return (*_of_history(workspace, source, account), *others, *_done_with(noticed))


def applied_commit(workspace: Workspace, account: str) -> str:
    """The commit applied last, as the ledger knows it; empty when none was."""
    return workspace.ledger().applied_commit(account) if workspace.stored("ledger") else ""


def begun_commit(workspace: Workspace, account: str) -> str:
    """The commit that the first approved run of an account was of; empty when there was none."""
    if not workspace.stored("ledger"):
        return ""
    ledger = workspace.ledger()
    approved = (each for run in reversed(ledger.runs(account)) for each in ledger.approvals(run.digest))
    return next((each.commit for each in approved if each.commit), "")


def _of_others(workspace: Workspace, account: str) -> tuple[str, ...]:
    """That a run which this ledger does not hold has changed the account."""
    run = workspace.platform(account).last_tag().partition("/")[0]
    if not run.startswith("run-") or (workspace.stored("ledger") and workspace.ledger().get_run(run)):
        return ()
    said = (
        f"note: another fleetc has applied to this account ({visible(run, 80)}), and its ledger is not here"
    )
    return (f"{said}: what only it knows is not deleted, what both declare is taken over where you tick it",)


def _of_history(workspace: Workspace, source: Source, account: str) -> tuple[str, ...]:
    """What to know about the plan's commit: left out files, and where it stands in history."""
    if not source.commit:
        return ("note: planned from the files as they lie, not from a commit",)
    notes = []
    if source.dirty:
        notes.append(f"note: not in this plan, because not committed: {', '.join(source.dirty)}")
    if source.edited:
        edited = ", ".join(visible(path, 200) for path in source.edited)
        notes.append(f"note: not as in this commit: {edited}; who plans with it counts as an author")
    applied = applied_commit(workspace, account)
    if applied and (said := _HISTORY.get(source.relation(applied))):
        notes.append(f"note: {said} ({applied[:12]})")
    return tuple(notes)


def _done_with(noticed: Sequence[Diagnostic]) -> tuple[str, ...]:
    """The entries of the fleet file that have nothing left to do here, a few of each sort."""
    notes: list[str] = []
    for code in ("F0652", "F0653"):
        found = [item for item in noticed if item.code == code]
        notes += [f"note: {item.message} ({item.primary.span}, {code})" for item in found[:_SHOWN]]
        if len(found) > _SHOWN:
            notes.append(f"note: and {len(found) - _SHOWN} more like it ({code})")
    return tuple(notes)


_SHOWN = 3
_HISTORY = {
    "back": "this plan goes back: its commit is older than the one applied last",
    "diverged": "history was rewritten, or this is another branch: the commit applied last is not before it",
}
