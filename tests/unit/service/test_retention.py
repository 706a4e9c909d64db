"""Which snapshots a retention keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetc.ir.state import Catalogue, Observation
from fleetc.ir.timestamps import rfc3339
from fleetc.platforms.local.profile import local_profile
from fleetc.service.history import Retention, pruning
from fleetc.service.workspace import Workspace

HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Four a day over ten days; 1 is the oldest, 40 the newest."""
    (tmp_path / "fleet.yaml").write_text("version: 1\naccount: acc\n")
    workspace = Workspace.open(tmp_path)
    now = workspace.clock.now()
    midnight = now - now % DAY
    for number in range(40):
        at = midnight - (10 - number // 4) * DAY + (number % 4) * 6 * HOUR
        seen = Observation("acc", local_profile(), (), Catalogue())
        label = "kept" if number == 2 else ""
        workspace.snapshots().put(seen, taken_at=rfc3339(at), source="live", label=label)
    return workspace


def _kept(workspace: Workspace, retention: Retention) -> list[int]:
    found = pruning(workspace, retention, account="acc")
    kept = sorted(row.serial for row, _ in found.kept)
    assert sorted([row.serial for row in found.gone] + kept) == list(range(1, 41))
    return kept


def test_each_part_keeps_its_own(workspace: Workspace) -> None:
    assert _kept(workspace, Retention(last=3)) == [3, 38, 39, 40]
    assert _kept(workspace, Retention(last=3, labelled=True)) == [38, 39, 40]
    assert _kept(workspace, Retention(daily=100)) == [3, *range(4, 41, 4)]
    days = _kept(workspace, Retention(days=2, labelled=True))
    assert days == list(range(days[0], 41))
    assert 4 <= len(days) <= 8
    both = _kept(workspace, Retention(last=6, daily=100, labelled=True))
    assert both == sorted({*range(4, 41, 4), *range(35, 41)})


def test_the_newest_always_stays(workspace: Workspace) -> None:
    old = Observation("acc", local_profile(), (), Catalogue())
    stored = workspace.snapshots().put(old, taken_at="2020-01-01T00:00:00Z", source="import")
    found = pruning(workspace, Retention(last=1, labelled=True), account="acc")
    assert sorted(row.serial for row, _ in found.kept) == [40, stored.serial]
