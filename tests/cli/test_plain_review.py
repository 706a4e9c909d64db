"""`fleetc review --plain` as a script runs it: one exit code, and nothing half decided."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from fleetc.errors import ExitCode
from tests.cli.conftest import Fleetc


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, edge: Path, fleetc: Fleetc):  # type: ignore[no-untyped-def]
    def run(*lines: str, options: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return fleetc("-C", str(edge), "review", "--plain", *options)

    return run


def test_what_a_script_chooses_and_approves_is_in_the_ledger(script, edge: Path, fleetc: Fleetc) -> None:  # type: ignore[no-untyped-def]
    done = script("leave node/edge-london-01", "approve", "local 0", "quit")
    assert done.code == ExitCode.OK
    assert "- left out 4: node/edge-london-01" in done.out
    document = fleetc("-C", str(edge), "approvals", "--json").json
    approved = [row for row in document["requests"] if row["status"] == "approved"]
    assert len(approved) == 1
    assert approved[0]["counts"]["create"] == 8


def test_a_command_that_fails_ends_it_with_its_exit_code(script, edge: Path, fleetc: Fleetc) -> None:  # type: ignore[no-untyped-def]
    assert script("apply", "local 0").code == ExitCode.REFUSED
    assert script("leave node/nowhere", "approve", "local 0").code == ExitCode.USAGE
    assert script("pause", options=("--read-only",)).code == ExitCode.REFUSED
    document = fleetc("-C", str(edge), "approvals", "--json").json
    assert all(row["status"] == "waiting" for row in document["requests"])


def test_mistakes_are_told_and_are_the_exit_code(script, edge: Path) -> None:  # type: ignore[no-untyped-def]
    fleet = edge / "fleet.yaml"
    fleet.write_text(fleet.read_text().replace("template: edge-cdn", "template: edge-cdm", 1))
    told = script("list", options=("--worktree",))
    assert told.code == ExitCode.ERROR
    assert "error[F0201]" in told.err
    assert "list" not in told.out


def test_without_any_input_it_says_where_one_is(
    script, monkeypatch: pytest.MonkeyPatch, edge: Path, fleetc: Fleetc
) -> None:  # type: ignore[no-untyped-def]
    assert "12 changes: 12 create." in script().out
    monkeypatch.setattr(sys, "stdin", None)
    assert fleetc("-C", str(edge), "review", "--plain").code == ExitCode.OK
