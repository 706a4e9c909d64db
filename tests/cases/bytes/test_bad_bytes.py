"""Bytes and syntax: each bad input gets one error with its code at its place; odd good ones are read."""

from __future__ import annotations

from typing import Any

import pytest

from fleetc.lang.diagnostics import Severity
from fleetc.lang.source import SourceFile
from fleetc.lang.yaml_tree import compose

_BOMB = b"a: &a [%s]\n" % b",".join([b"1"] * 10) + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b",".join([b"*%c" % (name - 1)] * 10)) for name in b"bcdefgh"
)
_MERGES = b"a: &a {k: v, l: w}\n" + b"".join(
    b"%c: &%c {<<: [%s]}\n" % (name, name, b",".join([b"*%c" % (name - 1)] * 9)) for name in b"bcdefgh"
)
_LONG_CHAIN = b"a: &a [1]\n" + b"".join(
    b"x%d: &x%d [*%s]\n" % (n, n, b"x%d" % (n - 1) if n else b"a") for n in range(80)
)

BAD: dict[str, tuple[bytes, str, int, int]] = {
    "empty": (b"", "F0007", 1, 1),
    "white space": (b" \n\n", "F0007", 1, 1),
    "only comments": (b"# a\n# b\n", "F0007", 1, 1),
    "only a start line": (b"---\n", "F0007", 1, 1),
    "only null": (b"~\n", "F0007", 1, 1),
    "a text": (b"hello\n", "F0008", 1, 1),
    "a list": (b"- a\n", "F0008", 1, 1),
    "keys without a space after the colon": (b"a:1\nb:2\n", "F0008", 1, 1),
    "two documents": (b"a: 1\n---\nb: 2\n", "F0009", 2, 1),
    "an empty second document": (b"a: 1\n---\n", "F0009", 2, 1),
    "text after the end": (b"a: 1\n...\nb: 2\n", "F0038", 3, 1),
    "tab as indentation": (b"a:\n\tb: 1\n", "F0028", 2, 1),
    "tab after spaces": (b"a:\n  b: 1\n \tc: 1\n", "F0028", 3, 2),
    "duplicate key": (b"a: 1\nb: 2\na: 3\n", "F0021", 3, 1),
    "duplicate quoted key": (b"a: 1\n'a': 3\n", "F0021", 2, 1),
    "duplicate key deep in a flow mapping": (b"x: [{a: 1, a: 1}]\n", "F0021", 1, 12),
    "duplicate merge key": (b"x: &x {a: 1}\ny: {<<: *x, <<: *x}\n", "F0021", 2, 13),
    "anchor twice": (b"a: &x 1\nb: &x 2\n", "F0018", 2, 4),
    "alias of nothing": (b"a: *x\n", "F0017", 1, 4),
    "alias cycle": (b"a: &a [*a]\n", "F0016", 1, 8),
    "alias cycle through a mapping": (b"a: &a\n  b:\n    - *a\n", "F0016", 3, 7),
    "merge cycle": (b"a: &a\n  <<: *a\n", "F0016", 2, 7),
    "alias bomb": (_BOMB, "F0015", 4, 29),
    "merge bomb": (_MERGES, "F0015", 5, 16),
    "depth by aliases": (_LONG_CHAIN, "F0013", 64, 12),
    "20,000 brackets": (b"[" * 20_000, "F0013", 1, 65),
    "30,000 braces": (b"{" * 30_000, "F0013", 1, 65),
    "200,000 dashes": (b"- " * 200_000, "F0013", 1, 129),
    "1,500 nested mappings": (
        b"".join(b"%sk:\n" % (b" " * depth) for depth in range(1500)),
        "F0013",
        65,
        65,
    ),
    "a long text": (b"a: " + b"x" * 65_537, "F0014", 1, 4),
    "a long quoted text": (b'a: "' + b"x" * 65_537 + b'"', "F0014", 1, 4),
    "a long block text": (b"a: |\n" + b"  xxxxxxxxx\n" * 7_000, "F0014", 1, 4),
    "NUL": (b"a: x\x00\n", "F0003", 1, 5),
    "NUL escaped": (b'a: "\\0"\n', "F0005", 1, 4),
    "NUL escaped as hex": (b'a: "\\x00"\n', "F0005", 1, 4),
    "override escaped": (b'a: "\\u202e"\n', "F0005", 1, 4),
    "C1 escaped by a name": (b'a: "\\N"\n', "F0005", 1, 4),
    "BEL": (b"a: \x07\n", "F0003", 1, 4),
    "ESC in a comment": (b"a: 1 # \x1b[31m\n", "F0003", 1, 8),
    "C1": ("a: \u009b\n".encode(), "F0003", 1, 4),
    "next line": ("a: x\u0085y\n".encode(), "F0003", 1, 5),
    "DEL": (b"a: \x7f\n", "F0003", 1, 4),
    "zero width space": ("a: b\u200bc\n".encode(), "F0004", 1, 5),
    "byte-order mark in a name": ("a: b\ufeffc\n".encode(), "F0004", 1, 5),
    "Arabic letter mark": ("a: \u061c\n".encode(), "F0004", 1, 4),
    "isolate": ("a: \u2066x\n".encode(), "F0004", 1, 4),
    "line separator": ("a: x\u2028b: y\n".encode(), "F0004", 1, 5),
    "paragraph separator escaped": (b'a: "\\P"\n', "F0005", 1, 4),
    "lone surrogate escaped": (b'a: "\\uD800"\n', "F0005", 1, 5),
    "surrogate pair escaped": (b'a: "\\uD83D\\uDE00"\n', "F0005", 1, 5),
    "lone surrogate as bytes": (b"a: \xed\xa0\x80\n", "F0001", 1, 4),
    "bad start byte": (b"a: 1\nb: \xff\n", "F0001", 2, 4),
    "overlong": (b"a: \xc0\xaf\n", "F0001", 1, 4),
    "truncated": (b"a: \xe2\x82", "F0001", 1, 4),
    "Latin-1 after wide characters": ("a: 世界 ".encode() + b"\xe9\n", "F0001", 1, 7),
    "UTF-16 LE with mark": ("a: 1\n".encode("utf-16"), "F0002", 1, 1),
    "UTF-16 BE without mark": ("a: 1\n".encode("utf-16-be"), "F0002", 1, 1),
    "UTF-16 LE without mark": ("a: 1\n".encode("utf-16-le"), "F0002", 1, 1),
    "UTF-32 with mark": ("a: 1\n".encode("utf-32"), "F0002", 1, 1),
    "UTF-32 BE without mark": ("a: 1\n".encode("utf-32-be"), "F0002", 1, 1),
    "version directive": (b"%YAML 3.0\n---\na: 1\n", "F0020", 1, 1),
    "tag directive": (b"%TAG ! tag:x,2000:\n---\na: 1\n", "F0020", 1, 1),
    "unknown directive": (b"%FOO bar\n---\na: 1\n", "F0020", 1, 1),
    "local tag": (b"a: !foo x\n", "F0019", 1, 4),
    "tag on a mapping": (b"a: !!set {x: y1}\n", "F0019", 1, 4),
    "tag on a list": (b"a: !!omap [x: y1]\n", "F0019", 1, 4),
    "binary tag": (b"a: !!binary aGk=\n", "F0019", 1, 4),
    "int tag on nothing": (b"a: !!int ''\n", "F0019", 1, 4),
    "bool tag": (b"a: !!bool maybe\n", "F0019", 1, 4),
    "float tag": (b"a: !!float abc\n", "F0019", 1, 4),
    "bare tag": (b"a: ! x\n", "F0019", 1, 4),
    "python tag": (b"a: !!python/object/apply:os.system [ls]\n", "F0019", 1, 4),
    "tag without its handle": (b"a: !x!y z\n", "F0019", 1, 4),
    "null key": (b"~: 1\n", "F0022", 1, 1),
    "empty key": (b": 1\n", "F0022", 1, 1),
    "number key": (b"a: 1\n1: x\n", "F0022", 2, 1),
    "float key": (b"1.5: x\n", "F0022", 1, 1),
    "boolean key": (b"true: x\n", "F0022", 1, 1),
    "list key": (b"? [a]\n: b\n", "F0022", 1, 3),
    "mapping key": (b"{a: 1}: b\n", "F0022", 1, 1),
    "key of 2,000 characters": (b"k" * 2000 + b": 1\n", "F0042", 1, 1),
    "explicit key of 2,000 characters": (b"? " + b"k" * 2000 + b"\n: 1\n", "F0042", 1, 3),
    "list item behind a key": (b"a: - b\n", "F0037", 1, 4),
    "bad indentation": (b"a:\n    b: 1\n  c: 2\n", "F0034", 3, 3),
    "deeper than its sibling": (b"a: 1\n  b: 2\n", "F0034", 2, 3),
    "mixed list indentation": (b"a:\n   - x\n  - y\n", "F0034", 3, 3),
    "a list at the level of keys": (b"a: 1\n- b\n", "F0034", 2, 1),
    "at sign": (b"a: @x\n", "F0029", 1, 4),
    "back-tick": (b"a: `x\n", "F0029", 1, 4),
    "percent": (b"a: %x\n", "F0029", 1, 4),
    "HTML": (b"\n<!DOCTYPE html>\n<p>\n", "F0012", 1, 1),
    "conflict markers": (b"a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", "F0010", 2, 1),
    "conflict markers with CRLF": (b"a: 1\r\n<<<<<<< HEAD\r\nb: 1\r\n", "F0010", 2, 1),
    "LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "F0011", 1, 1),
    "5,000 digits": (b"a: " + b"9" * 5000, "F0023", 1, 4),
    "2 to the 63": (b"a: 9223372036854775808\n", "F0023", 1, 4),
    "minus 2 to the 63 minus 1": (b"a: -9223372036854775809\n", "F0023", 1, 4),
    "float beyond the largest": (b"a: 1.0e+999\n", "F0023", 1, 4),
    "merge of a text": (b"a: {<<: b}\n", "F0024", 1, 9),
    "merge of null": (b"a: {<<: }\n", "F0024", 1, 9),
    "merge of a list of texts": (b"a: {<<: [b]}\n", "F0024", 1, 10),
    "second colon": (b"a: b: c\n", "F0033", 1, 5),
    "open quote": (b"a: 'x\nb: 1\n", "F0030", 1, 4),
    "open bracket": (b"a: [1, 2\n", "F0031", 1, 4),
    "wrong bracket": (b"a: {b: 1]\n", "F0031", 1, 4),
    "range in brackets": (b"a: [x-[01-03]]\n", "F0032", 1, 5),
    "no colon": (b"a: 1\nb\nc: 2\n", "F0035", 2, 1),
    "unknown escape": (b'a: "\\q"\n', "F0036", 1, 5),
    "short hex escape": (b'a: "\\u12"\n', "F0036", 1, 5),
    "star alone": (b"a: * x\n", "F0039", 1, 4),
    "ampersand alone": (b"a: & x\n", "F0039", 1, 4),
    "apostrophe": (b"a: 'it's'\n", "F0040", 1, 8),
    "stray bracket": (b"a: ]\n", "F0041", 1, 4),
    "stray bracket behind a list": (b"a: [b]]\n", "F0041", 1, 7),
    "text behind a bar": (b"a: |x\n  y\n", "F0043", 1, 5),
    "zero indentation indicator": (b"a: |0\n  y\n", "F0027", 1, 5),
    "CRLF positions": (b"a: 1\r\nb: 2\r\na: 3\r\n", "F0021", 3, 1),
    "CR positions": (b"a: 1\rb: 2\ra: 3\r", "F0021", 3, 1),
    "position behind a byte-order mark": (b"\xef\xbb\xbfa: 1\na: 3\n", "F0021", 2, 1),
}

