"""Lints: what can do nothing, what is over, what nobody can meet; and that right rules have none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.ir.timestamps import seconds_of
from fleetc.lang import rules_ast as ast
from fleetc.lang.rules_parser import parse_rules
from fleetc.lang.source import SourceFile
from fleetc.policy.checking import check
from fleetc.policy.contradictions import always, never
from fleetc.policy.lints import lint
from fleetc.policy.people import People

NOW = seconds_of("2027-01-01T12:00:00Z")
KNOWN = People({"dd": "dana"}, {"sre": ("dana", "kim"), "netops": ("user:dd", "lee")})
EXAMPLE = Path(__file__).parents[2] / "cases" / "rules" / "example.rules"


def lints(text: str, people: People | None = KNOWN) -> list[tuple[str, str]]:
    ruling = check([SourceFile("a.rules", text.encode())])
    assert ruling.rules is not None, ruling.diagnostics
    found = lint(ruling, NOW, people)
    assert all(each.severity in ("warning", "note") for each in found)
    return [(each.code, each.message) for each in found]


def codes(text: str, people: People | None = KNOWN) -> list[str]:
    return [code for code, _ in lints(text, people)]


def test_the_example_of_the_design_has_none_but_for_groups() -> None:
    both = People({}, {"sre": ("a", "b"), "netops": ("c", "d")})
    ruling = check([SourceFile("a.rules", EXAMPLE.read_bytes())])
    assert lint(ruling, seconds_of("2026-11-28T00:00:00Z"), both) == ()


def test_rules_with_an_error_have_none() -> None:
    assert lint(check([SourceFile("a.rules", b"rule x {")]), NOW, KNOWN) == ()


# F0837


@pytest.mark.parametrize(
    "scope",
    [
        "on update instance",
        "on update peer.network",
        "on replace network, node",
        "on move peer, instance, assignment",
        "on unprotect node.labels",
        "on create, update instance, network.routing_mode from adopt",
        "on replace firewall_rule",
        "on delete peer from drift, forced",
    ],
)
def test_a_scope_that_names_no_change(scope: str) -> None:
    text = f'rule r {{ {scope} warn "x" }}'
    if scope.endswith("from adopt"):
        assert codes(text) == []
    else:
        assert set(codes(text)) == {"F0837"}


@pytest.mark.parametrize(
    "scope",
    [
        "on update *",
        "on replace peer, virtual_ip, module, assignment, port_mapping",
        "on update node.effective_modules",
        "on move node, template",
        "on create * from drift",
        "on delete * from conflict",
        "on update * from forced",
        "on update, delete instance, node",
    ],
)
def test_a_scope_that_names_some(scope: str) -> None:
    assert codes(f'rule r {{ {scope} warn "x" }}') == []


def test_an_operation_that_none_of_the_kinds_has_is_named_by_itself() -> None:
    ((code, message),) = lints('rule r { on update, replace network warn "x" }')
    assert (code, message) == ("F0837", "none of these is ever replaced")


NEVER = (
    'env.name == "a" and env.name == "b"',
    "listen_port > 10 and listen_port < 11",
    "listen_port == 1 and listen_port > 1",
    "publicly_reachable and not publicly_reachable",
    "publicly_reachable == false and publicly_reachable",
    'host == "a" and not host == "a"',
    'host == "a" and host matches "b*"',
    "false",
    'not ("a" != "b")',
    "count(network.peers) > 3 and count(network.peers) == 2",
    '(host == "a" or host == "b") and host == "c"',
    'not (host == "a" or host != "a")',
    "exists{p in network.peers | p.publicly_reachable} and not exists{p in network.peers | p.publicly_reachable}",
    'operation == "create"',
    'cause == "git" and cause == "drift"',
    'kind == "network"',
    "endpoint_port == none and endpoint_port > 1",
    "endpoint_port < 1 and 1 < endpoint_port",
)
SOMETIMES = (
    'env.name == "a" or env.name == "b"',
    "listen_port > 10 and listen_port < 12",
    "publicly_reachable and not before.publicly_reachable",
    'host matches "a*" and host matches "*b"',
    'host != "a" and host != "b"',
    'host == "a" and host matches "a*"',
    "not listen_port > 10 and not listen_port < 10",
    'operation == "update" and kind == "peer"',
    '"a" in network.tags and "b" in network.tags',
    "1 <= 2",
    'host == "core/a" and host matches "a"',
    "listen_port >= 5 and listen_port <= 5",
)


@pytest.mark.parametrize("where", NEVER)
def test_a_condition_that_excludes_itself(where: str) -> None:
    assert codes(f'rule r {{ on update peer where {where} warn "x" }}') == ["F0837"]


@pytest.mark.parametrize("where", SOMETIMES)
def test_a_condition_that_does_not(where: str) -> None:
    assert codes(f'rule r {{ on update peer where {where} warn "x" }}') == []


def test_conditions_of_the_other_declarations() -> None:
    twice = 'name == "a" and name == "b"'
    text = f"""
