"""The recorded states of the edge account are canonical, and are what the embedded platform gives.

Run this file to write them again.
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import msgspec
import pytest

from fleetc.ir.state import Catalogue, Snapshot
from fleetc.ir.values import canonical
from fleetc.platforms.local import LocalPlatform
from fleetc.platforms.local.profile import local_profile
from fleetc.store.recorded import empty_snapshot, read_recorded, recorded_bytes
from fleetc.store.snapshot_rows import in_order, snapshot_digest

FOLDER = Path(__file__).parents[3] / "snapshots"
ACCOUNT = "<account-id>"
CATALOGUE = Catalogue(
    modules={
        "chrony": {"4.5.0": "live"},
        "nginx": {"1.26.0": "live"},
        "security-hardening": {"2.1.0": "live"},
        "system-base": {"24.4.0": "live"},
    },
    node_platforms=("ubuntu-24.04-amd64",),
    regions=("ap-tokyo-1", "eu-west-2"),
    instance_types=("t3-medium",),
)
HOSTS = {"edge-tokyo-01": "ap-tokyo-1", "edge-tokyo-02": "ap-tokyo-1", "edge-london-01": "eu-west-2"}


class _Clock:
    """Ten seconds pass between two looks, so that instances have settled; tokens are numbered."""

    def __init__(self) -> None:
        self.seconds = 1_767_225_600.0
        self.tokens = itertools.count(1)

    def now(self) -> float:
        self.seconds += 10
        return self.seconds

    def monotonic(self) -> float:
        return self.now()

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def jitter(self) -> float:
        return 0.5

    def token(self) -> str:
        return f"{next(self.tokens):016x}"


def _seen(platform: LocalPlatform, taken_at: str) -> Snapshot:
    seen = platform.observe()
    assert seen.complete
    found = in_order(seen.resources)
    snapshot = Snapshot(ACCOUNT, local_profile(), found, CATALOGUE, taken_at=taken_at)
    return msgspec.structs.replace(snapshot, digest=snapshot_digest(snapshot))


def _template(platform: LocalPlatform, name: str, modules: tuple[str, ...], metadata: dict[str, str]) -> str:
    arguments = {"node_platform": "ubuntu-24.04-amd64", "architecture": "amd64", "metadata": metadata}
    made = platform.call("create_template", {"name": name, **arguments}, tag="t")
    for module in modules:
        assign = {"template_id": made.platform_id, "module": module, "pin": None}
        platform.call("assign_module_to_template", assign, tag="t")
    return made.platform_id


def _nodes(platform: LocalPlatform, template: str, network: str) -> list[str]:
    peers = []
    for host, region in HOSTS.items():
        values = {"lifecycle_class": "persistent", "labels": {}, "metadata": {}}
        node = platform.call("create_node", {"name": host, "template_id": template, **values}, tag="t")
        platform.call("apply_template", {"node_id": node.platform_id}, tag="t")
        place = {"region": region, "instance_type": "t3-medium"}
        machine = platform.call("provision_instance", {"node_id": node.platform_id, **place}, tag="t")
        public = {"publicly_reachable": host != "edge-tokyo-02", "listen_port": 51820}
        ends = {"network_id": network, "instance_id": machine.platform_id}
        peers.append(platform.call("attach_peer", {**ends, **public}, tag="t").platform_id)
    return peers


def _states(folder: Path) -> dict[str, Snapshot]:
    platform = LocalPlatform(folder / "platform.db", ACCOUNT, _Clock())
    base = ("system-base", "security-hardening", "chrony")
    _template(platform, "edge-base", base, {})
    before = _seen(platform, "2026-01-01T00:00:00Z")
    cdn = _template(platform, "edge-cdn", (*base, "nginx"), {"purpose": "edge-cdn"})
    network = platform.call("create_network", {"name": "edge-fabric"}, tag="t").platform_id
    platform.call("set_routing_mode", {"network_id": network, "routing_mode": "ibgp"}, tag="t")
    peers = _nodes(platform, cdn, network)
    holders = {"holder_peer_id": peers[0], "failover_holder_peer_ids": peers[1:]}
    address = {"network_id": network, "name": "cdn-frontend", "anycast": False}
    platform.call("create_virtual_ip", {**address, **holders}, tag="t")
    after = _seen(platform, "2026-01-01T01:00:00Z")
    platform.close()
    empty = msgspec.structs.replace(empty_snapshot(ACCOUNT, local_profile()), catalogue=CATALOGUE)
    empty = msgspec.structs.replace(empty, digest=snapshot_digest(empty))
    return {"edge-empty": empty, "edge-base": before, "edge-applied": after}


@pytest.mark.parametrize("name", ["edge-empty", "edge-base", "edge-applied"])
def test_written_as_read(name: str) -> None:
    path = FOLDER / f"{name}.jsonl"
    assert recorded_bytes(read_recorded(path)) == path.read_bytes()


@pytest.mark.parametrize("name", ["edge-empty", "edge-base", "edge-applied"])
def test_holds_what_the_embedded_platform_gives(name: str, tmp_path: Path) -> None:
    recorded, given = read_recorded(FOLDER / f"{name}.jsonl"), _states(tmp_path)[name]
    assert recorded.catalogue == given.catalogue
    assert recorded.profile == given.profile
    assert [r.address for r in recorded.resources] == [r.address for r in given.resources]
    for ours, theirs in zip(recorded.resources, given.resources, strict=True):
        assert ours.fields.keys() == theirs.fields.keys(), ours.address
        assert _declared(ours.fields) == _declared(theirs.fields), ours.address


def _declared(fields: dict[str, object]) -> bytes:
    given = ("address", "public_key", "prefix", "cidr", "public_address", "private_address")
    drawn = {"endpoint_host_v4", "endpoint_port", *given}
    return canonical({name: value for name, value in fields.items() if name not in drawn})


def test_after_the_walkthrough_there_are_thirteen() -> None:
    assert len(read_recorded(FOLDER / "edge-applied.jsonl").resources) == 13


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name, snapshot in _states(Path(folder)).items():
            (FOLDER / f"{name}.jsonl").write_bytes(recorded_bytes(snapshot))
