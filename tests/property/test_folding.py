"""Laws of folding: who reads a fold knows each of its changes, and nothing unequal folds."""

from __future__ import annotations

from itertools import product
from typing import Any, cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from fleetc.ir.address import address, parts
from fleetc.ir.values import Ref, Value, canonical
from fleetc.model.names import expand
from fleetc.plan.actions import Action, Call
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.groups import LEAST, NAME, PARENT, Fold, fold
from fleetc.plan.plain import plain
from fleetc.plan.ranges import ranges

TEXTS = ("", "a", "edge-01", "mesh", "{name}", "a/b", "a%2Fb", "template")
scalars = st.one_of(st.none(), st.booleans(), st.sampled_from((0, 1, 1.0, 2**60)), st.sampled_from(TEXTS))
names = st.sampled_from(("a", "edge-01", "edge-02", "mesh", "a/b", "a%2Fb", "template", "x y"))
refs = st.builds(Ref, st.builds(address, st.sampled_from(("node", "template")), names), st.just("id"))
marks = st.sampled_from((NAME, PARENT))
values = st.recursive(
    st.one_of(scalars, refs, marks),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(("ref", "field", "literal", "k")), inner, max_size=2)
    ),
    max_leaves=4,
)
REASONS = ("", "takes over", "forced by node/{name}", "left out: {parent}, {name}", "odd {brace")


def put_in(value: Value, where: str) -> Value:
    """A value with the names of an address in the places of its masks."""
    _, *outer, own = parts(where)
    if value == NAME:
        return own
    if value == PARENT:
        return outer[0] if outer else ""
    if isinstance(value, Ref):
        _, *inner = where.split("/")
        text = value.ref.replace("{name}", inner[-1]).replace("{parent}", inner[0])
        return Ref(text, value.field)
    if isinstance(value, (list, tuple)):
        return [put_in(member, where) for member in value]
    if isinstance(value, dict):
        return {key: put_in(member, where) for key, member in value.items()}
    return value


def said(action: Action, where: str) -> bytes:
    """What an action is, with the names of an address put in."""
    _, *inner = where.split("/")
    reason = action.reason
    if "odd" not in reason:
        reason = reason.replace("{name}", inner[-1]).replace("{parent}", inner[0])
    fields = [
        (f.path, plain(put_in(f.before, where)), plain(put_in(f.after, where)), f.cause)
        for f in action.fields
    ]
    was = action.moved_from.replace("{name}", inner[-1]).replace("{parent}", inner[0])
    flags = [action.op, action.cause, action.selected, action.blocked, action.withheld_by, reason, was]
    return canonical([action.kind, flags, fields])


def made(pattern: Action, where: str) -> Action:
    """The pattern at an address."""
    inner = where.split("/")[1:]
    reason = pattern.reason
    if "odd" not in reason:
        reason = reason.replace("{name}", inner[-1]).replace("{parent}", inner[0])
    fields = tuple(
        msgspec.structs.replace(f, before=put_in(f.before, where), after=put_in(f.after, where))
        for f in pattern.fields
    )
    return msgspec.structs.replace(
        pattern,
        id=f"{pattern.op}:{where}",
        address=where,
        kind=parts(where)[0],
        fields=fields,
        reason=reason,
        moved_from=pattern.moved_from.replace("{name}", inner[-1]).replace("{parent}", inner[0]),
    )


fields = st.builds(
    FieldChange, st.sampled_from(("", "host", "modules")), values, values, st.sampled_from(Cause)
)
patterns = st.builds(
    Action,
    id=st.just(""),
    op=st.sampled_from(Op),
    address=st.just(""),
    kind=st.just(""),
    cause=st.sampled_from(Cause),
    selected=st.booleans(),
    fields=st.lists(fields, max_size=3).map(tuple),
    calls=st.sampled_from(((), (Call("put", "update", {}),))),
    requires=st.just(()),
    after=st.just(()),
    reason=st.sampled_from(REASONS),
    withheld_by=st.sampled_from(("", "dana")),
    blocked=st.booleans(),
    moved_from=st.sampled_from(("", "node/old", "peer/old/{name}", "peer/{parent}/old")),
)
places = st.one_of(
    st.builds(address, st.just("node"), names), st.builds(address, st.just("peer"), names, names)
)


