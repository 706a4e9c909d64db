"""`fleetc.toml`, which a commit may change, and the operator's file, which is never read from git.

fleetc.toml      [environments.<name>] path, account          [limits]
operator.toml    [environments.<name>] account, platform, concurrency, four_eyes, max_age, expiry,
                 facts for rules, [.local]                    [identities]  [teams]  [access.<account>]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fleetc.errors import InputProblem
from fleetc.lang.text import visible
from fleetc.policy.access import OPEN, ROLES, Access, Permission, permissions_of
from fleetc.policy.people import TEAM, USER, People
from fleetc.service.table import Table, read_toml

__all__ = ["Limits", "Operator", "Place", "Policy", "Project", "read_operator", "read_project"]

PLATFORMS = ("local",)
FOUR_EYES = ("author", "off", "strict")
_EYES = ("off", "author", "strict")
MAX_AGE = 1800.0
EXPIRY = 3600.0

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_OPERATOR_KEYS = (
    "platform",
    "concurrency",
    "four_eyes",
    "max_age",
    "expiry",
    "tier",
    "local",
    "url",
    "token",
)


@dataclass(frozen=True, slots=True)
class Place:
    """What `fleetc.toml` says of an environment: a folder below it (`""` is its own), an account."""

    path: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a plan may destroy or change without an override: a number, or percent if more."""

    deletes: int = 3
    deletes_percent: int = 10
    changes: int = 10
    changes_percent: int = 30


@dataclass(frozen=True, slots=True)
class Project:
    """`fleetc.toml`."""

    environments: Mapping[str, Place]
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator's file says of an environment; times are in seconds.

    `facts` are its other keys (such as `tier`), for rules. `local` configures the embedded
    platform. `account` is the one that the environment is of, when the operator says so.
    """

    account: str = ""
    platform: str = PLATFORMS[0]
    concurrency: int = 8
    four_eyes: str = FOUR_EYES[0]
    max_age: float = MAX_AGE
    expiry: float = EXPIRY
    facts: Mapping[str, str | int | float | bool] = field(default_factory=lambda: MappingProxyType({}))
    local: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator's file: policies by environment, who may do what, and with it who is who."""

    policies: Mapping[str, Policy] = field(default_factory=lambda: MappingProxyType({}))
    access: Access = OPEN

    @property
    def people(self) -> People:
        """Who is who."""
        return self.access.people

    @property
    def facts(self) -> dict[str, str | int | float | bool]:
        """The facts that any environment has, with a value of each."""
        return {name: value for policy in self.policies.values() for name, value in policy.facts.items()}

    @property
    def lacking(self) -> dict[str, tuple[str, ...]]:
        """The environments that do not set a fact, by fact; `tier` is one wherever anything is."""
        return {
            fact: tuple(name for name, policy in self.policies.items() if fact not in policy.facts)
            for fact in {**self.facts, "tier": ""}
        }

    def policy(self, environment: str) -> Policy:
        """The policy of an environment; the defaults when the file does not name it."""
        return self.policies.get(environment, Policy())

    def strictest(self, environment: str, others: Iterable[str]) -> Policy:
        """The policy of an environment, no looser in anything than that of the `others`."""
        own = self.policy(environment)
        every = (own, *map(self.policy, others))
        return replace(
            own,
            concurrency=min(each.concurrency for each in every),
            four_eyes=max((each.four_eyes for each in every), key=_EYES.index),
            max_age=min(each.max_age for each in every),
            expiry=min(each.expiry for each in every),
        )

    def of_account(self, account: str) -> str:
        """The environment that the operator says an account is of; empty when none."""
        bound = (name for name, policy in self.policies.items() if policy.account == account)
        return next(bound, "") if account else ""


def read_project(path: Path) -> Project:
    """Read `fleetc.toml`; raises `InputProblem` (F1020 to F1023, F1075)."""
    root = read_toml(path)
    section = root.table("environments")
    limits = _limits(root.table("limits"))
    root.finish()
    environments = {name: _place(section.table(name), name) for name in section.names}
    if not environments:
        raise InputProblem(f"{root.place} no environment is named", code="F1022")
    _refuse_shared(root, environments)
    return Project(MappingProxyType(environments), limits)


def _refuse_shared(root: Table, environments: Mapping[str, Place]) -> None:
    """Two environments of one account would each plan to delete what the other declares."""
    first: dict[str, str] = {}
    for name, place in environments.items():
        other = first.setdefault(place.account, name) if place.account else name
        if other != name:
            raise InputProblem(
                f"{root.place} the environments `{other}` and `{name}` are both of account "
                f"`{visible(place.account, 64)}`",
                code="F1075",
                next_step="give each its own account, or declare both in one fleet file",
            )


