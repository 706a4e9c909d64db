"""A model of the platform in one dictionary: what calls do, without storage, time or faults."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleetc.ir.address import address, parts
from fleetc.ir.state import Baseline, Catalogue, LiveResource, Snapshot
from fleetc.ir.values import Ref
from fleetc.plan.actions import Action, Call, Plan
from fleetc.plan.changes import Op
from fleetc.plan.order import Step, steps
from fleetc.plan.references import reference_fields
from fleetc.plan.renaming import Renaming
from fleetc.platforms.local.profile import local_profile

PROFILE = local_profile()
RECIPES = {
    recipe.name: (kind, recipe)
    for kind, profile in PROFILE.kinds.items()
    for recipe in (*profile.create, *profile.update, *profile.rename, *profile.delete)
}


class Refusal(AssertionError):
    """The model refuses a call, as the platform would."""


@dataclass
class Model:
    """Resources by address; every id is given once.

    Where a second one is made beside the first, the first stands as `name~id` from then on, for
    those that refer to it as well.
    """

    account: str
    catalogue: Catalogue
    resources: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    count: int = 0

    def snapshot(self) -> Snapshot:
        rows = tuple(
            LiveResource(where, parts(where)[0], key, dict(fields))
            for where, (key, fields) in sorted(self.resources.items())
        )
        return Snapshot(self.account, PROFILE, rows, self.catalogue, source="live", name="model")

    def fields(self, where: str) -> dict[str, Any]:
        return self.resources[where][1]

    def at(self, key: object) -> str:
        """The address that an id stands for now."""
        for where, (own, _) in self.resources.items():
            if own == key:
                return where
        raise Refusal(f"no resource has the id {key!r}")

    def known(self, value: Any) -> Any:
        """A value with each `Ref` put in; one that cannot be known yet is a refusal."""
        if isinstance(value, Ref):
            if value.ref not in self.resources:
                raise Refusal(f"{value} is not known yet")
            key, fields = self.resources[value.ref]
            return key if value.field == "id" else fields[value.field]
        if isinstance(value, (list, tuple)):
            return [self.known(item) for item in value]
        if isinstance(value, dict):
            return {name: self.known(item) for name, item in value.items()}
        return value

    def send(self, call: Call) -> None:
        kind, recipe = RECIPES[call.name]
        arguments = {name: self.known(value) for name, value in call.arguments.items()}
        if recipe.verb == "create":
            self.create(kind, arguments, self._written(recipe.arguments, arguments))
        elif recipe.verb == "delete":
            gone = next(iter(arguments.values()))
            if any(key == gone for key, _ in self.resources.values()):  # else a cascade was first
                self.delete(self.at(gone))
        elif recipe.verb == "rename":
            own, new = arguments.values()
            self.rename(self.at(own), new)
        else:
            self._update(call.name, recipe.arguments, arguments)

    def rename(self, where: str, new: str) -> None:
        renaming = Renaming({where: "/".join((*where.split("/")[:-1], new))})
        rows = [renaming.live(row) for row in self.snapshot().resources]
        if len({row.address for row in rows}) < len(rows):
            raise Refusal(f"{new} has already been taken")
        self.resources = {row.address: (row.id, dict(row.fields)) for row in rows}

    def _update(self, name: str, expressions: Mapping[str, str], arguments: dict[str, Any]) -> None:
        own = next(arg for arg, expression in expressions.items() if expression == "id")
        where = self.at(arguments[own])
        fields = self.fields(where)
        if name == "apply_template":
            template = self.fields(f"template/{fields['template']}")
            fields["effective_modules"] = list(template.get("modules", []))
        elif name.endswith("_template") and "module" in arguments:
            self._assign(fields, name, arguments)
        else:
            fields.update(self._written(expressions, arguments))

    def _assign(self, fields: dict[str, Any], name: str, arguments: dict[str, Any]) -> None:
        module, pin = arguments["module"], arguments.get("pin")
        items = fields.setdefault("modules", [])
        kept = [item for item in items if item.partition("@")[0] != module]
        if name == "assign_module_to_template":
            item = f"{module}@{pin}" if pin else module
            if item in items:
                raise Refusal("Template already has this module")
            if module not in self.catalogue.modules and f"module/{module}" not in self.resources:
                raise Refusal(f"no module {module}")
            kept.append(item)
        fields["modules"] = sorted(kept)

    def _written(self, expressions: Mapping[str, str], arguments: dict[str, Any]) -> dict[str, Any]:
        """The fields that the arguments of a call write, with ids turned back into names."""
        found = {}
        for name, value in arguments.items():
            word, _, path = expressions[name].partition(":")
            if word == "field":
                found[path] = value
            elif word == "id" and path:
                found[path] = self._named(value)
            elif word == "selector":
                found[path] = self._selector(value)
        return found

    def _named(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._named(item) for item in value]
        return parts(self.at(value))[-1]

    def _selector(self, value: dict[str, Any]) -> str:
        ((word, chosen),) = value.items()
        texts = {"all": "all", "tag": f"tag:{chosen}", "cidr": chosen}
        return f"peer:{self._named(chosen)}" if word == "peer_id" else texts[word]

    def create(self, kind: str, arguments: dict[str, Any], fields: dict[str, Any]) -> str:
        where = self._address(kind, arguments, fields)
        if where in self.resources:
            self._put_aside(where, fields)
        self.count += 1
        given: dict[str, Any] = {}
        if kind == "instance":
            address_v4 = f"203.0.113.{self.count % 250}"
            given = {"status": "running", "public_address": address_v4, "private_address": "10.0.0.9"}
        if kind == "virtual_ip":
            given = {"cidr": f"fd00:ffff::{self.count:x}/128", "state": "assigned"}
        if kind == "template":
            given = {"modules": []}
        if kind == "node":
            given = {"effective_modules": []}
        if kind == "network":
            given = {"routing_mode": "static"}
        self.resources[where] = (f"{kind}-{self.count}", given | fields)
        return where

    def _put_aside(self, where: str, fields: dict[str, Any]) -> None:
        kind, *names = parts(where)
        key, old = self.resources[where]
        profile = PROFILE.kinds[kind]
        if not profile.several and all(old.get(n) == fields.get(n) for n in profile.natural_key):
            raise Refusal(f"{where} has already been taken")
        aside = f"{names[-1]}~{key}"
        for other, (_, its) in self.resources.items():
            for spec in reference_fields(parts(other)[0]):
                if spec.refers_to == kind and (kind != "peer" or parts(other)[1] == names[0]):
                    its[spec.name] = _put(its.get(spec.name), names[-1], aside)
        del self.resources[where]
        self.resources[address(kind, *names[:-1], aside)] = key, old

    def _address(self, kind: str, arguments: dict[str, Any], fields: dict[str, Any]) -> str:
        if kind == "instance":
            return address(kind, fields["node"])
        if kind == "assignment":
            return address(kind, fields["node"], arguments["module"])
        if kind == "peer":
            return address(kind, fields["network"], fields["instance"])
        if "network" in fields:
            return address(kind, fields["network"], arguments["name"])
        return address(kind, arguments["name"])

    def delete(self, where: str) -> None:
        kind, *names = parts(where)
        users = {other: fields for other, (_, fields) in self.resources.items() if other != where}
        if kind == "template" and any(f.get("template") == names[0] for f in users.values()):
            raise Refusal(f"{where} is in use")
        if self.mapped(where):
            raise Refusal(f"{where} is used by {self.mapped(where)}")
        del self.resources[where]
        for other, fields in users.items():
            if self._goes_along(kind, names, other, fields) and other in self.resources:
                self.delete(other)
        if kind == "peer":
            self._leave_holders(*names)
        if kind == "module":
            for fields in users.values():
                if "node_platform" in fields:
                    kept = [m for m in fields.get("modules", []) if m.partition("@")[0] != names[0]]
                    fields["modules"] = kept

    def mapped(self, where: str) -> list[str]:
        """The port mappings that rest on what stands at an address: it cannot be deleted."""
        kind, *names = parts(where)
        return [
            other
            for other, (_, fields) in self.resources.items()
            if other.startswith("port_mapping/")
            and (
                (kind == "network" and fields["network"] == names[0])
                or (kind in ("node", "instance") and names[0] in (fields["hub"], fields.get("target_peer")))
                or (
                    names[0] == fields["network"]
                    and (
                        (kind == "peer" and names[1] in (fields["hub"], fields.get("target_peer")))
                        or (kind == "virtual_ip" and names[1] == fields.get("target_virtual_ip"))
                    )
                )
            )
        ]

    def _goes_along(self, kind: str, names: list[str], other: str, fields: dict[str, Any]) -> bool:
        own = parts(other)[0]
        pairs = {("node", "instance"), ("node", "assignment"), ("module", "assignment"), ("instance", "peer")}
        pairs |= {("network", own) for own in ("peer", "virtual_ip", "firewall_rule")}
        return (kind, own) in pairs and fields.get(kind) == names[0]

    def _leave_holders(self, network: str, host: str) -> None:
        for other, (_, fields) in self.resources.items():
            if other.startswith(f"virtual_ip/{network}/"):
                fields["failover_holders"] = [h for h in fields.get("failover_holders", []) if h != host]
                if fields.get("primary_holder") == host:
                    fields["primary_holder"] = None


def _put(value: Any, old: str, new: str) -> Any:
    if isinstance(value, (list, tuple)):
        return [_put(item, old, new) for item in value]
    return {old: new, f"peer:{old}": f"peer:{new}"}.get(value, value) if isinstance(value, str) else value


def any_order(found: Sequence[Step], rng: random.Random) -> Iterator[Step]:
    """The steps, each after what it waits for, otherwise in any order: as at any concurrency."""
    waiting, ended = list(found), set[int]()
    while waiting:
        ready = [step for step in waiting if ended.issuperset(step.waits_for)]
        assert ready, "steps wait for each other"
        step = rng.choice(ready)
        yield step
        waiting.remove(step)
        ended.add(step.index)


def run_plan(
    model: Model, plan: Plan, baselines: dict[str, Baseline], rng: random.Random | None = None
) -> dict[str, Baseline]:
    """Do the chosen actions, by waves or in any order that their steps allow; the new baselines.

    Asserts on the way that nothing an action rests on was moved by the plan itself, and that each
    action reads back as wanted.
    """
    done = dict(baselines)
    in_waves = sorted(steps(plan), key=lambda step: step.wave)
    for step in any_order(in_waves, rng) if rng else in_waves:
        action = plan.actions[step.action]
        if action.op is Op.UNPROTECT:
            continue
        if step.half != "create":
            _rests(model, action)
        for number in step.calls:
            held = _held(model)
            model.send(action.calls[number])
            lost = held - _held(model) & model.resources.keys()
            assert action.gap or not lost, f"{action.id}: {lost} lost their holder"
        if step.half == "rename":
            done = _renamed(done, action)
        if action.op is Op.DELETE:
            done.pop(action.address, None)
        elif step.half == "rename" and len(action.calls) > len(step.calls):
            continue
        elif step.half != "delete":
            _reads_back(model, action)
            done[action.address] = baseline(model, action.address, action.declared)
    return done


def _renamed(baselines: dict[str, Baseline], action: Action) -> dict[str, Baseline]:
    renaming = Renaming({action.moved_from: action.address})
    return {row.address: row for row in map(renaming.baseline, baselines.values())}


def baseline(model: Model, where: str, declared: tuple[str, ...]) -> Baseline:
    key, fields = model.resources[where]
    profile = PROFILE.kinds[parts(where)[0]]
    known = {n: fields[n] for n in profile.settable if n in profile.readable and n in fields}
    return Baseline(
        where, key, {n: list(v) if isinstance(v, list) else v for n, v in known.items()}, declared
    )


def _rests(model: Model, action: Action) -> None:
    if action.op is Op.CREATE:
        assert action.address not in model.resources
        return
    where = next((at for at, (key, _) in model.resources.items() if key == action.platform_id), None)
    if where is None:
        assert action.op in (Op.DELETE, Op.REPLACE), f"{action.id}: gone"
        return
    for name, value in action.base.items():
        assert _plain(model.fields(where).get(name)) == value, f"{action.id}: {name} moved"


def _plain(value: Any) -> Any:
    """A value with the names that the plan knew: those of before a second one was made."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.partition("~")[0] if isinstance(value, str) else value


def _held(model: Model) -> set[str]:
    """The virtual IPs that somebody holds."""
    return {w for w, (_, f) in model.resources.items() if w[:10] == "virtual_ip" and f.get("primary_holder")}


def _reads_back(model: Model, action: Action) -> None:
    fields = model.fields(action.address)
    for name, value in action.wanted.items():
        wanted, live = model.known(value), fields.get(name)
        if wanted in (None, "", [], {}):
            assert live in (None, "", [], {}), f"{action.id}: {name}"
        else:
            assert _set(name, live) == _set(name, wanted), f"{action.id}: {name}"


def _set(name: str, value: Any) -> Any:
    unordered = name in ("modules", "effective_modules", "tags", "lan_subnets")
    return sorted(value) if unordered and isinstance(value, (list, tuple)) else value
