"""Use cases that plan: compile, look, diff, choose, and record (design 2.3 and 2.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fleetc.errors import Refused, SourceProblem, UsageProblem
from fleetc.ir.timestamps import rfc3339, seconds_of
from fleetc.lang.collector import collector_paused
from fleetc.lang.diagnostics import Diagnostic, has_errors
from fleetc.lang.source import SourceFile, SourceSet
from fleetc.plainfile import read_plain
from fleetc.policy.access import Permission
from fleetc.run.checks import refuse_ended_override
from fleetc.service import incremental, memo, ruling
from fleetc.service.access import require
from fleetc.service.compiling import compile_source, not_planned, require_account
from fleetc.service.identity import person
from fleetc.service.notes import applied_commit, begun_commit, notes_of
from fleetc.service.overriding import override_end
from fleetc.service.telling import Told, quiet
from fleetc.service.ticking import choose

if TYPE_CHECKING:
    from fleetc.ir.lower import Compiled
    from fleetc.ir.state import Baseline, Snapshot
    from fleetc.plan.actions import Plan
    from fleetc.plan.build import PlanContext
    from fleetc.policy.judge import Judge
    from fleetc.service.incremental import Part
    from fleetc.service.ruling import Book
    from fleetc.service.sources import Source
    from fleetc.service.workspace import Workspace

__all__ = ["Ask", "Made", "import_plan", "make_plan", "record", "reopen"]


@dataclass(frozen=True, slots=True)
class Ask:
    """What to plan: which files, against which state, and which part of it.

    `select`, `only` tick what matches and nothing else; `exclude`, `without` untick. The latter
    of each pair are addresses, which must be in the plan. A recorded file is relative to `base`.
    `rest` ticks these addresses, as far as the plan has them, and nothing else.
    `study` says why the plan is only to be looked at, whatever it is against.
    """

    rev: str = ""
    worktree: bool = False
    against: str = "live"
    at: str = ""
    select: Sequence[str] = ()
    exclude: Sequence[str] = ()
    only: Sequence[str] = ()
    without: Sequence[str] = ()
    rest: Sequence[str] = ()
    override: str = ""
    override_expires: str = ""
    override_cascade: Sequence[str] = ()
    base: Path = Path()
    study: str = ""

    @property
    def floats(self) -> bool:
        """Whether it names a revision to compare with, which may move while the commit stays."""
        return any("@since:" in text for text in (*self.select, *self.exclude))


@dataclass(frozen=True)
class Made:
    """A plan with what was noticed on the way: warnings and notes only, for there is a plan.

    `compiled` is what it was made of, when the whole fleet was compiled for it; `book` are the rules
    that judged it, and `judge` judges it again for other ticks, where there are any.
    """

    plan: Plan
    diagnostics: tuple[Diagnostic, ...]
    read: Callable[[], SourceSet]
    notes: tuple[str, ...] = ()
    compiled: Compiled | None = None
    book: Book | None = None
    judge: Judge | None = None

    @cached_property
    def sources(self) -> SourceSet:
        """The fleet's files that diagnostics and origins point into."""
        return self.read()


def make_plan(workspace: Workspace, ask: Ask, told: Told = quiet) -> Made:
    """Make a plan; one against live (or a snapshot of it) is recorded and opens its request.

    Raises `InputProblem` with the diagnostics when the fleet does not compile or names what the
    platform does not have, and what sources, snapshots, ledger and `told` raise.
    """
    from fleetc.service.sources import resolve

    if ask.override_cascade and not ask.override:
        raise UsageProblem("--override-cascade needs a reason", next_step="add --override REASON")
    override_end(ask.override, ask.override_expires, workspace.clock.now())
    told("reading the fleet file")
    source = resolve(workspace, rev=ask.rev, worktree=ask.worktree)
    remembered = None if ask.floats else _remembered(workspace, source, ask)
    if remembered:
        return remembered
    part = None if ruling.rule_files(source) else incremental.part_of(workspace, source, ask)
    made = _of_part(workspace, source, ask, part) if part else _prepare(workspace, source, ask, told)
    made = replace(made, notes=(*made.notes, *_unused(made.plan, ask)))
    if not made.plan.study and _recorded(workspace, source, ask, made, part):
        made = replace(made, notes=(*made.notes, _REJECTED))
    return made


def _recorded(workspace: Workspace, source: Source, ask: Ask, made: Made, part: Part | None) -> bool:
    """Record a plan, and remember what the next one can be made of; whether it was rejected before."""
    writes = incremental.writes_of(workspace, made.plan) if part else 0
    if made.book:
        made.book.keep(workspace)
    rejected = record(workspace, made.plan)
    if made.judge:
        return rejected
    memo.keep(workspace, source, ask, made.plan, made.diagnostics)
    if part:
        incremental.carry(workspace, source, ask, part, writes)
    elif made.compiled and not made.diagnostics:
        incremental.keep(workspace, source, ask, made.plan, made.compiled)
    return rejected


