"""Recorded files that are wrong: a problem with the line's number, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.errors import StateProblem
from fleetc.platforms.local.profile import local_profile
from fleetc.store.recorded import empty_snapshot, read_recorded, recorded_bytes

NODE = b'{"address":"node/a","fields":{"x":1},"id":"n-1","kind":"node"}'
HEAD, CATALOGUE, _ = recorded_bytes(empty_snapshot("acc", local_profile())).split(b"\n")
PATH = Path(__file__).parents[3] / "snapshots" / "edge-applied.jsonl"


def _read(tmp_path: Path, *lines: bytes, end: bytes = b"\n") -> StateProblem | None:
    path = tmp_path / "state.jsonl"
    path.write_bytes(b"\n".join(lines) + end)
    problem = _problem(path)
    assert problem is None or problem.code == "F0632"
    return problem


def test_the_plain_file_is_read(tmp_path: Path) -> None:
    assert _read(tmp_path, HEAD, CATALOGUE, NODE) is None


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (1, (b"", CATALOGUE)),
        (1, (b"[]", CATALOGUE)),
        (1, (HEAD.replace(b"snapshot/1", b"snapshot/2"), CATALOGUE)),
        (1, (HEAD.replace(b'"complete":true', b'"complete":1'), CATALOGUE)),
        (1, (HEAD.replace(b'"complete":true', b'"complete":true,"extra":1'), CATALOGUE)),
        (1, (HEAD.replace(b'"taken_at":""', b'"taken_at":"soon"'), CATALOGUE)),
        (1, (b"\xef\xbb\xbf" + HEAD, CATALOGUE)),
        (2, (HEAD, b"{}")),
        (2, (HEAD, CATALOGUE.replace(b'"regions":[]', b'"regions":[1]'))),
        (3, (HEAD, CATALOGUE, b"")),
        (3, (HEAD, CATALOGUE, b"{")),
        (3, (HEAD, CATALOGUE, b"\xff")),
        (3, (HEAD, CATALOGUE, b"[" * 100_000)),
        (3, (HEAD, CATALOGUE, NODE.replace(b'{"x":1}', b"[]"))),
        (3, (HEAD, CATALOGUE, NODE.replace(b'{"x":1}', b'{"x":1,"x":2}'))),
        (3, (HEAD, CATALOGUE, NODE.replace(b'"kind":"node"', b'"kind":"peer"'))),
        (3, (HEAD, CATALOGUE, NODE.replace(b'"id":"n-1",', b""))),
        (3, (HEAD, CATALOGUE, b"<<<<<<< HEAD")),
        (4, (HEAD, CATALOGUE, NODE, NODE)),
        (4, (HEAD, CATALOGUE, NODE, NODE.replace(b"n-1", b"n-2"))),
        (4, (HEAD, CATALOGUE, NODE, NODE.replace(b"node/a", b"node/b"))),
    ],
)
def test_the_wrong_line_is_named(tmp_path: Path, line: int, lines: tuple[bytes, ...]) -> None:
    problem = _read(tmp_path, *lines)
    assert problem is not None
    assert f"state.jsonl:{line} " in problem.message


@pytest.mark.parametrize("lines", [(), (HEAD,), (HEAD, CATALOGUE, NODE)])
def test_a_cut_file(tmp_path: Path, lines: tuple[bytes, ...]) -> None:
    problem = _read(tmp_path, *lines, end=b"")
    assert problem is not None
    assert "is cut" in problem.message


def test_order_and_spaces_do_not_matter(tmp_path: Path) -> None:
    other = b'{"kind": "node", "id": "n-0", "fields": {}, "address": "node/0"}'
    assert _read(tmp_path, HEAD, CATALOGUE, NODE, other) is None
    found = read_recorded(tmp_path / "state.jsonl")
    assert [resource.address for resource in found.resources] == ["node/0", "node/a"]


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.jsonl"):
        with pytest.raises(StateProblem):
            read_recorded(path)


@given(place=st.integers(0, PATH.stat().st_size - 1), byte=st.binary(max_size=3), cut=st.booleans())
def test_any_damage_is_a_problem_or_another_state(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: bytes, cut: bool
) -> None:
    whole = PATH.read_bytes()
    path = tmp_path_factory.mktemp("d") / "state.jsonl"
    path.write_bytes(whole[:place] + byte + (b"" if cut else whole[place + 1 :]))
    problem = _problem(path)
    assert problem is None or problem.code == "F0632"


def _problem(path: Path) -> StateProblem | None:
    try:
        read_recorded(path)
    except StateProblem as problem:
        return problem
    return None
