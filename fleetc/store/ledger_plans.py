"""The ledger's plans, approval requests and approvals."""

from __future__ import annotations

from pathlib import Path

from fleetc.errors import StateProblem
from fleetc.ir.timestamps import rfc3339
from fleetc.plan.actions import Plan
from fleetc.ports import Approval, Clock, Request
from fleetc.store.database import Database
from fleetc.store.ledger_audit import check_head
from fleetc.store.plan_codec import decode_plan, encode_plan
from fleetc.store.rows import insert, row_of, select

__all__ = ["Plans"]


class Plans:
    """Part of `SqliteLedger`."""

    _database: Database
    _clock: Clock
    _head: Path

    def put_plan(self, plan: Plan) -> None:
        """Store a plan under its digest; a newer one looks at a newer state, so its body stands.

        Raises `StateProblem` when the ledger is older than its audit head.
        """
        row = (plan.digest, plan.account, rfc3339(self._clock.now(), milliseconds=True), encode_plan(plan))
        with self._database.writing() as connection:
            check_head(self._head, connection, self._database.path, self._clock.now())
            connection.execute(
                "INSERT INTO plan VALUES (?, ?, ?, ?) ON CONFLICT (digest) "
                "DO UPDATE SET stored_at = excluded.stored_at, body = excluded.body",
                row,
            )

    def get_plan(self, digest: str) -> Plan | None:
        """The plan of a digest; raises `StateProblem` when its body is damaged."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT body FROM plan WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            return None
        plan = decode_plan(row[0])
        if plan is None or plan.digest != digest:
            raise StateProblem(
                f"plan {digest[:12]} in {self._database.path} is damaged",
                code="F0625",
                state="nothing was changed",
                next_step="make the plan again with fleetc plan",
            )
        return plan

    def find_plans(self, prefix: str) -> tuple[str, ...]:
        """The digests that begin with `prefix`, sorted."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT digest FROM plan WHERE substr(digest, 1, ?) = ? ORDER BY digest",
                (len(prefix), prefix),
            )
            return tuple(digest for (digest,) in rows)

    def plans_stored(self) -> dict[str, str]:
        """The digest of each plan to when it was stored last."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT digest, stored_at FROM plan").fetchall())

    def plan_snapshots(self, account: str) -> dict[str, str]:
        """The digest of each plan of an account to the name of the snapshot that it is against."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT digest, json_extract(body, '$.snapshot') FROM plan WHERE account = ?", (account,)
            )
            return dict(rows.fetchall())

    def open_request(self, plan: Plan) -> Request:
        """Open the plan's approval request, or give the one that stands.

        One that had expired, was used or superseded waits again; a rejected one stays rejected.
        """
        request = Request(
            id=plan.request_id,
            digest=plan.digest,
            account=plan.account,
            environment=plan.environment,
            status="waiting",
            opened_at=rfc3339(self._clock.now(), milliseconds=True),
            opened_by=plan.created_by,
        )
        with self._database.writing() as connection:
            standing = select(connection, "request", Request, "WHERE digest = ?", plan.digest)
            if not standing:
                insert(connection, "request", Request, (request,))
            elif standing[0].status in ("expired", "used", "superseded"):
                connection.execute(
                    "UPDATE request SET status = 'waiting', opened_at = ?, opened_by = ? WHERE digest = ?",
                    (request.opened_at, request.opened_by, plan.digest),
                )
            else:
                return standing[0]
        return request

    def requests(self, account: str = "") -> tuple[Request, ...]:
        """All requests, newest first; of one account, or of all for the empty string."""
        with self._database.reading() as connection:
            return select(
                connection, "request", Request, "WHERE ? IN ('', account) ORDER BY number DESC", account
            )

    def set_request(self, digest: str, status: str) -> None:
        """Give the request of a digest another status; nothing happens when there is none."""
        with self._database.writing() as connection:
            connection.execute("UPDATE request SET status = ? WHERE digest = ?", (status, digest))

    def add_approval(self, approval: Approval) -> Approval:
        """Store an approval; the result has its number in `id`."""
        names = approval.__struct_fields__[1:]
        with self._database.writing() as connection:
            number = connection.execute(
                f"INSERT INTO approval VALUES (NULL{', ?' * len(names)}) RETURNING id",  # noqa: S608
                row_of(approval)[1:],
            ).fetchone()[0]
            return select(connection, "approval", Approval, "WHERE id = ?", number)[0]

    def approvals(self, digest: str) -> tuple[Approval, ...]:
        """All approvals of a digest, oldest first, also used, expired and revoked ones."""
        with self._database.reading() as connection:
            return select(connection, "approval", Approval, "WHERE digest = ? ORDER BY id", digest)

    def put_marks(self, plan: Plan, marks: bytes) -> None:
        """Keep by what the changes of a plan are known again, once for its digest."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO marks VALUES (?, ?)", (plan.digest, marks))

    def marks(self, account: str, most: int) -> tuple[tuple[str, tuple[str, ...], bytes], ...]:
        """Plan digest, approvers and marks of the newest approvals of an account, newest plan first.

        Of at most `most` approvals: those of people, not revoked, of plans that have marks.
        """
        approvers: dict[str, dict[str, None]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT digest, approver FROM approval JOIN marks USING (digest) "
                "WHERE account = ? AND revoked = 0 AND kind <> 'rule' ORDER BY id DESC LIMIT ?",
                (account, most),
            )
            for digest, approver in rows:
                approvers.setdefault(digest, {})[approver] = None
            bodies = {
                digest: connection.execute("SELECT body FROM marks WHERE digest = ?", (digest,)).fetchone()[0]
                for digest in approvers
            }
        return tuple((digest, tuple(names), bodies[digest]) for digest, names in approvers.items())

    def revoke_approval(self, number: int) -> bool:
        """Take an unused approval back; false when there is none, or it was used already."""
        with self._database.writing() as connection:
            found = connection.execute(
                "UPDATE approval SET revoked = 1 WHERE id = ? AND used_by = '' AND revoked = 0", (number,)
            )
            return found.rowcount == 1

    def consume_approvals(self, digest: str, run: str, now: float) -> tuple[Approval, ...]:
        """Mark all valid, unused ones as used by `run`, at once; empty when there are none.

        The result has one approval a person, their newest.
        """
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE approval SET used_by = ? WHERE digest = ? AND used_by = '' AND revoked = 0 "
                "AND at <= ? AND expires_at > ?",
                (run, digest, now, now),
            )
            used = select(
                connection,
                "approval",
                Approval,
                "WHERE digest = ? AND used_by = ? ORDER BY id",
                digest,
                run,
            )
        return tuple({approval.approver: approval for approval in used}.values())
