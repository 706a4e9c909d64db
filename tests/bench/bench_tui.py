"""The review of a plan of 100,000 actions, as a person at a terminal of 120x36 meets it.

    python -m tests.bench.bench_tui [--nodes 32500] [--rounds 25] [--rules] [--json]

The real program runs in a pseudo terminal. A key's time is from its byte going in to the last
byte of the paint it causes (silence of 40 ms ends a paint); stalls are the longest the event
loop kept its own heartbeat waiting; memory is over the same program with a plan of nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fleetc.ir.lower import compile_fleet
from fleetc.ir.state import Snapshot
from fleetc.plan.actions import Plan
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.diff import diff
from fleetc.platforms.local.profile import local_profile
from fleetc.service.readers import FolderReader
from fleetc.store.plan_codec import decode_plan, encode_plan
from tests.bench.converged import converged
from tests.bench.fleetgen import write_fleet
from tests.bench.terminal import (
    Beats,
    Figure,
    Press,
    Terminal,
    of_keys,
    tell,
    terminal,
    watched,
)

if TYPE_CHECKING:
    from fleetc.policy.judge import Judge

RULES = """
group sre = "user:dana"
rule no-london { on create instance where region == "eu-west-2" deny "{name} would be in {region}" }
rule look { on create peer where publicly_reachable require 1 of sre "{host} is reachable" }
rule many { on create node where name matches "*7" warn "{name}" }
rule hubs {
  on create peer
  where not publicly_reachable and count{p in network.peers | p.publicly_reachable} < 1
  deny "{host} has no hub"
}
invariant hub { for n in network assert count{p in n.peers | p.publicly_reachable} >= 1 else warn "{n.name}" }
budget few { count create of node, instance max 50% floor 10 max 5 by region else require 1 of sre }
"""
"""What `--rules` judges the plan by."""
KEYS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("unfold all", (b"-", b"=")),
    ("j, k", (b"j", b"j", b"k")),
    ("page down, up", (b"\x1b[6~", b"\x1b[6~", b"\x1b[5~")),
    ("home, end", (b"g", b"G")),
    ("space on a row", (b"j", b" ", b" ")),
    ("space on everything", (b"g", b" ", b" ")),
    ("close and open a group", (b"g", b"j", b"\r", b"\r")),
    ("next match", (b"n", b"n")),
    ("what to show only, a menu", (b"f", b"\x1b")),
    ("what is linked to a row", (b"g", b"j", b"j", b"d", b"\x1b")),
)
"""What is measured, each with the keys of one round; each of them paints something."""
_FILTER, _REST, _GROUP = "filter, a key", "rest", "group otherwise, all of it"
GROUPS = ((b"r", b"grouped by region"), (b"w", b"grouped by wave"), (b"k", b"grouped by kind"))
"""Keys of the menu of groups, each with the words that are shown when it is done."""
_TARGETS = {_FILTER: 100, _GROUP: 2000}
FILTER = (b"/", b"e", b"d", b"g", b"e", b"-", b"0", b"9", b"\x1b")


def plan_of(nodes: int) -> Plan:
    """The creation of a generated fleet; of no nodes, a plan without an action."""
    with tempfile.TemporaryDirectory() as name:
        write_fleet(Path(name) / "fleet.yaml", nodes=max(nodes, 1))
        graph = compile_fleet(FolderReader(Path(name))).graph
    assert graph is not None
    live = converged(graph)
    if nodes:
        live = Snapshot(graph.account, local_profile(), (), live.catalogue, source="recorded")
    found, _ = diff(graph, live, {})
    plan = build_plan(graph, live, found, PlanContext("bench", "local"))
    return plan if nodes else msgspec.structs.replace(plan, actions=(), withheld=())


def memory() -> float:
    """MiB of this process that are resident now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def judge_of(plan: Plan) -> Judge:
    """A judge of the plan by `RULES`."""
    from fleetc.lang.source import SourceFile
    from fleetc.policy.checking import check
    from fleetc.policy.code import Circumstances
    from fleetc.policy.judge import Facts, Judge
    from fleetc.policy.selections import masks_of
    from fleetc.policy.world import World

    rules = check((SourceFile("bench.rules", RULES.encode()),), {}).rules
    assert rules is not None
    facts = {"name": "bench", "account": plan.account, "platform": "local"}
    around = Circumstances(facts, plan.account, 0.0, {}, {})
    return Judge(plan.actions, World({}, plan.actions), rules, rules, Facts(around, masks_of(plan)))


