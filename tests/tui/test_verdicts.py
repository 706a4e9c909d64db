"""Findings by row, and what the choice does with them."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from fleetc.plan.actions import Limit
from fleetc.plan.changes import Cause, Op
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.tui import findings as words
from fleetc.tui.choice import Choice
from fleetc.tui.rows import Rows
from fleetc.tui.verdicts import code_of
from tests.tui import fleet
from tests.tui.judged import finding

SPOKE = "create:peer/edge-fabric/edge-tokyo-02"
HUB, SPOKE_ROW = 8, 9


def denied(*subjects: str, fixed: bool = False) -> tuple[Finding, ...]:
    return tuple(finding("hubs", Verdict.DENY, each, fixed=fixed, message="too few") for each in subjects)


def choice() -> Choice:
    return Choice(fleet.edge_plan())


def test_the_strictest_that_binds_counts_and_stands_first() -> None:
    told = choice().judged(
        (
            finding("a", Verdict.WARN, SPOKE),
            finding("b", Verdict.DENY, SPOKE, trial="2027-01-01"),
            finding("c", Verdict.REQUIRE, SPOKE),
            finding("d", Verdict.DENY, "create:node/edge-tokyo-01", waiver="chg-1"),
        )
    )
    assert [each.rule for each in told.of(SPOKE)] == ["c", "a", "b"]
    assert told.worst[SPOKE_ROW] == code_of(Verdict.REQUIRE)
    assert told.denial(SPOKE) is None
    assert sum(map(bool, told.worst)) == 1
    assert told.rows_of(Verdict.REQUIRE)[SPOKE_ROW] == 1


def test_a_group_counts_what_hinders_below_it() -> None:
    each = choice()
    each.hear(
        each.judged((*denied(SPOKE), finding("q", Verdict.HOLD, "create:peer/edge-fabric/edge-tokyo-01")))
    )
    rows = Rows([each.branch.group], each.addresses, each.ticked)
    rows.judge(each.verdicts.worst)
    peers = next(row for row, group in rows.outline.group_at.items() if group.title == "peer")
    assert words.counted(rows, peers).plain == "!1 deny !1 hold"
    assert words.counted(rows, 0).plain == "!1 deny !1 hold"
    nodes = next(row for row, group in rows.outline.group_at.items() if group.title == "node")
    assert not words.counted(rows, nodes)


def test_what_was_chosen_and_is_denied_is_left_out_again_with_what_needs_it() -> None:
    each = choice()
    each.toggle([SPOKE_ROW], on=False)
    assert each.hear(each.judged(denied(SPOKE))) == ""
    without = each.ticked
    each.toggle([11], on=True)  # the virtual address, which needs the spoke
    assert each.doubtful
    assert (
        each.hear(each.judged(denied(SPOKE)))
        == f"refused: denied by hubs: too few ({each.addresses[SPOKE_ROW]})"
    )
    assert each.ticked == without
    assert not each.doubtful
    each.undo()
    assert each.ticked == without


def test_of_many_that_were_chosen_only_what_is_denied_is_left_out_again() -> None:
    each = choice()
    whole = each.ticked
    each.toggle(range(12))
    each.hear(each.judged(()))
    each.toggle(range(12), on=True)
    said = each.hear(each.judged(denied(SPOKE)))
    assert said.startswith("refused: denied by hubs")
    assert each.ticked == bytes(on and row not in (SPOKE_ROW, 11) for row, on in enumerate(whole))


def test_what_becomes_denied_while_it_is_chosen_is_told_and_stays() -> None:
    each = choice()
    each.toggle([HUB], on=False)
    before = each.ticked
    assert each.hear(each.judged(denied(SPOKE))).startswith("now denied by hubs: too few")
    assert each.ticked == before
    assert each.hear(each.judged(denied(SPOKE))) == "", "it is told once"
    assert each.denied(SPOKE_ROW)
    assert each.why(11) == f"needs {each.addresses[HUB]}"


def test_why_names_the_rule_or_the_denied_row_that_is_needed() -> None:
    each = choice()
    each.toggle([SPOKE_ROW], on=False)
    each.hear(each.judged(denied(SPOKE)))
    assert each.why(SPOKE_ROW) == "denied by hubs: too few"
    assert each.why(11) == f"needs {each.addresses[SPOKE_ROW]}, which is denied"


def test_problems_are_what_somebody_should_look_at() -> None:
    actions = list(fleet.edge_actions())
    actions[0] = msgspec.structs.replace(actions[0], cause=Cause.CONFLICT)
    actions.append(fleet.action("module/a", op=Op.DELETE))
    each = Choice(fleet.plan_of(tuple(actions)))
    over = Limit("deletes module", 4, 9, 3, True, "deletes of module: 4 of 9, at most 3")
    whole = finding("vip", Verdict.WARN, "", reaches=("network/edge-fabric",))
    told = (*denied(SPOKE), finding("look", Verdict.REQUIRE, "create:node/edge-tokyo-01"), whole)
    each.hear(each.judged(told))
    rows = [row for row, flag in enumerate(each.problems((over,))) if flag]
    assert [each.addresses[row] for row in rows] == [
        "template/edge-cdn",
        "network/edge-fabric",
        "peer/edge-fabric/edge-tokyo-02",
        "module/a",
    ]
    assert [each.problem(row) for row in rows] == [
        "conflict: changed in the file and by hand",
        "warn by vip: said by vip",
        "deny by hubs: too few",
        "over a limit",
    ]
    assert not any(choice().problems(()))


@given(st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=12), st.sets(st.integers(0, 11)))
def test_whatever_is_toggled_nothing_denied_stays_chosen_after_rules_were_heard(
    toggles: list[tuple[int, bool]], banned: set[int]
) -> None:
    each = choice()
    each.toggle(range(12))
    told = each.judged(denied(*(each.plan.actions[row].id for row in sorted(banned))))
    each.hear(told)
    for row, on in toggles:
        each.toggle([row], on=on)
        each.hear(each.judged(told.findings))
        assert not any(each.ticked[row] for row in banned)
        closed = each.index.rows.closed(each.ticked)
        assert closed == each.ticked


def test_a_row_says_the_verdict_before_the_rest() -> None:
    told = choice().judged(denied(SPOKE))
    assert words.tail(told, SPOKE, told=False).plain == "!deny hubs: too few"
    assert words.tail(told, SPOKE, told=True).plain == "!deny hubs"
    assert not words.tail(told, "create:node/edge-tokyo-01", told=True)


def test_a_finding_that_binds_nobody_says_why() -> None:
    lines = words.said(finding("old", Verdict.DENY, SPOKE, waiver="chg-8812", accepted=True), "", 90)
    assert "!deny  old  waived by chg-8812  by the rules applied last" in lines[0].plain
    lines = words.said(finding("new", Verdict.DENY, SPOKE, trial="2027-01-15"), "", 90)
    assert "on trial until 2027-01-15" in lines[0].plain


def test_a_finding_is_told_in_full_with_the_rule_as_it_is_written() -> None:
    held = finding("quiet", Verdict.HOLD, SPOKE, window="night", until=fleet.T0, unknown=("host",))
    lines = [line.plain.rstrip() for line in words.said(held, "rule quiet {\n\thold\n}", 70)]
    assert "           not known yet: host: the strictest counts" in lines
    assert "           held until 2026-10-19 12:00 UTC (window night)" in lines
    assert lines[-3:] == ["         | rule quiet {", "         |     hold", "         | }"]
