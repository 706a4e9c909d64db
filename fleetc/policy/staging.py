"""From a test of a rules file to the plan that it is about (design 3.2).

What a test gives is all that there is: no other resource, no other fact, nothing else applied before.
The clock stands at noon of a Monday, 2000-01-03T12:00Z, unless the test says `at`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from fleetc.ir.address import kind_of
from fleetc.ir.graph import Origin, Resource, ResourceGraph
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value
from fleetc.lang import rules_ast as ast
from fleetc.lang.source import Span
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.fields import normal, same
from fleetc.plan.references import reference_fields, targets
from fleetc.policy.code import Circumstances
from fleetc.policy.judge import Facts
from fleetc.policy.mask import active, mask
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.selections import masks_of
from fleetc.policy.world import implied

__all__ = ["NOON", "Stage", "stage"]

NOON = 946_900_800.0
"""2000-01-03T12:00Z, a Monday: when a test is, unless it says so."""

_MAKES = (Op.CREATE, Op.REPLACE, Op.MOVE)

Fields = dict[str, Value]


@dataclass(frozen=True)
class Stage:
    """The live fields by address, the actions of the plan (all ticked), and what a judge knows beside."""

    live: Mapping[str, Fields]
    actions: tuple[Action, ...]
    facts: Facts


@dataclass(frozen=True)
class _Asked:
    """A change before it is an action: its fields as they are to be, each with its place."""

    op: Op
    own: str
    cause: Cause
    fields: Fields
    places: Mapping[str, str]


def stage(test: ast.Test, rules: RuleSet) -> Stage:
    """The stage of a test that was checked; `rules` say what is ignored, and which windows there are."""
    circumstances = _circumstances(test, rules)
    live = {_own(given): _fields(given.fields) for given in test.given if given.side == "live"}
    found = {asked.own: asked for asked in _desired(test, live, rules, circumstances)}
    for step in test.planned:
        asked = _planned(step)
        found[_key(asked)] = asked
        if asked.op is not Op.CREATE:
            live.setdefault(asked.own, {})
    actions = _linked([_action(asked, live.get(asked.own)) for asked in found.values()], live)
    managed = Counter(kind_of(own) for own in live)
    facts = Facts(circumstances, masks_of(_plan(actions, circumstances.account)), managed)
    return Stage(live, actions, facts)


def _own(named: ast.Given | ast.Planned | ast.Applied) -> str:
    return f"{named.kind.text}/{named.name.text}"


def _key(asked: _Asked) -> str:
    """The end of a protection stands beside another change of the same resource."""
    return f"{asked.op}:{asked.own}" if asked.op is Op.UNPROTECT else asked.own


def _fields(given: Collection[ast.Assignment]) -> Fields:
    return {each.name.text: _value(each.value) for each in given if each.value is not None}


def _value(setting: ast.Setting) -> Value:
    if isinstance(setting, tuple):
        return [_value(each) for each in setting]
    if isinstance(setting, dict):
        return {key: _value(each) for key, each in setting.items()}
    return setting


def _circumstances(test: ast.Test, rules: RuleSet) -> Circumstances:
    facts: Fields = {"name": "", "account": "", "platform": ""}  # which every environment has
    for each in test.facts:
        facts |= _fields(each.fields)
    now = NOON if test.at is None else test.at.timestamp()
    applied: dict[str, dict[str, float]] = {}
    for past in test.applied:
        where = past.environment.text if past.environment else ""
        applied.setdefault(where, {})[_own(past)] = now - past.seconds
    return Circumstances(facts, str(facts.get("account", "")), now, rules.calendars, applied)


# what is asked for


def _desired(
    test: ast.Test, live: Mapping[str, Fields], rules: RuleSet, circumstances: Circumstances
) -> Iterator[_Asked]:
    """What is declared and not live, or otherwise than it is live in the fields that are written."""
    given = {_own(each): each for each in test.given if each.side == "desired"}
    wanted = _masked({own: _fields(each.fields) for own, each in given.items()}, live, rules, circumstances)
    for own, each in given.items():
        places = {a.name.text: str(a.name.span) for a in each.fields}
        if own not in live:
            yield _Asked(Op.CREATE, own, Cause.GIT, wanted[own], places)
            continue
        asked = {name: wanted[own].get(name) for name in places}
        differs = {name: value for name, value in asked.items() if not _same(own, name, live[own], value)}
        if differs:
            replaces = any(_spec(own, name).replaces for name in differs)
            yield _Asked(Op.REPLACE if replaces else Op.UPDATE, own, Cause.GIT, differs, places)


def _spec(own: str, name: str) -> FieldSpec:
    spec = KINDS[kind_of(own)].field(name)
    assert spec is not None, "a checked test names fields that there are"
    return spec


def _same(own: str, name: str, live: Fields, value: Value) -> bool:
    spec = _spec(own, name)
    before = live[name] if name in live else _default(spec)
    return same(normal(spec, before), normal(spec, value))


def _masked(
    wanted: Mapping[str, Fields], live: Mapping[str, Fields], rules: RuleSet, circumstances: Circumstances
) -> Mapping[str, Fields]:
    """What is wanted, with the fields that `ignore` declarations name as they are live."""
    ignores = active(rules, rules, circumstances.now)
    if not ignores:
        return wanted
    resources = {
        own: Resource(own, kind_of(own), fields, (), number)
        for number, (own, fields) in enumerate(wanted.items())
    }
    graph = ResourceGraph("", resources, (), "", lambda _own, _field: Origin(Span("", 0, 0, 0, 0)))
    there = {own: LiveResource(own, kind_of(own), own, fields) for own, fields in live.items()}
    return {
        own: each.fields
        for own, each in mask(graph, there, {}, ignores, circumstances).graph.resources.items()
    }


def _planned(step: ast.Planned) -> _Asked:
    cause = Cause(step.causes[0].text) if step.causes else Cause.GIT
    fields = {each.name.text: _value(each.value) for each in step.fields}
    places = {each.name.text: str(each.name.span) for each in step.fields}
    return _Asked(Op(step.operation.text), _own(step), cause, fields, places)


# actions


def _action(asked: _Asked, live: Fields | None) -> Action:
    """The action of a change, as a plan has it."""
    own, op = asked.own, asked.op
    before = live or {}
    given = asked.fields
    if op is Op.CREATE:
        given = {**_defaults(own), **given}
    changes = tuple(
        FieldChange(
            name,
            None if op is Op.CREATE else before.get(name),
            value,
            asked.cause,
            asked.places.get(name, ""),
        )
        for name, value in given.items()
        if op is not Op.CREATE or value is not None
    )
    stays = op not in (Op.CREATE, Op.DELETE, Op.UNPROTECT)
    wanted = {**(_settable(own, before) if stays else {}), **given} if op is not Op.DELETE else {}
    return Action(
        id=f"{op.value}:{own}",
        op=op,
        address=own,
        kind=kind_of(own),
        cause=asked.cause,
        selected=True,
        fields=() if op is Op.DELETE else changes,
        calls=(),
        requires=(),
        after=(),
        base={} if op is Op.CREATE else dict(before),
        wanted={name: value for name, value in wanted.items() if value is not None},
        declared=tuple(given),
    )


def _settable(own: str, fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if not _spec(own, name).readonly}


def _defaults(own: str) -> Fields:
    """What is wanted of a new resource when nothing is written: defaults, and what its address says."""
    found: Fields = {}
    for spec in KINDS[kind_of(own)].fields:
        value = implied(own, spec) or _default(spec)
        if value is not None and not spec.readonly:
            found[spec.name] = value
    return found


def _default(spec: FieldSpec) -> Value:
    default = spec.default
    return list(default) if isinstance(default, tuple) else default  # type: ignore[return-value]


def _linked(actions: list[Action], live: Mapping[str, Fields]) -> tuple[Action, ...]:
    """The actions with what each requires: what makes what it names, and what lets go of what it deletes."""
    from msgspec.structs import replace

    makes = {action.address: action.id for action in actions if action.op in _MAKES}
    lets_go: dict[str, list[str]] = {}
    for action in actions:
        changed = {change.path for change in action.fields}
        for target, name in _names(action.address, live.get(action.address, {})):
            if action.op is Op.DELETE or name in changed:
                lets_go.setdefault(target, []).append(action.id)

    def requires(action: Action) -> tuple[str, ...]:
        if action.op is Op.DELETE:
            found = lets_go.get(action.address, [])
        else:
            found = [makes[target] for target, _ in _names(action.address, action.wanted) if target in makes]
        return tuple(sorted({each for each in found if each != action.id}))

    return tuple(replace(action, requires=requires(action)) for action in actions)


def _names(own: str, fields: Fields) -> Iterator[tuple[str, str]]:
    """The addresses that a resource names, each with the field that does."""
    for spec in reference_fields(kind_of(own)):
        value = fields.get(spec.name) or implied(own, spec)
        for target in targets(own, spec, value) if value else ():
            yield target, spec.name


def _plan(actions: tuple[Action, ...], account: str) -> Plan:
    return Plan(
        account=account,
        environment="",
        platform="",
        profile="",
        commit="",
        tree="",
        desired="",
        snapshot="",
        snapshot_digest="",
        snapshot_taken_at="",
        actions=actions,
        summary={},
    )
