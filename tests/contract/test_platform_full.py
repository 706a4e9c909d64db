"""The embedded platform's file is made whole or not at all, also when the disk fills up meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fleetc.platforms.local.database import Database

# No file may grow over so many bytes: a write beyond that fails, as on a full disk.
_FILL = """
import resource, sys
from pathlib import Path
from fleetc.errors import StateProblem
from fleetc.platforms.local.database import Database
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    Database(Path(sys.argv[1])).close()
except StateProblem as problem:
    print(problem.next_step)
"""


@pytest.mark.parametrize("size", [4_096, 30_000, 60_000, 100_000])
def test_a_full_disk_leaves_no_half_made_file(tmp_path: Path, size: int) -> None:
    path = tmp_path / "platform.db"
    command = [sys.executable, "-c", _FILL, str(path), str(size)]
    root = str(Path(__file__).parents[2])
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("make room"), ran.stderr
    assert list(tmp_path.iterdir()) == []
    Database(path).close()
