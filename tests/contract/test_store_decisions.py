"""What a ledger keeps of decisions: kinds of approvals, marks, rules, and what budgets count."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from fleetc.plan.actions import Plan
from fleetc.ports import Applied, Approval
from fleetc.service.clock import SystemClock
from fleetc.store.ledger import SqliteLedger

DIGEST = "d" * 64
REPLACE = msgspec.structs.replace


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path / "ledger.db", SystemClock())
    yield opened
    opened.close()


@pytest.fixture
def planned(ledger: SqliteLedger) -> SqliteLedger:
    ledger.put_plan(_plan())
    return ledger


def _plan(digest: str = DIGEST) -> Plan:
    return Plan("acc", "prod", "local", "p", "c", "t", "d", "snap-1", "s", "", (), {}, digest=digest)


def _approval(approver: str = "dana", **changes: object) -> Approval:
    plain = Approval(0, DIGEST, "acc", "c", approver, {"create": 1}, 10.0, 100.0)
    return REPLACE(plain, **changes)


def test_rules_are_kept_by_digest_and_one_set_of_them_is_accepted(ledger: SqliteLedger) -> None:
    assert (ledger.rules_text("r1"), ledger.accepted_rules("acc")) == (None, "")
    ledger.put_rules("r1", "rule a { }\n\x00é")
    ledger.put_rules("r1", "another text under the same digest is not taken")
    assert ledger.rules_text("r1") == "rule a { }\n\x00é"
    ledger.set_accepted_rules("acc", "r1", DIGEST)
    ledger.set_accepted_rules("acc", "r2", DIGEST)
    assert (ledger.accepted_rules("acc"), ledger.accepted_rules("other")) == ("r2", "")
    assert ledger.applied_environment("acc") == ""
    ledger.set_applied_environment("acc", "lab", DIGEST)
    ledger.set_applied_environment("acc", "prod", DIGEST)
    assert (ledger.applied_environment("acc"), ledger.applied_environment("other")) == ("prod", "")


def test_applied_changes_are_counted_once_and_found_by_time(ledger: SqliteLedger) -> None:
    first = Applied("node", "delete", "node/x", "r1", 10.0, {"region": "fra", "rack": 7, "gone": None})
    second = Applied("peer", "replace", "peer/n/x", "r1", 20.5)
    ledger.record_applied("acc", (second, first))
    ledger.record_applied("acc", (REPLACE(first, at=99.0),))  # a run that was resumed says it again
    ledger.record_applied("acc", (REPLACE(first, run="r2", at=30.0),))
    ledger.record_applied("other", (REPLACE(first, run="r3"),))
    assert ledger.applied_since("acc", 0.0) == (first, second, REPLACE(first, run="r2", at=30.0))
    assert ledger.applied_since("acc", 20.5) == (second, REPLACE(first, run="r2", at=30.0))
    assert ledger.applied_since("acc", 20.6)[0].run == "r2"


def test_marks_are_those_of_the_newest_approvals(planned: SqliteLedger) -> None:
    planned.put_plan(_plan("e" * 64))
    planned.put_plan(_plan("f" * 64))
    for plan, marks in ((_plan(), b"one"), (_plan(), b"not taken"), (_plan("e" * 64), b"two")):
        planned.put_marks(plan, marks)
    for approver in ("dana", "kim", "dana"):
        planned.add_approval(_approval(approver, used_by="r1"))
    second = planned.add_approval(_approval("lee", digest="e" * 64, expires_at=11.0))
    planned.add_approval(_approval("rule:x", digest="e" * 64, kind="rule"))
    planned.add_approval(_approval("kim", digest="f" * 64))
    found = planned.marks("acc", 50)
    assert found == (("e" * 64, ("lee",), b"two"), (DIGEST, ("dana", "kim"), b"one"))
    assert planned.marks("acc", 2) == (found[0], (DIGEST, ("dana",), b"one"))
    assert planned.marks("other", 50) == ()
    assert planned.revoke_approval(second.id)
    assert planned.marks("acc", 50) == found[1:]


def test_an_approval_has_a_kind(planned: SqliteLedger) -> None:
    broken = planned.add_approval(_approval(kind="break-glass", comment="all is down"))
    assert planned.approvals(DIGEST) == (broken,)
    assert (broken.breaks_glass, planned.add_approval(_approval()).breaks_glass) == (True, False)
    with pytest.raises(sqlite3.IntegrityError):
        planned.add_approval(_approval(kind="other"))


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"used_by": "r1"}, False),
        ({"revoked": True}, False),
        ({"at": 50.1}, False),
        ({"at": 50.0}, True),
        ({"expires_at": 50.0}, False),
        ({"expires_at": 50.1}, True),
    ],
)
def test_what_is_valid_is_what_is_consumed(
    planned: SqliteLedger, changes: dict[str, object], valid: bool
) -> None:
    stored = planned.add_approval(_approval(**changes))
    assert stored.valid(50.0) is valid
    assert bool(planned.consume_approvals(DIGEST, "r2", 50.0)) is valid
