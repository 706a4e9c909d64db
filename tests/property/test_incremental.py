"""A plan made from the last one that had nothing to do is the plan of the whole, in every byte."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from fleetc.errors import FleetcError
from fleetc.plan.fingerprint import fingerprint
from fleetc.service import incremental, planning
from fleetc.service.planning import Ask, Made
from fleetc.service.sources import resolve
from tests.property.incremental_worlds import World, edited, world_of


def told(made: Made) -> tuple[bytes, tuple[object, ...], tuple[str, ...]]:
    """All that a plan says, but for the time at which it was made."""
    plan = msgspec.structs.replace(made.plan, created_at="")
    return msgspec.json.encode(plan), made.diagnostics, made.notes


def both(world: World, ask: Ask) -> tuple[Made | None, Made | None]:
    """The plan out of the base and the plan of the whole, each None where there is none."""
    workspace = world.workspace
    source = resolve(workspace)
    part = incremental.part_of(workspace, source, ask)
    quick = planning._of_part(workspace, source, ask, part) if part else None
    try:
        return quick, planning._prepare(workspace, source, ask)
    except FleetcError:
        return quick, None


def leave_out(world: World, ask: Ask, text: str) -> None:
    """Withhold what a plan of another fleet would do, as if somebody had taken its ticks away."""
    world.commit(text)
    _, made = both(world, ask)
    if made is not None:
        rows = {item.address: ("kim", fingerprint(item)) for item in made.plan.actions}
        world.workspace.ledger().set_withheld(made.plan.account, dict(rows))
    world.commit(world.text)


@pytest.mark.parametrize("seed", range(5))
def test_incremental_equals_full(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    taken = cases = 0
    for number in range(3):
        world = world_of(tmp_path / f"w{number}", rng)
        if world is None:
            continue
        ask, texts = Ask(against=world.against), [edited(rng, world.text) for _ in range(25)]
        leave_out(world, ask, texts[0])
        planning.make_plan(world.workspace, ask)
        for text in texts:
            world.commit(text)
            quick, full = both(world, ask)
            cases += 1
            if quick is not None:
                taken += 1
                assert full is not None
                assert told(quick) == told(full)
    assert taken > cases // 6, f"{taken} of {cases}"
