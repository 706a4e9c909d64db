"""The plan as a JSON document, format `fleetc.plan/1`, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from fleetc.errors import InputProblem
from fleetc.lang.text import in_words
from fleetc.plan.actions import Action, Limit, Plan, Withheld
from fleetc.plan.changes import Op, Rename
from fleetc.plan.digest import plan_digest
from fleetc.plan.groups import fold_documents
from fleetc.plan.plain import each_value, plain, revived
from fleetc.plan.verdicts import Finding, Requirement

__all__ = ["FORMAT", "load_plan", "plan_bytes", "plan_document"]

FORMAT = "fleetc.plan/1"
_SAME = (
    *("account", "environment", "platform", "profile", "commit", "tree", "revision", "worktree"),
    *("desired", "adopt", "forget", "released", "protects", "unmanaged", "converged", "failed_over"),
    *("status", "unknown", "warnings", "override", "override_until", "study", "authors"),
    *("created_by", "created_at", "rules", "accepted", "applied_as", "mask", "ignored", "allowed_by"),
)
_encoder = msgspec.json.Encoder(order="deterministic")


def plan_document(plan: Plan) -> dict[str, Any]:
    """The document: plain JSON values, all actions, ticked or not.

    `groups` says once more which of them are equal (`fleetc.plan.groups`); nothing reads it back.
    """
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
        "actions": _actions(plan),
        "renames": [_rename(item) for item in plan.renames],
        "groups": fold_documents(plan.actions),
        "requires_approval": plan.requires_approval,
        "approval_request_id": plan.request_id or None,
        "withheld": [item.address for item in plan.withheld],
        "withheld_by": {item.address: [item.by, item.fingerprint] for item in plan.withheld},
        "limits": msgspec.to_builtins(plan.limits),
        "budgets": msgspec.to_builtins(plan.budgets),
        "findings": msgspec.to_builtins(plan.findings),
        "requirements": msgspec.to_builtins(plan.requirements),
    }


def _actions(plan: Plan) -> list[dict[str, Any]]:
    """The actions; a replacement says whether there is a gap in service."""
    rows: list[dict[str, Any]] = msgspec.to_builtins(each_value(plan.actions, plain))
    for action, row in zip(plan.actions, rows, strict=True):
        if action.op is Op.REPLACE:
            row["gap"] = action.gap
    return rows


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


def _rename(rename: Rename) -> dict[str, Any]:
    """A probable rename, as an entry of `moved` and the field that differs."""
    return {"from": rename.source, "to": rename.target, "differs": rename.differs or None}


class _Rename(msgspec.Struct, frozen=True):
    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    differs: str | None = None


class _Snapshot(msgspec.Struct, frozen=True):
    name: str
    digest: str
    taken_at: str


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
    actions: tuple[Action, ...]
    withheld: tuple[str, ...]
    withheld_by: dict[str, tuple[str, str]]
    limits: tuple[Limit, ...]
    forget: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    protects: tuple[str, ...] = ()
    renames: tuple[_Rename, ...] = ()
    rules: str = ""
    accepted: str = ""
    applied_as: str = ""
    mask: str = ""
    ignored: dict[str, str] = {}
    allowed_by: tuple[str, ...] = ()
    budgets: tuple[Limit, ...] = ()
    findings: tuple[Finding, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    override_until: str = ""


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _plan(document: _Document) -> Plan:
    rows = [Withheld(address, *document.withheld_by.get(address, ("", ""))) for address in document.withheld]
    return Plan(
        digest=document.digest,
        snapshot=document.snapshot.name,
        snapshot_digest=document.snapshot.digest,
        snapshot_taken_at=document.snapshot.taken_at,
        summary=document.diff,
        actions=each_value(document.actions, revived),
        withheld=tuple(rows),
        renames=tuple(Rename(r.source, r.target, r.differs or "") for r in document.renames),
        limits=document.limits,
        budgets=document.budgets,
        findings=document.findings,
        requirements=document.requirements,
        **{name: getattr(document, name) for name in _SAME},
    )
