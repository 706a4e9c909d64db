"""Compile a range of mutants and judge each: `python -m tests.fuzz.judge FIRST COUNT`.

Prints one line for each fault found, then `digest <hex>` over all that was said. A mutant has two
seconds of processor time; what takes longer is a fault, with its traceback.
"""

from __future__ import annotations

import hashlib
import re
import signal
import sys
import traceback
from types import FrameType

from fleetc.ir.lower import Compiled, compile_fleet, graph_bytes
from fleetc.lang.codes import CODES
from fleetc.lang.diagnostics import Diagnostic
from fleetc.lang.render import render
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.diff import diff
from fleetc.plan.documents import plan_bytes
from fleetc.platforms.local.profile import local_profile
from fleetc.report.plan_text import render_plan
from fleetc.store.recorded import empty_snapshot
from tests.fuzz.mutants import mutant

LIMIT = 2.0
_SAFE = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]*\Z")


MORE = b"nodes:\n  - {hostname: more-1, template: base}\n  - {hostname: web-01, template: base}\n"


class Files:
    """A reader of the mutant, and of a file that it may include."""

    def __init__(self, data: bytes) -> None:
        self.files = {"fleet.yaml": data, "more.yaml": MORE}

    def paths(self) -> tuple[str, ...]:
        return tuple(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path]

    def kind(self, path: str) -> str:
        return "file" if path in self.files else "missing"


class Slow(Exception):
    """It took too long."""


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise Slow


def judge(data: bytes) -> tuple[list[str], bytes]:
    """What is wrong with how a file is compiled, and all that was said of it."""
    compiled = compile_fleet(Files(data))
    said = [render(compiled.diagnostics, compiled.sources, form) for form in ("full", "concise", "json")]
    faults = [fault for item in compiled.diagnostics for fault in _faults(item, compiled)]
    errors = any(item.severity == "error" for item in compiled.diagnostics)
    if errors != (compiled.graph is None):
        faults.append("errors and a graph, or neither")
    if compiled.graph is not None:
        said += [graph_bytes(compiled.graph).decode(), *_planned(compiled)]
    faults += [f"a control character in {text[:80]!r}" for text in said if not _SAFE.match(text)]
    return faults, "\0".join(said).encode()


def _planned(compiled: Compiled) -> list[str]:
    assert compiled.graph is not None
    live = empty_snapshot(compiled.graph.account, local_profile())
    found, _ = diff(compiled.graph, live, {})
    plan = build_plan(compiled.graph, live, found, PlanContext("test", "local", study="a test"))
    return [plan_bytes(plan).decode(), render_plan(plan)]


def _faults(item: Diagnostic, compiled: Compiled) -> list[str]:
    faults = []
    if item.code not in CODES:
        faults.append(f"unknown code {item.code}")
    for label in (item.primary, *item.secondary):
        file = compiled.sources.get(label.span.path)
        if file is None:
            faults.append(f"{item.code} stands in no file: {label.span}")
        elif not (1 <= label.span.line <= file.data.count(b"\n") + 1 and label.span.column >= 1):
            faults.append(f"{item.code} stands outside the file: {label.span}")
    return faults


def main(first: int, count: int) -> int:
    signal.signal(signal.SIGVTALRM, _too_slow)
    whole, found = hashlib.blake2b(), 0
    for number in range(first, first + count):
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
        try:
            faults, said = judge(mutant(number))
        except Exception:
            faults, said = [traceback.format_exc()], b""
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        whole.update(said)
        found += bool(faults)
        for fault in faults:
            print(f"mutant {number}: {fault}")
    print(f"digest {whole.hexdigest()}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2])))
