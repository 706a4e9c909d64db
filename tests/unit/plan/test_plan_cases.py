"""Golden plans: each file of `tests/cases/plan` is a fleet, what happened since, and the plan's text.

    ```yaml before    the fleet that was applied (optional: without it the account is empty); what it
                      protects is protected
    ```json hand      changes made by hand since: {"address": {field: value}}, null deletes
    ```yaml desired   the fleet that is planned
    ```text plan      what `fleetc plan` prints

`pytest tests/unit/plan --update-golden` writes the texts anew.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fleetc.ir.state import Baseline, Snapshot
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.diff import diff
from fleetc.plan.groups import fold
from fleetc.report import plan_markdown
from fleetc.report.plan_text import render_plan
from tests.property.plan_model import Model
from tests.property.plan_worlds import CATALOGUE, applied, graph_of

CASES = sorted((Path(__file__).parents[2] / "cases" / "plan").glob("*.md"))
BLOCK = re.compile(r"^```(\w+) (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> dict[str, str]:
    return {name: body for _, name, body in BLOCK.findall(text)}


def edited(model: Model, edits: dict[str, Any]) -> None:
    for where, fields in edits.items():
        if fields is None:
            model.delete(where)
        elif where in model.resources:
            model.fields(where).update(fields)
        else:
            model.count += 1
            model.resources[where] = (f"hand-{model.count}", fields)


def planned(case: dict[str, str]) -> str:
    model = Model("acme", CATALOGUE)
    baselines: dict[str, Baseline] = {}
    if "before" in case:
        baselines = applied(graph_of(case["before"]), model, baselines)
    edited(model, json.loads(case.get("hand", "{}")))
    graph = graph_of(case["desired"])
    live = model.snapshot()
    options = json.loads(case.get("options", "{}"))
    live = msgspec.structs.replace(live, complete=options.get("complete", True))
    protected = graph_of(case["before"]).protected if "before" in case else {}
    found, _ = diff(graph, live, baselines, protected)
    asked = {name: options[name] for name in ("study", "override", "cascades") if name in options}
    context = PlanContext("test", "local", baselines=baselines, **asked)
    plan = build_plan(graph, live, found, context)
    assert plan_markdown.render_plan(plan).count("| [") == len(fold(plan.actions))
    text = render_plan(plan, width=80, calls=options.get("calls", False))
    assert max(map(len, text.splitlines())) <= 80
    return text.replace(plan.digest[:12], "0" * 12)  # the digest has tests of its own


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    case = blocks(text)
    got = planned(case)
    if request.config.getoption("--update-golden"):
        path.write_text(text.replace(f"```text plan\n{case['plan']}```", f"```text plan\n{got}```"), "utf-8")
    else:
        assert got == case["plan"]


def test_there_are_cases() -> None:
    assert len(CASES) >= 10


def test_an_empty_snapshot_knows_no_baseline() -> None:
    graph = graph_of("version: 1\naccount: acme\nmodules: {tool: {}}\n")
    profile = Model("acme", CATALOGUE).snapshot().profile
    empty = Snapshot("acme", profile, (), CATALOGUE, source="empty", name="empty")
    found, _ = diff(graph, empty, {"module/tool": Baseline("module/tool", "m-1", {"priority": 1})})
    assert [(c.op, c.cause) for c in found.changes] == [("create", "git")]
    assert found.forget == ()
