"""Verdicts of rules in text, Markdown and SARIF: all sorts of them, folded, and with hostile names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fleetc.lang.diagnostics import Diagnostic, Label, Severity
from fleetc.lang.source import Span
from fleetc.lang.text import FORBIDDEN
from fleetc.plan.actions import Action, Limit, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.verdicts import Bound, Finding, Quorum, Requirement, Verdict
from fleetc.report.plan_markdown import render_plan as markdown
from fleetc.report.plan_text import approval_lines, render_plan
from fleetc.report.sarif import log, run_of_diagnostics, run_of_plan
from fleetc.report.verdicts_text import needed, sections

GOLDEN = Path(__file__).parent / "golden"
PORT = FieldChange("listen_port", 51820, 51821, Cause.GIT, "fleet.yaml:12:7")


def action(own: str, op: Op = Op.UPDATE, **more: Any) -> Action:
    calls = () if op is Op.ACCEPT else ({"name": "x", "verb": "update", "arguments": {}},)
    kept: dict[str, Any] = {"id": f"{op}:{own}", "op": op, "address": own, "kind": own.partition("/")[0]}
    kept |= {"cause": Cause.GIT, "selected": True, "fields": (), "calls": calls, "requires": (), "after": ()}
    return msgspec.convert({**kept, **more}, Action)


def plan(*actions: Action, **more: Any) -> Plan:
    names = ("platform", "profile", "commit", "tree", "desired", "snapshot_digest", "snapshot_taken_at")
    head = {"account": "acme", "environment": "prod", "snapshot": "snap-1", "digest": "0" * 64}
    return Plan(**dict.fromkeys(names, ""), **head, actions=actions, summary={}, **more)  # type: ignore[arg-type]


SRE = Quorum(1, "sre", ("team:sre",))
NETOPS = Quorum(2, "netops", ("team:netops", "user:dana"))
FOLDED = tuple(
    Finding(
        "ports", Verdict.WARN, "prod.rules:9:6", f"update:peer/core/edge-{n:02}",
        f"edge-{n:02} of core moves", tripped=(Bound("after.listen_port", "51821", f"fleet.yaml:{n}:7"),),
    )
    for n in range(1, 7)
)  # fmt: skip
FINDINGS = (
    Finding(
        "few", Verdict.REQUIRE, "prod.rules:20:8", "", "too many: 6 of at most 5",
        "tick less, and do the rest in another plan", (Bound("budget few", "6 of at most 5"),),
        requires=(SRE,), fixed=False, reaches=("peer/core/edge-01", "peer/core/edge-02"),
    ),
    Finding(
        "no-live-hub-delete", Verdict.DENY, "prod.rules:1:6", "delete:peer/core/hub", "hub hub serves 6 spokes",
        "make another peer publicly reachable first",
        (Bound("before.publicly_reachable", "true"), Bound("peer/core/edge-01.publicly_reachable", "false")),
    ),
    Finding(
        "office", Verdict.HOLD, "prod.rules:5:6", "update:network/core", "queued", window="office",
        until=1_796_025_600.0,
    ),
    Finding(
        "two-eyes", Verdict.REQUIRE, "prod.rules:7:6", "update:network/core", "routing", requires=(NETOPS, SRE),
        accepted=True,
    ),
    *FOLDED,
    Finding("floats", Verdict.DENY, "prod.rules:11:6", "create:instance/new", "may be",
            unknown=("instance/new.public_address",)),
    Finding("closing", Verdict.DENY, "prod.rules:13:6", "delete:peer/core/hub", "no", waiver="chg-1"),
    Finding("tried", Verdict.DENY, "prod.rules:15:6", "update:network/core", "tried", trial="2027-01-15"),
)  # fmt: skip
WHOLE = plan(
    action("policy/rules", Op.ACCEPT, kind="policy", fields=(
        FieldChange("rule office", None, "rule office { on update * hold until window office }", Cause.GIT, "prod.rules:5:6"),
        FieldChange("rule gone", 'rule gone { on update * deny "x" }', None, Cause.GIT),
    )),
    action("network/core", fields=(FieldChange("routing_mode", "static", "ibgp", Cause.GIT, "fleet.yaml:8:3"),)),
    *(action(f"peer/core/edge-{n:02}", fields=(PORT,)) for n in range(1, 7)),
    action("instance/new", Op.CREATE, selected=False, blocked=True, reason="denied by floats: may be"),
    action("peer/core/hub", Op.DELETE, selected=False, blocked=True, reason="denied by no-live-hub-delete: hub hub serves 6 spokes"),
    findings=FINDINGS,
    requirements=(Requirement((SRE,), "few"), Requirement((NETOPS, SRE), "two-eyes")),
    budgets=(Limit("budget few", 6, 9, 5, True, "6 of at most 5"),),
    ignored={"network/lab.settings": "lab-mtu-by-hand"},
)  # fmt: skip


@pytest.mark.parametrize("name", ["verdicts.txt", "verdicts.md"])
def test_golden(name: str, request: pytest.FixtureRequest) -> None:
    got = render_plan(WHOLE, width=100) if name.endswith("txt") else markdown(WHOLE)
    if request.config.getoption("--update-golden"):
        (GOLDEN / name).write_text(got, encoding="utf-8")
    assert got == (GOLDEN / name).read_text(encoding="utf-8")


def test_a_plan_without_rules_has_no_section() -> None:
    bare = plan(action("network/core"))
    assert sections(bare) == ()
    assert "Budgets" not in render_plan(bare)
    assert "rules" not in markdown(bare)


def test_only_what_is_equal_but_for_its_name_folds() -> None:
    five = (*FOLDED[:4], msgspec.structs.replace(FOLDED[4], message="edge-05 of core moves far"))
    (section,) = sections(plan(findings=five))
    assert len(section.entries) == section.total == 5
    (section,) = sections(plan(findings=FOLDED[:5]))
    (entry,) = section.entries
    assert entry.head == "5 x update peer, by ports (prod.rules:9:6)"
    assert entry.lines == (
        "peer/core/edge-[01-05]",
        "{name} of {parent} moves",
        "after.listen_port is 51821",
    )


def test_names_within_words_are_not_masked() -> None:
    findings = tuple(
        msgspec.structs.replace(each, subject=f"update:peer/n/{name}", message="a-team bats", tripped=())
        for each, name in zip(FOLDED, "abcdef", strict=True)
    )
    (section,) = sections(plan(findings=findings))
    assert section.entries[0].lines[1] == "a-team bats"


def test_who_has_to_approve() -> None:
    lines = approval_lines(WHOLE)
    assert lines[1:3] == ["Needs 1 of sre for few.", "Needs 2 of netops and 1 of sre for two-eyes."]
    assert lines[3] == "Held by office: waits for window office, until 2026-11-30T08:00:00Z."
    assert needed((*WHOLE.requirements, *WHOLE.requirements)) == needed(WHOLE.requirements)


def test_a_denied_plan_says_by_what_and_an_allowed_one_too() -> None:
    own = action("network/core")
    denial = Finding("no", Verdict.DENY, "a.rules:1:1", own.id)
    assert approval_lines(plan(own, findings=(denial,))) == [
        "Denied by no: it cannot be approved. Leave out what is denied, or mend it."
    ]
    (section,) = sections(plan(own, findings=(denial,)))
    assert section.grave
    waived = msgspec.structs.replace(denial, waiver="w")
    assert approval_lines(plan(own, findings=(waived,)))[0].startswith("Needs an approval")
    assert approval_lines(plan(own, allowed_by=("free",))) == [
        f"No approval is needed: free allows it. Next: fleetc apply {'0' * 12}"
    ]
    asked = plan(own, allowed_by=("free",), requirements=(Requirement((SRE,), "few"),))
    assert approval_lines(asked)[0].startswith("Needs an approval")


# SARIF


def of_type(value: Any, *types: type) -> bool:
    return isinstance(value, types) and not (isinstance(value, bool) and bool not in types)


def check_location(location: dict[str, Any]) -> None:
    """What section 3.28 to 3.30 of SARIF 2.1.0 requires of a location."""
    physical = location["physicalLocation"]
    uri = physical["artifactLocation"]["uri"]
    assert uri.isascii()
    assert not set(uri) & set(' "<>\\^`{|}')
    region = physical.get("region")
    if region is not None:
        assert of_type(region["startLine"], int)
        assert region["startLine"] >= 1
        assert region["startColumn"] >= 1
        assert region.get("endLine", region["startLine"]) >= region["startLine"]
    for logical in location.get("logicalLocations", ()):
        assert of_type(logical["fullyQualifiedName"], str)


def check_log(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What SARIF 2.1.0 requires of a log (3.13), its runs (3.14), tool (3.18, 3.19) and results (3.27)."""
    document = json.loads(json.dumps(document))
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    results = []
    for run in document["runs"]:
        driver = run["tool"]["driver"]
        assert of_type(driver["name"], str)
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(set(ids)) == len(ids)
        assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
        assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        for result in run["results"]:
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["level"] in ("none", "note", "warning", "error")
            assert of_type(result["message"]["text"], str)
            assert result["message"]["text"]
            for location in (*result["locations"], *result.get("relatedLocations", ())):
                check_location(location)
            for suppression in result.get("suppressions", ()):
                assert suppression["kind"] in ("inSource", "external")
                assert suppression["status"] in ("accepted", "underReview", "rejected")
            results.append(result)
    return results


