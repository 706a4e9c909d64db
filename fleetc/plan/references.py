"""References: the addresses that a field's value names, and who names a resource."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from fleetc.ir.address import address, kind_of, parts
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value
from fleetc.model.kinds import KINDS
from fleetc.model.references import names_in
from fleetc.model.schema import FieldSpec, FieldType

__all__ = ["identity_fields", "implied", "rank", "reference_fields", "referrers", "targets"]


@cache
def reference_fields(kind: str) -> tuple[FieldSpec, ...]:
    """The fields of `kind` that name resources of a declared kind."""
    return tuple(spec for spec in KINDS[kind].fields if spec.refers_to in KINDS)


@cache
def rank(kind: str) -> int:
    """How deep a kind stands: one more than the deepest kind it refers to, 0 for none."""
    return max((rank(spec.refers_to) + 1 for spec in reference_fields(kind)), default=0)


def targets(own: str, spec: FieldSpec, value: Value) -> tuple[str, ...]:
    """The addresses that `value` of reference field `spec` names, for the resource at `own`.

    A reference to a kind with a parent names a sibling under the same parent.
    """
    texts = names_in(spec, value)
    if not KINDS[spec.refers_to].parent:
        return tuple([address(spec.refers_to, text) for text in texts])
    parent = own.split("/")[1]
    return tuple([f"{spec.refers_to}/{parent}/{address('', text)[1:]}" for text in texts])


def implied(own: str, spec: FieldSpec) -> str | None:
    """The name in a reference that stands in the address of a resource, or None."""
    if not spec.derived or spec.type is not FieldType.REFERENCE:
        return None
    names = parts(own)[1:]
    return names[0 if spec.refers_to == KINDS[kind_of(own)].parent else -1]


def identity_fields(kind: str, natural_key: Collection[str]) -> tuple[FieldSpec, ...]:
    """The reference fields whose referent is part of what the resource is."""
    return tuple(s for s in reference_fields(kind) if s.replaces or s.name in natural_key)


def referrers(
    resources: Iterable[LiveResource], wanted: Collection[str]
) -> dict[str, list[tuple[LiveResource, FieldSpec]]]:
    """Address of `wanted` to the live resources that name it, with the field that does."""
    kinds = {kind_of(text) for text in wanted}
    fields = {kind: [spec for spec in reference_fields(kind) if spec.refers_to in kinds] for kind in KINDS}
    found: dict[str, list[tuple[LiveResource, FieldSpec]]] = {text: [] for text in wanted}
    for resource in resources:
        for spec in fields.get(resource.kind, ()):
            for target in targets(resource.address, spec, resource.fields.get(spec.name)):
                if target in found:
                    found[target].append((resource, spec))
    return found
