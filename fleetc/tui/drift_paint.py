"""The lines of the drift screen: a drift on one line and in full, what is told of an environment, stakes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from fleetc.ir.state import LiveResource
from fleetc.ir.timestamps import seconds_of
from fleetc.lang.text import few
from fleetc.plan.actions import Plan
from fleetc.plan.changes import Cause
from fleetc.plan.drift import Drift, DriftField, DriftState
from fleetc.tui.desk import Desk
from fleetc.tui.drift import LATER, Glance
from fleetc.tui.paint import environment, plan_row
from fleetc.tui.session import Session
from fleetc.tui.states import revision
from fleetc.tui.text import (
    KEPT,
    Part,
    age,
    clock,
    cut,
    fit,
    lined,
    paragraph,
    place,
    rule,
    shown,
)
from fleetc.tui.words import field_value

if TYPE_CHECKING:
    from fleetc.service.drifting import Drifted, DriftReport, FirstSeen

__all__ = ["brief", "drift_row", "full", "head", "said_of", "stakes", "tally", "where"]

_STYLE = {
    DriftState.CHANGED: "",
    DriftState.MISSING: "bold $destroy",
    DriftState.UNMANAGED: "$faint",
}
_NAMED = 3
_SHOWN = 200
_GONE = "(not there)"


def where(session: Session, plan: Plan, report: DriftReport | None, width: int) -> Content:
    """Row 1: what is compared with what."""
    left = [Part(environment(session.environment), 20), Part(shown(f"drift of {revision(plan)}"), 12)]
    if report and report.checked_at:
        left.append(Part(shown(f"vs platform {clock(report.checked_at)}"), 8))
    if report and not report.complete:
        left.append(Part(shown("PARTIAL", "bold reverse"), 14))
    if report and report.later_run:
        left.append(Part(shown(f"OLD: {report.later_run} ran since", "bold reverse"), 13))
    right = [Part(shown(session.who), 10)]
    if session.read_only:
        right.insert(0, Part(shown(f"READ-ONLY ({session.read_only})", "bold reverse"), 13))
    return lined(width, left, right)


# an environment


def head(known: Collection[Glance], now: float, width: int) -> Content:
    """How much has drifted in all environments, and how long ago the oldest look was."""
    if not known:
        return lined(width, [Part(shown("Drift", "bold"), 9)])
    told = [each.report for each in known]
    counts = {state: sum(each.counts[state] for each in known) for state in DriftState}
    total = sum(counts.values())
    seen = [report.resources for report in told if report.resources is not None]
    of = f" of {sum(seen):,} resources" if seen else ""
    left = [Part(shown(f"Drift {total:,}{of}", "bold"), 9)]
    left += [Part(shown(f"{state} {count:,}", _STYLE[state]), 6) for state, count in counts.items() if count]
    checked = [seconds_of(report.checked_at) for report in told if report.checked_at]
    right = [Part(shown(f"checked {age(now - min(checked))} ago", "$faint"), 5)] if checked else []
    return lined(width, left, right)


def tally(report: DriftReport | None) -> str:
    """What stands beside an environment's name."""
    if report is None:
        return "looking ..."
    said = f"{len(report.drift):,} drifted" if report.drift else "no drift"
    return said if report.complete else f"{said}, PARTIAL"


def said_of(report: DriftReport | None, past: str, width: int) -> list[Content]:
    """How an environment stands as a whole, and what there is to know of the look."""
    if past:
        text = f"Looking at the past ({past}): drift is told of what is live. 5, then esc, goes back to it."
        return paragraph(shown(f" {text}", "bold"), width, 1)
    if report is None:
        return [fit(shown(" looking for drift ...", "$faint"), width)]
    lines = paragraph(_state(report), width, 1)
    notes = [
        (f"{report.later_run} has changed the account since this look: r checks again", report.later_run),
        (f"{', '.join(report.failed_over[:_NAMED])} failed over: no drift", report.failed_over),
        (f"the plan is for study: {report.study}", report.study),
    ]
    for text, holds in notes:
        lines += paragraph(shown(f" {text}"), width, 1) if holds else []
    return lines