def test_the_sarif_of_a_plan() -> None:
    results = check_log(log([run_of_plan(WHOLE)]))
    assert len(results) == len(FINDINGS)
    by_rule = {result["ruleId"]: result for result in results}
    assert {name: by_rule[name]["level"] for name in ("few", "floats", "ports", "closing", "tried")} == {
        "few": "warning",
        "floats": "error",
        "ports": "warning",
        "closing": "note",
        "tried": "note",
    }
    assert by_rule["closing"]["suppressions"][0]["justification"] == "waived by chg-1"
    assert "suppressions" not in by_rule["tried"]
    place = by_rule["ports"]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("fleet.yaml", 6)
    assert (
        by_rule["ports"]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "peer/core/edge-06"
    )
    assert by_rule["ports"]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 9
    assert "not known yet: instance/new.public_address" in by_rule["floats"]["message"]["text"]


def test_the_sarif_of_diagnostics() -> None:
    place, other = Span("a b/ü.yaml", 2, 3, 2, 7), Span("fleet.yaml", 1, 1, 1, 1)
    found = Diagnostic(
        "F0845", Severity.ERROR, "broken", Label(place, "here"), (Label(other),), ("x is 1",), "mend it"
    )
    note = Diagnostic("F0846", Severity.NOTE, "not known", Label(other))
    first, second = check_log(log([run_of_diagnostics([found, note], "prod")]))
    assert first["message"]["text"] == "broken\nx is 1\nhelp: mend it"
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/%C3%BC.yaml"},
        "region": {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 7},
    }
    assert first["relatedLocations"][0]["message"]["text"] == "here"
    assert (first["level"], second["level"]) == ("error", "note")
    assert check_log(log([])) == []


