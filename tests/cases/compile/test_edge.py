"""The reference fleet: 13 resources, one golden graph, the same bytes everywhere."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fleetc.ir.lower import compile_fleet, graph_bytes, graph_document
from fleetc.ir.values import canonical

HERE = Path(__file__).parent
EDGE = HERE / "edge" / "fleet.yaml"
ROOT = HERE.parents[2]
PROGRAM = """
import sys
from pathlib import Path
from fleetc.ir.lower import compile_fleet, graph_bytes
class Files:
    def paths(self): return ("fleet.yaml",)
    def read(self, path): return Path(path).read_bytes()
sys.stdout.buffer.write(graph_bytes(compile_fleet(Files()).graph))
"""


class OneFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def paths(self) -> tuple[str, ...]:
        return ("fleet.yaml",)

    def read(self, path: str) -> bytes:
        return self.path.read_bytes()


def test_the_edge_fleet_lowers_to_13_resources() -> None:
    graph = compile_fleet(OneFile(EDGE)).graph
    assert graph is not None
    assert list(graph.resources) == [
        "template/edge-base",
        "template/edge-cdn",
        "node/edge-tokyo-01",
        "instance/edge-tokyo-01",
        "node/edge-tokyo-02",
        "instance/edge-tokyo-02",
        "node/edge-london-01",
        "instance/edge-london-01",
        "network/edge-fabric",
        "peer/edge-fabric/edge-tokyo-01",
        "peer/edge-fabric/edge-tokyo-02",
        "peer/edge-fabric/edge-london-01",
        "virtual_ip/edge-fabric/cdn-frontend",
    ]


def test_the_graph_is_the_golden_one() -> None:
    graph = compile_fleet(OneFile(EDGE)).graph
    assert graph is not None
    golden = json.loads((HERE / "edge" / "graph.json").read_text(encoding="utf-8"))
    assert json.loads(canonical(graph_document(graph))) == golden


def interpreters() -> list[str]:
    named = os.environ.get("FLEETC_TEST_PYTHONS", "").split(os.pathsep)
    return list(dict.fromkeys([sys.executable, *filter(None, named)]))


@pytest.mark.parametrize("python", interpreters())
def test_the_bytes_are_the_same_everywhere(python: str, tmp_path: Path) -> None:
    wanted = graph_bytes(compile_fleet(OneFile(EDGE)).graph)  # type: ignore[arg-type]
    checkouts = (tmp_path / "a", tmp_path / "b" / "räume und mehr")
    for checkout in checkouts:
        checkout.mkdir(parents=True)
        shutil.copy(EDGE, checkout / "fleet.yaml")
    surroundings = itertools.chain(
        itertools.product(("0", "1", "4711"), ("C",), ("UTC",), checkouts[:1]),
        itertools.product(("7",), ("C.UTF-8", "tr_TR.UTF-8"), ("Asia/Kathmandu",), checkouts[1:]),
    )
    for seed, locale, zone, checkout in surroundings:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": seed,
            "LC_ALL": locale,
            "TZ": zone,
        }
        found = subprocess.run(
            [python, "-c", PROGRAM], cwd=checkout, env=env, capture_output=True, check=False
        )
        assert found.returncode == 0, found.stderr.decode()
        assert found.stdout == wanted, (seed, locale, zone, str(checkout))
