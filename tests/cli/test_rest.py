"""What a run left: planned anew, and all that is held of a run exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fleetc.errors import Rejected
from fleetc.platforms.local import LocalPlatform
from fleetc.ports import CallReply
from fleetc.service import planning, retelling
from fleetc.service.opening import Opening
from fleetc.service.workspace import Workspace
from tests.cli.conftest import Fleetc

FIRST, SECOND, THIRD = (f"peer/edge-fabric/edge-{host}" for host in ("tokyo-01", "tokyo-02", "london-01"))


@pytest.fixture
def half(applied: Path, fleetc: Fleetc) -> tuple[Path, str]:
    """A run that put one of two peers back, and was refused the other; and a third one that drifted since."""
    here = ("-C", str(applied))
    for peer, port in ((FIRST, 51001), (SECOND, 51002)):
        assert fleetc(*here, "platform", "set", peer, f"listen_port={port}").code == 0
    assert fleetc(*here, "plan", "-o", "half.json").code == 0
    assert fleetc(*here, "approve", "half.json").code == 0
    calls = LocalPlatform.call

    def call(self: LocalPlatform, name: str, arguments: dict[str, Any], *, tag: str) -> CallReply:
        if f":{SECOND}/" in tag:
            raise Rejected("not today")
        return calls(self, name, arguments, tag=tag)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalPlatform, "call", call)
        assert fleetc(*here, "apply", "half.json", "--foreground").code == 4
    assert fleetc(*here, "platform", "set", THIRD, "listen_port=51003").code == 0
    run = fleetc(*here, "runs", "--json").json["runs"][0]
    assert run["status"] == "partial"
    return applied, str(run["id"])


def test_only_what_is_left_is_planned_and_applied(half: tuple[Path, str], fleetc: Fleetc) -> None:
    folder, run = half
    here = ("-C", str(folder))
    plan = fleetc(*here, "plan", "--rest", run, "-o", "rest.json", "--json").json
    chosen = [action["address"] for action in plan["actions"] if action["selected"]]
    assert chosen == [SECOND]
    assert {action["address"] for action in plan["actions"]} == {SECOND, THIRD}
    assert fleetc(*here, "approve", "rest.json").code == 0
    assert fleetc(*here, "apply", "rest.json", "--foreground").code == 0
    again = fleetc(*here, "plan", "--rest", run)
    assert f"as wanted already: {SECOND}" in again.out + again.err
    done = fleetc(*here, "runs", "--json").json["runs"][0]["id"]
    nothing = fleetc(*here, "plan", "--rest", done)
    assert nothing.code == 3
    assert "F0640" in nothing.err


@pytest.mark.parametrize(
    "beside", [["--select", "kind:peer"], ["fleet.yaml"], ["--against", "empty"], ["--blame"]]
)
def test_what_is_planned_is_said_by_the_run_alone(
    half: tuple[Path, str], fleetc: Fleetc, beside: list[str]
) -> None:
    folder, run = half
    found = fleetc("-C", str(folder), "plan", "--rest", run, *beside)
    assert found.code == 64
    assert "--rest RUN says itself what is planned" in found.err


def test_all_that_is_held_of_a_run_is_exported_to_a_new_file(half: tuple[Path, str], fleetc: Fleetc) -> None:
    folder, run = half
    here = ("-C", str(folder))
    file = folder / "out.jsonl"
    assert fleetc(*here, "audit", "export", run, "-o", str(file)).code == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines == fleetc(*here, "audit", "export", run).lines
    assert (lines[0]["format"], lines[0]["id"]) == ("fleetc.run-audit/1", run)
    assert {line.get("record") for line in lines} == {"run", "approval", "audit", None}
    assert [line["seq"] for line in lines if "event" in line] == list(range(1, lines[-1]["seq"] + 1))
    assert all(
        line["subject"] in (run, lines[0]["digest"]) for line in lines if line.get("record") == "audit"
    )
    before = file.read_bytes()
    again = fleetc(*here, "audit", "export", run, "-o", str(file))
    assert again.code == 64
    assert "is there already" in again.err
    assert file.read_bytes() == before
    assert fleetc(*here, "audit", "export", "run-none").code == 3


def test_a_run_is_told_and_two_are_compared(half: tuple[Path, str], fleetc: Fleetc) -> None:
    folder, run = half
    here = ("-C", str(folder))
    told = fleetc(*here, "runs", run)
    assert "1 of 2 done, 1 failed" in told.out
    assert "1 x F0920  not today" in told.out
    assert f"1 left. Next: fleetc plan --rest {run} -o FILE" in told.out
    first = fleetc(*here, "runs", "--json").json["runs"][1]["id"]
    assert fleetc(*here, "runs", run, "--json").json["left"] == 1
    found = fleetc(*here, "runs", first, run)
    assert f"update  {SECOND}" in found.out
    assert fleetc(*here, "runs", first, run, "--json").json["same"] == 0
    assert fleetc(*here, "runs", "run-none").code == 3
    assert fleetc(*here, "runs", first, run, run).code == 64


def test_a_review_of_a_run_is_of_its_own_plan_and_plans_nothing(half: tuple[Path, str]) -> None:
    folder, run = half
    workspace = Workspace.open(folder)
    plan = workspace.ledger().get_plan(retelling.find_run(workspace, run).digest)
    assert plan is not None
    before = len(workspace.ledger().requests())
    (outcome,) = Opening([workspace], planning.Ask(), [plan]).open()
    session = outcome.value
    assert session is not None
    assert session.plan.digest == plan.digest
    assert session.runs()[0].id == run
    assert session.tallies(session.runs())[run].done == 1
    assert session.run_summary(run).failures[0][:2] == ("F0920", 1)
    mark = session.runs_mark()
    workspace.ledger().update_run(run, finished_at="2026-01-01T00:00:00Z")
    assert session.runs_mark() != mark
    assert len(workspace.ledger().requests()) == before
    rest, said = session.plan_rest(run)
    assert [action.address for action in rest.chosen] == [SECOND]
    assert said == f"a new plan of what {run} left: 1 of 1"
    assert session.done[-1].command.endswith(f"plan --rest {run}")
    workspace.ledger().close()  # type: ignore[attr-defined]


def test_a_run_to_review_goes_with_no_plan_and_not_with_lines(half: tuple[Path, str], fleetc: Fleetc) -> None:
    folder, run = half
    plain = fleetc("-C", str(folder), "review", "--plain", "--run", run)
    assert plain.code == 64
    assert f"fleetc watch {run}" in plain.err
