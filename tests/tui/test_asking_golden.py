"""The review's menus, groups, links and fields as plain text. `FLEETC_UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os

import msgspec
import pytest

from fleetc.ir.values import Ref, Value
from fleetc.plan.actions import Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from tests.tui.drive import NARROW, WIDE, driven, typed
from tests.tui.fleet import FakeSession, action, edge_actions, plan_of
from tests.tui.test_asking import NODE, past, told
from tests.tui.test_golden import GOLDEN, painted, rest

SCRIPT = "".join(f"step {number}\n" for number in range(12))
FIELDS: tuple[tuple[str, Value, Value, Cause, str], ...] = (
    ("node_platform", "ubuntu-24.04.1-amd64", "ubuntu-24.04.3-amd64", Cause.GIT, "fleet.yaml:16:5"),
    (
        "modules",
        ["system-base", "chrony", "nginx"],
        ["system-base", "nginx", "bird"],
        Cause.GIT,
        "fleet.yaml:18:5",
    ),
    (
        "metadata",
        {"purpose": "edge", "tier": "1"},
        {"purpose": "edge-cdn", "tier": "1"},
        Cause.GIT,
        "fleet.yaml:20:5",
    ),
    ("description", "hand-edited", None, Cause.DRIFT, ""),
    ("public_key", None, Ref("template/edge-cdn", "public_key"), Cause.GIT, ""),
    ("script", SCRIPT, SCRIPT.replace("step 4\n", "step four\n"), Cause.GIT, "fleet.yaml:22:5"),
)
LONDON = ("down",) * 6
WALK: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("fields", ("down", "down")),
    ("fields-full", ("enter",)),
    ("group-menu", ("escape", "s")),
    ("grouped", ("r",)),
    ("facets", ("s", "k", "g", "f")),
    ("faceted", ("u",)),
    ("links", ("escape", "g", *LONDON, "d")),
    ("copy-menu", ("y",)),
    ("why", ("escape", "escape", "w")),
    ("history", ("escape", "h")),
    ("source-menu", ("escape", "o")),
    ("go-to", ("escape", "colon", *"lond")),
    ("save", ("escape", "S")),
    ("lost", ("escape", "space", "r")),
)
"""Pictures in the order they are come by, each with the keys that lead on to it."""


def changed() -> Plan:
    first, *others = edge_actions()
    fields = tuple(FieldChange(*each) for each in FIELDS)
    return plan_of(
        (msgspec.structs.replace(first, op=Op.UPDATE, id="update:template/edge-cdn", fields=fields), *others)
    )


def smaller() -> Plan:
    plan = changed()
    kept = tuple(each for each in plan.actions if each.kind != "virtual_ip")
    return plan_of((*kept, action("network/new")))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_screens(size: tuple[int, int]) -> None:
    session = FakeSession(plan=changed(), whys={NODE: told()}, pasts={NODE: past()}, next_plan=smaller())
    pictures: dict[str, str] = {}
    async with driven(session, size) as (app, pilot):
        for name, keys in WALK:
            for key in keys:
                await typed(pilot, key)
            await rest(app, pilot)
            file = f"asking-{name}-{size[0]}x{size[1]}.txt"
            pictures[file] = await painted(app, pilot, GOLDEN / file)
    for name, picture in pictures.items():
        if os.environ.get("FLEETC_UPDATE_GOLDEN"):
            (GOLDEN / name).write_text(picture, encoding="utf-8")
        assert picture == (GOLDEN / name).read_text(encoding="utf-8"), name
