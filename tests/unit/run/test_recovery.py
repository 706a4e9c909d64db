"""What a look means for a call: the tables of design 2.6 and of the fault list, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value
from fleetc.plan.actions import Call
from fleetc.run.recovery import Look, Mode, Subject, Verdict, after_unknown, before_first, between

DONE, SEND, WAIT, CONFLICT = Verdict.DONE, Verdict.SEND, Verdict.WAIT, Verdict.CONFLICT
BASE: dict[str, Value] = {"description": "old", "tags": ["a", "b"]}
WANTED: dict[str, Value] = {"description": "new", "tags": ["b", "a"], "routing_mode": "ibgp"}
SETS = ("description", "tags")


def subject(mode: Mode, **values: Any) -> Subject:
    base = {} if mode == "create" else BASE
    wanted = {} if mode == "delete" else WANTED
    return Subject("network/n", "network", mode, values.get("base", base), values.get("wanted", wanted))


def network(key: str = "net-1", address: str = "network/n", **fields: Value) -> LiveResource:
    return LiveResource(address, "network", key, fields)


OLD, NEW = network(**BASE), network(**WANTED)
THIRD = network(description="third", tags=["a", "b"])
EMPTY, GONE = Look(), Look(own=None)


@pytest.mark.parametrize(
    ("mode", "look", "verdict"),
    [
        ("create", Look(standing=()), SEND),
        ("create", Look(standing=(NEW,)), DONE),
        ("create", Look(standing=(OLD,)), CONFLICT),
        (
            "create",
            Look(standing=(network(description="new", tags=["a", "b"], routing_mode="static"),)),
            CONFLICT,
        ),
        ("create", Look(standing=(NEW, network("net-2", **WANTED))), CONFLICT),
        ("update", Look(own=OLD), SEND),
        ("update", Look(own=network(description="old", tags=["b", "a"])), SEND),
        ("update", Look(own=NEW), CONFLICT),
        ("update", Look(own=THIRD), CONFLICT),
        ("update", GONE, CONFLICT),
        ("update", Look(own=network(address="network/other", **BASE)), CONFLICT),
        ("delete", Look(own=OLD), SEND),
        ("delete", Look(own=THIRD), CONFLICT),
        ("delete", Look(own=network(address="network/other", **BASE)), CONFLICT),
        ("delete", GONE, DONE),
        ("delete", Look(standing=(network("net-9", **BASE),)), DONE),
    ],
)
def test_before_the_first_call(mode: Mode, look: Look, verdict: Verdict) -> None:
    assert before_first(subject(mode), look).verdict is verdict


def test_a_newcomer_of_the_name_is_reported() -> None:
    decision = before_first(subject("delete"), Look(standing=(network("net-9"),)))
    assert "net-9" in decision.reason


def test_another_kind_behind_the_id_is_a_conflict() -> None:
    stranger = LiveResource("network/n", "module", "net-1", BASE)
    assert before_first(subject("delete"), Look(own=stranger)).verdict is CONFLICT


@pytest.mark.parametrize(
    ("own", "done", "verdict"),
    [
        (OLD, (), SEND),
        (network(description="new", tags=["a", "b"]), ("description",), SEND),
        (network(description="new", tags=["a", "b"]), ("tags",), CONFLICT),
        (None, ("description",), CONFLICT),
    ],
)
def test_between_calls(own: LiveResource | None, done: tuple[str, ...], verdict: Verdict) -> None:
    assert between(subject("update"), Look(own=own), done).verdict is verdict


def call(verb: Any, sets: tuple[str, ...] = SETS, item: str = "") -> Call:
    return Call("some_call", verb, {}, sets, item)


UNKNOWN = [
    # verb, look, first look, second look, second look when it was sent as often as is allowed
    ("create", EMPTY, WAIT, SEND, CONFLICT),
    ("create", Look(standing=(NEW,)), DONE, DONE, DONE),
    ("create", Look(standing=(OLD,)), CONFLICT, CONFLICT, CONFLICT),
    ("create", Look(standing=(NEW, NEW)), CONFLICT, CONFLICT, CONFLICT),
    ("update", Look(own=NEW), DONE, DONE, DONE),
    ("update", Look(own=OLD), WAIT, SEND, CONFLICT),
    ("update", Look(own=THIRD), CONFLICT, CONFLICT, CONFLICT),
    ("update", GONE, CONFLICT, CONFLICT, CONFLICT),
    ("delete", GONE, DONE, DONE, DONE),
    ("delete", Look(standing=(network("net-9"),)), DONE, DONE, DONE),
    ("delete", Look(own=OLD), WAIT, SEND, CONFLICT),
    ("delete", Look(own=THIRD), CONFLICT, CONFLICT, CONFLICT),
]


@pytest.mark.parametrize(("verb", "look", "first", "second", "last"), UNKNOWN)
def test_after_an_unknown_result(
    verb: Any, look: Look, first: Verdict, second: Verdict, last: Verdict
) -> None:
    about = subject(verb)
    assert after_unknown(about, call(verb), look, settled=False).verdict is first
    assert after_unknown(about, call(verb), look, settled=True).verdict is second
    assert after_unknown(about, call(verb), look, settled=True, may_send=False).verdict is last


def test_a_created_one_is_judged_by_what_its_create_call_sets() -> None:
    """Later calls of the same action set the rest."""
    standing = network(description="new", tags=["a", "b"], routing_mode="static")
    decision = after_unknown(subject("create"), call("create"), Look(standing=(standing,)), settled=False)
    assert decision.verdict is DONE
    assert decision.live is standing


@pytest.mark.parametrize(
    ("live", "wanted", "item", "verdict"),
    [
        (["nginx@1", "chrony"], ["nginx@1"], "nginx@1", DONE),
        (["chrony"], ["nginx@1"], "nginx@1", WAIT),
        (["nginx@2"], ["nginx@1"], "nginx@1", WAIT),
        (["nginx@1"], [], "chrony", DONE),
        (["chrony"], [], "chrony", WAIT),
    ],
)
def test_an_item_call_is_judged_by_its_item(
    live: list[str], wanted: list[str], item: str, verdict: Verdict
) -> None:
    about = Subject("template/t", "template", "update", {"modules": ["chrony"]}, {"modules": wanted})
    own = LiveResource("template/t", "template", "tpl-1", {"modules": live})
    decision = after_unknown(about, call("update", ("modules",), item), Look(own=own), settled=False)
    assert decision.verdict is verdict


OLD_NAME = network(address="network/was", **BASE)
NEW_NAME = network(**BASE)
TAKEN = network("net-9")


def renamed() -> Subject:
    return Subject("network/n", "network", "update", BASE, WANTED, "network/was")


@pytest.mark.parametrize(
    ("look", "before", "first", "second"),
    [
        (Look(own=OLD_NAME), SEND, WAIT, SEND),
        (Look(own=NEW_NAME, standing=(NEW_NAME,)), CONFLICT, DONE, DONE),
        (Look(own=OLD_NAME, standing=(TAKEN,)), CONFLICT, CONFLICT, CONFLICT),
        (Look(own=network(address="network/third", **BASE)), CONFLICT, CONFLICT, CONFLICT),
        (Look(own=network(address="network/was", description="third")), CONFLICT, WAIT, SEND),
        (GONE, CONFLICT, CONFLICT, CONFLICT),
    ],
)
def test_a_rename_looks_at_the_old_and_the_new_name(
    look: Look, before: Verdict, first: Verdict, second: Verdict
) -> None:
    rename = call("rename", ())
    assert before_first(renamed(), look).verdict is before
    assert after_unknown(renamed(), rename, look, settled=False).verdict is first
    assert after_unknown(renamed(), rename, look, settled=True).verdict is second


def test_the_calls_after_a_rename_find_it_under_the_new_name() -> None:
    assert between(renamed(), Look(own=NEW_NAME), ()).verdict is SEND
    assert between(renamed(), Look(own=OLD_NAME), ()).verdict is CONFLICT
    assert after_unknown(renamed(), call("update"), Look(own=NEW), settled=False).verdict is DONE
