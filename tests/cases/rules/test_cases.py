"""Every case of the YAML files beside this one: rules, what is live, what is desired, the verdicts.

rules       the rules at the commit; `accepted` those applied last (the same, without it)
facts, at   what `env` has, and the time (2000-01-03T12:00Z, without it)
live        address to fields; `incomplete: true` when the snapshot does not know all of it,
            `unreadable` has the `kind.field` pairs that the platform does not tell
desired     address to fields: what differs from live is created, updated or replaced
plan        further changes: `delete peer/core/a`, or `update peer/core/a from drift` with fields
unticked    the ids of changes that are left out
spent       changes applied before: `update node/a 2h ago`, or with `groups`
verdicts    all findings, in order, one a line (as `told` writes them)
allowed     the changes that need no approval; `requires` who has to agree; `budgets` the arithmetic
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from fleetc.ir.timestamps import rfc3339
from fleetc.lang import rules_ast as ast
from fleetc.lang.source import SourceFile
from fleetc.plan.verdicts import Finding, Requirement
from fleetc.policy.budgets import Spent
from fleetc.policy.checking import check
from fleetc.policy.judge import Judge, Ruling
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.staging import stage
from fleetc.policy.world import World

HERE = Path(__file__).parent
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['case']}")
    for path in sorted(HERE.glob("*.yml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
KEYS = {
    *("case", "rules", "accepted", "facts", "at", "live", "incomplete", "unreadable", "desired", "plan"),
    *("unticked", "spent", "verdicts", "allowed", "requires", "budgets"),
}
SPENT = re.compile(r"(\w+) ((\w+)/\S+) (\d+)([mhd]) ago")


def rules_of(text: str) -> RuleSet:
    found = check([SourceFile("prod.rules", text.encode())])
    assert found.rules is not None, [f"{d.primary.span}: {d.message}" for d in found.diagnostics]
    return found.rules


def assigned(fields: dict[str, Any]) -> tuple[ast.Assignment, ...]:
    def setting(value: Any) -> Any:
        if isinstance(value, list):
            return tuple(map(setting, value))
        return {key: setting(each) for key, each in value.items()} if isinstance(value, dict) else value

    return tuple(ast.Assignment(ast.Name(name), setting(value)) for name, value in fields.items())


def named(address: str) -> tuple[ast.Name, ast.Name]:
    kind, _, name = address.partition("/")
    return ast.Name(kind), ast.Name(name)


def step(entry: str | dict[str, Any]) -> ast.Planned:
    text, fields = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
    words = text.split()
    causes = (ast.Name(words[3]),) if len(words) == 4 else ()
    return ast.Planned(ast.Name(words[0]), *named(words[1]), assigned(fields or {}), causes)


def case_test(case: dict[str, Any]) -> ast.Test:
    sides = [("live", case.get("live", {})), ("desired", case.get("desired", {}))]
    return ast.Test(
        ast.Name("case"),
        case["case"],
        tuple(
            ast.Given(side, *named(address), assigned(fields or {}))
            for side, resources in sides
            for address, fields in resources.items()
        ),
        (ast.Facts(assigned(case.get("facts", {}))),),
        tuple(map(step, case.get("plan", ()))),
        datetime.fromisoformat(case["at"]) if "at" in case else None,
        (),
    )


def spent(entry: str | dict[str, Any], now: float) -> Spent:
    text, groups = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
    match = SPENT.fullmatch(text)
    assert match is not None, text
    seconds = int(match[4]) * {"m": 60, "h": 3600, "d": 86400}[match[5]]
    return Spent(match[3], match[1], match[2], now - seconds, groups)


def judged(case: dict[str, Any]) -> tuple[Ruling, tuple[str, ...]]:
    rules = rules_of(case["rules"])
    accepted = rules_of(case["accepted"]) if "accepted" in case else rules
    staged = stage(case_test(case), rules)
    unticked = set(case.get("unticked", ()))
    ids = tuple(action.id for action in staged.actions)
    assert unticked <= set(ids), ids
    world = World(
        staged.live,
        staged.actions,
        complete=not case.get("incomplete", False),
        unreadable=case.get("unreadable", ()),
    )
    now = staged.facts.circumstances.now
    facts = replace(staged.facts, spent=[spent(each, now) for each in case.get("spent", ())])
    judge = Judge(staged.actions, world, rules, accepted, facts)
    return judge.judge(bytes(id_ not in unticked for id_ in ids)), ids


def told(finding: Finding) -> str:
    """A finding on one line: verdict, rule, subject, message, and what else there is, in brackets."""
    notes = [
        f"waived by {finding.waiver}" if finding.waiver else "",
        f"on trial until {finding.trial}" if finding.trial else "",
        f"unknown: {', '.join(finding.unknown)}" if finding.unknown else "",
        f"until {rfc3339(finding.until)}" if finding.until is not None else "",
        "never opens" if finding.window and finding.until is None else "",
        "as applied last" if finding.accepted else "",
    ]
    said = f": {finding.message}" if finding.message else ""
    brackets = "".join(f" [{note}]" for note in notes if note)
    return f"{finding.verdict} {finding.rule} on {finding.subject or 'the plan'}{said}{brackets}"


def asked(requirement: Requirement) -> str:
    return " and ".join(f"{quorum.count} of {quorum.group}" for quorum in requirement.quorums)


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    assert case.keys() <= KEYS
    ruling, ids = judged(case)
    found = {
        "verdicts": [told(finding) for finding in ruling.findings],
        "allowed": [id_ for id_, free in zip(ids, ruling.allowed, strict=True) if free],
        "requires": [asked(requirement) for requirement in ruling.requirements],
        "budgets": [f"{limit.name}: {limit.text}" for limit in ruling.budgets],
    }
    assert {name: found[name] for name in found if name in case or found[name]} == {
        name: case.get(name, []) for name in found if name in case or found[name]
    }


def test_there_are_cases_and_each_says_what_must_come_of_it() -> None:
    assert len(CASES) >= 40
    assert all("verdicts" in param.values[0] for param in CASES)
