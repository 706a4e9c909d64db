"""Snapshots by what the user calls them, on a workspace with the embedded platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetc.cli.main import run
from fleetc.errors import StateProblem, UsageProblem
from fleetc.ir.state import Catalogue, Observation, Snapshot
from fleetc.platforms.local.profile import local_profile
from fleetc.service import snapshots
from fleetc.service.workspace import Workspace

RECORDED = Path(__file__).parents[3] / "snapshots"
ACCOUNT = "<account-id>"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "fleet.yaml").write_text('version: 1\naccount: "<account-id>"\n')
    return Workspace.open(tmp_path)


def test_each_name_leads_to_its_snapshot(workspace: Workspace) -> None:
    taken = snapshots.take(workspace, account=ACCOUNT)
    brought = snapshots.bring_in(workspace, RECORDED / "edge-applied.jsonl")
    assert snapshots.resolve(workspace, "snap-2", account=ACCOUNT) == brought
    assert snapshots.resolve(workspace, "2", account=ACCOUNT) == brought
    assert snapshots.resolve(workspace, "latest", account=ACCOUNT) == taken
    assert snapshots.resolve(workspace, "live", "2026-01-01T02:00:00Z", account=ACCOUNT) == brought
    assert snapshots.resolve(workspace, "empty", account=ACCOUNT).resources == ()
    found = snapshots.resolve(workspace, "edge-applied.jsonl", account=ACCOUNT, base=RECORDED)
    assert (found.source, found.resources) == ("recorded", brought.resources)
    assert snapshots.resolve(workspace, "live", account=ACCOUNT).serial == 3


def test_recorded_and_empty_states_make_no_file(workspace: Workspace) -> None:
    snapshots.resolve(workspace, "edge-base.jsonl", account=ACCOUNT, base=RECORDED)
    snapshots.resolve(workspace, "empty", account=ACCOUNT)
    with pytest.raises(StateProblem):
        snapshots.resolve(workspace, "snap-1", account=ACCOUNT)
    assert snapshots.listing(workspace) == ()
    assert not workspace.state_dir.exists()


@pytest.mark.parametrize(("against", "at"), [("nothing", ""), ("live", "soon"), ("empty", "2026-01-01")])
def test_what_cannot_be_meant(workspace: Workspace, against: str, at: str) -> None:
    snapshots.take(workspace, account=ACCOUNT)
    with pytest.raises(UsageProblem):
        snapshots.resolve(workspace, against, at, account=ACCOUNT)


def test_newest_and_time_travel(workspace: Workspace) -> None:
    def stored(taken_at: str, source: str = "live") -> Snapshot:
        seen = Observation(ACCOUNT, local_profile(), (), Catalogue(regions=(taken_at,)))
        return workspace.snapshots().put(seen, taken_at=taken_at, source=source)

    def at(moment: str) -> Snapshot:
        return snapshots.resolve(workspace, moment, account=ACCOUNT)

    first, second, third = (stored(f"2026-01-01T00:00:{second}Z") for second in (10, 20, 30))
    old = stored("2026-01-01T00:00:05Z", "import")
    assert snapshots.resolve(workspace, "latest", account=ACCOUNT) == third
    assert at("2026-01-01T00:00:29Z") == second
    assert at("2026-01-01T00:00:20Z") == second
    assert at("2026-01-01T01:00:19+01:00") == first
    assert at("2026-01-01T00:00:06Z") == old
    with pytest.raises(StateProblem):
        at("2026-01-01T00:00:00Z")
    with pytest.raises(StateProblem):
        snapshots.resolve(workspace, "latest", account="nobody")
    with pytest.raises(UsageProblem):
        at("2026-13-01T00:00:00Z")


def test_the_commands_go_round(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    here = ["-C", str(workspace.root)]
    source = RECORDED / "edge-applied.jsonl"
    assert run([*here, "snapshot", "import", str(source), "--label", "walk"]) == 0
    assert run([*here, "snapshot", "take", "--json"]) == 0
    assert run([*here, "snapshot", "list"]) == 0
    assert "walk" in capsys.readouterr().out
    assert run([*here, "snapshot", "export", "snap-1", "-o", "copy.jsonl"]) == 0
    assert (workspace.root / "copy.jsonl").read_bytes() == source.read_bytes()
    assert run([*here, "snapshot", "diff", "snap-1", "copy.jsonl"]) == 0
    assert capsys.readouterr().out.endswith("\nno difference\n")
    assert run([*here, "snapshot", "show", "snap-1"]) == 0
    assert "1 network, 3 node, 3 peer, 2 template, 1 virtual_ip" in capsys.readouterr().out
    assert run([*here, "snapshot", "show", "snap-9"]) == 1
