"""Generator of large fleets, block style as a human writes it (design 6).

One template per 50 nodes with `extends` to depth 4, one network per 200 nodes, each node a peer,
one virtual IP per 20 nodes: about 225 bytes a node. `--mutate K` gives K nodes another lifecycle
class, the same nodes for one seed.

    python tests/bench/fleetgen.py --nodes 10000 --seed 1 --mutate 10 > fleet.yaml
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["generate", "write_fleet"]

_REGIONS = ("ap-tokyo-1", "eu-west-2", "us-east-1", "sa-east-1", "eu-north-1")
_TYPES = ("t3-small", "t3-medium", "t3-large", "m5-xlarge")
_MODULES = ("nginx", "chrony", "haproxy", "redis", "node-exporter", "fluent-bit", "unbound", "bird")
NODES_A_TEMPLATE = 50
NODES_A_NETWORK = 200
NODES_A_VIRTUAL_IP = 20
DEPTH = 4


def generate(nodes: int, seed: int = 1, mutate: int = 0) -> str:
    """The text of a fleet file with that many nodes."""
    rng = random.Random(seed)
    changed = set(random.Random(seed + 1).sample(range(nodes), min(mutate, nodes)))
    names = [f"edge-{_REGIONS[number % 5][:2]}-{number:06d}" for number in range(nodes)]
    lines = ["version: 1", 'account: "bench"', "", "templates:"]
    lines.extend(_templates(max(1, -(-nodes // NODES_A_TEMPLATE)), rng))
    lines += ["", "nodes:"]
    lines.extend(_nodes(names, changed, rng))
    lines += ["", "sdwan:", "  networks:"]
    lines.extend(_networks(names, rng))
    return "\n".join(lines) + "\n"


def write_fleet(path: Path, *, nodes: int, seed: int = 1, mutate: int = 0) -> None:
    """Write such a fleet file."""
    path.write_text(generate(nodes, seed, mutate), encoding="utf-8")


def _templates(count: int, rng: random.Random) -> Iterator[str]:
    for number in range(count):
        yield f"  - name: profile-{number:05d}"
        if number % DEPTH:
            yield f"    extends: profile-{number - 1:05d}"
        else:
            yield "    node_platform: ubuntu-24.04-amd64"
            yield "    architecture: amd64"
        yield "    modules:"
        for module in sorted(rng.sample(_MODULES, 2)):
            yield f"      - {module}@{rng.randint(1, 9)}.{rng.randint(0, 30)}.0"
        yield "    metadata:"
        yield f"      purpose: profile number {number}"


def _nodes(names: list[str], changed: set[int], rng: random.Random) -> Iterator[str]:
    for number, name in enumerate(names):
        yield f"  - hostname: {name}"
        yield f"    template: profile-{number // NODES_A_TEMPLATE:05d}"
        yield f"    region: {rng.choice(_REGIONS)}"
        yield f"    instance_type: {rng.choice(_TYPES)}"
        if number in changed:
            yield "    lifecycle_class: spot"
        yield "    labels:"
        yield f"      rack: r{rng.randint(1, 400):03d}"
        yield f"      site: s{rng.randint(1, 40):02d}"


def _networks(names: list[str], rng: random.Random) -> Iterator[str]:
    for start in range(0, len(names), NODES_A_NETWORK):
        hosts = names[start : start + NODES_A_NETWORK]
        yield f"    - name: fabric-{start // NODES_A_NETWORK:04d}"
        yield "      routing_mode: ibgp"
        yield "      peers:"
        for host in hosts:
            yield f"        - host: {host}"
            if rng.random() < 0.3:
                yield "          publicly_reachable: true"
            else:
                yield f"          listen_port: {rng.randint(51820, 51830)}"
        yield "      virtual_ips:"
        for number, first in enumerate(range(0, len(hosts), NODES_A_VIRTUAL_IP)):
            holders = hosts[first : first + 3]
            yield f"        - name: service-{number:02d}"
            yield f"          primary_holder: {holders[0]}"
            if len(holders) > 1:
                yield f"          failover_holders: [{', '.join(holders[1:])}]"


def _main() -> None:
    parser = argparse.ArgumentParser(description="Write a large fleet file to stdout.")
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutate", type=int, default=0)
    options = parser.parse_args()
    sys.stdout.write(generate(options.nodes, options.seed, options.mutate))


if __name__ == "__main__":
    _main()
