"""Random rules files as text, right by construction: every name is known, every comparison of like with like.

They speak of the fleets of `rule_worlds`, so that what they compare with is often there.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fleetc.model.kinds import KINDS
from fleetc.policy.types import ANY, TEXT, Base, Side, Type, features, resource
from tests.property.rule_worlds import NAMES, chance, pick, texts_of

__all__ = ["SHARED", "Scope", "condition", "random_rules", "rule_of"]

SHARED = """group sre = "team:sre"
group netops = "team:netops", "user:dana"
window office { tz "Europe/Berlin" days mon..fri from 09:00 to 17:00 }
window night { from 22:00 to 05:30 }
freeze year-end { tz "UTC" from 2026-12-20 to 2027-01-03 }
"""
WINDOWS = ("office", "night", "year-end")
OPERATIONS = ("create", "update", "replace", "delete", "move", "unprotect")
CAUSES = ("git", "drift", "conflict", "adopt", "forced")
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
_LEAST, _MOST = "2026-11-01", "2027-06-01"


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


def _walk(rng: random.Random, scope: Scope, wanted: Wanted) -> tuple[str, Type] | None:
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


def _key(rng: random.Random) -> str:
    return pick(rng, ("mtu", "site", "deep", "on", "rack", '"api-token"'))


def _is(*bases: Base) -> Wanted:
    return lambda type_: type_.base in bases


_SCALAR = _is(Base.NUMBER, Base.TEXT, Base.BOOLEAN, Base.RESOURCE, Base.ANY)


# conditions


def condition(rng: random.Random, scope: Scope) -> str:
    """A condition, with builders nested as deep as the scope allows."""
    made = pick(rng, _CONDITIONS if scope.depth > 0 else _CONDITIONS[:_PLAIN])
    return made(rng, scope) or "env.locked"


def _truth(rng: random.Random, scope: Scope) -> str | None:
    found = _walk(rng, scope, _is(Base.BOOLEAN))
    return found[0] if found else None


def _env(rng: random.Random, scope: Scope) -> str:
    return pick(
        rng,
        (
            'env.name == "prod"',
            'env.tier != "gold"',
            "env.locked",
            "env.size > 1",
            'account == "acme"',
            "true",
        ),
    )


def _compared(rng: random.Random, scope: Scope) -> str | None:
    found = _walk(rng, scope, _SCALAR)
    if found is None:
        return None
    path, type_ = found
    if chance(rng, 12):
        return f"{path} {pick(rng, ('==', '!='))} none"
    other = _walk(rng, scope, lambda each: _alike(each, type_)) if chance(rng, 25) else None
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
    into = _walk(rng, scope, _is(Base.SET))
    if into is None or into[1].item is None:
        return None
    path, item = into[0], into[1].item
    left = _walk(rng, scope, lambda each: _alike(each, item)) if chance(rng, 40) else None
    text = left[0] if left else f'"{pick(rng, ("x", "a", "nginx", "nginx@1.0", "10.0.0.0/24", "mesh/a"))}"'
    return f"{text} in {path}"


def _called(rng: random.Random, scope: Scope) -> str | None:
    texts = _walk(rng, scope, _is(Base.TEXT, Base.ANY))
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
    found = _walk(rng, scope, _is(Base.SET))
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
    number = _number(rng, scope)
    return number and f"{number} {pick(rng, ('<', '<=', '>', '>=', '==', '!='))} {pick(rng, (0, 1, 1, 2, 3))}"


def _number(rng: random.Random, scope: Scope) -> str | None:
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
    body = _walk(rng, scope.deeper(name, source[1]), _SCALAR)
    return f"distinct{{{name} in {source[0]} | {body[0]}}}" if body else f"distinct({source[0]})"


def _sets(rng: random.Random, scope: Scope) -> str | None:
    first = _walk(rng, scope, _is(Base.SET))
    if first is None or first[1].item is None:
        return None
    item = first[1].item
    second = _walk(
        rng, scope, lambda each: each.base is Base.SET and each.item is not None and _alike(each.item, item)
    )
    return f"{first[0]} {pick(rng, ('==', '!='))} {second[0]}" if second else f"count({first[0]}) > 1"


_CONDITIONS = (
    *(_compared, _compared, _truth, _env, _among, _selected, _of_change, _calendar, _called),
    *(_joined, _joined, _negated, _quantified, _quantified, _counted, _counted, _sets),
)
_PLAIN = 9


# declarations


def _message(rng: random.Random, scope: Scope) -> str:
    parts = ["it"]
    for _ in range(rng.randint(0, 2)):
        found = _walk(rng, scope, lambda _type: True)
        if found is not None and chance(rng, 70):
            parts.append("{" + found[0].replace('"', '\\"') + "}")
        elif scope.selects and chance(rng, 50):
            parts.append('{select \\"kind:peer\\"}')
        else:
            number = _number(rng, replace(scope, depth=1))
            parts.append("{" + number.replace('"', '\\"') + "}" if number else "x")
    return '"' + " ".join(parts) + '"'


def _outcome(rng: random.Random, scope: Scope, verdicts: Sequence[str], bound: str = "") -> str:
    verdict, message = pick(rng, verdicts), _message(rng, scope)
    if bound and chance(rng, 60):
        message = message[:-1] + bound + '"'
    match verdict:
        case "require":
            return f"require {pick(rng, ('1 of sre', '2 of netops and 1 of sre'))} {message}"
        case "hold":
            return f"hold until window {pick(rng, WINDOWS[:2])} {message}"
        case _:
            return f"{verdict} {message}"


def _bound(where: str) -> str:
    """What the message may say of what the condition binds."""
    outer = re.match(r"(?:exists|all)\{(\w+) in", where)
    counted = re.match(r"count[{(]", where)
    return f" {{{outer[1]}}}" if outer else " {count}" if counted else ""


def _target(rng: random.Random, kind: str) -> str:
    names = [spec.name for spec in KINDS[kind].fields if not spec.readonly]
    if chance(rng, 35):
        return f"{kind}.{{{', '.join({pick(rng, names): None, pick(rng, names): None})}}}"
    return kind


def _scope_text(rng: random.Random, kind: str, operations: Sequence[str], *, causes: bool = True) -> str:
    text = f"{', '.join(operations)} {'' if causes else 'of '}{_target(rng, kind)}"
    if causes and chance(rng, 25):
        text += " from " + ", ".join({pick(rng, CAUSES): None, pick(rng, CAUSES): None})
    return text


def _operations(rng: random.Random) -> list[str]:
    if chance(rng, 40):
        return list(OPERATIONS)
    return list({pick(rng, OPERATIONS): None for _ in range(rng.randint(1, 4))})


def _kind(rng: random.Random) -> str:
    """A kind; those with many fields more often."""
    return pick(rng, (*KINDS, "node", "peer", "peer", "network", "virtual_ip", "virtual_ip"))


def _ending(rng: random.Random) -> str:
    return f" trial until {pick(rng, (_LEAST, _MOST))}" if chance(rng, 10) else ""


VERDICTS = ("deny", "deny", "require", "hold", "warn", "allow")


def rule_of(rng: random.Random, name: str, verdicts: Sequence[str] = VERDICTS) -> str:
    """One `rule`."""
    kind, operations = _kind(rng), _operations(rng)
    if chance(rng, 12):
        return _everywhere(rng, name, operations, verdicts)
    scope = of_change(kind, operations)
    where = condition(rng, scope)
    outcome = _outcome(rng, scope, verdicts, _bound(where))
    where = "" if chance(rng, 12) else f"where {where} "
    outcome = outcome if where else _outcome(rng, scope, verdicts)
    return f"rule {name} {{ on {_scope_text(rng, kind, operations)} {where}{outcome}{_ending(rng)} }}"


def _everywhere(rng: random.Random, name: str, operations: Sequence[str], verdicts: Sequence[str]) -> str:
    """A rule for all kinds, or those with a field."""
    scope = Scope({"self": resource("node", Side.NEW)}, "", selects=True, depth=1)
    where = pick(
        rng, ('name == "a"', _env(rng, scope), f'select "{pick(rng, SELECTORS)}"', "applied_within(1h)")
    )
    target = pick(rng, ("*", "*.{labels, description}", "*.priority"))
    outcome = _outcome(rng, Scope(), verdicts)
    return f"rule {name} {{ on {', '.join(operations)} {target} where {where} {outcome} }}"


def invariant_of(rng: random.Random, name: str) -> str:
    """One `invariant`."""
    kind = _kind(rng)
    scope = Scope({"v": resource(kind, Side.NOW)})
    where = f" where {condition(rng, replace(scope, depth=1))}" if chance(rng, 40) else ""
    asserted = condition(rng, scope)
    outcome = _outcome(rng, scope, VERDICTS[:-1], _bound(asserted))
    return f"invariant {name} {{ for v in {kind}{where} assert {asserted} else {outcome}{_ending(rng)} }}"


def budget_of(rng: random.Random, name: str) -> str:
    """One `budget`."""
    kind, operations = _kind(rng), _operations(rng)
    when = f"when {_env(rng, Scope())} " if chance(rng, 40) else ""
    caps = " ".join(_cap(rng, kind) for _ in range(rng.randint(1, 2)))
    counted = _scope_text(rng, kind, operations, causes=False)
    outcome = _outcome(rng, Scope(), VERDICTS[:-1])
    return f"budget {name} {{ {when}count {counted} {caps} else {outcome}{_ending(rng)} }}"


def _cap(rng: random.Random, kind: str) -> str:
    number = pick(rng, (0, 1, 1, 2))
    if chance(rng, 30):
        return f"max {pick(rng, (0, 10, 30))}%" + pick(rng, ("", " floor 1", " floor 2"))
    by = _walk(rng, Scope({}, kind), _SCALAR) if chance(rng, 60) else None
    text = f"max {number} by {by[0]}" if by else f"max {number}"
    return text + (f" per {pick(rng, ('1h', '1d', '2d'))}" if chance(rng, 50) else "")


def waiver_of(rng: random.Random, name: str, rule: str, kind: str) -> str:
    """One `waiver` of a rule that denies."""
    operations = ("create", "delete")
    where = f" where {condition(rng, of_change(kind, operations, selects=False))}" if chance(rng, 70) else ""
    expires = pick(rng, (_MOST, _MOST, _LEAST))
    return f'waiver {name} of {rule} {{ for {kind}{where} reason "r" granted by sre expires {expires} }}'


def kind_in(text: str) -> str:
    """The kind that a rule or invariant is about; any for one that is about all."""
    found = re.search(rf"\b({'|'.join(KINDS)})\b(?!\.\w+ in)", text)
    return found[1] if found else "node"


def ignore_of(rng: random.Random, name: str, kinds: Sequence[str] = tuple(KINDS)) -> str:
    """One `ignore`."""
    kind = pick(rng, kinds)
    names = [spec.name for spec in KINDS[kind].fields if not spec.readonly]
    scope = of_change(kind, ("create", "delete"), selects=False)
    where = f" where {condition(rng, scope)}" if chance(rng, 50) else ""
    expires = pick(rng, (_MOST, _MOST, _LEAST))
    return f'ignore {name} {{ for {kind}.{pick(rng, names)}{where} reason "r" granted by sre expires {expires} }}'


def random_rules(rng: random.Random, most: int = 4, prefix: str = "r") -> str:
    """A rules file: some of each declaration."""
    rules = [rule_of(rng, f"{prefix}{n}") for n in range(rng.randint(min(1, most), most))]
    rules += [invariant_of(rng, f"{prefix}i{n}") for n in range(rng.randint(0, 2))]
    rules += [budget_of(rng, f"{prefix}b{n}") for n in range(rng.randint(0, 1))]
    waivers = [
        waiver_of(rng, f"{prefix}w{n}", text.split()[1], kind_in(text))
        for n, text in enumerate(rules)
        if " deny " in text and not text.startswith("budget") and chance(rng, 60)
    ]
    ignores = [ignore_of(rng, f"{prefix}g{n}") for n in range(rng.randint(0, 1))]
    return SHARED + "\n".join([*rules, *waivers, *ignores]) + "\n"