def _unused(plan: Plan, ask: Ask) -> list[str]:
    """What was named with --override-cascade for nothing."""
    along = {address for action in plan.actions for address in action.cascade}
    return [
        f"note: nothing of this plan would delete {address} along"
        for address in ask.override_cascade
        if address not in along
    ]


_REJECTED = "note: exactly this was rejected, and stays so: change the fleet file, or choose otherwise"


def _remembered(workspace: Workspace, source: Source, ask: Ask) -> Made | None:
    found = memo.recall(workspace, source, ask)
    if found is None:
        return None
    plan, kept = found
    _permitted(workspace, plan.account, ask)
    if ask.against == "live":
        now = rfc3339(workspace.clock.now(), milliseconds=True)
        plan = msgspec.structs.replace(plan, snapshot_taken_at=now)
    notes = notes_of(workspace, source, plan.account, kept.diagnostics, live=ask.against == "live")
    return Made(plan, kept.diagnostics, lambda: _named(source, kept.diagnostics), notes)


def _named(source: Source, diagnostics: Sequence[Diagnostic]) -> SourceSet:
    """The files that diagnostics name, read again."""
    paths = sorted({item.primary.span.path for item in diagnostics})
    files = tuple(SourceFile(path, source.reader.read(path)) for path in paths)
    return SourceSet(files, source.root, source.commit, source.tree)


def import_plan(workspace: Workspace, path: Path) -> Made:
    """Take a plan file in: plan its commit here, and accept only an equal digest.

    Raises `Refused` when the digests differ, `SourceProblem` when there is no such file.
    """
    from fleetc.plan.documents import load_plan
    from fleetc.service.sources import resolve

    try:
        given = load_plan(read_plain(path))
    except OSError as error:
        raise SourceProblem(f"cannot read {path.name}: {error.strerror}") from None
    refuse_ended_override(given, workspace.clock.now())
    named = tuple(a for action in given.actions if not action.blocked for a in action.cascade)
    ask = Ask(
        given.commit,
        not given.commit,
        override=given.override,
        override_expires=given.override_until,
        override_cascade=named,
    )
    whole = _prepare(workspace, resolve(workspace, rev=ask.rev, worktree=ask.worktree), ask)
    made = _ticked_as(workspace, whole, given)
    if made.plan.digest != given.digest:
        raise Refused(
            f"planned here, {path.name} has the digest {made.plan.digest[:12]}, not {given.digest[:12]}",
            code="F0712",
            state="nothing was recorded",
            next_step="the fleet, the platform or the baselines differ: make a plan of your own",
        )
    if made.book:
        made.book.keep(workspace)
    record(workspace, made.plan)
    return made


def _ticked_as(workspace: Workspace, whole: Made, given: Plan) -> Made:
    """The plan with the ticks of a given one; as it is when that one has other actions."""
    given_rows = [action.id for action in given.actions]
    if not given_rows or given_rows != [action.id for action in whole.plan.actions]:
        return whole
    ticked = tuple(action.id for action in given.actions if action.selected)
    return choose(workspace, whole, Ask(only=ticked) if ticked else Ask(exclude=("all",)))


def reopen(workspace: Workspace, plan: Plan) -> Made:
    """A plan of the ledger, with the fleet files of its commit; raises `Refused` for who may not read it."""
    from fleetc.service.sources import resolve

    require(workspace, Permission.READ, plan.account)
    source = resolve(workspace, rev=plan.commit, worktree=not plan.commit)
    return Made(plan, (), lambda: compile_source(source).sources)


def record(workspace: Workspace, plan: Plan) -> bool:
    """Put a plan into the ledger, and open its request when it needs an approval.

    Returns whether exactly this plan was rejected before: then its request stays so.
    """
    ledger = workspace.ledger()
    ledger.put_plan(plan)
    return plan.requires_approval and ledger.open_request(plan).status == "rejected"


@collector_paused()
def _prepare(workspace: Workspace, source: Source, ask: Ask, told: Told = quiet) -> Made:
    from fleetc.plan.build import build_plan
    from fleetc.plan.diff import diff
    from fleetc.plan.leftovers import as_known

    compiled = compile_source(source)
    sources = compiled.sources  # all that outlives the plan's making
    if compiled.graph is None:
        raise not_planned(compiled.diagnostics, sources)
    account = _permitted(workspace, compiled.graph.account, ask)
    snapshot = _snapshot(workspace, account, ask, told)
    told("comparing, and asking the rules")
    baselines = _baselines(workspace, account, ask)
    snapshot = as_known(snapshot, baselines)
    book = ruling.book_of(workspace, source, account)
    mask = ruling.Masking(workspace, book, account)
    found, noticed = diff(compiled.graph, snapshot, baselines, _protections(workspace, account), mask)
    if has_errors(noticed):
        raise not_planned(_with_run(workspace, account, noticed), sources)
    sources = replace(sources, files=(*sources.files, *book.files))
    context = msgspec.structs.replace(
        _context(workspace, source, ask, account, snapshot),
        authors=_authors(workspace, source, account, sources),
        baselines=baselines,
    )
    made = Made(
        build_plan(mask.over(compiled.graph), snapshot, found, book.told(context, mask)),
        (*compiled.diagnostics, *noticed, *book.diagnostics),
        lambda: sources,
        notes_of(workspace, source, account, noticed, live=ask.against == "live"),
        compiled,
        book,
    )
    return choose(workspace, ruling.judged(workspace, made, snapshot, found.moved), ask)


