"""Rules, people and requests with names made to harm show as text and do nothing else (design 4.5.3)."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.plan.actions import Limit, Plan
from fleetc.plan.verdicts import Bound, Finding, Quorum, Requirement, Verdict
from fleetc.ports import Approval
from fleetc.service.approving import Waiting
from fleetc.tui.screens.dialogs import Typed
from tests.tui.drive import NARROW, WIDE, driven, segments, typed
from tests.tui.fleet import T0, FakeSession
from tests.tui.judged import requested, requests
from tests.tui.ruled import heard
from tests.tui.test_hostile import HOSTILE, check, hostile

EVIL = "".join(HOSTILE[:9])
QUORUM = Quorum(2, EVIL, HOSTILE)


def finding(name: str, verdict: Verdict, subject: str) -> Finding:
    return Finding(
        rule=name, verdict=verdict, place=f"{EVIL}:1:1", subject=subject, message=name, help=EVIL,
        tripped=(Bound(name, name, EVIL),), unknown=HOSTILE, requires=(QUORUM,), window=EVIL, until=T0,
        waiver=name if verdict is Verdict.WARN else "", trial=EVIL if verdict is Verdict.ALLOW else "",
        fixed=False, accepted=True, reaches=HOSTILE,
    )  # fmt: skip


def findings(plan: Plan) -> tuple[Finding, ...]:
    verdicts = list(Verdict)
    of_rows = [
        finding(name, verdicts[number % len(verdicts)], action.id)
        for number, (name, action) in enumerate(zip(HOSTILE, plan.actions, strict=True))
    ]
    return (*(finding(name, Verdict.HOLD, "") for name in HOSTILE), *of_rows)


def session_of_harm() -> FakeSession:
    session = hostile()
    approval = Approval(1, EVIL, EVIL, EVIL, EVIL, {}, T0 - 1, T0 + 3600, EVIL)
    budgets = tuple(Limit(f"budget {name}", 3, 3, 2, True, name) for name in HOSTILE)
    found = findings(session.plan)

    def rules(_plan: Plan, _ticked: bytes) -> dict[str, object]:
        return {
            "findings": found,
            "binding": tuple(each for each in found if each.verdict is Verdict.HOLD),
            "budgets": budgets,
            "requirements": tuple(Requirement((QUORUM,), name, EVIL) for name in HOSTILE),
            "approvals": (approval,),
            "missing": HOSTILE,
        }

    session.rules = rules
    session.texts = {(True, f"{EVIL}:1:1"): "\n".join(HOSTILE)}
    session.before = {action.id: HOSTILE for action in session.plan.actions}
    session.asked = tuple(
        Waiting(
            msgspec.structs.replace(
                each.request, environment=EVIL, opened_by=EVIL, id=EVIL, digest=f"{number}{EVIL}"
            ),
            (msgspec.structs.replace(approval, used_by=EVIL if number else ""), approval),
            each.counts,
            HOSTILE if number == 0 else (),
        )
        for number, each in enumerate(requests())
    )
    session.told = {
        each.request.digest: msgspec.structs.replace(
            requested(each), text=EVIL, condemned=HOSTILE, findings=found, limits=budgets, override=EVIL,
            allowed_by=HOSTILE, before=dict.fromkeys(HOSTILE, 1), requirements=(Requirement((QUORUM,), EVIL, EVIL),),
        )
        for each in session.asked
    }  # fmt: skip
    return session


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hostile_rules_are_only_text(size: tuple[int, int]) -> None:
    session = session_of_harm()
    async with driven(session, size) as (app, pilot):
        await heard(app, pilot)
        for _ in range(len(HOSTILE) + 6):
            app.review.listing.move(1)
            app.review.paint()
            await pilot.pause(0)
            check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "e", "enter")
        check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "escape", "space")
        await heard(app, pilot)
        await typed(pilot, "A")
        assert isinstance(app.screen, Typed)
        await typed(pilot, "pagedown", "pagedown")
        check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "escape")
        await typed(pilot, "3", "g", "j")
        for _ in range(4):
            await pilot.pause(0.2)
            await typed(pilot)
            check(segments(app))  # type: ignore[arg-type]
            await typed(pilot, "j")
        for key in ("R", "V"):
            await typed(pilot, "g", "j", key)
            check(segments(app))  # type: ignore[arg-type]
            await typed(pilot, "escape")
        assert app.is_running
    assert session.calls == []
