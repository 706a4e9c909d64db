"""The template and region of a resource, wherever they are written."""

from __future__ import annotations

import pytest

from fleetc.ir.values import Ref, Value
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.traits import traits, wanted_fields
from tests.tui.fleet import action

FIELDS: dict[str, dict[str, Value]] = {
    "template/cdn": {"architecture": "amd64"},
    "node/a": {"template": "cdn"},
    "instance/a": {"node": "a", "region": "eu-1"},
    "network/mesh": {"routing_mode": "ibgp"},
    "peer/mesh/a": {"network": "mesh", "instance": "a"},
    "virtual_ip/mesh/front": {"network": "mesh", "primary_holder": "a"},
    "assignment/a/nginx": {"node": "a", "module": "nginx"},
    "port_mapping/mesh/web": {"hub": "a"},
    "node/bare": {"template": Ref("template/cdn", "name")},
}


@pytest.mark.parametrize(
    ("address", "template", "region"),
    [
        ("template/cdn", "cdn", ""),
        ("node/a", "cdn", "eu-1"),
        ("instance/a", "cdn", "eu-1"),
        ("peer/mesh/a", "cdn", "eu-1"),
        ("virtual_ip/mesh/front", "cdn", "eu-1"),
        ("assignment/a/nginx", "cdn", "eu-1"),
        ("port_mapping/mesh/web", "cdn", "eu-1"),
        ("network/mesh", "", ""),
        ("node/bare", "", ""),
        ("node/nowhere", "", ""),
        ("unheard/of", "", ""),
    ],
)
def test_the_way_to_a_trait_is_read_off_the_schemas(address: str, template: str, region: str) -> None:
    assert traits("template", [address], FIELDS) == [template]
    assert traits("region", [address], FIELDS) == [region]


def test_what_the_address_says_need_not_be_written() -> None:
    fields: dict[str, dict[str, Value]] = {"instance/a": {"region": "eu-1"}, "peer/mesh/a": {}}
    assert traits("region", ["peer/mesh/a"], fields) == ["eu-1"]


def test_fields_are_those_to_be_else_those_there_are() -> None:
    change = FieldChange("region", "eu-1", "us-1", Cause.GIT)
    made = action(
        "instance/a", op=Op.REPLACE, base={"region": "eu-1", "instance_type": "s"}, wanted={"node": "a"}
    )
    moved = type(made)(**{**{n: getattr(made, n) for n in made.__struct_fields__}, "fields": (change,)})
    assert wanted_fields(moved) == {"region": "us-1", "instance_type": "s", "node": "a"}
    gone = action("instance/a", op=Op.DELETE, base={"region": "eu-1"}, fields={})
    assert wanted_fields(gone)["region"] == "eu-1"