def _state(report: DriftReport) -> Content:
    at = f" at {clock(report.checked_at)}" if report.checked_at else ""
    if not report.complete:
        why = f" ({'; '.join(report.problems)})" if report.problems else ""
        unknown = f"; of {report.unknown:,} declared ones nobody can tell" if report.unknown else ""
        text = (
            f" PARTIAL: not everything could be read{at}{why}. Changed ones stand here; missing ones do not"
        )
        return shown(f"{text}{unknown}. r checks again.", "bold")
    if report.drift:
        return shown(f" {len(report.drift):,} drifted{at}.", "bold")
    if not report.verified:
        return shown(" Nothing was applied from here yet, so nothing can have drifted.", "bold")
    many = f"{report.resources:,} resources are" if report.resources is not None else "all is"
    return shown(f" No drift: {many} as applied{at}.", "bold")


# a drift


def drift_row(drifted: Drifted, marked: bool, now: float, width: int) -> Content:
    """One drift: how, which, in what, and since when it is known."""
    drift = drifted.drift
    mark = "   x " if marked else "     "
    style = _STYLE[drift.state]
    first = Content.assemble(mark, shown(f"{drift.state:<10}", style), shown(drift.address))
    note = _short(drift)
    if (
        drift.fields and drift.state is DriftState.CHANGED
    ) or first.cell_length + note.cell_length + 9 <= width:
        first = Content.assemble(first, "  ", note)
    since = age(now - seconds_of(drifted.first_seen.at)) if drifted.first_seen else "?"
    return plan_row(fit(first, max(width - 7, 0)), Content(f"{since:>4}"), width)


def _short(drift: Drift) -> Content:
    if drift.state is DriftState.MISSING:
        return shown("in the fleet file, not there", "$faint")
    if drift.state is DriftState.UNMANAGED:
        return shown("there, not in the fleet file", "$faint")
    fields = [field.path for field in drift.fields]
    return shown(few(fields, 2) if fields else drift.reason, "$faint")


def full(
    drifted: Drifted, observed: LiveResource | None, now: float, width: int, *, off: str
) -> list[Content]:
    """All there is to say about a drift; `off` says why it cannot be put back."""
    drift = drifted.drift
    lines = [
        lined(width, [Part(shown(drift.address, "bold"), KEPT)], [Part(shown(f"{drift.state}", "bold"), 8)]),
        *paragraph(shown(f" {_since(drifted.first_seen, now)}"), width, 1),
        rule(width),
    ]
    for field in drift.fields[:_SHOWN]:
        lines += _three(field, drift, width)
    if len(drift.fields) > _SHOWN:
        lines.append(fit(shown(f" and {len(drift.fields) - _SHOWN} more fields", "$faint"), width))
    if drift.state is DriftState.UNMANAGED:
        lines += _observed(observed, width)
    return [*lines, *_notes(drift, width), rule(width), *_choices(off, width)]


def brief(
    drifted: Drifted, observed: LiveResource | None, now: float, width: int, height: int
) -> list[Content]:
    """The same in `height` lines: the fields, each on one line, and since when."""
    drift = drifted.drift
    lines = [_one(field, drift, width) for field in drift.fields]
    if 4 * len(drift.fields) <= height - 2:
        lines = [line for field in drift.fields for line in _three(field, drift, width)]
    if drift.state is DriftState.UNMANAGED and observed:
        lines = _observed(observed, width)
    kept = lines[: max(height - 2, 1)]
    if len(lines) > len(kept):
        kept[-1] = fit(shown(f" and {len(lines) - len(kept) + 1} more: enter shows all", "$faint"), width)
    notes = _notes(drift, width) or [fit(shown(" P put back   h history", "$keys"), width)]
    return [*kept, fit(shown(f" {_since(drifted.first_seen, now)}"), width), *notes][:height]


def _since(first: FirstSeen | None, now: float) -> str:
    if first is None:
        return "first seen: not known"
    seen = f"first seen {_minute(first.at)} ({age(now - seconds_of(first.at))} ago) on {first.snapshot}"
    return f"{seen}, not yet at {_minute(first.after)}" if first.after else f"{seen}, or earlier"


def _minute(at: str) -> str:
    return at[:19].replace("T", " ")


