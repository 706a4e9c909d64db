"""The change of rules that a plan makes: the action `policy/rules` (design 2.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleetc.plan.changes import Cause, Change, FieldChange, Op
from fleetc.policy.ruleset import RuleSet

__all__ = ["ADDRESS", "KIND", "change_of"]

KIND = "policy"
ADDRESS = "policy/rules"


def change_of(rules: RuleSet, accepted: RuleSet) -> Change | None:
    """What changes of the rules, declaration by declaration; None when nothing does."""
    if rules.digest == accepted.digest:
        return None
    return Change(
        address=ADDRESS,
        kind=KIND,
        op=Op.ACCEPT,
        cause=Cause.GIT,
        fields=tuple(_fields(rules.texts, accepted.texts)),
        reason="from then on these rules judge alone; until then the stricter of both wins",
    )


def _fields(new: Mapping[str, tuple[str, str]], old: Mapping[str, tuple[str, str]]) -> Iterator[FieldChange]:
    for name in (*new, *(name for name in old if name not in new)):
        after, place = new.get(name, ("", ""))
        before = old.get(name, ("", ""))[0]
        if before != after:
            yield FieldChange(name, before or None, after or None, Cause.GIT, place)
