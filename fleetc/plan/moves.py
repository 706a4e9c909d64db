"""Renames in a plan: which are still to be done, and what is live and verified under new names.

The diff compares what is live *as it will be called*, so that what only refers to something renamed
does not change. A baseline that stayed behind, because a run ended in between or a person renamed
the resource by hand, is found again by its platform id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import msgspec

from fleetc.ir.address import kind_of
from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Baseline, Snapshot
from fleetc.lang.diagnostics import Diagnostic, Label, Severity
from fleetc.model.declarations import Move
from fleetc.model.kinds import KINDS
from fleetc.plan.renaming import Renaming

__all__ = ["Followed", "follow", "under_new_names"]


@dataclass(slots=True)
class Followed:
    """What is live and verified, under the names of the fleet file.

    - `live`, `baselines`, `protected`: as given, where nothing is renamed.
    - `moved`: new address to the live one, for each rename that is still to be done.
    - `found_again`: address to the ledger's one, for each baseline that stayed behind.
    """

    live: Snapshot
    baselines: Mapping[str, Baseline]
    protected: frozenset[str]
    moved: dict[str, str] = field(default_factory=dict)
    found_again: dict[str, str] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def under_new_names(live: Snapshot, moved: Mapping[str, str]) -> Snapshot:
    """A snapshot as it will be once `moved` (new address to old) is done."""
    if not moved:
        return live
    renaming = Renaming({old: new for new, old in moved.items()})
    return msgspec.structs.replace(live, resources=renaming.all_live(live.resources))


def follow(
    graph: ResourceGraph, live: Snapshot, baselines: Mapping[str, Baseline], protected: Collection[str]
) -> Followed:
    """Follow the renames of a fleet: what has a parent after its parents.

    An incomplete snapshot cannot tell what is not there, so that nothing is renamed then.
    """
    result = Followed(live, baselines, frozenset(protected))
    by_target: dict[str, list[Move]] = {}
    for move in graph.moves:
        by_target.setdefault(move.target, []).append(move)
    for depth in {target.count("/"): None for target in sorted(by_target, key=lambda t: t.count("/"))}:
        level = _Level(result)
        for target, moves in by_target.items():
            if target.count("/") == depth:
                level.judge(target, moves)
        level.end()
    return result


class _Level:
    """Renames that do not stand under each other. Their parents have their new names already.

    `moved` are those to be done, `behind` those of baselines that stayed behind, `named` all of
    them, old to new.
    """

    def __init__(self, result: Followed) -> None:
        self.result = result
        self.found = result.live.by_address
        self.moved: dict[str, str] = {}
        self.behind: dict[str, str] = {}
        self.named: dict[str, str] = {}

    def judge(self, target: str, moves: list[Move]) -> None:
        """Judge the renames that lead to one target."""
        above = target.rpartition("/")[0]
        sources = dict.fromkeys(f"{above}/{move.source.rpartition('/')[2]}" for move in moves)
        self.named.update(dict.fromkeys(sources, target))
        there = [address for address in (*sources, target) if address in self.found]
        if len(there) > 1:
            self.result.diagnostics.append(_both(there, moves[-1]))
        elif target in there or not there:
            self._done(target, sources, moves)
        elif self.result.live.complete:
            self._to_do(target, there[0], moves)

    def _to_do(self, target: str, source: str, moves: list[Move]) -> None:
        kind = kind_of(target)
        profile = self.result.live.profile
        if kind in profile.kinds and profile.kinds[kind].renamable:
            self.moved[source] = target
        else:
            self.result.diagnostics.append(_not_here(kind, profile.name, moves[-1]))

    def _done(self, target: str, sources: dict[str, None], moves: list[Move]) -> None:
        """The rename was done, or there is nothing to rename; its baseline may have stayed behind."""
        live, known = self.found.get(target), self.result.baselines
        for source in sources if target not in known else ():
            if source in known and (live is None or known[source].id == live.id):
                self.behind[source] = target
                return
        if live is not None:
            self.result.diagnostics += [_no_longer_needed(move) for move in moves]

    def end(self) -> None:
        """Put the new names in."""
        result = self.result
        result.protected = frozenset(map(Renaming(self.named).address, result.protected))
        if self.behind:
            found_again = _renamed(result, Renaming(self.behind))
            result.found_again.update(found_again)
        if self.moved:
            renaming = Renaming(self.moved)
            _renamed(result, renaming)
            result.live = msgspec.structs.replace(
                result.live, resources=renaming.all_live(result.live.resources)
            )
            result.moved.update({new: old for old, new in self.moved.items()})


def _renamed(result: Followed, renaming: Renaming) -> dict[str, str]:
    """Rename the baselines but for those whose new place is taken; what changed: new to ledger's address."""
    known, kept, changed = result.baselines, dict[str, Baseline](), dict[str, str]()
    for address, base in known.items():
        row = renaming.baseline(base)
        if row is not base and (row.address == address or row.address not in known):
            changed[row.address] = result.found_again.get(address, address)
            kept[row.address] = row
        else:
            kept[address] = base
    result.baselines = kept
    return changed


def _both(there: list[str], move: Move) -> Diagnostic:
    return Diagnostic(
        "F0650",
        Severity.ERROR,
        f"`{there[0]}` is to become `{move.target}`, and both are live"
        if len(there) == 2 and there[1] == move.target
        else f"`{' and '.join(there)}` are all live, and one alone can become `{move.target}`",
        Label(move.span, "moved from here"),
        (Label(move.target_span, "to here"),),
        help="end or rename one of them on the platform, or take the entry of `moved` away",
    )


def _not_here(kind: str, platform: str, move: Move) -> Diagnostic:
    return Diagnostic(
        "F0651",
        Severity.ERROR,
        f"platform `{platform}` cannot rename a {KINDS[kind].noun}",
        Label(move.span, f"to become `{move.target}`"),
        notes=("a delete and a create would end the live resource: that is never done for a rename",),
        help="keep its name, and take the entry of `moved` away",
    )


def _no_longer_needed(move: Move) -> Diagnostic:
    return Diagnostic(
        "F0652",
        Severity.NOTE,
        f"`{move.target}` has its new name already",
        Label(move.span, "no longer needed here"),
        help="take the entry of `moved` away once all environments have the new name",
    )
