"""A state folder that a commit moves or brings: nothing is planned without the ledger that was, or by one of a commit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from fleetc.git import holds_of
from tests.cli.conftest import Fleetc

LOCAL = "[environments.local]\n"


def commit(folder: Path) -> None:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *who, "commit", "-q", "-m", "change"], cwd=folder, check=True)


def below(folder: Path, *, toml: bool) -> Path:
    """The fleet file copied one folder down, with a `fleetc.toml` of its own or none."""
    inner = folder / "deep"
    inner.mkdir()
    shutil.copy(folder / "fleet.yaml", inner)
    if toml:
        (inner / "fleetc.toml").write_text(LOCAL)
    commit(folder)
    return inner


@pytest.mark.parametrize("toml", [True, False])
def test_a_fleet_moved_down_is_not_planned_without_its_ledger(
    applied: Path, fleetc: Fleetc, toml: bool
) -> None:
    inner = below(applied, toml=toml)
    for words in (("-C", str(inner), "plan"), ("-C", str(inner), "approvals")):
        refused = fleetc(*words)
        assert (refused.code, "error[F1078]" in refused.err) == (3, True)
        assert f"--state {applied / '.fleetc'}" in refused.err
    assert not (inner / ".fleetc").exists()
    known = fleetc("-C", str(inner), "--state", str(applied / ".fleetc"), "plan", "--json")
    assert (known.code, known.json["actions"]) == (0, [])


def test_a_fleetc_toml_above_does_not_take_the_state_away(applied: Path, fleetc: Fleetc) -> None:
    whole = applied.parent / "whole"
    whole.mkdir()
    shutil.move(applied, whole / "edge")
    shutil.move(whole / "edge" / ".git", whole / ".git")
    commit(whole)
    assert fleetc("-C", str(whole / "edge"), "plan", "--detailed-exitcode").code == 0
    (whole / "fleetc.toml").write_text('[environments.local]\npath = "edge"\n')
    commit(whole)
    for where in (whole, whole / "edge"):
        refused = fleetc("-C", str(where), "plan")
        assert (refused.code, "error[F1078]" in refused.err) == (3, True)


def test_a_fleet_of_its_own_says_once_that_it_is_one(applied: Path, fleetc: Fleetc) -> None:
    inner = below(applied, toml=True)
    here = ("-C", str(inner))
    assert fleetc(*here, "--state", ".fleetc", "plan").code == 0
    assert fleetc(*here, "plan").code == 0


def test_an_empty_state_folder_is_none(applied: Path, fleetc: Fleetc) -> None:
    inner = below(applied, toml=True)
    (inner / ".fleetc").mkdir()
    (inner / ".fleetc" / "notes").write_text("x")
    assert fleetc("-C", str(inner), "plan").code == 3


def test_a_ledger_that_a_commit_brings_is_refused(applied: Path, fleetc: Fleetc) -> None:
    inner = below(applied, toml=True)
    shutil.copytree(
        applied / ".fleetc", inner / ".fleetc", ignore=shutil.ignore_patterns(".gitignore", "*.toml")
    )
    commit(applied)
    for state in ((), ("--state", ".fleetc")):
        refused = fleetc("-C", str(inner), *state, "plan")
        assert (refused.code, "error[F1077]" in refused.err) == (3, True)
        assert "is in git: deep/.fleetc/" in refused.err
    subprocess.run(["git", "rm", "-r", "-q", "--cached", "deep/.fleetc"], cwd=applied, check=True)
    assert "F1077" in fleetc("-C", str(inner), "plan").err
    assert holds_of(inner / ".fleetc") == "deep/.fleetc"
    assert holds_of(inner / ".FLEETC") == "deep/.fleetc"
    assert holds_of(applied / ".fleetc") == ""


def test_a_staged_ledger_is_refused_before_it_is_committed(applied: Path, fleetc: Fleetc) -> None:
    subprocess.run(["git", "add", "-f", ".fleetc/ledger.db"], cwd=applied, check=True)
    refused = fleetc("-C", str(applied), "audit", "show")
    assert (refused.code, "is in git: .fleetc/ledger.db" in refused.err) == (3, True)
