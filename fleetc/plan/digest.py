"""The digest of a plan: what an approval is bound to (design 2.4).

SHA-256 over RFC 8785 JSON (JSON Canonicalization Scheme). Inside: account, environment, platform
and profile, commit, tree, desired digest, selection, limits, override and, for each action,
operation, address, calls, base values and dependencies. Outside: snapshot, time, origins, texts,
summary.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from fleetc.ir.values import Value
from fleetc.plan.actions import Action, Plan
from fleetc.plan.plain import plain

__all__ = ["canonical_json", "plan_digest"]

_EXACT = 2**53 - 1
_encoder = msgspec.json.Encoder(order="sorted")
# Beyond plain ASCII text and small integers the two encodings may differ: leave those to RFC 8785.
_UNUSUAL = re.compile(rb'[^\x20-\x7e]|\\[^"\\]|\d{16}|(?:^|[:,\[])-?\d+(?:\.|[eE])')


def plan_digest(plan: Plan) -> str:
    """64 hex digits."""
    return hashlib.sha256(canonical_json(_covered(plan))).hexdigest()


def canonical_json(value: Any) -> bytes:
    """RFC 8785 bytes of JSON values and structs of them.

    An integer that a double cannot hold stands as `{"integer": "<digits>"}`, which RFC 8785
    leaves to its users (section 3.1 refers to I-JSON).
    """
    quick = _encoder.encode(value)
    if not _UNUSUAL.search(quick):
        return quick
    import rfc8785

    return rfc8785.dumps(_bounded(msgspec.json.decode(quick)))


def _bounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bounded(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_bounded(member) for member in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return {"integer": str(value)}
    return value


def _covered(plan: Plan) -> dict[str, Any]:
    return {
        "account": plan.account,
        "environment": plan.environment,
        "platform": plan.platform,
        "profile": plan.profile,
        "commit": plan.commit,
        "tree": plan.tree,
        "desired": plan.desired,
        "limits": [[limit.name, limit.count, limit.allowed, limit.over] for limit in plan.limits],
        "override": plan.override,
        "actions": [_action(action) for action in plan.actions],
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "op": action.op.value,
        "address": action.address,
        "selected": action.selected,
        "calls": [
            [call.name, call.verb, _values(call.arguments), call.sets, call.item, call.half]
            for call in action.calls
        ],
        "base": _values(action.base),
        "requires": action.requires,
        "after": action.after,
    } | ({"cascade": action.cascade} if action.cascade else {})


def _values(values: dict[str, Value]) -> dict[str, Any]:
    """Values with each mapping in its own form (`fleetc.plan.plain`); a `Ref` encodes itself."""
    if dict in map(type, values.values()):
        return {name: plain(value) for name, value in values.items()}
    return values
