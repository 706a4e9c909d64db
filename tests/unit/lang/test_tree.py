"""Places, origins and suggestions."""

from __future__ import annotations

import gc
import random

import pytest

from fleetc.lang.nodes import Map, Seq
from fleetc.lang.source import SourceFile
from fleetc.lang.suggest import near
from fleetc.lang.yaml_tree import Limits, compose


def read(text: str) -> Map:
    tree, found = compose(SourceFile("fleet.yaml", text.encode()))
    assert tree is not None, found
    return tree


def test_a_merged_value_knows_where_it_is_written_and_how_it_came() -> None:
    tree = read("base: &base {zone: a}\nmore: &more {<<: *base, tier: x}\nnode:\n  <<: [*more]\n  tier: y\n")
    node = tree["node"]
    assert isinstance(node, Map)
    assert list(node.items()) == [("tier", "y"), ("zone", "a")]
    assert str(node.value_span("zone")) == "fleet.yaml:1:20"
    assert str(node.key_span("zone")) == "fleet.yaml:1:14"
    assert node.raw("zone") == "a"
    assert [(step.step, step.text, str(step.span)) for step in node.origin("zone")] == [
        ("merge", "*more", "fleet.yaml:4:8"),
        ("merge", "*base", "fleet.yaml:2:18"),
    ]
    assert node.origin("tier") == ()
    assert str(node.value_span("tier")) == "fleet.yaml:5:9"


def test_an_aliased_value_stands_where_its_anchor_is() -> None:
    tree = read("a: &x {k: v}\nb: *x\nc: [1, *x]\n")
    items = tree["c"]
    assert isinstance(items, Seq)
    assert tree["b"] is tree["a"] is items[1]
    assert str(tree.value_span("b")) == "fleet.yaml:1:4"
    assert [(step.step, step.text, str(step.span)) for step in tree.origin("b")] == [
        ("alias", "*x", "fleet.yaml:2:4")
    ]
    assert [str(step.span) for step in items.origin(1)] == ["fleet.yaml:3:8"]
    assert items.origin(0) == tree.origin("a") == ()


def test_entries_after_a_merge_key_keep_their_places_and_aliases() -> None:
    tree = read("x: &x {a: 1}\ny: &y z\nm:\n  p: *y\n  <<: *x\n  q: *y\n  r: s\n")
    node = tree["m"]
    assert isinstance(node, Map)
    assert [str(node.key_span(key)) for key in ("p", "q", "r")] == [
        "fleet.yaml:4:3",
        "fleet.yaml:6:3",
        "fleet.yaml:7:3",
    ]
    assert [len(node.origin(key)) for key in ("p", "q", "r", "a")] == [1, 1, 0, 1]


def test_a_missing_key_has_no_place() -> None:
    with pytest.raises(KeyError):
        read("a: 1").key_span("b")


def test_a_block_ends_with_its_last_value() -> None:
    tree = read("a:\n  b: 1\n  c: 2\n\n# comment\nd: 3\n")
    assert tree.raw("a") == "b: 1\n  c: 2"


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    try:
        compose(SourceFile("fleet.yaml", b"a: [\n"))
        assert gc.isenabled() is enabled
    finally:
        gc.enable()


def test_limits_count_what_aliases_stand_for() -> None:
    text = b"a: &a [1, 2, 3]\nb: [*a, *a]\n"  # 1 + 4 keys and values + 3 + 2 written, 2 * 4 by aliases
    roomy, tight = Limits(spare=18, growth=1), Limits(spare=10, growth=1)
    assert compose(SourceFile("f", text), roomy)[0] is not None
    assert [item.code for item in compose(SourceFile("f", text), tight)[1]] == ["F0015"]


def test_written_nodes_are_limited_too() -> None:
    text = b"a: [1, 2, 3]\nb: [4]\n"
    assert compose(SourceFile("f", text), Limits(nodes=8))[0] is not None
    assert [item.code for item in compose(SourceFile("f", text), Limits(nodes=7))[1]] == ["F0015"]


@pytest.mark.parametrize("depth", [1, 2, 64])
def test_the_depth_limit_is_exact(depth: int) -> None:
    inside = b"a: " + b"[" * (depth - 1) + b"]" * (depth - 1)
    assert compose(SourceFile("f", inside), Limits(depth=depth))[0] is not None
    outside = b"a: " + b"[" * depth + b"]" * depth
    assert [item.code for item in compose(SourceFile("f", outside), Limits(depth=depth))[1]] == ["F0013"]


def test_the_size_limit_is_exact() -> None:
    assert compose(SourceFile("f", b"a: 1"), Limits(size=4))[0] == {"a": 1}
    assert [item.code for item in compose(SourceFile("f", b"a: 1\n"), Limits(size=4))[1]] == ["F0006"]


def test_no_mutation_of_a_file_gives_anything_but_a_tree_or_diagnostics() -> None:
    source = b"a: &x {k: [1, 'two', \"thr\\u0065e\"]}\nb:\n  <<: *x\n  c: |\n    text\n- d: ~\n%\x00\xff\t!"
    draw = random.Random(7)
    for _ in range(3000):
        data = bytearray(source)
        for _ in range(draw.randint(1, 6)):
            at = draw.randrange(len(data))
            data[at : at + draw.randint(0, 2)] = draw.choices(source, k=draw.randint(0, 2))
        tree, found = compose(SourceFile("fleet.yaml", bytes(data)))
        assert (tree is None) == any(item.severity == "error" for item in found)
        for item in found:
            assert item.primary.span.line <= data.count(b"\n") + data.count(b"\r") + 1
            assert "yaml." not in item.message
            assert "Error" not in item.message


@pytest.mark.parametrize(
    ("name", "candidates", "found"),
    [
        ("templats", ["nodes", "templates"], "templates"),
        ("edge-cdm", ["edge-cdn", "edge-cdx"], "edge-cdn"),
        ("Edge-CDN", ["edge-cdn"], "edge-cdn"),
        ("ab", ["ac"], None),
        ("abc", ["abd", "abc1"], "abd"),
        ("zebra", ["nodes"], None),
        ("x", [], None),
    ],
)
def test_a_suggestion_is_near(name: str, candidates: list[str], found: str | None) -> None:
    assert near(name, candidates) == found
