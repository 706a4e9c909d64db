"""Invariants over what is declared, and replays of past plans."""

from __future__ import annotations

from fleetc.ir.timestamps import seconds_of
from fleetc.lang.source import SourceFile
from fleetc.plan.actions import Plan
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.policy.checking import check
from fleetc.policy.code import Circumstances
from fleetc.policy.declared import broken_invariants
from fleetc.policy.describing import described
from fleetc.policy.people import People
from fleetc.policy.replaying import differences
from fleetc.policy.ruleset import RuleSet
from tests.property.plan_worlds import graph_of
from tests.unit.policy.test_reasons import plan

FLEET = """
version: 1
account: acme
templates: {base: {node_platform: linux}}
nodes:
  a: {template: base, region: east, instance_type: small}
  b: {template: base, region: west, instance_type: small}
sdwan:
  networks:
    mesh:
      peers: {a: {listen_port: 51000}, b: {}, outside: {}}
      virtual_ips:
        front: {primary_holder: a, failover_holders: [b]}
        other: {primary_holder: a, failover_holders: [outside]}
"""
FACTS = Circumstances({"name": "prod"}, "acme", seconds_of("2027-01-01T12:00:00Z"))


def broken(rules: str) -> list[tuple[str, str, str]]:
    ruling = check([SourceFile("a.rules", rules.encode())])
    assert ruling.rules is not None, ruling.diagnostics
    found = broken_invariants(graph_of(FLEET), ruling.rules, ruling.declarations, FACTS)
    return [(each.code, str(each.severity), each.message) for each in found]


def test_a_denial_is_an_error_at_the_resource_with_the_values_and_their_places() -> None:
    rules = 'invariant high { for p in peer assert p.listen_port > 51500 else deny "{p.host} is low" help "raise it" }'
    ruling = check([SourceFile("a.rules", rules.encode())])
    assert ruling.rules is not None
    (found,) = broken_invariants(graph_of(FLEET), ruling.rules, ruling.declarations, FACTS)
    assert (found.code, found.severity, found.message) == ("F0845", "error", "`high`: a is low")
    assert str(found.primary.span) == "fleet.yaml:11:15"
    assert str(found.secondary[0].span) == "a.rules:1:11"
    assert found.notes == ("peer/mesh/a.listen_port is 51000 (fleet.yaml:11:32)",)
    assert found.help == "raise it"


def test_other_verdicts_warn_and_so_does_a_trial() -> None:
    rules = """
group sre = "team:sre"
invariant r { for p in peer where p.host == "a" assert p.listen_port > 51500 else require 1 of sre "r" }
invariant w { for p in peer where p.host == "a" assert p.listen_port > 51500 else warn "w" }
invariant t { for p in peer where p.host == "a" assert p.listen_port > 51500 else deny "t" trial until 2027-01-01 }
"""
    assert broken(rules) == [("F0845", "warning", f"`{name}`: {name}") for name in "rwt"]


def test_what_is_waived_is_not_said() -> None:
    rules = """
group sre = "team:sre"
invariant i { for p in peer assert p.listen_port > 51500 else deny "{p.host}" }
waiver w of i { for peer where host == "a" reason "x" granted by sre expires 2027-01-01 }
"""
    assert broken(rules) == []
    assert broken(rules.replace("2027-01-01", "2026-12-31")) == [("F0845", "error", "`i`: a")]


def test_what_the_platform_gives_is_not_known_and_what_decides_anyway_decides() -> None:
    rules = (
        'invariant i { for p in peer assert p.status == "up" or p.listen_port > 51500 else deny "{p.host}" }'
    )
    assert broken(rules) == [
        ("F0846", "note", "peer/mesh/a may break `i`: it is known after apply only"),
    ]
    both = (
        'invariant i { for p in peer assert p.status == "up" and p.listen_port > 51500 else deny "{p.host}" }'
    )
    assert ("F0845", "error", "`i`: a") in broken(both)


def test_of_what_is_only_named_nothing_is_known() -> None:
    rules = """
invariant two { for v in virtual_ip assert count(distinct{h in v.holders | h.node.region}) >= 2 else deny "{v.name}" }
"""
    assert broken(rules) == [
        ("F0846", "note", "virtual_ip/mesh/other may break `two`: it is known after apply only"),
    ]


def test_of_many_the_first_few_are_shown_and_counted() -> None:
    nodes = "\n".join(f"  n{number:02}: {{template: base}}" for number in range(15))
    fleet = FLEET.replace("nodes:\n", f"nodes:\n{nodes}\n")
    ruling = check(
        [SourceFile("a.rules", b'invariant i { for n in node assert n.name == "x" else deny "{n.name}" }')]
    )
    assert ruling.rules is not None
    found = broken_invariants(graph_of(fleet), ruling.rules, ruling.declarations, FACTS)
    assert len(found) == 11
    assert found[-1].message == "`i`: and 7 more resources like these"
    assert (found[-1].code, found[-1].severity) == ("F0845", "error")


# past plans


def rules_of(text: str) -> RuleSet:
    found = check([SourceFile("a.rules", text.encode())])
    assert found.rules is not None
    return found.rules


def judged(*findings: Finding, allowed_by: tuple[str, ...] = ()) -> Plan:
    return plan(findings=findings, allowed_by=allowed_by)


