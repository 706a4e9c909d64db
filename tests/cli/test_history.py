"""Snapshots over time on the command line: ask, compare, prune."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Fleetc


@pytest.fixture
def here(applied: Path, fleetc: Fleetc) -> tuple[str, ...]:
    """Applied, then changed by hand: snap-1 empty but for a template, snap-3 with a label."""
    arguments = ("-C", str(applied))
    assert fleetc(*arguments, "snapshot", "take").code == 0
    for name in ("edge-tokyo-01", "edge-tokyo-02"):
        fleetc(*arguments, "platform", "set", f"node/{name}", 'labels={"rack":"7"}')
    fleetc(*arguments, "platform", "delete", "peer/edge-fabric/edge-london-01")
    assert fleetc(*arguments, "snapshot", "take", "--label", "odd\x1b[2J").code == 0
    assert fleetc(*arguments, "snapshot", "take").code == 0
    return arguments


def test_a_query_in_each_form(here: tuple[str, ...], fleetc: Fleetc) -> None:
    sql = "SELECT kind, count(*) AS n FROM resources GROUP BY kind ORDER BY kind LIMIT 2"
    text = fleetc(*here, "snapshot", "query", sql)
    assert text.out == "kind      n\ninstance  3\nnetwork   1\n"
    found = fleetc(*here, "snapshot", "query", sql, "--json", "--snapshot", "snap-1").json
    assert (found["columns"], found["rows"], found["truncated"]) == (["kind", "n"], [["template", 1]], False)
    labels = fleetc(
        *here, "snapshot", "query", "SELECT label FROM snapshots WHERE label <> ''", "--format", "csv"
    )
    assert list(csv.reader(io.StringIO(labels.out))) == [["label"], ["odd<U+001B>[2J"]]
    cut = fleetc(*here, "snapshot", "query", "SELECT address FROM resources", "--limit", "1")
    assert (cut.code, len(cut.out.splitlines())) == (0, 2)
    assert "truncated" in cut.err


def test_the_views_are_documented(here: tuple[str, ...], fleetc: Fleetc) -> None:
    listed = fleetc(*here, "snapshot", "query", "--views", "--json").json["views"]
    told = fleetc(*here, "snapshot", "query", "--views").out
    asked = fleetc(*here, "snapshot", "query", "--help").out
    for view in listed:
        assert view["name"] in told
        assert view["name"] in asked
        columns = ", ".join(view["columns"])
        assert fleetc(*here, "snapshot", "query", f"SELECT {columns} FROM {view['name']}").code == 0


@pytest.mark.parametrize(
    "words", [(), ("SELEC 1",), ("SELECT 1", "--snapshot", "empty"), ("DELETE FROM snapshot",)]
)
def test_a_wrong_query_is_wrong_use(here: tuple[str, ...], fleetc: Fleetc, words: tuple[str, ...]) -> None:
    ran = fleetc(*here, "snapshot", "query", *words)
    assert (ran.code, ran.out) == (64, "")
    assert "next:" in ran.err


def test_equal_changes_are_said_once(here: tuple[str, ...], fleetc: Fleetc) -> None:
    text = fleetc(*here, "snapshot", "diff", "2", "3", "--detailed-exitcode")
    assert text.code == 2
    assert text.out.partition("\n")[2] == (
        "1 removed, 3 changed\n"
        "\n"
        "node: 2 changed\n"
        "  ~ node/edge-tokyo-01\n"
        "  ~ node/edge-tokyo-02\n"
        '      labels: (none) -> {rack: "7"}\n'
        "\n"
        "peer: 1 removed\n"
        "  - peer/edge-fabric/edge-london-01\n"
        "\n"
        "virtual_ip: 1 changed\n"
        "  ~ virtual_ip/edge-fabric/cdn-frontend\n"
        "      failover_holders: [edge-tokyo-02, edge-london-01] -> [edge-tokyo-02]\n"
    )
    same = fleetc(*here, "snapshot", "diff", "3", "live", "--detailed-exitcode")
    assert (same.code, same.out.splitlines()[-1]) == (0, "no difference")


def test_any_two_can_be_compared(here: tuple[str, ...], fleetc: Fleetc) -> None:
    fleetc(*here, "snapshot", "export", "2", "-o", "two.jsonl")
    when = fleetc(*here, "snapshot", "list", "--json").json["snapshots"][-2]["taken_at"]

    def found(*names: str) -> Any:
        return fleetc(*here, "snapshot", "diff", *names, "--json").json

    stored = found("2", "3")
    assert found("two.jsonl", "3")["changes"] == found(when, "latest")["changes"] == stored["changes"]
    assert stored["summary"]["peer"] == {"added": 0, "removed": 1, "changed": 0}
    assert found("two.jsonl", "2")["changes"] == []
    assert found("empty", "two.jsonl")["summary"]["node"]["added"] == 3
    markdown = fleetc(*here, "snapshot", "diff", "2", "3", "--format", "markdown").out
    assert "| peer | 0 | 1 | 0 |" in markdown
    assert (
        '- changed `node/edge-tokyo-01`, `node/edge-tokyo-02`\n  - labels: `(none)` → `{rack: "7"}`'
        in markdown
    )


def test_long_lists_are_cut_unless_asked_for(edge: Path, fleetc: Fleetc) -> None:
    header, catalogue, line = (
        (Path(__file__).parents[2] / "snapshots" / "edge-base.jsonl").read_text().splitlines()[:3]
    )
    many = [line.replace("edge-base", f"t{n:03}").replace('"id":"', f'"id":"{n}') for n in range(100)]
    (edge / "many.jsonl").write_text("\n".join([header, catalogue, *many]) + "\n")
    short = fleetc("-C", str(edge), "snapshot", "diff", "empty", "many.jsonl")
    assert "and 95 more alike (--full shows them)" in short.out
    full = fleetc("-C", str(edge), "snapshot", "diff", "empty", "many.jsonl", "--full")
    assert full.out.count("+ template/t") == 100


def test_pruning_keeps_what_is_needed_and_says_why(here: tuple[str, ...], fleetc: Fleetc) -> None:
    dry = fleetc(*here, "snapshot", "prune", "--keep-last", "1", "--dry-run", "--json").json
    assert (dry["removed"], dry["gone"]) == (False, ["snap-2"])
    kept = {row["snapshot"]: row["reason"] for row in dry["kept"]}
    assert kept["snap-4"] == "the newest"
    assert kept["snap-3"].startswith("labelled")
    assert kept["snap-1"].startswith("run-")
    refused = fleetc(*here, "snapshot", "prune", "--keep-last", "1")
    assert refused.code == 3
    assert "--yes" in refused.err
    assert len(fleetc(*here, "snapshot", "list", "--json").json["snapshots"]) == 4
    gone = fleetc(*here, "snapshot", "prune", "--keep-last", "1", "--labelled", "--yes", "--json").json
    assert (gone["removed"], gone["gone"]) == (True, ["snap-3", "snap-2"])
    assert fleetc(*here, "snapshot", "show", "snap-2").code == 1
    assert fleetc(*here, "snapshot", "show", "snap-1").code == 0
    assert fleetc(*here, "audit", "show", "--json").json["rows"][-1]["detail"]["snapshots"] == [
        "snap-2",
        "snap-3",
    ]
    again = fleetc(*here, "snapshot", "prune", "--keep-last", "1", "--yes")
    assert "nothing to remove" in again.err


def test_a_plan_that_may_still_be_applied_keeps_its_snapshot(here: tuple[str, ...], fleetc: Fleetc) -> None:
    fleetc(*here, "plan", "-o", "q.json")
    fleetc(*here, "snapshot", "take")
    found = fleetc(*here, "snapshot", "prune", "--keep-last", "1", "--labelled", "--dry-run", "--json").json
    assert "snap-5" in {row["snapshot"] for row in found["kept"] if "may still be applied" in row["reason"]}


@pytest.mark.parametrize("words", [("query", "SELECT 1"), ("diff", "1", "2"), ("prune", "--keep-last", "9")])
def test_common_options_may_come_last(here: tuple[str, ...], fleetc: Fleetc, words: tuple[str, ...]) -> None:
    assert fleetc("snapshot", *words, *here, "-e", "local").code == 0


def test_something_must_say_what_to_keep(here: tuple[str, ...], fleetc: Fleetc) -> None:
    assert fleetc(*here, "snapshot", "prune", "--yes").code == 64
    assert fleetc(*here, "snapshot", "prune", "--keep-last", "0", "--yes").code == 64
