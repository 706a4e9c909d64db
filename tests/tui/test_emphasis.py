"""What differs within a value, and how a field is shown."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from fleetc.ir.values import Value
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.tui.emphasis import changed_lines, differing, in_order
from fleetc.tui.fields import change_in_short, field_lines, fingerprint
from tests.tui.fleet import action

TEXTS = st.text(st.sampled_from("ab1. -\n"), max_size=30)


def without(text: str, pieces: tuple[tuple[int, int], ...]) -> str:
    kept, last = "", 0
    for begin, end in pieces:
        assert last <= begin < end <= len(text)
        kept, last = kept + text[last:begin], end
    return kept + text[last:]


@given(TEXTS, TEXTS)
@example("a" * 5000, "a" * 4000)
@example("x" * 7000 + "1", "x" * 7000 + "2")
def test_what_is_not_marked_is_equal(before: str, after: str) -> None:
    found = differing(before, after)
    if found.before or found.after:
        assert without(before, found.before) == without(after, found.after)
    if before == after:
        assert found == ((), ())


def test_only_the_number_that_differs_is_marked() -> None:
    found = differing("ubuntu-24.04.1", "ubuntu-24.04.13")
    assert [("ubuntu-24.04.13"[b:e]) for b, e in found.after] == ["13"]
    assert differing("eu-west-2", "XXXX!") == ((), ())


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_a_list_in_order_holds_both(before: list[str], after: list[str]) -> None:
    items = in_order(before, after)
    assert [each.value for each in items if each.mark != "+"] == before
    assert [each.value for each in items if each.mark != "-"] == after


@given(
    st.lists(st.sampled_from(["a", "b", ""]), max_size=9),
    st.lists(st.sampled_from(["a", "b", ""]), max_size=9),
)
def test_the_lines_that_differ_are_all_there(before: list[str], after: list[str]) -> None:
    items = changed_lines("\n".join(before), "\n".join(after))
    moved = [
        each
        for each in in_order("\n".join(before).splitlines(), "\n".join(after).splitlines())
        if each.mark != " "
    ]
    assert [each for each in items if each.mark in "+-"] == moved
    assert not any(one.mark == other.mark == "." for one, other in itertools.pairwise(items))


def short(kind: str, field: str, before: Value, after: Value, cause: Cause = Cause.GIT) -> str:
    return change_in_short(FieldChange(field, before, after, cause), kind)


def test_lists_are_sets_where_the_schema_says_so() -> None:
    assert short("network", "tags", ["a", "b", "c"], ["c", "b", "d"]) == "[-a, +d, b, c]".replace(
        "b, c", "c, b"
    )
    assert short("network", "tags", ["a", "b"], ["b", "a"]) == "[b, a]"
    holders = short("virtual_ip", "failover_holders", ["a", "b"], ["b", "a"])
    assert holders in ("[-a, b, +a]", "[+b, a, -b]")
    assert short("virtual_ip", "failover_holders", list("abcdef"), list("abcdefg")) == "[6 same, +g]"


def test_mappings_tell_members_and_how_many_stay() -> None:
    told = short(
        "node", "labels", {"a": "1", "b": "2", "c": "3", "d": "4"}, {"a": "1", "b": "9", "d": "4", "e": "5"}
    )
    assert told == "{~b: 2 -> 9, -c: 3, +e: 5, 2 same}"


def test_secrets_say_only_that_they_change() -> None:
    told = short("node", "metadata", {"password": "hunter2"}, {"password": "hunter3"})
    assert "hunter" not in told
    assert fingerprint("hunter2") in told
    assert fingerprint("hunter2") != fingerprint("hunter3")
    alone = field_lines(action("node/a", {"password": "hunter2"}), 100, False)
    assert not any("hunter2" in line.plain for line in alone)
    assert any(fingerprint("hunter2") in line.plain for line in alone)


def lines(before: Value, after: Value, most: int = 6, path: str = "description") -> list[str]:
    made = action("network/mesh", op=Op.UPDATE)
    change = FieldChange(path, before, after, Cause.GIT, "fleet.yaml:4:2")
    made = type(made)(**{**{n: getattr(made, n) for n in made.__struct_fields__}, "fields": (change,)})
    found = field_lines(made, 60, False, most)
    assert all(line.cell_length == 60 for line in found)
    return [line.plain.rstrip() for line in found]


def test_a_text_of_many_lines_shows_those_that_differ_and_folds() -> None:
    before = "".join(f"line {n}\n" for n in range(20))
    told = lines(before, before.replace("line 3\n", "line three\n"))
    assert told[2:6] == ["    ...", "      line 2", "    - line 3", "    + line three"]
    many = "".join(f"other {n}\n" for n in range(20))
    assert any("more lines (enter shows them)" in line for line in lines(before, many))
    assert sum("other" in line for line in lines(before, many, most=999)) == 20


def test_what_differs_is_underlined_without_any_colour() -> None:
    made = action("network/mesh", op=Op.UPDATE)
    change = FieldChange("description", "release 24.04.1", "release 24.04.3", Cause.GIT)
    made = type(made)(**{**{n: getattr(made, n) for n in made.__struct_fields__}, "fields": (change,)})
    (line,) = (each for each in field_lines(made, 90, False) if "24.04.3" in each.plain)
    marked = [line.plain[span.start : span.end] for span in line.spans if "underline" in str(span.style)]
    assert marked == ["1", "3"]
