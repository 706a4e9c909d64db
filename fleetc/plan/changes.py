"""The result of a diff: what would have to change, and what was only noticed (design 2.3)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from fleetc.ir.values import Value

__all__ = ["Cause", "Change", "FieldChange", "GraphDiff", "Op", "Rename"]


class Op(StrEnum):
    """The operation of an action."""

    CREATE = "create"
    MOVE = "move"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    UNPROTECT = "unprotect"  # ends a protection in the ledger; the platform is not asked
    ACCEPT = "accept"  # lets other rules judge from then on; the platform is not asked

    @property
    def ends(self) -> bool:
        """Whether it ends a live resource: a delete, or a replacement."""
        return self in (Op.DELETE, Op.REPLACE)

    @property
    def in_ledger(self) -> bool:
        """Whether it changes what the ledger holds, and the platform is not asked."""
        return self in (Op.UNPROTECT, Op.ACCEPT)


class Cause(StrEnum):
    """Why a change is there."""

    GIT = "git"
    DRIFT = "drift"
    CONFLICT = "conflict"
    ADOPT = "adopt"
    FORCED = "forced"  # by the replacement of what it refers to


class FieldChange(msgspec.Struct, frozen=True, gc=False):
    """One field that changes. `before` is live, `after` is wanted (a `Ref` when known later).

    `origin` is `path:line:column` of what is written, a word such as `default`, or empty.
    """

    path: str
    before: Value
    after: Value
    cause: Cause
    origin: str = ""


class Change(msgspec.Struct, frozen=True, gc=False):
    """One resource that changes.

    `base` holds the live values of the settable fields the change rests on (empty for a create);
    `wanted` the full wanted fields (empty for a delete). `moved_from` is the address it is live at
    when it is renamed, its parent having its new name already: a move changes its own name, and then
    `fields`. `selected` is the default tick and
    `reason` says why it is off, or why the change is there when that is not plain. A `blocked`
    change cannot be ticked. A replacement with a `gap` ends the old one before it makes the new.
    `cascade` are the addresses that the platform would delete along and this fleet does not manage.
    """

    address: str
    kind: str
    op: Op
    cause: Cause
    fields: tuple[FieldChange, ...] = ()
    base: dict[str, Value] = {}
    wanted: dict[str, Value] = {}
    platform_id: str = ""
    selected: bool = True
    reason: str = ""
    blocked: bool = False
    moved_from: str = ""
    gap: bool = False
    cascade: tuple[str, ...] = ()


class Rename(msgspec.Struct, frozen=True, gc=False):
    """A delete and a create that are alike; `differs` names the one field that is not, if one is not."""

    source: str
    target: str
    differs: str = ""


class GraphDiff(msgspec.Struct, frozen=True):
    """All changes, in file order with deletes last by address, and everything noticed beside them.

    - `adopt`: declared, live and equal, but not in the baseline.
    - `forget`: in the baseline, but neither declared nor live, or asked to be forgotten: those are
      `released` too, and stay on the platform.
    - `lifts`: protections that end, apart from `changes`: a resource may have both.
    - `protects`: what is protected from now on, and not yet in the ledger.
    - `renames`: deletes and creates that may have been meant as renames.
    - `unmanaged`: live, but neither declared nor in the baseline.
    - `converged`: `address.field` pairs that both sides changed to the same.
    - `failed_over`: virtual IPs whose live holder is one of their failover holders.
    - `status`: address to a status that is not as it should be (`stopped`, `error`).
    - `moved`: new address to the live one, for each rename that is still to be done; everything else
      here has the new names.
    - `unknown`: declared resources of which an incomplete snapshot cannot tell.
    """

    changes: tuple[Change, ...] = ()
    adopt: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    lifts: tuple[Change, ...] = ()
    protects: tuple[str, ...] = ()
    renames: tuple[Rename, ...] = ()
    unmanaged: tuple[str, ...] = ()
    converged: tuple[str, ...] = ()
    failed_over: tuple[str, ...] = ()
    status: dict[str, str] = {}
    moved: dict[str, str] = {}
    unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
