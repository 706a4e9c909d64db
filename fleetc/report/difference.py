"""What differs between two snapshots, as text and as Markdown; equal changes are said once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleetc.ir.difference import Difference, FieldDifference, ResourceDifference
from fleetc.ir.state import Snapshot
from fleetc.ir.values import canonical
from fleetc.lang.text import visible
from fleetc.report.markup import code, literal
from fleetc.report.values import value_text

__all__ = ["render_difference", "render_difference_markdown"]

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_MEMBERS = 5
_GROUPS = 30


@dataclass(frozen=True, slots=True)
class _Group:
    """Equal changes of one kind: all with the same fields, before and after."""

    kind: str
    change: str
    fields: tuple[FieldDifference, ...]
    addresses: tuple[str, ...]


def render_difference(found: Difference, *, full: bool = False) -> str:
    """Totals, then kind by kind what changed; without `full`, long lists are cut and say so."""
    lines = [f"{_side(found.before)} -> {_side(found.after)}", *_warnings(found)]
    if not found:
        return "\n".join([*lines, "no difference"]) + "\n"
    lines += [_totals(found)]
    for kind, counts in found.summary.items():
        groups = _groups(found, kind)
        lines += ["", f"{visible(kind)}: {_words(counts)}"]
        for group in groups if full else groups[:_GROUPS]:
            lines += _group_lines(group, full)
        lines += _more(len(groups) - _GROUPS, "different changes", full)
    if found.catalogue:
        lines += ["", "catalogue:", *_field_lines(found.catalogue, "  ")]
    return "\n".join(lines) + "\n"


def render_difference_markdown(found: Difference) -> str:
    """A table of totals, then the changes folded away, to paste into a pull request."""
    lines = [f"### {literal(_side(found.before))} → {literal(_side(found.after))}", ""]
    lines += [f"**{literal(line)}**\n" for line in _warnings(found)]
    if not found:
        return "\n".join([*lines, "No difference."]) + "\n"
    if found.resources:
        lines += ["| Kind | Added | Removed | Changed |", "|---|---|---|---|"]
        lines += [
            f"| {literal(kind)} | {counts['added']} | {counts['removed']} | {counts['changed']} |"
            for kind, counts in found.summary.items()
        ]
        lines += ["", "<details><summary>Changes</summary>", ""]
        for kind in found.summary:
            groups = _groups(found, kind)
            lines += [line for group in groups[:_GROUPS] for line in _markdown_group(group)]
            lines += [
                literal(line) + "\n" for line in _more(len(groups) - _GROUPS, "different changes", False)
            ]
        lines += ["", "</details>", ""]
    if found.catalogue:
        lines += ["**Catalogue**", "", *map(_markdown_field, found.catalogue)]
    return "\n".join(lines).rstrip() + "\n"


def _side(snapshot: Snapshot) -> str:
    when = f" of {snapshot.taken_at}" if snapshot.taken_at else ""
    return f"{visible(snapshot.name)}{when}"


def _warnings(found: Difference) -> Iterator[str]:
    if found.before.account != found.after.account:
        yield f"different accounts: {visible(found.before.account)} and {visible(found.after.account)}"
    for snapshot in (found.before, found.after):
        if not snapshot.complete:
            problems = "; ".join(map(visible, snapshot.problems))
            yield f"{visible(snapshot.name)} is incomplete, what it lacks may be there: {problems}"


def _totals(found: Difference) -> str:
    counts = {change: sum(kind[change] for kind in found.summary.values()) for change in _SIGNS}
    words = [_words(counts)] if found.resources else []
    return "; ".join([*words, *([f"{len(found.catalogue)} in the catalogue"] if found.catalogue else [])])


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {change}" for change, count in counts.items() if count)


def _groups(found: Difference, kind: str) -> list[_Group]:
    """The changes of a kind by what they are, the rarest first."""
    members: dict[tuple[str, bytes], list[ResourceDifference]] = {}
    for item in found.resources:
        if item.kind == kind:
            content = canonical([[f.path, f.before, f.after] for f in item.fields])
            members.setdefault((item.change, content), []).append(item)
    groups = [
        _Group(kind, change, same[0].fields, tuple(item.address for item in same))
        for (change, _), same in members.items()
    ]
    return sorted(groups, key=lambda group: (len(group.addresses), group.addresses))


def _group_lines(group: _Group, full: bool) -> list[str]:
    shown = group.addresses if full or len(group.addresses) <= _MEMBERS + 1 else group.addresses[:_MEMBERS]
    lines = [f"  {_SIGNS[group.change]} {visible(address)}" for address in shown]
    lines += _more(len(group.addresses) - len(shown), "alike", False)
    return lines + _field_lines(group.fields, "      ")


def _field_lines(fields: tuple[FieldDifference, ...], indent: str) -> list[str]:
    return [
        f"{indent}{visible(field.path)}: {value_text(field.before)} -> {value_text(field.after)}"
        for field in fields
    ]


def _more(count: int, what: str, full: bool) -> list[str]:
    return [f"    and {count} more {what} (--full shows them)"] if count > 0 and not full else []


def _markdown_group(group: _Group) -> list[str]:
    shown = group.addresses[:_MEMBERS]
    more = f" and {len(group.addresses) - len(shown)} more alike" if len(group.addresses) > len(shown) else ""
    addresses = ", ".join(map(code, shown))
    return [f"- {group.change} {addresses}{more}", *(f"  {_markdown_field(field)}" for field in group.fields)]


def _markdown_field(field: FieldDifference) -> str:
    before, after = code(value_text(field.before)), code(value_text(field.after))
    return f"- {literal(field.path)}: {before} → {after}"
