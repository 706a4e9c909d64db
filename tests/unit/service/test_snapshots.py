"""Snapshots by what the user calls them, on a workspace with the embedded platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetc.cli.main import run
from fleetc.errors import StateProblem, UsageProblem
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


def test_differences_by_field(workspace: Workspace) -> None:
    before = snapshots.resolve(workspace, "edge-base.jsonl", account=ACCOUNT, base=RECORDED)
    after = snapshots.resolve(workspace, "edge-applied.jsonl", account=ACCOUNT, base=RECORDED)
    assert snapshots.diff(before, before) == ()
    assert [item.change for item in snapshots.diff(before, after)] == ["added"] * 12
    assert [item.change for item in snapshots.diff(after, before)] == ["removed"] * 12
    one = after.resources[0]
    odd = type(one)(one.address, one.kind, "other", {**one.fields, "status": "stopped"})
    changed = type(after)(ACCOUNT, after.profile, (odd, *after.resources[1:]), after.catalogue)
    (found,) = snapshots.diff(after, changed)
    assert (found.change, found.address) == ("changed", one.address)
    assert [(f.path, f.before, f.after) for f in found.fields] == [
        ("id", one.id, "other"),
        ("status", "running", "stopped"),
    ]


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
    assert capsys.readouterr().out == "no difference\n"
    assert run([*here, "snapshot", "show", "snap-1"]) == 0
    assert "1 network, 3 node, 3 peer, 2 template, 1 virtual_ip" in capsys.readouterr().out
    assert run([*here, "snapshot", "show", "snap-9"]) == 1
