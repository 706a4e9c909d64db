"""Small fleets and rules, each written for one thing that a judge may get wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from fleetc.ir.values import Value
from fleetc.plan.actions import Action
from fleetc.plan.changes import Cause, FieldChange, Op
from tests.property.rule_texts import SHARED
from tests.property.rule_worlds import FACTS, Fleet

__all__ = ["SCENARIOS", "every_tick"]

LIVE: Mapping[str, Mapping[str, Value]] = {
    "network/mesh": {"settings": {"mtu": 1}},
    "network/lab": {"settings": {"mtu": True}},
    "node/a": {"lifecycle_class": "persistent"},
    "node/b": {},
    "instance/a": {"region": "eu"},
    "instance/b": {"region": "us"},
    "peer/mesh/a": {"publicly_reachable": True, "lan_subnets": ["10.0.0.0/24"]},
    "peer/mesh/b": {},
    "peer/mesh/c": {},
}


def _update(own: str, name: str, after: Value) -> Action:
    kind = own.partition("/")[0]
    change = FieldChange(name, LIVE[own].get(name), after, Cause.GIT)
    return Action(
        f"update:{own}", Op.UPDATE, own, kind, Cause.GIT, True, (change,), (), (), (), wanted={name: after}
    )


def _ends(op: Op, own: str, *cascade: str) -> Action:
    kind = own.partition("/")[0]
    base = dict(LIVE[own])
    return Action(f"{op}:{own}", op, own, kind, Cause.GIT, True, (), (), (), (), base=base, cascade=cascade)


def _fleet(*actions: Action, complete: bool = True) -> Fleet:
    now = 1_795_842_000.0
    applied = {"": {"node/a": now - 60, "node/b": now - 7200}}
    return Fleet(LIVE, actions, complete=complete, facts=FACTS, now=now, applied=applied)


_LABELS = (_update("node/a", "labels", {"x": "y"}), _update("node/b", "labels", {"x": "y"}))
_PEERS = (_ends(Op.DELETE, "peer/mesh/a"), _ends(Op.DELETE, "peer/mesh/b"))
_NETWORKS = (_update("network/mesh", "tags", ["x"]), _update("network/lab", "tags", ["x"]))

_WRITTEN: Mapping[str, tuple[Fleet, str]] = {
    "selectors": (
        _fleet(*_LABELS),
        """rule plain { on update node where select "node/a" deny "{select \\"node/b\\"}" }
rule inner { on update node where exists{i in instances | select "node/b"} warn "x" }""",
    ),
    "what goes along": (
        _fleet(_ends(Op.DELETE, "network/mesh", "peer/mesh/z"), *_PEERS),
        """budget all { count delete of peer max 2 else deny "x" }
budget apart { count delete of peer max 0 by name else deny "x" }""",
    ),
    "a message that looks further": (
        _fleet(*_PEERS),
        'rule far { on delete peer where before.publicly_reachable deny "{count(network.peers)} left" }',
    ),
    "what a finding tells beside": (
        _fleet(_PEERS[0], _update("peer/mesh/b", "publicly_reachable", True)),
        """rule either {
  on delete peer
  where before.publicly_reachable or count{p in network.peers | not p.publicly_reachable} > 2
  deny "x"
}""",
    ),
    "the end of a protection": (
        _fleet(
            _ends(Op.UNPROTECT, "node/a"),
            _update("node/a", "lifecycle_class", "spot"),
            _update("peer/mesh/a", "listen_port", 51821),
        ),
        'rule spot { on update peer where node.lifecycle_class == "spot" deny "x" }',
    ),
    "a waiver that ticks turn": (
        _fleet(*_PEERS),
        """rule no { on delete peer deny "x" }
waiver few of no { for peer where count(network.peers) < 3 reason "r" granted by sre expires 2027-06-01 }""",
    ),
    "texts and names": (
        _fleet(*_PEERS),
        """rule text { on delete peer where exists{s in before.lan_subnets | s matches "24"} deny "x" }
rule name { on delete peer where network matches "mesh" and network == "mesh" and node != "mesh/a" deny "x" }""",
    ),
    "an incomplete fleet": (
        _fleet(*_NETWORKS, complete=False),
        """rule many { on update network where count(peers) > 5 deny "{count}" }
rule counted { on update network where count{p in peers | not p.publicly_reachable} > 5 deny "{count}" }""",
    ),
    "the ledger": (
        _fleet(*_LABELS),
        """rule again { on update node where applied_within(1h) deny "x" }
rule early { on update node where not soaked("", 1h) deny "x" }""",
    ),
    "free values": (
        _fleet(*_NETWORKS),
        'rule one { on update network where settings.mtu == 1 deny "x" }',
    ),
    "what is taken out of a set": (
        _fleet(_update("network/mesh", "tags", ["x"]), _ends(Op.DELETE, "peer/mesh/a"), _update("peer/mesh/b", "publicly_reachable", True)),
        """rule hub { on update network where not exists{p in peers | p.publicly_reachable} deny "x" }
invariant one { for n in network assert count(n.peers) != 2 else deny "{n.name}" }""",
    ),
}  # fmt: skip
SCENARIOS = {name: (fleet, SHARED + text) for name, (fleet, text) in _WRITTEN.items()}
"""A fleet and a rules file, by what they are about."""


def every_tick(fleet: Fleet) -> Sequence[bytes]:
    """All ticks that there are, and the first ones again."""
    found = [bytes(ticks) for ticks in product((1, 0), repeat=len(fleet.actions))]
    return [*found, found[0]]
