"""A remembered plan is the plan that would be made, and is forgotten when anything moved."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from fleetc.service import planning
from tests.cli.conftest import Fleetc


@pytest.fixture
def settled(applied: Path, fleetc: Fleetc) -> tuple[str, ...]:
    """A workspace whose platform is as declared, and which has planned that once."""
    here = ("-C", str(applied))
    assert fleetc(*here, "plan", "--detailed-exitcode").code == 0
    return here


def compiles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources compiled from now on."""
    seen: list[str] = []
    real = planning.compile_source

    def watched(source: Any) -> Any:
        seen.append(source.commit)
        return real(source)

    monkeypatch.setattr(planning, "compile_source", watched)
    return seen


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in {"snapshot", "created_at"}}


def test_nothing_moved_nothing_is_compiled(
    settled: tuple[str, ...], fleetc: Fleetc, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = fleetc(*settled, "plan", "--json").json
    seen = compiles(monkeypatch)
    again = fleetc(*settled, "plan", "--json").json
    assert seen == []
    assert without_times(again) == without_times(fresh)


@pytest.mark.parametrize("what", ["platform", "commit", "ledger", "question"])
def test_whatever_moved_is_seen(
    settled: tuple[str, ...], fleetc: Fleetc, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    seen = compiles(monkeypatch)
    folder, question = Path(settled[1]), []
    if what == "platform":
        fleetc(*settled, "platform", "set", "peer/edge-fabric/edge-tokyo-02", "listen_port=51999")
    elif what == "commit":
        identity = ["-c", "user.name=Lee", "-c", "user.email=lee@example.com"]
        (folder / "fleet.yaml").write_text((folder / "fleet.yaml").read_text() + "# more\n")
        subprocess.run(["git", *identity, "commit", "-q", "-a", "-m", "more"], cwd=folder, check=True)
    elif what == "ledger":
        (folder / ".fleetc" / "ledger.db").unlink()
        (folder / ".fleetc" / "ledger.db.head").unlink()
    else:
        question = ["--override", "why not"]
    plan = fleetc(*settled, "plan", "--json", *question)
    assert plan.code == 0, plan.err
    assert len(seen) == 1
    assert bool(plan.json["actions"]) == (what == "platform")


def test_a_memo_that_is_rubbish_costs_a_compile(
    settled: tuple[str, ...], fleetc: Fleetc, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleetc(*settled, "plan")
    for memo in (Path(settled[1]) / ".fleetc" / "memos").iterdir():
        memo.write_bytes(b"\x00{")
    seen = compiles(monkeypatch)
    assert fleetc(*settled, "plan", "--detailed-exitcode").code == 0
    assert len(seen) == 1
