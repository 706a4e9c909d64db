"""Worlds to plan twice in: a repository with a fleet in one plain file, its state, and edits of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pygit2

from fleetc.ir.lower import compile_fleet
from fleetc.ir.state import Baseline, LiveResource, Observation
from fleetc.ir.timestamps import rfc3339
from fleetc.plan.applied import as_applied
from fleetc.service.readers import FolderReader
from fleetc.service.workspace import Workspace
from tests.bench.converged import converged
from tests.fuzz.mutants import mistake

__all__ = ["World", "edited", "fleet_text", "world_of"]

_OWN = ("    labels:\n      rack: r{n}\n", "    lifecycle_class: spot\n", "    metadata:\n      tier: {n}\n")
_ODD = (
    "    labels: {{rack: r{n}}}\n",
    '    labels:\n      rack: "r{n}"\n      note: a longer text of {n}\n',
    "    metadata:\n      deep:\n        - a: {n}\n          b: [x, y]\n",
    "    metadata:\n      text: |\n        some\n\n        lines {n}\n",
    "    metadata:\n      text: one\n        and two\n",
    "    # a comment of {n}\n",
    "\n",
    "# at the left\n",
    "    modules: [chrony@1.{n}]\n",
    "    modules:\n      - own-{n}\n",
    "    protect: true\n",
    "    provision: false\n",
    "    region: west\n",
    "    template: base-1\n",
    '    metadata: "open\n',
    "    metadata: [open\n",
    "    metadata: &a {{x: 1}}\n",
    "  - hostname: more-{n}\n    template: base-0\n",
    "  - hostname: more-[1-{n}]\n    template: base-0\n",
    "sdwan: {{}}\n",
    "---\n",
    "...\n",
)


@dataclass(frozen=True)
class World:
    """A repository in `folder`, whose fleet at its first commit is `text`; `against` is its state."""

    folder: Path
    text: str
    workspace: Workspace
    against: str

    def commit(self, text: str) -> str:
        """The id of a new commit of HEAD with such a fleet file."""
        repo = pygit2.Repository(str(self.folder))
        tree = repo.TreeBuilder()
        tree.insert("fleet.yaml", repo.create_blob(text.encode("utf-8", "surrogatepass")), 0o100644)
        who = pygit2.Signature("Lee", "lee@example.com", 1_700_000_000, 0)
        parents = [] if repo.head_is_unborn else [repo.head.target]
        made = str(repo.create_commit(None, who, who, "fleet", tree.write(), parents))
        repo.create_reference("refs/heads/main", made, force=True)
        return made


def fleet_text(rng: random.Random) -> str:
    """A fleet in plain block style, most of the time; sections in one of several orders."""
    hosts = [
        f"edge-{n:02d}" if rng.random() < 0.8 else f"x{n}.example.com"
        for n in range(rng.choice((24, 45, 70)))
    ]
    rng.shuffle(hosts)
    sections = [_templates(rng), _nodes(rng, hosts), _sdwan(rng, hosts)]
    if rng.random() < 0.3:
        sections.append(
            "defaults:\n  nodes:\n    labels:\n      site: home\n    region: west\n    instance_type: small\n"
        )
    if rng.random() < 0.3:
        rng.shuffle(sections)
    gap = rng.choice(("\n", "", "# between\n\n"))
    head = rng.choice(("version: 1\naccount: acct\n", "# a fleet\nversion: 1\naccount: 'acct'\n"))
    return head + gap + gap.join(sections)


def _templates(rng: random.Random) -> str:
    pin = rng.choice(("1.0", "2.1"))
    more = f"  - name: base-1\n    extends: base-0\n    modules:\n      - chrony@{pin}\n"
    return f"templates:\n  - name: base-0\n    node_platform: linux\n    modules: [nginx@{pin}]\n{more}"


def _nodes(rng: random.Random, hosts: list[str]) -> str:
    lines = ["nodes:\n"]
    for number, host in enumerate(hosts):
        lines.append(f"  - hostname: {host}\n    template: base-{number % 2}\n")
        if rng.random() < 0.9:
            lines.append("    region: east\n    instance_type: small\n")
        own = rng.sample(_OWN, rng.randint(0, 3))
        if rng.random() < 0.1:
            own = [rng.choice(_ODD[: rng.choice((9, 12))])]
        lines += [text.format(n=rng.randint(1, 9)) for text in own]
    return "".join(lines)


def _sdwan(rng: random.Random, hosts: list[str]) -> str:
    lines = ["sdwan:\n  networks:\n    - name: fabric\n      routing_mode: ibgp\n"]
    if rng.random() < 0.5:
        lines.append("      description: >\n        nodes:\n          - hostname: no\n        in a text\n")
    return "".join(lines)


def world_of(folder: Path, rng: random.Random) -> World | None:
    """A world whose state is as its fleet asks, in some of several states of the ledger."""
    folder.mkdir()
    pygit2.init_repository(str(folder), initial_head="main")
    text = fleet_text(rng)
    (folder / "fleet.yaml").write_text(text, encoding="utf-8")
    graph = compile_fleet(FolderReader(folder)).graph
    if graph is None:
        return None
    workspace = Workspace.open(folder)
    workspace.prepare()
    state = converged(as_applied(graph))
    versions = {f"{n}.{m}": "built" for n in range(3) for m in range(10)}
    catalogue = msgspec.structs.replace(
        state.catalogue, modules=dict.fromkeys(state.catalogue.modules, versions)
    )
    stray = LiveResource("node/stray", "node", "no-stray", {"template": "base-0"})
    resources = (*state.resources, *([stray] if rng.random() < 0.3 else []))
    seen = Observation(state.account, state.profile, resources, catalogue)
    now = rfc3339(workspace.clock.now(), milliseconds=True)
    stored = workspace.snapshots().put(seen, taken_at=now, source="live")
    share = rng.choice((0, 0.5, 1, 1))
    known = {
        live.address: Baseline(
            live.address, live.id, live.fields, tuple(graph.resources[live.address].fields)
        )
        for live in state.resources
        if rng.random() < share
    }
    workspace.ledger().set_baselines(state.account, dict(known))
    workspace.ledger().set_protections(state.account, dict.fromkeys(graph.protected, True), "")
    made = World(folder, text, workspace, stored.name)
    made.commit(text)
    return made


def edited(rng: random.Random, text: str) -> str:
    """The fleet with one or two edits: most of them in an item of `nodes`, some of them mistakes."""
    lines = text.splitlines(keepends=True)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(_EDITS)(rng, lines)
    return "".join(lines)


def _item(rng: random.Random, lines: list[str]) -> tuple[int, int]:
    """The first line of a random item of `nodes`, and the one behind its last."""
    starts = [number for number, line in enumerate(lines) if line.startswith("  - hostname:")]
    begin = rng.choice(starts or [0])
    end = begin + 1
    while end < len(lines) and lines[end].startswith("    "):
        end += 1
    return begin, end


def _own(rng: random.Random, lines: list[str]) -> None:
    """Another value of a key that a node alone has, or that key anew."""
    begin, end = _item(rng, lines)
    there = "".join(lines[begin:end])
    number = rng.randint(10, 99)
    if "rack: r" in there and rng.random() < 0.6:
        at = next(n for n in range(begin, end) if "rack: r" in lines[n])
        lines[at] = f"      rack: r{number}\n"
    else:
        new = rng.choice(_OWN).format(n=number)
        if new.partition(":")[0] not in there:
            lines[end:end] = new.splitlines(keepends=True)


def _odd(rng: random.Random, lines: list[str]) -> None:
    begin, end = _item(rng, lines)
    at = rng.choice((end, end, min(begin + 1, end)))
    lines[at:at] = rng.choice(_ODD).format(n=rng.randint(1, 9)).splitlines(keepends=True)


def _wrong(rng: random.Random, lines: list[str]) -> None:
    """A mistake in an item."""
    begin, end = _item(rng, lines)
    item = lines[begin:end]
    mistake(rng, item)
    lines[begin:end] = item


def _anywhere(rng: random.Random, lines: list[str]) -> None:
    mistake(rng, lines)


def _fewer(rng: random.Random, lines: list[str]) -> None:
    begin, end = _item(rng, lines)
    if end - begin > 1:
        del lines[rng.randrange(begin + 1, end)]


def _character(rng: random.Random, lines: list[str]) -> None:
    begin, end = _item(rng, lines)
    text = "".join(lines[begin:end])
    at = rng.randrange(len(text) or 1)
    lines[begin:end] = (
        text[:at] + rng.choice("\n \"'#:-[]{},|>&*!?%@`\\é1a") + text[at + rng.randint(0, 1) :]
    ).splitlines(keepends=True)


_EDITS = (*([_own] * 8), _odd, _odd, _wrong, _wrong, _fewer, _fewer, _character, _character, _anywhere)
