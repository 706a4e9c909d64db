"""Read-only is a property of the session: whatever front asks, nothing that writes gets through."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleetc.errors import ExitCode, Refused
from fleetc.service import identity, planning
from fleetc.service.opening import Opening
from fleetc.service.session import ReviewSession
from fleetc.service.starting import init
from fleetc.service.workspace import Workspace

READS = {
    "approved_before", "command", "compare_runs", "contents", "difference", "drift", "events", "latest_run",
    "lock", "look_back", "look_live", "looks", "moved", "now", "observed", "open_request", "requested",
    "requests", "requests_mark", "rule_texts", "run", "run_plan", "run_summary", "runs", "runs_mark", "shelf",
    "shelf_mark", "snapshot", "snapshot_age", "source_line", "standing", "take_draft", "tallies",
}  # fmt: skip
"""What a read-only session does. `take_draft` takes what `draft` made, and that is refused."""

WRITES: dict[str, Callable[[ReviewSession, Path], Any]] = {
    "abandon": lambda session, _: session.abandon("run-1", "why"),
    "apply": lambda session, _: session.apply(own(session)),
    "approve": lambda session, _: session.approve(own(session), "local 0", ""),
    "approve_request": lambda session, _: session.approve_request(session.plan.digest, "local 0"),
    "draft": lambda session, _: session.draft(),
    "export_run": lambda session, place: session.export_run("run-1", str(place / "r.jsonl")),
    "pause": lambda session, _: session.pause("run-1"),
    "plan_rest": lambda session, _: session.plan_rest("run-1"),
    "reject_request": lambda session, _: session.reject_request(session.plan.digest, "why"),
    "replan": lambda session, _: session.replan(),
    "resume": lambda session, _: session.resume("run-1"),
    "revoke_request": lambda session, _: session.revoke_request(session.plan.digest, "", "why"),
    "save": lambda session, place: session.save(own(session), str(place / "p.json")),
    "save_snapshot": lambda session, place: session.save_snapshot("1", str(place / "s.jsonl")),
}


@pytest.fixture(autouse=True)
def _dana(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "os_user", lambda: "dana")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return init(tmp_path_factory.mktemp("read-only") / "edge")


@pytest.fixture
def session(workspace: Workspace) -> ReviewSession:
    ask = planning.Ask()
    return ReviewSession(workspace, planning.make_plan(workspace, ask), ask, read_only="served")


def own(session: ReviewSession) -> bytes:
    return bytes(action.selected for action in session.plan.actions)


def stored(workspace: Workspace) -> dict[str, tuple[object, ...]]:
    """Every row of the ledger and the other files, whatever the database pages look like."""
    import sqlite3
    from contextlib import closing

    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(workspace.state_dir.glob("*.db")):
        with closing(sqlite3.connect(path)) as connection:
            found[path.name] = tuple(connection.iterdump())
    for path in sorted(path for path in workspace.root.glob("*.*") if path.is_file()):
        found[path.name] = (hashlib.sha256(path.read_bytes()).hexdigest(),)
    return found


def test_every_method_of_a_session_reads_or_is_refused() -> None:
    methods = {
        name
        for name in dir(ReviewSession)
        if not name.startswith("_") and callable(getattr(ReviewSession, name))
    }
    assert methods == READS | WRITES.keys(), "say in this file whether the new method writes"


@pytest.mark.parametrize("name", sorted(WRITES))
def test_a_read_only_session_refuses_every_write(
    session: ReviewSession, workspace: Workspace, tmp_path: Path, name: str
) -> None:
    before = stored(workspace)
    with pytest.raises(Refused) as caught:
        WRITES[name](session, tmp_path)
    assert caught.value.code == "F0734"
    assert caught.value.exit_code == ExitCode.REFUSED
    assert "served" in caught.value.message
    assert stored(workspace) == before
    assert list(tmp_path.iterdir()) == []


def test_it_says_so_and_still_reads(session: ReviewSession) -> None:
    assert session.read_only == "served"
    assert session.standing(own(session)).status == "waiting"
    assert session.command(own(session)).startswith("fleetc -e local plan")
    assert session.requests()[0].environment == "local"


@pytest.mark.parametrize(
    ("rights", "reason"),
    [
        (["viewer", "system.gitops.sync"], "no role"),
        (["operator"], ""),
        (["approver", "system.gitops.sync"], ""),
    ],
)
def test_who_may_neither_approve_nor_apply_has_no_role(
    tmp_path: Path, rights: list[str], reason: str
) -> None:
    init(tmp_path / "edge")
    words = ", ".join(f'"{each}"' for each in rights)
    operator = tmp_path / "edge" / ".fleetc" / "operator.toml"
    operator.write_text(f'[access.edge-demo]\n"user:dana" = [{words}]\n')
    workspace, ask = Workspace.open(tmp_path / "edge"), planning.Ask()
    assert ReviewSession(workspace, planning.make_plan(workspace, ask), ask).read_only == reason


def test_without_it_the_same_session_writes(workspace: Workspace) -> None:
    opening = Opening([workspace], planning.Ask())
    (outcome,) = opening.open()
    assert outcome.value is not None
    assert outcome.value.read_only == ""
    assert outcome.value.approve(own(outcome.value), "local 0", "").approval.approver == "user:dana"


def test_an_opening_makes_read_only_sessions_and_tells_what_it_does(workspace: Workspace) -> None:
    told: list[str] = []
    opening = Opening([workspace], planning.Ask(worktree=True), read_only="served")
    (outcome,) = opening.open(told.append)
    assert outcome.value is not None
    assert outcome.value.read_only == "served"
    assert told[0] == "reading the fleet file"
    assert any(text.startswith("observing ") and text.endswith("(page 10)") for text in told), told
    (last,) = opening.last()
    assert last.value is not None
    assert last.value.plan.environment == "local"


def test_the_telling_ends_the_planning_when_it_raises(workspace: Workspace) -> None:
    def stop(doing: str) -> None:
        if doing.startswith("observing"):
            raise Refused("cancelled")

    opening = Opening([workspace], planning.Ask(worktree=True))
    before = stored(workspace)
    (outcome,) = opening.open(stop)
    assert outcome.value is None
    assert str(outcome.problem) == "cancelled"
    assert stored(workspace) == before
