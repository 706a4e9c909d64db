"""Which waivers and ignores a change of rules has granted, and by whom."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from fleetc.lang.source import SourceFile
from fleetc.plan.actions import Action
from fleetc.plan.changes import Cause, Op
from fleetc.plan.verdicts import Finding, Quorum
from fleetc.policy.changing import ADDRESS, KIND
from fleetc.policy.checking import check
from fleetc.policy.granting import grants
from fleetc.policy.ruleset import RuleSet

ACCEPT = Action(f"accept:{ADDRESS}", Op.ACCEPT, ADDRESS, KIND, Cause.GIT, True, (), (), (), ())
GROUP = 'group sre = "team:sre"\n'
RULE = 'rule no { on delete peer deny "x" }\n'
WAIVER = 'waiver w of no { for peer reason "x" granted by sre expires 2030-01-01 }\n'
IGNORE = 'ignore i { for network.tags reason "y" granted by sre expires 2030-01-01 }\n'
SRE = (Quorum(1, "sre", ("team:sre",)),)


def rules_of(text: str) -> RuleSet:
    found = check([SourceFile("a.rules", text.encode())] if text else [])
    assert found.rules is not None, found.diagnostics
    return found.rules


def asked(new: str, old: str = GROUP + RULE, action: Action = ACCEPT) -> tuple[Finding, ...]:
    return grants((action,), rules_of(new), rules_of(old))


def test_each_new_exception_is_granted_by_its_group() -> None:
    waiver, ignore = asked(GROUP + RULE + WAIVER + IGNORE)
    assert (waiver.rule, waiver.place, waiver.subject) == ("waiver w", "a.rules:3:8", ACCEPT.id)
    assert (ignore.rule, ignore.message) == ("ignore i", "sre grants it until 2030-01-01: y")
    assert waiver.requires == ignore.requires == SRE
    assert waiver.others
    assert ignore.others


@pytest.mark.parametrize("old", ["", GROUP + RULE, RULE])
def test_a_group_that_was_not_applied_is_as_it_is_written(old: str) -> None:
    assert [each.requires for each in asked(GROUP + RULE + WAIVER, old)] == [SRE]


def test_a_group_that_was_applied_is_as_it_was() -> None:
    wide = GROUP.replace('"team:sre"', '"team:sre", "user:max"')
    assert [each.requires for each in asked(wide + RULE + WAIVER)] == [SRE]
    (narrow,) = asked(GROUP + RULE + WAIVER, wide + RULE)
    assert narrow.requires[0].members == ("team:sre", "user:max")


@pytest.mark.parametrize(
    "new",
    [GROUP + RULE, WAIVER + RULE + GROUP, GROUP + RULE + "# for long\n" + WAIVER.replace(" { ", " {\n")],
)
def test_what_goes_or_stays_word_for_word_asks_nobody(new: str) -> None:
    assert asked(new, GROUP + RULE + WAIVER) == ()


@pytest.mark.parametrize(
    ("was", "now"),
    [("2030", "2029"), ('"x"', '"y"'), ("for peer", "for peer where host == \"a\""), ("waiver w", "waiver v"), ("sre", "net")],
)  # fmt: skip
def test_every_other_word_is_granted_anew(was: str, now: str) -> None:
    more = GROUP + 'group net = "user:lee"\n' + RULE
    assert len(asked(more + WAIVER.replace(was, now), more + WAIVER)) == 1


def test_a_waiver_does_not_stand_for_an_ignore_nor_one_of_another_rule() -> None:
    other = RULE + RULE.replace("rule no", "rule nor")
    assert len(asked(GROUP + other + WAIVER.replace("of no", "of nor"), GROUP + other + WAIVER)) == 1


def test_where_no_rules_change_nothing_is_granted() -> None:
    text = GROUP + RULE + WAIVER
    assert grants((), rules_of(text), rules_of("")) == ()
    assert asked(text, text) == ()
    other = replace(ACCEPT, op=Op.UPDATE)
    assert asked(text, "", other) == ()


WINDOW = 'window night { tz "UTC" from 02:00 to 04:00 }\n'
AT_NIGHT = WAIVER.replace("for peer ", "for peer where not not within window night ")


def test_a_window_that_an_exception_looks_at_is_part_of_what_was_granted() -> None:
    old = GROUP + RULE + WINDOW + AT_NIGHT
    assert asked(old + 'window other { tz "UTC" from 02:00 to 04:00 }\n', old) == ()
    (waiver,) = asked(old.replace("04:00", "23:00"), old)
    assert (waiver.rule, waiver.requires) == ("waiver w", SRE)
