"""Random small fleets with a plan over them, and what rules know beside.

Everything is drawn from a `random.Random`: hypothesis gives one that it can shrink, and a seed gives
one that is always the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from fleetc.ir.state import Catalogue
from fleetc.ir.values import Ref, Value
from fleetc.lang.source import SourceFile
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.limits import judge
from fleetc.policy.budgets import Spent
from fleetc.policy.checking import check
from fleetc.policy.code import Circumstances
from fleetc.policy.judge import Facts, Judge
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.selections import masks_of
from fleetc.policy.world import World

__all__ = [
    "FACTS",
    "NAMES",
    "Fleet",
    "chance",
    "pick",
    "plan_of",
    "random_facts",
    "random_fleet",
    "rules_of",
    "texts_of",
]

T = TypeVar("T")

NAMES: Mapping[str, Sequence[str]] = {
    "module": ("nginx", "ssh"),
    "template": ("edge", "core"),
    "node": ("a", "b", "c"),
    "instance": ("a", "b", "c"),
    "network": ("mesh", "lab"),
    "peer": ("a", "b", "c"),
    "virtual_ip": ("front", "a"),
    "firewall_rule": ("web",),
    "port_mapping": ("https",),
}
FACTS: Mapping[str, Value] = {"name": "prod", "tier": "gold", "size": 3, "locked": True}
_TEXTS = ("", "x", "eu", "us", "a/b", "10.0.0.0/24", "none")
_OUTSIDE = ("eu", "us", "small")
_NOW = 1_795_842_000.0  # 2026-11-28T05:00Z, a Saturday
_TIMES = (_NOW, _NOW + 3 * 86400, _NOW + 5 * 3600, _NOW + 25 * 86400)


def chance(rng: random.Random, percent: int) -> bool:
    """Whether something happens; what hypothesis shrinks to is that it does not."""
    return rng.randint(0, 99) >= 100 - percent


def pick(rng: random.Random, items: Sequence[T]) -> T:
    """One of some items; what hypothesis shrinks to is the first."""
    return items[rng.randint(0, len(items) - 1)]


def some(rng: random.Random, items: Sequence[T], most: int) -> list[T]:
    """A few of some items, each at most once."""
    numbers = dict.fromkeys(rng.randint(0, len(items) - 1) for _ in range(rng.randint(0, most)))
    return [items[number] for number in numbers]


@dataclass(frozen=True, eq=False)
class Fleet:
    """What is live, what is planned, and what rules know beside.

    `before` are the facts that the account was applied with, where they are others now.
    """

    live: Mapping[str, Mapping[str, Value]]
    actions: tuple[Action, ...]
    complete: bool = True
    unreadable: frozenset[str] = frozenset()
    catalogue: Catalogue = field(default_factory=Catalogue)
    facts: Mapping[str, Value] = field(default_factory=dict)
    now: float = _NOW
    applied: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    managed: Mapping[str, int] = field(default_factory=dict)
    spent: tuple[Spent, ...] = ()
    before: Mapping[str, Value] | None = None

    @property
    def ticked(self) -> bytes:
        """The ticks that the actions come with."""
        return bytes(action.selected for action in self.actions)

    @property
    def circumstances(self) -> Circumstances:
        """What rules know beside the fleet, but for calendars."""
        return Circumstances(self.facts, "acme", self.now, {}, self.applied)

    def judge(self, rules: RuleSet, accepted: RuleSet, ticked: bytes | None = None) -> Judge:
        """A new judge; made of actions with these ticks."""
        ticks = self.ticked if ticked is None else ticked
        actions = [_ticked(action, bool(on)) for action, on in zip(self.actions, ticks, strict=True)]
        world = World(
            self.live,
            actions,
            complete=self.complete,
            unreadable=self.unreadable,
            catalogue=self.catalogue,
        )
        return Judge(actions, world, rules, accepted, self.beside())

    def beside(self) -> Facts:
        """What a judge knows beside plan, world and rules."""
        known = self.circumstances
        before = None if self.before is None else replace(known, facts=self.before)
        return Facts(known, masks_of(plan_of(self.actions)), self.managed, self.spent, before)

    def shuffled(self, rng: random.Random) -> Fleet:
        """The same fleet with its mappings in another order."""
        addresses = sorted(self.live, key=lambda _: rng.random())
        live = {own: dict(sorted(self.live[own].items(), reverse=True)) for own in addresses}
        return replace(self, live=live)


def _ticked(action: Action, on: bool) -> Action:
    from msgspec.structs import replace as changed

    return action if action.selected == on else changed(action, selected=on)


def plan_of(actions: Sequence[Action]) -> Plan:
    """A plan of some actions that says nothing else."""
    limits = judge(actions, bytes(action.selected for action in actions), {}, 1)
    return Plan(*[""] * 10, actions=tuple(actions), summary={}, limits=limits)


def rules_of(text: str) -> RuleSet:
    """The rule set of a text; says what is wrong with it when there is none."""
    found = check([SourceFile("all.rules", text.encode())], FACTS)
    assert found.rules is not None, (text, [each.message for each in found.diagnostics])
    return found.rules


def addresses(kind: str) -> list[str]:
    """All addresses of a kind that there may be."""
    if kind == "assignment":
        return [f"assignment/{node}/{module}" for node in NAMES["node"][:2] for module in NAMES["module"]]
    parent = KINDS[kind].parent
    if not parent:
        return [f"{kind}/{name}" for name in NAMES[kind]]
    return [f"{kind}/{above}/{name}" for above in NAMES[parent] for name in NAMES[kind]]


# values


def _names_of(kind: str) -> Sequence[str]:
    return NAMES.get(kind, _OUTSIDE)


def texts_of(spec: FieldSpec) -> Sequence[str]:
    """Texts that a field of one text may hold."""
    match spec.type:
        case FieldType.ENUM:
            return spec.values
        case FieldType.REFERENCE:
            return _names_of(spec.refers_to)
        case FieldType.SELECTOR:
            return ("all", "peer:a", "peer:b", "tag:x")
        case FieldType.PIN:
            return ("1.0", "live")
        case _:
            return _TEXTS


_PLAIN: Mapping[FieldType, Callable[[random.Random, FieldSpec], Value]] = {
    FieldType.INTEGER: lambda rng, spec: pick(rng, (0, 1, 2, 51820)),
    FieldType.BOOLEAN: lambda rng, spec: pick(rng, (False, True)),
    FieldType.STRING_LIST: lambda rng, spec: some(rng, ("x", "y", "eu"), 3),
    FieldType.CIDR_LIST: lambda rng, spec: some(rng, ("10.0.0.0/24", "10.1.0.0/16"), 2),
    FieldType.MODULES: lambda rng, spec: some(rng, ("nginx", "nginx@1.0", "ssh@live", "other"), 3),
    FieldType.STRING_MAP: lambda rng, spec: {
        key: pick(rng, ("eu", "us", "")) for key in some(rng, ("site", "rack", "api-token"), 2)
    },
    FieldType.MAPPING: lambda rng, spec: {key: _free(rng) for key in some(rng, ("mtu", "site", "deep"), 3)},
    FieldType.REFERENCES: lambda rng, spec: some(rng, _names_of(spec.refers_to), 3),
}


def _free(rng: random.Random) -> Value:
    return pick(
        rng,
        (
            1,
            True,
            "eu",
            0,
            None,
            1.5,
            [1, "eu"],
            {"mtu": 1, "on": True},
            [{"mtu": 1}],
            [[1], [True]],
            {},
            "a",
        ),
    )


def value_of(rng: random.Random, spec: FieldSpec) -> Value:
    """A value of a field; now and then one of another type, which platforms may report."""
    if chance(rng, 3):
        return pick(rng, ("odd", 7, [3], True))
    made = _PLAIN.get(spec.type)
    return made(rng, spec) if made else pick(rng, texts_of(spec))


def fields_of(rng: random.Random, kind: str, percent: int = 60) -> dict[str, Value]:
    """Some fields of a live resource."""
    return {spec.name: value_of(rng, spec) for spec in KINDS[kind].fields if chance(rng, percent)}


# changes


def _changed(rng: random.Random, kind: str, live: Mapping[str, Value], cause: Cause) -> list[FieldChange]:
    specs = [spec for spec in KINDS[kind].fields if not spec.readonly]
    found = []
    for spec in some(rng, specs, 3) or [pick(rng, specs)]:
        after: Value = Ref("instance/a", "id") if chance(rng, 15) else value_of(rng, spec)
        own = pick(rng, (cause, cause, *Cause))
        origin = pick(rng, ("", "fleet.yaml:3:1"))
        found.append(
            FieldChange(spec.name, live.get(spec.name), None if chance(rng, 15) else after, own, origin)
        )
    return found


def _action(rng: random.Random, own: str, live: Mapping[str, Value] | None) -> Action:
    kind = own.partition("/")[0]
    ops = (Op.UPDATE, Op.DELETE, Op.REPLACE, Op.MOVE, Op.UNPROTECT) if live is not None else (Op.CREATE,)
    op, cause = pick(rng, ops), pick(rng, tuple(Cause))
    fields: list[FieldChange] = []
    wanted: dict[str, Value] = {}
    if op is Op.CREATE or op is Op.REPLACE:
        settable = [spec for spec in KINDS[kind].fields if not spec.readonly and chance(rng, 60)]
        wanted = {spec.name: value_of(rng, spec) for spec in settable}
        fields = [FieldChange(name, None, value, cause) for name, value in wanted.items()]
    elif op is Op.UPDATE or op is Op.MOVE:
        fields = _changed(rng, kind, live or {}, cause)
        wanted = {change.path: change.after for change in fields if change.after is not None}
    base = {spec.name: live[spec.name] for spec in KINDS[kind].fields if live and spec.name in live}
    cascade = tuple(some(rng, ("peer/mesh/z", "node/z"), 2)) if op is Op.DELETE and chance(rng, 30) else ()
    return Action(
        f"{op}:{own}", op, own, kind, cause, not chance(rng, 30), tuple(fields), (), (), (),
        base=base, wanted=wanted, blocked=chance(rng, 5), cascade=cascade,
    )  # fmt: skip


def _linked(rng: random.Random, actions: list[Action]) -> tuple[Action, ...]:
    """The actions, some of which require an earlier one; the ticks are closed over that."""
    from msgspec.structs import replace as changed

    found: list[Action] = []
    for action in actions:
        needs = [pick(rng, found)] if found and chance(rng, 15) else []
        on = action.selected and not action.blocked and all(need.selected for need in needs)
        found.append(changed(action, requires=tuple(need.id for need in needs), selected=on))
    return tuple(found)


def random_fleet(rng: random.Random, changes: int = 40) -> Fleet:
    """A fleet of up to 30 resources, of which `changes` in a hundred are to be changed."""
    every = [own for kind in KINDS for own in addresses(kind)]
    live = {own: fields_of(rng, own.partition("/")[0]) for own in every if chance(rng, 55)}
    actions = [_action(rng, own, live.get(own)) for own in every if chance(rng, changes)]
    ends = [a for a in actions if a.op in (Op.UPDATE, Op.DELETE) and chance(rng, 10)]
    actions += [
        Action(f"unprotect:{a.address}", Op.UNPROTECT, a.address, a.kind, Cause.GIT, True, (), (), (), ())
        for a in ends
    ]
    if chance(rng, 20):
        fields = (FieldChange("rule x", None, "rule x", Cause.GIT),)
        actions.append(
            Action(
                "accept:policy/rules",
                Op.ACCEPT,
                "policy/rules",
                "policy",
                Cause.GIT,
                True,
                fields,
                (),
                (),
                (),
            )
        )
    return Fleet(live, _linked(rng, actions), **_beside(rng, every))  # type: ignore[arg-type]


def _beside(rng: random.Random, every: Sequence[str]) -> dict[str, object]:
    now = pick(rng, _TIMES)
    times = (now - 60, now - 7200, now - 100_000)
    unreadable = some(rng, [f"{k.name}.{s.name}" for k in KINDS.values() for s in k.fields], 4)
    return {
        "complete": not chance(rng, 12),
        "unreadable": frozenset(unreadable if chance(rng, 40) else ()),
        "catalogue": Catalogue(modules={"nginx": {"1.0": "blessed", "1.1": "live"}, "ssh": {}}),
        "facts": {name: value for name, value in random_facts(rng).items() if not chance(rng, 10)},
        "now": now,
        "applied": {name: {own: pick(rng, times) for own in some(rng, every, 8)} for name in ("", "lab")},
        "managed": {kind: rng.randint(0, 12) for kind in KINDS},
        "spent": tuple(_spent(rng, every, times) for _ in range(rng.randint(0, 4))),
    }


def random_facts(rng: random.Random) -> dict[str, Value]:
    """The facts of an environment that sets all of them."""
    return {
        "name": pick(rng, ("prod", "prod", "lab")),
        "tier": pick(rng, ("gold", "regulated")),
        "size": pick(rng, (1, 3)),
        "locked": pick(rng, (False, True)),
    }


def _spent(rng: random.Random, every: Sequence[str], times: Sequence[float]) -> Spent:
    own = pick(rng, every)
    groups = {by: pick(rng, ("eu", "us", "a")) for by in some(rng, ("region", "node.region", "name"), 2)}
    return Spent(
        own.partition("/")[0], pick(rng, ("update", "delete", "replace")), own, pick(rng, times), groups
    )
