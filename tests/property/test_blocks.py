"""Reading by blocks against the event composer: the same tree, places and diagnostics, always.

The texts are fleets of few layouts, so that shapes are learnt, with lines put in, taken away and
broken at random, so that nearly every rule of YAML's block style comes into play.
"""

from __future__ import annotations

import random

from hypothesis import example, given
from hypothesis import strategies as st

from fleetc.lang.nodes import Map, Node, Seq
from fleetc.lang.source import SourceFile
from fleetc.lang.yaml_tree import Limits, compose

BY_BLOCKS, BY_EVENTS = Limits(blocks=0), Limits(blocks=1 << 60)

NODE = "  - hostname: edge-{n}\n    template: base\n    labels:\n      rack: r{m}\n      site: s{m}\n"
BARE = "  - hostname: edge-{n}\n    template: base\n"
LISTED = "  - name: base-{n}\n    modules:\n      - nginx@1.{m}.0\n      - chrony\n    x:\n    - a: {n}\n      b: t\n"
QUOTED = "  - hostname: \"edge-{n}\"\n    template: 'base'\n    free: {m}\n"
FLOW = "  - name: base-{n}\n    modules: [nginx@1.{m}, chrony]\n    extends: [a]\n"
NETWORK = "  - name: net-{n}\n    peers:\n      - host: a-{n}\n        port: {m}\n      - host: b\n"
LAYOUTS = (NODE, NODE, BARE, LISTED, QUOTED, NETWORK, FLOW)

VALUES = (
    *("plain", "0644", "on", "~", "null", "12", "1.5", "-5", "- 5", "a: b", "a:b", "a:", "a #b", "a#b", "#b"),
    *(
        '"q"',
        '"a\\tb"',
        '"open',
        "'it''s'",
        "'a' # c",
        '"a" b',
        "[a, b]",
        "{a: 1, b: c}",
        "[a",
        "|",
        ">-",
        "| # c",
    ),
    *(
        "&anchor x",
        "*alias",
        "!tag x",
        "%x",
        "@x",
        "`x`",
        "? x",
        "?x",
        "-",
        "--- x",
        "...",
        "x ",
        " x",
        "\u00e9t\u00e9",
    ),
    *(
        "a  b",
        "R&D",
        "a*b",
        "!",
        "x,y",
        "]",
        "}",
        ":x",
        "::",
        "a\tb",
        "10:30:00",
        "1_000",
        "9" * 30,
        "x" * 1100,
    ),
)
LINES = (
    *(
        "",
        "   ",
        "# c",
        "      # c",
        "  # c",
        "---",
        "...",
        "%YAML 1.2",
        "key: v",
        "key:",
        "  key: v",
        "- a",
        "-",
    ),
    *(
        "  - a",
        "  -",
        "  - ",
        "  - - a",
        "  -  a: b",
        "    x: y",
        "    x:",
        "      x: y",
        "     x: y",
        "       more",
    ),
    *(
        "    - a",
        "      - a: b",
        '    "q": v',
        "    ? x",
        "    : y",
        "    on: x",
        "    1: x",
        "    <<: x",
        "    k: |",
    ),
    *(
        "      text",
        "  text",
        "text",
        "   - odd",
        "    k : v",
        "    k:  v",
        "    k: ",
        "    k:v",
        "\tkey: v",
        "    [a]: b",
    ),
)


def fleet(rng: random.Random) -> str:
    """A fleet of repeated layouts, a few of its lines odd."""
    text = "".join(
        rng.choice(("version: 1\n", 'account: "a"\n', "# c\n", "\n")) for _ in range(rng.randint(0, 3))
    )
    for section in rng.sample(("nodes", "templates", "sdwan", "x"), rng.randint(1, 3)):
        some = rng.sample(LAYOUTS, rng.randint(1, 2))
        items = [rng.choice(some).format(n=n, m=rng.randint(0, 3)) for n in range(rng.randint(1, 14))]
        text += f"{section}:\n" + "".join(items)
    if rng.random() < 0.2:
        text = text.replace("\n  ", "\n")
    lines = text.split("\n")
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        spoil(lines, rng)
    return "\n".join(lines)


def spoil(lines: list[str], rng: random.Random) -> None:
    """Change, add, drop or repeat a line."""
    at = rng.randrange(len(lines))
    head, colon, _ = lines[at].partition(": ")
    way = rng.randrange(6)
    if way < 2 and colon:
        lines[at] = head + colon + rng.choice(VALUES)
    elif way == 2:
        lines.insert(at, rng.choice(LINES))
    elif way == 3:
        lines[at] = rng.choice(("", " ", "  ")) + lines[at].lstrip(" ")
    elif way == 4:
        lines[at] += rng.choice((" # c", " ", "\r", "\t", ":", "x", " more", "\u2003"))
    else:
        del lines[at]


def alike(one: Node, other: Node) -> None:
    """Two trees are the same in every value, type and place."""
    assert type(one) is type(other)
    assert repr(one) == repr(other)
    if isinstance(one, Map | Seq):
        assert isinstance(other, Map | Seq)
        assert (one.start, one.end) == (other.start, other.end)
        assert one.offsets == other.offsets
        assert one.file is other.file
        pairs = (
            zip(one.values(), other.values(), strict=True)
            if isinstance(one, Map) and isinstance(other, Map)
            else zip(one, other, strict=True)
        )
        for left, right in pairs:
            alike(left, right)


def compare(text: str) -> Map | None:
    file = SourceFile("fleet.yaml", text.encode())
    tree, found = compose(file, BY_BLOCKS)
    wanted, reported = compose(file, BY_EVENTS)
    assert found == reported
    alike(tree, wanted)
    return tree


@given(st.integers(0, 2**32))
def test_a_fleet_with_odd_lines(seed: int) -> None:
    compare(fleet(random.Random(seed)))


@given(st.lists(st.sampled_from(LINES), max_size=12))
@example(["key:", "  - a", "  text"])
def test_any_lines(lines: list[str]) -> None:
    compare("\n".join(lines) + "\n")