def test_only_the_rules_of_the_set_are_compared() -> None:
    rules = rules_of(
        'rule a { on delete peer deny "x" }\nrule b { on delete peer warn "x" }\nrule c { on delete peer allow }'
    )
    then = judged(
        Finding("b", Verdict.WARN, "p", message="was"), Finding("gone", Verdict.DENY, "p", message="gone")
    )
    now = judged(Finding("a", Verdict.DENY, "p", message="is"), allowed_by=("c",))
    assert [(d.rule, d.verdict, d.message, d.new) for d in differences(then, now, rules)] == [
        ("a", "deny", "is", True),
        ("c", "allow", "nothing of it needs an approval", True),
        ("b", "warn", "was", False),
    ]


def test_the_same_verdict_with_another_message_is_no_difference_but_a_waived_one_is() -> None:
    rules = rules_of('rule a { on delete peer deny "x" }')
    then, now = (judged(Finding("a", Verdict.DENY, "p", message=text)) for text in ("was", "is"))
    assert differences(then, now, rules) == ()
    waived = judged(Finding("a", Verdict.DENY, "p", message="x", waiver="w"))
    assert [(d.verdict, d.new) for d in differences(waived, now, rules)] == [("deny", True)]


def test_an_invariant_is_compared_resource_by_resource() -> None:
    rules = rules_of('invariant i { for p in peer assert p.listen_port > 1 else deny "x" }')
    one = Finding("i", Verdict.DENY, "p", message="a", reaches=("peer/n/a", "peer/n/z"))
    two = Finding("i", Verdict.DENY, "p", message="b", reaches=("peer/n/b",))
    assert [d.message for d in differences(judged(one), judged(one, two), rules)] == ["b"]


# in words


def test_every_declaration_in_words() -> None:
    text = """
group sre = "team:sre", "user:lee"
window nights { tz "UTC" days fri from 22:00 to 04:00 }
rule no "Peers stay" { on delete, create peer.{listen_port, endpoint_port} from git, drift where listen_port > 1
  deny "no {host}" help "ask" trial until 2030-01-01 }
rule hold { on move network hold until window nights }
invariant i { for p in peer where p.host != "x" assert p.listen_port > 1 else require 2 of sre }
budget b { count delete of * max 10% floor 2 max 3 by name per 36h else warn "b" }
waiver w of no { for peer where host == "a" reason "closing" granted by sre expires 2030-01-01 }
ignore g { for network.tags reason "by hand" granted by sre expires 2030-01-01 }
test no { plan delete peer "n/a" expect nothing }
"""
    ruling = check([SourceFile("a.rules", text.encode())])
    assert ruling.rules is not None, ruling.diagnostics
    people = People({}, {"sre": ("kim",)})
    found = described(ruling.declarations, ruling.rules, FACTS.now, people)
    said = {each.name: each.says for each in found}
    assert said["no"] == (
        (
            "about",
            "listen_port or endpoint_port of each peer when deleted or created, because of git or drift",
        ),
        ("when", "listen_port > 1"),
        ("answers", "deny: it cannot be approved"),
        ("says", "no {host}"),
        ("help", "ask"),
        ("trial", "until 2030-01-01: until then it says what it would, and binds nobody"),
        ("waiver", 'w, for each peer where host == "a": closing (granted by sre, until 2030-01-01)'),
        ("tests", "1: a.rules:11:6"),
    )
    assert said["hold"][1:3] == (
        ("answers", "hold: it waits until nights is open, whoever approved it"),
        ("window", "opens Fri 2027-01-01 22:00 UTC"),
    )
    assert said["i"][0] == ("about", "each peer that there is to be, as `p`")
    assert ("agree", "2 of sre: team:sre (kim); user:lee") in said["i"]
    assert [text for label, text in said["b"] if label == "at most"] == [
        "10 % of those that there are (2 in any case) in one plan",
        "3 for each name within 36h, with those of earlier plans",
    ]
    assert said["w"] == (
        ("lifts", "denials by no"),
        ("for", "each peer"),
        ("when", 'host == "a"'),
        ("reason", "closing"),
        ("granted", "by sre (team:sre (kim); user:lee), until 2030-01-01"),
        ("agree", "1 of sre as the rules applied last have it, and no author, when it is new or changed"),
    )
    assert said["g"][0] == ("leaves", "tags of each network as it is live")
    assert said["nights"] == (
        ("times", "Fri, 22:00 to 04:00, UTC"),
        ("now", "opens Fri 2027-01-01 22:00 UTC"),
    )
    assert [(each.what, each.title) for each in found][:2] == [("rule", "Peers stay"), ("rule", "")]


def test_it_is_said_what_comes_of_a_fact_that_is_not_set() -> None:
    text = (
        'group sre = "team:sre"\n'
        'rule gold { on delete node where env.tier == "gold" and env.name == "prod" deny "{env.tier}" }\n'
        'waiver w of gold { for node where env.tier == "bronze" reason "r" granted by sre expires 2030-01-01 }\n'
        'rule asks { on delete node where env.tier == none deny "no" }\n'
    )
    ruling = check([SourceFile("a.rules", text.encode())])
    assert ruling.rules is not None, ruling.diagnostics
    said = {
        each.name: each.first("facts")
        for each in described(ruling.declarations, ruling.rules, FACTS.now, None)
    }
    assert said["gold"] == "where an environment does not set env.tier, it is judged as strictly as it can be"
    assert said["w"] == "where an environment does not set env.tier, it lifts nothing"
    assert said["asks"] == ""
