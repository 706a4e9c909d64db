"""An applied fleet to break, and what must hold of every command that met something broken."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Ran

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def program(folder: Path, *arguments: str, **more: str) -> Ran:
    """Run `fleetc` in a process of its own, in a folder."""
    ran = subprocess.run(
        [sys.executable, "-m", "fleetc", *arguments],
        cwd=folder,
        env={**ENVIRONMENT, **more},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout.decode(errors="replace"), ran.stderr.decode(errors="replace"))


def build(folder: Path) -> None:
    """The workspace that `init` makes, its plan approved and applied, and a snapshot after it."""
    steps = (
        ("init", folder.name),
        ("-C", folder.name, "plan", "-o", "p.json"),
        ("-C", folder.name, "approve", "p.json", "--as", "dana"),
        ("-C", folder.name, "apply", "p.json", "--foreground"),
        ("-C", folder.name, "snapshot", "take"),
    )
    for step in steps:
        ran = program(folder.parent, *step)
        assert ran.code == 0, ran.err
    (folder / "p.json").unlink()


def standing(folder: Path) -> tuple[str, ...]:
    """What must not move when a command is refused: the ledger, and what the platform holds."""
    return tuple(_digest(folder / ".fleetc" / name) for name in ("ledger.db", "platform.db"))


def _digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes()).hexdigest()


def clean(ran: Ran) -> None:
    """No traceback, and no control character or override of direction on any stream."""
    for text in (ran.out, ran.err):
        assert "Traceback" not in text
        assert not set(text) & {"\x1b", "\x07", "\x00", "\x9b", "\u202e"}
