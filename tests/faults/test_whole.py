"""A run without faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.faults import fleets
from tests.faults.conftest import Prepared, Workers
from tests.faults.invariants import check_end, counts
from tests.faults.sites import Site


def test_the_way_has_every_verb_of_every_kind(way: Prepared) -> None:
    found: dict[str, set[str]] = {}
    for action in way.plan.chosen:
        found.setdefault(action.kind, set()).add(str(action.op))
    assert found == fleets.VERBS


def test_a_plan_becomes_true(
    way: Prepared, workers: Workers, tmp_path: Path, opened: Callable[..., Site]
) -> None:
    folder = way.copy(tmp_path / "site")
    assert workers(folder) == 0, (folder / "worker.log").read_text()
    site = opened(folder)
    check_end(site, way.plan, way.fleet)
    before = counts(site)
    assert workers(folder) == 0
    assert counts(site) == before
