"""The embedded platform among processes: eight writers at once, and SIGKILL at its fail points."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fleetc.platforms.local import LocalPlatform
from fleetc.service.clock import SystemClock

_WRITER = """
import sys
from pathlib import Path
from fleetc.errors import Rejected
from fleetc.platforms.local import LocalPlatform
from fleetc.service.clock import SystemClock

path, who = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
platform = LocalPlatform(path, "acme", SystemClock())
won = 0
for number in range(20):
    platform.call("create_network", {"name": f"{who}-{number}"}, tag=f"{who}/own/{number}")
    try:
        platform.call("create_network", {"name": f"shared-{number}"}, tag=f"{who}/shared/{number}")
        won += 1
    except Rejected:
        pass
    platform.observe()
print(won)
"""

_ONE_CALL = """
import sys
from pathlib import Path
from fleetc.platforms.local import LocalPlatform
from fleetc.service.clock import SystemClock

platform = LocalPlatform(Path(sys.argv[1]), "acme", SystemClock())
platform.call("create_network", {"name": "first"}, tag="run/a/0")
platform.call("create_network", {"name": "second"}, tag="run/b/0")
"""


def _run(script: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
    )


def test_eight_processes_make_one_file_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "platform.db"
    writers = [_run(_WRITER, str(path), f"w{number}") for number in range(8)]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    outputs = [writer.communicate() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 8, outputs
    assert sum(int(out) for out, _ in outputs) == 20

    platform = LocalPlatform(path, "acme", SystemClock())
    rows = platform.log()
    assert [row.seq for row in rows] == list(range(1, 8 * 40 + 1))
    assert len({row.tag for row in rows}) == len(rows)
    done = [row for row in rows if row.outcome == "done"]
    assert len(done) == 8 * 20 + 20 == platform.change_counter()
    live = {(row.address, row.id) for row in platform.observe().resources}
    assert live == {(row.address, row.platform_id) for row in done}
    assert len({row.fields["prefix"] for row in platform.observe().resources}) == len(live)
    platform.close()


@pytest.mark.parametrize(
    ("point", "standing"),
    [
        ("K3", ["network/first"]),
        ("K5", ["network/first", "network/second"]),
        ("K6", ["network/first", "network/second"]),
    ],
)
def test_a_kill_leaves_the_effect_with_its_row_or_neither(
    tmp_path: Path, point: str, standing: list[str]
) -> None:
    path = tmp_path / "platform.db"
    killed = _run(_ONE_CALL, str(path), FLEETC_FAILPOINT=f"{point}@run/b/*")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL

    platform = LocalPlatform(path, "acme", SystemClock())
    assert [row.address for row in platform.observe().resources] == standing
    assert [(row.address, row.outcome) for row in platform.log()] == [(one, "done") for one in standing]
    assert platform.change_counter() == len(standing)
    platform.close()
