"""What others script against: documents, exit codes, where things are written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import SNAPSHOTS, Fleetc
from tests.cli.test_path import WALKTHROUGH


def test_offline_plan_against_a_recorded_state(offline: Path, fleetc: Fleetc) -> None:
    base = str(SNAPSHOTS / "edge-base.jsonl")
    plan = fleetc("-C", str(offline), "plan", "--against", base, "--json")
    assert plan.code == 0, plan.err
    assert plan.json["format"] == "fleetc.plan/1"
    assert plan.json["diff"] == WALKTHROUGH
    assert [action["op"] for action in plan.json["actions"]] == ["create"] * 12
    assert plan.json["adopt"] == ["template/edge-base"]
    assert plan.json["requires_approval"] is True
    assert plan.json["approval_request_id"] is None
    assert not (offline / ".fleetc").exists()


def test_offline_plan_against_the_applied_state_only_adopts(offline: Path, fleetc: Fleetc) -> None:
    applied = str(SNAPSHOTS / "edge-applied.jsonl")
    plan = fleetc("-C", str(offline), "plan", "--against", applied, "--json", "--detailed-exitcode")
    assert plan.code == 0, plan.err
    assert plan.json["actions"] == []
    assert len(plan.json["adopt"]) == 13


def test_offline_plan_against_nothing(offline: Path, fleetc: Fleetc) -> None:
    for state in ("empty", str(SNAPSHOTS / "edge-empty.jsonl")):
        plan = fleetc("-C", str(offline), "plan", "--against", state, "--json")
        assert len(plan.json["actions"]) == 13
        assert plan.json["adopt"] == []


def test_a_study_plan_is_refused(offline: Path, fleetc: Fleetc) -> None:
    base = str(SNAPSHOTS / "edge-base.jsonl")
    here = ("-C", str(offline))
    assert fleetc(*here, "plan", "--against", base, "-o", "p.json").code == 0
    for command in ("approve", "apply"):
        assert fleetc(*here, command, "p.json").code == 3


def test_compile_document(offline: Path, fleetc: Fleetc) -> None:
    document = fleetc("-C", str(offline), "compile", "--json").json
    assert document["format"] == "fleetc.graph/1"
    assert len(document["resources"]) == 13
    assert set(document["resources"][0]) == {"address", "kind", "fields", "depends_on", "origin"}
    assert {"externals", "digest"} <= set(document)


def test_plan_document_has_what_scripts_read(edge: Path, fleetc: Fleetc) -> None:
    document = fleetc("-C", str(edge), "plan", "--json").json
    assert {
        "digest",
        "diff",
        "actions",
        "adopt",
        "requires_approval",
        "approval_request_id",
        "unmanaged",
        "withheld",
        "warnings",
    } <= set(document)
    wanted = {"id", "op", "address", "cause", "selected", "fields", "calls", "requires", "after"}
    assert wanted <= set(document["actions"][0])
    assert set(document["actions"][0]["fields"][0]) >= {"path", "before", "after", "cause", "origin"}


def test_check_document(offline: Path, fleetc: Fleetc) -> None:
    fleet = offline / "fleet.yaml"
    fleet.write_text(fleet.read_text().replace("template: edge-cdn", "template: edge-cdm"))
    found = fleetc("-C", str(offline), "check", "--json")
    assert found.code == 1
    assert found.json["format"] == "fleetc.diagnostics/1"
    wanted = ["code", "severity", "message", "primary", "secondary", "notes", "help", "fixes", "affected"]
    assert all(list(item) == wanted for item in found.json["diagnostics"])
    errors = [item for item in found.json["diagnostics"] if item["severity"] == "error"]
    assert [item["code"] for item in errors] == ["F0201"]
    assert errors[0]["affected"]["count"] == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plam"], "plan"),
        (["plan", "--outptu", "x"], "--output"),
        (["apply"], "PLAN"),
        (["apply", "zzz"], "approvals"),
        (["approve"], "PLAN"),
        (["explain", "F9999"], "F00"),
        (["plan", "a", "b"], "PATH"),
        (["snapshot", "tkae"], "take"),
    ],
)
def test_wrong_use_exits_64_and_says_what_helps(
    edge: Path, fleetc: Fleetc, arguments: list[str], says: str
) -> None:
    ran = fleetc("-C", str(edge), *arguments)
    assert ran.code == 64
    assert says in ran.err


@pytest.mark.parametrize("command", [["check"], ["compile"], ["plan"]])
def test_a_fleet_that_does_not_compile_exits_1_and_writes_nothing(
    tmp_path: Path, fleetc: Fleetc, command: list[str]
) -> None:
    (tmp_path / "fleet.yaml").write_text("")
    ran = fleetc("-C", str(tmp_path), *command)
    assert ran.code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["fleet.yaml"]


def test_nothing_is_written_outside_the_state_folder(edge: Path, fleetc: Fleetc, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if ".git/" not in str(path)}
    fleetc("-C", str(edge), "plan")
    after = {path for path in tmp_path.rglob("*") if ".git/" not in str(path)}
    assert all(edge / ".fleetc" in path.parents for path in after - before)


def test_an_unknown_plan_file_is_refused(edge: Path, fleetc: Fleetc, tmp_path: Path) -> None:
    fleetc("-C", str(edge), "plan", "-o", "p.json")
    other = tmp_path / "other"
    fleetc("-C", str(tmp_path), "init", "other")
    (other / "p.json").write_bytes((edge / "p.json").read_bytes())
    ran = fleetc("-C", str(other), "approve", "p.json", "--as", "dana")
    assert ran.code == 3
    assert "plan import" in ran.err


def test_without_approval_apply_is_refused_and_sends_nothing(edge: Path, fleetc: Fleetc) -> None:
    fleetc("-C", str(edge), "plan", "-o", "p.json")
    before = fleetc("-C", str(edge), "platform", "log", "--json").out
    assert fleetc("-C", str(edge), "apply", "p.json").code == 3
    assert fleetc("-C", str(edge), "platform", "log", "--json").out == before


def test_an_approval_is_used_once(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    fleetc(*here, "approve", "p.json", "--as", "dana")
    assert fleetc(*here, "apply", "p.json").code == 0
    assert fleetc(*here, "apply", "p.json").code == 3


def test_help_and_version_load_no_heavy_module() -> None:
    script = (
        "import sys\n"
        "from fleetc.cli.main import run\n"
        "run([sys.argv[1]])\n"
        "heavy = {'networkx', 'textual', 'pygit2', 'sqlite_utils', 'lark', 'yaml', 'msgspec'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    )
    for option in ("--help", "--version"):
        out = subprocess.run(
            [sys.executable, "-c", script, option], capture_output=True, text=True, check=True
        ).stdout
        assert "LOADED []" in out