@collector_paused()
def _of_part(workspace: Workspace, source: Source, ask: Ask, part: Part) -> Made:
    from fleetc.plan.build import build_plan

    account = _permitted(workspace, part.graph.account, ask)
    authors = _authors(workspace, source, account, part.sources)
    context = _context(workspace, source, ask, account, part.live)
    context = msgspec.structs.replace(context, authors=authors, baselines=part.baselines)
    plan = incremental.whole(part, build_plan(part.graph, part.live, part.found, context), context.allowance)
    notes = notes_of(workspace, source, account, (), live=ask.against == "live")
    return Made(plan, (), lambda: part.sources, notes)


def _permitted(workspace: Workspace, account: str, ask: Ask) -> str:
    """The account of the fleet file, when it is the environment's and may be planned by who asks."""
    look = ask.against == "live" and not ask.at
    require(workspace, Permission.SYNC if look else Permission.READ, account)
    return require_account(workspace, account)


def _with_run(workspace: Workspace, account: str, noticed: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What was noticed; of two that stand at one address, the run that made one knows which is which."""
    from fleetc.run.state import FINAL

    runs = workspace.ledger().runs(account) if workspace.stored("ledger") else ()
    open_run = next((run.id for run in runs if run.status not in FINAL), "")
    known = f"{open_run} is not finished, and knows its own: `fleetc apply --resume {open_run}`"
    return tuple(
        msgspec.structs.replace(d, help=known) if open_run and d.code == "F0607" else d for d in noticed
    )


def _snapshot(workspace: Workspace, account: str, ask: Ask, told: Told) -> Snapshot:
    from fleetc.service.snapshots import resolve

    return resolve(workspace, ask.against, ask.at, account=account, base=ask.base, told=told)


def _baselines(workspace: Workspace, account: str, ask: Ask) -> dict[str, Baseline]:
    if ask.against == "empty" or not workspace.stored("ledger"):
        return {}
    return workspace.ledger().baselines(account)


def _protections(workspace: Workspace, account: str) -> frozenset[str]:
    return workspace.ledger().protections(account) if workspace.stored("ledger") else frozenset()


def _study(workspace: Workspace, account: str, snapshot: Snapshot) -> str:
    """Why a plan against this snapshot cannot be approved; empty when it can."""
    if snapshot.source in {"recorded", "import"}:
        return f"it is against the recorded state {snapshot.name}"
    if snapshot.source == "empty":
        return "it is against an empty account"
    if snapshot.account != account:
        return f"it is against the account {snapshot.account}"
    if not snapshot.complete:
        return "the snapshot is incomplete"
    age = workspace.clock.now() - seconds_of(snapshot.taken_at)
    limit = workspace.policy(account).max_age
    if age > limit:
        return f"the snapshot is {int(age // 60)} minutes old, and at most {int(limit // 60)} are allowed"
    return ""


def _authors(workspace: Workspace, source: Source, account: str, sources: SourceSet) -> tuple[str, ...]:
    """Who wrote what is new since the last applied commit, as far as the fleet's files go.

    While none was applied whole, it is what came with the first that was in part, and after it.
    Whoever took out a rules file that judges still is among them, and who plans what no commit since
    says: one that takes back what was applied, a `fleetc.toml` that is not the commit's, another
    environment, a file with a name of its own. Under `four_eyes = "strict"`, who committed it counts.
    """
    strict = workspace.policy(account).four_eyes == "strict"
    paths = [file.path for file in (*sources.files, *ruling.accepted_files(workspace, account))]
    applied = applied_commit(workspace, account)
    begun = "" if applied else begun_commit(workspace, account)
    found = source.authors_since(applied, paths, begun=begun, committers=strict)
    went = source.relation(applied or begun) in ("back", "diverged")
    elsewhere = not found and workspace.applied_as(account) not in ("", workspace.environment.name)
    if source.edited or went or elsewhere or not source.ordinary:
        return (*found, person(workspace).identity)
    return found


def _context(workspace: Workspace, source: Source, ask: Ask, account: str, snapshot: Snapshot) -> PlanContext:
    from fleetc.plan.build import PlanContext
    from fleetc.plan.limits import Allowance

    study = ask.study or _study(workspace, account, snapshot)
    withheld = {} if study or not workspace.stored("ledger") else workspace.ledger().withheld(account)
    return PlanContext(
        environment=workspace.environment.name,
        platform=workspace.environment.platform,
        commit=source.commit,
        tree=source.tree,
        revision=source.revision,
        worktree=not source.commit,
        study=study,
        override=ask.override,
        override_until=override_end(ask.override, ask.override_expires, workspace.clock.now()),
        cascades=tuple(ask.override_cascade),
        withheld=withheld,
        created_by=person(workspace).identity,
        created_at=rfc3339(workspace.clock.now()),
        allowance=Allowance(**asdict(workspace.environment.limits)),
    )
