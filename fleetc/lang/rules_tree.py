"""From the parser's tree of a rules file to its declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TypeVar

from fleetc.lang.faults import Faults, Place
from fleetc.lang.grammars import Leaf, Node
from fleetc.lang.rules_ast import (
    Assertion,
    Budget,
    Calendar,
    Cap,
    Declaration,
    Expression,
    Group,
    Ignore,
    Invariant,
    Name,
    Outcome,
    QuorumOf,
    Rule,
    Scope,
    Target,
    Template,
    Waiver,
)
from fleetc.lang.rules_cases import Cases
from fleetc.lang.source import Span

__all__ = ["DECLARATIONS", "Builder"]

T = TypeVar("T")
DECLARATIONS = ("group", "window", "freeze", "rule", "invariant", "budget", "ignore", "waiver", "test")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OUTCOMES = ("deny", "require", "hold", "warn", "allow")
_SEVERAL = ("cap", "given", "facts", "applied", "planned", "expect")


class Clauses:
    """The clauses of a declaration, each of which may stand once."""

    def __init__(self, node: Node, faults: Faults) -> None:
        self.node = node
        self.names = [child for child in node.children if isinstance(child, Leaf)]
        self._faults = faults
        self._found: dict[str, Node] = {}
        for child in node.children:
            if isinstance(child, Node):
                self._keep(child)

    def _keep(self, child: Node) -> None:
        word = "verdict" if child.rule in _OUTCOMES else child.rule
        earlier = self._found.setdefault(word, child)
        if earlier is not child and word not in _SEVERAL:
            self._faults.add(
                "F0831",
                f"a second {_say(word)} in `{self.node.rule} {self.names[0].text}`",
                Place(child.start, child.end, "only one can stand here"),
                secondary=(Place(earlier.start, earlier.end, "the first one"),),
                help=f"leave one out, or write a second {self.node.rule}",
            )

    def get(self, word: str) -> Node | None:
        """The clause of that word, if it is there."""
        return self._found.get(word)

    def need(self, word: str) -> Node | None:
        """The clause of that word; a fault when it is missing."""
        found = self._found.get(word)
        if found is None:
            name = self.names[0]
            self._faults.add(
                "F0831",
                f"`{self.node.rule} {name.text}` has no {_say(word)}",
                Place(name.start, name.end, f"needs {_say(word)}"),
                help=_EXAMPLES.get(word, f"add `{word}`"),
            )
        return found

    def all(self, word: str) -> Iterator[Node]:
        """Every clause of that word."""
        return (child for child in self.node.children if isinstance(child, Node) and child.rule == word)


def _say(word: str) -> str:
    return _WORDS.get(word, f"`{word}`")


_WORDS = {
    "verdict": "verdict",
    "for_each": "`for`",
    "for_targets": "`for`",
    "assertion": "`assert`",
    "else_": "`else`",
    "counted": "`count`",
    "cap": "`max`",
    "planned": "`plan`",
    "zone": "`tz`",
    "days": "`days`",
    "times": "time of day",
    "dates": "dates",
}
_EXAMPLES = {
    "verdict": 'add what it answers: deny "…", require 2 of GROUP, hold until window NAME, warn "…" or allow',
    "on": "say which changes it is about: on update, delete peer",
    "for_each": "say of what: for v in virtual_ip",
    "for_targets": "say of what: for peer where host == NAME",
    "assertion": "say what holds: assert EXPRESSION",
    "else_": 'say what otherwise: else deny "…"',
    "counted": "say what counts: count delete, replace of node",
    "cap": "say how many: max 5",
    "times": "say when: days mon..fri, from 09:00 to 17:00, or from 2027-01-04 to 2027-01-10",
    "dates": "say when: from 2026-12-18 to 2027-01-04",
    "planned": 'say what is planned (plan delete peer "NAME"), or what is wanted (given desired peer "NAME")',
    "expect": "say what is expected: expect deny by RULE",
    "reason": 'add: reason "…" granted by GROUP expires 2027-01-31',
}


class Builder(Cases):
    """Makes declarations; what is wrong with one goes to `faults`, and None comes back for it."""

    def declaration(self, node: Node) -> Declaration | None:
        """The declaration of a node right below the top."""
        make: Callable[[Clauses], Declaration | None] = getattr(self, f"_{node.rule}")
        return make(Clauses(node, self.faults))

    def _group(self, clauses: Clauses) -> Group:
        name, *members = clauses.names
        return Group(self.name(name), tuple(map(self.text_name, members)), self.span(clauses.node))

    # windows

    def _window(self, clauses: Clauses) -> Calendar | None:
        return self._calendar(clauses, freeze=False)

    def _freeze(self, clauses: Clauses) -> Calendar | None:
        return self._calendar(clauses, freeze=True)

    def _calendar(self, clauses: Clauses, *, freeze: bool) -> Calendar | None:
        zone, days = clauses.get("zone"), clauses.get("days")
        dates, times = clauses.get("dates"), clauses.get("times")
        between = self._dates(dates) if dates else None
        if freeze and not dates:
            clauses.need("dates")
            return None
        if (dates and between is None) or not (dates or times or days):
            if not (dates or times or days):
                clauses.need("times")
            return None
        return Calendar(
            self.name(clauses.names[0]),
            freeze,
            self.text_name(_leaf(zone)) if zone else None,
            tuple(sorted(set(_days(days)))) if days else (),
            self._times(times) if times else None,
            between,
            self.span(clauses.node),
        )

    def _dates(self, node: Node) -> tuple[date, date] | None:
        first, last = (self.date(leaf) for leaf in _leaves(node))
        if first and last and last < first:
            self.wrong(node, "F0832", "it ends before it begins", "write the earlier date first")
            return None
        return (first, last) if first and last else None

    def _times(self, node: Node) -> tuple[int, int] | None:
        first, last = (self.minutes(leaf) for leaf in _leaves(node))
        return None if first is None or last is None else (first, last)

    # rules

    def _rule(self, clauses: Clauses) -> Rule | None:
        on, verdict = clauses.need("on"), clauses.need("verdict")
        if on is None or verdict is None:
            return None
        outcome = self._outcome(verdict)
        return (
            None
            if outcome is None
            else Rule(
                self.name(clauses.names[0]),
                self._title(clauses),
                self._scope(on),
                self._where(clauses.get("where")),
                outcome,
                self._help(clauses),
                self._trial(clauses),
                self.span(clauses.node),
            )
        )

    def _invariant(self, clauses: Clauses) -> Invariant | None:
        each, claim, other = (clauses.need(word) for word in ("for_each", "assertion", "else_"))
        if each is None or claim is None or other is None:
            return None
        variable, kind = (self.name(leaf) for leaf in _leaves(each))
        assertion = Assertion(variable, kind, self._where(_inner(each, "where")), self.only(claim))
        outcome = self._outcome(_nodes(other)[0])
        return (
            None
            if outcome is None
            else Invariant(
                self.name(clauses.names[0]),
                self._title(clauses),
                assertion,
                outcome,
                self._help(clauses),
                self._trial(clauses),
                self.span(clauses.node),
            )
        )

    def _budget(self, clauses: Clauses) -> Budget | None:
        counted, cap, other = (clauses.need(word) for word in ("counted", "cap", "else_"))
        if counted is None or cap is None or other is None:
            return None
        when = clauses.get("when")
        outcome = self._outcome(_nodes(other)[0])
        return (
            None
            if outcome is None
            else Budget(
                self.name(clauses.names[0]),
                self._title(clauses),
                self.only(when) if when else None,
                self._scope(counted),
                tuple(self._cap(each) for each in clauses.all("cap")),
                outcome,
                self._help(clauses),
                self._trial(clauses),
                self.span(clauses.node),
            )
        )

    def _cap(self, node: Node) -> Cap:
        percent, by, per = (_inner(node, word) for word in ("percent", "by", "per"))
        most, *floor = _leaves(percent or node)
        path = self.expression(_nodes(by)[0]) if by else None
        return Cap(
            self.count(most, 100 if percent else None),
            percent is not None,
            self.count(floor[0]) if floor else 0,
            path,  # type: ignore[arg-type]  # the grammar has a path there
            self._time(_leaf(per)) if per else 0,
            self.span(node),
        )

    def _time(self, leaf: Leaf) -> int:
        seconds = self.seconds(leaf)
        if not seconds:
            self.wrong(leaf, "F0832", "no time at all is no limit", "leave out `per` for one plan")
        return seconds

    # ignore and waiver

    def _ignore(self, clauses: Clauses) -> Ignore | None:
        found = self._exception(clauses)
        return found and Ignore(self.name(clauses.names[0]), *found, self.span(clauses.node))

    def _waiver(self, clauses: Clauses) -> Waiver | None:
        found = self._exception(clauses)
        name, rule = clauses.names
        return found and Waiver(self.name(name), self.name(rule), *found, self.span(clauses.node))

    def _exception(
        self, clauses: Clauses
    ) -> tuple[tuple[Target, ...], Expression | None, str, Name, date] | None:
        targets, reason = clauses.need("for_targets"), clauses.need("reason")
        if targets is None or reason is None:
            return None
        text, group, until = _leaves(reason)
        expires = self.date(until)
        if expires is None:
            return None
        where = self._where(_inner(targets, "where"))
        return self._targets(_nodes(targets)[0]), where, self.string(text), self.name(group), expires

    # parts

    def _title(self, clauses: Clauses) -> str:
        return self.string(clauses.names[1]) if len(clauses.names) > 1 else ""

    def _where(self, node: Node | None) -> Expression | None:
        return self.only(node) if node else None

    def _help(self, clauses: Clauses) -> Template | None:
        node = clauses.get("help")
        return self.template(_leaf(node)) if node else None

    def _trial(self, clauses: Clauses) -> date | None:
        node = clauses.get("trial")
        return self.date(_leaf(node)) if node else None

    def _scope(self, node: Node) -> Scope:
        operations, targets, *causes = _nodes(node)
        return Scope(
            tuple(map(self.name, _leaves(operations))),
            self._targets(targets),
            tuple(map(self.name, _leaves(causes[0]))) if causes else (),
            self.span(node),
        )

    def _targets(self, node: Node) -> tuple[Target, ...]:
        return tuple(self._target(each) for each in _nodes(node))

    def _target(self, node: Node) -> Target:
        fields = _inner(node, "fields")
        names = tuple(map(self.name, _leaves(fields))) if fields else ()
        return Target(self.name(_leaf(node)), names, self.span(node))

    def _outcome(self, node: Node) -> Outcome | None:
        verdict = Name(node.rule, self._word(node))
        leaves = _leaves(node)
        quorums = tuple(quorum for each in _nodes(node) if (quorum := self._quorum(each)))
        if len(quorums) < len(_nodes(node)):
            return None
        window = self.name(leaves.pop(0)) if node.rule == "hold" else None
        message = self.template(leaves[0]) if leaves else None
        return Outcome(verdict, message, quorums, window)

    def _quorum(self, node: Node) -> QuorumOf | None:
        number, group = _leaves(node)
        count = int(number.text)
        if not 1 <= count <= 100:
            self.wrong(number, "F0832", "a quorum is of 1 to 100 persons", "write how many have to agree")
            return None
        return QuorumOf(count, self.name(group))

    def _word(self, node: Node) -> Span:
        return self.file.span(node.start, node.start + len(node.rule))


def _leaves(node: Node) -> list[Leaf]:
    return [child for child in node.children if isinstance(child, Leaf)]


def _nodes(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node)]


def _leaf(node: Node) -> Leaf:
    return _leaves(node)[0]


def _inner(node: Node, rule: str) -> Node | None:
    return next((child for child in _nodes(node) if child.rule == rule), None)


def _days(node: Node) -> Iterator[int]:
    for child in node.children:
        if isinstance(child, Leaf):
            yield _DAYS.index(child.text)
        else:
            first, last = (_DAYS.index(leaf.text) for leaf in _leaves(child))
            yield from _around(first, last)


def _around(first: int, last: int) -> Iterable[int]:
    """The days from one to another, over the end of the week if need be."""
    return ((first + step) % 7 for step in range((last - first) % 7 + 1))
