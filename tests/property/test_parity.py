"""How two environments differ: laws over small graphs that differ in known places."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from fleetc.ir.graph import Resource, ResourceGraph
from fleetc.ir.values import Value
from fleetc.lang.source import Span
from fleetc.plan.parity import Side, parity

Host = tuple[int, str, str, int]
HOSTS = st.lists(
    st.tuples(
        st.integers(0, 9), st.sampled_from(["eu", "ap"]), st.sampled_from(["m", "l"]), st.integers(1, 3)
    ),
    unique_by=lambda host: host[0],
)


def side(environment: str, hosts: Sequence[Host]) -> Side:
    """A node, an instance and a peer for each host, whose names have the environment's in them."""
    found: dict[str, Resource] = {}

    def add(address: str, kind: str, fields: dict[str, Value]) -> None:
        found[address] = Resource(address, kind, fields, (), len(found))

    add(f"template/{environment}-cdn", "template", {"node_platform": "linux"})
    add(f"network/{environment}", "network", {"routing_mode": "static"})
    for number, region, size, port in hosts:
        name = f"edge-{environment}-{number}"
        add(f"node/{name}", "node", {"template": f"{environment}-cdn", "lifecycle_class": "persistent"})
        add(f"instance/{name}", "instance", {"node": name, "region": region, "instance_type": size})
        fields: dict[str, Value] = {"network": environment, "instance": name, "listen_port": port}
        add(f"peer/{environment}/{name}", "peer", fields)

    def locate(address: str, field: str) -> Span:
        raise AssertionError(f"nobody asks where {address} {field} is from")

    return Side(environment, ResourceGraph(f"acct-{environment}", found, (), "", locate))  # type: ignore[arg-type]


@given(hosts=HOSTS)
def test_what_differs_in_names_only_is_equal(hosts: list[Host]) -> None:
    found = parity(side("staging", hosts), side("prod-eu", hosts))
    assert found.equal
    assert found.same == 2 + 3 * len(hosts)
    assert found.counts == ()


@given(one=HOSTS, other=HOSTS)
def test_each_resource_is_told_once_and_each_difference_is_true(one: list[Host], other: list[Host]) -> None:
    first, second = side("staging", one), side("prod", other)
    found = parity(first, second)
    pairs = [pair for each in found.different for pair in each.members]
    here, there = {host[0]: host for host in one}, {host[0]: host for host in other}
    both = here.keys() & there.keys()
    assert len(found.first) == 3 * len(here.keys() - there.keys())
    assert len(found.second) == 3 * len(there.keys() - here.keys())
    assert len(pairs) + found.same == 2 + 3 * len(both)
    wanted = sum((here[n][1:3] != there[n][1:3]) + (here[n][3] != there[n][3]) for n in both)
    assert len(pairs) == wanted
    for each in found.different:
        for a, b in each.members:
            for path, x, y in each.fields:
                assert (first.graph.resources[a].fields[path], second.graph.resources[b].fields[path]) == (
                    x,
                    y,
                )
                assert x != y


@given(one=HOSTS, other=HOSTS)
def test_the_other_way_round_it_is_the_same(one: list[Host], other: list[Host]) -> None:
    there = parity(side("staging", one), side("prod", other))
    back = parity(side("prod", other), side("staging", one))
    assert (there.first, there.second, there.same) == (back.second, back.first, back.same)
    assert {(c.kind, c.field, c.value, c.first, c.second) for c in there.counts} == {
        (c.kind, c.field, c.value, c.second, c.first) for c in back.counts
    }
    assert {frozenset(each.members) for each in there.different} == {
        frozenset((b, a) for a, b in each.members) for each in back.different
    }