group sre = "team:sre"
rule no {{ on delete network deny "x" }}
waiver w of no {{ for network where {twice} reason "x" granted by sre expires 2030-01-01 }}
ignore i {{ for network.tags where {twice} reason "x" granted by sre expires 2030-01-01 }}
invariant a {{ for n in network where n.name == "a" and n.name == "b" assert count(n.peers) > 1 else warn "x" }}
invariant b {{ for n in network assert n.name == "a" or n.name != "a" else warn "x" }}
budget c {{ when env.name == "a" and env.name == "b" count delete of peer max 1 else warn "x" }}
"""
    assert codes(text) == ["F0837"] * 5


def test_a_window_that_never_opens() -> None:
    text = 'window w { tz "UTC" days sat from 2027-03-01 to 2027-03-05 }\nrule r { on delete peer hold until window w }'
    assert codes(text) == ["F0837"]
    assert codes(text.replace("sat", "mon")) == []


def expression(text: str) -> ast.Expression:
    file = SourceFile("a.rules", f'rule r {{ on update peer where {text} warn "x" }}'.encode())
    (rule,) = parse_rules(file)[0].declarations
    assert isinstance(rule, ast.Rule)
    assert rule.where is not None
    return rule.where


ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "x == 1",
        "x != 2",
        "x < 2",
        "x >= 2",
        "1 < x",
        'y == "p"',
        'y != "q"',
        'y matches "p*"',
        "true",
    ]
)


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(parts, st.sampled_from(["and", "or"]), parts)
    return st.one_of(pairs.map(lambda p: f"({' '.join(p)})"), parts.map(lambda p: f"not {p}"))


def value(tree: ast.Expression, world: dict[str, object]) -> bool:
    """What a condition is, in the plainest way."""
    match tree:
        case ast.Literal():
            return tree.value is True
        case ast.Path():
            return world[tree.text] is True
        case ast.Not():
            return not value(tree.inner, world)
        case ast.Both():
            return all(value(part, world) for part in tree.parts)
        case ast.Either():
            return any(value(part, world) for part in tree.parts)
        case ast.Compare():
            left, right = (
                world[side.text] if isinstance(side, ast.Path) else side.value  # type: ignore[union-attr]
                for side in (tree.left, tree.right)
            )
            if tree.operator == "matches":
                return isinstance(left, str) and left.startswith("p")
            if tree.operator in ("==", "!="):
                return (type(left) is type(right) and left == right) is (tree.operator == "==")
            numbers = type(left) is int and type(right) is int
            return numbers and eval(f"{left} {tree.operator} {right}")
    raise AssertionError(tree)


WORLDS = st.fixed_dictionaries(
    {
        "a": st.sampled_from([True, False, None]),
        "b": st.sampled_from([True, False, None]),
        "x": st.sampled_from([None, 0, 1, 2, 3]),
        "y": st.sampled_from([None, "p", "q", "pp", "r"]),
    }
)


@given(st.recursive(ATOMS, joined, max_leaves=8), st.lists(WORLDS, min_size=1, max_size=20))
def test_what_holds_somewhere_is_not_said_never_to_hold(text: str, worlds: list[dict[str, object]]) -> None:
    tree = expression(text)
    values = {value(tree, world) for world in worlds}
    assert not (True in values and never(tree))
    assert not (False in values and always(tree))


def test_too_many_ways_are_not_followed() -> None:
    many = " and ".join(f"(a{n} or b{n})" for n in range(12))
    assert not never(expression(f"{many} and z and not z"))
    few = " and ".join(f"(a{n} or b{n})" for n in range(5))
    assert never(expression(f"{few} and z and not z"))


# F0838


WIDE = 'rule wide { on update, delete peer deny "x" }\n'


@pytest.mark.parametrize(
    ("first", "second", "shadowed"),
    [
        (WIDE, 'rule narrow { on delete peer deny "y" }', "narrow"),
        (WIDE, 'rule narrow { on delete peer.listen_port where listen_port > 1 warn "y" }', "narrow"),
        (WIDE, 'rule narrow { on delete peer from git allow }', "narrow"),
        (WIDE, 'rule other { on delete peer, network deny "y" }', ""),
        (WIDE, 'rule other { on create, delete peer deny "y" }', ""),
        ('rule a { on delete peer where listen_port > 1 deny "x" }', 'rule b { on delete peer deny "y" }', "a"),
        ('rule a { on delete peer where listen_port > 1 deny "x" }', 'rule b { on delete peer where listen_port > 2 deny "y" }', ""),
        ('rule a { on delete peer warn "x" }', 'rule b { on delete peer warn "y" }', "b"),
        ('rule a { on delete peer warn "x" }', 'rule b { on delete peer deny "y" }', "a"),
        ('rule a { on delete peer require 1 of sre }', 'rule b { on delete peer require 2 of sre }', "a"),
        ('rule a { on delete peer require 2 of sre }', 'rule b { on delete peer require 1 of sre and 1 of net }', ""),
        ('rule a { on delete peer require 2 of sre }', 'rule b { on delete peer hold until window w }', ""),
        ('rule a { on delete peer require 2 of sre }', 'rule b { on delete peer warn "y" }', ""),
        ('rule a { on delete peer allow }', 'rule b { on delete peer warn "y" }', ""),
        ('rule a { on delete peer deny "x" trial until 2030-01-01 }', 'rule b { on delete peer deny "y" }', "a"),
        ('rule a { on delete peer from git deny "x" }', 'rule b { on delete peer deny "y" }', "a"),
        (WIDE + 'waiver v of wide { for peer reason "x" granted by sre expires 2030-01-01 }', 'rule narrow { on delete peer deny "y" }', ""),
    ],
)  # fmt: skip
def test_rules_that_change_nothing(first: str, second: str, shadowed: str) -> None:
    ends = 'group sre = "team:sre"\ngroup net = "team:netops"\nwindow w { days mon }\n'
    found = [message for code, message in lints(f"{ends}{first}\n{second}") if code == "F0838"]
    assert [message.split("`")[1] for message in found] == ([shadowed] if shadowed else [])


def test_a_waiver_of_what_its_rule_is_not_about() -> None:
    text = """
