"""Rules as text and as trees: what is printed reads back, and no text is too odd to be answered."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fleetc.lang import rules_ast as ast
from fleetc.lang.diagnostics import Diagnostic, has_errors
from fleetc.lang.rules_parser import LARGEST, parse_rules
from fleetc.lang.rules_printer import expression, print_rules, printed
from fleetc.lang.source import SourceFile, Span
from tests.property.rule_trees import declarations, expressions, rule_files, templates

EXAMPLE = Path(__file__).parents[1].joinpath("cases", "rules", "example.rules").read_text(encoding="utf-8")
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[\w-]+|\s+|[=!<>]=|\.\.|.')
TOKENS = TOKEN.findall(EXAMPLE)
ODD = (
    *('"', "'", "{", "}", "{{", "}}", "(", ")", "|", "..", ".", ",", "\\", "=", "==", "#", "*", "&&", "%"),
    *("-1", "0", "5x", "25:00", "2026-02-30", "999%", "99999d", "\r", "\r\n", "\n", "\t", "\0", "\u202e"),
    *(
        "\nrule x {",
        "where",
        "deny",
        "not",
        "in",
        '"{"',
        '"}"',
        '"{a"',
        '"\\q"',
        '"{\\"}"',
        "\u00e9",
        "\U0001f600",
    ),
)


def read(text: str) -> tuple[ast.RuleFile, tuple[Diagnostic, ...]]:
    return parse_rules(SourceFile("a.rules", text.encode()))


def reread(text: str) -> ast.RuleFile:
    file, found = read(text)
    assert not found, (text, found)
    return file


def parts(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, tuple):
        for item in value:
            yield from parts(item)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from parts(getattr(value, name))


def at(text: str, span: Span) -> str:
    lines = text.split("\n")
    assert span.line == span.end_line
    return lines[span.line - 1][span.column - 1 : span.end_column - 1]


@given(declarations)
def test_a_declaration_reads_back_from_its_text(declaration: ast.Declaration) -> None:
    text = printed(declaration)
    file = reread(text)
    assert file.declarations == (declaration,)
    assert printed(file.declarations[0]) == text


@given(rule_files)
def test_a_file_reads_back_from_its_text(found: tuple[ast.Declaration, ...]) -> None:
    text = print_rules(ast.RuleFile(found, SourceFile("a.rules", b"")))
    file = reread(text)
    assert file.declarations == found
    assert print_rules(file) == text


@given(expressions)
def test_no_parentheses_can_be_left_out(tree: ast.Expression) -> None:
    text = expression(tree)
    plain = [match for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[(]', text) if match[0] == "("]
    for begin in (match.start() for match in plain if not re.search(r"[\w-]\Z", text[: match.start()])):
        end = closing(text, begin)
        less = f"{text[:begin]} {text[begin + 1 : end]} {text[end + 1 :]}"
        file, found = read(f'rule a {{\n  on update peer\n  where {less}\n  deny "x"\n}}')
        assert has_errors(found) or file.declarations[0].where != tree, text


def closing(text: str, begin: int) -> int:
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[()]', text[begin:]):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return begin + match.start()
    raise AssertionError(text)


@given(declarations)
def test_every_bare_name_has_its_place(declaration: ast.Declaration) -> None:
    text = printed(declaration)
    for part in parts(reread(text).declarations):
        if isinstance(part, ast.Name):
            written = at(text, part.span)
            assert written == part.text or '"' in written, (written, part)


@given(templates)
def test_what_stands_in_a_message_has_its_place(message: ast.Template) -> None:
    outcome = ast.Outcome(ast.Name("deny"), message)
    scope = ast.Scope((ast.Name("update"),), (ast.Target(ast.Name("peer")),))
    text = printed(ast.Rule(ast.Name("a"), "", scope, None, outcome))
    (rule,) = reread(text).declarations
    assert isinstance(rule, ast.Rule)
    assert rule.outcome.message is not None
    for part in rule.outcome.message.parts:
        if isinstance(part, str):
            continue
        inside = at(text, part.span)
        if isinstance(part, ast.Selection):
            inside = f"select {inside}"
        (again,) = reread(f'rule a {{ on update peer deny "{{{inside}}}" }}').declarations
        assert again.outcome.message.parts == (part,)


def check_answer(text: str) -> None:
    """A file that is read keeps all it says; one that is not says where."""
    file, found = read(text)
    if has_errors(found):
        lines = re.split(r"\r\n|\r|\n", text)
        for each in found:
            span = each.primary.span
            assert 1 <= span.line <= len(lines)
            assert 1 <= span.column <= len(lines[span.line - 1]) + 1
            assert (span.line, span.column) <= (span.end_line, span.end_column)
            assert len(each.message) < 400
            assert each.code
    else:
        again = reread(print_rules(file))
        assert again.declarations == file.declarations


@given(st.text() | st.lists(st.sampled_from((*ODD, *TOKENS)), max_size=40).map(" ".join))
@example('rule a { on update peer deny "{\\"')
@example('rule a { on update peer deny "{\\\\"')
@example("rule a {")
def test_any_text_is_answered(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    check_answer(text)


@given(st.binary())
def test_any_bytes_are_answered(data: bytes) -> None:
    parse_rules(SourceFile("a.rules", data))


@given(st.integers(0, 1 << 32))
def test_a_mutant_of_the_example_is_answered(seed: int) -> None:
    chosen = random.Random(seed)
    tokens = [*TOKENS]
    for _ in range(chosen.randint(1, 4)):
        where = chosen.randrange(len(tokens))
        match chosen.randrange(4):
            case 0:
                del tokens[where]
            case 1:
                other = chosen.randrange(len(tokens))
                tokens[where], tokens[other] = tokens[other], tokens[where]
            case 2:
                tokens.insert(where, chosen.choice((*ODD, *TOKENS)))
            case _:
                tokens[where] = chosen.choice(ODD)
    check_answer("".join(tokens))


def rule(where: str = "a", message: str = "x") -> str:
    return f'rule a {{ on update peer where {where} deny "{message}" }}'


def filled(text: str, size: int = LARGEST - 100) -> str:
    return text * (size // len(text))


HUGE = {
    "parentheses": (rule(filled("(")), "F0830"),
    "negations": (rule(filled("not ")), "F0830"),
    "builders": (rule(filled("all{x in y | ")), "F0830"),
    "mappings": ("test a { plan update peer \"x\" { a = " + filled("{a = "), "F0830"),
    "braces": (rule(message=filled("{{")), ""),
    "an open brace": (rule(message="{" + filled("{a")), "F0830"),
    "open quotes in braces": (rule(message="{" + filled('\\"')), "F0830"),
    "a text": (rule(message=filled("x")), ""),
    "an open text": (filled('"x'), "F0830"),
    "no escapes": (rule(message=filled("\\q")), "F0832"),
    "rules": (filled("rule\n"), "F0830"),
    "open rules": (filled("rule a {\n"), "F0830"),
    "digits": (filled("9"), "F0830"),
    "comments": (filled("# x\n"), ""),
    "too large": (filled("#", LARGEST + 1), "F0006"),
}  # fmt: skip


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.timeout(30)
def test_a_huge_file_is_answered_soon(name: str) -> None:
    text, code = HUGE[name]
    file, found = read(text)
    assert {each.code for each in found} == ({code} if code else set())
    assert all(each.primary.span.line >= 1 for each in found)
    assert found or print_rules(file) or text.startswith("#")


def test_a_file_of_the_largest_size_says_when_reading_stops() -> None:
    found = read("rule\n" * 100)[1]
    assert [each.severity for each in found] == ["error"] * 20 + ["note"]
    assert "not read" in found[-1].message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"group a = \"x\"\0", "F0003"),
        ("group a = \"\u202e\"".encode(), "F0004"),
        ("group a = \"x\"".encode("utf-16"), "F0002"),
        (b"group a = \"\xff\"", "F0001"),
        (b"<<<<<<< ours\ngroup a = \"x\"\n=======\n>>>>>>> theirs\n", "F0010"),
        (b"\xef\xbb\xbfgroup a = \"x\"", "F0026"),
        (b"<html></html>", "F0012"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_named(data: bytes, code: str) -> None:
    found = parse_rules(SourceFile("a.rules", data))[1]
    assert [each.code for each in found] == [code]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n", "\t\n", "# c\r", "# c\r\n"])
def test_line_breaks_of_any_system_are_the_same(end: str) -> None:
    expected = reread(EXAMPLE)
    file = reread(EXAMPLE.replace("\n", end))
    assert file.declarations == expected.declarations
    assert [each.span.line for each in file.declarations][:3] == ([1, 2, 3] if end != "\n\n" else [1, 3, 5])
