"""`rules check | test | explain`, and what `check` and `plan` say of rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetc.lang.text import FORBIDDEN
from tests.cli.conftest import Fleetc
from tests.cli.ruled import LOW, PEER, RULES, STATIC, committed


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder with rules and nothing else."""
    folder = tmp_path / "alone"
    folder.mkdir()
    (folder / "prod.rules").write_text(RULES)
    return folder


# rules check


def test_a_file_is_checked_by_itself(alone: Path, fleetc: Fleetc) -> None:
    found = fleetc("-C", str(alone), "rules", "check", "prod.rules", "--format", "concise")
    assert found.code == 0
    assert (
        found.out
        == "prod.rules:1:13: F0839 who is in team:sre is not known here: there is no operator's file\n"
    )
    assert found.err == "ok: 1 group, 2 rules, 2 tests\n"
    assert not (alone / ".fleetc").exists()


def test_a_mistake_is_shown_with_its_line_and_changes_the_exit_code(alone: Path, fleetc: Fleetc) -> None:
    (alone / "prod.rules").write_text(RULES.replace("after.listen_port <", "after.listen_prt <"))
    found = fleetc("-C", str(alone), "rules", "check")
    assert found.code == 1
    assert "error[F0834]: no field of peer named `listen_prt`" in found.out
    assert "where after.listen_prt < 51000" in found.out
    document = fleetc("-C", str(alone), "rules", "check", "--json")
    assert document.code == 1
    assert [each["code"] for each in document.json["diagnostics"]] == ["F0834"]


def test_files_named_together_are_one_set_and_a_folder_stands_for_its_rules(
    alone: Path, fleetc: Fleetc
) -> None:
    head, rest = RULES.split("\n", 1)
    (alone / "groups.rules").write_text(head)
    (alone / "prod.rules").write_text(rest)
    (alone / "rules.txt").write_text("no rules")
    assert fleetc("-C", str(alone), "rules", "check", "prod.rules").code == 1
    assert fleetc("-C", str(alone), "rules", "check", "prod.rules", "groups.rules").code == 0
    assert fleetc("-C", str(alone.parent), "rules", "check", "alone").code == 0
    assert fleetc("-C", str(alone), "rules", "check").code == 0


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("nowhere.rules", "F1019", "does not exist"),
        ("empty", "F1019", "there are no rules in empty"),
        ("link.rules", "F1029", "is a symlink"),
        ("nowhere/a.rules", "F1010", "does not exist"),
    ],
)
def test_what_cannot_be_read(path: str, code: str, said: str, alone: Path, fleetc: Fleetc) -> None:
    (alone / "empty").mkdir()
    (alone / "link.rules").symlink_to("prod.rules")
    found = fleetc("-C", str(alone), "rules", "check", path)
    assert found.code == 1
    assert f"error[{code}]" in found.err
    assert said in found.err


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"\0", "rule \u202e {".encode(), b"rule" * 300_000, b"{" * 10_000]
)
def test_odd_bytes_are_answered(data: bytes, alone: Path, fleetc: Fleetc) -> None:
    (alone / "prod.rules").write_bytes(data)
    for words in (["check"], ["test"], ["explain"]):
        found = fleetc("-C", str(alone), "rules", *words)
        assert found.code in (0, 1)
        assert "Traceback" not in found.err
        assert FORBIDDEN.search(found.out + found.err) is None


def test_facts_and_teams_come_from_the_operators_file(edge: Path, fleetc: Fleetc) -> None:
    rules = RULES + 'rule new { on update network where env.colour == "red" warn "x" }\n'
    committed(edge, rules=rules)
    here = ["-C", str(edge), "rules", "check", "--format", "concise"]
    assert "no fact of `env` named `colour`" in fleetc(*here, "prod.rules").out
    text = '[environments.local]\ncolour = "blue"\n[teams]\nsre = ["user:kim"]\n'
    (edge / ".fleetc" / "operator.toml").write_text(text)
    for words in ([], ["prod.rules"]):
        found = fleetc(*here, *words)
        assert (found.code, found.out) == (0, "")