group sre = "team:sre"
rule no { on delete peer deny "x" }
invariant i { for n in network assert count(n.peers) > 1 else deny "x" }
waiver a of no { for peer, network reason "x" granted by sre expires 2030-01-01 }
waiver b of i { for peer reason "x" granted by sre expires 2030-01-01 }
waiver c of no { for * reason "x" granted by sre expires 2030-01-01 }
"""
    assert [message for code, message in lints(text) if code == "F0838"] == [
        "`no` is not about any network, so that this waives nothing",
        "`i` is not about any peer, so that this waives nothing",
    ]


# F0839


@pytest.mark.parametrize(
    ("quorums", "found"),
    [
        ("2 of sre", []),
        ("3 of sre", ["3 of sre cannot be had: it has 2"]),
        ("2 of sre and 1 of netops", []),
        ("2 of sre and 2 of netops", ["2 of netops cannot be had: 1 are left beside the others"]),
        ("2 of twice", ["2 of twice cannot be had: it has 1"]),
    ],
)
def test_quorums_that_groups_cannot_fill(quorums: str, found: list[str]) -> None:
    text = f"""
group sre = "team:sre"
group netops = "team:netops"
group twice = "user:dd", "user:DANA"
rule r {{ on delete peer require {quorums} }}
"""
    assert [message for code, message in lints(text) if code == "F0839"] == found


def test_teams_that_nobody_knows() -> None:
    text = 'group a = "team:nobody", "user:x"\nrule r { on delete peer require 1 of a }'
    assert lints(text) == [("F0839", "the operator's file has no team `nobody`, so that nobody is in it")]
    assert codes(text, None) == ["F0839"]
    assert [each.severity for each in lint(check([SourceFile("a.rules", text.encode())]), NOW)] == ["note"]


def test_a_group_of_nobody_grants_nothing() -> None:
    text = """
