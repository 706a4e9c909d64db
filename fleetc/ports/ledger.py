"""The ledger: what was planned, approved, sent, verified and decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from fleetc.events import RunEvent
from fleetc.ir.state import Baseline
from fleetc.plan.actions import Action, Plan
from fleetc.ports.rows import Applied, Approval, AuditRow, CallRow, Lease, Request, Run

__all__ = ["Ledger"]


class Ledger(Protocol):
    """Plans, requests, approvals, runs, journal, events, leases, baselines, audit.

    Every method is one durable transaction (rollback journal, `synchronous=FULL`).
    """

    def stamp(self) -> str:
        """A text that is another one after anything was written."""
        ...

    # plans and requests
    def put_plan(self, plan: Plan) -> None:
        """Store a plan under its digest; one made again on a newer state replaces the body."""
        ...

    def get_plan(self, digest: str) -> Plan | None:
        """The plan of a digest, or None; raises `StateProblem` when it is damaged."""
        ...

    def find_plans(self, prefix: str) -> tuple[str, ...]:
        """The digests that begin with `prefix`, sorted."""
        ...

    def plans_stored(self) -> dict[str, str]:
        """The digest of each plan to when it was stored last (RFC 3339)."""
        ...

    def plan_snapshots(self, account: str) -> dict[str, str]:
        """The digest of each plan of an account to the name of the snapshot that it is against."""
        ...

    def open_request(self, plan: Plan) -> Request:
        """Open the plan's request, or give the one that waits, is approved or rejected."""
        ...

    def requests(self, account: str = "") -> tuple[Request, ...]:
        """All requests, newest first; of one account, or of all for the empty string."""
        ...

    def set_request(self, digest: str, status: str) -> None:
        """Give the request of a digest another status; nothing happens when there is none."""
        ...

    # approvals
    def add_approval(self, approval: Approval) -> Approval:
        """Store an approval; the result has its number in `id`."""
        ...

    def approvals(self, digest: str) -> tuple[Approval, ...]:
        """All approvals of a digest, oldest first, also used, expired and revoked ones."""
        ...

    def revoke_approval(self, number: int) -> bool:
        """Take an unused approval back; false when there is none, or it was used already."""
        ...

    def put_marks(self, plan: Plan, marks: bytes) -> None:
        """Keep by what the changes of a plan are known again, once for its digest."""
        ...

    def marks(self, account: str, most: int) -> tuple[tuple[str, tuple[str, ...], bytes], ...]:
        """Plan digest, approvers and marks of the newest approvals of an account, newest plan first.

        Of at most `most` approvals: those of people, not revoked, of plans that have marks.
        """
        ...

    def consume_approvals(self, digest: str, run: str, now: float) -> tuple[Approval, ...]:
        """Mark all valid, unused ones as used by `run`, at once; empty when there are none."""
        ...

    # withheld actions, baselines, the last applied commit
    def withheld(self, account: str) -> dict[str, tuple[str, str]]:
        """Address to (by whom, fingerprint of the change)."""
        ...

    def set_withheld(self, account: str, rows: dict[str, tuple[str, str] | None]) -> None:
        """Set the rows of these addresses, at once; None takes one away."""
        ...

    def baselines(self, account: str, addresses: Iterable[str] | None = None) -> dict[str, Baseline]:
        """The baselines of an account, by address: all, or those of `addresses`."""
        ...

    def set_baselines(self, account: str, rows: dict[str, Baseline | None]) -> None:
        """Set the baselines of these addresses, at once; None takes one away."""
        ...

    def protections(self, account: str) -> frozenset[str]:
        """The addresses that are protected by what was applied to an account."""
        ...

    def set_protections(self, account: str, rows: dict[str, bool], digest: str) -> None:
        """Protect these addresses or end their protection, at once, by the plan of `digest`."""
        ...

    def applied_commit(self, account: str) -> str:
        """The commit of the last applied plan; empty when there is none."""
        ...

    def set_applied_commit(self, account: str, commit: str) -> None:
        """Set the commit of the last applied plan."""
        ...

    # rules, and what budgets count
    def put_rules(self, digest: str, body: str) -> None:
        """Keep the text of rule files under its digest; nothing happens when it is there."""
        ...

    def rules_text(self, digest: str) -> str | None:
        """The text of rule files by digest, or None."""
        ...

    def accepted_rules(self, account: str) -> str:
        """The digest of the rules applied last to an account; empty when there are none."""
        ...

    def set_accepted_rules(self, account: str, digest: str, plan: str) -> None:
        """Set the rules that judge from now on, and by the plan of which digest they came."""
        ...

    def applied_environment(self, account: str) -> str:
        """The name of the environment that an account was applied as last; empty when it never was."""
        ...

    def set_applied_environment(self, account: str, name: str, plan: str) -> None:
        """Set the environment that an account was applied as, and by the plan of which digest."""
        ...

    def record_applied(self, account: str, rows: Iterable[Applied]) -> None:
        """Remember changes as applied, at once; one that a run has recorded before stays as it is."""
        ...

    def applied_since(self, account: str, since: float) -> tuple[Applied, ...]:
        """The changes of an account applied at or after `since`, oldest first."""
        ...

    # leases
    def take_lease(self, account: str, owner: str, purpose: str, seconds: float, now: float) -> Lease:
        """Take or take over an expired lease with a new epoch; raises `Refused` naming the holder."""
        ...

    def renew_lease(self, lease: Lease, seconds: float, now: float) -> Lease:
        """The lease with a later end; raises `Refused` when its epoch is over."""
        ...

    def release_lease(self, lease: Lease) -> None:
        """Let the account go; nothing happens when the lease was lost before."""
        ...

    def lease(self, account: str) -> Lease | None:
        """The lease of an account, also an expired one; None when it is free."""
        ...

    # runs
    def create_run(self, run: Run, actions: tuple[Action, ...]) -> None:
        """Store a run with one journal row in state `planned` for each call, numbered from 0."""
        ...

    def get_run(self, run: str) -> Run | None:
        """The run of that id, or None."""
        ...

    def runs(self, account: str = "") -> tuple[Run, ...]:
        """All runs, newest first; of one account, or of all for the empty string."""
        ...

    def runs_mark(self, account: str) -> object:
        """A value that is another one when a run of an account began, or came to another status."""
        ...

    def run_ends(self, run: str) -> tuple[RunEvent, ...]:
        """The first and the last event of a run; fewer when it has fewer."""
        ...

    def update_run(self, run: str, **changes: object) -> None:
        """Set members of a run by name, at once."""
        ...

    def calls(self, run: str) -> tuple[CallRow, ...]:
        """The journal rows of a run, in the order of the plan."""
        ...

    # journal: one group commit; the epoch is checked in the same transaction
    def write(self, lease: Lease, rows: tuple[CallRow, ...], events: tuple[RunEvent, ...]) -> None:
        """Write rows and events if the lease's epoch still holds; else raises `Refused`."""
        ...

    def events(self, run: str, after: int = 0) -> Iterator[RunEvent]:
        """The events of a run with numbers above `after`, in order."""
        ...

    # audit
    def audit(self, actor: str, os_user: str, kind: str, subject: str, detail: dict[str, Any]) -> AuditRow:
        """Add a row to the chain; raises `StateProblem` when rows are missing at its end."""
        ...

    def audit_rows(self) -> Iterator[AuditRow]:
        """All rows, oldest first."""
        ...

    def verify_audit(self) -> AuditRow | None:
        """The first row that does not fit, or None."""
        ...
