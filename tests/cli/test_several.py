"""Several environments in one run: each by itself, none hidden, one exit code."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from fleetc.errors import ExitCode
from fleetc.service.opening import Opening
from fleetc.service.workspace import Workspace
from fleetc.tui.look import Look
from tests.cli.conftest import FLEET, Fleetc

NAMES = ("prod-us", "prod-eu", "staging")
"""In the order of fleetc.toml, which is not that of the alphabet."""


def commit(top: Path, message: str = "change") -> None:
    identity = ["-c", "user.name=Lee", "-c", "user.email=lee@example.com"]
    for command in (["add", "."], ["commit", "-q", "-m", message]):
        subprocess.run(["git", *identity, *command], cwd=top, check=True)


def fleet_of(top: Path, name: str) -> Path:
    return top / "env" / name / "fleet.yaml"


def replace(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def declare(top: Path, names: Sequence[str]) -> None:
    tables = (f'[environments.{name}]\npath = "env/{name}"\naccount = "acct-{name}"\n' for name in names)
    (top / "fleetc.toml").write_text("".join(tables))


def operate(top: Path, text: str) -> None:
    """Write the operator's file."""
    (top / ".fleetc").mkdir(mode=0o700)
    (top / ".fleetc" / "operator.toml").write_text(text)


