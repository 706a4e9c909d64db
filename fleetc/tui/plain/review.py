"""The plain review: commands on the plans of some environments, one line after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress

from fleetc.errors import ExitCode, FleetcError, Refused, gravest
from fleetc.lang.selector_ast import SelectorProblem
from fleetc.lang.text import few
from fleetc.plan.selectors import select
from fleetc.run.state import exit_code
from fleetc.tui import states
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Unplanned
from fleetc.tui.plain import lines, running
from fleetc.tui.plain.commands import numbers, read
from fleetc.tui.plain.console import Console, Ended
from fleetc.tui.plain.looking import PAGE, Looking
from fleetc.tui.session import Session
from fleetc.tui.words import approved

__all__ = ["PlainReview", "review_plainly"]

MANY = 50
"""From so many changes on, moving all of them at once asks first."""


class PlainReview(Looking):
    """The talk, and the commands that choose, decide and follow runs."""

    # the talk

    def run(self) -> int:
        """Talk until somebody leaves, or a script's command fails; the exit code.

        It is the gravest of the runs that were applied here, and of a script's failure.
        """
        self._greet()
        try:
            failure = self._talk()
        except Ended:
            failure = None
            self.console.say("The input has ended. A run goes on.")
        return gravest([*self._codes(), failure.exit_code if failure else ExitCode.OK])

    def _talk(self) -> FleetcError | None:
        """Do one command after the other; a script's failure, or None when somebody leaves."""
        while True:
            line = self.console.ask(self.desk.environment)
            if not line:
                continue
            try:
                command, rest = read(line)
                if command.name == "quit":
                    return None
                getattr(self, f"do_{command.name}")(rest)
            except FleetcError as problem:
                self._complain(problem)
                if not self.console.interactive:
                    return problem
            except KeyboardInterrupt:
                self.console.say("Stopped. A run goes on.")

    def _codes(self) -> list[int]:
        """The exit codes of the runs applied here that have ended or paused."""
        runs = [desk.session.run(desk.applied) for desk in self.desks.all if desk.applied]
        return [exit_code(run.status) for run in runs if run and (run.finished_at or run.status == "paused")]

    def _greet(self) -> None:
        for branch in self.desks.branches:
            if isinstance(branch, Unplanned):
                self._say(f"Environment {branch.environment} has NO PLAN: {branch.why}", *branch.mistakes)
        for desk in self.desks.all:
            self._hear(desk)
            self._say(*lines.where(desk), *lines.whole(desk))
        self._say("Type list to see the changes, help for all commands, quit to leave.")

    def _complain(self, problem: FleetcError) -> None:
        code = f" {problem.code}" if problem.code else ""
        self._say(f"Error{code}: {problem.message}")
        self._say(*(f"  {each}" for each in (problem.state, problem.next_step) if each))

    # choosing

    def _leaves(self, rest: str) -> list[int]:
        found = numbers(rest, len(self.desks.addresses))
        if found is not None:
            return found
        masks, problems = [], []
        for desk in self.desks.all:
            try:
                masks.append(select(rest, desk.universe))
            except SelectorProblem as problem:
                problems.append(problem)
                masks.append(bytes(len(desk.choice.addresses)))
        if len(problems) == len(self.desks.all):
            raise problems[0]
        return list(compress(range(len(self.desks.addresses)), b"".join(masks)))

    def _move(self, rest: str, on: bool | None) -> None:
        leaves = self._leaves(rest)
        if len(leaves) > MANY and not self._sure(f"{len(leaves):,} changes at once"):
            self._say("Nothing was moved.")
            return
        self._moved(self.desks.toggle(leaves, on), self._nothing(leaves))

    def _sure(self, what: str) -> bool:
        return self.console.ask(f"{what}; yes does it", fresh=True) == "yes"

    def _nothing(self, leaves: Sequence[int]) -> str:
        """Why nothing moved."""
        barred = [
            f"{desk.choice.addresses[row]}: {desk.choice.why(row)}"
            for desk in self.desks.all
            for row in desk.choice.own(leaves)
            if desk.choice.barred[row]
        ]
        return f"{barred[0]} (cannot be chosen)" if barred else "Nothing to choose here."

    def _moved(self, moved: bool, nothing: str) -> None:
        if not moved:
            self._say(nothing)
            return
        self._say(self.desks.said)
        for desk in self.desks.all:
            if desk.world.ticked != desk.choice.ticked:
                self._hear(desk)
                self._say(f"{desk.environment}: {lines.whole(desk)[-1]}")

    def do_toggle(self, rest: str) -> None:
        """Leave out if all of it is chosen, else choose."""
        self._move(rest, None)

    def do_choose(self, rest: str) -> None:
        """Choose."""
        self._move(rest, on=True)

    def do_leave(self, rest: str) -> None:
        """Leave out."""
        self._move(rest, on=False)

    def do_undo(self, _rest: str) -> None:
        """Take the last toggle back."""
        self._moved(self.desks.undo(), "Nothing to undo.")

    def do_redo(self, _rest: str) -> None:
        """Do what was undone."""
        self._moved(self.desks.redo(), "Nothing to redo.")

    # deciding

    def do_replan(self, _rest: str) -> None:
        """Observe and plan again; the selection comes along."""
        desk = self.desk
        self._say("Observing and planning again.")
        choice = Choice(desk.session.draft())
        if lost := choice.carry(desk.choice):
            self._refuse_lost(lost)
            if not self._sure("the new plan in its place"):
                self._say("The plan stays as it was.")
                return
        desk.session.take_draft()
        self._take(choice, choice.said)

    def _refuse_lost(self, lost: Sequence[str]) -> None:
        """Say what of the selection a new plan drops; raises `Refused` where nobody can be asked."""
        said = f"{len(lost)} that you chose or left out yourself would be lost"
        if not self.console.interactive:
            raise Refused(f"{said}: {few(lost, 6)}", state="the plan stays as it was")
        self._say(f"{said}:", *(f"  {each}" for each in lost[:PAGE]))

    def _take(self, choice: Choice, said: str) -> None:
        """Work on another plan of the environment."""
        self.desk.take(choice)
        self.desks.rows()
        self.expression, self._mask, self._next = "", None, 0
        self._hear(self.desk)
        self._say(said, *lines.whole(self.desk))

    def _typed(self, verb: str, said: Sequence[str], expected: str) -> str:
        """The words that decide, or nothing; raises `Refused` for others."""
        self._say(f"To {verb} here:", *said)
        prompt = f"type the environment and the number destroyed to {verb}, or nothing"
        typed = self.console.ask(prompt, fresh=True)
        if not typed:
            self._say("Nothing was done.")
        elif typed != expected:
            raise Refused(
                f"{typed!r} is not `<environment> <number destroyed>` of this plan",
                state="nothing was done",
                next_step=f"{verb} again",
            )
        return typed

    def _decide(self, verb: str, off: Callable[[Choice, states.World, str], str]) -> bytes | None:
        """The ticks that somebody has confirmed in words, or None."""
        desk = self.desk
        self._hear(desk)
        if reason := off(desk.choice, desk.world, desk.session.read_only):
            raise Refused(f"{verb} is off: {reason}", state="nothing was done")
        ticked, expected = desk.choice.ticked, f"{desk.environment} {desk.choice.destroyed}"
        return ticked if self._typed(verb, lines.stakes(desk), expected) else None

    def do_approve(self, _rest: str) -> None:
        """Approve what is chosen, after its words."""
        ticked = self._decide("approve", states.approve_off)
        if ticked is not None:
            expected = f"{self.desk.environment} {self.desk.choice.destroyed}"
            self._say(approved(self.desk.session.approve(ticked, expected, "")))
            self._hear(self.desk)

    def do_apply(self, _rest: str) -> None:
        """Apply what is chosen and approved, after its words."""
        ticked = self._decide("apply", states.apply_off)
        if ticked is not None:
            self.desk.applied = self.desk.session.apply(ticked)
            self._say(f"Run {self.desk.applied} was started; watch follows it.")

    # runs

    def do_runs(self, _rest: str) -> None:
        """List the newest runs, and how they stand."""
        self._say(*(line for desk in self.desks.all for line in running.told(desk)))

    def do_drift(self, _rest: str) -> None:
        """List what has drifted."""
        for desk in self.desks.all:
            self._say(*lines.drift(desk.environment, desk.session.drift()))

    def do_rest(self, rest: str) -> None:
        """Work on a new plan of what a run left."""
        desk = self.desk
        run = running.finding(desk, rest)
        plan, said = desk.session.plan_rest(run.id)
        self._take(Choice(plan), said)

    def do_watch(self, rest: str) -> None:
        """Follow a run to its end."""
        run = running.finding(self.desk, rest or self.desk.applied)
        running.follow(self.console, self.desk.session, run.id)

    def do_pause(self, rest: str) -> None:
        """Ask a run to start no further call."""
        run = running.finding(self.desk, rest)
        self.desk.session.pause(run.id)
        self._say(f"{run.id}: calls in flight finish, no new one starts.")

    def do_resume(self, rest: str) -> None:
        """Finish a paused or broken-off run, after its words."""
        run = running.finding(self.desk, rest)
        said, expected = running.resuming(self.desk, run)
        if self._typed("resume", said, expected):
            self.desk.session.resume(run.id)
            self.desk.applied = run.id
            self._say(f"{run.id} goes on; watch follows it.")


def review_plainly(console: Console, branches: Sequence[Session | Unplanned]) -> int:
    """Review plans by commands until somebody leaves; the exit code.

    Environments without a plan have a branch too; one at least has a plan.
    """
    desks = [each if isinstance(each, Unplanned) else Desk(each, Choice(each.plan)) for each in branches]
    return PlainReview(console, desks).run()
