"""The plan as a JSON document, format `fleetc.plan/1`, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from fleetc.errors import InputProblem
from fleetc.ir.profile import Verb
from fleetc.lang.text import in_words
from fleetc.plan.actions import Action, Call, Limit, Plan, Withheld
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.digest import plan_digest
from fleetc.plan.plain import plain, revived

__all__ = ["FORMAT", "load_plan", "plan_bytes", "plan_document"]

FORMAT = "fleetc.plan/1"
_SAME = (
    *("account", "environment", "platform", "profile", "commit", "tree", "revision", "worktree"),
    *("desired", "adopt", "forget", "unmanaged", "converged", "failed_over", "status", "unknown"),
    *("warnings", "override", "study", "authors", "created_by", "created_at"),
)
_encoder = msgspec.json.Encoder(order="deterministic")


def plan_document(plan: Plan) -> dict[str, Any]:
    """The document: plain JSON values, all actions, ticked or not."""
    return {
        "format": FORMAT,
        "digest": plan.digest,
        **{name: _listed(getattr(plan, name)) for name in _SAME},
        "snapshot": {
            "name": plan.snapshot,
            "digest": plan.snapshot_digest,
            "taken_at": plan.snapshot_taken_at,
        },
        "diff": plan.summary,
        "actions": [_action(action) for action in plan.actions],
        "requires_approval": plan.requires_approval,
        "approval_request_id": plan.request_id or None,
        "withheld": [item.address for item in plan.withheld],
        "withheld_by": {item.address: [item.by, item.fingerprint] for item in plan.withheld},
        "limits": [msgspec.to_builtins(limit) for limit in plan.limits],
    }


def plan_bytes(plan: Plan) -> bytes:
    """The document as JSON with two spaces, and a line break at the end."""
    return msgspec.json.format(_encoder.encode(plan_document(plan)), indent=2) + b"\n"


def load_plan(data: bytes) -> Plan:
    """The plan of a document; raises `InputProblem` when it is none, or was changed."""
    try:
        document = msgspec.json.decode(data, type=_Document)
        plan = _plan(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputProblem(
            f"this is no plan file: {in_words(str(error))}", code="F0720", next_step=_NEXT
        ) from None
    if document.format != FORMAT:
        message = f"this plan file has the format `{document.format}`, and `{FORMAT}` is understood"
        raise InputProblem(message, code="F0720", next_step=_NEXT)
    if plan.digest != plan_digest(plan):
        message = "the digest in this plan file is not that of its content: it was changed"
        raise InputProblem(message, code="F0721", next_step=_NEXT)
    return plan


_NEXT = "make a new one with `fleetc plan -o FILE`"


class _Snapshot(msgspec.Struct, frozen=True):
    name: str
    digest: str
    taken_at: str


class _Field(msgspec.Struct, frozen=True, gc=False):
    path: str
    before: Any
    after: Any
    cause: Cause
    origin: str


class _Call(msgspec.Struct, frozen=True, gc=False):
    name: str
    verb: Verb
    arguments: dict[str, Any]
    sets: tuple[str, ...]
    item: str
    half: str


class _Action(msgspec.Struct, frozen=True, gc=False):
    id: str
    op: Op
    address: str
    kind: str
    cause: Cause
    selected: bool
    fields: tuple[_Field, ...]
    calls: tuple[_Call, ...]
    requires: tuple[str, ...]
    after: tuple[str, ...]
    base: dict[str, Any]
    wanted: dict[str, Any]
    declared: tuple[str, ...]
    platform_id: str
    reason: str
    withheld_by: str
    blocked: bool


class _Document(msgspec.Struct, frozen=True):
    format: str
    digest: str
    account: str
    environment: str
    platform: str
    profile: str
    commit: str
    tree: str
    revision: str
    worktree: bool
    desired: str
    adopt: tuple[str, ...]
    forget: tuple[str, ...]
    unmanaged: tuple[str, ...]
    converged: tuple[str, ...]
    failed_over: tuple[str, ...]
    status: dict[str, str]
    unknown: tuple[str, ...]
    warnings: tuple[str, ...]
    override: str
    study: str
    authors: tuple[str, ...]
    created_by: str
    created_at: str
    snapshot: _Snapshot
    diff: dict[str, Any]
    actions: tuple[_Action, ...]
    withheld: tuple[str, ...]
    withheld_by: dict[str, tuple[str, str]]
    limits: tuple[Limit, ...]


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _action(action: Action) -> dict[str, Any]:
    return {
        "id": action.id,
        "op": action.op.value,
        "address": action.address,
        "kind": action.kind,
        "cause": action.cause.value,
        "selected": action.selected,
        "fields": [_field(item) for item in action.fields],
        "calls": [_call(call) for call in action.calls],
        "requires": list(action.requires),
        "after": list(action.after),
        "base": _values(action.base),
        "wanted": _values(action.wanted),
        "declared": list(action.declared),
        "platform_id": action.platform_id,
        "reason": action.reason,
        "withheld_by": action.withheld_by,
        "blocked": action.blocked,
    }


def _field(item: FieldChange) -> dict[str, Any]:
    return {
        "path": item.path,
        "before": plain(item.before),
        "after": plain(item.after),
        "cause": item.cause.value,
        "origin": item.origin,
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "name": call.name,
        "verb": call.verb,
        "arguments": _values(call.arguments),
        "sets": list(call.sets),
        "item": call.item,
        "half": call.half,
    }


def _values(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def _revive(values: dict[str, Any]) -> dict[str, Any]:
    return {name: revived(value) for name, value in values.items()}


def _plan(document: _Document) -> Plan:
    rows = [Withheld(address, *document.withheld_by.get(address, ("", ""))) for address in document.withheld]
    return Plan(
        digest=document.digest,
        snapshot=document.snapshot.name,
        snapshot_digest=document.snapshot.digest,
        snapshot_taken_at=document.snapshot.taken_at,
        summary=document.diff,
        actions=tuple(map(_loaded, document.actions)),
        withheld=tuple(rows),
        limits=document.limits,
        **{name: getattr(document, name) for name in _SAME},
    )


def _loaded(action: _Action) -> Action:
    members = {name: getattr(action, name) for name in _Action.__struct_fields__}
    fields = tuple(
        FieldChange(f.path, revived(f.before), revived(f.after), f.cause, f.origin) for f in action.fields
    )
    calls = tuple(Call(c.name, c.verb, _revive(c.arguments), c.sets, c.item, c.half) for c in action.calls)
    members |= {
        "fields": fields,
        "calls": calls,
        "base": _revive(action.base),
        "wanted": _revive(action.wanted),
    }
    return Action(**members)