@given(st.lists(patterns, min_size=1, max_size=3), st.lists(places, max_size=40), st.data())
def test_a_fold_says_all_of_each_member(kinds: list[Action], where: list[str], data: st.DataObject) -> None:
    actions = [made(data.draw(st.sampled_from(kinds)), place) for place in where]
    found = fold(actions)
    assert sorted(row for each in found for row in each.rows) == list(range(len(actions)))
    for each in found:
        assert len(each) == 1 or len(each) >= LEAST
        for row in each.rows:
            assert said(each.like, actions[row].address) == said(actions[row], actions[row].address)


@given(patterns)
def test_what_has_one_pattern_folds(pattern: Action) -> None:
    actions = [made(pattern, f"peer/net-{n % 2}/host-{n:02d}") for n in range(LEAST + 3)]
    (found,) = fold(actions)
    assert found.rows == tuple(range(LEAST + 3))


def other(action: Action) -> list[Action]:
    """The action with one thing different, each that a reader has to see."""
    replace = msgspec.structs.replace
    first, *rest = action.fields
    odd: list[dict[str, Any]] = [
        {"op": next(op for op in Op if op is not action.op)},
        {"cause": next(cause for cause in Cause if cause is not action.cause)},
        *({name: not getattr(action, name)} for name in ("selected", "blocked")),
        {"reason": f"{action.reason}!"},
        {"withheld_by": f"{action.withheld_by}!"},
        {"moved_from": "node/another"},
        {"calls": (*action.calls, Call("more", "update", {}))},
        {"fields": (*action.fields, FieldChange("more", 1, 2, Cause.GIT))},
        {"fields": tuple(rest)},
        {"fields": (replace(first, path=f"{first.path}!"), *rest)},
        {"fields": (replace(first, cause=next(c for c in Cause if c is not first.cause)), *rest)},
        *({"fields": (replace(first, **{side: "another"}), *rest)} for side in ("before", "after")),
    ]
    return [replace(action, **change) for change in odd]


@given(patterns.filter(lambda pattern: bool(pattern.fields)), st.integers(0, LEAST + 1))
def test_one_difference_stands_alone_and_first(pattern: Action, row: int) -> None:
    actions = [made(pattern, f"peer/net/host-{n:02d}") for n in range(LEAST + 2)]
    for odd in other(actions[row]):
        changed = [*actions[:row], odd, *actions[row + 1 :]]
        alone, rest = fold(changed)
        assert alone == Fold((row,), odd)
        assert len(rest) == LEAST + 1


def test_one_and_true_and_a_text_are_not_equal() -> None:
    base = made(
        Action("", Op.UPDATE, "", "", Cause.GIT, True, (), (), (), ()),
        "node/a",
    )
    actions = [
        msgspec.structs.replace(
            base, address=f"node/n{n}", fields=(FieldChange("x", None, cast("Value", value), Cause.GIT),)
        )
        for value in (1, True, 1.0, "1", [1], {"ref": "node/a", "field": "id"}, Ref("node/a", "id"))
        for n in range(LEAST)
    ]
    assert [len(each) for each in fold(actions)] == [LEAST] * 7


def expanded(text: str) -> list[str]:
    """A text of ranges as the language reads it, each part for itself."""
    return [
        "/".join(chosen)
        for chosen in product(
            *(expand(part, cast("Any", None)) if "[" in part else (part,) for part in text.split("/"))
        )
    ]


numbered = st.builds(
    "{}{}{}".format,
    st.sampled_from(("edge-", "e", "", "10.0.", "x%2F")),
    st.sampled_from(
        ("", "0", "00", "1", "01", "001", "9", "10", "010", "11", "12", "0123456789", "999999999")
    ),
    st.sampled_from(("", "-b", ".c")),
).filter(bool)


@given(
    st.lists(
        st.builds("{}/{}".format, st.sampled_from(("node", "peer/m1", "peer/m2")), numbered), unique=True
    )
)
def test_ranges_stand_for_exactly_the_addresses(addresses: list[str]) -> None:
    texts = [one for text in ranges(addresses) for one in expanded(text)]
    assert sorted(texts) == sorted(addresses)


def test_ranges_are_those_of_the_language() -> None:
    hosts = [f"peer/mesh-{m}/edge-{n:02d}" for m in (1, 2) for n in range(1, 41) if n != 7]
    assert ranges(hosts) == ("peer/mesh-[1-2]/edge-[01-06,08-40]",)
    assert ranges(["node/a", "node/a1", "node/a2", "node/a10"]) == ("node/a", "node/a[1-2,10]")
