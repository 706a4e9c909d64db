"""Bad state files, bad arguments and bad surroundings: table D5 of the bad inputs, rows 130 to 146.

What is wrong inside a database (rows 130, 131, 136, 137) stands in test_state_folder.py, and what
is wrong in one line of a recorded state in tests/unit/store/test_recorded_files.py. Rows 139 and
140 (rules), 148 to 152 (webhooks) and 154 to 164 (other platforms) come with what they are about.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fleetc.store import mounts
from tests.cli.conftest import Fleetc
from tests.cli.hostile import ENVIRONMENT, build, clean, program, standing


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state") / "edge"
    build(folder)
    assert program(folder, "snapshot", "export", "latest", "-o", "live.jsonl").code == 0
    return folder


@pytest.fixture
def edge(built: Path, tmp_path: Path) -> Path:
    """A workspace with a fleet that is applied, and its state as a recorded file."""
    return Path(shutil.copytree(built, tmp_path / "edge", symlinks=True))


# 133, 134: places and locks


def _mounted(edge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = edge.parent / "mounts"
    table.write_text(f"/dev/root / ext4 rw 0 0\nhost:/x {edge}/.fleetc nfs4 rw 0 0\n")
    monkeypatch.setattr(mounts, "MOUNTS", table)


def _linked(edge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = edge / ".fleetc" / "ledger.db"
    path.symlink_to(path.rename(edge / "elsewhere.db"))


def _open_to_all(edge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (edge / ".fleetc" / "ledger.db").chmod(0o666)


@pytest.mark.parametrize("harm", [_mounted, _linked, _open_to_all])
@pytest.mark.parametrize("command", [("plan",), ("runs",), ("audit", "verify"), ("approvals",)])
def test_row_133_a_ledger_in_a_wrong_place(
    edge: Path,
    fleetc: Fleetc,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Path, pytest.MonkeyPatch], None],
    command: tuple[str, ...],
) -> None:
    harm(edge, monkeypatch)
    before = standing(edge)
    ran = fleetc("-C", str(edge), *command)
    clean(ran)
    assert (ran.code, ran.out, "error[F0623]" in ran.err) == (1, "", True)
    assert "--state" in ran.err
    assert standing(edge) == before


def test_row_133_the_check_names_a_network_file_system(
    edge: Path, fleetc: Fleetc, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mounted(edge, monkeypatch)
    ran = fleetc("-C", str(edge), "state", "check", "--json")
    assert ran.code == 1
    assert {(p["file"], p["code"]) for p in ran.json["problems"]} >= {("ledger.db", "F0623")}


# Recorded states


def _lines(edge: Path) -> list[bytes]:
    return (edge / "live.jsonl").read_bytes().splitlines(keepends=True)


RECORDED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "empty": lambda lines: [],
    "header only": lambda lines: lines[:1],
    "cut in a line": lambda lines: [*lines[:-1], lines[-1][:-9]],
    "no last newline": lambda lines: [*lines[:-1], lines[-1][:-1]],
    "twice": lambda lines: [*lines, lines[-1]],
    "wrong type": lambda lines: [*lines[:-1], b'{"address":5,"fields":[],"id":{},"kind":true}\n'],
    "deep": lambda lines: [*lines, b'{"address":"node/a","fields":' + b'{"a":' * 100_000 + b"\n"],
    "NUL": lambda lines: [*lines, b'{"address":"node/a\x00","fields":{},"id":"1","kind":"node"}\n'],
    "not UTF-8": lambda lines: [*lines, b'{"address":"node/\xff","fields":{},"id":"1","kind":"node"}\n'],
    "surrogate": lambda lines: [*lines, b'{"address":"node/\\ud800","fields":{},"id":"1","kind":"node"}\n'],
    "huge line": lambda lines: [*lines, b'{"address":"' + b"x" * 20_000_000 + b"\n"],
    "NaN": lambda lines: [*lines, b'{"address":"node/a","fields":{"x":NaN},"id":"1","kind":"node"}\n'],
    "infinite": lambda lines: [*lines, b'{"address":"node/a","fields":{"x":1e400},"id":"1","kind":"node"}\n'],
    "unknown kind": lambda lines: [*lines, b'{"address":"ghost/a","fields":{},"id":"1","kind":"ghost"}\n'],
    "no name": lambda lines: [*lines, b'{"address":"node","fields":{},"id":"1","kind":"node"}\n'],
    "one name more": lambda lines: [*lines, b'{"address":"node/a/b/c","fields":{},"id":"1","kind":"node"}\n'],
    "UTF-16": lambda lines: [b"".join(lines).decode().encode("utf-16")],
    "a database": lambda lines: [b"SQLite format 3\x00" + b"\x00" * 5000],
}


@pytest.mark.parametrize("harm", RECORDED.values(), ids=RECORDED.keys())
@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--against", "bad.jsonl"),
        ("snapshot", "import", "bad.jsonl"),
        ("snapshot", "diff", "bad.jsonl", "latest"),
    ],
    ids=["plan", "import", "diff"],
)
def test_a_recorded_state_that_is_wrong(
    edge: Path,
    fleetc: Fleetc,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[list[bytes]], list[bytes]],
    command: tuple[str, ...],
) -> None:
    (edge / "bad.jsonl").write_bytes(b"".join(harm(_lines(edge))))
    monkeypatch.chdir(edge)
    before = (*standing(edge), (edge / ".fleetc" / "snapshots.db").read_bytes())
    ran = fleetc(*command)
    clean(ran)
    assert (ran.code, ran.out) == (1, ""), ran.err
    assert "error[F0632]" in ran.err
    assert "bad.jsonl:" in ran.err
    assert len(ran.err) < 2000
    assert (*standing(edge), (edge / ".fleetc" / "snapshots.db").read_bytes()) == before


def test_a_recorded_state_whose_snapshot_was_changed_is_not_written(edge: Path, fleetc: Fleetc) -> None:
    with closing(sqlite3.connect(edge / ".fleetc" / "snapshots.db")) as connection:
        connection.execute("UPDATE resource SET body = replace(body, 'running', 'stopped')")
        connection.commit()
    ran = fleetc("-C", str(edge), "snapshot", "export", "latest", "-o", "out.jsonl")
    assert (ran.code, "error[F0625]" in ran.err, (edge / "out.jsonl").exists()) == (1, True, False)


# 143: plans by what people write


def test_row_143_a_plan_that_is_not_here_names_those_that_are(edge: Path, fleetc: Fleetc) -> None:
    known = fleetc("-C", str(edge), "approvals", "--json").json["requests"][0]["digest"]
    for command in (("approve",), ("apply",), ("reject", "--reason", "x")):
        for wanted in ("0000000", "apr-000000000000", "f" * 64):
            before = standing(edge)
            ran = fleetc("-C", str(edge), *command, wanted)
            clean(ran)
            assert (ran.code, ran.out, "F0704" in ran.err) == (3, "", True)
            assert known[:12] in ran.err
            assert standing(edge) == before


def test_row_143_a_prefix_that_fits_several_names_them(edge: Path, fleetc: Fleetc) -> None:
    known = fleetc("-C", str(edge), "approvals", "--json").json["requests"][0]["digest"]
    twin = known[:10] + "0" * 54
    with closing(sqlite3.connect(edge / ".fleetc" / "ledger.db")) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(plan)")]
        names = ", ".join(name for name in columns if name not in ("digest", "number"))
        connection.execute(
            f"INSERT INTO plan (digest, {names}) SELECT ?, {names} FROM plan WHERE digest = ?", (twin, known)
        )
        connection.commit()
    before = standing(edge)
    ran = fleetc("-C", str(edge), "apply", known[:8])
    assert (ran.code, ran.out) == (64, "")
    assert known[:16] in ran.err
    assert twin[:16] in ran.err
    assert standing(edge) == before


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b"{" * 100_000,
        b'{"format":"fleetc.plan/99"}',
        b'{"format":"fleetc.plan/1"}',
        b"SQLite format 3\x00",
    ],
    ids=range(9),
)
def test_row_143_a_file_that_is_no_plan(edge: Path, fleetc: Fleetc, text: bytes) -> None:
    (edge / "p.json").write_bytes(text)
    for command in (("approve",), ("apply",), ("reject", "--reason", "x"), ("plan", "import")):
        before = standing(edge)
        ran = fleetc("-C", str(edge), *command, "p.json")
        clean(ran)
        assert ran.code in (1, 3, 64)
        assert ran.out == ""
        assert len(ran.err) < 2000
        assert standing(edge) == before


# 145: terminals and surroundings

AROUND: dict[str, dict[str, str]] = {
    "no width": {"COLUMNS": "0", "LINES": "0"},
    "width is no number": {"COLUMNS": "x"},
    "wide": {"COLUMNS": "100000"},
    "dumb": {"TERM": "dumb"},
    "no terminal type": {"TERM": ""},
    "C": {"LANG": "C", "LC_ALL": "C"},
    "C without UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ASCII streams": {"PYTHONIOENCODING": "ascii"},
    "no such locale": {"LC_ALL": "xx_XX.nowhere"},
    "no home": {"HOME": ""},
    "home is a file": {"HOME": "/dev/null"},
    "no path": {"PATH": ""},
    "odd zone": {"TZ": "../../etc/passwd"},
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND.keys())
def test_row_145_surroundings(edge: Path, around: dict[str, str]) -> None:
    text = (edge / "fleet.yaml").read_text().replace('purpose: "edge-cdn"', 'purpose: "Zürich ☃"')
    (edge / "fleet.yaml").write_text(text)
    ran = program(edge, "plan", "--worktree", **around)
    clean(ran)
    assert ran.code == 0, ran.err
    assert "1 to update" in ran.out


@pytest.mark.parametrize("command", [("review",), ()])
def test_row_145_the_review_needs_a_terminal(edge: Path, command: tuple[str, ...]) -> None:
    ran = program(edge, *command)
    clean(ran)
    assert ran.code in (1, 64)
    assert "terminal" in ran.err


def test_row_145_a_working_directory_that_is_gone(edge: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    for line in ("plan", "--help", "state check", f"-C {edge} plan"):
        command = f'cd gone && rmdir ../gone && "{sys.executable}" -m fleetc {line}; code=$?; mkdir ../gone; exit $code'
        ran = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        (tmp_path / "gone").mkdir(exist_ok=True)
        assert "Traceback" not in ran.stderr, ran.stderr
        assert ran.returncode == (1 if line in ("plan", "state check") else 0), ran.stderr


# 146: rights


def test_row_146_what_fleetc_makes_is_private_under_any_umask(tmp_path: Path) -> None:
    line = (
        f'umask 000; "{sys.executable}" -m fleetc init edge && cd edge && "{sys.executable}" -m fleetc plan'
    )
    subprocess.run(["sh", "-c", line], cwd=tmp_path, env=ENVIRONMENT, check=True, capture_output=True)
    state = tmp_path / "edge" / ".fleetc"
    assert state.stat().st_mode & 0o077 == 0
    assert {path.name for path in state.glob("*.db*") if path.stat().st_mode & 0o077} == set()


def test_row_146_an_operators_file_with_a_token_that_others_may_read(edge: Path, fleetc: Fleetc) -> None:
    path = edge / ".fleetc" / "operator.toml"
    path.write_text('[environments.local]\nfour_eyes = "off"\ntoken = "abc"\n')
    for mode in (0o644, 0o640, 0o604, 0o666):
        path.chmod(mode)
        before = standing(edge)
        ran = fleetc("-C", str(edge), "plan")
        clean(ran)
        assert (ran.code, ran.out) == (1, "")
        assert "abc" not in ran.err
        assert standing(edge) == before


# Files that are none


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _gone(path: Path) -> None:
    path.symlink_to("nowhere")


def _vast(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5 << 30)


@pytest.mark.parametrize("make", [_pipe, _device, _vast])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("plan", "--against", "odd"), 1),
        (("snapshot", "import", "odd"), 1),
        (("state", "restore", "odd"), 1),
        (("plan", "import", "odd"), 1),
        (("plan", "--config", "odd"), 1),
        (("approve", "odd"), 64),
    ],
    ids=["against", "import", "restore", "plan", "config", "approve"],
)
def test_a_file_that_never_ends_or_never_begins(
    edge: Path,
    fleetc: Fleetc,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], None],
    command: tuple[str, ...],
    code: int,
) -> None:
    make(edge / "odd")
    monkeypatch.chdir(edge)
    before = standing(edge)
    ran = fleetc(*command)
    clean(ran)
    assert ran.code == (1 if make is _vast else code), ran.err
    assert ran.out == ""
    assert any(name in ran.err for name in ("odd", "/dev/zero"))
    assert standing(edge) == before


@pytest.mark.parametrize("make", [_pipe, _device, _gone, Path.mkdir])
@pytest.mark.parametrize("name", ["fleetc.toml", ".fleetc/operator.toml"])
def test_a_configuration_that_is_no_file_is_not_passed_over(
    edge: Path, fleetc: Fleetc, make: Callable[[Path], None], name: str
) -> None:
    (edge / name).unlink(missing_ok=True)
    make(edge / name)
    before = standing(edge)
    ran = fleetc("-C", str(edge), "plan")
    clean(ran)
    assert (ran.code, ran.out, "error[F1020]" in ran.err) == (1, "", True), ran.err
    assert standing(edge) == before


@pytest.mark.parametrize(
    "line", ["rate_limit = 99999999999999999999999999", "latency = nan", "window = inf", 'seed = "\\u0000"']
)
def test_numbers_of_the_embedded_platform_have_bounds(edge: Path, fleetc: Fleetc, line: str) -> None:
    (edge / ".fleetc" / "operator.toml").write_text(f"[environments.local.local]\n{line}\n")
    ran = fleetc("-C", str(edge), "plan")
    clean(ran)
    assert ran.code == (0 if "seed" in line else 1), ran.err
