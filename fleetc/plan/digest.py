"""The digest of a plan: what an approval is bound to (design 2.4).

SHA-256 over RFC 8785 JSON (JSON Canonicalization Scheme). Inside: account, environment, platform
and profile, the environment applied as before, commit, tree, desired digest, digests of the rules and of what they let be ignored,
selection, limits, override and, for each action, operation, address, calls, base values and
dependencies. Outside: snapshot, time, origins, texts, verdicts, summary.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import msgspec

from fleetc.ir.values import Value
from fleetc.plan.actions import Action, Limit, Plan
from fleetc.plan.plain import plain

__all__ = ["Digests", "canonical_json", "plan_digest"]

_EXACT = 2**53 - 1
_encoder = msgspec.json.Encoder(order="sorted")
# Beyond plain ASCII text and small integers the two encodings may differ: leave those to RFC 8785.
_ESCAPE = re.compile(rb'\\[^"\\]')
_NUMBER = re.compile(rb"\d{16}|(?:^|[:,\[])-?\d+(?:\.|[eE])")


def plan_digest(plan: Plan) -> str:
    """64 hex digits."""
    ticked = bytes(action.selected for action in plan.actions)
    return _digest(plan, plan.limits, map(_head, plan.actions), ticked)


class Digests:
    """The digest that one plan has with other ticks and limits, as often as it is asked for.

    RFC 8785 encodes each action for itself, and its tick stands last in it: all before the tick is
    encoded once and kept, packed, for it is larger than the plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._packed: list[bytes] = []

    def of(self, ticked: bytes, limits: Sequence[Limit]) -> str:
        """64 hex digits; `ticked` has a 0/1 byte an action."""
        if not self._packed:
            self._packed = list(self._pack())
        return _digest(self._plan, limits, self._heads(), ticked)

    def _pack(self) -> Iterator[bytes]:
        actions = self._plan.actions
        for begin in range(0, len(actions), _CHUNK):
            yield zlib.compress(b"\n".join(map(_head, actions[begin : begin + _CHUNK])), 1)

    def _heads(self) -> Iterator[bytes]:
        for packed in self._packed:
            yield from zlib.decompress(packed).split(b"\n")


_CHUNK = 500
_OPTIONAL = ("override_until", "rules", "accepted", "applied_as", "mask")
_TICKS = (b"false},", b"true},")


def _digest(plan: Plan, limits: Sequence[Limit], heads: Iterable[bytes], ticked: bytes) -> str:
    """SHA-256 of the canonical JSON, whose second member are the actions, piece by piece."""
    rest = canonical_json(_beside_actions(plan, limits))
    hasher = hashlib.sha256(b'{"account":' + canonical_json(plan.account) + b',"actions":[')
    pieces = chain.from_iterable(zip(heads, map(_TICKS.__getitem__, ticked), strict=True))
    before = b""
    while part := b"".join(islice(pieces, 2 * _CHUNK)):
        hasher.update(before)
        before = part
    hasher.update(before.removesuffix(b","))
    hasher.update(b"]," + rest[1:])
    return hasher.hexdigest()


def canonical_json(value: Any) -> bytes:
    """RFC 8785 bytes of JSON values and structs of them.

    An integer that a double cannot hold stands as `{"integer": "<digits>"}`, which RFC 8785
    leaves to its users (section 3.1 refers to I-JSON).
    """
    quick = _encoder.encode(value)
    if not _unusual(quick):
        return quick
    import rfc8785

    return rfc8785.dumps(_bounded(msgspec.json.decode(quick)))


def _unusual(text: bytes) -> bool:
    """Whether it holds what the two encodings may write in two ways; each test is in C."""
    if not text.isascii() or b"\x7f" in text:
        return True
    escapes = b"\\" in text and _ESCAPE.search(text)
    return bool(escapes) or bool(_NUMBER.search(text))


def _bounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bounded(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_bounded(member) for member in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return {"integer": str(value)}
    return value


def _beside_actions(plan: Plan, limits: Sequence[Limit]) -> dict[str, Any]:
    """What the digest covers beside account and actions, which come first by name."""
    optional = {name: getattr(plan, name) for name in _OPTIONAL if getattr(plan, name)}
    return {
        "environment": plan.environment,
        "platform": plan.platform,
        "profile": plan.profile,
        "commit": plan.commit,
        "tree": plan.tree,
        "desired": plan.desired,
        "limits": [[limit.name, limit.count, limit.allowed, limit.over] for limit in limits],
        "override": plan.override,
        **optional,
    }


def _head(action: Action) -> bytes:
    """The canonical JSON of an action up to its last member, `selected`; it holds no line break."""
    covered = {
        "op": action.op.value,
        "address": action.address,
        "calls": [
            [call.name, call.verb, _values(call.arguments), call.sets, call.item, call.half]
            for call in action.calls
        ],
        "base": _values(action.base),
        "requires": action.requires,
        "after": action.after,
    } | ({"cascade": action.cascade} if action.cascade else {})
    return canonical_json(covered)[:-1] + b',"selected":'


def _values(values: dict[str, Value]) -> dict[str, Any]:
    """Values with each mapping in its own form (`fleetc.plan.plain`); a `Ref` encodes itself."""
    if dict in map(type, values.values()):
        return {name: plain(value) for name, value in values.items()}
    return values