GOOD: dict[str, tuple[bytes, Any]] = {
    "tab behind the colon": (b"a:\tb\n", {"a": "b"}),
    "tab before a comment": (b"a: b\t# c\n", {"a": "b"}),
    "CRLF": (b"a: 1\r\nb: x\r\n", {"a": 1, "b": "x"}),
    "no line break at the end": (b"a: b", {"a": "b"}),
    "one document with both marks": (b"---\na: 1\n...\n", {"a": 1}),
    "YAML 1.2 directive": (b"%YAML 1.2\n---\na: 1\n", {"a": 1}),
    "merge, a written key wins": (
        b"x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n",
        {"x": {"a": 1, "b": 2}, "y": {"b": 3, "a": 1}},
    ),
    "merge of a list, the first wins": (
        b"x: &x {a: 1}\nz: &z {a: 2, b: 2}\ny: {<<: [*x, *z]}\n",
        {"x": {"a": 1}, "z": {"a": 2, "b": 2}, "y": {"a": 1, "b": 2}},
    ),
    "quoted merge key": (b"a: {'<<': b}\n", {"a": {"<<": "b"}}),
    "merge sign as a value": (b"a: <<\n", {"a": "<<"}),
    "alias": (b"a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}),
    "alias as a key": (b"a: &x k\nb: {*x : 1}\n", {"a": "k", "b": {"k": 1}}),
    "conflict marker inside a text": (b"a: |\n  <<<<<<< HEAD\n", {"a": "<<<<<<< HEAD\n"}),
    "numbers": (b"a: [0, -0, +7, 1.5, 1., -2.5e-3, 1.10]\n", {"a": [0, 0, 7, 1.5, 1.0, -0.0025, 1.1]}),
    "largest and smallest integers": (
        b"a: [9223372036854775807, -9223372036854775808]\n",
        {"a": [2**63 - 1, -(2**63)]},
    ),
    "words": (
        b"a: [true, True, false, null, ~, Null]\nb:\n",
        {"a": [True, True, False, None, None, None], "b": None},
    ),
    "empty string is not null": (b"a: ''\nb:\n", {"a": "", "b": None}),
    "Arabic digits are text": ("a: ١٢\n".encode(), {"a": "١٢"}),
    "host names and addresses": (
        b"a: [10.0.0.1, fd00::1, 10.0.0.0/8, x-1.2]\n",
        {"a": ["10.0.0.1", "fd00::1", "10.0.0.0/8", "x-1.2"]},
    ),
    "emoji": ("a: 👩‍🚀\n".replace("\u200d", "").encode(), {"a": "👩🚀"}),
    "JSON": (b'{"a": [1, {"b": null}],\n\t"c": "\\u00e9"}', {"a": [1, {"b": None}], "c": "é"}),
}

AMBIGUOUS = [
    "yes",
    "no",
    "on",
    "off",
    "NO",
    "On",
    "0644",
    "08",
    "0o17",
    "0x1F",
    "0b11",
    "1_000",
    "1e5",
    "1.5e3",
    ".inf",
    "-.INF",
    ".nan",
    "=",
    "22:22",
    "1:30:00",
    "11:22:33:44:55:06",
    "2024-01-01",
    "2024-01-01T10:00:00Z",
]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_input_gets_its_one_error(name: str) -> None:
    data, code, line, column = BAD[name]
    tree, found = compose(SourceFile("fleet.yaml", data))
    errors = [item for item in found if item.severity is Severity.ERROR]
    assert tree is None
    assert [(item.code, item.primary.span.line, item.primary.span.column) for item in errors] == [
        (code, line, column)
    ]
    assert errors[0].help or code == "F0003"


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_but_good_input_is_read(name: str) -> None:
    data, value = GOOD[name]
    tree, found = compose(SourceFile("fleet.yaml", data))
    assert found == ()
    assert tree == value
    assert repr(tree) == repr(value)


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_an_ambiguous_text_is_a_string_with_a_fix_that_ends_the_warning(text: str) -> None:
    source = f"a: {text}\n"
    tree, (warning,) = compose(SourceFile("fleet.yaml", source.encode()))
    assert tree == {"a": text}
    assert (warning.code, warning.severity) == ("F0025", Severity.WARNING)
    (edit,) = warning.fixes[0].edits
    mended = source[: edit.span.column - 1] + edit.text + source[edit.span.end_column - 1 :]
    assert compose(SourceFile("fleet.yaml", mended.encode())) == ({"a": text}, ())


def test_a_byte_order_mark_is_noted_and_skipped() -> None:
    tree, (note,) = compose(SourceFile("fleet.yaml", b"\xef\xbb\xbfa: 1\n"))
    assert tree == {"a": 1}
    assert (note.code, note.severity) == ("F0026", Severity.NOTE)


def test_at_most_twenty_errors_in_file_order_and_the_rest_is_counted() -> None:
    tree, found = compose(SourceFile("fleet.yaml", b"".join(b"%d: x\n" % n for n in range(50))))
    assert tree is None
    assert [item.primary.span.line for item in found] == list(range(1, 21))
    assert found[-1].notes == ("30 more errors in this file are not shown",)


def test_a_warning_does_not_hide_the_tree() -> None:
    tree, found = compose(SourceFile("fleet.yaml", b"".join(b"k%d: no\n" % n for n in range(50))))
    assert tree is not None
    assert len(tree) == 50
    assert len(found) == 20
    assert found[-1].notes == ("30 more warnings in this file are not shown",)
