"""Templates folded over what they extend (design 1.3).

Parents come first, several parents left to right, an ancestor reached twice once, at its first
place; later over earlier. No step recurses, so that a chain may be as deep as a file can hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from fleetc.lang.diagnostics import Applicability, Edit, Fix, Label
from fleetc.lang.nodes import Seq
from fleetc.lang.source import Span
from fleetc.model.declarations import Item, Items
from fleetc.model.merge import merge_values
from fleetc.model.references import module_name, split_module
from fleetc.model.report import POISON, Report
from fleetc.model.sections import PROTECT

__all__ = ["fold_templates", "lineage", "written_parents"]

_FOLD_KEYS = frozenset({"extends", "without", "modules", PROTECT.key})


@dataclass(slots=True)
class _Folded:
    """A template with all it inherits: values, modules with pins, who set each pin, and of how many."""

    values: dict[str, object] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    setter: dict[str, str] = field(default_factory=dict)
    poisoned: bool = False
    steps: int = 0

    def copy(self) -> _Folded:
        return _Folded(dict(self.values), dict(self.pins), dict(self.setter), self.poisoned, self.steps)


def written_parents(item: Item) -> tuple[str, ...]:
    """The names that a template extends, as written; none when they are wrong."""
    extends = item.values.get("extends", ())
    if isinstance(extends, str):
        return (extends,)
    return tuple(extends) if isinstance(extends, list) else ()


def lineage(name: str, parents: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The templates folded into `name`, in the order of folding, itself last."""
    order: list[str] = []
    seen = {name}
    stack: list[tuple[str, Iterator[str]]] = [(name, iter(parents.get(name, ())))]
    while stack:
        current, rest = stack[-1]
        for parent in rest:
            if parent not in seen and parent in parents:
                seen.add(parent)
                stack.append((parent, iter(parents[parent])))
                break
        else:
            order.append(current)
            stack.pop()
    return order


def fold_templates(
    templates: Items, report: Report, *, whole: bool = True
) -> tuple[Items, dict[str, tuple[str, ...]]]:
    """The templates with folded values, and the parents of each.

    With `whole` false some templates were lost to errors, and an unknown parent is no error.
    """
    return _Folder(templates, report, whole).run()


