"""A command line in this process, and workspaces made with it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fleetc.cli.main import run

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"
FLEET = Path(__file__).parents[2] / "fleetc" / "service" / "starter.yaml"


@dataclass
class Ran:
    """What a command left: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Fleetc = Callable[..., Ran]


@pytest.fixture
def fleetc(capfd: pytest.CaptureFixture[str]) -> Fleetc:
    def call(*arguments: str) -> Ran:
        capfd.readouterr()
        code = run(list(arguments))
        out, err = capfd.readouterr()
        return Ran(int(code), out, err)

    return call


@pytest.fixture
def edge(tmp_path: Path, fleetc: Fleetc) -> Path:
    """The workspace that `init` makes."""
    folder = tmp_path / "edge"
    assert fleetc("-C", str(tmp_path), "init", "edge").code == 0
    return folder


@pytest.fixture(scope="session")
def applied_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace that `init` makes, with its plan approved and applied; for copies only."""
    folder = tmp_path_factory.mktemp("applied")
    assert run(["-C", str(folder), "init", "edge"]) == 0
    here = ["-C", str(folder / "edge")]
    approve, apply = ["approve", "p.json", "--as", "dana"], ["apply", "p.json", "--foreground"]
    for words in (["plan", "-o", "p.json"], approve, apply):
        assert run([*here, *words]) == 0
    return folder / "edge"


@pytest.fixture
def applied(applied_once: Path, tmp_path: Path) -> Path:
    """A workspace of its own whose platform is as declared."""
    return copy(applied_once, tmp_path / "edge")


@pytest.fixture
def offline(tmp_path: Path) -> Path:
    """A git repository with the reference fleet of the recorded states, and nothing else."""
    folder = tmp_path / "offline"
    folder.mkdir()
    text = FLEET.read_text().replace("account: edge-demo", 'account: "<account-id>"')
    (folder / "fleet.yaml").write_text(text)
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "fleet"]):
        identity = ["-c", "user.name=Lee", "-c", "user.email=lee@example.com"]
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)
    return folder


def copy(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to
