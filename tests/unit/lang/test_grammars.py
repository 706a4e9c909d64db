"""The door to lark: trees with places, faults in words, and tables that give the same parser."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import lark.lark
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.lang import grammars
from fleetc.lang.grammar_faults import END, GROUPS, WORDS, in_words
from fleetc.lang.grammars import DEEPEST, GRAMMARS, Leaf, Node, SyntaxFault, parse, tables, terminals

ROOT = Path(__file__).parents[3]
RULES = """
# who may
group sre = "team:sre", "user:dana"

rule no-hub-delete "A hub is drained first" {
  on delete peer
  where before.publicly_reachable and count{p in network.peers | not p.publicly_reachable} > 0
  deny "hub {host} still serves spokes"
}
"""


def fault(start: str, text: str, offset: int = 0) -> SyntaxFault:
    with pytest.raises(SyntaxFault) as caught:
        parse(start, text, offset)
    return caught.value


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        if isinstance(child, Node):
            yield from nodes(child)


def test_a_tree_has_rules_terminals_and_places() -> None:
    text = "not (a/b, kind:node+1)"
    tree = parse("selector", text)
    assert tree.rule == "selector"
    (negation,) = tree.children
    assert isinstance(negation, Node)
    (group,) = negation.children
    assert isinstance(group, Node)
    assert (negation.rule, group.rule) == ("negation", "group")
    assert text[group.start : group.end] == "(a/b, kind:node+1)"
    (both,) = group.children
    assert isinstance(both, Node)
    assert text[both.start : both.end] == "a/b, kind:node+1"
    assert both.children[0] == Node("address", (Leaf("WORD", "a/b", 5, 8),), 5, 8)


def test_fixed_texts_have_no_leaf_and_named_terminals_have() -> None:
    (group, *_) = parse("rules", RULES).children
    assert isinstance(group, Node)
    assert [child.text for child in group.children if isinstance(child, Leaf)] == [
        "sre",
        '"team:sre"',
        '"user:dana"',
    ]
    assert RULES[group.start : group.end] == 'group sre = "team:sre", "user:dana"'


def test_every_node_spans_its_children_and_every_leaf_its_text() -> None:
    for node in nodes(parse("rules", RULES)):
        assert all(
            RULES[child.start : child.end] == child.text for child in node.children if isinstance(child, Leaf)
        )
        places = [
            node.start,
            *(place for child in node.children for place in (child.start, child.end)),
            node.end,
        ]
        assert all(before <= after for before, after in pairwise(places)), node.rule


def test_an_empty_text_is_an_empty_tree_where_the_grammar_says_so() -> None:
    assert parse("rules", "") == Node("rules", (), 0, 0)
    assert parse("rules", "# nothing\n", 7) == Node("rules", (), 7, 7)


def test_an_offset_moves_every_place() -> None:
    def moved(node: Node | Leaf) -> Node | Leaf:
        if isinstance(node, Leaf):
            return Leaf(node.kind, node.text, node.start + 40, node.end + 40)
        return Node(node.rule, tuple(map(moved, node.children)), node.start + 40, node.end + 40)

    assert parse("expression", "f(a.b) == 3 or c", 40) == moved(parse("expression", "f(a.b) == 3 or c"))
    assert (fault("expression", "a ==", 40).start, fault("expression", "a b", 40).start) == (44, 42)
    assert fault("expression", "not " * 500, 40).start >= 40


@pytest.mark.parametrize(
    ("start", "text", "message", "place"),
    [
        ("rules", "rule x { deny }", "expected a text in double quotes, found `}`", "}"),
        ("rules", "rule 5", "expected a name, found `5`", "5"),
        ("rules", "group a", "expected `=`, found the end", ""),
        ("rules", "rule x { where a == }", "expected a field or a value, found `}`", "}"),
        ("rules", "rule x { where %", "expected a condition, found `%`", "%"),
        ("rules", "rule x { where 30x }", "expected a condition, found `30x`", "30x"),
        ("rules", 'group a = "b', "this quotation mark is not closed", '"b'),
        ("rules", 'group a = "b\n\ngroup b', "this quotation mark is not closed", '"b'),
        ("rules", "rule x { on create node from § }", "expected a name, found `§`", "§"),
        ("rules", "rule x { on create node from \u202e }", "expected a name, found `<U+202E>`", "\u202e"),
        ("expression", "f(", "expected a condition or `)`, found the end", ""),
        ("selector", "kind:", "expected a value, found the end", ""),
        ("selector", "a ,  , b", "expected a term, found `,`", ","),
        ("selector", "2+ x", "expected a term, found a space", " "),
        ("selector", "(a/b", "expected `)`, a space, a comma or `+`, found the end", ""),
        ("selector", "a)", "expected a space, a comma, `+` or the end, found `)`", ")"),
        ("selector", 'a"b"', 'expected a space, a comma, `+` or the end, found `"b"`', '"b"'),
        ("selector", "x:" + '"' + "y" * 99, "this quotation mark is not closed", '"' + "y" * 99),
    ],
)
def test_a_fault_says_what_was_found_and_what_was_expected(
    start: str, text: str, message: str, place: str
) -> None:
    found = fault(start, text)
    assert (found.message, text[found.start : found.end]) == (message, place)


def test_a_verdict_and_a_declaration_are_one_thing_to_expect() -> None:
    assert fault("rules", "rule x { nothing }").expected == (
        "a verdict (deny, require, hold, warn or allow)",
        "`help`",
        "`on`",
        "`trial`",
        "`where`",
        "`}`",
    )
    assert fault("rules", "rul x").expected[0].startswith("a declaration (group, window, ")


def test_of_many_expected_things_a_message_names_the_first_few() -> None:
    found = fault("rules", "rule x { where a b }")
    assert len(found.expected) > 6
    assert found.message.endswith(f"{found.expected[5]} or something else, found `b`")


def test_a_long_token_is_cut_in_the_message_and_not_in_the_place() -> None:
    found = fault("expression", "a " + "b" * 5000)
    assert len(found.message) < 200
    assert found.end - found.start == 5000


@pytest.mark.parametrize(
    ("start", "text", "unfinished"),
    [
        ("selector", "", True),
        ("selector", "(a", True),
        ("selector", "(a ", True),
        ("selector", "a,", True),
        ("selector", 'x:"y', True),
        ("selector", 'x:"y\\"', True),
        ("selector", 'x"y', False),
        ("selector", "kind: ", False),
        ("selector", "a)", False),
        ("rules", "rule x { de", True),
        ("rules", "rule x { den }", False),
        ("rules", "rule x { den ", False),
        ("rules", 'rule x { deny "a', True),
        ("rules", 'rule x { deny "a\n}', False),
        ("rules", "rule x {", True),
        ("expression", "a = b", False),
    ],
)
def test_what_may_become_right_when_more_is_typed_is_unfinished(
    start: str, text: str, unfinished: bool
) -> None:
    assert fault(start, text).unfinished is unfinished


@given(
    st.sampled_from(["selector", "rules", "expression"]),
    st.text(alphabet=' \n,()+:"*[]{}|=.<@not2arule/#-\\é', max_size=40),
)
def test_a_place_of_a_fault_lies_in_the_text_and_its_words_are_there(start: str, text: str) -> None:
    found: Node | SyntaxFault
    try:
        found = parse(start, text)
    except SyntaxFault as fault:
        found = fault
    assert 0 <= found.start <= found.end <= len(text)
    if isinstance(found, SyntaxFault) and found.message.startswith("expected"):
        assert all(words in found.message for words in found.expected[:6])


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("selector", "(" * 100_000),
        ("selector", "not " * 100_000 + "a"),
        ("selector", "(" * 1000 + "a" + ")" * 1000),
        ("expression", "(" * 100_000 + "a"),
        ("expression", "not " * 100_000 + "a"),
        ("expression", "f(" * 1000 + "a" + ")" * 1000),
        ("rules", 'test t { given live node "n" { a = ' + "[" * 1000 + "]" * 1000 + "} }"),
        ("rules", "rule x { where " + "exists{a in b | " * 1000),
    ],
)
def test_what_nests_too_deep_is_a_fault(start: str, text: str) -> None:
    found = fault(start, text)
    assert found.message == "this nests too deep"
    assert found.end <= 20 * DEEPEST


def test_what_nests_as_deep_as_people_write_is_none() -> None:
    assert parse("expression", "(a or " * 40 + "b" + ")" * 40).rule == "expression"
    assert parse("selector", "(a, " * 40 + "b" + ")" * 40).rule == "selector"


def test_a_long_text_is_read_in_one_go() -> None:
    assert len(parse("selector", "a/b " * 20_000 + "c").children[0].children) == 20_001  # type: ignore[union-attr]
    assert len(parse("rules", 'group a = "b"\n' * 3_000).children) == 3_000


# tables


def test_every_terminal_has_words() -> None:
    for name in GRAMMARS:
        silent = [
            terminal for terminal, text in terminals(name).items() if not text and terminal not in WORDS
        ]
        # What is ignored is never expected.
        assert [each for each in silent if not each.startswith("__IGNORE")] == []


def test_words_are_those_of_terminals_that_there_are() -> None:
    known = {terminal for name in GRAMMARS for terminal in terminals(name)} | {END}
    assert WORDS.keys() <= known
    assert frozenset().union(*(members for _, members in GROUPS)) <= known


def test_words_stand_once_and_the_end_last() -> None:
    assert in_words(["_TAIL", "$END", "LPAR", "NEEDS", "NEEDED_BY", "ON"], {"LPAR": "(", "ON": "on"}) == (
        "`+`",
        "`on`",
        "`(`",
        "the end",
    )


@pytest.mark.parametrize("name", GRAMMARS)
def test_tables_are_the_same_each_time_and_name_what_they_were_made_of(name: str) -> None:
    made = tables(name)
    program = (
        f"import sys; from fleetc.lang.grammars import tables; sys.stdout.buffer.write(tables({name!r}))"
    )
    again = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert again.stdout == made
    assert msgspec.msgpack.decode(made)[0] == grammars._stamp()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an installed fleetc, with its grammars and without tables."""
    folder = tmp_path / "_grammar"
    shutil.copytree(ROOT / "grammar", folder)
    monkeypatch.setattr(grammars, "_PACKAGE", tmp_path)
    grammars._folder.cache_clear()
    grammars._parser.cache_clear()
    yield folder
    grammars._folder.cache_clear()
    grammars._parser.cache_clear()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The grammars that lark read."""
    seen: list[str] = []
    load = lark.lark.load_grammar

    def noted(grammar: str, source: str, *more: object) -> object:
        seen.append(source)
        return load(grammar, source, *more)

    monkeypatch.setattr(lark.lark, "load_grammar", noted)
    return seen


TEXTS = (
    ("selector", 'not 2+kind:node+ , "a b" @new'),
    ("rules", RULES),
    ("expression", "a.b in f(c) and not within window w"),
)


def test_a_parser_loaded_from_tables_reads_no_grammar_and_gives_the_same(
    installed: Path, read: list[str]
) -> None:
    made = [parse(start, text) for start, text in TEXTS]
    faults = [fault("rules", "rule x { where a b }").message, fault("selector", "a)").message]
    assert read == ["selector.lark", "rules.lark"]
    for name in GRAMMARS:
        (installed / f"{name}.tables").write_bytes(tables(name))
    grammars._parser.cache_clear()
    read.clear()
    assert [parse(start, text) for start, text in TEXTS] == made
    assert [fault("rules", "rule x { where a b }").message, fault("selector", "a)").message] == faults
    assert read == []


def test_tables_of_another_grammar_are_not_used(installed: Path, read: list[str]) -> None:
    (installed / "selector.tables").write_bytes(tables("selector"))
    grammar = installed / "selector.lark"
    grammar.write_text(grammar.read_text(encoding="utf-8").replace('"all"', '"everything"'), encoding="utf-8")
    read.clear()
    assert parse("selector", "everything").children[0].children[0] == Leaf("ALL", "everything", 0, 10)  # type: ignore[union-attr]
    assert read == ["selector.lark"]