def test_several_environments_are_checked_under_their_names(edge: Path, fleetc: Fleetc) -> None:
    committed(edge)
    (edge / "fleetc.toml").write_text("[environments.a]\n[environments.b]\n")
    found = fleetc("-C", str(edge), "--all", "rules", "check", "--format", "concise")
    assert [line.split(":")[0] for line in found.err.splitlines()] == ["a", "b"]
    assert [line.split(":")[0] for line in found.out.splitlines()] == ["a", "b"]
    document = fleetc("-C", str(edge), "--all", "rules", "check", "--json").json
    assert list(document["environments"]) == ["a", "b"]
    tests = fleetc("-C", str(edge), "--all", "rules", "test", "--json").json
    assert tests["environments"]["b"]["failed"] == 1


def test_sarif_of_rules(alone: Path, fleetc: Fleetc) -> None:
    (alone / "prod.rules").write_text("rule x {")
    found = fleetc("-C", str(alone), "rules", "check", "--format", "sarif")
    assert found.code == 1
    results = found.json["runs"][0]["results"]
    assert [(each["ruleId"], each["level"]) for each in results] == [("F0830", "error")]


# rules test


def test_the_tests_of_rules_are_run(alone: Path, fleetc: Fleetc) -> None:
    found = fleetc("-C", str(alone), "rules", "test", "prod.rules")
    assert found.code == 1
    assert "error[F0844]: expected deny by low-ports, and got nothing" in found.out
    assert " --> prod.rules:18:3\n" in found.out
    assert "update:peer/n/a: `after.listen_port < 51000` is false" in found.out
    assert found.out.endswith("\n2 tests: 1 passed, 1 failed\n")
    document = fleetc("-C", str(alone), "rules", "test", "--json").json
    assert (document["passed"], document["failed"]) == (1, 1)
    assert [each["passed"] for each in document["tests"]] == [True, False]
    assert document["tests"][1]["failure"]["primary"]["line"] == 18
    assert "coverage" not in document


def test_coverage_says_what_no_test_sees(alone: Path, fleetc: Fleetc) -> None:
    (alone / "prod.rules").write_text(RULES.split('test low-ports "fails"', maxsplit=1)[0])
    found = fleetc("-C", str(alone), "rules", "test", "--coverage")
    assert found.code == 0
    assert found.out == (
        "Coverage: 33 % of what conditions can be\n"
        "   50 %  rule low-ports  (prod.rules:2:6)\n"
        "         never false: after.listen_port < 51000  (prod.rules:4:9)\n"
        "    0 %  rule routing-needs-sre  (prod.rules:7:6)\n"
        "         no test reaches it\n"
        "         no test expects anything of it\n"
        "\n"
        "1 test: 1 passed\n"
    )
    assert fleetc("-C", str(alone), "rules", "test", "--coverage-min", "33").code == 0
    assert fleetc("-C", str(alone), "rules", "test", "--coverage-min", "34").code == 1
    assert fleetc("-C", str(alone), "rules", "test", "--coverage-min", "101").code == 64
    coverage = fleetc("-C", str(alone), "rules", "test", "--coverage", "--json").json["coverage"]
    assert coverage["percent"] == 33
    assert coverage["rules"][0]["atoms"][0]["missing"] == ["false"]


def test_rules_that_do_not_compile_have_no_tests(alone: Path, fleetc: Fleetc) -> None:
    (alone / "prod.rules").write_text(RULES + "rule x {")
    found = fleetc("-C", str(alone), "rules", "test")
    assert found.code == 1
    assert "error[F0830]" in found.err
    assert "1 error in the rules" in found.err


def test_no_tests_are_no_failure(alone: Path, fleetc: Fleetc) -> None:
    (alone / "prod.rules").write_text('group a = "user:b"')
    found = fleetc("-C", str(alone), "rules", "test")
    assert (found.code, found.out) == (0, "no tests\n")


# rules explain


def test_rules_in_words(alone: Path, fleetc: Fleetc) -> None:
    table = fleetc("-C", str(alone), "rules", "explain").out.splitlines()
    assert [line.split()[:3] for line in table] == [
        ["what", "name", "answer"],
        ["rule", "low-ports", "deny"],
        ["rule", "routing-needs-sre", "require"],
        ["group", "sre", "team:sre"],
    ]
    found = fleetc("-C", str(alone), "rules", "explain", "low-ports", "--in", "prod.rules")
    assert found.out == (
        "rule low-ports  (prod.rules:2:6)\n"
        "  Ports are high\n"
        "  about    listen_port of each peer when created or updated\n"
        "  when     after.listen_port < 51000\n"
        "  answers  deny: it cannot be approved\n"
        "  says     {host} listens on {after.listen_port}\n"
        "  tests    2: prod.rules:11:6, prod.rules:16:6\n"
    )
    document = fleetc("-C", str(alone), "rules", "explain", "routing-needs-sre", "--json").json
    assert document["rules"][0]["says"]["agree"] == ["1 of sre: team:sre; user:dana"]


