"""Selectors over 250,000 resources: `python -m tests.bench.bench_selectors [RESOURCES]`.

Prints the milliseconds of the first selection by a field, which builds its index, and the median
of the later ones; and of an address pattern and a walk.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator

from fleetc.ir.graph import Origin, Resource, ResourceGraph
from fleetc.lang.source import Span
from fleetc.plan.selectors import select
from fleetc.plan.universe import of_graph

EXPRESSIONS = (
    "region:ap-*",
    "label.site:s1",
    "instance:n-00001*",
    "node/n-0001*",
    "+region:eu-3+",
    "kind:peer",
)


def _resources(machines: int) -> Iterator[Resource]:
    yield Resource("template/t", "template", {"node_platform": "p"}, (), 0)
    yield Resource("network/mesh", "network", {}, (), 1)
    for number in range(machines):
        name, at = f"n-{number:06d}", 2 + 3 * number
        node, instance = f"node/{name}", f"instance/{name}"
        site = {"site": f"s{number % 9}"}
        region = f"{('ap', 'eu')[number % 2]}-{number % 12}"
        yield Resource(node, "node", {"template": "t", "labels": site}, ("template/t",), at)
        yield Resource(instance, "instance", {"node": name, "region": region}, (node,), at + 1)
        peer = {"network": "mesh", "instance": name, "listen_port": 51820}
        yield Resource(f"peer/mesh/{name}", "peer", peer, (instance, "network/mesh"), at + 2)


def main(count: int) -> None:
    """Print one line an expression."""
    resources = {each.address: each for each in _resources(count // 3)}
    nowhere = Origin(Span("fleet.yaml", 1, 1, 1, 1))
    universe = of_graph(ResourceGraph("bench", resources, (), "", lambda address, field: nowhere))
    print(f"{len(universe):,} resources; milliseconds: first, then the median of 9")
    for expression in EXPRESSIONS:
        times = []
        for _ in range(10):
            begin = time.process_time()
            found = select(expression, universe).count(1)
            times.append(1000 * (time.process_time() - begin))
        print(f"{expression:20} {times[0]:8.1f} {statistics.median(times[1:]):8.1f}  selects {found:,}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 250_000)
