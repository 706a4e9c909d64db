"""`state check | backup | restore`: damage is found and named, and a copy brings everything back."""

from __future__ import annotations

import gc
import io
import json
import shutil
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fleetc.service.workspace import Workspace
from tests.cli.conftest import Fleetc, Ran


def _apply(here: tuple[str, ...], fleetc: Fleetc, name: str, *options: str) -> Ran:
    fleetc(*here, "plan", "-o", name, *options)
    fleetc(*here, "approve", name, "--as", "dana")
    return fleetc(*here, "apply", name, "--foreground")


@pytest.fixture
def here(applied: Path, fleetc: Fleetc) -> tuple[str, ...]:
    """An applied workspace, observed once more."""
    assert fleetc("-C", str(applied), "snapshot", "take").code == 0
    return ("-C", str(applied))


def _state(here: tuple[str, ...]) -> Path:
    return Path(here[1]) / ".fleetc"


def _sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA trusted_schema = ON")
        for statement in statements:
            connection.execute(statement)


def _contents(folder: Path) -> dict[str, list[str]]:
    found = {}
    for name in ("ledger", "snapshots", "platform"):
        with closing(sqlite3.connect(folder / f"{name}.db")) as connection:
            found[name] = list(connection.iterdump())
    return found


def _flip(path: Path) -> None:
    _sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    raw = bytearray(path.read_bytes())
    raw[8192:12288] = b"\x00" * 4096
    path.write_bytes(raw)


def _make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "not a database": ("F0621", lambda path: path.write_bytes(b"version: 1\n" * 900)),
    "cut short": ("F0621", lambda path: path.write_bytes(path.read_bytes()[:5000])),
    "an empty page": ("F0621", _flip),
    "another program's": ("F0621", lambda path: _sql(path, "PRAGMA application_id = 5")),
    "a link": ("F0623", lambda path: path.symlink_to(path.rename(path.with_name("other.db")))),
    "a folder": ("F0623", _make_folder),
    "writable by everybody": ("F0623", lambda path: path.chmod(0o666)),
    "newer": ("F0624", lambda path: _sql(path, "PRAGMA user_version = 99")),
    "a view": ("F0626", lambda path: _sql(path, "CREATE VIEW hostile AS SELECT load_extension('x')")),
    "a table": ("F0626", lambda path: _sql(path, "CREATE TABLE extra (x, y AS (x + 1))")),
    "a trigger": (
        "F0626",
        lambda path: _sql(
            path, "CREATE TABLE t (x)", "CREATE TRIGGER hostile AFTER INSERT ON t BEGIN DELETE FROM t; END"
        ),
    ),
}


