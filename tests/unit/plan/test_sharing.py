"""Shared parts: the plan stays what it was, and equal parts are one object."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from fleetc.ir.values import Ref
from fleetc.plan.actions import Action, Call
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.sharing import Shared

VALUES: tuple[Any, ...] = (
    *(None, True, 1, 1.0, 0, False, "x", 2**70, "", -0.0),
    *(["x", "y"], [1, True], [], {"a": "x"}, {"a": {"b": "x"}}, {}, [Ref("node/a", "id")]),
    *(Ref("node/a", "id"), {"a": Ref("node/a", "id")}, [["x"]], [{"a": "x"}]),
)


def made(name: str, value: Any) -> Action:
    """An action whose parts are objects of its own."""
    copied = deepcopy(value)
    address = "/".join(("node", name))
    return Action(
        id=f"create:{address}",
        op=Op.CREATE,
        address=address,
        kind="".join(("no", "de")),
        cause=Cause.GIT,
        selected=True,
        fields=(
            FieldChange("labels", None, copied, Cause.GIT, "default"),
            FieldChange("host", copied, None, Cause.GIT, "fleet.yaml:1:2"),
        ),
        calls=(Call("put", "create", {"labels": copied, "id": Ref(address, "id")}, ("labels",)),),
        requires=("create:" + "template/a",),
        after=(),
        wanted={"labels": copied},
        declared=tuple(map(str, ("labels", "host"))),
    )


def told(action: Action) -> str:
    """All of an action with the types of its values: `1` is not `True`."""
    return repr(action)


def test_an_action_stays_what_it_was() -> None:
    shared = Shared()
    for _ in range(2):
        for value in VALUES:
            action = made("a", value)
            assert told(shared.action(action)) == told(action)


def test_equal_parts_are_one_object() -> None:
    shared = Shared()
    first, second = (shared.action(made(name, {"rack": "r1"})) for name in ("a", "b"))
    assert first.fields[0] is second.fields[0]
    assert first.declared is second.declared
    assert first.requires is second.requires
    assert first.base is second.base
    assert first.calls[0].sets is second.calls[0].sets
    assert first.wanted["labels"] is second.wanted["labels"]
    reference = first.calls[0].arguments["id"]
    assert isinstance(reference, Ref)
    assert reference.ref is first.address
