"""Which rules judge a plan, and the judge made of them (design 2.5 and 3.2).

The rules at a commit are the files `*.rules` beside its fleet file. Those applied last to the
account are in the ledger, and judge as well: the stricter wins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from fleetc.errors import Refused
from fleetc.ir.address import kind_of
from fleetc.lang.diagnostics import count_errors
from fleetc.lang.source import SourceFile
from fleetc.service.circumstances import as_applied, circumstances_of, known_facts, renamed_facts
from fleetc.service.readers import rules_in

if TYPE_CHECKING:
    from fleetc.ir.graph import ResourceGraph
    from fleetc.ir.profile import Profile
    from fleetc.ir.state import Baseline, Catalogue, LiveResource, Snapshot
    from fleetc.ir.values import Value
    from fleetc.lang.diagnostics import Diagnostic
    from fleetc.plan.actions import Plan
    from fleetc.plan.build import PlanContext
    from fleetc.plan.changes import Change
    from fleetc.policy.code import Circumstances
    from fleetc.policy.judge import Judge
    from fleetc.policy.mask import Masked
    from fleetc.policy.ruleset import RuleSet
    from fleetc.ports import Applied, CallRow
    from fleetc.service.planning import Made
    from fleetc.service.sources import Source
    from fleetc.service.workspace import Workspace

__all__ = [
    "Book",
    "accepted_files",
    "accepted_rules",
    "book_of",
    "judge_of",
    "rule_files",
    "stored_files",
    "stored_rules",
]


@dataclass(frozen=True)
class Book:
    """The rules that judge one plan.

    `rules` are those at its commit, `accepted` those applied last; a commit whose rules do not
    compile is judged by the accepted ones alone, and `broken` says so. `applied_as` names the
    environment that the account was applied as when it is another one now, and `renamed` has the
    facts that differ for it, before and now.
    """

    files: tuple[SourceFile, ...]
    rules: RuleSet
    accepted: RuleSet
    diagnostics: tuple[Diagnostic, ...] = ()
    broken: bool = False
    applied_as: str = ""
    renamed: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)

    @property
    def silent(self) -> bool:
        """Whether there is not one rule file, here or in the ledger."""
        return not (self.files or self.accepted)

    @property
    def paths(self) -> list[str]:
        """The paths of the rule files."""
        return [file.path for file in self.files]

    def change(self) -> Change | None:
        """The change of rules that a plan with them makes; None when they stay."""
        from fleetc.policy.changing import change_of

        return None if self.broken else change_of(self.rules, self.accepted, self.renamed)

    def told(self, context: PlanContext, masking: Masking) -> PlanContext:
        """What a plan says beside its diff, with what it is to know of rules."""
        broken = f"{count_errors(self.diagnostics)} in its rules" if self.broken else ""
        return msgspec.structs.replace(
            context,
            rules=self.rules.digest,
            accepted=self.accepted.digest,
            applied_as=self.applied_as,
            mask=masking.digest,
            ignored=masking.ignored,
            policy=self.change(),
            study=context.study or broken,
        )

    def keep(self, workspace: Workspace) -> None:
        """Put the texts of the rule files into the ledger, for the worker."""
        if self.files and not self.broken:
            workspace.ledger().put_rules(self.rules.digest, _body(self.files))


def rule_files(source: Source) -> tuple[SourceFile, ...]:
    """The rule files beside a fleet file, by path; raises `SourceProblem` as `rules_in` does."""
    return tuple(SourceFile(name, source.reader.read(name)) for name in rules_in(source.reader))


def book_of(workspace: Workspace, source: Source, account: str) -> Book:
    """The rules that judge plans of a source."""
    from fleetc.policy.checking import check
    from fleetc.policy.ruleset import RuleSet

    files, accepted = rule_files(source), accepted_rules(workspace, account)
    renamed = renamed_facts(workspace, account)
    book = Book(
        files,
        RuleSet(),
        accepted,
        applied_as=workspace.applied_as(account) if renamed else "",
        renamed=renamed,
    )
    if not files:
        return book
    checked = check(files, known_facts(workspace))
    if checked.rules is None:
        return replace(book, rules=accepted, diagnostics=checked.diagnostics, broken=True)
    return replace(book, rules=checked.rules, diagnostics=checked.diagnostics)


def accepted_rules(workspace: Workspace, account: str) -> RuleSet:
    """The rules applied last to an account."""
    if not workspace.stored("ledger"):
        from fleetc.policy.ruleset import RuleSet

        return RuleSet()
    return stored_rules(workspace, workspace.ledger().accepted_rules(account))


def accepted_files(workspace: Workspace, account: str) -> tuple[SourceFile, ...]:
    """The files of the rules applied last to an account; none when there are none."""
    if not workspace.stored("ledger"):
        return ()
    return stored_files(workspace, workspace.ledger().accepted_rules(account))


def stored_rules(workspace: Workspace, digest: str) -> RuleSet:
    """The rules of the ledger by digest; raises `Refused` when they are gone or do not compile any more."""
    from fleetc.policy.checking import check, digest_of
    from fleetc.policy.ruleset import RuleSet

    if not digest:
        return RuleSet()
    files = stored_files(workspace, digest)
    checked = check(files, known_facts(workspace))
    if not files or digest_of(files) != digest:
        restore = "restore the ledger: `fleetc state restore`"
        raise _unusable(digest, "are not in the ledger", restore)
    if checked.rules is None:
        said = next(item.message for item in checked.diagnostics if item.severity == "error")
        mend = "give `env` the facts in the operator's file that it had then, or use the version that applied them"
        raise _unusable(digest, f"do not compile any more: {said}", mend)
    return checked.rules


def _unusable(digest: str, what: str, next_step: str) -> Refused:
    return Refused(
        f"the rules {digest[:12]}, by which this account is judged, {what}",
        code="F0850",
        state="nothing was planned, approved or sent",
        next_step=next_step,
    )


def stored_files(workspace: Workspace, digest: str) -> tuple[SourceFile, ...]:
    """The rule files of the ledger by digest; none when it does not have them."""
    body = workspace.ledger().rules_text(digest) if digest and workspace.stored("ledger") else None
    return _files(body) if body is not None else ()


def _body(files: Sequence[SourceFile]) -> str:
    return msgspec.json.encode([[file.path, file.text] for file in files]).decode()


def _files(body: str) -> tuple[SourceFile, ...]:
    try:
        rows = msgspec.json.decode(body, type=list[tuple[str, str]])
    except msgspec.DecodeError:
        return ()
    return tuple(SourceFile(path, text.encode()) for path, text in rows)


class Masking:
    """Leaves alone what both rule sets ignore, in a diff and in the plan made of it.

    `ignored` and `digest` are those of what was masked last.
    """

    def __init__(self, workspace: Workspace, book: Book, account: str) -> None:
        from fleetc.policy.mask import active

        self.rules = active(book.rules, book.accepted, workspace.clock.now())
        self.ignored: dict[str, str] = {}
        self.digest = ""
        self._circumstances: tuple[Circumstances, ...] = ()
        if self.rules:
            known = replace(circumstances_of(workspace, account), calendars=book.rules.calendars)
            before = as_applied(workspace, known, book.applied_as)
            self._circumstances = (known, before) if before else (known,)
        self._live: Mapping[str, LiveResource] = {}

    def __call__(
        self, graph: ResourceGraph, live: Snapshot, baselines: Mapping[str, Baseline]
    ) -> tuple[ResourceGraph, Mapping[str, Baseline]]:
        """Graph and baselines with what is ignored as it is live, under the names of the graph."""
        if not self._circumstances:
            return graph, baselines
        self._live = live.by_address
        found = self._masked(graph, baselines)
        self.ignored, self.digest = found.ignored, found.digest
        return found.graph, found.baselines

    def over(self, graph: ResourceGraph) -> ResourceGraph:
        """Another graph with the same left alone."""
        return self._masked(graph, {}).graph if self._circumstances else graph

    def _masked(self, graph: ResourceGraph, baselines: Mapping[str, Baseline]) -> Masked:
        from fleetc.policy.mask import mask

        return mask(graph, self._live, baselines, self.rules, *self._circumstances)


def judged(workspace: Workspace, made: Made, snapshot: Snapshot, moved: Mapping[str, str]) -> Made:
    """A new plan without what its rules deny, and with what they say of the rest."""
    from fleetc.plan.moves import under_new_names
    from fleetc.policy.rulings import settled

    book = made.book
    if book is None or book.silent:
        return replace(made, book=None)
    renamed = under_new_names(snapshot, moved)
    live = Live(renamed.resources, renamed.profile, renamed.catalogue, renamed.complete)
    judge = judge_of(workspace, made.plan, live, book.rules, book.accepted)
    return replace(made, plan=settled(made.plan, judge)[0], judge=judge)


@dataclass(frozen=True)
class Live:
    """What a judge is shown of the platform: resources under the names of the fleet file."""

    resources: Iterable[LiveResource]
    profile: Profile
    catalogue: Catalogue
    complete: bool = True


def judge_of(
    workspace: Workspace,
    plan: Plan,
    live: Live,
    rules: RuleSet,
    accepted: RuleSet,
    *,
    run: str = "",
    at: float | None = None,
) -> Judge:
    """The judge of a plan over what is live, now or `at` an earlier time.

    What the `run` did of it itself is not counted twice.
    """
    from fleetc.policy.budgets import Spent
    from fleetc.policy.judge import Facts, Judge
    from fleetc.policy.selections import masks_of
    from fleetc.policy.world import World

    fields = {resource.address: resource.fields for resource in live.resources}
    world = World(
        fields,
        plan.actions,
        complete=live.complete,
        unreadable=_unreadable(live.profile),
        catalogue=live.catalogue,
    )
    unmanaged = set(plan.unmanaged)
    managed = Counter(kind_of(address) for address in fields if address not in unmanaged)
    spent = [
        Spent(row.kind, row.op, row.address, row.at, {k: str(v) for k, v in row.facts.items()})
        for row in _spent(workspace, plan.account, (rules, accepted), at)
        if row.run != run
    ]
    known = circumstances_of(workspace, plan.account, at, name=plan.environment)
    before = as_applied(workspace, known, plan.applied_as)
    facts = Facts(known, masks_of(plan), managed, spent, before)
    return Judge(plan.actions, world, rules, accepted, facts)


def _spent(
    workspace: Workspace, account: str, sets: Iterable[RuleSet], at: float | None
) -> tuple[Applied, ...]:
    longest = max((cap.per for rules in sets for b in rules.budgets for cap in b.caps), default=0)
    if not longest or not workspace.stored("ledger"):
        return ()
    if at is not None:
        return tuple(row for row in workspace.ledger().applied_since(account, at - longest) if row.at < at)
    since = workspace.clock.now() - longest
    written = workspace.ledger().applied_since(account, since)
    known = {(row.run, row.address, row.op) for row in written}
    unfinished = _unfinished(workspace, account, since)
    return (*written, *(row for row in unfinished if (row.run, row.address, row.op) not in known))


def _unfinished(workspace: Workspace, account: str, since: float) -> Iterator[Applied]:
    """What runs did, or may have done, that have not come to their end, and so have not written it down yet."""
    from fleetc.ir.timestamps import seconds_of
    from fleetc.ports import Applied
    from fleetc.run.effects import took_effect
    from fleetc.run.state import FINAL, fold

    ledger = workspace.ledger()
    for run in ledger.runs(account):
        plan = None if run.status in FINAL else ledger.get_plan(run.digest)
        if plan is None:
            continue
        events = tuple(ledger.events(run.id))
        state = fold(events)
        calls: dict[str, list[CallRow]] = {}
        for row in ledger.calls(run.id):
            calls.setdefault(row.action, []).append(row)
        told = {str(action): event.at for event in events if (action := getattr(event, "action", ""))}
        for action in plan.chosen:
            known, rows = state.actions.get(action.id), calls.get(action.id, [])
            if known is None or action.op.in_ledger or not took_effect(action, known, rows):
                continue
            at = max(seconds_of(told[action.id]), *(row.sent_at for row in rows), 0.0)
            if at >= since:
                yield Applied(action.kind, action.op.value, action.address, run.id, at)


def _unreadable(profile: Profile) -> frozenset[str]:
    from fleetc.model.kinds import KINDS

    return frozenset(
        f"{name}.{spec.name}"
        for name, kind in profile.kinds.items()
        if name in KINDS
        for spec in KINDS[name].fields
        if spec.name not in kind.readable
    )
