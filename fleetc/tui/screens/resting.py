"""Planning what a run left: asked in a dialog, then shown in the review. Nothing is sent by it."""

from __future__ import annotations

from functools import partial

from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Layout
from fleetc.tui.run_paint import rest_stakes
from fleetc.tui.screens.dialogs import Confirm
from fleetc.tui.screens.frame import Frame
from fleetc.tui.text import shown

__all__ = ["plan_rest"]


def plan_rest(screen: Frame, desk: Desk, run: str, left: int) -> None:
    """Ask whether to plan what `run` left, and open that plan in the review."""
    said = rest_stakes(run, left)
    if desk.choice.changed:
        said.append(shown("             What is chosen in the review now is dropped.", "bold"))

    def decided(go: bool | None) -> None:
        if go:
            screen.say(f"observing, and planning what {run} left ...")
            screen.ask("plan", partial(_plan, screen, desk, run), partial(_planned, screen, desk))

    screen.app.push_screen(Confirm("Plan what is left", said, "plan"), decided)


def _plan(screen: Frame, desk: Desk, run: str) -> tuple[Choice, Layout, str]:
    plan, said = desk.session.plan_rest(run)
    return *screen.fleetc.desks.drafted(desk, plan), said


def _planned(screen: Frame, desk: Desk, answer: tuple[Choice, Layout, str]) -> None:
    choice, layout, said = answer
    review = screen.fleetc.review
    review.adopt(desk, choice, layout)
    review.turn_to(desk)
    review.say(said, "r plans all again")
    screen.fleetc.show(review.scope)