BAD = "a\x1b[31m\u202eb"


def test_no_hostile_text_reaches_anything() -> None:
    finding = Finding(
        BAD, Verdict.DENY, f"{BAD}.rules:1:1", f"update:peer/core/{BAD}", BAD, BAD, (Bound(BAD, BAD, BAD),), (BAD,),
        (Quorum(1, BAD, (BAD,)),), BAD, waiver="",
    )  # fmt: skip
    findings = [
        finding,
        *(msgspec.structs.replace(finding, verdict=v, waiver=w) for v in Verdict for w in ("", BAD)),
    ]
    own = action(f"peer/core/{BAD}", fields=(FieldChange("listen_port", 1, 2, Cause.GIT, f"{BAD}:1:1"),))
    bad = plan(
        own, findings=tuple(findings), requirements=(Requirement((Quorum(1, BAD, (BAD,)),), BAD, BAD),),
        budgets=(Limit(f"budget {BAD}", 1, 1, 0, True, BAD),), ignored={f"{BAD}.x": BAD}, allowed_by=(BAD,),
    )  # fmt: skip
    sarif = json.dumps(log([run_of_plan(bad)]), ensure_ascii=False)
    for text in (render_plan(bad), markdown(bad), sarif):
        assert FORBIDDEN.search(text) is None
    check_log(log([run_of_plan(bad)]))
