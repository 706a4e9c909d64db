"""The contract of `fleetc.ports.Platform`: modules of single nodes."""

from __future__ import annotations

import pytest

from fleetc.errors import Rejected
from tests.contract.platform_world import Open, World, call, node

OWN = "assignment/a-01/chrony"


@pytest.fixture
def assigned(fleet: World) -> World:
    fleet.make(
        OWN, "create_assignment", node_id=fleet.ids["node/a-01"], module="chrony", pin="4.5.0", priority=3
    )
    return fleet


def test_an_assignment_is_read_back_and_changed(assigned: World) -> None:
    assert assigned.fields(OWN) == {
        "node": "a-01",
        "module": "chrony",
        "enabled": True,
        "priority": 3,
        "pin": "4.5.0",
    }
    assigned.call(
        "update_assignment",
        assignment_id=assigned.ids[OWN],
        enabled=False,
        priority=None,
        pin=None,
        config={"a": 1},
    )
    assert assigned.fields(OWN) == {
        "node": "a-01",
        "module": "chrony",
        "enabled": False,
        "config": {"a": 1},
    }
    assigned.call("delete_assignment", assignment_id=assigned.ids[OWN])
    assert assigned.platform.find(OWN) == ()


def test_a_template_is_applied_beside_it(assigned: World) -> None:
    assigned.call("apply_template", node_id=assigned.ids["node/a-01"])
    assert assigned.fields("node/a-01")["effective_modules"] == ["agent", "nginx@1.26.0"]


@pytest.mark.parametrize(
    "wrong",
    [{"module": "zz"}, {"module": "chrony"}, {"priority": -1}, {"priority": True}, {"enabled": "no"}],
    ids=str,
)
def test_a_wrong_assignment_is_refused(assigned: World, wrong: dict[str, object]) -> None:
    before = assigned.platform.observe()
    with pytest.raises(Rejected):
        assigned.call(
            "create_assignment", **{"node_id": assigned.ids["node/a-01"], "module": "apache"} | wrong
        )
    assert assigned.platform.observe() == before


def test_it_goes_with_its_node_or_module(opened: Open) -> None:
    real, strict = opened(), opened(cascades=False)
    own = call(real, "create_module", name="agent")
    first, second = node(real, "a"), node(real, "b")
    for host in (first, second):
        call(real, "create_assignment", node_id=host, module="agent")
    call(real, "delete_node", node_id=first)
    assert real.find("assignment/a/agent") == ()
    with pytest.raises(Rejected, match="assigned to nodes"):
        call(strict, "delete_module", module_id=own)
    call(real, "rename_module", module_id=own, name="reporter")
    assert len(real.find("assignment/b/reporter")) == 1
    call(real, "delete_module", module_id=own)
    assert real.find("assignment/b/reporter") == ()
