"""State files that are not what they were, and a fail-over in the middle of everything."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc


@pytest.fixture
def here(applied: Path) -> tuple[str, ...]:
    return ("-C", str(applied))


def test_a_ledger_older_than_its_audit_head_makes_no_plan(here: tuple[str, ...], fleetc: Fleetc) -> None:
    (Path(here[1]) / ".fleetc" / "ledger.db").write_bytes(b"")
    plan = fleetc(*here, "plan", "--json")
    assert (plan.code, plan.out) == (1, "")
    assert "F0628" in plan.err


@pytest.mark.parametrize("what", ["folder", "dangling link"])
def test_something_else_in_the_place_of_the_snapshots_is_an_error(
    edge: Path, fleetc: Fleetc, what: str
) -> None:
    place = edge / ".fleetc" / "snapshots.db"
    if what == "folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere.db")
    ran = fleetc("-C", str(edge), "snapshot", "list")
    assert ran.code == 1
    assert "F06" in ran.err


def test_a_fail_over_is_no_drift_after_an_apply(here: tuple[str, ...], fleetc: Fleetc) -> None:
    folder = Path(here[1])
    address = "virtual_ip/edge-fabric/cdn-frontend"
    assert fleetc(*here, "platform", "fail-over", address).code == 0
    text = (folder / "fleet.yaml").read_text()
    (folder / "fleet.yaml").write_text(f"{text.rstrip()}\n          description: the front\n")
    identity = ["-c", "user.name=Lee", "-c", "user.email=lee@example.com"]
    subprocess.run(["git", *identity, "commit", "-q", "-a", "-m", "describe"], cwd=folder, check=True)

    plan = fleetc(*here, "plan", "-o", "q.json", "--json").json
    (action,) = plan["actions"]
    assert [field["path"] for field in action["fields"]] == ["description"]
    fleetc(*here, "approve", "q.json", "--as", "dana")
    result = fleetc(*here, "apply", "q.json", "--json").lines[-1]
    assert (result["status"], result["drift_after_apply"]) == ("applied", {})
    assert '"failed_over":["virtual_ip' in fleetc(*here, "plan", "--json").out.replace(" ", "").replace(
        "\n", ""
    )
