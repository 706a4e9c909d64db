"""Asking a session how things stand: the one question of all screens, and of the plain review. Pure."""

from __future__ import annotations

from typing import NamedTuple

from fleetc.plan.drift import drifts
from fleetc.tui.choice import Choice
from fleetc.tui.session import Session
from fleetc.tui.states import Known, World
from fleetc.tui.verdicts import Verdicts

__all__ = ["Heard", "hear"]


class Heard(NamedTuple):
    """An answer of the session."""

    world: World
    verdicts: Verdicts
    known: Known


def hear(session: Session, choice: Choice, ticked: bytes, known: Known) -> Heard:
    """How `ticked` stands now, and what is `known` once of the plan; asked on the session's thread."""
    stands = session.standing(ticked)
    world = World(session.snapshot_age(), session.lock(), ticked, stands, session.max_age, session.moved())
    same = stands.findings is choice.verdicts.findings
    verdicts = choice.verdicts if same else choice.judged(stands.findings)
    if known.asked:
        return Heard(world, verdicts, known)
    before = session.approved_before()
    drifted = 0 if session.past else len(drifts(choice.plan, {}))
    observed = "" if choice.addresses or session.past else _observed(session)
    known = Known(True, choice.waves(), session.rule_texts(), before, drifted, observed)
    return Heard(world, verdicts, known)


def _observed(session: Session) -> str:
    """How much the plan's snapshot holds, for where there is nothing else to tell."""
    report = session.drift()
    if report.resources is None:
        return ""
    many = f"{report.resources:,} resource{'' if report.resources == 1 else 's'}"
    return f" ({many}, {'full snapshot' if report.complete else 'PARTIAL snapshot'})"
