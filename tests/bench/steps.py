"""What is measured inside a fresh process: `python -m tests.bench.steps STEP ARGUMENTS`.

Each step prints a mapping of numbers as JSON: seconds of processor time, and the process's peak
memory in MiB.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from fleetc.ir.state import LiveResource, Observation

__all__: list[str] = []


def clocked(call: Callable[[], object]) -> float:
    """Seconds of processor time up to the result of a call, without freeing it."""
    begin = time.process_time()
    result = call()
    seconds = time.process_time() - begin
    del result
    return seconds


def raw(fleet: str) -> dict[str, float]:
    """libyaml's own parser, which builds nothing."""
    from yaml.cyaml import CParser

    text = Path(fleet).read_text()
    return {"seconds": clocked(lambda: CParser(text).raw_parse())}


def safe(fleet: str) -> dict[str, float]:
    """PyYAML's fast loader, which builds plain dicts."""
    import yaml

    text = Path(fleet).read_text()
    return {"seconds": clocked(lambda: yaml.load(text, yaml.CSafeLoader))}


def compile(fleet: str) -> dict[str, float]:  # noqa: A001 - the step's name
    """A cold compile."""
    from fleetc.ir.lower import compile_fleet
    from fleetc.service.readers import FolderReader

    path = Path(fleet)
    reader = FolderReader(path.parent)
    return {"seconds": clocked(lambda: compile_fleet(reader, path.name))}


def snapshots(fleet: str, count: str, changed: str) -> dict[str, float]:
    """A first snapshot, the next one of the same process, and the bare rows of the first."""
    from fleetc.store.snapshots import SqliteSnapshotStore

    seen, then = observations(fleet, count, changed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshots.db"
        store = SqliteSnapshotStore(path)
        first = clocked(lambda: store.put(seen, taken_at="2026-01-01T00:00:00Z", source="live"))
        bare = _bare(path, Path(folder) / "bare.db")
        following = clocked(lambda: store.put(then, taken_at="2026-01-02T00:00:00Z", source="live"))
        store.close()
    return {"first": first, "next": following, "bare": bare}


def _bare(store: Path, path: Path) -> float:
    """The rows of a stored snapshot, in tables without an index."""
    with sqlite3.connect(store) as connection:
        resources = connection.execute("SELECT * FROM resource").fetchall()
        validity = connection.execute("SELECT * FROM validity").fetchall()
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA journal_mode = WAL")
    plain.execute("CREATE TABLE resource (id INTEGER, address TEXT, digest BLOB, body TEXT)")
    plain.execute("CREATE TABLE validity (account INTEGER, resource INTEGER, begun INTEGER, ended INTEGER)")

    def insert() -> None:
        with plain:
            plain.executemany("INSERT INTO resource VALUES (?, ?, ?, ?)", resources)
            plain.executemany("INSERT INTO validity VALUES (?, ?, ?, ?)", validity)

    seconds = clocked(insert)
    plain.close()
    return seconds


def differences(fleet: str, count: str, changed: str) -> dict[str, float]:
    """The diff of two stored states."""
    from fleetc.ir.difference import difference
    from fleetc.store.snapshots import SqliteSnapshotStore

    seen, then = observations(fleet, count, changed)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSnapshotStore(Path(folder) / "snapshots.db")
        first = store.put(seen, taken_at="2026-01-01T00:00:00Z", source="live").serial
        second = store.put(then, taken_at="2026-01-02T00:00:00Z", source="live").serial
        found: list[object] = []
        seconds = clocked(
            lambda: found.extend(difference(*store.between(seen.account, first, second)).resources)
        )
        store.close()
    assert len(found) == int(changed), len(found)
    return {"seconds": seconds}


def dictdiffer(fleet: str, count: str, changed: str) -> dict[str, float]:
    """The states of `differences` as plain data, for `tests/bench/dictdiffer_step.py`."""
    for name, state in zip(("before", "after"), observations(fleet, count, changed), strict=True):
        content = {item.address: item.fields for item in state.resources}
        Path(fleet).with_name(f"{name}.json").write_bytes(msgspec.json.encode(content))
    return {"seconds": 0.0}


def observations(fleet: str, count: str, changed: str) -> tuple[Observation, Observation]:
    """Two observations of so many resources, of which some differ; they share no object."""
    from msgspec.structs import replace

    from tests.bench.converged import changed_state, converged_fleet

    state = converged_fleet(Path(fleet), int(count))
    later = msgspec.json.decode(
        msgspec.json.encode(changed_state(state, int(changed)).resources), type=tuple[LiveResource, ...]
    )
    seen = Observation(state.account, state.profile, state.resources, state.catalogue)
    return seen, replace(seen, resources=later)


def scheduling(count: str, journal: str) -> dict[str, float]:
    """Microseconds an action that the executor takes."""
    from tests.bench.scheduling import overhead

    return {"microseconds": overhead(int(count), journal=journal == "journal")}


def rules(changes: str) -> dict[str, float]:
    """What a judge of 200 rules takes to be made and asked first, and a toggle of it."""
    from tests.bench.bench_rules import measured

    return measured(int(changes))


def _main() -> None:
    found = globals()[sys.argv[1]](*sys.argv[2:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({**found, "peak": peak}))


if __name__ == "__main__":
    _main()
