"""Selectors from text to tree: where white space and words mean something, and what faults say."""

from __future__ import annotations

import pytest

from fleetc.lang.selector_ast import (
    Address,
    Both,
    Either,
    Everything,
    Glob,
    Mark,
    Not,
    Predicate,
    Reach,
    Selector,
    SelectorProblem,
)
from fleetc.lang.selector_parser import parse


def at(text: str, start: int) -> Address:
    return Address(Glob(text), start, start + len(text))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (" a\t", at("a", 1)),
        ("a\n b", Either((at("a", 0), at("b", 3)), 0, 4)),
        ("a , b", Both((at("a", 0), at("b", 4)), 0, 5)),
        ("( a ) b", Either((at("a", 2), at("b", 6)), 0, 7)),
        ("b (a)", Either((at("b", 0), at("a", 3)), 0, 5)),
        ("(a b)+", Reach(Either((at("a", 1), at("b", 3)), 1, 4), None, -1, 0, 6)),
        ("a+ b", Either((Reach(at("a", 0), None, -1, 0, 2), at("b", 3)), 0, 4)),
        ("a +b", Either((at("a", 0), Reach(at("b", 3), -1, None, 2, 4)), 0, 4)),
        ("++a", Reach(at("+a", 1), -1, None, 0, 3)),
        ("a+b+2", Reach(at("a+b", 0), None, 2, 0, 5)),
        ("not(a)", Not(at("a", 4), 0, 6)),
        ("not not a", Not(Not(at("a", 8), 4, 9), 0, 9)),
        ("not,a", Both((at("not", 0), at("a", 4)), 0, 5)),
        ("(not)", at("not", 1)),
        ("+not", Reach(at("not", 1), -1, None, 0, 4)),
        ("not+", Reach(at("not", 0), None, -1, 0, 4)),
        ("nota", at("nota", 0)),
        ("not:a", Predicate("not", "", Glob("a"), 0, 5)),
        ("all+", Reach(Everything(0, 3), None, -1, 0, 4)),
        ("all:all", Predicate("all", "", Glob("all"), 0, 7)),
        ("alle", at("alle", 0)),
        ("@", Mark("", "", 0, 1)),
        ("@since:a:b+1", Reach(Mark("since", "a:b", 0, 10), None, 1, 0, 12)),
        ("x.:y", at("x.:y", 0)),
        ("1:2", at("1:2", 0)),
        ('x:"a\nb"', Predicate("x", "", Glob("a\nb", quoted=True), 0, 7)),
    ],
)
def test_trees(text: str, tree: Selector) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" ", "an empty selector selects nothing"),
        ("+ a", "expected a term, found a space at character 2 of the selector `+ a`"),
        ("  kind:", "expected a value, found the end of the selector `kind:`"),
        ("kind: a", "expected a value, found a space at character 6 of the selector `kind: a`"),
        ("a)", "expected a space, a comma, `+` or the end, found `)` at character 2 of the selector `a)`"),
        ("not", "expected a term, found the end of the selector `not`"),
        ("(a", "expected `)`, a space, a comma or `+`, found the end of the selector `(a`"),
        ("(a)(b)", "expected a space, a comma, `+` or the end, found `(` at character 4 of the selector `(a)(b)`"),
        ("b 1234567890+a", "that many steps cannot be walked at character 3 of the selector `b 1234567890+a`"),
        ("(" * 51 + "a" + ")" * 51, f"it nests more than 50 deep at character 51 of the selector `{'(' * 51}a{')' * 51}`"),
        ("\u202ea\u202e b(", "expected a space, a comma, `+` or the end, found `(` at character 6 of the selector `<U+202E>a<U+202E> b(`"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(SelectorProblem) as caught:
        parse(text)
    assert caught.value.message == message
    assert caught.value.code == "F0801"
    assert "explain F0801" in caught.value.next_step


def test_a_long_selector_is_cut_in_the_message() -> None:
    with pytest.raises(SelectorProblem) as caught:
        parse("a/b " * 10_000 + ")")
    assert len(caught.value.message) < 400


def test_fifty_deep_is_not_too_deep() -> None:
    tree = parse("not (" * 25 + "a" + ")" * 25)
    for _ in range(25):
        assert isinstance(tree, Not)
        tree = tree.inner
    assert isinstance(tree, Address)
