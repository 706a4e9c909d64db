"""Drift as the use case tells it: what, against what, and since when, on the embedded platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetc.errors import FleetcError, Refused
from fleetc.plan.drift import DriftState
from fleetc.service import planning, snapshots
from fleetc.service.drifting import DriftReport, drift_of
from fleetc.service.history import steps
from fleetc.service.session import ReviewSession
from fleetc.service.workspace import Workspace
from tests.cli.conftest import Fleetc

PEER = "peer/edge-fabric/edge-tokyo-02"
VIP = "virtual_ip/edge-fabric/cdn-frontend"


def report(folder: Path, **more: str) -> DriftReport:
    workspace = Workspace.open(folder)
    made = planning.make_plan(workspace, planning.Ask(**more))  # type: ignore[arg-type]
    return drift_of(workspace, made.plan)


def reviewed(folder: Path) -> ReviewSession:
    workspace = Workspace.open(folder)
    return ReviewSession(workspace, planning.make_plan(workspace, planning.Ask()), planning.Ask(base=folder))


def told(found: DriftReport) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (str(each.drift.state), each.drift.address, tuple(field.path for field in each.drift.fields))
        for each in found.drift
    ]


def test_nothing_drifts_from_what_was_applied(applied: Path) -> None:
    found = report(applied)
    assert (told(found), found.complete, found.verified, found.resources) == ([], True, True, 13)


def test_three_values_of_a_field_and_since_when(applied: Path, fleetc: Fleetc) -> None:
    before = report(applied).checked_at
    assert fleetc("-C", str(applied), "platform", "set", PEER, "listen_port=51999").code == 0
    first = report(applied)
    (each,) = first.drift
    (field,) = each.drift.fields
    assert (field.path, field.desired, field.live, field.baseline) == ("listen_port", 51820, 51999, 51820)
    assert each.drift.action == f"update:{PEER}"
    assert each.first_seen is not None
    assert (each.first_seen.at, each.first_seen.after) == (first.checked_at, before)
    later = report(applied)
    assert later.checked_at > first.checked_at
    assert later.drift[0].first_seen == each.first_seen
    assert fleetc("-C", str(applied), "platform", "set", PEER, "listen_port=52000").code == 0
    assert report(applied).drift[0].first_seen == each.first_seen


def test_what_is_gone_and_what_nobody_declared(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    before = report(applied).checked_at
    assert fleetc(*here, "platform", "delete", "peer/edge-fabric/edge-london-01").code == 0
    found = report(applied)
    missing = found.drift[-1]
    assert told(found)[-1][:2] == ("missing", "peer/edge-fabric/edge-london-01")
    assert missing.first_seen is not None
    assert missing.first_seen.after == before
    assert all(field.live is None for field in missing.drift.fields)
    assert any(field.baseline is not None for field in missing.drift.fields)


def test_a_fail_over_is_no_drift(applied: Path, fleetc: Fleetc) -> None:
    assert fleetc("-C", str(applied), "platform", "fail-over", VIP).code == 0
    found = report(applied)
    assert (told(found), found.failed_over) == ([], (VIP,))


def test_drift_that_a_run_put_back_and_that_came_again_is_new(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    assert fleetc(*here, "platform", "set", PEER, "listen_port=51999").code == 0
    first = report(applied).drift[0].first_seen
    assert fleetc(*here, "plan", "-o", str(applied / "p.json")).code == 0
    assert fleetc(*here, "approve", str(applied / "p.json"), "--as", "kim").code == 0
    assert fleetc(*here, "apply", str(applied / "p.json"), "--foreground").code == 0
    assert fleetc(*here, "platform", "set", PEER, "listen_port=51999").code == 0
    again = report(applied).drift[0].first_seen
    assert first is not None
    assert again is not None
    assert again.at > first.at
    assert again.after >= first.at


def test_only_live_looks_tell_since_when(applied: Path, fleetc: Fleetc, tmp_path: Path) -> None:
    here = ("-C", str(applied))
    old = tmp_path / "old.jsonl"
    assert fleetc(*here, "snapshot", "export", "-o", str(old)).code == 0
    assert fleetc(*here, "platform", "set", PEER, "listen_port=51999").code == 0
    first = report(applied).drift[0].first_seen
    assert fleetc(*here, "snapshot", "import", str(old)).code == 0
    assert report(applied).drift[0].first_seen == first


def test_against_a_recorded_state_it_says_that_it_is_for_study(applied: Path, fleetc: Fleetc) -> None:
    found = report(applied, against="empty")
    assert (found.drift, found.verified) == ((), True)
    assert found.study


def test_each_step_of_one_resource(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    report(applied)
    assert fleetc(*here, "platform", "set", PEER, "listen_port=51999").code == 0
    report(applied)
    assert fleetc(*here, "platform", "delete", PEER).code == 0
    workspace = Workspace.open(applied)
    gone = snapshots.take(workspace, account="edge-demo")
    found = steps(workspace, PEER, account="edge-demo")
    assert [each.difference.change for each in found] == ["removed", "changed", "added"]
    assert found[0].snapshot.name == gone.name
    assert [field.path for field in found[1].difference.fields] == ["listen_port"]
    assert steps(workspace, "peer/none/none", account="edge-demo") == ()


def test_counts_by_state(applied: Path, fleetc: Fleetc) -> None:
    assert fleetc("-C", str(applied), "platform", "set", PEER, "listen_port=51999").code == 0
    found = report(applied)
    assert found.counts == {DriftState.CHANGED: 1, DriftState.MISSING: 0, DriftState.UNMANAGED: 0}


def test_what_was_made_anew_by_hand_and_what_nobody_declared(applied: Path) -> None:
    workspace = Workspace.open(applied)
    platform = workspace.platform("edge-demo")
    old, network, instance = (
        platform.find(address)[0] for address in (PEER, "network/edge-fabric", "instance/edge-tokyo-02")
    )
    before = report(applied)
    assert told(before) == []
    platform.call("detach_peer", {"peer_id": old.id}, tag="")
    again = {"network_id": network.id, "instance_id": instance.id, "publicly_reachable": False}
    platform.call("attach_peer", {**again, "listen_port": 51820}, tag="")
    platform.call("create_network", {"name": "by-hand"}, tag="")
    session = reviewed(applied)
    found = session.drift()
    assert ("changed", PEER) in [each[:2] for each in told(found)]
    assert ("unmanaged", "network/by-hand", ()) in told(found)
    assert all(each.first_seen and each.first_seen.at == found.checked_at for each in found.drift)
    assert all(each.first_seen and each.first_seen.after == before.checked_at for each in found.drift)
    seen = session.observed("network/by-hand")
    assert seen is not None
    assert seen.id == platform.find("network/by-hand")[0].id
    assert session.observed("network/none") is None


def test_a_run_after_the_look_is_named(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    assert fleetc(*here, "platform", "set", PEER, "listen_port=51999").code == 0
    session = reviewed(applied)
    assert session.drift().later_run == ""
    assert fleetc(*here, "plan", "-o", str(applied / "p.json")).code == 0
    assert fleetc(*here, "approve", str(applied / "p.json"), "--as", "kim").code == 0
    assert fleetc(*here, "apply", str(applied / "p.json"), "--foreground").code == 0
    assert session.drift().later_run == Workspace.open(applied).ledger().runs()[0].id
    session.replan()
    assert (session.drift().later_run, session.drift().drift) == ("", ())


def test_snapshots_say_why_they_were_taken(applied: Path, fleetc: Fleetc, tmp_path: Path) -> None:
    here = ("-C", str(applied))
    assert fleetc(*here, "snapshot", "take", "--label", "by hand").code == 0
    session = reviewed(applied)
    mark = session.shelf_mark()
    old = tmp_path / "old.jsonl"
    session.save_snapshot("snap-1", str(old))
    assert fleetc(*here, "snapshot", "import", str(old)).code == 0
    assert session.shelf_mark() != mark
    found = session.shelf()
    run = found.runs[0].id
    assert {each.row.name: each.why for each in found.kept}["snap-1"] == f"before {run}"
    assert sorted(each.why for each in found.kept)[:1] + sorted(
        each.why for each in found.kept if each.row.source == "import"
    ) == [f"before {run}", "imported"]
    assert "by hand" in {each.why for each in found.kept}
    assert found.size == (applied / ".fleetc" / "snapshots.db").stat().st_size
    assert session.contents("snap-1").kinds == {"template": 1}
    with pytest.raises(FleetcError) as taken:
        session.save_snapshot("snap-1", str(old))
    assert "is there already" in str(taken.value)


def test_the_past_is_planned_and_recorded_nowhere(applied: Path) -> None:
    session = reviewed(applied)
    ledger = Workspace.open(applied).ledger()
    live, stamp = session.plan, ledger.stamp()
    past = session.look_back("snap-1")
    assert (len(past.actions), past.study, session.past) == (
        12,
        "looking at the past",
        past.snapshot_taken_at,
    )
    assert session.read_only == "looking at the past"
    ticked = bytes(action.selected for action in past.actions)
    for call in (lambda: session.approve(ticked, "local 0", ""), lambda: session.apply(ticked)):
        with pytest.raises(Refused) as refusal:
            call()
        assert "looking at the past" in str(refusal.value)
    newest = session.shelf().kept[0].row.name
    assert session.look_back(newest).study == "looking at the past"
    assert session.look_live() is live
    assert (session.past, session.read_only, ledger.stamp()) == ("", "", stamp)
