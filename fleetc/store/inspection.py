"""Looking through the files of a state folder without changing them: all that is wrong, not the first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fleetc.errors import StateProblem
from fleetc.ir.state import snapshot_name
from fleetc.lang.text import visible
from fleetc.ports import AuditRow, CallRow, Run
from fleetc.run.state import FINAL
from fleetc.sqlfile import changed_objects, open_read_only, version_of
from fleetc.store.database import Schema, place_problem, problem_of
from fleetc.store.ledger_audit import first_bad_row, is_later, read_head
from fleetc.store.ledger_runs import ENDS
from fleetc.store.plan_codec import decode_plan
from fleetc.store.rows import select
from fleetc.store.snapshot_rows import row_digest

__all__ = ["Finding", "inspect", "ledger_findings", "snapshot_findings"]

_RESTORE = "fleetc state restore BACKUP puts a whole copy back"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a file, by its name in the folder, and what to do about it."""

    file: str
    code: str
    message: str
    next_step: str


Deeper = Callable[[sqlite3.Connection, Path, float], Iterator[Finding]]


def inspect(path: Path, schema: Schema, now: float, deeper: Deeper | None = None) -> tuple[Finding, ...]:
    """What is wrong with a file that is there: its place, pages, references, schema, then `deeper`.

    `now` is the present time, seconds since the epoch.
    """
    try:
        if problem := place_problem(path, schema.what):
            return (_found(path, problem),)
        with closing(open_read_only(path)) as connection:
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            found = tuple(_file_findings(connection, path, schema))
            return found or tuple(deeper(connection, path, now) if deeper else ())
    except sqlite3.Error as error:
        problem = problem_of(error, path, schema.what)
        if problem is None:
            raise
        return (_found(path, problem),)
    except StateProblem as problem:
        return (_found(path, problem),)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return (Finding(path.name, "F0621", f"a stored text cannot be read: {error}", _RESTORE),)


def _found(path: Path, problem: StateProblem) -> Finding:
    step = _RESTORE if problem.code in {"F0621", "F0625", "F0626"} else problem.next_step
    return Finding(path.name, problem.code, problem.message, step)


def _file_findings(connection: sqlite3.Connection, path: Path, schema: Schema) -> Iterator[Finding]:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = version_of(connection)
    if application != schema.application_id or version == 0:
        yield Finding(path.name, "F0621", f"this is no fleetc {schema.what}", _RESTORE)
        return
    if version > schema.version:
        step = f"install a fleetc that knows {schema.what} schema version {version}"
        yield Finding(path.name, "F0624", f"it is of schema version {version}, a newer one", step)
        return
    for (text,) in connection.execute("PRAGMA integrity_check(20)"):
        if text != "ok":
            yield Finding(path.name, "F0621", visible(text, 300), _RESTORE)
    if names := changed_objects(connection, schema.steps[:version]):
        said = ", ".join(map(visible, names[:5]))
        yield Finding(path.name, "F0626", f"its schema was changed by something else: {said}", _RESTORE)
        return
    for table, row, target, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(20):
        message = f"row {row} of {table} refers to a row of {target} that is not there"
        yield Finding(path.name, "F0621", message, _RESTORE)


def ledger_findings(connection: sqlite3.Connection, path: Path, now: float) -> Iterator[Finding]:
    """Audit chain and head, plans, journal against runs, times."""
    rows = select(connection, "audit", AuditRow, "ORDER BY seq")
    head = path.with_name(path.name + ".head")
    if bad := first_bad_row(rows, read_head(head), head):
        missing = bad.kind == "missing"
        message = (
            f"row {bad.seq} of the audit log is missing, and {head.name} names it or a later one: "
            "an older copy was put back, or rows were cut off"
            if missing
            else f"row {bad.seq} of the audit log does not fit: it or the one before was changed or removed"
        )
        yield Finding(path.name, "F0628", message, "put the newest ledger back, or " + _RESTORE)
    if rows and is_later(rows[-1].at, now):
        yield _in_the_future(path, f"row {rows[-1].seq} of the audit log", rows[-1].at)
    for digest, body in connection.execute("SELECT digest, body FROM plan"):
        plan = decode_plan(body)
        if plan is None or plan.digest != digest:
            yield Finding(
                path.name, "F0625", f"plan {str(digest)[:12]} is damaged", "make it again with fleetc plan"
            )
    yield from _run_findings(connection, path)


