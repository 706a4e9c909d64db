"""The list of requests: each plan is decoded once, and again when it is stored anew."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from fleetc.plan.actions import Plan
from fleetc.plan.verdicts import Quorum, Requirement
from fleetc.service import approving, planning
from fleetc.service.identity import Person
from fleetc.service.starting import init
from fleetc.service.workspace import Workspace
from fleetc.store.ledger import SqliteLedger

NEED = Requirement((Quorum(1, "sre", ("user:dana",)),), "look")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = init(tmp_path / "edge")
    for only in ((), ("node/edge-london-01",)):
        planning.make_plan(workspace, planning.Ask(only=only))
    return workspace


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests of the plans that were read."""
    digests: list[str] = []
    read = SqliteLedger.get_plan

    def get_plan(ledger: SqliteLedger, digest: str) -> Plan | None:
        digests.append(digest)
        return read(ledger, digest)

    monkeypatch.setattr(SqliteLedger, "get_plan", get_plan)
    return digests


def test_plans_are_decoded_once_and_anew_when_they_are_stored_again(
    workspace: Workspace, decoded: list[str]
) -> None:
    first = approving.waiting(workspace)
    assert len(decoded) == len(first) == 2
    assert approving.waiting(workspace) == first
    assert len(decoded) == 2
    plan = workspace.ledger().get_plan(first[0].request.digest)
    assert plan is not None
    decoded.clear()
    workspace.ledger().put_plan(msgspec.structs.replace(plan, requirements=(NEED,)))
    again = approving.waiting(workspace)
    assert decoded == [plan.digest]
    assert again[0].missing == ("1 of sre (user:dana) for look",)
    assert again[1] == first[1]


def test_what_was_decided_is_counted_without_its_plan(workspace: Workspace, decoded: list[str]) -> None:
    newest, other = approving.waiting(workspace)
    plan = workspace.ledger().get_plan(newest.request.digest)
    assert plan is not None
    approving.approve(workspace, plan, Person("user:dana", "dana"), typed=None)
    workspace.ledger().set_request(plan.digest, "used")
    workspace.ledger().set_request(other.request.digest, "superseded")
    anew = Workspace.open(workspace.root)
    decoded.clear()
    used, superseded = approving.waiting(anew)
    assert decoded == [other.request.digest]
    assert (used.counts, superseded.counts) == (newest.counts, other.counts)