def test_a_name_that_no_rule_has(alone: Path, fleetc: Fleetc) -> None:
    found = fleetc("-C", str(alone), "rules", "explain", "low-port")
    assert found.code == 64
    assert "a similar name exists: low-ports" in found.err


# check, compile


def test_check_reports_rules_and_broken_invariants(edge: Path, fleetc: Fleetc) -> None:
    guard = 'invariant high { for p in peer assert p.listen_port > 51900 else deny "{p.host}" }\n'
    committed(edge, rules=RULES + guard)
    found = fleetc("-C", str(edge), "check", "--format", "concise")
    assert found.code == 1
    assert [line for line in found.out.splitlines() if "F0845" in line] == [
        "fleet.yaml:48:17: F0845 `high`: edge-london-01",
        "fleet.yaml:45:17: F0845 `high`: edge-tokyo-01",
        "fleet.yaml:47:17: F0845 `high`: edge-tokyo-02",
    ]
    assert fleetc("-C", str(edge), "compile").code == 1
    assert fleetc("-C", str(edge), "show", "kind:peer").code == 0
    assert fleetc("-C", str(edge), "check", "prod.rules", "fleet.yaml", "--json").code == 1
    (edge / "prod.rules").write_text(RULES + guard.replace("deny", "warn"))
    warned = fleetc("-C", str(edge), "check", "--format", "concise")
    assert warned.code == 0
    assert warned.out.count("F0845") == 3
    (edge / "prod.rules").write_text("rule x {")
    broken = fleetc("-C", str(edge), "check", "prod.rules", "--format", "sarif")
    assert broken.code == 1
    assert "F0830" in {each["ruleId"] for each in broken.json["runs"][0]["results"]}


def test_a_plan_does_not_report_them_twice(edge: Path, fleetc: Fleetc) -> None:
    guard = 'invariant high { for p in peer assert p.listen_port > 51900 else deny "{p.host} is low" }\n'
    committed(edge, rules=guard)
    found = fleetc("-C", str(edge), "plan")
    assert found.code == 0
    assert found.out.count("edge-tokyo-02 is low") == 1
    assert "F0845" not in found.out + found.err


# plan


def test_a_plan_in_sarif(applied: Path, fleetc: Fleetc) -> None:
    committed(applied, fleet=LOW)
    found = fleetc("-C", str(applied), "plan", "--format", "sarif")
    (run,) = found.json["runs"]
    denial = next(each for each in run["results"] if each["ruleId"] == "low-ports")
    place = denial["locations"][0]["physicalLocation"]
    assert (denial["level"], place["artifactLocation"]["uri"], place["region"]["startLine"]) == (
        "error",
        "fleet.yaml",
        48,
    )
    assert denial["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == PEER
    several = fleetc("-C", str(applied), "--all", "plan", "--format", "sarif")
    assert [each["automationDetails"]["id"] for each in several.json["runs"]] == ["fleetc/local"]


def test_a_plan_says_what_rules_say(applied: Path, fleetc: Fleetc) -> None:
    committed(applied, fleet=LOW)
    text = (applied / "fleet.yaml").read_text()
    (applied / "fleet.yaml").write_text(text.replace(*STATIC))
    found = fleetc("-C", str(applied), "plan", "--worktree").out
    assert (
        "Denied by rules: 1\n    update peer/edge-fabric/edge-tokyo-02, left out, by low-ports (prod.rules:2:6)\n"
        in found
    )
    assert "        after.listen_port is 50000 (fleet.yaml:48:24)\n" in found
    assert "Needs 1 of sre for routing-needs-sre.\n" in found
    markdown = fleetc("-C", str(applied), "plan", "--worktree", "--format", "markdown").out
    assert "**Denied by rules: 1**" in markdown