@pytest.mark.parametrize("name", ["ledger.db", "snapshots.db", "platform.db"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_and_nothing_is_changed(
    here: tuple[str, ...], fleetc: Fleetc, name: str, damage: str
) -> None:
    code, harm = DAMAGE[damage]
    path = _state(here) / name
    harm(path)
    before = path.read_bytes() if path.is_file() else b""
    ran = fleetc(*here, "state", "check", "--json")
    assert ran.code == 1
    problems = ran.json["problems"]
    assert {(problem["file"], problem["code"]) for problem in problems} == {(name, code)}
    assert all(problem["next_step"] for problem in problems)
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert f"{name}: error[{code}]" in fleetc(*here, "state", "check").out
    backup = fleetc(*here, "state", "backup")
    assert backup.code == 1
    assert not list(_state(here).glob("backups/*"))


_GUARDS = [
    f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit\n"
    "  BEGIN SELECT raise(ABORT, 'audit rows are only added'); END"
    for what in ("UPDATE", "DELETE")
]


def _past_guards(statement: str) -> tuple[str, ...]:
    return ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", statement, *_GUARDS)


@pytest.mark.parametrize(
    ("name", "statements", "code", "words"),
    [
        ("ledger", _past_guards("UPDATE audit SET actor = 'eve' WHERE seq = 2"), "F0628", "row 2 of"),
        (
            "ledger",
            _past_guards("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"),
            "F0628",
            "is missing",
        ),
        (
            "ledger",
            ('UPDATE plan SET body = replace(body, \'"digest":"\', \'"digest":"0\')',),
            "F0625",
            "plan ",
        ),
        ("ledger", ("UPDATE call SET state = 'sent' WHERE place = 1",), "F0625", "is sent in the journal"),
        ("ledger", ("UPDATE approval SET used_by = 'run-0'",), "F0625", "which is not there"),
        ("ledger", ("DELETE FROM plan",), "F0621", "refers to a row of plan"),
        (
            "snapshots",
            ("UPDATE resource SET body = replace(body, 'running', 'stopped')",),
            "F0625",
            "instance/",
        ),
        ("snapshots", ("UPDATE document SET body = body || ' '",), "F0625", "document"),
        ("snapshots", ("DELETE FROM validity WHERE resource = 3",), "F0625", "rows, and says"),
        ("snapshots", ("UPDATE validity SET to_serial = 1 WHERE resource = 1",), "F0625", "before it begins"),
        ("snapshots", ("UPDATE snapshot SET taken_at = '2999-01-01T00:00:00Z'",), "F0686", "later than"),
        (
            "platform",
            ("PRAGMA foreign_keys = OFF", "DELETE FROM network"),
            "F0621",
            "refers to a row of network",
        ),
    ],
)
def test_what_sqlite_does_not_see_is_found(
    here: tuple[str, ...], fleetc: Fleetc, name: str, statements: tuple[str, ...], code: str, words: str
) -> None:
    _sql(_state(here) / f"{name}.db", *statements)
    ran = fleetc(*here, "state", "check", "--json")
    assert ran.code == 1
    assert any(p["code"] == code and words in p["message"] for p in ran.json["problems"]), ran.json


def test_a_snapshot_with_other_intervals_is_found_in_full(here: tuple[str, ...], fleetc: Fleetc) -> None:
    swapped = "UPDATE snapshot SET complete = 0 WHERE serial = 1"
    assert fleetc(*here, "state", "check", "--full").code == 0
    _sql(_state(here) / "snapshots.db", swapped)
    assert fleetc(*here, "state", "check").code == 0
    full = fleetc(*here, "state", "check", "--full", "--json")
    assert (full.code, full.json["problems"][0]["code"]) == (1, "F0625")


def test_an_older_schema_and_an_empty_folder_are_sound(edge: Path, tmp_path: Path, fleetc: Fleetc) -> None:
    state = tmp_path / "old"
    state.mkdir()
    fixtures = Path(__file__).parents[1] / "fixtures" / "state-v1"
    for name in ("ledger", "snapshots"):
        with closing(sqlite3.connect(state / f"{name}.db")) as connection:
            connection.executescript((fixtures / f"{name}.sql").read_text())
    shutil.copy(fixtures / "ledger.head", state / "ledger.db.head")
    assert (
        fleetc("-C", str(edge), "--state", str(state), "state", "check").out
        == "ok: ledger.db, snapshots.db\n"
    )
    assert sorted(item.name for item in state.iterdir()) == ["ledger.db", "ledger.db.head", "snapshots.db"]
    (state / "ledger.db").unlink()
    assert fleetc("-C", str(edge), "--state", str(state), "state", "check").code == 1
    nothing = fleetc("-C", str(edge), "--state", str(tmp_path / "none"), "state", "check")
    assert (nothing.code, nothing.out) == (0, "ok: the state folder holds nothing yet\n")
    assert fleetc("-C", str(edge), "--state", str(tmp_path / "none"), "state", "backup").code == 64


def test_a_backup_brings_everything_back(here: tuple[str, ...], fleetc: Fleetc) -> None:
    folder = _state(here)
    made = fleetc(*here, "state", "backup", "-o", "b.tar.gz", "--json").json
    assert made["accounts"] == ["edge-demo"]
    assert stat.S_IMODE((Path(here[1]) / "b.tar.gz").stat().st_mode) == 0o600
    before = _contents(folder)
    fleetc(*here, "platform", "set", "node/edge-tokyo-01", 'labels={"rack":"7"}')
    assert _apply(here, fleetc, "q.json").code == 0
    after = _contents(folder)
    lost = fleetc(*here, "state", "restore", "b.tar.gz", "--dry-run", "--json").json
    assert (len(lost["lost_runs"]), lost["restored"]) == (1, False)
    assert lost["lost_audit_rows"] == 3
    refused = fleetc(*here, "state", "restore", "b.tar.gz")
    assert refused.code == 3
    assert "lost: run-" in refused.out
    assert _contents(folder) == after

    done = fleetc(*here, "state", "restore", "b.tar.gz", "--yes", "--as", "eve", "--json").json
    assert (done["restored"], done["lost_runs"]) == (True, lost["lost_runs"])
    now = _contents(folder)
    assert (now["snapshots"], now["platform"]) == (before["snapshots"], before["platform"])
    row = fleetc(*here, "audit", "show", "--last", "1", "--json").json["rows"][0]
    assert (row["kind"], row["actor"]) == ("state-restore", "user:eve")
    assert row["detail"]["lost_runs"] == lost["lost_runs"]
    assert set(before["ledger"]) < set(now["ledger"])
    assert len(set(now["ledger"]) - set(before["ledger"])) == 1
    kept = _contents(Path(done["replaced"]))
    assert (kept["platform"], kept["snapshots"]) == (after["platform"], after["snapshots"])
    assert fleetc(*here, "state", "check", "--full").code == 0
    assert fleetc(*here, "audit", "verify").code == 0
    assert _apply(here, fleetc, "r.json").code in (0, 3)


@pytest.mark.parametrize("harm", ["not a database", "cut short", "a folder", "a link", "gone", "emptied"])
def test_a_broken_ledger_is_put_back(here: tuple[str, ...], fleetc: Fleetc, harm: str) -> None:
    fleetc(*here, "state", "backup", "-o", "b.tar.gz")
    path = _state(here) / "ledger.db"
    if harm == "gone":
        path.unlink()
    elif harm == "emptied":
        path.write_bytes(b"")
    else:
        DAMAGE[harm][1](path)
    assert fleetc(*here, "state", "restore", "b.tar.gz", "--yes").code == 0
    assert fleetc(*here, "state", "check").code == 0
    assert len(fleetc(*here, "runs", "--json").json["runs"]) == 1


def test_a_copy_put_back_by_hand_is_refused_and_a_restore_is_not(
    here: tuple[str, ...], fleetc: Fleetc, tmp_path: Path
) -> None:
    fleetc(*here, "state", "backup", "-o", "b.tar.gz")
    shutil.copy(_state(here) / "ledger.db", tmp_path / "ledger.db")
    fleetc(*here, "platform", "set", "node/edge-tokyo-01", 'labels={"rack":"7"}')
    _apply(here, fleetc, "q.json")
    shutil.copy(tmp_path / "ledger.db", _state(here) / "ledger.db")
    assert "F0628" in fleetc(*here, "plan").err
    assert fleetc(*here, "state", "check").code == 1
    assert fleetc(*here, "state", "restore", "b.tar.gz", "--yes").code == 0
    assert fleetc(*here, "plan").code == 0


def test_no_restore_under_a_run(here: tuple[str, ...], fleetc: Fleetc) -> None:
    fleetc(*here, "state", "backup", "-o", "b.tar.gz")
    workspace = Workspace.open(Path(here[1]))
    ledger, now = workspace.ledger(), workspace.clock.now()
    begun = ledger.runs()[0].id
    ledger.update_run(begun, status="running", heartbeat=now)
    refused = fleetc(*here, "state", "restore", "b.tar.gz", "--yes")
    assert (refused.code, "F0689" in refused.err) == (3, True)
    ledger.update_run(begun, status="applied")
    lease = ledger.take_lease("edge-demo", "other:1", "apply run-9", 30.0, now)
    held = fleetc(*here, "state", "restore", "b.tar.gz", "--yes")
    assert (held.code, "apply run-9" in held.err) == (3, True)
    ledger.release_lease(lease)
    assert not list(_state(here).glob("replaced-*"))
    assert fleetc(*here, "state", "restore", "b.tar.gz", "--yes").code == 0


def _repacked(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with tarfile.open(source) as archive:
        parts = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]
    change(parts)
    with tarfile.open(target, "w:gz") as archive:
        for name, body in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))


