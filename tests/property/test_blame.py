"""Blame against a model that knows which commit wrote each line."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from fleetc.git.blame import Signed, blame

PATH = "fleet.yaml"
FIELDS = {"region": ("eu-1", "us-1"), "lifecycle_class": ("spot", "persistent"), "provision": ("true",)}

Line = tuple[str, str]
"""The text of a line, and the commit that wrote it."""


@dataclass
class Model:
    """A history in memory: for each commit its parents and the lines of the file."""

    lines: dict[str, list[Line]] = field(default_factory=dict)
    above: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, lines: list[Line], *parents: str) -> str:
        commit = f"c{len(self.lines)}"
        self.lines[commit] = [(text, who or commit) for text, who in lines]
        self.above[commit] = parents
        return commit

    def parents(self, commit: str) -> tuple[str, ...]:
        return self.above[commit]

    def seconds(self, commit: str) -> int:
        return int(commit[1:])

    def blob(self, commit: str, path: str) -> str:
        text = self._text(commit) if path == PATH else ""
        return next(c for c in self.lines if self._text(c) == text) if text else ""

    def content(self, blob: str) -> bytes:
        return self._text(blob).encode()

    def signed(self, commit: str) -> Signed:
        return Signed(commit, "", "")

    def _text(self, commit: str) -> str:
        return "".join(f"{text}\n" for text, _ in self.lines[commit])


def _item(rng: random.Random, number: int) -> list[Line]:
    values = [(f"    {name}: {rng.choice(values)}", "") for name, values in FIELDS.items()]
    return [(f"  - hostname: edge-{number:04d}", ""), *values]


def _edited(rng: random.Random, lines: list[Line], number: int) -> list[Line]:
    """The lines with one to three edits: a value changed, an item put in or taken out."""
    lines = list(lines)
    for _ in range(rng.randint(1, 3)):
        heads = [place for place, (text, _) in enumerate(lines) if "hostname" in text]
        place, number = rng.choice(heads), number + 1
        match rng.choice(("value", "value", "put in", "take out")):
            case "put in":
                lines[place:place] = _item(rng, number)
            case "take out" if len(heads) > 2:
                del lines[place : place + 1 + len(FIELDS)]
            case _:
                offset = rng.randint(1, 2)
                text, who = lines[place + offset]
                if not who:
                    continue
                name, values = list(FIELDS.items())[offset - 1]
                other = values[1] if text.endswith(values[0]) else values[0]
                lines[place + offset] = (f"    {name}: {other}", "")
    return lines


def _history(rng: random.Random, commits: int) -> tuple[Model, str]:
    model = Model()
    start: list[Line] = [("nodes:", "")]
    for number in range(rng.randint(3, 40)):
        start += _item(rng, number)
    head = model.add(start)
    for turn in range(commits):
        before = model.lines[head]
        after = _edited(rng, before, 100 * (turn + 1))
        if [text for text, _ in after] != [text for text, _ in before]:
            head = model.add(after, head)
    return model, head


@given(st.integers(0, 2**32), st.integers(0, 12))
def test_every_line_is_blamed_on_the_commit_that_wrote_it(seed: int, commits: int) -> None:
    model, head = _history(random.Random(seed), commits)
    wanted = {number: who for number, (_, who) in enumerate(model.lines[head], 1)}
    found = blame(model, head, PATH, list(wanted))
    assert {number: said.commit for number, said in found.items()} == wanted
    assert all(said.exact for said in found.values())


@given(st.integers(0, 2**32), st.integers(4, 12))
def test_what_is_not_looked_at_is_never_called_exact(seed: int, commits: int) -> None:
    model, head = _history(random.Random(seed), commits)
    wanted = {number: who for number, (_, who) in enumerate(model.lines[head], 1)}
    found = blame(model, head, PATH, list(wanted), most=3)
    for number, said in found.items():
        written, reached = model.seconds(wanted[number]), model.seconds(said.commit)
        assert written == reached if said.exact else written <= reached
    assert found.keys() == wanted.keys()