def _run_findings(connection: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    runs = {run.id: run for run in select(connection, "run", Run)}
    for call in select(connection, "call", CallRow):
        run = runs.get(call.run)
        if run is not None and run.status in FINAL and call.state not in (*ENDS, "planned"):
            message = f"{call.op_id} is {call.state} in the journal, but {run.id} is {run.status}"
            yield Finding(path.name, "F0625", message, "look at the platform, then fleetc plan")
    gaps = connection.execute(
        "SELECT run, count(*), max(seq) FROM event GROUP BY run HAVING count(*) <> max(seq) OR min(seq) <> 1"
    )
    for run_id, count, last in gaps:
        yield Finding(path.name, "F0625", f"{run_id} has {count} events of {last}", _RESTORE)
    used = connection.execute(
        "SELECT id, used_by FROM approval WHERE used_by <> '' AND used_by NOT IN (SELECT id FROM run)"
    )
    for number, run_id in used:
        yield Finding(
            path.name, "F0625", f"approval {number} was used by {run_id}, which is not there", _RESTORE
        )


def snapshot_findings(connection: sqlite3.Connection, path: Path, now: float) -> Iterator[Finding]:
    """Rows against their digests, intervals, counts, times."""
    step = "fleetc state restore BACKUP, or move the file aside and take a new snapshot"
    bodies = connection.execute("SELECT address, CAST(body AS BLOB), digest FROM resource")
    for address, line, digest in bodies:
        if row_digest(line) != digest:
            message = f"the row of {visible(str(address), 200)} does not match its digest"
            yield Finding(path.name, "F0625", message, step)
    for name, body in connection.execute("SELECT digest, CAST(body AS BLOB) FROM document"):
        if row_digest(body).hex() != name:
            yield Finding(
                path.name, "F0625", f"document {visible(str(name), 40)} does not match its digest", step
            )
    for message in _interval_faults(connection):
        yield Finding(path.name, "F0625", message, step)
    newest = connection.execute(
        "SELECT serial, taken_at FROM snapshot WHERE source = 'live' ORDER BY serial DESC LIMIT 1"
    )
    for serial, taken_at in newest:
        if is_later(taken_at, now):
            yield _in_the_future(path, snapshot_name(serial), taken_at)


_APART = """
SELECT account, resource FROM (
  SELECT account, resource, to_serial,
    lead(from_serial) OVER (PARTITION BY account, resource ORDER BY from_serial) AS following
  FROM validity
) WHERE following IS NOT NULL AND (to_serial IS NULL OR to_serial > following)
"""
_MOVES = """
SELECT account, serial, sum(step) FROM (
  SELECT account, from_serial AS serial, 1 AS step FROM validity
  UNION ALL SELECT account, to_serial, -1 FROM validity WHERE to_serial IS NOT NULL
) GROUP BY account, serial ORDER BY serial
"""


def _interval_faults(connection: sqlite3.Connection) -> Iterator[str]:
    """Intervals that are empty or overlap, and snapshots that do not hold as many rows as they say."""
    for resource, start, end in connection.execute(
        "SELECT resource, from_serial, to_serial FROM validity WHERE to_serial <= from_serial LIMIT 20"
    ):
        yield f"row {resource} ends at snapshot {end}, before it begins at {start}"
    for _, resource in connection.execute(_APART).fetchmany(20):
        yield f"row {resource} stands twice in one snapshot"
    counts: Mapping[tuple[int, int], int] = {
        (account, serial): step for account, serial, step in connection.execute(_MOVES)
    }
    standing: dict[int, int] = {}
    for account, serial, count in connection.execute(
        "SELECT account, serial, count FROM snapshot ORDER BY serial"
    ):
        standing[account] = standing.get(account, 0) + counts.get((account, serial), 0)
        if standing[account] != count:
            yield f"snapshot {serial} has {standing[account]} rows, and says {count}"


def _in_the_future(path: Path, what: str, at: str) -> Finding:
    return Finding(
        path.name,
        "F0686",
        f"{what} is of {visible(at, 40)}, which is later than this machine's clock",
        "set the clock, then run fleetc state check again",
    )
