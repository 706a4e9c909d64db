"""The design's example (3.2): it is read without a word, and what is printed of it reads back."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetc.lang import rules_ast as ast
from fleetc.lang.rules_parser import parse_rules
from fleetc.lang.rules_printer import expression, print_rules, printed
from fleetc.lang.source import SourceFile

EXAMPLE = SourceFile("example.rules", Path(__file__).with_name("example.rules").read_bytes())
PRINTED = """\
group netops = "team:netops", "user:dana"

freeze year-end { tz "UTC" from 2026-12-18 to 2027-01-04 }

budget blast-radius {
  when env.name == "prod"
  count delete, replace of node, peer
  max 5
  max 10% floor 2
  max 1 by node.region per 1d
  else require 2 of sre
}

invariant vip-survives-a-site "A production VIP is held in two regions" {
  for v in virtual_ip where env.name == "prod"
  assert count(distinct{h in v.holders | h.node.region}) >= 2
  else deny "VIP {v.name} would live only in {distinct{h in v.holders | h.node.region}}"
}
"""


def where(condition: str) -> ast.Expression:
    text = f'rule a {{ on update peer where {condition} deny "x" }}'
    (rule,) = parse_rules(SourceFile("a.rules", text.encode()))[0].declarations
    assert isinstance(rule, ast.Rule)
    assert rule.where is not None
    return rule.where


def test_the_example_is_read_and_reads_back() -> None:
    file, found = parse_rules(EXAMPLE)
    assert found == ()
    kinds = [type(each).__name__ for each in file.declarations]
    assert kinds == [
        *("Group", "Group", "Calendar", "Calendar", "Rule", "Rule", "Rule", "Rule", "Invariant", "Budget"),
        *("Rule", "Ignore", "Waiver", "Test"),
    ]
    text = print_rules(file)
    again, found = parse_rules(SourceFile("printed.rules", text.encode()))
    assert found == ()
    assert again.declarations == file.declarations
    assert print_rules(again) == text


def test_declarations_are_printed_a_clause_a_line() -> None:
    file, _ = parse_rules(EXAMPLE)
    names = ("netops", "year-end", "blast-radius", "vip-survives-a-site")
    by_name = {each.name.text: each for each in file.declarations if not isinstance(each, ast.Test)}
    chosen = ast.RuleFile(tuple(by_name[name] for name in names), EXAMPLE)
    assert print_rules(chosen) == PRINTED


def test_a_calendar_and_a_group_that_are_too_long_take_a_line_for_each_part() -> None:
    members = ", ".join(f'"user:somebody-{number}"' for number in range(6))
    text = f'group all = {members}\nwindow w {{ tz "{"x" * 90}" days sat, sun, mon from 08:05 to 24:00 }}'
    group, window = parse_rules(SourceFile("a.rules", text.encode()))[0].declarations
    assert printed(group) == "group all =\n  " + members.replace(", ", ",\n  ")
    assert printed(window).splitlines() == [
        "window w {", f'  tz "{"x" * 90}"', "  days mon, sat, sun", "  from 08:05 to 24:00", "}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("((a) and ((b)))", "a and b"),
        ("a and b or c and not d", "a and b or c and not d"),
        ("(a or b) and c", "(a or b) and c"),
        ("a and (b and c)", "a and (b and c)"),
        ("not (a == b)", "not a == b"),
        ("not (a or b)", "not (a or b)"),
        ("(not a) == (b in c)", "(not a) == (b in c)"),
        ("all{x in (a) | (x or b)}", "all{x in a | x or b}"),
        ('labels."app.example/role" == labels."role"', 'labels."app.example/role" == labels.role'),
        ("applied_within(3600s, 90m, 48h, 0d)", "applied_within(1h, 90m, 2d, 0s)"),
        (r'a in "q\" \\ \t \n" or select "tags:\"a b\""', r'a in "q\" \\ \t \n" or select "tags:\"a b\""'),
        ("a == none or b == true or c == -3", "a == none or b == true or c == -3"),
    ],
)
def test_an_expression_has_the_fewest_parentheses(written: str, expected: str) -> None:
    assert expression(where(written)) == expected
