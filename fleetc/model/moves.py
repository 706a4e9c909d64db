"""`moved` and `forget`: what the author says of live resources, by address (design 1.2).

Read here and checked against the declarations; what is live is judged when a plan is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from fleetc.lang.diagnostics import Label
from fleetc.lang.nodes import Map, Node, Seq
from fleetc.lang.source import Span
from fleetc.model.check import Place, check_value, describe, unknown_key
from fleetc.model.declarations import Fleet, Forget, Item, Move
from fleetc.model.kinds import KINDS
from fleetc.model.names import expand
from fleetc.model.namespaces import name_space, name_spaces
from fleetc.model.presence import present
from fleetc.model.report import POISON, Report
from fleetc.model.schema import FieldSpec, FieldType

__all__ = ["FORGET", "MOVED", "check_moves", "final_targets", "read_forget", "read_moved"]

MOVED = FieldSpec("moved", FieldType.MAPPING, key="moved", doc="Renames, as addresses of one kind.")
FORGET = FieldSpec(
    "forget", FieldType.STRING_LIST, key="forget", doc="Addresses to stop managing; what is live stays."
)
_FROM, _TO = "from", "to"
_ADDRESS = "kind/name or kind/parent/name"


def read_moved(tree: Map, report: Report) -> Iterator[Move]:
    """The renames that a file writes; a range on both sides gives one for each name."""
    for entry, place in _entries(tree, MOVED.key, "a list of `{from: ..., to: ...}`", report):
        if not isinstance(entry, Map):
            place.wrong(
                "F0107",
                f"an item of `{MOVED.key}` is {describe(entry)}",
                "a mapping is wanted",
                help="write `{from: ..., to: ...}`",
            )
            continue
        for key in entry:
            if key not in (_FROM, _TO):
                unknown_key(entry, key, (_FROM, _TO), report)
        sources, targets = _side(entry, _FROM, report), _side(entry, _TO, report)
        if sources and targets:
            yield from _paired(entry, sources, targets, report)


def _paired(entry: Map, sources: tuple[str, ...], targets: tuple[str, ...], report: Report) -> Iterator[Move]:
    if len(sources) != len(targets):
        Place(entry, _TO, report).wrong(
            "F0211",
            f"{len(sources)} addresses are moved to {len(targets)}",
            "another count of names",
            help="write ranges of equal length on both sides",
        )
        return
    for source, target in zip(sources, targets, strict=True):
        yield Move(source, target, entry.value_span(_FROM), entry.value_span(_TO))


def read_forget(tree: Map, report: Report) -> Iterator[Forget]:
    """The addresses that a file asks to stop managing."""
    for _, place in _entries(tree, FORGET.key, "a list of addresses", report):
        for address in _addresses(place):
            yield Forget(address, place.span)


def _entries(tree: Map, key: str, wanted: str, report: Report) -> Iterator[tuple[Node, Place]]:
    value = tree.get(key)
    if isinstance(value, Seq):
        for index, entry in enumerate(value):
            yield entry, Place(value, index, report)
    elif value is None:
        check_value(MOVED, value, Place(tree, key, report))
    else:
        Place(tree, key, report).wrong(
            "F0107", f"`{key}` is {describe(value)}", "a list is wanted", help=f"write {wanted}"
        )


def _side(entry: Map, key: str, report: Report) -> tuple[str, ...]:
    if key not in entry:
        report.error("F0102", f"a rename has no `{key}`", entry.span, f"`{key}` is required", help=_HELP)
        return ()
    return _addresses(Place(entry, key, report))


_HELP = "write `{from: ..., to: ...}`"


def _addresses(place: Place) -> tuple[str, ...]:
    """The addresses that a text stands for; empty after an error."""
    value = place.holder[place.key]  # type: ignore[index]
    spec = FieldSpec("address", FieldType.REFERENCE, key=str(place.key), required=True)
    if check_value(spec, value, place) is POISON:
        return ()
    kind, *names = str(value).split("/")
    if kind not in KINDS:
        similar = place.report.near(kind, KINDS)
        known = ", ".join(f"`{name}`" for name in KINDS)
        place.wrong(
            "F0250",
            f"`{value}` is not an address: there is no kind `{kind}`",
            f"an address is {_ADDRESS}",
            help=f"write `{similar}/...`" if similar else f"the kinds are {known}",
        )
        return ()
    form = "/".join((kind, *(f"<{space}>" for space in name_spaces(kind))))
    if len(names) != len(name_spaces(kind)) or not all(names):
        place.wrong(
            "F0250", f"`{value}` is not an address of a {KINDS[kind].noun}", "", help=f"write `{form}`"
        )
        return ()
    expanded = [expand(name, place) if "[" in name else (name,) for name in names]
    return tuple("/".join((kind, *chosen)) for chosen in product(*expanded))


def check_moves(fleet: Fleet, report: Report) -> None:
    """Report renames and forgets that contradict each other or the declarations."""
    sources: dict[str, Move] = {}
    targets: dict[str, Move] = {}
    for move in fleet.moves:
        if _one_kind(move, report) and _still_and_there(move, fleet, report):
            first = sources.setdefault(move.source, move)
            if first is not move:
                _twice(move.source, "moved twice", move.span, first.span, report)
            first = targets.setdefault(move.target, move)
            if first is not move:
                what = "the target of two renames"
                _twice(move.target, what, move.target_span, first.target_span, report)
    _rings(sources, report)
    _targets(sources, fleet, report)
    forgotten: dict[str, Forget] = {}
    for entry in fleet.forgets:
        _forgets(entry, sources, fleet, report)
        earlier = forgotten.setdefault(entry.address, entry)
        if earlier is not entry:
            _twice(entry.address, "forgotten twice", entry.span, earlier.span, report)


def _one_kind(move: Move, report: Report) -> bool:
    kind, other = move.source.partition("/")[0], move.target.partition("/")[0]
    if kind != other:
        report.error(
            "F0251",
            f"`{move.source}` cannot become `{move.target}`",
            move.target_span,
            f"a {KINDS[other].noun}",
            secondary=[Label(move.span, f"a {KINDS[kind].noun}")],
            help="a rename keeps the kind",
        )
        return False
    namer = name_space(kind)
    if namer != kind:
        report.error(
            "F0252",
            f"a {KINDS[kind].noun} has no name of its own",
            move.span,
            f"it is named by its {KINDS[namer].noun}",
            help=f"write the addresses of the {KINDS[namer].noun}: what is named by it goes along",
        )
        return False
    return True


def _still_and_there(move: Move, fleet: Fleet, report: Report) -> bool:
    declared = _declared(move.source, fleet)
    if declared is None:
        return True
    report.error(
        "F0253",
        f"`{move.source}` is moved, but still declared",
        move.span,
        "moved from here",
        secondary=[Label(declared.name_span, "still declared here")],
        help="take the declaration away, or the entry of `moved`",
    )
    return False


def _twice(address: str, what: str, span: Span, first: Span, report: Report) -> None:
    report.error(
        "F0256",
        f"`{address}` is {what}",
        span,
        secondary=[Label(first, "the first one")],
        help="take one of the two away",
    )


def final_targets(moves: dict[str, str]) -> dict[str, str]:
    """Each source to the end of its chain; `moves` (source to target) has no ring."""
    ends: dict[str, str] = {}
    for source in moves:
        path = [source]
        while (target := moves[path[-1]]) in moves and target not in ends:
            path.append(target)
        end = ends.get(target, target)
        ends.update(dict.fromkeys(path, end))
    return ends


def _rings(sources: dict[str, Move], report: Report) -> None:
    """Report each ring and take it out of `sources`."""
    done: set[str] = set()
    for start in tuple(sources):
        path: dict[str, None] = {}
        at = start
        while at in sources and at not in path and at not in done:
            path[at] = None
            at = sources[at].target
        done.update(path)
        if at in path:
            names = list(path)
            ring = names[names.index(at) :]
            moves = [sources.pop(name) for name in ring]
            report.error(
                "F0255",
                f"renames lead back to where they began: {' -> '.join((*ring, ring[0]))}",
                moves[0].span,
                f"`{moves[0].source}` becomes `{moves[0].target}`",
                secondary=[Label(m.span, f"`{m.source}` becomes `{m.target}`") for m in moves[1:]],
                help="take one of these entries away",
            )


def _targets(sources: dict[str, Move], fleet: Fleet, report: Report) -> None:
    """The end of each chain is declared, under the parent that it had."""
    ends = final_targets({source: move.target for source, move in sources.items()})
    for move in sources.values():
        if ends[move.source] == move.target and _declared(move.target, fleet) is None:
            _not_declared(move, fleet, report)
        parent, wanted = _parent(move.source), _parent(move.target)
        if parent != wanted and ends.get(parent) != ends.get(wanted, wanted):
            report.error(
                "F0254",
                f"`{move.source}` cannot become `{move.target}`",
                move.target_span,
                f"under {wanted}",
                secondary=[Label(move.span, f"under {parent}")],
                help="a rename changes the name only: keep it under its parent",
            )


def _parent(address: str) -> str:
    """The address that stands above one of a kind with a parent; empty for others."""
    kind, *names = address.split("/")
    return f"{KINDS[kind].parent}/{names[0]}" if len(names) > 1 else ""


def _not_declared(move: Move, fleet: Fleet, report: Report) -> None:
    kind, *names = move.target.split("/")
    section, parent = KINDS[kind].section, names[0] if len(names) > 1 else ""
    if (section, parent) in fleet.holes:
        return
    similar = report.near(names[-1], fleet.of(section, parent))
    near = "/".join((kind, *names[:-1], similar)) if similar else ""
    report.error(
        "F0257",
        f"`{move.source}` is moved to `{move.target}`, which is not declared",
        move.target_span,
        "not declared in this fleet",
        help=f"a similar one is declared: `{near}`" if near else "declare it under its new name",
    )


def _forgets(entry: Forget, sources: dict[str, Move], fleet: Fleet, report: Report) -> None:
    declared = _declared(entry.address, fleet)
    if declared is not None:
        word, span = "declared", declared.name_span
    elif entry.address in sources:
        word, span = "moved", sources[entry.address].span
    else:
        return
    report.error(
        "F0258",
        f"`{entry.address}` is to be forgotten, but is {word}",
        entry.span,
        "forgotten here",
        secondary=[Label(span, f"{word} here")],
        help="take the declaration away, or the entry of `forget`",
    )


def _declared(address: str, fleet: Fleet) -> Item | None:
    """The item that declares what stands at an address."""
    kind, *names = address.split("/")
    schema = KINDS[kind]
    item = fleet.of(schema.section, names[0] if schema.parent else "").get(names[-1])
    return item if item is not None and present(schema, item.values) else None
