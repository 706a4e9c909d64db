"""Random conditions of rules as text, right by construction: every comparison is of like with like.

They speak of the fleets of `rule_worlds`, so that what they compare with is often there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fleetc.model.kinds import KINDS
from fleetc.policy.types import ANY, TEXT, Base, Side, Type, features, resource
from tests.property.rule_worlds import NAMES, chance, pick, texts_of

__all__ = [
    "SCALAR",
    "SELECTORS",
    "WINDOWS",
    "Scope",
    "condition",
    "env",
    "number",
    "of_change",
    "type_of",
    "walk",
]

WINDOWS = ("office", "night", "year-end")
SELECTORS = (
    *("kind:peer", "change:delete", "cause:drift", "node/*", "a", "region:eu", "tags:x", "field:labels"),
    *(
        "label.site:eu",
        "not kind:node",
        "+peer/mesh/a",
        "network/mesh+",
        "kind:node, cause:git",
        "@new",
        "all",
    ),
)


@dataclass(frozen=True)
class Scope:
    """What may be named: variables by name, and the resource whose fields may stand bare."""

    variables: Mapping[str, Type] = field(default_factory=dict)
    bare: str = ""
    selects: bool = False
    depth: int = 2

    def deeper(self, name: str = "", type_: Type = TEXT) -> Scope:
        """One level down, with a variable more."""
        more = {name: type_} if name else {}
        return replace(self, variables={**self.variables, **more}, depth=self.depth - 1)


def of_change(kind: str, operations: Sequence[str], *, selects: bool = True) -> Scope:
    """The scope of a change."""
    variables = {"self": resource(kind, Side.NEW)}
    if "create" not in operations and selects:
        variables["before"] = resource(kind, Side.OLD)
    if "delete" not in operations and selects:
        variables["after"] = resource(kind, Side.NEW)
    return Scope(variables, kind, selects)


# paths

Wanted = Callable[[Type], bool]


def walk(rng: random.Random, scope: Scope, wanted: Wanted) -> tuple[str, Type] | None:
    """A path to something wanted, by trying some walks."""
    for _ in range(12):
        found = _one_walk(rng, scope, wanted)
        if found is not None:
            return found
    return None


def _one_walk(rng: random.Random, scope: Scope, wanted: Wanted) -> tuple[str, Type] | None:
    roots = [*scope.variables.items()]
    if scope.bare:
        roots += [(name, each.type) for name, each in features(scope.bare).items()] * (
            not roots or chance(rng, 70)
        )
    if not roots:
        return None
    text, type_ = pick(rng, roots)
    for _ in range(4):
        if wanted(type_) and not chance(rng, 20):
            return text, type_
        if type_.base is Base.RESOURCE:
            names = [n for n, each in features(type_.kind).items() if wanted(each.type)] * chance(rng, 60)
            name = pick(rng, names or list(features(type_.kind)))
            text, type_ = f"{text}.{name}", features(type_.kind)[name].type
        elif type_.base is Base.MAPPING and type_.item is not None:
            text, type_ = f"{text}.{_key(rng)}", type_.item
        elif type_.base is Base.ANY and chance(rng, 30):
            text, type_ = f"{text}.{_key(rng)}", ANY
        else:
            return None
    return (text, type_) if wanted(type_) else None


def type_of(scope: Scope, path: str) -> Type:
    """The type of a path without keys of mappings, a text when it has one."""
    first, *rest = path.split(".")
    type_ = scope.variables[first] if first in scope.variables else features(scope.bare)[first].type
    for name in rest:
        if type_.base is not Base.RESOURCE:
            return TEXT
        type_ = features(type_.kind)[name].type
    return type_


def _key(rng: random.Random) -> str:
    return pick(rng, ("mtu", "site", "deep", "on", "rack", '"api-token"'))


def _is(*bases: Base) -> Wanted:
    return lambda type_: type_.base in bases


SCALAR = _is(Base.NUMBER, Base.TEXT, Base.BOOLEAN, Base.RESOURCE, Base.ANY)


# conditions


def condition(rng: random.Random, scope: Scope) -> str:
    """A condition, with builders nested as deep as the scope allows."""
    made = pick(rng, _CONDITIONS if scope.depth > 0 else _CONDITIONS[:_PLAIN])
    return made(rng, scope) or "env.locked"


def _truth(rng: random.Random, scope: Scope) -> str | None:
    found = walk(rng, scope, _is(Base.BOOLEAN))
    return found[0] if found else None


def env(rng: random.Random, scope: Scope) -> str:
    return pick(
        rng,
        (
            'env.name == "prod"',
            'env.tier != "gold"',
            "env.locked",
            "env.size > 1",
            "env.tier == none",
            "none != env.size",
            'account == "acme"',
            "true",
        ),
    )


def _compared(rng: random.Random, scope: Scope) -> str | None:
    found = walk(rng, scope, SCALAR)
    if found is None:
        return None
    path, type_ = found
    if chance(rng, 12):
        return f"{path} {pick(rng, ('==', '!='))} none"
    other = walk(rng, scope, lambda each: _alike(each, type_)) if chance(rng, 25) else None
    if type_.base is Base.NUMBER or (type_.base is Base.ANY and chance(rng, 40)):
        right = other[0] if other and type_.base is Base.NUMBER else str(pick(rng, (0, 1, 2, 51820)))
        return f"{path} {pick(rng, ('<', '<=', '>', '>=', '==', '!='))} {right}"
    if type_.base in (Base.TEXT, Base.RESOURCE) and chance(rng, 20):
        return f'{path} matches "{pick(rng, ("*", "a*", "[ab]", "?", "node/*", "24", "x*"))}"'
    right = other[0] if other and type_.base is not Base.ANY else _literal(rng, type_, path)
    return f"{path} {pick(rng, ('==', '==', '!='))} {right}"


def _alike(left: Type, right: Type) -> bool:
    same = left.base is right.base and left.kind == right.kind and not (left.values or right.values)
    return same and left.base not in (Base.SET, Base.MAPPING)


def _literal(rng: random.Random, type_: Type, path: str) -> str:
    if type_.base is Base.BOOLEAN:
        return pick(rng, ("true", "false"))
    if type_.base is Base.RESOURCE:
        return f'"{pick(rng, (*NAMES.get(type_.kind, ("nginx",)), "mesh/a"))}"'
    if type_.base is Base.ANY:
        return pick(rng, ('"eu"', "1", "true", "none", "0"))
    if type_.values:
        return f'"{pick(rng, type_.values)}"'
    specs = [spec for kind in KINDS.values() for spec in kind.fields if spec.name == path.rpartition(".")[2]]
    texts = (
        texts_of(specs[0])
        if specs and specs[0].type.value not in ("integer", "boolean")
        else ("a", "mesh", "b")
    )
    return f'"{pick(rng, texts)}"'


def _among(rng: random.Random, scope: Scope) -> str | None:
    into = walk(rng, scope, _is(Base.SET))
    if into is None or into[1].item is None:
        return None
    path, item = into[0], into[1].item
    left = walk(rng, scope, lambda each: _alike(each, item)) if chance(rng, 40) else None
    text = left[0] if left else f'"{pick(rng, ("x", "a", "nginx", "nginx@1.0", "10.0.0.0/24", "mesh/a"))}"'
    return f"{text} in {path}"


def _called(rng: random.Random, scope: Scope) -> str | None:
    texts = walk(rng, scope, _is(Base.TEXT, Base.ANY))
    if not scope.bare or chance(rng, 50):
        return f"pinned({texts[0]})" if texts else None
    if chance(rng, 50):
        return f"applied_within({pick(rng, ('1h', '5m', '2d'))})"
    where = texts[0] if texts and chance(rng, 40) else '"lab"'
    return f"soaked({where}, {pick(rng, ('1h', '1m', '2d'))})"


def _calendar(rng: random.Random, scope: Scope) -> str:
    return f"within window {pick(rng, WINDOWS)}"


def _selected(rng: random.Random, scope: Scope) -> str | None:
    return f'select "{pick(rng, SELECTORS)}"' if scope.selects else None


def _of_change(rng: random.Random, scope: Scope) -> str | None:
    if not scope.selects:
        return None
    return pick(rng, ('cause == "drift"', 'operation != "update"', 'cause != "git"', 'operation == "delete"'))


def _joined(rng: random.Random, scope: Scope) -> str:
    inner = replace(scope, depth=scope.depth - 1)
    word = pick(rng, (" and ", " or "))
    return "(" + word.join(condition(rng, inner) for _ in range(rng.randint(2, 3))) + ")"


def _negated(rng: random.Random, scope: Scope) -> str:
    return f"not ({condition(rng, replace(scope, depth=scope.depth - 1))})"


def _source(rng: random.Random, scope: Scope) -> tuple[str, Type] | None:
    found = walk(rng, scope, _is(Base.SET))
    return (found[0], found[1].item) if found and found[1].item else None


def _variable(scope: Scope) -> str:
    return f"v{len(scope.variables)}"


def _quantified(rng: random.Random, scope: Scope) -> str | None:
    source = _source(rng, scope)
    if source is None:
        return None
    name = _variable(scope)
    return f"{pick(rng, ('exists', 'all'))}{{{name} in {source[0]} | {condition(rng, scope.deeper(name, source[1]))}}}"


def _counted(rng: random.Random, scope: Scope) -> str | None:
    counted = number(rng, scope)
    return (
        counted and f"{counted} {pick(rng, ('<', '<=', '>', '>=', '==', '!='))} {pick(rng, (0, 1, 1, 2, 3))}"
    )


def number(rng: random.Random, scope: Scope) -> str | None:
    source = _source(rng, scope)
    if source is None:
        return None
    if chance(rng, 30):
        return f"count({source[0]})"
    name = _variable(scope)
    inner = scope.deeper(name, source[1])
    if chance(rng, 50):
        return f"count{{{name} in {source[0]} | {condition(rng, inner)}}}"
    distinct = _distinct(rng, scope)
    return f"count({distinct})" if distinct else None


def _distinct(rng: random.Random, scope: Scope) -> str | None:
    source = _source(rng, scope)
    if source is None:
        return None
    name = _variable(scope)
    inner = scope.deeper(name, source[1])
    if scope.depth > 0 and chance(rng, 15):
        counted = number(rng, inner)
        return counted and f"distinct{{{name} in {source[0]} | {counted}}}"
    body = walk(rng, inner, SCALAR)
    return f"distinct{{{name} in {source[0]} | {body[0]}}}" if body else f"distinct({source[0]})"


def _sets(rng: random.Random, scope: Scope) -> str | None:
    first = walk(rng, scope, _is(Base.SET))
    if first is None or first[1].item is None:
        return None
    item = first[1].item
    second = walk(
        rng, scope, lambda each: each.base is Base.SET and each.item is not None and _alike(each.item, item)
    )
    return f"{first[0]} {pick(rng, ('==', '!='))} {second[0]}" if second else f"count({first[0]}) > 1"


_CONDITIONS = (
    *(_compared, _compared, _truth, env, _among, _selected, _of_change, _calendar, _called),
    *(_joined, _joined, _negated, _quantified, _quantified, _counted, _counted, _sets),
)
_PLAIN = 9
