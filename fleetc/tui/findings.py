"""What rules say, as lines: in short on a row, in full in the detail, and for a decision. Pure.

A verdict is its sign `!`, the rule's name and the word, so that it needs no colour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from fleetc.lang.text import few
from fleetc.plan.actions import Limit
from fleetc.plan.verdicts import Finding, Requirement, Verdict
from fleetc.tui.text import VERDICT_STYLE, Part, fit, lined, moment, name_of, paragraph, place, shown
from fleetc.tui.verdicts import HINDERS, Texts, Verdicts, code_of

if TYPE_CHECKING:
    from fleetc.ports import Approval
    from fleetc.tui.rows import Rows

__all__ = ["Texts", "agreed", "counted", "decision", "said", "section", "sign", "tail"]

_INDENT = 11
_SHOWN = 20
_NAMED = 3


def sign(finding: Finding) -> Content:
    """`!deny no-london`: what matters stands first, for the end may be cut."""
    verdict = shown(f"!{finding.verdict.value}", VERDICT_STYLE[finding.verdict])
    return Content.assemble(verdict, " ", shown(finding.rule, "bold"))


def tail(verdicts: Verdicts, action: str, *, told: bool) -> Content:
    """What rules say of an action, for the end of its row; with what for when it is not `told` yet."""
    found = [each for each in verdicts.of(action) if each.binds]
    if not found:
        return Content("")
    first, more = found[0], len({each.rule for each in found}) - 1
    words = [sign(first)]
    if not told and first.message:
        words.append(shown(f": {first.message}", "bold"))
    elif more:
        words.append(Content(f" +{more}"))
    return Content.assemble(*words)


def counted(rows: Rows, row: int) -> Content:
    """How many of a group are denied, held, and need somebody; empty for none."""
    found = ((each, rows.judged(code_of(each), row)) for each in HINDERS)
    words = [shown(f"!{count} {verdict.value}", VERDICT_STYLE[verdict]) for verdict, count in found if count]
    return Content(" ").join(words)


# in full


def section(title: str, findings: Sequence[Finding], texts: Texts, width: int) -> list[Content]:
    """All there is to say of some findings; nothing of none."""
    if not findings:
        return []
    lines = [fit(shown(f" {title} ({len(findings)})"), width)]
    for finding in findings[:_SHOWN]:
        lines += said(finding, texts.get((finding.accepted, finding.place), ""), width)
    if len(findings) > _SHOWN:
        lines.append(fit(shown(f"  and {len(findings) - _SHOWN} more", "$faint"), width))
    return lines


def said(finding: Finding, text: str, width: int) -> list[Content]:
    """One finding: verdict, rule and place, what for, the values it rests on, help, and the rule."""
    style = VERDICT_STYLE[finding.verdict] if finding.binds else "$faint"
    head = [Part(Content.assemble(" ", shown(f"!{finding.verdict.value}", style)), 9)]
    head.append(Part(shown(finding.rule, "bold"), 8))
    head += [Part(shown(word, "bold"), 7) for word in _lifted(finding)]
    lines = [lined(width, head, [Part(shown(place(finding.place), "$faint"), 3)])]
    lines += _words(finding.message, width, "bold" if finding.binds else "")
    for bound in finding.tripped:
        where = [Part(shown(place(bound.origin), "$faint"), 3)] if bound.origin else []
        value = [Part(shown(f"{' ' * (_INDENT - 1)}{bound.name} = {bound.value}"))]
        lines.append(lined(width, value, where))
    if finding.unknown:
        lines += _words(f"not known yet: {', '.join(finding.unknown)}: the strictest counts", width)
    for word in (_until(finding), _requires(finding)):
        lines += _words(word, width)
    lines += _words(f"help: {finding.help}" if finding.help else "", width)
    return lines + _written(text, width)


def _words(text: str, width: int, style: str = "") -> list[Content]:
    return paragraph(shown(f"{' ' * _INDENT}{text}", style), width, _INDENT) if text else []


def _lifted(finding: Finding) -> list[str]:
    """Why it binds nobody, and which rules it comes of where that is not plain."""
    words = [f"waived by {finding.waiver}"] if finding.waiver else []
    words += [f"on trial until {finding.trial}"] if finding.trial else []
    return words + ["by the rules applied last"] * finding.accepted


def _until(finding: Finding) -> str:
    if finding.verdict is not Verdict.HOLD:
        return ""
    until = f"until {moment(finding.until)}" if finding.until is not None else "for longer than a year"
    return f"held {until}" + (f" (window {finding.window})" if finding.window else "")


def _requires(finding: Finding) -> str:
    quorums = (f"{each.count} of {each.group} ({', '.join(each.members)})" for each in finding.requires)
    return f"needs {' and '.join(quorums)}" if finding.requires else ""


def _written(text: str, width: int) -> list[Content]:
    """The rule as it is written, line by line."""
    lines: list[Content] = []
    for line in text.expandtabs(4).splitlines():
        lines += paragraph(shown(f"         | {line}", "$faint"), width, _INDENT, 3)
    return lines


# for a decision


def decision(
    findings: Sequence[Finding],
    limits: Sequence[Limit],
    people: Sequence[Content],
    width: int,
) -> list[Content]:
    """What to know before one decides, what stands in the way first: stops, limits, `people`."""
    over = [limit for limit in limits if limit.over]
    within = [limit for limit in limits if not limit.over]
    return [*_stops(findings, width), *_limits(over, width), *people, *_limits(within, width)]


def _limits(limits: Sequence[Limit], width: int) -> list[Content]:
    """Limits and budgets with their arithmetic."""
    lines: list[Content] = []
    for limit in limits:
        mark = shown("OVER", "bold reverse") if limit.over else shown("ok", "$faint")
        name = "" if limit.text.startswith(limit.name) else f"{limit.name}: "
        text = Content.assemble("  ", mark, " " * (6 - mark.cell_length), shown(f"{name}{limit.text}"))
        lines += paragraph(text, width, 8)
    return lines


def _stops(findings: Sequence[Finding], width: int) -> list[Content]:
    """What denies or holds, each rule once, with how many it is about."""
    about = Counter((each.verdict, each.rule) for each in findings)
    first = {(each.verdict, each.rule): each for each in reversed(findings)}
    lines: list[Content] = []
    for key, count in about.items():
        finding = first[key]
        words = ": ".join(filter(None, (_until(finding), finding.message)))
        more = f" ({count} in all)" if count > 1 else ""
        lines += paragraph(Content.assemble("  ", sign(finding), shown(f"  {words}{more}")), width, 2, _NAMED)
    return lines


def agreed(
    requirements: Sequence[Requirement],
    approvals: Sequence[Approval],
    missing: Sequence[str],
    width: int,
) -> list[Content]:
    """Who has to approve because of rules, who has, and who is missing."""
    lines: list[Content] = []
    for each in requirements:
        quorums = " and ".join(f"{quorum.count} of {quorum.group}" for quorum in each.quorums)
        lines += paragraph(shown(f"requires     {quorums} for {each.rule}: {each.text}"), width, 13, _NAMED)
    if approvals:
        lines += paragraph(shown(f"approved by  {_approvers(approvals)}"), width, 13, _NAMED)
    for text in missing:
        lines += paragraph(Content.assemble("missing      ", shown(text, "bold")), width, 13, _NAMED)
    return lines


def _approvers(approvals: Sequence[Approval]) -> str:
    words = [
        f"{name_of(each.approver)}{' (BREAK-GLASS)' if each.breaks_glass else ''} until {moment(each.expires_at)}"
        for each in approvals
    ]
    return few(words, _NAMED)
