"""From the parser's tree to the tests that stand in a rules file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from fleetc.lang.faults import Place
from fleetc.lang.grammars import Leaf, Node
from fleetc.lang.rules_ast import Applied, Assignment, Expect, Facts, Given, Name, Planned, Setting, Test
from fleetc.lang.rules_values import YEARS, Values

if TYPE_CHECKING:
    from fleetc.lang.rules_tree import Clauses

__all__ = ["Cases"]


class Cases(Values):
    """Makes `test` declarations."""

    def _test(self, clauses: Clauses) -> Test | None:
        given = tuple(self._given(each) for each in clauses.all("given"))
        desired = any(each.side == "desired" for each in given)
        if not all([desired or clauses.need("planned"), clauses.need("expect")]):
            return None
        at = clauses.get("at")
        title = self.string(clauses.names[1]) if len(clauses.names) > 1 else ""
        return Test(
            self.name(clauses.names[0]),
            title,
            given,
            tuple(Facts(self._assignments(each), self.span(each)) for each in clauses.all("facts")),
            tuple(self._planned(each) for each in clauses.all("planned")),
            self._instant(at) if at else None,
            tuple(self._expect(each) for each in clauses.all("expect")),
            self.span(clauses.node),
            tuple(self._applied(each) for each in clauses.all("applied")),
        )

    def _given(self, node: Node) -> Given:
        side, kind, name = (child for child in node.children if isinstance(child, Leaf))
        return Given(
            side.text, self.name(kind), self.text_name(name), self._assignments(node), self.span(node)
        )

    def _applied(self, node: Node) -> Applied:
        kind, name, *where, since = (child for child in node.children if isinstance(child, Leaf))
        environment = self.text_name(where[0]) if where else None
        return Applied(
            self.name(kind), self.text_name(name), environment, self.seconds(since), self.span(node)
        )

    def _planned(self, node: Node) -> Planned:
        operation, kind, name = (child for child in node.children if isinstance(child, Leaf))
        causes = [child for child in node.children if isinstance(child, Node) and child.rule == "causes"]
        return Planned(
            self.name(operation),
            self.name(kind),
            self.text_name(name),
            self._assignments(node),
            tuple(self.name(leaf) for each in causes for leaf in each.children if isinstance(leaf, Leaf)),
            self.span(node),
        )

    def _assignments(self, node: Node) -> tuple[Assignment, ...]:
        found: list[Assignment] = []
        for child in node.children:
            if isinstance(child, Node) and child.rule == "assignments":
                found += [Assignment(name, self._value(value)) for name, value in self._pairs(child)]
        return tuple(found)

    def _pairs(self, node: Node) -> Iterator[tuple[Name, Node | Leaf]]:
        """The names and values in braces; a fault for a name that stands there twice."""
        earlier: dict[str, Leaf] = {}
        for child in node.children:
            assert isinstance(child, Node)
            key, value = child.children
            assert isinstance(key, Leaf)
            name = self.text_name(key) if key.kind == "STRING" else self.name(key)
            first = earlier.setdefault(name.text, key)
            if first is not key:
                self.faults.add(
                    "F0833",
                    f"a second value for `{name.text}`",
                    Place(key.start, key.end, "given again"),
                    secondary=(Place(first.start, first.end, "the first one"),),
                    help="leave one out",
                )
            yield name, value

    def _value(self, node: Node | Leaf) -> Setting:
        if isinstance(node, Node):
            if node.rule == "list":
                return tuple(map(self._value, node.children))
            return {name.text: self._value(value) for name, value in self._pairs(node)}
        match node.kind:
            case "STRING":
                return self.string(node)
            case "NUMBER":
                return int(node.text)
            case "NONE":
                return None
            case _:
                return node.text == "true"

    def _expect(self, node: Node) -> Expect:
        verdict, *rule = (child for child in node.children if isinstance(child, Leaf))
        return Expect(verdict.text, self.name(rule[0]) if rule else None, self.span(node))

    def _instant(self, node: Node) -> datetime | None:
        leaf = node.children[0]
        assert isinstance(leaf, Leaf)
        try:
            found = datetime.fromisoformat(leaf.text)
        except ValueError:
            found = None
        if found is None or found.year not in YEARS:
            self.wrong(leaf, "F0832", f"there is no time {leaf.text}", "write a time as 2027-01-31T09:00Z")
            return None
        return found
