"""Which changes a scope names: operations, kinds, fields and causes that there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fleetc.lang import rules_ast as ast
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec
from fleetc.plan.changes import Cause
from fleetc.policy.reporting import Report
from fleetc.policy.ruleset import Reach

__all__ = ["Reaching"]

Fields = dict[str, frozenset[str] | None]


class Reaching:
    """Checks the names in scopes; what is wrong goes to `report`."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def reach(self, scope: ast.Scope) -> Reach:
        """The changes that a scope names."""
        causes = [cause.value for cause in Cause]
        for name in scope.causes:
            if name.text not in causes:
                self.report.unknown("cause", name.text, causes, name.span)
        operations = frozenset(name.text for name in scope.operations)
        return Reach(operations, self.fields(scope.targets), frozenset(name.text for name in scope.causes))

    def fields(self, targets: Sequence[ast.Target]) -> Fields:
        """The fields that are meant of each kind, None for all."""
        found: Fields = {}
        for target in targets:
            for kind in self._kinds(target):
                named = self._named(kind, target)
                earlier = found.get(kind, frozenset())
                found[kind] = None if named is None or earlier is None else earlier | named
        return found

    def _kinds(self, target: ast.Target) -> Iterable[str]:
        kind = target.kind.text
        if kind == "*":
            self._somewhere(target.fields)
            names = {name.text for name in target.fields}
            return [each for each in KINDS if not names or names & _changing(each).keys()]
        if kind not in KINDS:
            self.report.unknown("kind", kind, KINDS, target.kind.span)
            return ()
        for name in target.fields:
            if name.text not in _changing(kind):
                self.report.unknown(f"field of {kind} that changes", name.text, _changing(kind), name.span)
        return (kind,)

    def _somewhere(self, fields: Iterable[ast.Name]) -> None:
        every = {name: None for kind in KINDS for name in _changing(kind)}
        for name in fields:
            if name.text not in every:
                self.report.unknown("field of any kind", name.text, every, name.span)

    def _named(self, kind: str, target: ast.Target) -> frozenset[str] | None:
        if not target.fields:
            return None
        return frozenset(name.text for name in target.fields if name.text in _changing(kind))


def _changing(kind: str) -> dict[str, FieldSpec]:
    """The fields of a kind that a change may have, by name."""
    return {spec.name: spec for spec in KINDS[kind].fields if not spec.readonly}
