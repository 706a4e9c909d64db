"""Streams, files and arguments that are not as one would wish: a clear error, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc

ROOT = Path(__file__).parents[2]


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run `fleetc LINE` with the redirections of a shell."""
    command = f'exec "{sys.executable}" -m fleetc {line}'
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["sh", "-c", command], check=False, cwd=folder, env=env, capture_output=True, text=True
    )


@pytest.mark.parametrize("line", ["plan >&-", "check --json >&-", "plan >&- 2>&-", "plan 2>&-", "plan <&-"])
def test_a_closed_stream_is_no_fault(edge: Path, line: str) -> None:
    ran = shell(edge, line)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("line", ["plan", "plan --json", "--help", "snapshot export empty"])
def test_a_full_disk_behind_stdout_is_an_error(edge: Path, line: str) -> None:
    ran = shell(edge, f"{line} > /dev/full")
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == "error: cannot write the output: No space left on device"


def test_output_goes_through_a_pipe_and_a_symlink(edge: Path, fleetc: Fleetc) -> None:
    os.mkfifo(edge / "pipe")
    (edge / "link.json").symlink_to("real.json")
    here = ("-C", str(edge))
    with subprocess.Popen(["cat", "pipe"], cwd=edge, stdout=subprocess.PIPE) as reader:
        assert fleetc(*here, "compile", "-o", "pipe").code == 0
        through, _ = reader.communicate()
    assert fleetc(*here, "compile", "-o", "link.json").code == 0
    assert (edge / "pipe").is_fifo()
    assert (edge / "link.json").is_symlink()
    assert (edge / "real.json").read_bytes() == through != b""


@pytest.mark.parametrize("path", ["/", "x" * 300, "no/such/folder", "y" * 100_000])
def test_a_path_that_cannot_be_written_is_named(edge: Path, fleetc: Fleetc, path: str) -> None:
    ran = fleetc("-C", str(edge), "compile", "-o", path)
    assert (ran.code, "cannot write" in ran.err) == (1, True)
    assert not list(edge.glob(".fleetc.*"))


@pytest.mark.parametrize("words", [("approve",), ("apply",), ("plan", "--against"), ("snapshot", "show")])
def test_a_very_long_name_is_an_error(edge: Path, fleetc: Fleetc, words: tuple[str, ...]) -> None:
    ran = fleetc("-C", str(edge), *words, "x" * 100_000)
    assert ran.code in {1, 64}
    assert ran.err.startswith("error")


def test_an_argument_that_is_not_utf8_is_wrong_use(edge: Path, fleetc: Fleetc) -> None:
    for words in (("plan", "--override", "\udcff"), ("snapshot", "take", "--label", "\udcff"), ("\udcff",)):
        ran = fleetc("-C", str(edge), *words)
        assert (ran.code, ran.err.splitlines()[0]) == (64, r"error: '\udcff' is not UTF-8")