def _place(table: Table, name: str) -> Place:
    if not _NAME.fullmatch(name):
        raise table.wrong(name, "a name of a-z, 0-9, `.`, `_` and `-`, at most 64 characters")
    _refuse_policy(table)
    place = Place(_folder(table), table.text("account"))
    table.finish()
    return place


def _refuse_policy(table: Table) -> None:
    for key in table.names:
        if key in _OPERATOR_KEYS:
            raise InputProblem(
                f"{table.place} `{key}` may not stand in a file that a commit can change",
                code="F1023",
                next_step="Write it in the operator's file (--config, FLEETC_CONFIG, or operator.toml in the state folder).",
            )


def _folder(table: Table) -> str:
    path = table.text("path", ".")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if path.startswith("/") or ".." in parts or "\\" in path or visible(path) != path:
        raise table.wrong("path", "a folder below this file, with `/` between its parts and no `..`")
    return "/".join(parts)


def _limits(table: Table) -> Limits:
    most = Limits()
    limits = Limits(
        deletes=table.whole("deletes", most.deletes, 0, most.deletes),
        deletes_percent=table.whole("deletes_percent", most.deletes_percent, 0, most.deletes_percent),
        changes=table.whole("changes", most.changes, 0, most.changes),
        changes_percent=table.whole("changes_percent", most.changes_percent, 0, most.changes_percent),
    )
    table.finish()
    return limits


def read_operator(path: Path) -> Operator:
    """Read the operator's file; raises `InputProblem` (F1020 to F1022)."""
    root = read_toml(path)
    section, people, groups = root.table("environments"), root.table("identities"), root.table("teams")
    grants = _grants(root.table("access")) if "access" in root.names else None
    root.finish()
    return Operator(
        _policies(section),
        Access(
            People(_texts(people), MappingProxyType({key: groups.texts(key) for key in _once(groups)})),
            grants,
        ),
    )


def _texts(table: Table) -> Mapping[str, str]:
    return MappingProxyType({key: table.text(key) for key in _once(table)})


def _once(table: Table) -> tuple[str, ...]:
    """The names of a table of people, in which case tells nobody apart: one given twice would be lost."""
    first: dict[str, str] = {}
    for key in table.names:
        if (other := first.setdefault(key.strip().casefold().removeprefix(USER), key)) != key:
            raise table.wrong(key, f"given once, and `{visible(other, 64)}` is the same name")
    return tuple(table.names)


def _grants(section: Table) -> Mapping[str, Mapping[str, tuple[Permission, ...]]]:
    """Account to member to permissions; a word that grants nothing is a mistake, never passed over."""
    found = {}
    for account in section.names:
        table = section.table(account)
        found[account] = MappingProxyType({member: _granted(table, member) for member in table.names})
    return MappingProxyType(found)


def _granted(table: Table, member: str) -> tuple[Permission, ...]:
    if member != "*" and not member.startswith((USER, TEAM)):
        raise table.wrong(member, 'named "user:NAME", "team:NAME" or "*"')
    granted: set[Permission] = set()
    for word in table.texts(member):
        if not (permissions := permissions_of(word)):
            raise table.wrong(member, f"a list of {', '.join([*ROLES, *Permission])}")
        granted.update(permissions)
    return tuple(sorted(granted))


def _policies(section: Table) -> Mapping[str, Policy]:
    found: dict[str, Policy] = {}
    for name in section.names:
        table = section.table(name)
        found[name] = _policy(table)
        account = found[name].account
        if account and account in [found[other].account for other in found if other != name]:
            raise table.wrong("account", "of one environment, and another one here has the same")
    return MappingProxyType(found)


def _policy(table: Table) -> Policy:
    return Policy(
        account=table.text("account"),
        platform=table.choice("platform", PLATFORMS),
        concurrency=table.whole("concurrency", 8, 1, 64),
        four_eyes=table.choice("four_eyes", FOUR_EYES),
        max_age=table.duration("max_age", MAX_AGE),
        expiry=table.duration("expiry", EXPIRY),
        local=MappingProxyType(table.table("local").raw()),
        facts=MappingProxyType(_facts(table)),
    )


def _facts(table: Table) -> dict[str, str | int | float | bool]:
    """The keys that fleetc has no use for itself; one that looks like a slip of a known one is refused."""
    from fleetc.lang.suggest import near

    facts: dict[str, str | int | float | bool] = {}
    for key, value in table.rest().items():
        if key in {"url", "token"} or near(
            key, ["account", *(name for name in _OPERATOR_KEYS if name != "tier")]
        ):
            table.finish(also=facts)
        if not isinstance(value, str | int | float | bool):
            raise table.wrong(key, "a string, a number or a truth value")
        facts[key] = value
    return facts
