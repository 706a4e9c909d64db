"""Invariants over what a fleet file declares, before anything is compared with a platform (design 3.2).

What the platform gives is not known then, nor anything of what the file only names. A field that is
not written and has a default has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleetc.ir.address import address
from fleetc.ir.graph import ResourceGraph
from fleetc.ir.timestamps import day_of
from fleetc.ir.values import Ref, Value
from fleetc.lang import rules_ast as ast
from fleetc.lang.diagnostics import Diagnostic, Label, Severity
from fleetc.lang.source import Span
from fleetc.model.kinds import KINDS
from fleetc.plan.verdicts import Bound, Verdict
from fleetc.policy.code import Circumstances, Frame
from fleetc.policy.conditions import holds
from fleetc.policy.explaining import in_doubt, mend, tripped
from fleetc.policy.matching import on_trial, waived_by
from fleetc.policy.ruleset import Guarded, RuleSet
from fleetc.policy.world import UNKNOWN, Resource, World

__all__ = ["broken_invariants"]

_MOST = 10
_NAMED_BY = {"node": ("node", "instance"), "module": ("module",)}


class _Declared(World):
    """The declared resources, none of which is made yet; what is only named may be anything."""

    def __init__(self, graph: ResourceGraph) -> None:
        super().__init__({own: resource.fields for own, resource in graph.resources.items()})
        outside = (
            address(kind, use.name) for use in graph.externals for kind in _NAMED_BY.get(use.category, ())
        )
        self._outside = {own: Resource(_unknown(own)) for own in outside if own not in self.live}

    def before(self, own: str) -> Resource | None:
        fields = self.live.get(own)
        return self._outside.get(own) if fields is None else Resource(fields, fresh=True)


def _unknown(own: str) -> dict[str, Value]:
    return {spec.name: Ref(own, spec.name) for spec in KINDS[own.partition("/")[0]].fields}


def broken_invariants(
    graph: ResourceGraph,
    rules: RuleSet,
    declarations: Iterable[ast.Declaration],
    circumstances: Circumstances,
) -> tuple[Diagnostic, ...]:
    """What the declared fleet breaks (F0845), and what cannot be told yet (F0846, a note).

    A denial is an error, any other verdict a warning, and so is one on trial; what is waived is
    nothing. Of one invariant the first few resources are shown, and how many more there are.
    """
    if not rules.invariants:
        return ()
    world = _Declared(graph)
    spans = {each.name.text: each.name.span for each in declarations if isinstance(each, ast.Invariant)}
    found: list[Diagnostic] = []
    for rule in rules.invariants:
        told = _Told(graph, rules, rule, spans[rule.answer.name], circumstances)
        broken = list(told.of(world))
        found += broken[:_MOST]
        if len(broken) > _MOST:
            found.append(told.rest(broken))
    return tuple(found)


class _Told:
    """What one invariant says of the resources of its kind."""

    def __init__(
        self, graph: ResourceGraph, rules: RuleSet, rule: Guarded, span: Span, circumstances: Circumstances
    ) -> None:
        self.graph, self.rules, self.rule, self.span = graph, rules, rule, span
        self.circumstances = circumstances
        self.today = day_of(circumstances.now)

    def of(self, world: World) -> Iterator[Diagnostic]:
        """A diagnostic for each resource that breaks it, or may."""
        rule = self.rule
        for own in world.of_kind(rule.kind, live=True):
            state = world.before(own)
            frame = Frame(world, self.circumstances, own, state, state, variables={rule.variable: own})
            about = True if rule.where is None else holds(rule.where, frame)
            value = holds(rule.asserted, frame) if about is not False else True
            if value is True or self._waived(frame):
                continue
            yield self._diagnostic(own, frame, known=about is not UNKNOWN and value is not UNKNOWN)

    def _waived(self, frame: Frame) -> bool:
        name, denies = self.rule.answer.name, self.rule.answer.verdict is Verdict.DENY
        return denies and bool(waived_by(self.rules.waivers, name, frame, self.rule.kind, self.today))

    def _diagnostic(self, own: str, frame: Frame, *, known: bool) -> Diagnostic:
        rule = self.rule
        bound, unknown = tripped(rule.asserted, frame)
        label = Label(self.graph.locate(own, "").span, f"{own}")
        by = (Label(self.span, "this invariant"),)
        if not known:
            unknown = tuple(dict.fromkeys((*in_doubt(rule.where, frame), *unknown)))
            unset = mend("", unknown, frame)
            why = "a fact of `env` is not set" if unset else "it is known after apply only"
            said = f"{own} may break `{rule.answer.name}`: {why}"
            notes = tuple(f"not known yet: {name}" for name in unknown)
            return Diagnostic("F0846", Severity.NOTE, said, label, by, notes, unset)
        trial = on_trial(rule.answer, self.today)
        severity = Severity.ERROR if rule.answer.verdict is Verdict.DENY and not trial else Severity.WARNING
        notes = tuple(map(self._read, bound))
        if trial:
            notes = (*notes, f"`{rule.answer.name}` is on trial until {trial}")
        said = rule.wording.message.text(frame) or f"{own} breaks it"
        message = f"`{rule.answer.name}`: {said}"
        return Diagnostic("F0845", severity, message, label, by, notes, rule.wording.help.text(frame))

    def _read(self, bound: Bound) -> str:
        """A value that it rests on, with the place where it is written."""
        own, _, field = bound.name.rpartition(".")
        resource = self.graph.resources.get(own)
        written = resource is not None and field in resource.fields
        place = f" ({self.graph.locate(own, field).span})" if written else ""
        return f"{bound.name} is {bound.value}{place}"

    def rest(self, broken: list[Diagnostic]) -> Diagnostic:
        """How many more there are, as grave as the gravest of them."""
        more = broken[_MOST:]
        order = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
        worst = min(more, key=lambda each: order.index(each.severity))
        said = f"`{self.rule.answer.name}`: and {len(more)} more resources like these"
        return Diagnostic(worst.code, worst.severity, said, Label(self.span, "this invariant"))
