"""Platforms for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleetc.platforms.local import LocalConfig, LocalPlatform
from tests.contract.platform_world import Clock, Open, World


def _local(folder: Path, clock: Clock) -> LocalPlatform:
    return LocalPlatform(folder / "platform.db", "acme", clock)


IMPLEMENTATIONS: dict[str, Callable[[Path, Clock], LocalPlatform]] = {"local": _local}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=IMPLEMENTATIONS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    clock = Clock()
    platform = IMPLEMENTATIONS[request.param](tmp_path, clock)
    yield World(platform, clock)
    platform.close()


@pytest.fixture
def fleet(world: World) -> World:
    """Two nodes with instances in one network, and a virtual IP held by the first."""
    world.make("module/agent", "create_module", name="agent", description="reports")
    world.make(
        "template/base",
        "create_template",
        name="base",
        node_platform="ubuntu-24.04-amd64",
        metadata={"purpose": "test"},
    )
    base = world.ids["template/base"]
    world.call("assign_module_to_template", template_id=base, module="nginx", pin="1.26.0")
    world.call("assign_module_to_template", template_id=base, module="agent")
    world.make("network/fabric", "create_network", name="fabric", tags=["b", "a"], settings={"mtu": 1400})
    for host in ("a-01", "b-01"):
        world.node(host)
        world.peer("fabric", host, publicly_reachable=host == "a-01")
    world.make(
        "virtual_ip/fabric/front",
        "create_virtual_ip",
        network_id=world.ids["network/fabric"],
        name="front",
        holder_peer_id=world.ids["peer/fabric/a-01"],
        failover_holder_peer_ids=[world.ids["peer/fabric/b-01"]],
    )
    return world


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Iterator[Open]:
    """Opens the test's platform with some settings; each time another handle on one file."""
    handles: list[LocalPlatform] = []

    def open_(account: str = "acme", **settings: object) -> LocalPlatform:
        config = LocalConfig.from_mapping(settings)
        handles.append(LocalPlatform(tmp_path / "platform.db", account, clock, config))
        return handles[-1]

    yield open_
    for handle in handles:
        handle.close()
