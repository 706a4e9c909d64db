"""The words for what the composer finds wrong."""

from __future__ import annotations

from fleetc.lang.diagnostics import Applicability, Edit, Fix, Severity
from fleetc.lang.faults import Faults, Place
from fleetc.lang.nodes import Offsets
from fleetc.lang.source import SourceFile

__all__ = [
    "ambiguous",
    "anchor_twice",
    "bad_key",
    "bad_root",
    "duplicate_key",
    "empty",
    "expansion",
    "hidden_escape",
    "long_key",
    "long_scalar",
    "opening",
    "out_of_range",
    "recursive_alias",
    "second_document",
    "tag",
    "tag_directive",
    "too_deep",
    "unknown_alias",
]


def ambiguous(faults: Faults, file: SourceFile, text: str, end: int) -> None:
    """A plain scalar that YAML 1.1 and 1.2 read differently."""
    place = Place(end - len(text), end, "a string here; other YAML readers see another type")
    edit = Edit(file.span(place.start, end), f'"{text}"')
    fix = Fix(f'quote it: "{text}"', (edit,), Applicability.MACHINE)
    faults.add(
        "F0025",
        f"`{text}` is read as a string, but other YAML readers take it for another type",
        place,
        help=f'write "{text}" in quotes',
        fixes=(fix,),
        severity=Severity.WARNING,
    )


def out_of_range(faults: Faults, text: str, start: int, end: int) -> None:
    """A number that does not fit."""
    shown = text if len(text) <= 40 else f"{text[:40]}..."
    faults.add(
        "F0023",
        f"the number `{shown}` is out of range",
        Place(start, end, "does not fit 64 bits"),
        help="integers run from -9223372036854775808 to 9223372036854775807; quote it if it is a name",
    )


def long_scalar(faults: Faults, length: int, limit: int, start: int) -> None:
    """A text beyond the limit."""
    faults.add(
        "F0014",
        f"a text of {length:,} characters is too long",
        Place(start, start + 1, f"the limit is {limit:,} characters"),
        help="check for a quote that was meant to end earlier, or shorten the text",
    )


def long_key(faults: Faults, length: int, limit: int, start: int) -> None:
    """A key beyond the limit."""
    faults.add(
        "F0042",
        f"a key of {length:,} characters is too long",
        Place(start, start + 1, f"the limit is {limit:,} characters"),
        help="shorten the key",
    )


def hidden_escape(faults: Faults, character: str, start: int, end: int) -> None:
    """A quoted text whose escapes give a forbidden character."""
    faults.add(
        "F0005",
        f"an escape gives the forbidden character {character}",
        Place(start, end, "in this text"),
        help="remove the escape",
    )


def tag(faults: Faults, start: int, end: int) -> None:
    """A node with a tag."""
    faults.add(
        "F0019",
        "a YAML tag cannot be used here",
        Place(start, end, "starts with a tag (`!`)"),
        help="remove the tag; quote the value if it is a text that starts with `!`",
    )


def tag_directive(faults: Faults, start: int, end: int) -> None:
    """A `%TAG` line."""
    faults.add(
        "F0020",
        "a `%TAG` directive cannot be used here",
        Place(start, end),
        help="remove the `%TAG` line",
    )


def anchor_twice(faults: Faults, name: str, again: int, first: int) -> None:
    """Two anchors of one name."""
    length = len(name) + 1
    faults.add(
        "F0018",
        f"the anchor `&{name}` is defined twice",
        Place(again, again + length, "defined again"),
        secondary=(Place(first, first + length, "first defined here"),),
        help="give one of them another name",
    )


def unknown_alias(faults: Faults, name: str, near: str | None, start: int, end: int) -> None:
    """An alias without an anchor before it."""
    mend = f"an anchor with a similar name exists: `&{near}`" if near else f"define `&{name}` above this line"
    faults.add("F0017", f"no anchor named `&{name}`", Place(start, end, "not defined above"), help=mend)


def recursive_alias(faults: Faults, name: str, start: int, end: int, anchor: int) -> None:
    """An alias inside the node that it names."""
    faults.add(
        "F0016",
        f"the recursive alias `*{name}` contains itself",
        Place(start, end, "stands inside what it names"),
        secondary=(Place(anchor, anchor + len(name) + 1, "the anchor is here"),),
        help="write the value out instead",
    )


def expansion(faults: Faults, nodes: int, written: int, limit: int, place: Offsets) -> None:
    """Aliases that stand for too much."""
    faults.add(
        "F0015",
        f"the file expands to {nodes:,} values or more, from {written:,} written ones",
        Place(*place, "expands beyond the limit here"),
        notes=(f"the limit for this file is {limit:,} values",),
        help="use fewer aliases of aliases; templates and `extends` share settings without copies",
    )


def opening(text: str, mark: int, number: int) -> int:
    """Where the bracket opens that is the `number`-th, from 0, of those still open at `mark`."""
    closed, opened = 0, []
    for place in range(min(mark, len(text) - 1), -1, -1):
        if text[place] in "]}":
            closed += 1
        elif text[place] in "[{":
            if closed:
                closed -= 1
            else:
                opened.append(place)
    return opened[-1 - number] if number < len(opened) else mark


def too_deep(faults: Faults, limit: int, start: int, end: int) -> None:
    """Collections in collections beyond the limit."""
    faults.add(
        "F0013",
        f"nested too deep: more than {limit} levels",
        Place(start, end, f"level {limit + 1} begins here"),
        help="flatten the value",
    )


def bad_key(faults: Faults, what: str, start: int, end: int, text: str) -> None:
    """A key that is not a string."""
    mend = "write a name before the `:`" if not text else f'quote it: "{text}"'
    simple = bool(text) and what not in {"a mapping", "a list"}
    faults.add(
        "F0022",
        f"a key must be a string, this is {what}",
        Place(start, end, what),
        help=mend if simple or not text else "use a plain name as the key",
    )


def duplicate_key(faults: Faults, key: str, again: Offsets, first: Offsets) -> None:
    """Two equal keys in one mapping."""
    faults.add(
        "F0021",
        f"the key `{key}` is written twice",
        Place(*again, "written again"),
        secondary=(Place(*first, "first written here"),),
        help="keep one of them",
    )


def second_document(faults: Faults, start: int, end: int) -> None:
    """A second document in the file."""
    faults.add(
        "F0009",
        "the file holds more than one document",
        Place(start, end, "a second document begins here"),
        help="keep one document in a file; `include` reads several files",
    )


def empty(faults: Faults) -> None:
    """Nothing but white space, comments or null."""
    faults.add(
        "F0007",
        "the file is empty",
        Place(0, 0),
        notes=("an empty file never means that everything is to be deleted",),
        help="start with `version: 1` and `account: ...`",
    )


def bad_root(faults: Faults, what: str, start: int, end: int, text: str) -> None:
    """A document that is not a mapping; `text` is its source."""
    unspaced = what == "a text" and ":" in text
    faults.add(
        "F0008",
        f"the file must be a mapping, this is {what}",
        Place(start, min(end, start + 1), what),
        help="put a space after each `:`" if unspaced else "start with `version: 1` and `account: ...`",
    )
