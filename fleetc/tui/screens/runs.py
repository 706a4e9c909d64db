"""The runs screen: what was applied, by whom, how it ended, and what it left.

Rows are numbers until they are seen: how far a run came is read for those on the screen only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from fleetc.ir.timestamps import rfc3339
from fleetc.run.state import FINAL
from fleetc.run.summary import Comparison
from fleetc.tui import runs_paint
from fleetc.tui.desk import Desk, Desks
from fleetc.tui.items import Listed
from fleetc.tui.paint import environment
from fleetc.tui.screens.frame import bound
from fleetc.tui.screens.listing import LOOK, Listing
from fleetc.tui.screens.resting import plan_rest
from fleetc.tui.screens.saving import Saving
from fleetc.tui.states import barred
from fleetc.tui.text import Part, lined, shown

if TYPE_CHECKING:
    from fleetc.ports import Run
    from fleetc.run.summary import Summary, Tally

__all__ = ["Runs"]

SEEN = 0.1
"""Seconds between two looks whether rows were shown whose runs were not read yet."""
LATELY = 30 * 86_400.0


class Runs(Listing["Run", "Summary"]):
    """The sixth screen."""

    scope: ClassVar[str] = "runs"
    BINDINGS = bound("runs")
    subject = "Runs"

    def __init__(self, desks: Desks) -> None:
        super().__init__(desks, key=_id, words=runs_paint.words)
        self.tallies: dict[str, Tally] = {}
        self.going: dict[str, Run] = {}
        self.marked: Listed[Run] | None = None
        self.compared: Comparison | None = None
        self._lately: dict[Desk, Mapping[str, int]] = {}
        self._unread: dict[str, Listed[Run]] = {}
        self._asked: set[str] = set()

    def on_mount(self) -> None:
        """Begin to look at what is seen."""
        self.set_interval(SEEN, self._read_seen)
        self.set_interval(LOOK, self._read_going)

    # what is shown

    def read(self, desk: Desk) -> tuple[Run, ...]:
        """The runs of an environment."""
        found = desk.session.runs()
        now = desk.session.now()
        since = rfc3339(now - LATELY)
        late = (run for run in found if run.started_at >= since)
        self._lately[desk] = Counter(runs_paint.run_word(run, now) for run in late)
        return found

    def mark(self, desk: Desk) -> object:
        """Another value when a run began, paused, went on or ended."""
        return desk.session.runs_mark()

    def tell(self, listed: Listed[Run]) -> Summary:
        """What there is to say about a run."""
        return listed.desk.session.run_summary(listed.item.id)

    def head(self, width: int) -> Content:
        """How many there are, and how those of late ended."""
        lately: Counter[str] = Counter()
        for each in self._lately.values():
            lately.update(each)
        return runs_paint.head(len(self.items), lately, width)

    def fresh(self, run: Run) -> Run:
        """A run as it was seen last: one that is going on has a heart that beats."""
        newer = self.going.get(run.id)
        return newer if newer is not None and run.status not in FINAL else run

    def item_row(self, listed: Listed[Run], width: int) -> Content:
        """One run; what it came to is read now that it is seen."""
        run = self.fresh(listed.item)
        known = self.tallies.get(run.id)
        if run.id not in self._asked and (known is None or (run.status in FINAL and run.id in self.going)):
            self._unread[run.id] = listed
        marked = self.marked is not None and self.marked.item.id == run.id
        return runs_paint.run_line(run, known, self.now, width, marked=marked)

    def tally(self, desk: Desk) -> str:
        """How many runs an environment has."""
        count = len(self.items.of_desk[desk])
        return f"{count:,} run{'s' if count > 1 else ''}" if count else "no run yet" if self.was_read else ""

    def full(self, listed: Listed[Run], width: int) -> list[Content]:
        """All there is to say about a run, or about two."""
        if self.compared is not None:
            return runs_paint.comparison(self.compared, width)
        return runs_paint.full(self.fresh(listed.item), self.told.get(listed.item.id), self.now, width)

    def brief(self, listed: Listed[Run], width: int, height: int) -> list[Content]:
        """The same in a few lines."""
        if self.compared is not None:
            return runs_paint.comparison(self.compared, width)
        run = self.fresh(listed.item)
        return runs_paint.brief(run, self.told.get(run.id), self.now, width, height)

    def where(self, width: int) -> Content:
        """Row 1: environment, and whether a run goes on there."""
        session = self.desk.session
        left = [Part(environment(session.environment), 20), Part(shown("Runs", "bold"), 12)]
        newest = next(iter(self.items.of_desk[self.desk]), None)
        if newest is not None and newest.status not in FINAL:
            left.append(Part(runs_paint.running(self.fresh(newest), self.now), 11))
        right = [Part(shown(session.who), 10)]
        if session.read_only:
            right.insert(0, Part(shown(f"READ-ONLY ({session.read_only})", "bold reverse"), 13))
        return lined(width, left, right)

    def off(self) -> Mapping[str, str]:
        """What there is a reason against."""
        reasons = {"runs.rest": self._rest_off(), "runs.export": self._export_off()}
        return {key: reason for key, reason in reasons.items() if reason}

    # reading what is seen

    def _read_seen(self) -> None:
        if not self._unread or not self.is_current:
            return
        wanted, self._unread = self._unread, {}
        for desk in dict.fromkeys(each.desk for each in wanted.values()):
            runs = [each.item for each in wanted.values() if each.desk is desk]
            self.going.update({run.id: run for run in runs if run.status not in FINAL})
            for run in runs:
                if run.status in FINAL:
                    self.going.pop(run.id, None)
            self._asked.update(run.id for run in runs)
            self.ask(f"tallies {runs[0].id}", partial(desk.session.tallies, runs), self._seen)

    def _seen(self, found: Mapping[str, Tally]) -> None:
        self.tallies.update(found)
        self._asked.difference_update(found)
        self.listing.refresh()

    def _read_going(self) -> None:
        """Look again at the runs that were going on when they were seen."""
        if not self.is_current:
            return
        for desk, runs in self.items.of_desk.items():
            if ours := [run for run in runs[:1] if run.id in self.going]:
                self.ask(f"going {desk.environment}", partial(_look, desk, ours), self._gone_on)

    def _gone_on(self, answer: tuple[float, Mapping[str, Run], Mapping[str, Tally]]) -> None:
        self.now, runs, found = answer
        self.going.update(runs)
        self._seen(found)
        self.paint()

    # keys

    def enter(self, listed: Listed[Run]) -> None:
        """Replay a run that has ended; go to one that has not."""
        if listed.item.status in FINAL:
            self.fleetc.replay(listed.desk, listed.item.id)
        else:
            self.fleetc.follow(listed.desk, listed.item.id)

    def _rest_off(self) -> str:
        listed = self.listed
        if listed is None:
            return "no run is under the cursor"
        why = runs_paint.rest_off(self.fresh(listed.item), self.told.get(listed.item.id), self.now)
        return barred(listed.desk.session) or why

    def action_rest(self) -> None:
        """Open the dialog that plans what a run left, or say why not."""
        listed, why = self.listed, self._rest_off()
        if why or listed is None:
            self.say(f"planning the rest is off: {why}", style="bold")
        else:
            plan_rest(self, listed.desk, listed.item.id, self.told[listed.item.id].left)

    def _export_off(self) -> str:
        return barred(self.listed.desk.session) if self.listed else "no run is under the cursor"

    def action_export(self) -> None:
        """Ask for a file, and write all that is held of a run to it."""
        listed, why = self.listed, self._export_off()
        if why or listed is None:
            self.say(f"export is off: {why}", style="bold")
            return
        run = listed.item.id
        said = [
            shown(f"run          {run}"),
            shown("what it is   its events, the approvals of its plan, and the"),
            shown("             rows of the audit log about both, as JSON lines"),
            shown("A file that is there already is left as it is."),
        ]
        self.app.push_screen(Saving(said, f"{run}.jsonl"), partial(self._export, listed))

    def _export(self, listed: Listed[Run], path: str | None) -> None:
        if path:
            call = partial(listed.desk.session.export_run, listed.item.id, path)
            self.ask("export", call, lambda saved: self.say(f"saved: {saved}"))

    def action_compare(self) -> None:
        """Mark a run, or compare it with the marked one."""
        listed, first = self.listed, self.marked
        if listed is None:
            self.say("no run is under the cursor")
        elif first is None:
            self.marked = listed
            self.say(f"A is {listed.item.id}: c on another run compares the two", "esc forgets it")
        elif first.item.id == listed.item.id:
            self.say(f"{listed.item.id} is A already: c on another run compares the two")
        elif first.desk is not listed.desk:
            self.say("the two are of different environments", style="bold")
        else:
            call = partial(listed.desk.session.compare_runs, first.item.id, listed.item.id)
            self.ask("compare", call, self._compare)
        self.listing.refresh()

    def _compare(self, found: Comparison) -> None:
        self.compared = found
        if not self.wide:
            self.zoom("right")
        self.detail.focus()
        self.say(f"{found.first} and {found.second}: {len(found.differs)} different", "esc closes it")

    def action_copy(self) -> None:
        """Copy the run's id."""
        if self.listed:
            self.fleetc.copy(self.listed.item.id)

    def action_back(self) -> None:
        """Close the comparison, forget what is marked, and then as everywhere."""
        if self.compared is None and self.marked is None:
            super().action_back()
            return
        if self.compared is not None:
            self.compared = None
            self.unzoom()
            self.listing.focus()
        else:
            self.marked = None
        self.listing.refresh()
        self.say("")


def _id(run: Run) -> str:
    return run.id


def _look(desk: Desk, runs: list[Run]) -> tuple[float, Mapping[str, Run], Mapping[str, Tally]]:
    session = desk.session
    found = {run.id: session.run(run.id) for run in runs}
    known = {name: run for name, run in found.items() if run is not None}
    return session.now(), known, session.tallies(list(known.values()))
