"""Bytes of a YAML file to a tree with places, by libyaml's event stream and nothing above it.

libyaml's own composer and PyYAML's constructors are never used: they crash on deep nesting, expand
aliases without bound and read YAML 1.1. Here one loop without recursion counts and builds. What
aliases and merges would expand to is known by arithmetic before anything is expanded, so a bomb
costs no more than the text in front of it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import yaml
from yaml._yaml import CParser

from fleetc.lang import tree_faults as report
from fleetc.lang.blocks import compose_blocks
from fleetc.lang.collector import collector_paused
from fleetc.lang.diagnostics import Diagnostic
from fleetc.lang.faults import Faults
from fleetc.lang.guard import BOM, check_bytes, name_character
from fleetc.lang.merge import MERGE_KEY, merge_into
from fleetc.lang.nodes import Map, Node, Offsets, Scalar, Seq
from fleetc.lang.scalars import Odd, resolve
from fleetc.lang.shapes import NotSimple
from fleetc.lang.source import SourceFile
from fleetc.lang.suggest import near
from fleetc.lang.syntax import KEY_LENGTH, explain_syntax
from fleetc.lang.text import FORBIDDEN

__all__ = ["Limits", "Map", "Node", "Scalar", "Seq", "compose"]

_NESTED = "maximum nesting depth"

_MEMO_SIZE = 1 << 18

_UNSEEN: Final = object()
_KIND: Final[dict[type, str]] = {
    Map: "a mapping",
    Seq: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may hold.

    `size` in bytes, `scalar` in characters. `nodes` bounds what aliases and merges expand to, and
    so does `growth` times the written nodes once the expansion is above `spare` nodes. A file of
    `blocks` bytes or more is read by blocks where it is simple; that changes nothing but the time.
    """

    size: int = 64 << 20
    depth: int = 64
    scalar: int = 64 << 10
    nodes: int = 20_000_000
    growth: int = 10
    spare: int = 10_000
    blocks: int = 16 << 10


def compose(file: SourceFile, limits: Limits = Limits()) -> tuple[Map | None, tuple[Diagnostic, ...]]:
    """The tree of `file`, or None when there is an error, and what was found in file order."""
    faults = Faults(file)
    check_bytes(file, limits.size, faults)
    tree: Map | None = None
    if not faults.failed:
        with collector_paused():
            found = Faults(file)
            if len(file.data) >= limits.blocks and not faults.diagnostics():
                tree = _by_blocks(file, limits, found)
            if tree is not None:
                return tree, found.diagnostics()
            tree = _Composer(file, limits, faults, file.data.removeprefix(BOM)).compose()
    return (None if faults.failed else tree), faults.diagnostics()


def _by_blocks(file: SourceFile, limits: Limits, faults: Faults) -> Map | None:
    """The tree of a large file in plain block style, or None when only the whole can be composed."""
    plain: dict[str, Scalar] = {}

    def piece(text: str, base: int, depth: int) -> Node:
        inner = replace(limits, depth=limits.depth - depth)
        composer = _Composer(file, inner, faults, text.encode(), base)
        composer.memo = plain
        return composer.piece()

    return compose_blocks(file, piece, nodes=limits.nodes)


class _Stop(Exception):
    """Reading cannot go on; the fault is already reported."""


class _Frame(list[Any]):
    """An open collection: its children so far, flat, with two offsets each in `spans`."""

    __slots__ = ("aliases", "anchor", "extra", "height", "spans", "start")

    start: int
    anchor: str | None
    spans: list[int]
    aliases: dict[int, Offsets] | None
    extra: int  # nodes below the children
    height: int  # levels of collections below this one


def _frame(start: int, anchor: str | None = None) -> _Frame:
    frame = _Frame()
    frame.start, frame.anchor, frame.aliases = start, anchor, None
    frame.spans = []
    frame.extra = frame.height = 0
    return frame


@dataclass(slots=True)
class _Anchor:
    """A named node; `open` until its end is read. `size` counts its expanded nodes."""

    start: int
    end: int
    value: Any = None
    size: int = 1
    height: int = 0
    open: bool = False


