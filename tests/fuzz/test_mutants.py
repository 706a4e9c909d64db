"""20,000 mistakes: no traceback, no hang, no diagnostic without a place, the same every time."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from fleetc.ir.lower import Compiled, compile_fleet
from fleetc.lang.diagnostics import Label
from tests.fuzz import judge as judge_module
from tests.fuzz.judge import Files, judge
from tests.fuzz.mutants import SEEDS, mutant

ROOT = Path(__file__).parents[2]
COUNT = int(os.environ.get("FLEETC_MUTANTS", "20000"))
PARTS = 4


@pytest.mark.parametrize("seed", SEEDS, ids=range(len(SEEDS)))
def test_what_the_mutants_are_made_of_compiles(seed: str) -> None:
    faults, said = judge(seed.encode())
    assert faults == []
    assert b"error" not in said.partition(b"\0")[0]


def test_most_mutants_are_near_misses_and_some_compile() -> None:
    said = [judge(mutant(number))[1].split(b"\0") for number in range(400)]
    compiled = sum(len(parts) > 3 for parts in said)
    codes = {parts[1].split(b" ")[2] for parts in said if parts[1]}
    assert 0.05 <= compiled / len(said) <= 0.5
    assert len(codes) >= 40


def test_the_judge_finds_what_it_looks_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compiled(reader: Files) -> Compiled:
        found = compile_fleet(reader)
        place = Label(replace(found.diagnostics[0].primary.span, path="nowhere"))
        wrong = msgspec.structs.replace(found.diagnostics[0], primary=place, code="F9999")
        return replace(found, diagnostics=(wrong,))

    monkeypatch.setattr(judge_module, "compile_fleet", compiled)
    faults, _ = judge(b"version: 2\naccount: x\n")
    assert sorted(fault.partition(" ")[0] for fault in faults) == ["F9999", "unknown"]
    monkeypatch.setattr(judge_module, "compile_fleet", lambda reader: 1 // 0)
    assert judge_module.main(0, 1) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_mutant_is_a_traceback_a_hang_or_without_a_place(part: int) -> None:
    count = COUNT // PARTS
    command = [sys.executable, "-m", "tests.fuzz.judge", str(part * count), str(count)]
    running = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for seed in ("1", "2")
    ]
    said = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], said[0][-4000:]
    assert said[0] == said[1]
