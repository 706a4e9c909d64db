"""Part of `ReviewSession`: what looks back at runs, and plans what one left."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from fleetc.service import planning, retelling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleetc.plan.actions import Plan
    from fleetc.ports import Run
    from fleetc.run.summary import Comparison, Summary, Tally
    from fleetc.service.identity import Person
    from fleetc.service.workspace import Workspace

__all__ = ["LookingBack"]


class LookingBack:
    """One of the bases of `ReviewSession`, which has the plan and takes another one."""

    _workspace: Workspace
    _ask: planning.Ask
    _made: planning.Made
    _person: Person

    @abstractmethod
    def _take(self, made: planning.Made) -> Plan:
        """Work on another plan."""

    @abstractmethod
    def _writes(self, what: str) -> None:
        """Raise `Refused` where nothing may be written."""

    @abstractmethod
    def _did(self, *words: str) -> None:
        """Note the command that does the same."""

    def runs(self) -> tuple[Run, ...]:
        """The runs of the account, newest first."""
        return retelling.runs_of(self._workspace, self._made.plan.account)

    def runs_mark(self) -> object:
        """A value that is another one when a run began, paused, went on or ended."""
        return retelling.runs_mark(self._workspace, self._made.plan.account)

    def tallies(self, runs: Sequence[Run]) -> dict[str, Tally]:
        """How far some runs came, by id."""
        return retelling.tallies(self._workspace, runs)

    def run_summary(self, run: str) -> Summary:
        """What there is to say about a run."""
        return retelling.summary_of(self._workspace, run)

    def compare_runs(self, first: str, second: str) -> Comparison:
        """Two runs side by side."""
        return retelling.compare_runs(self._workspace, first, second)

    def plan_rest(self, run: str) -> tuple[Plan, str]:
        """Work on a new plan of what a run left; the plan, and what there is to say of it."""
        self._writes("planning")
        rest = retelling.plan_rest(self._workspace, run, self._ask)
        self._did("plan", "--rest", run)
        return self._take(rest.made), rest.said

    def export_run(self, run: str, path: str) -> str:
        """Write all that is held of a run to a new file, as JSON lines; the file's whole path."""
        from fleetc.service.lookups import save

        self._writes("exporting")
        saved = save(path, self._ask.base, retelling.run_audit(self._workspace, run))
        self._did("audit", "export", run, "-o", path)
        return saved

    def abandon(self, run: str, reason: str) -> None:
        """End a paused or broken-off run where it is, for good; no call is sent."""
        from fleetc.service.abandoning import abandon

        self._writes("cancelling")
        abandon(self._workspace, run, self._person, reason)
        self._did("apply", "--abandon", run, "--reason", reason)
