"""Use cases of history: what one revision asks against another, and who wrote a plan's lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from fleetc.errors import UsageProblem
from fleetc.service import planning
from fleetc.service.compiling import graph_of

if TYPE_CHECKING:
    from fleetc.git import Blame
    from fleetc.plan.actions import Plan
    from fleetc.service.planning import Ask, Made
    from fleetc.service.workspace import Workspace

__all__ = ["Answer", "answer", "blames", "ends", "signed"]

_PLACE = re.compile(r"(.+):(\d+):\d+")


@dataclass(frozen=True)
class Answer:
    """A plan, and what was asked for beside it.

    Of a range, `before` names the first revision, and `asks` is what the plan's revision asks
    against it, a plan for study. `blame` says who wrote lines, as `blames` gives it.
    """

    made: Made
    before: str = ""
    asks: Plan | None = None
    blame: Mapping[str, Blame] = field(default_factory=dict)


def answer(workspace: Workspace, ask: Ask, *, blame: bool = False) -> Answer:
    """Plan what is asked, of one revision or of a range; with `blame`, say who wrote each line."""
    if blame and ask.worktree:
        raise _without_authors()
    found = _range(workspace, ask) if ends(ask.rev) else Answer(planning.make_plan(workspace, ask))
    return replace(found, blame=blames(workspace, found.made.plan)) if blame else found


def ends(rev: str) -> tuple[str, str] | None:
    """The two revisions of `A..B`, HEAD where one is not written; None for a single revision."""
    if ".." not in rev:
        return None
    before, _, after = rev.partition("..")
    if after.startswith(".") or ".." in after:
        raise UsageProblem(
            f"`{rev}` is not a range of two revisions", code="F1015", next_step="write it as A..B"
        )
    return before or "HEAD", after or "HEAD"


def _range(workspace: Workspace, ask: Ask) -> Answer:
    """Plan `B` of the range `A..B` in `ask.rev`, and compare it with `A`.

    Raises what `planning.make_plan` does, for either of the two revisions.
    """
    from fleetc.plan.build import PlanContext, build_plan
    from fleetc.plan.diff import diff
    from fleetc.plan.revisions import state_left_by
    from fleetc.service import snapshots, sources

    first, second = ends(ask.rev) or ("HEAD", ask.rev)
    if ask.worktree:
        raise UsageProblem("--rev A..B reads two commits and --worktree reads files: give one of them")
    before, after = (sources.resolve(workspace, rev=rev) for rev in (first, second))
    old, new = graph_of(before), graph_of(after)
    made = planning.make_plan(workspace, replace(ask, rev=second))
    name = made.plan.snapshot if ask.against == "live" else ask.against
    seen = snapshots.resolve(workspace, name, ask.at, account=made.plan.account, base=ask.base)
    live, baselines = state_left_by(old, seen.profile, seen.catalogue, f"{before.revision} as applied")
    context = PlanContext(
        environment=made.plan.environment,
        platform=made.plan.platform,
        commit=after.commit,
        tree=after.tree,
        revision=after.revision,
        study=f"it is against the revision {before.revision} ({before.commit[:12]})",
        baselines=baselines,
    )
    found, _ = diff(new, live, baselines, old.protected)
    asks = build_plan(new, live, found, context)
    return Answer(made, f"{before.revision} ({before.commit[:12]})", asks)


def blames(workspace: Workspace, plan: Plan, *, most: int | None = None) -> dict[str, Blame]:
    """Who last changed the line of each field that the plan's actions write, by `path:line`.

    After `most` versions of a file the rest is not exact. Raises `UsageProblem` for a plan of
    files as they lie, and what reading git raises.
    """
    from fleetc.service.sources import resolve

    if not plan.commit:
        raise _without_authors()
    lines: dict[str, set[int]] = {}
    for action in plan.actions:
        for item in action.fields:
            if place := _PLACE.fullmatch(item.origin):
                lines.setdefault(place[1], set()).add(int(place[2]))
    source = resolve(workspace, rev=plan.commit)
    return {
        f"{path}:{line}": said
        for path, wanted in lines.items()
        for line, said in source.blame(path, sorted(wanted), most=most).items()
    }


def _without_authors() -> UsageProblem:
    return UsageProblem(
        "files as they lie have no authors yet", next_step="plan a commit, without --worktree"
    )


def signed(plan: Plan, found: Mapping[str, Blame]) -> Plan:
    """The plan for showing: each origin says who wrote its line. Its digest does not cover that."""
    if not found:
        return plan
    words = {place: _words(said) for place, said in found.items()}

    def told(origin: str) -> str:
        return ", ".join(filter(None, (origin, words.get(origin.rpartition(":")[0], ""))))

    actions = tuple(
        msgspec.structs.replace(
            action,
            fields=tuple(msgspec.structs.replace(item, origin=told(item.origin)) for item in action.fields),
        )
        for action in plan.actions
    )
    return msgspec.structs.replace(plan, actions=actions)


def _words(said: Blame) -> str:
    since = "" if said.exact else "not since "
    return f"{since}{said.commit[:7]} {said.time[:10]} {said.author}"
