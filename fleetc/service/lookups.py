"""What a review looks up of its plan beside what the plan says: the part of a session that only reads."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fleetc.errors import FleetcError, UsageProblem
from fleetc.lang.text import visible
from fleetc.policy.access import Permission
from fleetc.service import pointing
from fleetc.service.access import require

if TYPE_CHECKING:
    from fleetc.ir.graph import ResourceGraph
    from fleetc.ir.values import Value
    from fleetc.lang.diagnostics import OriginStep
    from fleetc.plan.actions import Plan
    from fleetc.service.history import Step
    from fleetc.service.planning import Made
    from fleetc.service.workspace import Workspace

__all__ = ["Done", "Past", "PlanLooks", "save"]


_MOST = 200
"""From so many options on, a command is too long to be copied."""


class Done(NamedTuple):
    """Something that was done in a session: when (seconds since the epoch), and the command that does it."""

    at: float
    command: str


class Past(NamedTuple):
    """What is known of a resource's past: what snapshots show, and what runs applied, newest first."""

    steps: tuple[Step, ...]
    runs: tuple[tuple[str, str, str, str], ...]
    """Time (RFC 3339), run, operation and who."""


class PlanLooks:
    """Looks things up for one plan; what takes long is kept."""

    def __init__(self, workspace: Workspace, made: Made) -> None:
        self._workspace = workspace
        self._made = made

    @property
    def _plan(self) -> Plan:
        return self._made.plan

    @cached_property
    def _graph(self) -> ResourceGraph:
        from fleetc.service.compiling import desired

        if self._made.compiled is not None and self._made.compiled.graph is not None:
            return self._made.compiled.graph
        return desired(self._workspace, rev=self._plan.commit, worktree=not self._plan.commit)

    def traits(self, trait: str) -> Sequence[str]:
        """The template or region of each action; empty where there is none."""
        return self._traits[trait]

    @cached_property
    def _traits(self) -> dict[str, list[str]]:
        """All traits at once: the fields of all resources that they are read off are not kept."""
        from fleetc.plan.traits import TRAITS, traits, wanted_fields

        fields: dict[str, Mapping[str, Value]] = {a.address: wanted_fields(a) for a in self._plan.actions}
        fields |= {address: each.fields for address, each in self._graph.resources.items()}
        addresses = [action.address for action in self._plan.actions]
        return {trait: traits(trait, addresses, fields) for trait in TRAITS}

    def why(self, address: str) -> pointing.Told:
        """Why an address is in the plan or not, and how the values that change came."""
        from fleetc.service.why import of_stored

        require(self._workspace, Permission.READ, self._plan.account)
        found = of_stored(self._workspace, address, self._plan)
        origins = [
            (change.path, change.origin, self._steps(action.address, change.path))
            for action in self._plan.actions
            if address in (action.address, action.id)
            for change in action.fields
            if change.origin
        ]
        return pointing.Told(found.chains, pointing.written(self._workspace, self._plan, origins))

    def _steps(self, address: str, field: str) -> tuple[OriginStep, ...]:
        resource = self._graph.resources.get(address)
        return self._graph.locate(address, field).steps if resource and field in resource.fields else ()

    def past(self, address: str) -> Past:
        """What snapshots and runs tell of a resource."""
        from fleetc.ir.timestamps import rfc3339
        from fleetc.service.history import steps

        found = steps(self._workspace, address, account=self._plan.account)
        if not self._workspace.stored("ledger"):
            return Past(found, ())
        ledger = self._workspace.ledger()
        by = {run.id: run.by for run in ledger.runs(self._plan.account)}
        applied = [each for each in ledger.applied_since(self._plan.account, 0.0) if each.address == address]
        rows = [(rfc3339(each.at), each.run, str(each.op), by.get(each.run, "")) for each in applied]
        return Past(found, tuple(reversed(rows)))

    def editable(self, origin: str) -> pointing.Editable:
        """The file to open for an origin."""
        require(self._workspace, Permission.READ, self._plan.account)
        return pointing.editable(self._workspace, self._plan, origin)

    def source_line(self, origin: str) -> str:
        """The text of the line that a field's origin (`path:line:column`) names, or empty."""
        place = pointing.place_of(origin)
        file = self._made.sources.get(place[0]) if place else None
        return pointing.line_of(file, place[1]) if file and place else ""

    def command(self, ticked: bytes) -> str:
        """The headless command that makes the plan with this selection, or takes it in from a file."""
        pairs = list(zip(self._plan.actions, ticked, strict=True))
        if any(on and not action.selected for action, on in pairs):
            options = [("--only", action.address) for action, on in pairs if on]
        else:
            options = [("--without", action.address) for action, on in pairs if action.selected and not on]
        start = ["fleetc", "-e", self._workspace.environment.name, "plan"]
        if len(options) > _MOST:
            why = f"{len(options):,} {options[0][0]} are too many: save it as p.json first"
            return f"{shlex.join([*start, 'import', 'p.json'])}  # {why}"
        return shlex.join([*start, "-o", "p.json", *(word for option in options for word in option)])


def save(text: str, base: Path, data: bytes) -> str:
    """Write a new file, which must not be there yet, and give its whole path.

    Raises `UsageProblem` for a name that is taken or cannot be written.
    """
    if not text.strip():
        raise UsageProblem("the file has no name", state="nothing was saved")
    try:
        path = base / Path(text.strip()).expanduser()
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        with os.fdopen(number, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise UsageProblem(
            f"{visible(text, 200)} is there already", state="nothing was saved", next_step="name another file"
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FleetcError(f"cannot write {visible(text, 200)}: {reason}", state="nothing was saved") from None
    return str(path)
