"""The lines of the approvals screen: the rows of requests, one in detail, and the stakes of its dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from fleetc.ir.timestamps import seconds_of
from fleetc.lang.text import few
from fleetc.plan.changes import Op
from fleetc.tui.findings import agreed, decision
from fleetc.tui.paint import before_lines, plan_row
from fleetc.tui.states import short
from fleetc.tui.text import (
    OP_GLYPH,
    OP_STYLE,
    Part,
    age,
    fit,
    lined,
    moment,
    name_of,
    paragraph,
    rule,
    shown,
)

if TYPE_CHECKING:
    from fleetc.ports import Approval
    from fleetc.service.approving import Waiting
    from fleetc.service.requested import Requested

__all__ = ["brief", "full", "list_head", "request_row", "request_stakes", "words"]

_STATUS = {"waiting": "bold", "approved": "$create", "rejected": "bold $destroy"}
_NAMED = 3


def _counts(item: Waiting) -> Content:
    """`+12 ~28 -/+3 -4`."""
    return Content(" ").join(
        Content.styled(f"{OP_GLYPH[op]}{item.counts[op]}", OP_STYLE[op]) for op in Op if item.counts.get(op)
    )


def _valid(item: Waiting, now: float) -> list[Approval]:
    """The approvals of a request that can still let a run begin."""
    return [each for each in item.approvals if each.valid(now)]


def list_head(items: Sequence[Waiting], width: int) -> Content:
    """How many wait, and how many there are."""
    waiting = sum(item.request.status == "waiting" for item in items)
    left = [Part(shown(f"Waiting for approval {waiting}", "bold"), 9), Part(shown(f"of {len(items)}"), 5)]
    return lined(width, left)


def words(item: Waiting) -> str:
    """What a filter finds a request by: status, ids, people."""
    request = item.request
    people = (request.opened_by, *(each.approver for each in item.approvals))
    return " ".join((request.status, request.id, request.digest, *map(name_of, people)))


def request_row(item: Waiting, now: float, width: int) -> Content:
    """One request on a line: status, digest, who asked, how long ago, and what it has come to.

    Its counts stand there, too, where there is the room.
    """
    request = item.request
    head = Content.assemble(
        "     ",
        shown(f"{request.status:<10}", _STATUS.get(request.status, "$faint")),
        shown(f"{request.digest[:12]} "),
        shown(f"{name_of(request.opened_by)[:12]:<6} "),
        shown(f"{_age(item, now):>4} ", "$faint"),
    )
    outcome = _outcome(item, now)
    both = Content.assemble(_counts(item), "  ", outcome)
    return plan_row(head, both if both.cell_length <= width - head.cell_length - 2 else outcome, width)


def _age(item: Waiting, now: float) -> str:
    return age(now - seconds_of(item.request.opened_at))


def _outcome(item: Waiting, now: float) -> Content:
    used = next((each.used_by for each in reversed(item.approvals) if each.used_by), "")
    if used and item.request.status == "used":
        return shown(f"applied {used}")
    given = len(_valid(item, now))
    if item.request.status not in ("waiting", "approved"):
        return Content("")
    if item.missing:
        has = f"has {given}, " if given else ""
        return shown(f"{has}needs {'; '.join(map(short, item.missing))}", "bold")
    return shown(f"by {few([name_of(each.approver) for each in _valid(item, now)], _NAMED)}" if given else "")


# in detail


def full(item: Waiting, told: Requested | None, now: float, width: int) -> list[Content]:
    """All there is to say about a request; `told` is None until its plan was read."""
    request = item.request
    lines = [
        lined(
            width,
            [Part(shown(f"Request {request.id}", "bold"), 9), Part(shown(request.status, "bold"), 8)],
            [Part(shown(request.environment), 7)],
        ),
        rule(width),
        fit(shown(f" digest       {request.digest}"), width),
        fit(shown(f" opened       {request.opened_at} by {name_of(request.opened_by)}"), width),
    ]
    if told is None:
        return [*lines, fit(shown(" reading its plan ...", "$faint"), width)]
    lines += [
        fit(shown(f" of           {told.text}, against live as of {told.taken_at}"), width),
        fit(Content.assemble(" does         ", _counts(item)), width),
        fit(shown(f" selection    {told.chosen} of {told.actions}"), width),
        *_risk(told, width),
        fit(shown(f" verdicts     {_verdicts(told)}"), width),
        rule(width),
        *_decided(item, told, now, width),
    ]
    return [*lines, *_history(item, now, width)]


def brief(item: Waiting, told: Requested | None, now: float, width: int, height: int) -> list[Content]:
    """The same in a few lines: counts, risk, who is missing."""
    if told is None:
        return [fit(shown(f" {item.request.digest[:12]}  reading its plan ...", "$faint"), width)]
    chosen = f"{told.chosen} of {told.actions} selected"
    head = [
        Part(shown(item.request.digest[:12], "bold"), 9),
        Part(_counts(item), 8),
        Part(shown(_verdicts(told)), 6),
    ]
    lines = [lined(width, head, [Part(shown(chosen), 5)]), *_risk(told, width)]
    return [*lines, *_decided(item, told, now, width)][:height]


def _verdicts(told: Requested) -> str:
    return "  ".join(f"{count} {verdict}" for verdict, count in told.verdicts.items()) or "none"


def _risk(told: Requested, width: int) -> list[Content]:
    if not told.destroyed:
        return []
    names = few(list(told.condemned), _NAMED)
    text = Content.assemble(
        " ", shown("RISK", "bold $destroy"), shown(f"         destroys {told.destroyed}: {names}")
    )
    return paragraph(text, width, 14, 2)


def _decided(item: Waiting, told: Requested, now: float, width: int) -> list[Content]:
    """Who agreed and who is missing, what denies or holds, limits."""
    lines: list[Content] = []
    if told.allowed_by:
        lines += paragraph(shown(f" allowed by   {', '.join(told.allowed_by)}"), width, 14)
    if told.override:
        lines += paragraph(Content.assemble(" override     ", shown(told.override, "bold")), width, 14)
    return lines + [Content.assemble(" ", line) for line in _decision(item, told, now, width - 1)]


def _decision(item: Waiting, told: Requested, now: float, width: int) -> list[Content]:
    people = agreed(told.requirements, _valid(item, now), item.missing, width)
    people += before_lines(told.before, width)
    return decision(told.findings, (*told.limits, *told.budgets), people, width)


def _history(item: Waiting, now: float, width: int) -> list[Content]:
    """Approvals that do not count any more, and why."""
    lines: list[Content] = []
    for each in item.approvals:
        if each.valid(now):
            continue
        why = "revoked" if each.revoked else f"used by {each.used_by}" if each.used_by else "expired"
        said = f" {moment(each.at)}  {name_of(each.approver)}: {why}{f'  {each.comment}' if each.comment else ''}"
        lines += paragraph(shown(said, "$faint"), width, 3, 2)
    return [rule(width), *lines] if lines else []


def request_stakes(item: Waiting, told: Requested, now: float, width: int) -> list[Content]:
    """What a decision on a request is about, for its dialog."""
    return [
        Content.assemble("environment  ", shown(told.environment, "bold")),
        shown(f"digest       {told.digest[:12]}"),
        shown(f"selection    {told.chosen} of {told.actions}"),
        Content.assemble("does         ", _counts(item)),
        Content.assemble(
            "destroys     ",
            shown(f"{told.destroyed}", "bold"),
            shown(f"  {few(list(told.condemned), _NAMED)}"),
        ),
        *_decision(item, told, now, width),
    ]
