"""A plan of a commit that changed a few nodes costs a few nodes, and is the plan of the whole."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleetc.cli.main import run
from fleetc.service import planning
from fleetc.service.workspace import Workspace
from tests.cli.conftest import Fleetc, copy

NODES = 40
HEAD = (
    "version: 1\naccount: acct\ntemplates:\n  - name: base\n    node_platform: ubuntu-24.04-amd64\nnodes:\n"
)
TAIL = "sdwan:\n  networks:\n    - name: fabric\n      description: all of it\n"


def fleet(**changed: str) -> str:
    """A fleet of plain nodes; `changed` has lines for some of them."""
    nodes = (
        f"  - hostname: n{number}\n    template: base\n{changed.get(f'n{number}', '')}"
        for number in range(NODES)
    )
    return f"{HEAD}{''.join(nodes)}{TAIL}"


def commit(folder: Path, text: str) -> None:
    (folder / "fleet.yaml").write_text(text)
    identity = ["-c", "user.name=Lee", "-c", "user.email=lee@example.com"]
    subprocess.run(["git", *identity, "commit", "-q", "-a", "-m", "nodes"], cwd=folder, check=True)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose platform is as declared."""
    folder = tmp_path_factory.mktemp("applied") / "edge"
    here = ["-C", str(folder)]
    assert run(["-C", str(folder.parent), "init", "edge"]) == 0
    commit(folder, fleet())
    assert run([*here, "plan", "-o", "p.json"]) == 0
    assert run([*here, "approve", "p.json", "--as", "dana"]) == 0
    assert run([*here, "apply", "p.json"]) == 0
    return folder


@pytest.fixture
def settled(applied: Path, tmp_path: Path, fleetc: Fleetc) -> Path:
    """Such a workspace, which has planned once that there is nothing to do."""
    folder = copy(applied, tmp_path / "edge")
    assert fleetc("-C", str(folder), "plan", "--detailed-exitcode").code == 0
    return folder


@pytest.fixture
def compiles(settled: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commits compiled whole from now on."""
    seen: list[str] = []
    real = planning.compile_source

    def watched(source: Any) -> Any:
        seen.append(source.commit)
        return real(source)

    monkeypatch.setattr(planning, "compile_source", watched)
    return seen


def plan(folder: Path, fleetc: Fleetc) -> dict[str, Any]:
    """The plan's document, but for when it was made and against which of equal snapshots."""
    made = fleetc("-C", str(folder), "plan", "--json")
    assert made.code == 0, made.err
    return {key: value for key, value in made.json.items() if key not in {"snapshot", "created_at"}}


def whole(folder: Path, fleetc: Fleetc) -> dict[str, Any]:
    """The plan with nothing remembered."""
    for path in (folder / ".fleetc" / "memos").iterdir():
        path.unlink()
    return plan(folder, fleetc)


def test_changed_nodes_are_planned_alone(settled: Path, fleetc: Fleetc, compiles: list[str]) -> None:
    commit(settled, fleet(n3="    labels:\n      rack: r1\n", n7="    lifecycle_class: spot\n"))
    quick = plan(settled, fleetc)
    assert compiles == []
    assert [action["address"] for action in quick["actions"]] == ["node/n3", "node/n7"]
    assert quick == whole(settled, fleetc)


def test_one_after_another(settled: Path, fleetc: Fleetc, compiles: list[str]) -> None:
    """A recorded plan, with the request it opens, does not end what the next one is made of."""
    for number in range(3):
        commit(settled, fleet(n1=f"    labels:\n      rack: r{number}\n"))
        assert plan(settled, fleetc) == plan(settled, fleetc)
    assert compiles == []


def test_such_a_plan_is_applied(settled: Path, fleetc: Fleetc) -> None:
    commit(settled, fleet(n5="    labels:\n      rack: r9\n"))
    here = ("-C", str(settled))
    fleetc(*here, "plan", "-o", "p.json")
    fleetc(*here, "approve", "p.json", "--as", "dana")
    assert fleetc(*here, "apply", "p.json").code == 0
    assert fleetc(*here, "plan", "--detailed-exitcode").code == 0


CHANGES: dict[str, Callable[[], str]] = {
    "template": lambda: fleet(n3="    provision: false\n"),
    "another node": lambda: fleet().replace("hostname: n9\n", "hostname: m9\n"),
    "one node less": lambda: fleet().replace("  - hostname: n9\n    template: base\n", ""),
    "header": lambda: fleet().replace("    node_platform", "    description: more\n    node_platform"),
    "networks": lambda: fleet().replace("all of it", "half of it"),
    "too many": lambda: fleet(**{f"n{number}": "    lifecycle_class: spot\n" for number in range(9)}),
    "odd text": lambda: fleet(n3="    labels: &x {a: b}\n"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_anything_else_is_compiled(what: str, settled: Path, fleetc: Fleetc, compiles: list[str]) -> None:
    commit(settled, CHANGES[what]())
    plan(settled, fleetc)
    assert len(compiles) == 1


@pytest.mark.parametrize("what", ["platform", "ledger", "baseline", "rubbish", "cut", "flipped"])
def test_whatever_it_rests_on_is_seen(what: str, settled: Path, fleetc: Fleetc, compiles: list[str]) -> None:
    here = ("-C", str(settled))
    if what == "platform":
        fleetc(*here, "platform", "set", "network/fabric", "description=other")
    elif what == "ledger":
        (settled / ".fleetc" / "ledger.db").unlink()
        (settled / ".fleetc" / "ledger.db.head").unlink()
    elif what == "baseline":
        Workspace.open(settled).ledger().set_baselines("acct", {"node/n3": None})
    for path in (settled / ".fleetc" / "memos").iterdir():
        data = path.read_bytes()
        at = len(data) // 2
        spoilt = {
            "rubbish": b"\x00{",
            "cut": data[:at],
            "flipped": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
        }
        path.write_bytes(spoilt.get(what, data))
    commit(settled, fleet(n3="    lifecycle_class: spot\n"))
    quick = plan(settled, fleetc)
    assert len(compiles) == 1
    assert quick == whole(settled, fleetc)