class _Composer:
    """One reading of `data`: a file, or the piece of it that begins at offset `base`."""

    def __init__(self, file: SourceFile, limits: Limits, faults: Faults, data: bytes, base: int = 0) -> None:
        self.file = file
        self.data = data
        self.base = base
        self.limits = limits
        self.faults = faults
        self.anchors: dict[str, _Anchor] = {}
        self.decorated = b"&" in data or b"!" in data  # there may be anchors or tags
        self.root = _frame(0)
        self.stack = [self.root]
        self.memo: dict[str, Scalar] = {}
        self.written = 0  # nodes in closed collections
        self.aliased = 0  # nodes that aliases stand for

    def compose(self) -> Map | None:
        """The file's one mapping, or None."""
        try:
            self._read(CParser(self.data).get_event)
        except yaml.MarkedYAMLError as error:
            marks = [mark.index if mark else None for mark in (error.problem_mark, error.context_mark)]
            self._unread(error.problem or "", marks[0] or 0, marks[1])
        except _Stop:
            pass
        if self.faults.failed:
            return None
        return self._document()

    def _unread(self, problem: str, mark: int, context: int | None) -> None:
        """Report where libyaml stopped; it looks ahead, and may find too many brackets before we do."""
        if _NESTED in problem:
            at = report.opening(self.file.text, mark, self.limits.depth + 1 - len(self.stack))
            report.too_deep(self.faults, self.limits.depth, at, at + 1)
        else:
            explain_syntax(self.file, self.faults, problem, mark, context)

    def piece(self) -> Node:
        """The one node of a piece; raises `NotSimple` for anything else, and for any error."""
        try:
            self._read(CParser(self.data).get_event)
        except (yaml.MarkedYAMLError, _Stop):
            raise NotSimple from None
        if self.faults.failed or len(self.root) != 1:
            raise NotSimple
        return self.root[0]  # type: ignore[no-any-return]

    def _read(self, next_event: Callable[[], Any]) -> None:
        memo, stack, decorated, base = self.memo, self.stack, self.decorated, self.base
        handlers = self._handlers()
        scalar_event: Any = yaml.ScalarEvent
        last_event: Any = yaml.StreamEndEvent
        items, spans = self.root, self.root.spans
        while True:
            event = next_event()
            if type(event) is scalar_event:
                value = event.value
                start = event.start_mark.index + base
                end = event.end_mark.index + base
                if event.style:
                    self._check_quoted(value, start, end)
                elif (seen := memo.get(value, _UNSEEN)) is not _UNSEEN:
                    value = seen
                else:
                    value = self._plain(value, start, end)
                if decorated:
                    self._decorate(event, _Anchor(start, end, value))
                items.append(value)
                spans.append(start)
                spans.append(end)
            elif type(event) is last_event:
                return
            else:
                handlers[type(event)](event)
                items = stack[-1]
                spans = items.spans

    def _handlers(self) -> dict[type, Callable[[Any], None]]:
        """What to do for each event but scalars and the end of the file."""
        return {
            yaml.MappingStartEvent: self._open,
            yaml.SequenceStartEvent: self._open,
            yaml.MappingEndEvent: self._close_mapping,
            yaml.SequenceEndEvent: self._close_sequence,
            yaml.AliasEvent: self._alias,
            yaml.StreamStartEvent: lambda _: None,
            yaml.DocumentStartEvent: self._begin_document,
            yaml.DocumentEndEvent: lambda _: None,
        }

    def _open(self, event: Any) -> None:
        start = event.start_mark.index + self.base
        if len(self.stack) > self.limits.depth:
            report.too_deep(self.faults, self.limits.depth, start, start + 1)
            raise _Stop
        if self.decorated:
            self._decorate(event, _Anchor(start, event.end_mark.index + self.base, open=True))
        self.stack.append(_frame(start, event.anchor))

    def _close_sequence(self, event: Any) -> None:
        frame = self.stack.pop()
        tree = Seq(frame)
        tree.aliases = frame.aliases
        self._close(frame, tree, event)

    def _close_mapping(self, event: Any) -> None:
        frame = self.stack.pop()
        tree, sound = Map(), True
        children = iter(frame)
        for key in children:  # faster than zip, and it is felt
            if type(key) is str:
                tree[key] = next(children)
            else:
                next(children)
                sound = False
        long = frame.aliases or event.end_mark.index + self.base - frame.start > KEY_LENGTH
        if not sound or 2 * len(tree) < len(frame) or (long and len("".join(tree)) > KEY_LENGTH):
            self._check_keys(frame)
        tree.rows, tree.merges, tree.aliases = None, (), None
        if frame.aliases:
            tree.aliases = {at // 2: place for at, place in frame.aliases.items() if at % 2}
        self._close(frame, tree, event)
        if MERGE_KEY in tree:
            merge_into(tree, self.faults)

    def _close(self, frame: _Frame, tree: Map | Seq, event: Any) -> None:
        """Give a read collection its place, and its parent the collection."""
        spans, start, end = frame.spans, frame.start, event.end_mark.index + self.base
        if event.end_mark.index == event.start_mark.index:
            end = spans[-1]  # block style: up to the last child, not to the next token
        tree.file, tree.start, tree.end, tree.layout = self.file, start, end, array("I", spans)
        self.written += len(frame)
        parent = self.stack[-1]
        parent.append(tree)
        parent.spans += (start, end)
        if self.decorated:
            self._weigh(frame, tree, parent)
        if self.written > self.limits.nodes:
            self._check_expansion(end - 1, end)
        if self.faults.full:
            raise _Stop

    def _weigh(self, frame: _Frame, tree: Map | Seq, parent: _Frame) -> None:
        """Count what an alias of a collection, or of one around it, would stand for."""
        size, height = len(frame) + frame.extra, frame.height + 1
        parent.extra += size
        parent.height = max(parent.height, height)
        if frame.anchor:
            self.anchors[frame.anchor] = _Anchor(tree.start, tree.end, tree, 1 + size, height)

    def _check_keys(self, frame: _Frame) -> None:
        first: dict[str, int] = {}
        for row, key in enumerate(frame[::2]):
            start, end = frame.spans[4 * row : 4 * row + 2]
            if key is None and 2 * row in (frame.aliases or {}):
                continue  # an alias of nothing is already reported
            if not isinstance(key, str):
                report.bad_key(self.faults, _KIND[type(key)], start, end, self.file.text[start:end])
            elif len(key) > KEY_LENGTH:
                report.long_key(self.faults, len(key), KEY_LENGTH, start)
            elif (before := first.setdefault(key, row)) != row:
                written = (frame.spans[4 * before], frame.spans[4 * before + 1])
                report.duplicate_key(self.faults, key, (start, end), written)

    def _alias(self, event: Any) -> None:
        name = event.anchor
        start, end = event.start_mark.index + self.base, event.end_mark.index + self.base
        anchor = self.anchors.get(name)
        if anchor is None:
            report.unknown_alias(self.faults, name, near(name, self.anchors), start, end)
            anchor = _Anchor(start, end)
        elif anchor.open:
            report.recursive_alias(self.faults, name, start, end, anchor.start)
        if len(self.stack) - 1 + anchor.height > self.limits.depth:
            report.too_deep(self.faults, self.limits.depth, start, end)
            raise _Stop
        self.aliased += anchor.size
        self._check_expansion(start, end)
        frame = self.stack[-1]
        frame.aliases = frame.aliases or {}
        frame.aliases[len(frame)] = (start, end)
        frame.append(anchor.value)
        frame.spans += (anchor.start, anchor.end)
        frame.extra += anchor.size - 1
        frame.height = max(frame.height, anchor.height)

    def _check_expansion(self, start: int, end: int) -> None:
        limits = self.limits
        written = self.written + sum(len(frame) for frame in self.stack)
        allowed = min(limits.nodes, max(limits.spare, limits.growth * written))
        if written + self.aliased > allowed:
            report.expansion(self.faults, written + self.aliased, written, allowed, (start, end))
            raise _Stop

    def _plain(self, text: str, start: int, end: int) -> Scalar:
        value = resolve(text)
        if value is Odd.AMBIGUOUS:
            report.ambiguous(self.faults, self.file, text, end)
            return text
        if value is Odd.OUT_OF_RANGE:
            report.out_of_range(self.faults, text, start, end)
            return text
        self._check_length(text, start)
        if len(self.memo) < _MEMO_SIZE:
            self.memo[text] = value
        return value

    def _check_quoted(self, text: str, start: int, end: int) -> None:
        self._check_length(text, start)
        hidden = FORBIDDEN.search(text)
        if hidden:
            report.hidden_escape(self.faults, name_character(hidden.group()), start, end)

    def _check_length(self, text: str, start: int) -> None:
        if len(text) > self.limits.scalar:
            report.long_scalar(self.faults, len(text), self.limits.scalar, start)

    def _decorate(self, event: Any, anchor: _Anchor) -> None:
        if event.tag is not None:
            report.tag(self.faults, anchor.start, anchor.end)
        if event.anchor is not None:
            first = self.anchors.get(event.anchor)
            if first is not None:
                report.anchor_twice(self.faults, event.anchor, anchor.start, first.start)
            self.anchors[event.anchor] = anchor

    def _begin_document(self, event: Any) -> None:
        start, end = event.start_mark.index + self.base, event.end_mark.index + self.base
        if self.root:
            report.second_document(self.faults, start, end)
            raise _Stop
        if event.tags:
            report.tag_directive(self.faults, start, end)

    def _document(self) -> Map | None:
        if self.root in ([], [None]):
            report.empty(self.faults)
            return None
        tree = self.root[0]
        if not isinstance(tree, Map):
            start, end = self.root.spans
            report.bad_root(self.faults, _KIND[type(tree)], start, end, self.file.text[start:end])
            return None
        return tree