def _three(field: DriftField, drift: Drift, width: int) -> list[Content]:
    """Wanted with its place, verified last, and live."""
    conflict = "   changed in the fleet file as well" if field.cause is Cause.CONFLICT else ""
    lines = [fit(Content.assemble(" ~ ", shown(field.path, "bold"), shown(conflict, "bold")), width)]
    wanted = field_value(field.path, field.desired) if drift.action else "(to be deleted)"
    gone = drift.state is DriftState.MISSING
    for word, text, source in (
        ("desired", wanted, place(field.origin)),
        ("applied", field_value(field.path, field.baseline), ""),
        ("observed", _GONE if gone else field_value(field.path, field.live), ""),
    ):
        style = "bold" if word == "observed" else ""
        note = shown(f"   {source}" if source else "", "$faint")
        lines += paragraph(Content.assemble(f"   {word:<9} ", shown(text, style), note), width, 13)
    return lines


def _one(field: DriftField, drift: Drift, width: int) -> Content:
    gone = drift.state is DriftState.MISSING
    observed = _GONE if gone else field_value(field.path, field.live)
    name = cut(shown(f"~ {field.path}", "bold"), max(width // 3, 8))
    room = max((width - name.cell_length - 6) // 2, 8)
    desired = cut(shown(f"desired {field_value(field.path, field.desired)}"), room)
    return lined(
        width, [Part(name, KEPT), Part(desired, KEPT), Part(shown(f"observed {observed}", "bold"), KEPT)]
    )


def _observed(found: LiveResource | None, width: int) -> list[Content]:
    if found is None:
        return [fit(shown(" reading what is there ...", "$faint"), width)]
    lines = [fit(shown(f" id {found.id}", "$faint"), width)]
    for name, item in list(found.fields.items())[:_SHOWN]:
        lines += paragraph(shown(f"   {name}: {field_value(name, item)}"), width, 5)
    return lines


def _notes(drift: Drift, width: int) -> list[Content]:
    notes = []
    if drift.reason:
        notes.append(shown(f" {drift.reason}"))
    if drift.also:
        notes.append(
            shown(f" the same action also changes, as a commit asks: {few(drift.also, _NAMED)}", "bold")
        )
    if drift.ends:
        notes.append(shown(" putting it back replaces the resource", "bold $destroy"))
    return [line for note in notes for line in paragraph(note, width, 1)]


def _choices(off: str, width: int) -> list[Content]:
    """What can be answered, each with its key, and why not where it cannot."""
    lines = [fit(shown(" Choices", "bold"), width)]
    for key, words, what, why in (
        ("P", "put back", "a new plan with only this chosen", off),
        ("M", "take over", "the edit of the fleet file", LATER),
        ("I", "accept", "until a date", LATER),
    ):
        text = f"{what} (off: {why})" if why else what
        lines += paragraph(
            Content.assemble(
                "  ", shown(key, "$keys"), f"  {words:<10} ", shown(text, "$faint" if why else "")
            ),
            width,
            16,
        )
    return lines


# the dialog


def stakes(desk: Desk, found: Sequence[Drift], left: int, width: int) -> list[Content]:
    """What putting back is about: which, what goes with it, and that a plan is all that is made.

    `left` counts those that no action can put back.
    """
    also = [f"{drift.address} ({few(drift.also, _NAMED)})" for drift in found if drift.also]
    ends = [drift.address for drift in found if drift.ends]
    texts = [
        ("environment  ", desk.environment, "bold"),
        ("puts back    ", f"{len(found)}: {few([drift.address for drift in found], _NAMED)}", ""),
        ("not possible ", f"{left} of what is marked" if left else "", ""),
        ("replaces     ", few(ends, _NAMED), "bold $destroy"),
        ("as committed ", few(also, _NAMED), "bold"),
        ("your ticks   ", "are left for those of the new plan" if desk.choice.changed else "", "bold"),
    ]
    lines = [
        line
        for label, text, style in texts
        if text
        for line in paragraph(Content.assemble(label, shown(text, style)), width, len(label))
    ]
    what = "The platform is looked at again, and a plan is made in which only this is chosen. Nothing is changed."
    return [*lines, Content(""), *paragraph(shown(what), width, 0)]
