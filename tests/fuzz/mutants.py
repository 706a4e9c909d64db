"""Mutants of valid fleets: each is one to four mistakes away from a file that compiles.

The mistakes know the grammar: keys, names, references, ranges, pins, nesting, flow style, anchors,
quoting, bytes. One number gives one mutant, on every machine.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

__all__ = ["SEEDS", "mistake", "mutant"]

_HERE = Path(__file__).parent
SEEDS = tuple(path.read_text(encoding="utf-8") for path in sorted(_HERE.glob("seeds/*.yaml")))

_VALUES = (
    *(
        "",
        "~",
        "null",
        "true",
        "no",
        "0",
        "-1",
        "65536",
        "51820.0",
        '"51820"',
        "1e400",
        ".inf",
        "0x1F",
        "0644",
    ),
    *(
        "1_000",
        "22:22",
        "9223372036854775808",
        "1" * 5000,
        "2024-01-01",
        "=",
        "<<",
        "*x",
        "&x",
        "&x y",
        "!!int ''",
    ),
    *(
        "!!set {a}",
        "!x y",
        "|",
        ">",
        "|\n  x",
        '"',
        "'",
        '"\\x00"',
        '"\\u202e"',
        '"\\uD800"',
        "{",
        "[",
        "[]",
        "{}",
    ),
    *("[a, [b]]", "{a: {b: c}}", "[" * 80, "- - a", "? a", "a: b", "a #b", "a:b", "@a", "`a", "%a", "'a' b"),
    *("edge-[01-40]", "edge-[40-01]", "edge-[1-99999]", "edge-[01-2]", "[a-[01-03]]", "edge-[", "x" * 300),
    *(
        "../x",
        "/etc/passwd",
        "*.yaml",
        "**",
        "10.0.0.1/24",
        "10.0.0.0/33",
        "fd12::/129",
        "fd12::1",
        "١٢",
        "\u212a",
    ),
    *(
        "nginx@",
        "nginx@live",
        "nginx@1@2",
        "@1",
        "Nginx",
        "\u0430",
        "edge-tokyo-01",
        "edge-cdn",
        "edge-base",
        "a/b",
    ),
    *(
        "node/edge-tokyo-01",
        "node/",
        "kind/x/y/z",
        "edge-tokyo-01:nginx",
        "${x}",
        "{secret: env:X}",
        "\x1b[31m",
        "\t",
    ),
)
_KEYS = (
    *(
        "name",
        "hostname",
        "host",
        "extends",
        "without",
        "modules",
        "template",
        "labels",
        "metadata",
        "templats",
    ),
    *(
        "protect",
        "moved",
        "forget",
        "from",
        "to",
        "include",
        "defaults",
        "assignments",
        "firewall_rules",
        "<<",
        "~",
        "1",
    ),
    *(
        "port_mappings",
        "peers",
        "virtual_ips",
        "cidr",
        "action",
        "account_id",
        "id",
        "provision",
        "x" * 2000,
        "''",
    ),
    *(
        "provider_configs",
        "fleet",
        "version",
        "account",
        "nodes",
        "sdwan",
        "networks",
        "hub",
        "ports",
        "target_peer",
    ),
)
_BYTES = (
    "\x00",
    "\x07",
    "\x1b",
    "\x7f",
    "\x9b",
    "\u200b",
    "\ufeff",
    "\u202e",
    "\r",
    "\t",
    "\u2028",
    "é",
    "…",
    "\n",
)
_BLOCKS = (
    *("---\n", "...\n", "%YAML 3.0\n", "%TAG ! x\n", "<<<<<<< HEAD\n", "# only a comment\n", "a: &a [*a]\n"),
    *(
        "moved: [{from: node/a, to: node/b}]\n",
        "forget: [node/edge-tokyo-01]\n",
        "defaults: {nodes: {labels: {a: b}}}\n",
    ),
    *(
        "nodes: []\n",
        "templates: {}\n",
        "include: ['m*.yaml']\n",
        "x: &x {a: 1}\ny: {<<: *x}\n",
        "version: 2\n",
    ),
)
_PAIR = re.compile(r"^(\s*(?:- )?)([A-Za-z_<~'\"][\w'\"<~]*)(:)(.*)$")


def mutant(number: int) -> bytes:
    """The bytes of the mutant of that number."""
    rng = random.Random(number)
    lines = rng.choice(SEEDS).splitlines(keepends=True)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        mistake(rng, lines)
    text = "".join(lines).encode("utf-8", "surrogatepass")
    return _spoiled(rng, text) if rng.random() < 0.04 else text


def mistake(rng: random.Random, lines: list[str]) -> None:
    """Make one mistake in some lines."""
    rng.choice(_MISTAKES)(rng, lines)


def _pick(rng: random.Random, lines: list[str]) -> int:
    return rng.randrange(len(lines)) if lines else 0


def _value(rng: random.Random, lines: list[str]) -> None:
    """Another value, of another type, out of range, or of another place."""
    found = [number for number, line in enumerate(lines) if _PAIR.match(line)]
    if found:
        number = rng.choice(found)
        match = _PAIR.match(lines[number])
        assert match
        other = _PAIR.match(lines[rng.choice(found)])
        value = rng.choice(_VALUES) if rng.random() < 0.7 or not other else other[4].strip()
        lines[number] = f"{match[1]}{match[2]}: {value}\n"


def _key(rng: random.Random, lines: list[str]) -> None:
    """Another key, a slip in one, or an empty one."""
    number = _pick(rng, lines)
    match = _PAIR.match(lines[number]) if lines else None
    if match:
        key = match[2]
        slip = key[:-1] if rng.random() < 0.5 else key + rng.choice(key)
        lines[number] = f"{match[1]}{rng.choice((slip, rng.choice(_KEYS)))}:{match[4]}\n"


def _more(rng: random.Random, lines: list[str]) -> None:
    """One key more beside another, perhaps one that is there."""
    number = _pick(rng, lines)
    match = _PAIR.match(lines[number]) if lines else None
    if match:
        indent = " " * len(match[1])
        lines.insert(number + 1, f"{indent}{rng.choice(_KEYS)}: {rng.choice(_VALUES)}\n")


def _less(rng: random.Random, lines: list[str]) -> None:
    """Some lines less."""
    number = _pick(rng, lines)
    del lines[number : number + rng.choice((1, 1, 1, 2, 5))]


def _twice(rng: random.Random, lines: list[str]) -> None:
    """Some lines twice, here or elsewhere."""
    number = _pick(rng, lines)
    copied = lines[number : number + rng.choice((1, 1, 2, 4, 8))]
    place = number if rng.random() < 0.5 else _pick(rng, lines)
    lines[place:place] = copied


def _shift(rng: random.Random, lines: list[str]) -> None:
    """Some lines further in or out."""
    number, by = _pick(rng, lines), rng.choice((-4, -2, -1, 1, 2, 4))
    for row in range(number, min(len(lines), number + rng.choice((1, 1, 3)))):
        bare = lines[row].lstrip(" ")
        lines[row] = " " * max(0, len(lines[row]) - len(bare) + by) + bare


def _character(rng: random.Random, lines: list[str]) -> None:
    """One character put in, taken out or in the place of another."""
    number = _pick(rng, lines)
    if lines and lines[number]:
        line, place = lines[number], rng.randrange(len(lines[number]))
        new = rng.choice((rng.choice(_BYTES), rng.choice(":-#{}[],&*!|>'\"%@`? \n"), ""))
        lines[number] = line[:place] + new + line[place + rng.choice((0, 1)) :]


def _block(rng: random.Random, lines: list[str]) -> None:
    """A block that has no business there."""
    lines.insert(rng.choice((0, len(lines), _pick(rng, lines))), rng.choice(_BLOCKS))


def _swap(rng: random.Random, lines: list[str]) -> None:
    """Two lines in each other's place."""
    if lines:
        one, other = _pick(rng, lines), _pick(rng, lines)
        lines[one], lines[other] = lines[other], lines[one]