group sre = "team:sre"
group none = "team:nobody"
rule no { on delete peer deny "x" }
waiver w of no { for peer reason "x" granted by none expires 2999-01-01 }
ignore i { for network.tags reason "x" granted by sre expires 2999-01-01 }
"""
    said = "nobody is in none, so that nobody can grant `w`"
    assert [message for code, message in lints(text) if code == "F0839"][1:] == [said]
    assert codes(text, None) == ["F0839"] * 2  # notes: teams are not known


def test_without_an_operators_file_only_persons_are_counted() -> None:
    text = 'group a = "user:x", "user:X"\nrule r { on delete peer require 2 of a }'
    assert lints(text, None) == [("F0839", "2 of a cannot be had: it has 1")]
    assert codes(text.replace('"user:X"', '"team:t"'), None) == ["F0839"]  # the note about the team


# F0840, F0841, F0842


@pytest.mark.parametrize(
    ("day", "code"),
    [("2026-12-31", "F0840"), ("2027-01-01", "F0841"), ("2027-01-08", "F0841"), ("2027-01-09", "")],
)
def test_what_is_over_and_what_ends_within_a_week(day: str, code: str) -> None:
    text = f"""
group sre = "team:sre"
rule no {{ on delete peer deny "x" trial until {day} }}
waiver w of no {{ for peer reason "x" granted by sre expires {day} }}
ignore i {{ for network.tags reason "x" granted by sre expires {day} }}
"""
    assert codes(text) == ([code] * 3 if code else [])


def test_a_freeze_that_is_over() -> None:
    text = (
        'freeze f { from 2026-12-01 to 2026-12-31 }\nrule r { on delete peer where within window f warn "x" }'
    )
    assert lints(text) == [("F0840", "the freeze `f` is over since 2026-12-31")]
    assert codes(text.replace("2026-12-31", "2027-01-01")) == []


def test_groups_and_windows_that_nothing_uses() -> None:
    text = 'group a = "user:x"\nwindow w { days mon }\nfreeze f { from 2030-01-01 to 2030-01-02 }\n'
    assert lints(text) == [
        ("F0842", "nothing uses the group `a`"),
        ("F0842", "nothing uses the window `w`"),
        ("F0842", "nothing uses the freeze `f`"),
    ]
    used = (
        text
        + """
rule no { on delete peer where not (within window f or name == "x") hold until window w }
ignore i { for network.tags reason "x" granted by a expires 2030-01-01 }
"""
    )
    assert codes(used) == []
