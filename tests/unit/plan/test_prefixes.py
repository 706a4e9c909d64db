"""Ranges that the platform gave, against each other and against what the fleet file asks for."""

from __future__ import annotations

import pytest

from fleetc.ir.state import Baseline, LiveResource, Snapshot
from fleetc.lang.diagnostics import Diagnostic
from fleetc.plan.diff import diff
from fleetc.platforms.local.profile import local_profile
from tests.property.plan_worlds import ACCOUNT, CATALOGUE, graph_of

HEAD = f"""version: 1
account: {ACCOUNT}
sdwan:
  networks:
    - name: a
      peers: [{{host: h}}]
      virtual_ips: [{{name: v, primary_holder: h, cidr: "fd12:0:0:2::1/%s"}}]
    - name: b
"""
CODES = ("F0698", "F0699")


def noticed(known: frozenset[str] = frozenset(), width: int = 128, **prefixes: object) -> list[Diagnostic]:
    live = Snapshot(
        ACCOUNT,
        local_profile(),
        (
            LiveResource("instance/h", "instance", "i-1", {"status": "running"}),
            *(
                LiveResource(f"network/{name}", "network", f"n-{name}", {"prefix": prefix})  # type: ignore[dict-item]
                for name, prefix in prefixes.items()
            ),
        ),
        CATALOGUE,
    )
    text = (HEAD % width).replace("::1/64", "::/64")
    baselines = {name: Baseline(name, "n-1", {}) for name in known}
    return [item for item in diff(graph_of(text), live, baselines)[1] if item.code in CODES]


def test_a_virtual_ip_in_its_own_prefix_or_in_none_is_right() -> None:
    assert noticed(a="fd12:0:0:2::/64", b="fd12:0:0:3::/64") == []
    assert noticed(a="fd13::/64", b="10.0.0.0/8") == []
    assert noticed() == []


@pytest.mark.parametrize(
    ("width", "prefix"), [(128, "fd12:0:0:2::/64"), (128, "fd12::/16"), (64, "fd12:0:0:2::8/125")]
)
@pytest.mark.parametrize("network", ["b", "unmanaged"])
def test_a_virtual_ip_in_another_networks_prefix_is_an_error(width: int, prefix: str, network: str) -> None:
    (said,) = noticed(width=width, a="fd13::/64", **{network: prefix})
    assert (said.code, said.severity.value) == ("F0698", "error")
    assert (said.primary.span.line, said.primary.span.column) == (7, 56)
    assert f"network/{network}" in said.message


def test_networks_that_overlap_are_a_warning_at_one_that_is_declared() -> None:
    (said,) = noticed(a="fd13:0:0:1::/64", other="fd13::/48")
    assert (said.code, said.severity.value, said.primary.span.line) == ("F0699", "warning", 5)
    assert [item.code for item in noticed(a="fd13::/64", b="fd13::/64")] == ["F0699"]
    assert noticed(one="fd13::/64", other="fd13::/48") == []


def test_a_network_that_goes_counts_for_nothing() -> None:
    assert noticed(frozenset({"network/old"}), a="fd13::/64", old="fd12::/16") == []


@pytest.mark.parametrize("prefix", [None, "", "x", 5, True, "fd12::/129", [], {}])
def test_what_is_no_range_is_passed_over(prefix: object) -> None:
    assert noticed(a="fd13::/64", b=prefix) == []


def test_errors_stand_first() -> None:
    said = noticed(a="fd13::/64", b="fd13::/48", c="fd12::/16")
    assert [item.code for item in said] == ["F0698", "F0699"]
