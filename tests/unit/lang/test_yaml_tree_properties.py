"""The tree against PyYAML: the same data, true places, and the scalars both YAML versions agree on."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from fleetc.lang.nodes import Map, Seq
from fleetc.lang.scalars import Odd, resolve
from fleetc.lang.source import SourceFile, Span
from fleetc.lang.text import FORBIDDEN
from fleetc.lang.yaml_tree import compose


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_text = st.text(st.characters(exclude_categories=("Cs", "Co", "Cn")), max_size=30).filter(
    lambda text: not FORBIDDEN.search(text)
)
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _text
    | st.text("0123456789eExo._:-+~nyNO=<>", max_size=8)
)
_data = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=20,
)
_style = st.fixed_dictionaries(
    {
        "default_flow_style": st.sampled_from([True, False, None]),
        "indent": st.sampled_from([2, 4]),
        "allow_unicode": st.booleans(),
        "width": st.sampled_from([20, 80]),
        "line_break": st.sampled_from(["\n", "\r\n"]),
        "default_style": st.sampled_from([None, None, "'", '"', "|", ">"]),
    }
)


@given(st.dictionaries(_text, _data, min_size=1, max_size=5), _style)
def test_data_written_as_yaml_comes_back_with_true_places(
    data: dict[str, Any], style: dict[str, Any]
) -> None:
    if style["default_style"]:  # a tag stands at each scalar that is no text: not fleet YAML
        data = as_text(data)
    text = yaml.dump(data, Dumper=Dumper, sort_keys=False, **style)
    tree, found = compose(SourceFile("fleet.yaml", text.encode()))
    assert {item.code for item in found} <= {"F0025"}
    assert tree == data
    assert repr(tree) == repr(data)
    assert tree is not None
    check_places(tree)


def as_text(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: as_text(value) for key, value in data.items()}
    if isinstance(data, list):
        return [as_text(value) for value in data]
    return data if isinstance(data, str) else str(data)


def check_places(tree: Map | Seq) -> None:
    keys: Any = tree if isinstance(tree, Map) else range(len(tree))
    for key in keys:
        if isinstance(tree, Map):
            assert reread(tree, tree.key_span(key)) == key
        value, span = tree[key], tree.value_span(key)
        assert cut(tree.file, span) == tree.raw(key)
        assert reread(tree, span) == value
        if isinstance(value, Map | Seq):
            assert value.span == span
            check_places(value)


def cut(file: SourceFile, span: Span) -> str:
    lines = file.text.splitlines(keepends=True) if "\r" not in file.text else re.split("(?<=\n)", file.text)
    begin = sum(map(len, lines[: span.line - 1])) + span.column - 1
    end = sum(map(len, lines[: span.end_line - 1])) + span.end_column - 1
    return file.text[begin:end]


def reread(tree: Map | Seq, span: Span) -> Any:
    """The value of the text at `span`, read alone at the indentation where it stands."""
    text = cut(tree.file, span)
    if "\n" in text and text[0] in "|>":  # an indentation indicator counts from the collection
        whole = " " * (tree.span.column - 1) + "k: " + text
        return yaml.load(whole, Loader=yaml.CSafeLoader)["k"]
    return yaml.load(" " * (span.column - 1) + text, Loader=yaml.CSafeLoader)


@given(st.text("0123456789+-._:eExXobaAfF", max_size=9) | st.text("0123456789-:.TZ +", max_size=20))
@example("0644")
@example("._")
@example("0_E0")
@example("1.5e3")
@example("00:11:22:33:44:55")
@example("2024-01-01 10:00:00 +01:00")
@example("-.inf")
def test_a_plain_scalar_is_ambiguous_exactly_where_the_two_versions_differ(text: str) -> None:
    text = text.strip()
    old, new = version_1_1(text), version_1_2(text)
    found = resolve(text)
    if old == "int" and re.fullmatch("[-+]?0[0-9]+", text):
        old = "octal"
    if found is Odd.OUT_OF_RANGE:
        assert old == new
    elif found is Odd.AMBIGUOUS:
        assert old != new
    else:
        assert old == new == {str: "str", int: "int", float: "float", type(None): "null"}[type(found)]
        if old == "float":
            assert math.isfinite(found)
            assert found == float(text)


def version_1_1(text: str) -> str:
    tag: str = yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False))
    return tag.rsplit(":", 1)[1]


def version_1_2(text: str) -> str:
    """The core schema of YAML 1.2.2, section 10.3.2; numbers of fleet files are decimal."""
    if re.fullmatch("null|Null|NULL|~|", text):
        return "null"
    if re.fullmatch("0o[0-7]+|0x[0-9a-fA-F]+", text):
        return "not decimal"
    if re.fullmatch("[-+]?[0-9]+", text):
        return "int"
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return "float"
    return "str"