def _item(rng: random.Random, lines: list[str]) -> None:
    """A list item more or less, with any value."""
    found = [number for number, line in enumerate(lines) if line.lstrip().startswith("- ")]
    if found:
        number = rng.choice(found)
        indent = len(lines[number]) - len(lines[number].lstrip())
        lines.insert(number, f"{' ' * indent}- {rng.choice(_VALUES)}\n")


def _flow(rng: random.Random, lines: list[str]) -> None:
    """Block style where flow style was begun, or the reverse."""
    number = _pick(rng, lines)
    if lines:
        bare = lines[number].rstrip("\n")
        lines[number] = rng.choice((f"{bare} {{\n", f"{bare} [a, b\n", f"{bare}]\n", f"{bare}, x: y}}\n"))


_MISTAKES: tuple[Callable[[random.Random, list[str]], None], ...] = (
    *(_value, _value, _value, _value, _key, _key, _more, _more, _less, _twice, _twice),
    *(_shift, _character, _character, _block, _swap, _item, _flow),
)


def _spoiled(rng: random.Random, text: bytes) -> bytes:
    """Bytes that are no UTF-8, another encoding, or a file cut off."""
    place = rng.randrange(len(text) + 1)
    return rng.choice(
        (
            text[:place],
            text[:place] + b"\xff" + text[place:],
            text[:place] + b"\xed\xa0\x80" + text[place:],
            b"\xef\xbb\xbf" + text,
            text.replace(b"\n", b"\r\n"),
            text.decode("utf-8", "replace").encode("utf-16"),
        )
    )
