"""Random declarations of rules: every form there is, odd names and texts, expressions up to four deep."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from hypothesis import strategies as st

from fleetc.lang import rules_ast as ast
from fleetc.lang.text import FORBIDDEN

__all__ = ["declarations", "expressions", "rule_files", "templates", "texts"]

WORDS = (
    *("rule", "where", "in", "or", "and", "not", "true", "none", "mon", "count", "by", "from", "to", "env"),
    *("live", "update", "deny", "of", "max", "select", "within", "per", "x", "peer"),
)
RESERVED = {"not", "true", "false", "none", "within", "select"}
EARLIEST, LATEST = datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("2999-12-30")
OPERATIONS = ("create", "update", "replace", "delete", "move", "unprotect")
VERDICTS = ("deny", "hold", "require", "warn", "allow")

words = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True) | st.sampled_from(WORDS)
names = words.map(ast.Name)
texts = st.text(
    st.sampled_from('{}"\\\n\t#| \u00e9\u4e16\U0001f600')
    | st.characters(exclude_categories=["Cs"]).filter(lambda one: one != "\r" and not FORBIDDEN.match(one)),
    max_size=12,
)
wholes = st.integers(0, 10**15 - 1)
durations = st.integers(1, 3650 * 86400) | st.builds(
    int.__mul__, st.integers(1, 3650), st.sampled_from((1, 60, 3600, 86400))
)
numbers = st.integers(-(10**15) + 1, 10**15 - 1)
days = st.dates(date(1970, 1, 1), date(2999, 12, 31))


def some(each: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    """A few of them, at least one."""
    return st.lists(each, min_size=1, max_size=most).map(tuple)


def among(each: st.SearchStrategy, others: st.SearchStrategy) -> st.SearchStrategy:
    """One of a kind between others, two or three in all."""
    return st.builds(
        lambda one, rest, place: (*rest[:place], one, *rest[place:]),
        each,
        st.lists(others, min_size=1, max_size=2),
        st.integers(0, 2),
    )


heads = words.filter(lambda word: word not in RESERVED).map(ast.Name)
paths = st.builds(
    lambda head, steps: ast.Path((head, *steps)),
    heads,
    st.lists(names | texts.map(ast.Name), max_size=3),
)
literals = st.one_of(
    st.none().map(ast.Literal),
    st.booleans().map(ast.Literal),
    numbers.map(ast.Literal),
    texts.map(ast.Literal),
    st.builds(ast.Literal, st.just(0) | durations, duration=st.just(True)),
)
leaves = st.one_of(paths, literals, st.builds(ast.Within, names), st.builds(ast.Selection, texts))


def _deeper(inner: st.SearchStrategy) -> st.SearchStrategy:
    """An expression with one of `inner` in it, beside leaves."""
    operators = st.sampled_from(("==", "!=", "<=", ">=", "<", ">", "in", "matches"))
    return st.one_of(
        leaves,
        st.builds(ast.Compare, operators, inner, leaves),
        st.builds(ast.Compare, operators, leaves, inner),
        st.builds(ast.Either, among(inner, leaves)),
        st.builds(ast.Both, among(inner, leaves)),
        st.builds(ast.Not, inner),
        st.builds(ast.Build, heads, names, inner, leaves),
        st.builds(ast.Build, heads, names, leaves, inner),
        st.builds(ast.Call, heads, st.just(()) | among(inner, leaves)),
    )


def _levels(count: int) -> st.SearchStrategy[ast.Expression]:
    return _deeper(_levels(count - 1)) if count else leaves


expressions = _levels(4)


def _template(parts: list[str | ast.Expression]) -> ast.Template:
    """A message: texts that touch are one text, and an empty one is none."""
    merged: list[str | ast.Expression] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return ast.Template(tuple(merged))


templates = st.lists(texts | _levels(2), max_size=4).map(_template)
stars = st.just(ast.Name("*"))
kinds = names.filter(lambda name: name.text != "of") | stars
targets = some(st.builds(ast.Target, kinds, st.lists(names, max_size=3).map(tuple)))
operations = some(st.sampled_from(OPERATIONS).map(ast.Name))
causes = st.lists(names, max_size=2).map(tuple)
quorums = some(st.builds(ast.QuorumOf, st.integers(1, 100), names))
maybe = st.none()


def _outcomes(verdict: str) -> st.SearchStrategy[ast.Outcome]:
    needs_message = verdict in ("deny", "warn")
    return st.builds(
        ast.Outcome,
        st.just(ast.Name(verdict)),
        templates if needs_message else maybe | templates,
        quorums if verdict == "require" else st.just(()),
        names if verdict == "hold" else maybe,
    )


outcomes = st.sampled_from(VERDICTS).flatmap(_outcomes)
titles = texts
endings = (maybe | templates, maybe | days)
conditions = maybe | expressions

groups = st.builds(ast.Group, names, some(texts.map(ast.Name)))
minutes = st.tuples(st.integers(0, 24 * 60), st.integers(0, 24 * 60))
between = st.tuples(days, days).map(lambda pair: (min(pair), max(pair)))
weekdays = st.sets(st.integers(0, 6)).map(lambda found: tuple(sorted(found)))
calendars = st.builds(
    ast.Calendar,
    names,
    st.booleans(),
    maybe | texts.map(ast.Name),
    weekdays,
    maybe | minutes,
    maybe | between,
).filter(lambda each: each.dates is not None or (not each.freeze and bool(each.days or each.times)))
rules = st.builds(
    ast.Rule, names, titles, st.builds(ast.Scope, operations, targets, causes), conditions, outcomes, *endings
)
assertions = st.builds(ast.Assertion, names, names, conditions, expressions)
invariants = st.builds(ast.Invariant, names, titles, assertions, outcomes, *endings)
limits = st.tuples(wholes, st.just(False), st.just(0)) | st.tuples(st.integers(0, 100), st.just(True), wholes)
caps = st.builds(
    lambda limit, by, per: ast.Cap(*limit, by, per), limits, maybe | paths, st.just(0) | durations
)
counted = st.builds(ast.Scope, operations, targets)
budgets = st.builds(ast.Budget, names, titles, conditions, counted, some(caps), outcomes, *endings)
ignores = st.builds(ast.Ignore, names, targets, conditions, texts, names, days)
waivers = st.builds(ast.Waiver, names, names, targets, conditions, texts, names, days)

settings = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(words | texts, inner, max_size=3),
    max_leaves=6,
)
assignments = st.lists(
    st.builds(ast.Assignment, names, settings), max_size=3, unique_by=lambda each: each.name.text
).map(tuple)
zones = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda offset: timezone(timedelta(minutes=offset)))
instants = st.datetimes(EARLIEST, LATEST, timezones=zones).map(lambda found: found.replace(microsecond=0))
givens = st.builds(ast.Given, st.sampled_from(("live", "desired")), names, texts.map(ast.Name), assignments)
planned = st.builds(
    ast.Planned, st.sampled_from(OPERATIONS).map(ast.Name), names, texts.map(ast.Name), assignments, causes
)
applied = st.builds(
    ast.Applied, names, texts.map(ast.Name), maybe | texts.map(ast.Name), st.just(0) | durations
)
expectations = st.builds(ast.Expect, st.sampled_from((*VERDICTS, "nothing")), maybe | names)
tests = st.builds(
    ast.Test,
    names,
    titles,
    st.lists(givens, max_size=2).map(tuple),
    st.lists(st.builds(ast.Facts, assignments), max_size=2).map(tuple),
    some(planned),
    maybe | instants,
    some(expectations),
    applied=st.lists(applied, max_size=2).map(tuple),
)

declarations = st.one_of(groups, calendars, rules, invariants, budgets, ignores, waivers, tests)
rule_files = st.lists(declarations, max_size=3).map(tuple)