class _Folder:
    def __init__(self, templates: Items, report: Report, whole: bool) -> None:
        self.templates = templates
        self.whole = whole
        self.report = report
        self.folded: dict[str, _Folded] = {}
        self.broken: set[str] = set()
        self.compared: set[tuple[str, str, str]] = set()
        self.parents = {name: self._known_parents(item) for name, item in templates.items()}

    def run(self) -> tuple[Items, dict[str, tuple[str, ...]]]:
        for name in self._parents_first():
            self.folded[name] = self._fold(name)
        items = {name: self._item(item) for name, item in self.templates.items()}
        return items, self.parents

    def _item(self, item: Item) -> Item:
        folded = self.folded[item.name]
        values = folded.values
        if PROTECT.key in item.values:
            values[PROTECT.key] = item.values[PROTECT.key]
        if isinstance(values.get("modules"), list):
            values["modules"] = [f"{name}@{pin}" if pin else name for name, pin in folded.pins.items()]
        if folded.poisoned:
            values = dict.fromkeys(item.section.keys, POISON) | values
        return Item(item.section, item.name, values, item.source, "", item.written, item.holder)

    def _known_parents(self, item: Item) -> tuple[str, ...]:
        """The declared parents of a template; reports the others."""
        known: list[str] = []
        for index, name in enumerate(written_parents(item)):
            if name in known:
                self._twice(item, index, name)
            elif name in self.templates:
                known.append(name)
            else:
                self._unknown(item, index, name)
        if item.values.get("extends") is POISON:
            self.broken.add(item.name)
        return tuple(known)

    def _unknown(self, item: Item, index: int, name: str) -> None:
        self.broken.add(item.name)
        if not self.whole:
            return
        similar = self.report.near(name, [other for other in self.templates if other != item.name])
        span = _extends_span(item, index)
        secondary, fixes = [], []
        if similar:
            secondary = [Label(self.templates[similar].name_span, "a template with a similar name")]
            fixes = [Fix(f"use `{similar}`", (Edit(span, similar),), Applicability.MACHINE)]
        self.report.error(
            "F0401",
            f"`{item.name}` extends `{name}`, which is not declared",
            span,
            "not a template of this fleet",
            secondary=secondary,
            help=f"a template with a similar name exists: `{similar}`"
            if similar
            else "declare it, or take it away",
            fixes=fixes,
            owner=item.name,
        )

    def _twice(self, item: Item, index: int, name: str) -> None:
        self.report.error(
            "F0409",
            f"`{item.name}` extends `{name}` twice",
            _extends_span(item, index),
            "listed before",
            help="take one of the two away",
            owner=item.name,
        )

    def _parents_first(self) -> list[str]:
        """All templates, parents before children; each ring is reported and cut."""
        order: list[str] = []
        state: dict[str, int] = {}  # 1: on the path, 2: done
        for start in self.templates:
            if start in state:
                continue
            path = [start]
            rest = {start: iter(self.parents[start])}
            state[start] = 1
            while path:
                name = path[-1]
                parent = next(rest[name], None)
                if parent is None:
                    state[path.pop()] = 2
                    order.append(name)
                elif parent not in state:
                    state[parent] = 1
                    rest[parent] = iter(self.parents[parent])
                    path.append(parent)
                elif state[parent] == 1:
                    self._ring(path[path.index(parent) :])
        return order

    def _ring(self, ring: list[str]) -> None:
        """Report a ring, the first name in the alphabet first, and cut its edges."""
        self.broken.update(ring)
        start = ring.index(min(ring))
        ring = [*ring[start:], *ring[:start]]
        labels = []
        for name, parent in pairwise([*ring, ring[0]]):
            item = self.templates[name]
            span = _extends_span(item, written_parents(item).index(parent))
            labels.append(Label(span, f"`{name}` extends `{parent}`"))
            self.parents[name] = tuple(other for other in self.parents[name] if other != parent)
        self.report.error(
            "F0402",
            f"templates extend each other in a ring: {' -> '.join([*ring, ring[0]])}",
            labels[0].span,
            labels[0].text,
            secondary=labels[1:],
            help="take one of these `extends` away",
            owner=ring[0],
        )

    def _fold(self, name: str) -> _Folded:
        """Fold a template; its first parent's lineage is the beginning of its own."""
        parents = self.parents[name]
        result = self.folded[parents[0]].copy() if parents else _Folded()
        rest = [name] if len(parents) <= 1 else lineage(name, self.parents)[result.steps :]
        result.steps += len(rest)
        result.poisoned = result.poisoned or not self.broken.isdisjoint(rest)
        for step in rest:
            self._apply(self.templates[step], result, last=step == name)
        return result

    def _apply(self, item: Item, result: _Folded, *, last: bool) -> None:
        own = {
            key: value
            for key, value in item.values.items()
            if key not in _FOLD_KEYS and key in item.section.keys
        }
        result.values = merge_values(result.values, own)
        self._drop(item, result, last)
        modules = item.values.get("modules", ())
        if modules is POISON:
            result.poisoned = True
        if not isinstance(modules, list):
            return
        result.values["modules"] = []
        for entry in modules:
            module, pin = split_module(entry)
            before = result.pins.get(module, "")
            if before and pin and before != pin:
                self._disagree(item, module, result.setter[module], f"@{before}", f"@{pin}")
            result.pins[module] = pin or before
            if pin or module not in result.setter:
                result.setter[module] = item.name

    def _drop(self, item: Item, result: _Folded, last: bool) -> None:
        dropped = item.values.get("without", ())
        for index, module in enumerate(dropped if isinstance(dropped, list) else ()):
            if module in result.pins:
                del result.pins[module]
                del result.setter[module]
            elif last and not result.poisoned:
                self._not_inherited(item, index, module, result)

    def _not_inherited(self, item: Item, index: int, module: str, result: _Folded) -> None:
        written = item.source["without"]
        assert isinstance(written, Seq)
        span = written.value_span(index)
        similar = self.report.near(module, result.pins)
        fixes = [Fix(f"use `{similar}`", (Edit(span, similar),), Applicability.MACHINE)] if similar else []
        self.report.error(
            "F0403",
            f"`{item.name}` drops `{module}`, which it does not inherit",
            span,
            "not an inherited module",
            help=f"an inherited module has a similar name: `{similar}`" if similar else "take it away",
            fixes=fixes,
            owner=item.name,
        )

    def _disagree(self, item: Item, module: str, other: str, before: str, after: str) -> None:
        """Warn when the pin of `item` beats that of a template it does not extend."""
        if (module, other, item.name) in self.compared:
            return
        self.compared.add((module, other, item.name))
        if other in lineage(item.name, self.parents):
            return
        self.report.warning(
            "F0405",
            f"templates pin `{module}` differently: `{other}` {before}, `{item.name}` {after}",
            _module_span(item, module),
            "this one wins",
            secondary=[Label(_module_span(self.templates[other], module), "this one is lost")],
            help=f"pin `{module}` in the template that extends both",
        )


def _extends_span(item: Item, index: int) -> Span:
    written = item.source["extends"]
    return written.value_span(index) if isinstance(written, Seq) else item.source.value_span("extends")


def _module_span(item: Item, module: str) -> Span:
    written = item.source["modules"]
    assert isinstance(written, Seq)
    names = [module_name(str(entry)) for entry in written]
    return written.value_span(names.index(module))
