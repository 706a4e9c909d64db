"""What the detail pane says of each kind of change."""

from __future__ import annotations

from fleetc.ir.values import Ref, Value
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.tui import detail
from fleetc.tui.choice import Choice
from fleetc.tui.rows import Rows
from fleetc.tui.states import Known
from fleetc.tui.text import place
from tests.tui.fleet import action, plan_of

LONG = "x" * 400


def change(path: str, before: Value, after: Value, cause: Cause = Cause.GIT) -> FieldChange:
    return FieldChange(path, before, after, cause, "fleet.yaml:12:7")


def shown(
    op: Op, *changes: FieldChange, unchanged: bool = False, width: int = 51, **more: object
) -> list[str]:
    each = action("node/web-07", op=op, **more)  # type: ignore[arg-type]
    plan = plan_of(
        (type(each)(**{**{n: getattr(each, n) for n in each.__struct_fields__}, "fields": changes}),)
    )
    choice = Choice(plan)
    rows = Rows([choice.branch.group], choice.addresses, choice.ticked, choice.barred, choice.ops)
    rows.go(rows.outline.row_of[0])
    lines = detail.full(detail.Seen(choice, rows, Known(True, [1])), width, unchanged)
    assert all(line.cell_length == width for line in lines)
    return [line.plain.rstrip() for line in lines]


def test_an_update_shows_before_after_and_origin() -> None:
    lines = shown(Op.UPDATE, change("image", "a", "b"), change("mtu", 1500, Ref("network/core", "mtu")))
    assert lines[:5] == [
        " Fields 2 of 2 changed",
        " ~ image a -> b",
        "         from fleet.yaml:12  (o: source)",
        " ~ mtu   1500 -> (known after apply)",
        "         from fleet.yaml:12  (o: source)",
    ]


def test_a_list_is_shown_as_what_comes_and_goes() -> None:
    lines = shown(Op.UPDATE, change("tags", ["a", "b"], ["b", "c"]))
    assert " ~ tags [-a, b, +c]" in lines


def test_drift_and_removed_fields_say_so() -> None:
    lines = shown(Op.UPDATE, change("notes", "by hand", None, Cause.DRIFT))
    assert " ~ notes by hand -> (unset)" in lines
    assert any("(drift)" in line for line in lines)


def test_unchanged_fields_stand_behind_a_key() -> None:
    wanted: dict[str, Value] = {"image": "b", "region": "eu"}
    assert not any("region" in line for line in shown(Op.UPDATE, change("image", "a", "b"), wanted=wanted))
    lines = shown(Op.UPDATE, change("image", "a", "b"), wanted=wanted, unchanged=True)
    assert lines[0].startswith(" Fields 1 of 2 changed")
    assert "   image b" not in lines
    assert "   region eu" in lines


def test_long_text_folds_to_six_lines() -> None:
    lines = shown(Op.UPDATE, change("text", LONG, "short"))
    assert sum("xxxx" in line for line in lines) == 5
    assert any("more lines" in line for line in lines)
    assert any("-> short" in line for line in lines)


def test_a_delete_and_a_replace_are_marked() -> None:
    assert any(line.startswith(" - name web-07") for line in shown(Op.DELETE, change("name", "web-07", None)))
    assert any(
        line.startswith(" ! region eu -> us") for line in shown(Op.REPLACE, change("region", "eu", "us"))
    )


def test_origins_without_a_place_stay_words() -> None:
    assert place("fleet.yaml:12:7") == "fleet.yaml:12"
    assert place("default") == "default"
    assert place("") == ""