def hurry(top: Path) -> None:
    """Let instances settle at once."""
    operate(top, "".join(f"[environments.{name}.local]\ninstance_settle = 0.05\n" for name in NAMES))


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A repository with three environments, each with an account and a fleet of its own."""
    top = tmp_path / "world"
    for name in NAMES:
        path = fleet_of(top, name)
        path.parent.mkdir(parents=True)
        text = FLEET.read_text().replace("account: edge-demo", f"account: acct-{name}")
        path.write_text(text.replace("edge-tokyo", f"edge-{name}-tokyo"))
    declare(top, NAMES)
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    commit(top)
    return top


def test_each_environment_has_its_own_plan_approval_lease_and_run(world: Path, fleetc: Fleetc) -> None:
    hurry(world)
    here = ("-C", str(world))
    made = fleetc(*here, "-e", "prod-*", "plan", "--json", "-o", "plans")
    assert made.code == 0, made.err
    assert made.json["format"] == "fleetc.plans/1"
    rows = made.json["environments"]
    assert [row["environment"] for row in rows] == ["prod-us", "prod-eu"]
    assert [row["plan"]["account"] for row in rows] == ["acct-prod-us", "acct-prod-eu"]
    assert len({row["plan"]["digest"] for row in rows}) == 2
    files = [f"plans/{name}.json" for name in ("prod-us", "prod-eu")]
    assert fleetc(*here, "approve", files[0]).code == 0
    ran = fleetc(*here, "apply", *files)
    assert ran.code == 3
    assert "prod-eu: plan" in ran.err
    assert "has no valid approval" in ran.err
    assert "prod-us  " in ran.out
    assert "Run run-" in ran.out
    runs = fleetc(*here, "runs", "--json").json["runs"]
    assert [(run["environment"], run["account"], run["status"]) for run in runs] == [
        ("prod-us", "acct-prod-us", "applied")
    ]
    assert fleetc(*here, "-e", "prod-us", "plan", "--detailed-exitcode").code == 0
    assert fleetc(*here, "-e", "prod-eu", "plan", "--detailed-exitcode").code == 2
    assert fleetc(*here, "-e", "prod-eu", "runs", "--json").json["runs"] == []
    assert [
        r["environment"] for r in fleetc(*here, "-e", "prod-eu", "approvals", "--json").json["requests"]
    ] == ["prod-eu"]


def test_two_runs_at_once_are_followed_in_one_stream(world: Path, fleetc: Fleetc) -> None:
    hurry(world)
    here = ("-C", str(world))
    assert fleetc(*here, "-e", "prod-*", "plan", "-o", "plans").code == 0
    files = [f"plans/{name}.json" for name in ("prod-us", "prod-eu")]
    approved = fleetc(*here, "approve", *files, "--confirm", "prod-us 0", "--confirm", "prod-eu 0")
    assert approved.code == 0
    ran = fleetc(*here, "apply", *files, "--json")
    assert ran.code == 0, ran.err
    for name in ("prod-us", "prod-eu"):
        lines = [line for line in ran.lines if line["environment"] == name]
        assert lines[0]["event"] == "RunStarted"
        assert lines[-1]["status"] == "applied"
        assert len(lines[-1]["applied_actions"]) == 13
        assert len({line["run"] for line in lines}) == 1
    watched = fleetc(*here, "-e", "prod-*", "watch", "--json")
    assert sorted(map(str, watched.lines)) == sorted(map(str, ran.lines))


def test_a_held_account_holds_up_no_other(world: Path, fleetc: Fleetc) -> None:
    hurry(world)
    here = ("-C", str(world))
    names = ("prod-us", "prod-eu")
    assert fleetc(*here, "-e", "prod-*", "plan", "-o", "plans").code == 0
    files = [f"plans/{name}.json" for name in names]
    assert fleetc(*here, "approve", *files).code == 0
    ledger = Workspace.open(world, environment="prod-eu").ledger()
    ledger.take_lease("acct-prod-eu", "elsewhere:1", "run run-other", 600, time.time())
    ran = fleetc(*here, "apply", *files)
    assert ran.code == 3, ran.err
    assert "error[F0630]: prod-eu: " in ran.err
    status = {run["environment"]: run["status"] for run in fleetc(*here, "runs", "--json").json["runs"]}
    assert status == {"prod-us": "applied", "prod-eu": "refused"}


def test_a_mistake_of_the_operator_for_one_environment_is_of_that_one(world: Path, fleetc: Fleetc) -> None:
    operate(world, "[environments.prod-eu.local]\nlatencyy = 1\n")
    rows = fleetc("-C", str(world), "--all", "snapshot", "take", "--json").json["environments"]
    assert [row["exit_code"] for row in rows] == [0, 1, 0]
    assert "latencyy" in rows[1]["problem"]["message"]


def test_one_environment_in_trouble_hides_no_other(world: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(world))
    replace(fleet_of(world, "prod-us"), "template: edge-cdn", "template: edge-cdm")
    replace(fleet_of(world, "staging"), "acct-staging", "acct-other")
    commit(world)
    made = fleetc(*here, "plan", "--all", "--detailed-exitcode")
    assert made.code == 1
    staging = "but environment 'staging' is of account 'acct-staging'"
    assert made.out.splitlines()[-3:] == [
        "prod-us  error: 1 error: no plan was made",
        "prod-eu  Plan: 13 to create, 0 to update, 0 to replace, 0 to delete; 13 of 13 ticked.",
        f"staging  error: the fleet file is of account 'acct-other', {staging}",
    ]
    assert "Environment prod-us\nerror[F0201]" in made.err
    assert "error[F0633]: staging: " in made.err
    document = fleetc(*here, "plan", "--all", "--detailed-exitcode", "--json").json
    assert document["exit_code"] == 1
    assert [row["exit_code"] for row in document["environments"]] == [1, 2, 1]
    bad, good, other = document["environments"]
    assert (bad["plan"], good["problem"], other["problem"]["code"]) == (None, None, "F0633")
    assert [item["code"] for item in bad["problem"]["diagnostics"] if item["severity"] == "error"] == [
        "F0201"
    ]
    markdown = fleetc(*here, "plan", "--all", "--format", "markdown")
    assert "- `prod-us`: error: 1 error: no plan was made" in markdown.out


def test_check_and_compile_name_each_environment(world: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(world))
    replace(fleet_of(world, "prod-us"), "template: edge-cdn", "template: edge-cdm")
    checked = fleetc(*here, "check", "--all", "--format", "concise")
    assert checked.code == 1
    assert checked.out.splitlines()[0].startswith("prod-us: fleet.yaml:")
    assert "prod-us: does not compile: 1 error" in checked.err
    assert "staging: ok: 13 resources" in checked.err
    document = fleetc(*here, "check", "--all", "--json").json
    assert (document["format"], document["exit_code"]) == ("fleetc.checks/1", 1)
    assert [row["exit_code"] for row in document["environments"]] == [1, 0, 0]
    compiled = fleetc(*here, "compile", "--all", "-o", "graphs")
    assert compiled.code == 1
    assert sorted(path.name for path in (world / "graphs").iterdir()) == ["prod-eu.json", "staging.json"]
    alone = fleetc(*here, "-e", "staging", "compile", "--json")
    assert (world / "graphs" / "staging.json").read_text() == alone.out
    rows = fleetc(*here, "compile", "--all", "--json").json["environments"]
    assert [bool(row["graph"]) for row in rows] == [False, True, True]


def test_a_snapshot_of_each(world: Path, fleetc: Fleetc) -> None:
    taken = fleetc("-C", str(world), "--all", "snapshot", "take", "--json")
    assert taken.code == 0
    rows = taken.json["environments"]
    assert [row["snapshot"]["account"] for row in rows] == [f"acct-{name}" for name in NAMES]
    listed = fleetc("-C", str(world), "snapshot", "list", "--all", "--json").json["snapshots"]
    assert {row["account"] for row in listed} == {f"acct-{name}" for name in NAMES}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("-e", "prd-*", "plan"),
            "no environment of fleetc.toml fits `prd-*`; environments: prod-us, prod-eu, staging",
        ),
        (("-e", "prod-eu", "-e", "stagin", "plan"), "a similar name exists: `staging`"),
        (("--all", "platform", "show"), "3 were chosen: prod-us, prod-eu, staging"),
        (("plan", "--all", "env/staging"), "and several are asked for"),
        (("plan", "--all", "--only", "node/x"), "choose one with -e NAME"),
        (("plan", "--all", "-o", "fleetc.toml"), "-o names a folder"),
        (("plan", "--all", "--override", "moving"), "--override is of one plan"),
        (("-e", "staging", "--all", "check"), "-e and --all are given"),
    ],
)
def test_what_cannot_be_chosen(world: Path, fleetc: Fleetc, words: tuple[str, ...], said: str) -> None:
    ran = fleetc("-C", str(world), *words)
    assert (ran.code, ran.out) == (64, "")
    assert said in ran.err


def test_a_plan_is_judged_as_one_of_its_own_environment(world: Path, fleetc: Fleetc) -> None:
    """Not by the operator's rules for another one, which may be softer."""
    here = ("-C", str(world))
    assert fleetc(*here, "plan", "--all", "-o", "plans").code == 0
    for command in (("approve",), ("reject", "--reason", "no"), ("apply",)):
        refused = fleetc(*here, "-e", "staging", *command, "plans/prod-eu.json")
        assert refused.code == 3
        assert "is of environment prod-eu, not of staging" in refused.err
    assert fleetc(*here, "approve", "plans/prod-eu.json", "--confirm", "staging 0").code == 3
    assert fleetc(*here, "approve", "plans/prod-eu.json", "--confirm", "prod-eu 0").code == 0
    declare(world, ("prod-us", "staging"))
    gone = fleetc(*here, "apply", "plans/prod-eu.json")
    assert gone.code == 3
    assert "fleetc.toml has to name it" in gone.err


