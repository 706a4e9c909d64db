"""A plan as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fleetc.lang.text import visible
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, FieldChange, Op, Rename
from fleetc.plan.groups import Fold, fold
from fleetc.plan.ranges import ranges
from fleetc.plan.renames import joined
from fleetc.plan.verdicts import Verdict
from fleetc.report.page import Page, Tone
from fleetc.report.values import CAUSES, call_text, change_text, halves_text, mark
from fleetc.report.verdicts_text import held_until, needed, sections
from fleetc.run.authority import Needs

__all__ = [
    "approval_lines",
    "members_text",
    "moved_entries",
    "render_action",
    "render_changes",
    "render_plan",
    "total_line",
]

_TONES: dict[Op, Tone] = {
    Op.CREATE: "add",
    Op.MOVE: "change",
    Op.UPDATE: "change",
    Op.REPLACE: "replace",
    Op.DELETE: "remove",
    Op.UNPROTECT: "alarm",
    Op.ACCEPT: "alarm",
}
_ALWAYS = (Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE)
_MOST = 12
_MOST_VERDICTS = 40
_SHORT = 40


def render_plan(
    plan: Plan,
    *,
    color: bool = False,
    width: int = 80,
    calls: bool = False,
    unfold: bool = False,
    changes: bool = True,
) -> str:
    """The whole plan: header, actions, what was only noticed, limits, totals, next step.

    Equal changes stand folded unless `unfold`, or `calls`, whose arguments differ. Without
    `changes` the actions are left out.
    """
    page = Page(color=color, width=width)
    _header(page, plan)
    if changes:
        _changes(page, plan, calls=calls, unfold=unfold)
    _noticed(page, plan)
    _verdicts(page, plan)
    _limits(page, plan)
    page.blank()
    page.line(total_line(plan), tone="strong")
    for line in approval_lines(plan):
        page.line(line, hang=2)
    return page.text()


def render_changes(plan: Plan, *, color: bool = False, width: int = 80, unfold: bool = False) -> str:
    """The changes of a plan alone, and their totals."""
    page = Page(color=color, width=width)
    _changes(page, plan, calls=False, unfold=unfold)
    page.blank()
    page.line(total_line(plan), tone="strong")
    return page.text()


def render_action(action: Action, *, width: int = 80, calls: bool = False) -> str:
    """One change alone: each field with its origin, and its calls when asked for."""
    page = Page(color=False, width=width)
    _action(page, action, calls=calls)
    return page.text()


def _changes(page: Page, plan: Plan, *, calls: bool, unfold: bool) -> None:
    if unfold or calls:
        for action in plan.actions:
            page.blank()
            _action(page, action, calls=calls)
    else:
        _folded(page, plan)


def _header(page: Page, plan: Plan) -> None:
    where = f"{visible(plan.environment)}: account {visible(plan.account)} on {visible(plan.platform)}"
    page.line(f"Plan {plan.digest[:12]} for {where}", hang=2, tone="strong")
    revision = visible(plan.revision) or "the files as they lie"
    commit = f" at {plan.commit[:12]}" if plan.commit else ""
    page.line(f"desired  {revision}{commit}", indent=2, hang=9)
    taken = f", taken {visible(plan.snapshot_taken_at)}" if plan.snapshot_taken_at else ""
    page.line(f"live     {visible(plan.snapshot)}{taken}", indent=2, hang=9)


def _folded(page: Page, plan: Plan) -> None:
    folds = fold(plan.actions)
    for each in folds:
        page.blank()
        if len(each) == 1:
            _action(page, each.like)
        else:
            _fold(page, each, members_text(each, plan.actions))
    if any(len(each) > 1 for each in folds):
        page.blank()
        page.line("Equal changes stand folded; --unfold lists each.", tone="dim")


def _fold(page: Page, found: Fold, members: str) -> None:
    short = len(members) <= _SHORT and ", " not in members
    _action(page, found.like, title=f"{len(found)} x {members if short else found.like.kind}")
    if not short:
        page.line(members, indent=10, hang=2, tone="dim")


def members_text(found: Fold, actions: Sequence[Action], longest: int = 200) -> str:
    """The addresses of a fold as ranges; a text longer than `longest` is cut."""
    return visible(", ".join(ranges(actions[row].address for row in found.rows)), longest)


def _action(page: Page, action: Action, *, calls: bool = False, title: str = "") -> None:
    tick = "   " if action.selected else "[#]" if action.blocked else "[ ]"
    head = f"{tick} {mark(action):>3} {title or visible(action.address)}"
    words = [action.op, *filter(None, [CAUSES[action.cause]])]
    fields = action.fields
    only = f": {_field_text(action, fields[0], 0)}" if title and len(fields) == 1 else ""
    page.line(f"{head}  {', '.join(words)}{only}", hang=10, tone=_TONES[action.op])
    if action.moved_from:
        page.line(f"from {visible(action.moved_from)}", indent=10)
    reason = f"withheld by {action.withheld_by}" if action.withheld_by else action.reason
    if reason:
        page.line(visible(reason), indent=10, tone="" if action.selected else "dim")
    if halves := halves_text(action):
        page.line(halves, indent=10)
    room = min(_SHORT, max((len(item.path) for item in fields), default=0))
    for item in () if only else fields:
        page.line(_field_text(action, item, room), indent=10, hang=room + 2)
    if calls:
        for call in action.calls:
            page.line(f"call {call_text(call)}", indent=10, hang=5, tone="dim")


def _field_text(action: Action, item: FieldChange, room: int) -> str:
    before, after = change_text(action, item)
    values = f"{before} -> {after}" if before else after
    apart = item.cause.value if item.cause is not action.cause else ""
    note = ", ".join(filter(None, [apart, visible(item.origin)]))
    text = f"{item.path:<{room}}  {values}"
    return f"{text}  ({note})" if note else text


def _noticed(page: Page, plan: Plan) -> None:
    _listed(page, "Adopts, as it is already as declared (no call)", plan.adopt)
    gone = [address for address in plan.forget if address not in plan.released]
    _listed(page, "Forgets, as it is neither declared nor there (no call)", gone)
    _listed(page, "Forgets, as the fleet file asks: it stays on the platform (no call)", plan.released)
    _listed(page, "Protects from now on (no call)", plan.protects)
    _renames(page, plan.renames)
    _listed(page, "Unmanaged: there, but not declared; left alone", plan.left_alone)
    _listed(page, "Failed over: held by a declared failover holder", plan.failed_over)
    states = [f"{address} is {state}" for address, state in plan.status.items()]
    _listed(page, "Status not as it should be (no action)", states)
    _listed(page, "Unknown: the snapshot cannot tell", plan.unknown)
    _listed(page, "Converged: both sides changed to the same", plan.converged)
    _listed(page, "Warnings", plan.warnings)


def _renames(page: Page, renames: Sequence[Rename]) -> None:
    if not renames:
        return
    page.blank()
    page.line(f"Probable renames: {len(renames)}. To keep what is live, add to the fleet file:")
    entries = joined(renames)
    for line in moved_entries(entries[:_MOST]):
        page.line(visible(line), indent=4)
    if len(entries) > _MOST:
        page.line(f"# and {len(entries) - _MOST} more", indent=4, tone="dim")


def moved_entries(renames: Sequence[Rename]) -> list[str]:
    """The lines of the entries of `moved` that would make these renames."""
    lines = ["moved:"]
    for rename in renames:
        lines += [f"  # equal but for {rename.differs}"] if rename.differs else []
        lines += [f"  - from: {rename.source}", f"    to: {rename.target}"]
    return lines


def _listed(page: Page, title: str, items: Sequence[str]) -> None:
    if not items:
        return
    page.blank()
    page.line(f"{title}: {len(items)}")
    for item in items[:_MOST]:
        page.line(visible(item), indent=4, hang=2)
    if len(items) > _MOST:
        page.line(f"and {len(items) - _MOST} more", indent=4, tone="dim")


def _verdicts(page: Page, plan: Plan) -> None:
    """What rules say, each verdict with its values; and what they let be left alone."""
    for section in sections(plan):
        page.blank()
        page.line(f"{section.title}: {section.total}", tone="alarm" if section.grave else "")
        for entry in section.entries[:_MOST_VERDICTS]:
            page.line(entry.head, indent=4, hang=2)
            for line in entry.lines:
                page.line(line, indent=8, hang=2, tone="dim")
        if len(section.entries) > _MOST_VERDICTS:
            page.line(f"and {len(section.entries) - _MOST_VERDICTS} more", indent=4, tone="dim")
    _listed(
        page, "Left as it is live, by `ignore`", [f"{at}, by {name}" for at, name in plan.ignored.items()]
    )


def _limits(page: Page, plan: Plan) -> None:
    if not plan.actions:
        return
    for title, limits in (("Limits", plan.limits), ("Budgets", plan.budgets)):
        if not limits:
            continue
        page.blank()
        page.line(title)
        for limit in limits:
            mark = "OVER  " if limit.over else "ok    "
            text = limit.text if title == "Limits" else f"{limit.name.removeprefix('budget ')}: {limit.text}"
            page.line(mark + visible(text), indent=4, hang=6, tone="alarm" if limit.over else "")


def total_line(plan: Plan) -> str:
    """The plan in one line: how much of each operation, and how much of it is ticked."""
    noted = [("adopt", plan.adopt), ("forget", plan.forget), ("protect", plan.protects)]
    said = ", ".join(f"{len(items)} to {word}" for word, items in noted if items)
    if not plan.actions:
        return f"No changes: the platform is as declared.{f' {said}.' if said else ''}"
    counts = Counter(action.op for action in plan.actions)
    parts = [f"{counts[op]} to {op}" for op in Op if counts[op] or op in _ALWAYS]
    chosen = sum(action.selected for action in plan.actions)
    also = f"; {said}" if said else ""
    drift = sum(action.cause is Cause.DRIFT for action in plan.actions)
    drifted = f", {drift} of them drift" if drift else ""
    carried = len(plan.carried)
    along = f"; {carried} more go along" if carried else ""
    return f"Plan: {', '.join(parts)}{drifted}; {chosen} of {len(plan.actions)} ticked{along}{also}."


def approval_lines(plan: Plan) -> list[str]:
    """Whether it needs an approval and of whom, what keeps it, and the command that comes next."""
    if plan.study:
        return [f"For study only: {visible(plan.study)}. It cannot be approved."]
    if plan.denied:
        names = ", ".join(dict.fromkeys(visible(finding.rule) for finding in plan.denied))
        return [f"Denied by {names}: it cannot be approved. Leave out what is denied, or mend it."]
    if not plan.requires_approval:
        if plan.records:
            return [f"No approval is needed. Next: fleetc apply {plan.digest[:12]}"]
        return ["Nothing is ticked: nothing would be sent."] if plan.actions else []
    if lifted := Needs.of(plan).lifted_by:
        names = ", ".join(map(visible, lifted))
        return [f"No approval is needed: {names} allows it. Next: fleetc apply {plan.digest[:12]}"]
    lines = [f"Needs an approval, request {plan.request_id}.", *_who(plan), *_held(plan)]
    over = any(limit.over for limit in plan.limits)
    if plan.override:
        until = f" (until {plan.override_until})" if plan.override_until else ""
        lines.append(f"By override: {visible(plan.override)}{until}")
    elif over:
        lines.append("Over a limit: plan again with --override REASON, or tick less.")
        return lines
    lines.append(f"Next: fleetc approve {plan.digest[:12]}")
    return lines


def _who(plan: Plan) -> list[str]:
    """Who has to approve because of rules."""
    return [f"Needs {text}." for text in needed(plan.requirements)]


def _held(plan: Plan) -> list[str]:
    """What a run of it would wait for."""
    ticked = {"", *(action.id for action in plan.chosen)} if plan.findings else set()
    held = [f for f in plan.findings if f.verdict is Verdict.HOLD and f.binds and f.subject in ticked]
    texts = (f"Held by {f.rule}: waits for window {f.window}, {held_until(f)}." for f in held)
    return list(dict.fromkeys(map(visible, texts)))
