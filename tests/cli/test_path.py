"""The whole path through the real command line, on the embedded platform."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Fleetc

WALKTHROUGH = {
    "templates": {"add": ["edge-cdn"], "update": [], "delete": []},
    "nodes": {"add": ["edge-tokyo-01", "edge-tokyo-02", "edge-london-01"], "update": [], "delete": []},
    "sdwan": {
        "networks": {"add": ["edge-fabric"], "update": [], "delete": []},
        "peers": {
            "add": [
                "edge-fabric/edge-tokyo-01",
                "edge-fabric/edge-tokyo-02",
                "edge-fabric/edge-london-01",
            ],
            "update": [],
            "delete": [],
        },
        "virtual_ips": {"add": ["cdn-frontend"], "update": [], "delete": []},
    },
}


def test_the_path_ends_applied_and_without_drift(edge: Path, fleetc: Fleetc) -> None:
    plan = fleetc("-C", str(edge), "plan", "-o", "p.json", "--json")
    assert plan.code == 0
    assert plan.json["diff"] == WALKTHROUGH
    assert plan.json["adopt"] == ["template/edge-base"]
    assert len(plan.json["actions"]) == 12
    assert plan.json["approval_request_id"] == f"apr-{plan.json['digest'][:12]}"

    assert fleetc("-C", str(edge), "approve", "p.json", "--as", "dana").code == 0
    applied = fleetc("-C", str(edge), "apply", "p.json", "--json")
    assert applied.code == 0, applied.err
    result = applied.lines[-1]
    assert result["format"] == "fleetc.result/1"
    assert result["status"] == "applied"
    assert result["drift_after_apply"] == {}
    assert len(result["applied_actions"]) == 12
    assert fleetc("-C", str(edge), "plan", "--detailed-exitcode").code == 0


def test_a_node_left_out_is_withheld_and_nothing_else(edge: Path, fleetc: Fleetc) -> None:
    plan = fleetc("-C", str(edge), "plan", "-o", "p.json", "--without", "node/edge-london-01", "--json")
    ticked = [action["address"] for action in plan.json["actions"] if action["selected"]]
    left_out = {
        "node/edge-london-01",
        "instance/edge-london-01",
        "peer/edge-fabric/edge-london-01",
        "virtual_ip/edge-fabric/cdn-frontend",
    }
    assert len(plan.json["actions"]) == 12
    assert len(ticked) == 8
    assert not left_out & set(ticked)
    assert set(plan.json["withheld"]) == left_out

    assert fleetc("-C", str(edge), "approve", "p.json", "--as", "dana").code == 0
    applied = fleetc("-C", str(edge), "apply", "p.json", "--json")
    assert applied.code == 0, applied.err
    assert applied.lines[-1]["status"] == "applied"
    assert set(applied.lines[-1]["withheld"]) == left_out

    again = fleetc("-C", str(edge), "plan", "--json", "--detailed-exitcode")
    assert again.code == 2
    assert set(again.json["withheld"]) == left_out
    assert not any(action["selected"] for action in again.json["actions"])
    assert again.json["requires_approval"] is False
    assert again.json["approval_request_id"] is None


def test_what_a_choice_brings_along_is_said_once_for_a_range(edge: Path, fleetc: Fleetc) -> None:
    picked = fleetc("-C", str(edge), "plan", "--only", "peer/edge-fabric/edge-tokyo-02")
    why = "note: ticked too, because what is chosen requires it"
    needs = "template/edge-cdn, node/edge-tokyo-02, instance/edge-tokyo-02, network/edge-fabric"
    assert picked.err == f"{why}: {needs}\n"
    left = fleetc("-C", str(edge), "plan", "--exclude", "node/edge-tokyo-*")
    assert "instance/edge-tokyo-[01-02], peer/edge-fabric/edge-tokyo-[01-02]" in left.err


def test_a_change_by_hand_is_drift_and_is_put_back(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    fleetc(*here, "approve", "p.json", "--as", "dana")
    assert fleetc(*here, "apply", "p.json").code == 0
    assert fleetc(*here, "platform", "set", "peer/edge-fabric/edge-tokyo-02", "listen_port=51999").code == 0

    drift = fleetc(*here, "plan", "-o", "q.json", "--json", "--detailed-exitcode")
    assert drift.code == 2
    (action,) = drift.json["actions"]
    (field,) = action["fields"]
    assert (action["op"], action["cause"]) == ("update", "drift")
    assert (field["path"], field["before"], field["after"]) == ("listen_port", 51999, 51820)

    fleetc(*here, "approve", "q.json", "--as", "dana")
    assert fleetc(*here, "apply", "q.json").code == 0
    assert fleetc(*here, "plan", "--detailed-exitcode").code == 0
    assert fleetc(*here, "audit", "verify").code == 0
