"""How two environments differ after their names are mapped."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Fleetc
from tests.cli.test_several import fleet_of, replace, world

__all__ = ["world"]

EXTRA = """  - hostname: edge-prod-eu-paris-01
    template: edge-cdn
    region: eu-west-3
    instance_type: t3-medium
  - hostname: edge-prod-eu-paris-02
    template: edge-cdn
    region: eu-west-3
    instance_type: t3-medium
"""


def test_environments_that_differ_in_names_only_are_equal(world: Path, fleetc: Fleetc) -> None:
    ran = fleetc("-C", str(world), "compare", "staging", "prod-eu", "--detailed-exitcode")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "No difference: 13 resources are the same on both sides."
    assert not (world / ".fleetc").exists()


def test_what_differs_is_told_once_and_counted(world: Path, fleetc: Fleetc) -> None:
    prod = fleet_of(world, "prod-eu")
    replace(prod, "t3-medium", "t3-large")
    replace(prod, "sdwan:", f"{EXTRA}\nsdwan:")
    replace(prod, "      - chrony", "      - chrony@stable")
    here = ("-C", str(world), "compare", "staging", "prod-eu")
    ran = fleetc(*here, "--detailed-exitcode", "--json")
    assert ran.code == 2
    found = ran.json
    assert found["format"] == "fleetc.comparison/1"
    assert (found["first"]["only"], len(found["second"]["only"])) == ([], 4)
    assert (found["equal"], found["same"]) == (False, 8)
    types, base, cdn = sorted(found["different"], key=lambda each: len(each["members"]), reverse=True)
    assert types["fields"] == [{"path": "instance_type", "first": "t3-medium", "second": "t3-large"}]
    assert {"first": "instance/edge-staging-tokyo-01", "second": "instance/edge-prod-eu-tokyo-01"} in types[
        "members"
    ]
    assert {each["members"][0]["first"] for each in (base, cdn)} == {
        "template/edge-base",
        "template/edge-cdn",
    }
    counts = {(c["kind"], c["field"], c["value"]): (c["first"], c["second"]) for c in found["counts"]}
    assert counts["node", "", ""] == (3, 5)
    assert counts["node", "template", "edge-cdn"] == (3, 5)
    assert counts["instance", "region", "eu-west-3"] == (0, 2)
    assert ("peer", "", "") not in counts
    text = fleetc(*here).out
    assert "instance/edge-staging-tokyo-[01-02], instance/edge-london-01 ~" in text
    assert "Only in prod-eu: 4\n    node/edge-prod-eu-paris-[01-02]" in text
    assert "| `t3-medium` | `t3-large` |" in fleetc(*here, "--format", "markdown").out


def test_references_are_compared_by_mapped_name(world: Path, fleetc: Fleetc) -> None:
    prod = fleet_of(world, "prod-eu")
    replace(prod, "primary_holder: edge-prod-eu-tokyo-01", "primary_holder: edge-prod-eu-tokyo-02")
    replace(prod, "failover_holders: [edge-prod-eu-tokyo-02,", "failover_holders: [edge-prod-eu-tokyo-01,")
    (found,) = fleetc("-C", str(world), "compare", "staging", "prod-eu", "--json").json["different"]
    assert [field["path"] for field in found["fields"]] == ["primary_holder", "failover_holders"]
    assert found["fields"][0]["second"] == "edge-prod-eu-tokyo-02"


def test_other_words_are_mapped_by_pairs(world: Path, fleetc: Fleetc) -> None:
    replace(fleet_of(world, "staging"), "edge-staging-tokyo", "edge-stg-tokyo")
    here = ("-C", str(world), "compare", "staging", "prod-eu")
    assert fleetc(*here, "--json").json["same"] == 6
    assert fleetc(*here, "--map", "stg=prod-eu", "--json").json["equal"]


def test_both_that_do_not_compile_are_named(world: Path, fleetc: Fleetc) -> None:
    for name in ("staging", "prod-eu"):
        replace(fleet_of(world, name), "template: edge-cdn", "template: edge-cdm")
    here = ("-C", str(world), "compare", "staging", "prod-eu")
    ran = fleetc(*here)
    assert (ran.code, ran.out) == (1, "")
    assert "error: staging: " in ran.err
    assert "error: prod-eu: " in ran.err
    assert fleetc(*here, "--rev", "HEAD").code == 0


def test_wrong_use(world: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(world), "compare")
    for words in (
        ("staging", "staging"),
        ("staging", "prod"),
        ("staging", "prod-*"),
        ("--all", "staging", "prod-eu"),
    ):
        assert fleetc(*here, *words).code == 64
    assert fleetc(*here, "staging", "prod-eu", "--map", "stg").code == 64
