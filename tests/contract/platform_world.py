"""Worlds to test platforms in: a clock, and short names for what a test does again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fleetc.ir.state import LiveResource
from fleetc.platforms.local import LocalPlatform
from fleetc.ports import Platform

Open = Callable[..., LocalPlatform]


class Clock:
    """Time that passes only in `sleep`; `chances` are the next random numbers, then 0.5."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.tokens = 0
        self.chances: list[float] = []

    def now(self) -> float:
        return self.time

    monotonic = now

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def jitter(self) -> float:
        return self.chances.pop(0) if self.chances else 0.5

    def token(self) -> str:
        self.tokens += 1
        return f"{self.tokens:016x}"


@dataclass
class World:
    """A platform with a clock, and ids by address of what the test has made on it."""

    platform: Platform
    clock: Clock
    ids: dict[str, str] = field(default_factory=dict)

    def call(self, name: str, /, **arguments: object) -> str:
        return self.platform.call(name, arguments, tag=f"test/{name}").platform_id  # type: ignore[arg-type]

    def make(self, address: str, name: str, /, **arguments: object) -> str:
        self.ids[address] = self.call(name, **arguments)
        return self.ids[address]

    def one(self, address: str) -> LiveResource:
        (found,) = self.platform.find(address)
        return found

    def fields(self, address: str) -> dict[str, object]:
        return dict(self.one(address).fields)

    def addresses(self) -> set[str]:
        return {resource.address for resource in self.platform.observe().resources}

    def settle(self) -> None:
        self.clock.sleep(self.platform.profile.kinds["instance"].settle_seconds)

    def node(self, host: str) -> None:
        template = self.ids["template/base"]
        node = self.make(f"node/{host}", "create_node", name=host, template_id=template)
        self.provision(host, node)

    def provision(self, host: str, node: str) -> str:
        return self.make(
            f"instance/{host}",
            "provision_instance",
            node_id=node,
            region="ap-tokyo-1",
            instance_type="t3-medium",
        )

    def peer(self, network: str, host: str, **arguments: object) -> str:
        return self.make(
            f"peer/{network}/{host}",
            "attach_peer",
            network_id=self.ids[f"network/{network}"],
            instance_id=self.ids[f"instance/{host}"],
            **arguments,
        )


def call(platform: LocalPlatform, name: str, /, **arguments: object) -> str:
    return platform.call(name, arguments, tag=f"test/{name}").platform_id  # type: ignore[arg-type]


def node(platform: LocalPlatform, host: str) -> str:
    found = platform.find("template/base")
    template = (
        found[0].id
        if found
        else call(platform, "create_template", name="base", node_platform="ubuntu-24.04-lts")
    )
    return call(platform, "create_node", name=host, template_id=template)


def instance(platform: LocalPlatform, node_id: str) -> str:
    return call(
        platform, "provision_instance", node_id=node_id, region="eu-west-2", instance_type="t3-medium"
    )


def held(platform: LocalPlatform, hosts: str = "abc") -> str:
    """A network `w` with a peer for each host, and a virtual IP `v` held by the first."""
    network = call(platform, "create_network", name="w")
    peers = [
        call(
            platform, "attach_peer", network_id=network, instance_id=instance(platform, node(platform, host))
        )
        for host in hosts
    ]
    first, *rest = peers
    return call(
        platform,
        "create_virtual_ip",
        network_id=network,
        name="v",
        holder_peer_id=first,
        failover_holder_peer_ids=rest,
    )


def holders(platform: LocalPlatform) -> tuple[object, object]:
    (found,) = platform.find("virtual_ip/w/v")
    return found.fields.get("primary_holder"), found.fields["failover_holders"]
