"""Diagnostics and verdicts as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format).

One run of the tool an environment. Places are relative to the folder that was looked at; columns
count characters. What a waiver lifts is a suppressed result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fleetc import __version__
from fleetc.lang.codes import CODES
from fleetc.lang.diagnostics import Diagnostic, Label
from fleetc.lang.source import Span
from fleetc.lang.text import visible
from fleetc.plan.actions import Plan
from fleetc.plan.verdicts import Finding, Verdict

__all__ = ["log", "run_of_diagnostics", "run_of_plan"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PLACE = re.compile(r"(.+):(\d+):(\d+)")


def log(runs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The SARIF document of some runs."""
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": list(runs)}


def run_of_diagnostics(diagnostics: Sequence[Diagnostic], environment: str = "") -> dict[str, Any]:
    """The run of a check."""
    return _run([_of_diagnostic(each) for each in diagnostics], environment)


def run_of_plan(plan: Plan, diagnostics: Sequence[Diagnostic] = ()) -> dict[str, Any]:
    """The run of a plan: what rules say of it, and what was noticed on the way."""
    origins = {
        action.id: next((change.origin for change in action.fields if _PLACE.fullmatch(change.origin)), "")
        for action in plan.actions
    }
    addresses = {action.id: action.address for action in plan.actions}
    results = [
        _of_finding(each, origins.get(each.subject, ""), addresses.get(each.subject, ""))
        for each in plan.findings
    ]
    run = _run([*results, *map(_of_diagnostic, diagnostics)], plan.environment)
    return {**run, "properties": {"plan": plan.digest, "account": visible(plan.account)}}


def _run(results: list[dict[str, Any]], environment: str) -> dict[str, Any]:
    ids = {id_: number for number, id_ in enumerate(dict.fromkeys(each["ruleId"] for each in results))}
    rules = [{"id": id_, "shortDescription": {"text": CODES.get(id_, f"rule {id_}")}} for id_ in ids]
    details = {"automationDetails": {"id": f"fleetc/{visible(environment)}"}} if environment else {}
    return {
        "tool": {"driver": {"name": "fleetc", "version": __version__, "rules": rules}},
        **details,
        "columnKind": "unicodeCodePoints",
        "results": [{**each, "ruleIndex": ids[each["ruleId"]]} for each in results],
    }


def _of_diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    lines = [
        diagnostic.message,
        *diagnostic.notes,
        *([f"help: {diagnostic.help}"] if diagnostic.help else []),
    ]
    return {
        "ruleId": diagnostic.code,
        "level": str(diagnostic.severity),
        "message": {"text": "\n".join(map(visible, lines))},
        "locations": [_location(diagnostic.primary.span)],
        **_related(diagnostic.secondary),
    }


def _of_finding(finding: Finding, origin: str, address: str) -> dict[str, Any]:
    read = next((bound.origin for bound in finding.tripped if _PLACE.fullmatch(bound.origin)), "")
    place = read or origin or finding.place
    about = [address] if address else list(finding.reaches)
    location = {**_at(place), "logicalLocations": [_logical(each) for each in about]} if about else _at(place)
    return {
        "ruleId": visible(finding.rule),
        "level": _level(finding),
        "message": {"text": "\n".join(map(visible, _lines(finding, address)))},
        "locations": [location],
        "relatedLocations": [{"id": 1, **_at(finding.place), "message": {"text": "the rule"}}],
        "properties": {"verdict": finding.verdict.value, "accepted": finding.accepted},
        **_suppressed(finding),
    }


def _lines(finding: Finding, address: str) -> Iterable[str]:
    yield f"{finding.verdict}{f' {address}' if address else ''}: {finding.message or finding.rule}"
    for bound in finding.tripped:
        yield f"{bound.name} is {bound.value}"
    for name in finding.unknown:
        yield f"not known yet: {name}"
    if finding.trial:
        yield f"on trial until {finding.trial}: it binds nobody yet"
    if finding.help:
        yield f"help: {finding.help}"


def _level(finding: Finding) -> str:
    if not finding.binds:
        return "note"
    return "error" if finding.verdict is Verdict.DENY else "warning"


def _suppressed(finding: Finding) -> dict[str, Any]:
    if not finding.waiver:
        return {}
    said = f"waived by {visible(finding.waiver)}"
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": said}]}


# places


def _at(place: str) -> dict[str, Any]:
    """The location of `path:line:column`; of another text, only that file."""
    match = _PLACE.fullmatch(place)
    if match is None:
        return {"physicalLocation": {"artifactLocation": {"uri": _uri(place)}}}
    line, column = int(match[2]), int(match[3])
    return _location(Span(match[1], line, column, line, column))


def _location(span: Span) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": span.end_column}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.path)}, "region": region}}


def _related(labels: Sequence[Label]) -> dict[str, Any]:
    found = [
        {"id": number, **_location(label.span), "message": {"text": visible(label.text) or "here"}}
        for number, label in enumerate(labels, 1)
    ]
    return {"relatedLocations": found} if found else {}


def _logical(address: str) -> dict[str, str]:
    return {"fullyQualifiedName": visible(address), "kind": "resource"}


def _uri(path: str) -> str:
    return quote(path, safe="/-._~")
