"""Names made to harm show as text and do nothing else (design 4.5.3)."""

from __future__ import annotations

import pytest

from fleetc.events import ActionFailed, ActionStarted, RunPaused, RunStarted
from fleetc.git import Blame
from fleetc.ir.difference import FieldDifference, ResourceDifference
from fleetc.lang.diagnostics import OriginStep
from fleetc.plan.changes import Cause, Op
from fleetc.policy.reasons import Chain, FieldWay, Step
from fleetc.ports import Run, SnapshotRow
from fleetc.service.history import Step as Seen
from fleetc.service.lookups import Done, Past
from fleetc.service.pointing import Told, Written
from tests.tui.drive import NARROW, WIDE, driven, segments, typed, until
from tests.tui.fleet import FakeSession, action, at, plan_of

HOSTILE = (
    "[/]",
    "[/nope]",
    "[@click=app.quit]x[/]",
    "[@click=app.action_quit()]y",
    "[link=file:///etc/passwd]z[/link]",
    "\x1b[2J\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m\x90q",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "tab\tnew\nline\r",
    "n" * 10_000,
    "東京" * 40,
    "e\u0301\u0302\u0303" * 20,
    "$create",
    "%s {0} {name}",
)


def hostile() -> FakeSession:
    actions = tuple(
        action(
            f"node/{name}",
            {f"field{name}": name, "list": [name, name]},
            op=list(Op)[number % 4],
            reason=name,
            id=f"id{number}",
            requires=(f"id{number - 1}",) if number else (),
        )
        for number, name in enumerate(HOSTILE)
    )
    evil = "".join(HOSTILE[:8])
    plan = plan_of(
        actions, environment=evil, revision=evil, commit=evil, digest=evil, adopt=HOSTILE, warnings=HOSTILE,
        unmanaged=HOSTILE, snapshot=evil, snapshot_taken_at=evil,
    )  # fmt: skip
    run: list[object] = [
        RunStarted(
            run="r", seq=1, at=at(0), plan=evil, environment=evil, account=evil, by=evil, approved_by=HOSTILE,
            total=len(actions), epoch=1, host=evil, pid=1,
        )
    ]  # fmt: skip
    for number, each in enumerate(actions):
        common = {"run": "r", "at": at(number), "action": each.id, "address": each.address, "op": each.op}
        run.append(ActionStarted(seq=len(run) + 1, wave=1, **common))  # type: ignore[arg-type]
        if number % 2:
            run.append(
                ActionFailed(
                    seq=len(run) + 1, code=evil, message=HOSTILE[number], state=evil,
                    live={evil: HOSTILE[number]}, **common,  # type: ignore[arg-type]
                )
            )  # fmt: skip
    run.append(RunPaused(run="r", seq=len(run) + 1, at=at(9), reason=evil, next_step=evil))
    return FakeSession(
        plan=plan, environment=evil, who=evil, stored=tuple(run),  # type: ignore[arg-type]
        record=Run("r", "", "", "", "paused", evil, ""),
    )  # fmt: skip


LOOKS = (
    *(("s", group) for group in "erwtk"),
    *(("f", facet) for facet in "pdnoxa"),
    *((key,) for key in ("G", "d", "down", "d", "escape", "escape")),
    *(("y", what) for what in "ardipc"),
    *((key, "y", "escape") for key in ("w", "h", "at")),
    ("o", "escape"),
    ("colon", *"[/nope]", "enter"),
    ("colon", *"$cr", "enter", "escape"),
    ("r", "escape"),
)
"""Keys that look something up; a picture is looked at after each group of them."""


def told_of(address: str) -> tuple[Told, Past]:
    """What is told of an address, of nothing but what would do harm."""
    evil = "".join(HOSTILE[:8])
    ways = tuple(FieldWay(name, Cause.DRIFT, name, [name], {name: name}, name) for name in HOSTILE)
    steps = tuple(Step(evil[:30], name, keeps=True) for name in HOSTILE)
    came = tuple(OriginStep(name[:40], name) for name in HOSTILE)
    by = Blame(evil, evil, evil, evil, exact=False)
    written = tuple(Written(name, f"{name}:3:1", f"  {name}", came, by) for name in HOSTILE)
    row = SnapshotRow(1, evil, evil, evil, evil, 1, True, evil)
    fields = tuple(FieldDifference(name, name, {name: name}) for name in HOSTILE)
    seen = Seen(row, ResourceDifference("changed", address, fields))
    return Told((Chain(address, evil, evil, ways, steps),), written), Past(
        (seen,), ((evil, evil, evil, evil),)
    )


def check(shown: list[list[object]]) -> None:
    for line in shown:
        for segment in line:
            assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in segment.text)  # type: ignore[attr-defined]
            style = segment.style  # type: ignore[attr-defined]
            assert style is None or style.link is None
            assert style is None or "@click" not in style.meta


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hostile_text_is_only_text(size: tuple[int, int]) -> None:
    session = hostile()
    for each in session.plan.actions:
        session.whys[each.address], session.pasts[each.address] = told_of(each.address)
    session.did.append(Done(0.0, "".join(HOSTILE)))
    async with driven(session, size) as (app, pilot):
        check(segments(app))  # type: ignore[arg-type]
        for _ in range(len(HOSTILE) + len(Op)):
            app.review.listing.move(1)
            app.review.paint()
            await pilot.pause(0)
            check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "space", "u", "slash", *"[/", "enter", "escape", "enter", "escape")
        check(segments(app))  # type: ignore[arg-type]
        for keys in LOOKS:
            await typed(pilot, *keys)
            check(segments(app))  # type: ignore[arg-type]
        assert app.review.links is None
        await typed(pilot, "escape", "A")
        check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "escape", "2")
        await until(app, pilot, "FAIL")
        await typed(pilot, "e")
        check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "f", "question_mark", "escape")
        check(segments(app))  # type: ignore[arg-type]
        await pilot.click(offset=(20, 8))
        assert app.is_running
    assert session.calls == ["replan"]
