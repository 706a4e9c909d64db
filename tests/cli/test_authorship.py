"""Who counts as an author where no file that is there tells: what was taken out, and what was never applied whole."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fleetc.service.identity import os_user
from tests.cli.conftest import Fleetc
from tests.cli.test_approval import without_london

VIP = "virtual_ip/edge-fabric/cdn-frontend"
LONDON = "  - hostname: edge-london-01"


def operator(folder: Path) -> None:
    people = "".join(f'"{name}@example.com" = "user:{name}"\n' for name in ("ann", "mal"))
    (folder / ".fleetc" / "operator.toml").write_text(f"[identities]\n{people}")


def commit(folder: Path, name: str) -> str:
    who = ("-c", f"user.name={name}", "-c", f"user.email={name}@example.com")
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *who, "commit", "-q", "-m", "change"], cwd=folder, check=True)
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


def agreed(folder: Path, fleetc: Fleetc, *words: str) -> None:
    here = ("-C", str(folder))
    assert fleetc(*here, "plan", "-o", "p.json", *words).code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana", "--confirm", "local 0").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0


def split(folder: Path) -> None:
    """The node of London in a file of its own that a glob includes, and nothing else that names it."""
    text = without_london(folder)
    whole = (folder / "fleet.yaml").read_text()
    node = LONDON + whole.partition(LONDON)[2].partition("sdwan:")[0]
    nodes = folder / "nodes"
    nodes.mkdir()
    (nodes / "london.yaml").write_text(f"nodes:\n{node}")
    (nodes / "none.yaml").write_text("nodes: []\n")
    account = "account: edge-demo\n"
    (folder / "fleet.yaml").write_text(text.replace(account, f'{account}include: ["nodes/*.yaml"]\n'))


def test_who_takes_out_an_included_file_is_an_author(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    operator(applied)
    split(applied)
    commit(applied, "ann")
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana", "--confirm", "local 1").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    (applied / "nodes" / "london.yaml").unlink()
    commit(applied, "mal")
    plan = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert {each["address"] for each in plan.json["actions"]} == {
        "node/edge-london-01",
        "instance/edge-london-01",
    }
    assert plan.json["authors"] == ["mal@example.com"]
    own = fleetc(*here, "approve", "p.json", "--as", "mal", "--confirm", "local 2")
    assert (own.code, "F0709" in own.err) == (3, True)
    assert fleetc(*here, "approve", "p.json", "--as", "ann", "--confirm", "local 2").code == 0


@pytest.fixture
def partly(edge: Path, fleetc: Fleetc) -> Path:
    """A workspace of which nothing was ever applied whole."""
    operator(edge)
    (edge / "notes").write_text("x")
    commit(edge, "ann")
    agreed(edge, fleetc, "--without", VIP)
    return edge


def test_a_commit_on_top_does_not_hide_who_wrote_what_is_deleted(partly: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(partly))
    (partly / "fleet.yaml").write_text(without_london(partly))
    commit(partly, "mal")
    (partly / "notes").write_text("y")
    commit(partly, "ann")
    plan = fleetc(*here, "plan", "-o", "p.json", "--without", VIP, "--json")
    assert plan.json["authors"] == ["ann@example.com", "mal@example.com"]
    own = fleetc(*here, "approve", "p.json", "--as", "mal", "--confirm", "local 3")
    assert (own.code, "F0709" in own.err) == (3, True)


def test_who_plans_an_older_commit_than_the_first_is_an_author(partly: Path, fleetc: Fleetc) -> None:
    plan = fleetc("-C", str(partly), "plan", "--rev", "HEAD~1", "--json")
    assert [each for each in plan.json["authors"] if each.startswith("user:")] != []


def smaller(folder: Path, place: str) -> None:
    """Another fleet file of the same account, written long before anything of it is planned."""
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_text(without_london(folder))
    commit(folder, "ann")


def settled(folder: Path, fleetc: Fleetc, *words: str) -> None:
    """Have the commit applied whole, by one of another author on top."""
    text = (folder / "fleet.yaml").read_text()
    labelled = "  - hostname: edge-tokyo-01\n    labels: {site: nrt}\n"
    (folder / "fleet.yaml").write_text(text.replace("  - hostname: edge-tokyo-01\n", labelled))
    commit(folder, "ann")
    here = ("-C", str(folder), *words)
    for command in (("plan", "-o", "p.json"), ("approve", "p.json", "--as", "dana")):
        assert fleetc(*here, *command).code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0


def test_who_plans_a_fleet_file_of_their_choice_is_an_author(applied: Path, fleetc: Fleetc) -> None:
    operator(applied)
    smaller(applied, "old.yaml")
    settled(applied, fleetc)
    here = ("-C", str(applied))
    plan = fleetc(*here, "plan", "old.yaml", "-o", "p.json", "--json")
    assert "node/edge-london-01" in {each["address"] for each in plan.json["actions"]}
    assert plan.json["authors"] == [f"user:{os_user()}"]
    own = fleetc(*here, "approve", "p.json", "--as", os_user(), "--confirm", "local 3")
    assert (own.code, "F0709" in own.err) == (3, True)


def test_who_plans_another_environment_of_the_account_is_an_author(applied: Path, fleetc: Fleetc) -> None:
    operator(applied)
    (applied / "fleetc.toml").write_text(
        '[environments.local]\npath = "."\n[environments.old]\npath = "old"\n'
    )
    smaller(applied, "old/fleet.yaml")
    settled(applied, fleetc, "-e", "local")
    here = ("-C", str(applied), "-e", "old")
    plan = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert (plan.json["applied_as"], plan.json["authors"]) == ("local", [f"user:{os_user()}"])
