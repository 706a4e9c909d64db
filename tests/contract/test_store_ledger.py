"""What every ledger must do, over a real file."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from fleetc.errors import Refused
from fleetc.events import RunPaused
from fleetc.ir.state import Baseline
from fleetc.ir.values import Ref
from fleetc.plan.actions import Action, Call, Plan, Withheld
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.ports import Approval, CallRow, Ledger, Run
from fleetc.store.ledger import SqliteLedger
from fleetc.store.ledger_runs import NEXT_STATES

DIGEST = "d" * 64
REPLACE = msgspec.structs.replace


class _Clock:
    def __init__(self) -> None:
        self.seconds = itertools.count(1_767_225_600.0)

    def now(self) -> float:
        return next(self.seconds)

    def monotonic(self) -> float:
        return next(self.seconds)

    def sleep(self, seconds: float) -> None: ...

    def jitter(self) -> float:
        return 0.5

    def token(self) -> str:
        return "0" * 16


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(path, _Clock())
    yield opened
    opened.close()


def _action(name: str = "x", calls: int = 1) -> Action:
    call = Call(
        "create_node", "create", {"name": name, "template_id": Ref("template/a", "id")}, ("template",)
    )
    return Action(
        id=f"create:node/{name}",
        op=Op.CREATE,
        address=f"node/{name}",
        kind="node",
        cause=Cause.GIT,
        selected=True,
        fields=(FieldChange("template", None, Ref("template/a", "id"), Cause.GIT, "fleet.yaml:1:2"),),
        calls=(call,) * calls,
        requires=("create:template/a",),
        after=(),
        base={
            "ref": {"ref": "a", "field": "b"},
            "config": {"ref": 1, "depth": [1, 1.5, True, None, "é\x00"]},
        },
        wanted={"holders": [Ref("peer/n/a", "id"), "plain"]},
    )


def _plan(digest: str = DIGEST, *actions: Action) -> Plan:
    return Plan(
        account="acc",
        environment="prod",
        platform="local",
        profile="p",
        commit="c",
        tree="t",
        desired="d",
        snapshot="snap-1",
        snapshot_digest="s",
        snapshot_taken_at="2026-01-01T00:00:00Z",
        actions=actions or (_action(),),
        summary={"nodes": {"add": ["x"], "update": [], "delete": []}},
        digest=digest,
        withheld=(Withheld("node/y", "dana", "f"),),
        created_by="ann",
    )


def _approval(approver: str = "dana", **changes: object) -> Approval:
    plain = Approval(0, DIGEST, "acc", "c", approver, {"create": 1}, 10.0, 100.0)
    return REPLACE(plain, **changes)


def _run(name: str = "r1") -> Run:
    return Run(name, DIGEST, "acc", "prod", "starting", "ann", "2026-01-01T00:00:00Z")


@pytest.fixture
def planned(ledger: SqliteLedger) -> SqliteLedger:
    ledger.put_plan(_plan())
    return ledger


def _event(seq: int, run: str = "r1") -> RunPaused:
    return RunPaused(run=run, seq=seq, at="2026-01-01T00:00:00.000Z", reason="r", next_step="n")


def test_is_a_ledger(ledger: SqliteLedger) -> None:
    port: Ledger = ledger
    assert port.get_plan(DIGEST) is None


def test_a_plan_reads_back_equal(planned: SqliteLedger) -> None:
    plan = planned.get_plan(DIGEST)
    assert plan == _plan()
    assert isinstance(plan.actions[0].calls[0].arguments["template_id"], Ref)
    assert plan.actions[0].base["config"]["depth"][2] is True


def test_a_plan_made_again_on_a_newer_state_stands(planned: SqliteLedger) -> None:
    newer = REPLACE(_plan(), snapshot="snap-2", snapshot_taken_at="2026-01-01T01:00:00Z")
    planned.put_plan(newer)
    assert planned.get_plan(DIGEST) == newer
    assert planned.find_plans("") == (DIGEST,)


def test_when_plans_were_stored_last(ledger: SqliteLedger) -> None:
    assert ledger.plans_stored() == {}
    ledger.put_plan(_plan())
    first = ledger.plans_stored()
    assert first[DIGEST].startswith("2026-01-01T00:00:")
    ledger.put_plan(_plan())
    again = ledger.plans_stored()
    assert again.keys() == {DIGEST}
    assert again[DIGEST] > first[DIGEST]


def test_plans_are_found_by_prefix_taken_literally(planned: SqliteLedger) -> None:
    planned.put_plan(_plan("da" + "0" * 62))
    assert planned.find_plans("d") == ("da" + "0" * 62, DIGEST)
    assert planned.find_plans("dd") == (DIGEST,)
    assert planned.find_plans("%") == planned.find_plans("_") == ()


def test_a_request_opens_once_and_waits_again_after_use(planned: SqliteLedger) -> None:
    opened = planned.open_request(_plan())
    assert (opened.id, opened.status, opened.opened_by) == ("apr-dddddddddddd", "waiting", "ann")
    assert planned.open_request(_plan()) == opened
    planned.set_request(DIGEST, "rejected")
    assert planned.open_request(_plan()).status == "rejected"
    planned.set_request(DIGEST, "used")
    assert planned.open_request(_plan()).status == "waiting"
    assert [request.status for request in planned.requests("acc")] == ["waiting"]
    assert planned.requests("other") == ()


def test_an_unknown_status_is_refused(planned: SqliteLedger) -> None:
    planned.open_request(_plan())
    with pytest.raises(sqlite3.IntegrityError):
        planned.set_request(DIGEST, "granted")
    assert planned.requests()[0].status == "waiting"


def test_approvals_are_used_once(planned: SqliteLedger) -> None:
    stored = [planned.add_approval(_approval(name)) for name in ("dana", "eve")]
    used = planned.consume_approvals(DIGEST, "r1", 50.0)
    assert used == tuple(REPLACE(approval, used_by="r1") for approval in stored)
    assert planned.consume_approvals(DIGEST, "r2", 50.0) == ()
    assert planned.approvals(DIGEST) == used


def test_only_valid_approvals_are_used(planned: SqliteLedger) -> None:
    valid = planned.add_approval(_approval("valid"))
    planned.add_approval(_approval("expired", expires_at=50.0))
    planned.add_approval(_approval("later", at=51.0))
    revoked = planned.add_approval(_approval("revoked"))
    assert planned.revoke_approval(revoked.id)
    used = planned.consume_approvals(DIGEST, "r1", 50.0)
    assert [approval.id for approval in used] == [valid.id]
    assert not planned.revoke_approval(valid.id)
    unused = [approval.approver for approval in planned.approvals(DIGEST) if not approval.used_by]
    assert unused == ["expired", "later", "revoked"]


def test_one_person_counts_once(planned: SqliteLedger) -> None:
    planned.add_approval(_approval())
    second = planned.add_approval(_approval())
    assert [approval.id for approval in planned.consume_approvals(DIGEST, "r1", 50.0)] == [second.id]
    assert planned.consume_approvals(DIGEST, "r2", 50.0) == ()


def test_an_approval_of_another_digest_is_left(planned: SqliteLedger) -> None:
    planned.put_plan(_plan("e" * 64))
    planned.add_approval(_approval(digest="e" * 64))
    assert planned.consume_approvals(DIGEST, "r1", 50.0) == ()


def test_rows_of_an_account_are_set_and_taken_away(ledger: SqliteLedger) -> None:
    baseline = Baseline("node/x", "n-1", {"labels": {"a": "b"}, "count": 1}, ("labels",))
    ledger.set_withheld("acc", {"a": ("dana", "f"), "b": ("eve", "g")})
    ledger.set_withheld("acc", {"a": None, "b": ("ann", "h")})
    ledger.set_baselines("acc", {"node/x": baseline, "node/y": REPLACE(baseline, address="node/y")})
    ledger.set_baselines("acc", {"node/y": None})
    ledger.set_applied_commit("acc", "c1")
    ledger.set_applied_commit("acc", "c2")
    assert ledger.withheld("acc") == {"b": ("ann", "h")}
    assert ledger.baselines("acc") == {"node/x": baseline}
    assert ledger.applied_commit("acc") == "c2"
    assert (ledger.withheld("o"), ledger.baselines("o"), ledger.applied_commit("o")) == ({}, {}, "")


def test_protections_begin_and_end(ledger: SqliteLedger) -> None:
    ledger.set_protections("acc", {"node/x": True, "node/y": True}, DIGEST)
    ledger.set_protections("acc", {"node/x": False, "node/y": True, "node/z": True}, "e" * 64)
    assert ledger.protections("acc") == {"node/y", "node/z"}
    assert ledger.protections("other") == frozenset()


def test_a_held_lease_is_refused_with_its_holder(ledger: SqliteLedger) -> None:
    ledger.take_lease("acc", "ann", "apply r1", 10.0, 0.0)
    with pytest.raises(Refused, match="ann for apply r1"):
        ledger.take_lease("acc", "dana", "apply r2", 10.0, 9.0)
    assert ledger.take_lease("other", "dana", "apply", 10.0, 9.0).epoch == 1


def test_the_epoch_grows_with_each_holder_for_ever(ledger: SqliteLedger) -> None:
    first = ledger.take_lease("acc", "ann", "apply", 10.0, 0.0)
    second = ledger.take_lease("acc", "dana", "apply", 10.0, 10.0)
    ledger.release_lease(first)
    assert ledger.lease("acc") == second
    ledger.release_lease(second)
    assert ledger.lease("acc") is None
    assert [first.epoch, second.epoch, ledger.take_lease("acc", "ann", "x", 1.0, 11.0).epoch] == [1, 2, 3]


def test_only_the_holder_renews(ledger: SqliteLedger) -> None:
    first = ledger.take_lease("acc", "ann", "apply", 10.0, 0.0)
    assert ledger.renew_lease(first, 10.0, 8.0).expires_at == 18.0
    ledger.take_lease("acc", "dana", "apply", 10.0, 18.0)
    with pytest.raises(Refused, match="lost"):
        ledger.renew_lease(first, 10.0, 19.0)


def test_a_run_begins_with_one_planned_row_for_each_call(planned: SqliteLedger) -> None:
    planned.create_run(_run(), (_action("a", 2), _action("b")))
    names = ["r1/create:node/a/0", "r1/create:node/a/1", "r1/create:node/b/0"]
    assert [(row.op_id, row.state) for row in planned.calls("r1")] == [(name, "planned") for name in names]
    planned.update_run("r1", status="running", pause_requested=True, heartbeat=5.0)
    assert planned.get_run("r1") == REPLACE(_run(), status="running", pause_requested=True, heartbeat=5.0)
    planned.create_run(_run("r2"), ())
    assert [run.id for run in planned.runs("acc")] == ["r2", "r1"]
    assert planned.get_run("r3") is None
    with pytest.raises(KeyError):
        planned.update_run("r1", state="x")


def test_rows_and_events_are_written_together(planned: SqliteLedger) -> None:
    planned.create_run(_run(), (_action(),))
    lease = planned.take_lease("acc", "ann", "apply", 10.0, 0.0)
    row = REPLACE(planned.calls("r1")[0], state="intent", epoch=1, arguments='{"a":1}', sent_at=2.5)
    planned.write(lease, (row,), (_event(1), _event(2)))
    assert planned.calls("r1") == (row,)
    assert tuple(planned.events("r1")) == (_event(1), _event(2))
    assert tuple(planned.events("r1", after=1)) == (_event(2),)


def test_who_lost_the_lease_writes_nothing(planned: SqliteLedger) -> None:
    planned.create_run(_run(), (_action(),))
    (row,) = planned.calls("r1")
    stalled = planned.take_lease("acc", "ann", "apply", 10.0, 0.0)
    planned.take_lease("acc", "dana", "apply", 10.0, 11.0)
    with pytest.raises(Refused, match="lost"):
        planned.write(stalled, (REPLACE(row, state="intent"),), (_event(1),))
    assert planned.calls("r1") == (row,)
    assert tuple(planned.events("r1")) == ()


def test_a_released_lease_writes_nothing(planned: SqliteLedger) -> None:
    planned.create_run(_run(), (_action(),))
    lease = planned.take_lease("acc", "ann", "apply", 10.0, 0.0)
    planned.release_lease(lease)
    with pytest.raises(Refused):
        planned.write(lease, (), (_event(1),))


@pytest.mark.parametrize(("before", "after"), [*itertools.product(NEXT_STATES, NEXT_STATES)])
def test_journal_rows_move_only_forward(planned: SqliteLedger, before: str, after: str) -> None:
    planned.create_run(_run(), (_action("a"), _action("b")))
    with planned._database.writing() as connection:
        connection.execute("UPDATE call SET state = ? WHERE action = 'create:node/b'", (before,))
    first, second = planned.calls("r1")
    lease = planned.take_lease("acc", "ann", "apply", 10.0, 0.0)
    rows = (REPLACE(first, state="intent"), REPLACE(second, state=after))
    if after == before or after in NEXT_STATES[before]:
        planned.write(lease, rows, ())
        assert planned.calls("r1") == rows
    else:
        with pytest.raises(ValueError, match=f"from {before} to {after}"):
            planned.write(lease, rows, (_event(1),))
        assert planned.calls("r1") == (first, second)


def test_verified_is_final() -> None:
    assert NEXT_STATES["verified"] == ()
    assert all("verified" in NEXT_STATES[state] for state in ("intent", "sent", "effect", "unknown"))


def test_an_unknown_row_is_not_made(planned: SqliteLedger) -> None:
    planned.create_run(_run(), ())
    lease = planned.take_lease("acc", "ann", "apply", 10.0, 0.0)
    with pytest.raises(ValueError, match="no journal row"):
        planned.write(lease, (CallRow("r1/x/0", "r1", "x", 0, "planned"),), (_event(1),))
    assert tuple(planned.events("r1")) == ()


@pytest.mark.parametrize("table", ["audit", "event"])
def test_rows_that_are_only_added(planned: SqliteLedger, table: str) -> None:
    planned.create_run(_run(), ())
    planned.write(planned.take_lease("acc", "a", "p", 9.0, 0.0), (), (_event(1),))
    planned.audit("ann", "root", "approve", DIGEST, {})
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET seq = 9"):
        with pytest.raises(sqlite3.IntegrityError, match="only added"), planned._database.writing() as c:
            c.execute(statement)


def test_the_stamp_moves_with_every_write(planned: SqliteLedger, path: Path) -> None:
    first = planned.stamp()
    assert planned.get_plan(DIGEST) is not None
    other = SqliteLedger(path, _Clock())
    assert other.stamp() == planned.stamp() == first
    other.set_applied_commit("acc", "c1")
    second = planned.stamp()
    planned.set_applied_commit("acc", "c2")
    assert len({first, second, other.stamp()}) == 3
    other.close()


def test_the_mark_of_runs_moves_with_them_and_their_ends_are_two_events(planned: SqliteLedger) -> None:
    marks = [planned.runs_mark("acc")]
    planned.create_run(_run(), (_action(),))
    marks.append(planned.runs_mark("acc"))
    assert planned.run_ends("r1") == ()
    lease = planned.take_lease("acc", "ann", "apply", 10.0, 0.0)
    planned.write(lease, (), (_event(1),))
    assert planned.run_ends("r1") == (_event(1),)
    planned.write(lease, (), (_event(2), _event(3)))
    assert planned.run_ends("r1") == (_event(1), _event(3))
    assert planned.runs_mark("acc") == marks[-1]
    planned.update_run("r1", status="paused")
    marks.append(planned.runs_mark("acc"))
    planned.update_run("r1", status="partial", finished_at="2026-10-19T12:00:00Z")
    marks.append(planned.runs_mark("acc"))
    planned.create_run(_run("r2"), ())
    marks.append(planned.runs_mark("acc"))
    assert len(set(map(repr, marks))) == len(marks)
    assert planned.runs_mark("other") == ()
