"""Fields of one resource: what is wanted, what differs, and which side changed (design 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleetc.ir.graph import Resource
from fleetc.ir.profile import KindProfile, Profile
from fleetc.ir.state import Baseline, LiveResource
from fleetc.ir.values import Ref, Value
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, FieldType, KindSchema
from fleetc.plan.changes import Cause

__all__ = [
    "Comparison",
    "Difference",
    "KindView",
    "compare",
    "kind_views",
    "normal",
    "resolved",
    "same",
    "verified",
]

_LISTS = (FieldType.STRING_LIST, FieldType.CIDR_LIST, FieldType.MODULES, FieldType.REFERENCES)
_NULLS: dict[FieldType, Value] = {
    **{kind: [] for kind in _LISTS},
    FieldType.STRING_MAP: {},
    FieldType.MAPPING: {},
}
_NOTHING = KindProfile((), (), (), (), (), (), ())


@dataclass(frozen=True, slots=True)
class KindView:
    """A kind as one platform sees it.

    `compared` are the fields it can both set and read back; `unchecked` those an author may write
    that it cannot; `free` the names of compared mappings of any JSON; `plain` the names of compared
    fields that can be cleared and that nobody but an author or a hand fills.
    """

    schema: KindSchema
    profile: KindProfile
    compared: tuple[FieldSpec, ...]
    unchecked: tuple[FieldSpec, ...]
    free: tuple[str, ...]
    plain: frozenset[str]


def kind_views(profile: Profile) -> dict[str, KindView]:
    """The view of each kind."""
    return {name: _view(schema, profile.kinds.get(name, _NOTHING)) for name, schema in KINDS.items()}


def _view(schema: KindSchema, profile: KindProfile) -> KindView:
    both = set(profile.settable) & set(profile.readable)
    compared = tuple(spec for spec in schema.fields if spec.name in both and not spec.readonly)
    unchecked = tuple(spec for spec in schema.fields if spec.key and spec.name not in both)
    free = tuple(spec.name for spec in compared if spec.type is FieldType.MAPPING)
    plain = frozenset(spec.name for spec in compared if spec.name in profile.clearable and not spec.given)
    return KindView(schema, profile, compared, unchecked, free, plain)


def verified(view: KindView, spec: FieldSpec, base: Baseline) -> bool:
    """Whether the baseline knows the field; a plain field that it does not hold was empty."""
    return spec.name in base.fields or spec.name in view.plain


def normal(spec: FieldSpec, value: Value) -> Value:
    """The value as it is compared: null is the empty value, a set is sorted."""
    if value is None:
        value = _NULLS.get(spec.type) if spec.empty is None else spec.empty  # type: ignore[assignment]
    if isinstance(value, (list, tuple)):
        return sorted(set(value)) if spec.unordered else list(value)  # type: ignore[type-var]
    return value


def same(left: Value, right: Value) -> bool:
    """Equality as JSON has it: `true` is not 1, and 1 is 1.0."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right and isinstance(left, bool) == isinstance(right, bool)


@dataclass(frozen=True, slots=True)
class Difference:
    """One compared field whose live value is not the wanted one."""

    spec: FieldSpec
    before: Value
    after: Value
    cause: Cause


@dataclass(slots=True)
class Comparison:
    """What comparing one resource gave.

    `wanted` holds every compared field that has a wanted value; `stuck` the fields that were
    declared once and that the platform cannot clear.
    """

    differences: list[Difference] = field(default_factory=list)
    converged: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    wanted: dict[str, Value] = field(default_factory=dict)


def compare(
    view: KindView,
    resource: Resource,
    base: Baseline | None,
    live: LiveResource,
    found: Mapping[str, LiveResource],
) -> Comparison:
    """Compare one declared resource, field by field.

    `found` are the live resources by address: a value that one of them already knows stands for
    the reference to it.
    """
    result = Comparison()
    for spec in view.compared:
        before = live.fields.get(spec.name)
        after = resolved(_wanted(view, spec, resource, base, before), before, found)
        if after is not None or before is not None or spec.name in resource.fields:
            result.wanted[spec.name] = after
        if _removed(spec, resource, base) and not _clearable(view, spec) and not spec.given:
            result.stuck.append(spec.name)
        _judge(result, view, spec, base, before=before, after=after)
    return result


def _removed(spec: FieldSpec, resource: Resource, base: Baseline | None) -> bool:
    return base is not None and spec.name in base.declared and spec.name not in resource.fields


def _clearable(view: KindView, spec: FieldSpec) -> bool:
    return spec.name in view.profile.clearable


def _wanted(
    view: KindView, spec: FieldSpec, resource: Resource, base: Baseline | None, before: Value
) -> Value:
    if spec.name in resource.fields:
        return resource.fields[spec.name]
    if spec.key in view.schema.one_of:  # another one of them is written
        return spec.empty  # type: ignore[return-value]
    if _removed(spec, resource, base):
        return spec.empty if _clearable(view, spec) else before  # type: ignore[return-value]
    if base is not None and spec.name in base.fields:
        return base.fields[spec.name]
    filled = base is not None and before is not None and spec.name in view.plain
    return spec.empty if filled else before  # type: ignore[return-value]


def resolved(wanted: Value, before: Value, found: Mapping[str, LiveResource]) -> Value:
    """A value to be given by the platform: what is there, else what a live resource knows."""
    if not isinstance(wanted, Ref):
        return wanted
    if before is not None and before != "":
        return before
    known = found.get(wanted.ref)
    value = known.fields.get(wanted.field) if known else None
    return wanted if value is None or value == "" else value


def _judge(
    result: Comparison,
    view: KindView,
    spec: FieldSpec,
    base: Baseline | None,
    *,
    before: Value,
    after: Value,
) -> None:
    if type(before) is str and before == after and (base is None or base.fields.get(spec.name) == before):
        return
    live, want = normal(spec, before), normal(spec, after)
    if base is None:
        if not same(live, want):
            result.differences.append(Difference(spec, before, after, Cause.ADOPT))
        return
    known = verified(view, spec, base)
    then = normal(spec, base.fields.get(spec.name))
    if same(live, want):
        if known and not same(want, then):
            result.converged.append(f"{base.address}.{spec.name}")
        return
    declared, moved = not same(want, then), known and not same(live, then)
    cause = (Cause.CONFLICT if declared else Cause.DRIFT) if moved else Cause.GIT
    result.differences.append(Difference(spec, before, after, cause))