def _flipped(parts: dict[str, bytes]) -> None:
    parts["ledger.db"] = parts["ledger.db"][:-1] + bytes([parts["ledger.db"][-1] ^ 1])


def _elsewhere(parts: dict[str, bytes]) -> None:
    manifest = json.loads(parts["manifest.json"])
    manifest["files"]["../evil.db"] = manifest["files"].pop("ledger.db")
    parts["../evil.db"] = parts.pop("ledger.db")
    parts["manifest.json"] = json.dumps(manifest).encode()


def _unnamed(parts: dict[str, bytes]) -> None:
    del parts["platform.db"]


def _other_format(parts: dict[str, bytes]) -> None:
    parts["manifest.json"] = parts["manifest.json"].replace(b"backup/1", b"backup/2")


@pytest.mark.parametrize(
    "change", [_flipped, _elsewhere, _unnamed, _other_format, lambda parts: parts.clear()]
)
def test_a_backup_that_was_changed_is_refused(
    here: tuple[str, ...], fleetc: Fleetc, change: Callable[[dict[str, bytes]], None]
) -> None:
    folder = Path(here[1])
    fleetc(*here, "state", "backup", "-o", "b.tar.gz")
    _repacked(folder / "b.tar.gz", folder / "c.tar.gz", change)
    before = _contents(_state(here))
    ran = fleetc(*here, "state", "restore", "c.tar.gz", "--yes")
    assert (ran.code, "F0687" in ran.err) == (1, True)
    assert _contents(_state(here)) == before
    assert not list(folder.rglob("*evil*"))
    assert not list(_state(here).glob(".restore-*"))