def settle(plan: Plan) -> tuple[Plan, Judge]:
    """The plan without what the rules deny, and its judge."""
    from fleetc.policy.rulings import settled

    judge = judge_of(plan)
    return settled(plan, judge)[0], judge


# the program, in a process of its own


def program(path: Path) -> None:
    """Load the plan, run the review on it, and write down what only the inside knows."""
    from fleetc.service.planning import Ask, Made
    from fleetc.service.session import ReviewSession
    from fleetc.service.workspace import Workspace

    plan = decode_plan(path.read_text())
    assert plan is not None
    folder = path.parent / "workspace"
    folder.mkdir(exist_ok=True)
    (folder / "fleet.yaml").write_text("version: 1\naccount: bench\n")
    made = Made(plan, (), lambda: None)  # type: ignore[arg-type, return-value]
    if path.with_suffix(".rules").exists():
        plan, judge = settle(plan)
        made = replace(made, plan=plan, judge=judge)
    session = ReviewSession(Workspace.open(folder), made, Ask())
    loaded, before = time.monotonic(), memory()
    start = time.thread_time()
    app, beats = watched(session)
    app.run()
    document = {
        "loaded": loaded, "plan": before, "memory": memory(), "beats": beats, "first": beats[0][1] - start
    }  # fmt: skip
    path.with_suffix(".told").write_text(json.dumps(document))


def _grouped(shown: Terminal, key: bytes, words: bytes) -> Press:
    """Group the tree otherwise; from the key of the menu to the new tree."""
    shown.settle(0.3)  # an escape before it is one of its own
    shown.press(b"s")
    shown.settle(0.3)
    begin = time.monotonic()
    os.write(shown.master, key)
    end = shown.until(words)
    shown.settle(0.3)
    return begin, end


def drive(shown: Terminal, rounds: int) -> tuple[dict[str, list[Press]], dict[str, Any]]:
    """Press all keys; when, and what the inside measured."""
    presses = {"start": [(0.0, shown.until(b"environment/bench"))]}
    shown.settle(5.0)
    for name, keys in KEYS:
        presses[name] = [shown.press(key) for _ in range(rounds) for key in keys]
    presses[_FILTER] = [shown.press(key) for _ in range(max(1, rounds // 4)) for key in FILTER]
    presses[_GROUP] = [_grouped(shown, *each) for _ in range(max(1, rounds // 8)) for each in GROUPS]
    for key in (b"g", b"j"):
        shown.press(key)
    begin = time.monotonic()
    shown.press(b" ")
    shown.settle(6.0)
    presses[_REST] = [(begin, time.monotonic())]
    return presses, shown.leave()


def measured(path: Path, empty: Path, rounds: int) -> list[Figure]:
    """All figures of the plan at `path`; `empty` is the plan of nothing."""
    with terminal(empty) as shown:
        shown.until(b"bench")
        shown.settle(2.0)
        nothing = shown.leave()
    with terminal(path) as shown:
        presses, found = drive(shown, rounds)
    beats = Beats(found["beats"])
    ((_, painted),) = presses.pop("start")
    first, used = (painted - found["loaded"]) * 1e3, found["first"] * 1e3
    figures = [Figure("first rows after the plan is loaded", first, first, used, 1000)]
    rest = presses.pop(_REST)
    for name, each in presses.items():
        figures += of_keys(name, each, beats, _TARGETS.get(name, 50))
    _, still = of_keys("", rest, beats, 0)
    figures.append(replace(still, name="the longest stall of a toggle and its 6 s of rest"))
    for name, key in (("the plan alone", "plan"), ("all of it", "memory")):
        over = found[key] - nothing[key]
        figures.append(Figure(f"memory over an empty app: {name}", over, over, 0, 150, "MiB"))
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the review of a large plan.")
    parser.add_argument("--nodes", type=int, default=32_500)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--rules", action="store_true", help="have the plan judged by some rules")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--program", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.program:
        program(options.program)
        return
    with tempfile.TemporaryDirectory() as name:
        plan, empty = Path(name) / "plan", Path(name) / "empty"
        made = plan_of(options.nodes)
        plan.write_text(encode_plan(made))
        empty.write_text(encode_plan(plan_of(0)))
        count = len(made.actions)
        del made
        if options.rules:
            plan.with_suffix(".rules").touch()
        figures = measured(plan, empty, options.rounds)
    if options.json:
        print(msgspec.json.encode({"actions": count, "figures": figures}).decode())
        return
    tell(f"{count} actions", figures)


if __name__ == "__main__":
    main()
