"""The change of rules that a plan makes: the action `policy/rules` (design 2.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleetc.ir.values import Value
from fleetc.plan.changes import Cause, Change, FieldChange, Op
from fleetc.policy.ruleset import RuleSet

__all__ = ["ADDRESS", "KIND", "change_of"]

KIND = "policy"
ADDRESS = "policy/rules"


def change_of(
    rules: RuleSet, accepted: RuleSet, renamed: Mapping[str, tuple[Value, Value]] | None = None
) -> Change | None:
    """What changes of the rules, declaration by declaration; None when nothing does.

    `renamed` are the facts of the environment that change what rules say of the account: each
    before and now, None where it is not set.
    """
    if rules.digest == accepted.digest and not renamed:
        return None
    facts = tuple(_facts(renamed or {}))
    return Change(
        address=ADDRESS,
        kind=KIND,
        op=Op.ACCEPT,
        cause=Cause.GIT,
        fields=(*facts, *_fields(rules.texts, accepted.texts)),
        reason=_REASON + (_RENAMED if facts else ""),
    )


_REASON = "from then on these rules judge alone; until then the stricter of both wins"
_RENAMED = "; the account was applied as another environment, which counts until then as well"


def _facts(renamed: Mapping[str, tuple[Value, Value]]) -> Iterator[FieldChange]:
    for name in sorted(renamed, key=lambda each: (each != "name", each)):
        before, after = (_NOT_SET if value is None else _text(value) for value in renamed[name])
        yield FieldChange(f"env.{name}", before, after, Cause.GIT)


_NOT_SET = "not set"


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fields(new: Mapping[str, tuple[str, str]], old: Mapping[str, tuple[str, str]]) -> Iterator[FieldChange]:
    for name in (*new, *(name for name in old if name not in new)):
        after, place = new.get(name, ("", ""))
        before = old.get(name, ("", ""))[0]
        if before != after:
            yield FieldChange(name, before or None, after or None, Cause.GIT, place)