@pytest.mark.parametrize("length", [0, 1, 100, 2000])
def test_a_cut_backup_is_refused(here: tuple[str, ...], fleetc: Fleetc, length: int) -> None:
    folder = Path(here[1])
    fleetc(*here, "state", "backup", "-o", "b.tar.gz")
    (folder / "c.tar.gz").write_bytes((folder / "b.tar.gz").read_bytes()[:length])
    assert "F0687" in fleetc(*here, "state", "restore", "c.tar.gz", "--yes").err


def test_a_backup_of_another_account_is_refused(here: tuple[str, ...], fleetc: Fleetc) -> None:
    folder = Path(here[1])
    fleetc(*here, "state", "backup", "-o", "b.tar.gz")
    text = (folder / "fleet.yaml").read_text().replace("account: edge-demo", "account: another")
    (folder / "fleet.yaml").write_text(text)
    other = fleetc(*here, "state", "restore", "b.tar.gz", "--yes")
    assert (other.code, "F0688" in other.err) == (3, True)


def test_a_ledger_that_is_whole_but_not_readable_is_not_replaced(
    here: tuple[str, ...], fleetc: Fleetc
) -> None:
    fleetc(*here, "state", "backup", "-o", "b.tar.gz")
    DAMAGE["newer"][1](_state(here) / "ledger.db")
    refused = fleetc(*here, "state", "restore", "b.tar.gz", "--yes")
    assert (refused.code, "F0624" in refused.err) == (1, True)
    assert not list(_state(here).glob("replaced-*"))


def test_nothing_is_written_over(here: tuple[str, ...], fleetc: Fleetc) -> None:
    folder = Path(here[1])
    (folder / "b.tar.gz").write_text("precious")
    assert fleetc(*here, "state", "backup", "-o", "b.tar.gz").code == 64
    assert fleetc(*here, "state", "backup", "-o", "no/such/b.tar.gz").code == 64
    assert (folder / "b.tar.gz").read_text() == "precious"
    assert fleetc(*here, "state", "backup", "-o", str(folder)).code == 0
    assert len(list(folder.glob("fleetc-state-*.tar.gz"))) == 1


def test_a_backup_while_others_write_is_sound(here: tuple[str, ...], fleetc: Fleetc) -> None:
    workspace = Workspace.open(Path(here[1]))
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.01):
            workspace.ledger().audit("user:ann", "ann", "note", "x", {"text": "y" * 2000})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            assert fleetc(*here, "state", "backup", "-o", f"b{number}.tar.gz").code == 0
    finally:
        stop.set()
        writer.join()
    assert fleetc(*here, "state", "restore", "b2.tar.gz", "--yes").code == 0
    assert fleetc(*here, "audit", "verify").code == 0


def _open_files(folder: Path) -> list[Path]:
    """The files of a folder that this process has open."""
    names = (each.resolve() for each in Path("/dev/fd").iterdir())
    return [path for path in names if folder in path.parents]


def test_a_command_leaves_no_file_of_the_state_folder_open(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    (applied / "fleet.yaml").write_text((applied / "fleet.yaml").read_text().replace("nginx", "caddy"))
    gc.disable()  # what only the collector would close is open for as long as it likes
    try:
        for words in (
            ("plan", "-o", "p.json", "--worktree"),
            ("approve", "p.json", "--as", "kim"),
            ("apply", "p.json", "--foreground"),
            ("why", "node/none"),
            ("approvals",),
            ("snapshot", "list"),
        ):
            fleetc(*here, *words)
            assert _open_files(applied / ".fleetc") == [], words
    finally:
        gc.enable()
