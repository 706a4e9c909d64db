"""Which renames are to be done, and what is said of the others."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.ir.profile import Profile
from fleetc.plan.actions import Plan
from fleetc.plan.diff import diff
from tests.property.plan_model import Model
from tests.property.plan_worlds import CATALOGUE, applied, graph_of, plan_for

FLEET = "version: 1\naccount: acme\ntemplates:\n  {}: {{node_platform: linux, modules: [m0]}}\n"
CHAIN = "moved: [{from: template/a, to: template/b}, {from: template/b, to: template/c}]\n"


def live(*names: str) -> Model:
    model = Model("acme", CATALOGUE)
    for name in names:
        applied(graph_of(FLEET.format(name)), model, {})
    return model


def codes(model: Model, text: str, profile: Profile | None = None) -> list[str]:
    snapshot = model.snapshot()
    snapshot = msgspec.structs.replace(snapshot, profile=profile or snapshot.profile)
    return [item.code for item in diff(graph_of(text), snapshot, {})[1]]


@pytest.mark.parametrize("there", ["a", "b"])
def test_a_chain_leads_to_its_end(there: str) -> None:
    model = live(there)
    baselines = applied(graph_of(FLEET.format(there)), model, {})
    plan: Plan = plan_for(graph_of(FLEET.format("c") + CHAIN), model, baselines)[1]
    assert [(a.id, a.moved_from) for a in plan.actions] == [("move:template/c", f"template/{there}")]


def test_what_is_not_there_is_created() -> None:
    plan = plan_for(graph_of(FLEET.format("c") + CHAIN), live(), {})[1]
    assert [action.id for action in plan.actions] == ["create:template/c"]


def test_two_that_are_live_are_an_error() -> None:
    assert codes(live("a", "c"), FLEET.format("c") + CHAIN) == ["F0650"]
    assert codes(live("a", "b"), FLEET.format("c") + CHAIN) == ["F0650"]


def test_a_kind_that_cannot_be_renamed_is_an_error() -> None:
    profile = live().snapshot().profile
    kinds = {**profile.kinds, "template": msgspec.structs.replace(profile.kinds["template"], rename=())}
    text = FLEET.format("c") + CHAIN
    assert codes(live("a"), text, msgspec.structs.replace(profile, kinds=kinds)) == ["F0651"]


def test_entries_with_nothing_left_to_do_are_noted() -> None:
    assert codes(live("c"), FLEET.format("c") + CHAIN) == ["F0652", "F0652"]
    assert codes(live("c"), FLEET.format("c") + "forget: [template/x]\n") == ["F0653"]


def test_what_nobody_manages_is_taken_over_by_choice_only() -> None:
    plan = plan_for(graph_of(FLEET.format("c") + CHAIN), live("a"), {})[1]
    assert [(action.id, action.selected) for action in plan.actions] == [("move:template/c", False)]