def test_one_typed_text_approves_one_environment(world: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(world))
    assert fleetc(*here, "plan", "--all", "-o", "plans").code == 0
    files = [f"plans/{name}.json" for name in NAMES]
    wrong = fleetc(*here, "approve", *files, "--confirm", "prod-us 0", "--confirm", "prod-us 0")
    assert wrong.code == 64
    half = fleetc(*here, "approve", *files, "--confirm", "prod-us 7", "--json")
    assert half.code == 3
    assert [row["exit_code"] for row in half.json["environments"]] == [3, 0, 0]
    status = {
        row["environment"]: row["status"] for row in fleetc(*here, "approvals", "--json").json["requests"]
    }
    assert status == {"prod-us": "waiting", "prod-eu": "approved", "staging": "approved"}
    assert fleetc(*here, "approve", files[0], files[0]).code == 64


def test_all_without_fleetc_toml_is_the_only_one(edge: Path, fleetc: Fleetc) -> None:
    document = fleetc("-C", str(edge), "plan", "--all", "--json").json
    assert [row["environment"] for row in document["environments"]] == ["local"]
    assert fleetc("-C", str(edge), "-e", "loc*", "plan").code == 0


def test_two_environments_of_one_account_are_refused(world: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(world))
    replace(world / "fleetc.toml", "acct-prod-eu", "acct-prod-us")
    assert "F1075" in fleetc(*here, "plan", "--all").err
    (world / "fleetc.toml").write_text(
        '[environments.blue]\npath = "env/staging"\n[environments.green]\npath = "env/staging"\n'
    )
    document = fleetc(*here, "plan", "--all", "--json").json
    assert [row["exit_code"] for row in document["environments"]] == [0, 1]
    assert document["environments"][1]["problem"]["code"] == "F1075"


def test_the_review_opens_with_those_that_have_a_plan(
    world: Path, fleetc: Fleetc, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[list[str]] = []

    def show(opening: Opening, _look: Look, **_: object) -> int:
        opened.append([f"{each.environment} {each.value is None}" for each in opening.open()])
        return ExitCode.PARTIAL if any(each.value for each in opening.outcomes) else ExitCode.OK

    monkeypatch.setattr("fleetc.tui.terminal.require_terminal", lambda: None)
    monkeypatch.setattr("fleetc.tui.app.run_review", show)
    here = ("-C", str(world))
    assert fleetc(*here, "--all").code == ExitCode.PARTIAL
    replace(fleet_of(world, "prod-us"), "template: edge-cdn", "template: edge-cdm")
    commit(world)
    left = fleetc(*here, "review", "--all")
    assert left.code == ExitCode.ERROR
    assert "error: prod-us: " in left.err
    assert opened == [
        ["prod-us False", "prod-eu False", "staging False"],
        ["prod-us True", "prod-eu False", "staging False"],
    ]
    assert fleetc(*here, "-e", "prod-eu", "-e", "staging", "plan", "-o", "plans").code == 0
    fleetc(*here, "review", "plans/staging.json", "plans/prod-eu.json")
    assert opened.pop() == ["staging False", "prod-eu False"]
    alone = fleetc(*here, "-e", "prod-u*", "review")
    assert (alone.code, opened.pop()) == (ExitCode.ERROR, ["prod-us True"])
