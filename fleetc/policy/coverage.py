"""Which conditions of which rules tests have seen true, and which false (design 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fleetc.lang.rules_text import expression
from fleetc.lang.source import Span
from fleetc.policy.code import Frame
from fleetc.policy.conditions import Condition, Leaf, leaves
from fleetc.policy.ruleset import Budgeted, Exempt, Guarded, Judged, RuleSet
from fleetc.policy.world import UNKNOWN

__all__ = ["Atom", "Coverage", "Covered", "Rule", "conditions", "label"]

Rule = Judged | Guarded | Budgeted | Exempt


@dataclass(slots=True)
class Atom:
    """A condition without parts, as it is written; how often tests saw it `true`, `false` and `unknown`."""

    text: str
    place: Span
    true: int = 0
    false: int = 0
    unknown: int = 0

    @property
    def missing(self) -> tuple[str, ...]:
        """What no test has seen it to be: `true`, `false`."""
        return tuple(word for word, seen in (("true", self.true), ("false", self.false)) if not seen)


@dataclass(slots=True)
class Covered:
    """What tests saw of one rule: `reached` changes or resources, its atoms, tests that name it."""

    label: str
    place: str
    tests: int = 0
    reached: int = 0
    atoms: dict[Span, Atom] = field(default_factory=dict)

    @property
    def outcomes(self) -> tuple[int, int]:
        """How many outcomes were seen, and how many there are; a rule without atoms has the one of being reached."""
        if not self.atoms:
            return int(self.reached > 0), 1
        seen = sum(2 - len(atom.missing) for atom in self.atoms.values())
        return seen, 2 * len(self.atoms)

    @property
    def percent(self) -> int:
        """Of 100, rounded down."""
        seen, total = self.outcomes
        return 100 * seen // total


def label(rule: Rule) -> str:
    """What a rule is, and its name: `rule in-hours`."""
    match rule:
        case Judged():
            return f"rule {rule.answer.name}"
        case Guarded():
            return f"invariant {rule.answer.name}"
        case Budgeted():
            return f"budget {rule.answer.name}"
        case Exempt():
            return f"{'waiver' if rule.rule else 'ignore'} {rule.name}"


def conditions(rule: Rule) -> Iterator[Condition | Leaf]:
    """The conditions of a rule, those of each kind apart."""
    match rule:
        case Judged():
            yield from (body.where for body in rule.bodies.values() if body.where is not None)
        case Guarded():
            yield from (part for part in (rule.where, rule.asserted) if part is not None)
        case Budgeted():
            yield from () if rule.when is None else (rule.when,)
        case Exempt():
            yield from (where for where in rule.bodies.values() if where is not None)


class Coverage:
    """Counts what tests see of the rules of a set."""

    def __init__(self, rules: RuleSet) -> None:
        every: tuple[Rule, ...] = (
            *rules.rules,
            *rules.invariants,
            *rules.budgets,
            *rules.waivers,
            *rules.ignores,
        )
        self._covered = {label(rule): _uncovered(rule) for rule in every}

    def named(self, name: str) -> None:
        """A test expects something of the rule of that name."""
        for sort in ("rule", "invariant", "budget"):
            if covered := self._covered.get(f"{sort} {name}"):
                covered.tests += 1

    def saw(self, rule: Rule, condition: Condition | Leaf | None, frame: Frame) -> None:
        """A rule was run in a frame."""
        covered = self._covered[label(rule)]
        covered.reached += 1
        for leaf in leaves(condition) if condition is not None else ():
            value = leaf.code.run(frame)
            atom = covered.atoms[leaf.written.span]
            atom.true += value is True
            atom.unknown += value is UNKNOWN
            atom.false += value is not True and value is not UNKNOWN

    @property
    def rules(self) -> tuple[Covered, ...]:
        """What was seen of each rule, in the order of the set."""
        return tuple(self._covered.values())

    @property
    def percent(self) -> int:
        """How many outcomes of all conditions were seen, of 100, rounded down."""
        pairs = [covered.outcomes for covered in self.rules]
        seen, total = (sum(column) for column in zip(*pairs, strict=True)) if pairs else (0, 0)
        return 100 * seen // total if total else 100


def _uncovered(rule: Rule) -> Covered:
    place = rule.place if isinstance(rule, Exempt) else rule.answer.place
    return Covered(label(rule), place, atoms=_atoms(conditions(rule)))


def _atoms(found: Iterable[Condition | Leaf]) -> dict[Span, Atom]:
    spans = {leaf.written.span: leaf for condition in found for leaf in leaves(condition)}
    return {span: Atom(expression(spans[span].written), span) for span in sorted(spans)}
