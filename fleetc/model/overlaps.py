"""Addresses of virtual IPs that lie in each other."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from fleetc.lang.diagnostics import Label
from fleetc.model.declarations import Item
from fleetc.model.report import Report

__all__ = ["check_overlaps"]


def check_overlaps(virtual_ips: Iterable[Item], report: Report) -> None:
    """One error for each virtual IP whose network lies in that of another one.

    Two equal networks have an error of their own.
    """
    found = []
    for item in virtual_ips:
        cidr = item.values.get("cidr")
        if isinstance(cidr, str):
            network = ip_network(cidr)
            found.append((network.version, int(network[0]), -int(network[-1]), item))
    around: tuple[int, int, int, Item] | None = None
    for each in sorted(found, key=lambda row: row[:3]):
        inside = around is not None and each[0] == around[0] and each[2] >= around[2]
        if around is None or not inside:
            around = each
        elif each[:3] != around[:3]:
            _overlap(each[3], around[3], report)


def _overlap(item: Item, outer: Item, report: Report) -> None:
    mine, other = item.values["cidr"], outer.values["cidr"]
    report.error(
        "F0511",
        f"`{mine}` of `{item.name}` lies in `{other}` of `{outer.name}`",
        item.source.value_span("cidr"),
        secondary=[Label(outer.source.value_span("cidr"), "the network around it")],
        help="give one of them another network",
    )
