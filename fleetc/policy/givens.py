"""Checks what tests give and plan: kinds, addresses, fields and their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fleetc.lang import rules_ast as ast
from fleetc.lang.diagnostics import Label
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.plan.changes import Cause, Op
from fleetc.policy.reporting import Report
from fleetc.policy.types import Base, Type

__all__ = ["Givens"]

_LISTS = (FieldType.STRING_LIST, FieldType.CIDR_LIST, FieldType.MODULES, FieldType.REFERENCES)
_SORTS = {bool: "a truth value", int: "a number", str: "a text", tuple: "a list", dict: "a mapping"}
_FACTS = {Base.BOOLEAN: bool, Base.NUMBER: int, Base.TEXT: str}


class Givens:
    """Checks tests; what is wrong goes to `report`. `facts` are those of `env`, with their types."""

    def __init__(self, report: Report, facts: Mapping[str, Type]) -> None:
        self.report = report
        self.facts = facts

    def test(self, test: ast.Test) -> None:
        """Check all that a test names."""
        for given in test.given:
            if self._address(given):
                self._fields(given, anything=given.side == "live")
        for past in test.applied:
            self._address(past)
        for step in test.planned:
            if self._address(step):
                self._fields(step, anything=False)
            self._causes(step)
        for each in test.facts:
            for assignment in each.fields:
                self._fact(assignment)
        self._twice(test)

    def _twice(self, test: ast.Test) -> None:
        """Report what is said a second time of one thing, for only one of the two could count."""
        earlier: dict[tuple[str, ...], ast.Name] = {}
        for what, key, name in _said(test):
            first = earlier.setdefault((what, *key), name)
            if first is not name:
                said = f"this test {what} `{'/'.join(key)}` a second time"
                self.report.add(
                    "F0833", said, name.span, "again",
                    secondary=(Label(first.span, "the first time"),), help="leave one out, or make it one",
                )  # fmt: skip

    def _causes(self, step: ast.Planned) -> None:
        known = [each.value for each in Cause]
        for cause in step.causes:
            if cause.text not in known:
                self.report.unknown("cause", cause.text, known, cause.span)
        if len(step.causes) > 1:
            self.report.add("F0831", "a change of a test has one cause", step.causes[1].span)

    def _address(self, named: ast.Given | ast.Applied | ast.Planned) -> bool:
        """Check what is named; whether its kind is known."""
        kind = KINDS.get(named.kind.text)
        if kind is None:
            self.report.unknown("kind", named.kind.text, KINDS, named.kind.span)
            return False
        parts = named.name.text.split("/")
        if len(parts) != (2 if kind.parent else 1) or "" in parts:
            form = f"{kind.parent.upper()}/{kind.identity.upper()}" if kind.parent else kind.identity.upper()
            said = f"`{named.name.text}` does not name a {kind.noun}"
            self.report.add("F0832", said, named.name.span, help=f'write "{form}"')
        return True

    def _fields(self, named: ast.Given | ast.Planned, *, anything: bool) -> None:
        kind = KINDS[named.kind.text]
        specs = {spec.name: spec for spec in kind.fields if anything or not spec.readonly}
        for assignment in named.fields:
            spec = specs.get(assignment.name.text)
            if spec is None:
                self._unknown(kind.name, assignment.name, specs)
            elif assignment.value is not None:
                self._value(spec, assignment)

    def _unknown(self, kind: str, name: ast.Name, known: Iterable[str]) -> None:
        if KINDS[kind].field(name.text) is None:
            self.report.unknown(f"field of {kind}", name.text, known, name.span)
        else:
            said = f"there is no `{name.text}` here: the platform alone gives it, and no plan changes it"
            self.report.add("F0836", said, name.span, help="say how it is with `given live`")

    def _value(self, spec: FieldSpec, assignment: ast.Assignment) -> None:
        value, wanted = assignment.value, _sort(spec)
        if type(value) is not wanted:
            said = f"`{spec.name}` is {_SORTS[wanted]}, and this is {_SORTS[type(value)]}"
            self.report.add("F0835", said, assignment.name.span)
        elif wanted is tuple and not all(isinstance(item, str) for item in value):  # type: ignore[union-attr]
            self.report.add("F0835", f"`{spec.name}` is a list of texts", assignment.name.span)
        elif spec.values and value not in spec.values:
            self.report.unknown(f"value of {spec.name}", str(value), spec.values, assignment.name.span)

    def _fact(self, assignment: ast.Assignment) -> None:
        name, value = assignment.name, assignment.value
        fact = self.facts.get(name.text)
        if fact is None:
            self.report.unknown("fact of `env`", name.text, self.facts, name.span)
        elif value is not None and type(value) is not _FACTS.get(fact.base, type(value)):
            said = f"`env.{name.text}` is {fact}, and this is {_SORTS[type(value)]}"
            self.report.add("F0835", said, name.span)


def _said(test: ast.Test) -> Iterator[tuple[str, tuple[str, ...], ast.Name]]:
    """What a test says, of what, and the name that says so."""
    for given in test.given:
        yield f"gives the {given.side}", (given.kind.text, given.name.text), given.name
    for past in test.applied:
        where = f" in {past.environment.text}" if past.environment else ""
        yield f"gives as applied{where}", (past.kind.text, past.name.text), past.name
    for step in test.planned:
        # the end of a protection stands beside another change
        word = "ends the protection of" if step.operation.text == Op.UNPROTECT else "plans"
        yield word, (step.kind.text, step.name.text), step.name
    for each in test.facts:
        for fact in each.fields:
            yield "gives the fact", (fact.name.text,), fact.name


def _sort(spec: FieldSpec) -> type:
    """The type of a field's value in a test."""
    if spec.type in _LISTS:
        return tuple
    if spec.type in (FieldType.MAPPING, FieldType.STRING_MAP):
        return dict
    return {FieldType.BOOLEAN: bool, FieldType.INTEGER: int}.get(spec.type, str)
