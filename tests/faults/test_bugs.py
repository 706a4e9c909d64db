"""Proof that the judge works: each of five bugs, put into the product, is caught."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import Prepared, Workers
from tests.faults.invariants import Broken, check_always, check_end, effects
from tests.faults.sites import Site

Opened = Callable[..., Site]
KILLED = -signal.SIGKILL


def test_resend_without_look(way: Prepared, workers: Workers, scratch: Path, opened: Opened) -> None:
    folder = way.copy(scratch / "site")
    assert workers(folder, failpoint="K5@*/create:instance/*") == KILLED
    workers(folder, bug="resend without look")
    with pytest.raises(Broken, match="invariant 2"):
        check_end(opened(folder), way.plan, way.fleet)


def test_intent_skipped(way: Prepared, workers: Workers, scratch: Path, opened: Opened) -> None:
    folder = way.copy(scratch / "site")
    assert workers(folder, bug="intent skipped", failpoint="K5") == KILLED
    with pytest.raises(Broken, match="invariant 1"):
        check_always(opened(folder), way.plan)


@pytest.mark.parametrize("bug", ["", "base ignored"])
def test_base_ignored(bug: str, way: Prepared, workers: Workers, scratch: Path, opened: Opened) -> None:
    folder = way.copy(scratch / "site")
    site = opened(folder)
    site.platform().set_fields("network/stays", {"description": "set by hand"})
    code = workers(folder, bug=bug)
    if not bug:
        assert code == 3
        assert not effects(site)
        return
    with pytest.raises(Broken, match="invariant 6"):
        check_always(site, way.plan)


def test_wrong_delete_order(way: Prepared, workers: Workers, scratch: Path, opened: Opened) -> None:
    folder = way.copy(scratch / "site")
    workers(folder, bug="wrong delete order", concurrency=1)
    with pytest.raises(Broken, match="invariant 5"):
        check_end(opened(folder), way.plan, way.fleet)


@pytest.mark.parametrize("bug", ["", "approval not checked"])
def test_approval_not_checked(
    bug: str, way: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = way.copy(scratch / "site")
    site = opened(folder)
    site.ledger().consume_approvals(way.plan.digest, "another-run", site.clock.now())
    code = workers(folder, bug=bug)
    if not bug:
        assert code == 3
        assert not effects(site)
        return
    with pytest.raises(Broken, match="invariant 3"):
        check_always(site, way.plan)
