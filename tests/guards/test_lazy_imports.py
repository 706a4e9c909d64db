"""Asking for help loads none of the heavy packages."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"networkx", "textual", "rich", "pygit2", "sqlite_utils", "sqlite3", "lark", "yaml", "rapidfuzz"}
HEAVY |= {"starlette", "textual_serve", "uvicorn", "websockets"}
PROGRAM = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
sys.argv = ["fleetc", *sys.argv[1:]]
from fleetc.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, option], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.partition(".")[0] for name in json.loads(ran.stderr.splitlines()[-1])}
    assert "fleetc" in loaded
    assert ran.stdout
    assert loaded & HEAVY == set()


def test_the_core_loads_without_any_adapter() -> None:
    core = "fleetc.plan.actions, fleetc.plan.selectors, fleetc.lang.grammars, fleetc.ports"
    program = f"import json, sys, {core}; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.partition(".")[0] for name in json.loads(ran.stdout)}
    assert loaded & {"textual", "rich", "pygit2", "sqlite_utils", "sqlite3", "yaml", "lark"} == set()
