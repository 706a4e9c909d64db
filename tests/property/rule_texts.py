"""Random rules files as text, right by construction: all declarations but tests."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from fleetc.model.kinds import KINDS
from fleetc.policy.types import Base, Side, features, resource
from tests.property.rule_conditions import (
    SCALAR,
    SELECTORS,
    WINDOWS,
    Scope,
    condition,
    env,
    number,
    of_change,
    type_of,
    walk,
)
from tests.property.rule_worlds import chance, pick

__all__ = ["SHARED", "ignore_of", "random_rules", "rule_of"]

SHARED = """group sre = "team:sre"
group netops = "team:netops", "user:dana"
window office { tz "Europe/Berlin" days mon..fri from 09:00 to 17:00 }
window night { from 22:00 to 05:30 }
freeze year-end { tz "UTC" from 2026-12-20 to 2027-01-03 }
"""
OPERATIONS = ("create", "update", "replace", "delete", "move", "unprotect")
CAUSES = ("git", "drift", "conflict", "adopt", "forced")
_LEAST, _MOST = "2026-11-01", "2027-06-01"


def _message(rng: random.Random, scope: Scope) -> str:
    parts = ["it"]
    for _ in range(rng.randint(0, 2)):
        found = walk(rng, scope, lambda _type: True)
        if found is not None and chance(rng, 70):
            parts.append("{" + found[0].replace('"', '\\"') + "}")
        elif scope.selects and chance(rng, 50):
            parts.append('{select \\"kind:peer\\"}')
        else:
            counted = number(rng, replace(scope, depth=1))
            parts.append("{" + counted.replace('"', '\\"') + "}" if counted else "x")
    return '"' + " ".join(parts) + '"'


def _outcome(rng: random.Random, scope: Scope, verdicts: Sequence[str], bound: str = "") -> str:
    verdict, message = pick(rng, verdicts), _message(rng, scope)
    if bound and chance(rng, 80):
        message = message[:-1] + bound + '"'
    match verdict:
        case "require":
            return f"require {pick(rng, ('1 of sre', '2 of netops and 1 of sre'))} {message}"
        case "hold":
            return f"hold until window {pick(rng, WINDOWS[:2])} {message}"
        case _:
            return f"{verdict} {message}"


def _bound(rng: random.Random, where: str, scope: Scope) -> str:
    """What the message may say of what the condition binds."""
    first = re.search(r"\b(?:(?:exists|all|count|distinct)\{|count\()", where)
    if first is None or first[0] == "distinct{":
        return ""
    outer = re.match(r"(?:exists|all|count)\{(\w+) in ([^|(){}]+) \|", where[first.start() :])
    head = outer[2].split(".")[0] if outer else ""
    if outer and head not in scope.variables and head not in features(scope.bare):
        return ""  # it stands in a builder whose variable it uses
    item = type_of(scope, outer[2]).item if outer else None
    if outer and item is not None and chance(rng, 80):
        named = Scope({outer[1]: item})
        found = walk(rng, named, lambda each: each.base is not Base.RESOURCE) if chance(rng, 80) else None
        return f" {{{found[0] if found and chr(34) not in found[0] else outer[1]}}}"
    return " {count}" if first[0].startswith("count") else ""


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
    outcome = _outcome(rng, scope, verdicts, _bound(rng, where, scope))
    where = "" if chance(rng, 12) else f"where {where} "
    outcome = outcome if where else _outcome(rng, scope, verdicts)
    return f"rule {name} {{ on {_scope_text(rng, kind, operations)} {where}{outcome}{_ending(rng)} }}"


def _everywhere(rng: random.Random, name: str, operations: Sequence[str], verdicts: Sequence[str]) -> str:
    """A rule for all kinds, or those with a field."""
    scope = Scope({"self": resource("node", Side.NEW)}, "", selects=True, depth=1)
    where = pick(
        rng, ('name == "a"', env(rng, scope), f'select "{pick(rng, SELECTORS)}"', "applied_within(1h)")
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
    outcome = _outcome(rng, scope, VERDICTS[:-1], _bound(rng, asserted, scope))
    return f"invariant {name} {{ for v in {kind}{where} assert {asserted} else {outcome}{_ending(rng)} }}"


def budget_of(rng: random.Random, name: str) -> str:
    """One `budget`."""
    kind, operations = _kind(rng), _operations(rng)
    when = f"when {env(rng, Scope())} " if chance(rng, 40) else ""
    caps = " ".join(_cap(rng, kind) for _ in range(rng.randint(1, 2)))
    counted = _scope_text(rng, kind, operations, causes=False)
    outcome = _outcome(rng, Scope(), VERDICTS[:-1])
    return f"budget {name} {{ {when}count {counted} {caps} else {outcome}{_ending(rng)} }}"


def _cap(rng: random.Random, kind: str) -> str:
    number = pick(rng, (0, 1, 1, 2))
    if chance(rng, 30):
        return f"max {pick(rng, (0, 10, 30))}%" + pick(rng, ("", " floor 1", " floor 2"))
    by = walk(rng, Scope({}, kind), SCALAR) if chance(rng, 60) else None
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
