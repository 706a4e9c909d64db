"""The type checker of expressions; what has a type becomes `Code` (design 3.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from fleetc.lang import rules_ast as ast
from fleetc.lang.rules_text import expression as printed
from fleetc.policy.calendar import within
from fleetc.policy.code import ENV, Code, Frame, State, both, either, no
from fleetc.policy.functions import BUILDERS, FUNCTIONS
from fleetc.policy.operators import compared, ordered_wrong
from fleetc.policy.reporting import Report
from fleetc.policy.steps import key_of, step
from fleetc.policy.types import (
    ANY,
    BOOLEAN,
    DURATION,
    NONE,
    NUMBER,
    TEXT,
    WRONG,
    Base,
    Type,
    features,
)
from fleetc.policy.world import UNKNOWN

__all__ = ["Expressions", "Scope"]

_WALKS = (ast.Path, ast.Build, ast.Call)
_WRONG = Code(WRONG, lambda _frame: None)


@dataclass(frozen=True, slots=True)
class Scope:
    """What names stand for in an expression.

    - `variables`: each with its code; `missing` are names that mean nothing here, with the reason.
    - `bare`: the code of the resource whose fields may be written without a dot before them.
    - `facts`: the types of what `env` has. `windows`: windows and freezes.
    - `inside`: whether this is in a builder, whose variable has another value each time.
    - `selects`: whether there is a change that a selector can select.
    """

    facts: Mapping[str, Type]
    windows: Collection[str]
    variables: Mapping[str, Code] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    bare: Code | None = None
    selects: bool = False
    inside: bool = False

    def having(self, name: str, code: Code) -> Scope:
        """The scope with one variable more."""
        return replace(self, variables={**self.variables, name: code})


class Expressions:
    """Checks expressions and makes code of them; what is wrong goes to `report`."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def condition(self, expression: ast.Expression, scope: Scope) -> Code:
        """An expression that has to be true or false."""
        code = self.code(expression, scope)
        if code.type.base not in (Base.BOOLEAN, Base.WRONG):
            self._wrong(
                expression, f"this is {code.type}, and a condition is needed", "compare it with something"
            )
            return _WRONG
        return code

    def code(self, expression: ast.Expression, scope: Scope) -> Code:
        """Any expression. What is more than a field of the change, and no condition, becomes a cell."""
        code = self._code(expression, scope)
        if self._is_cell(expression, code):
            return code
        path = isinstance(expression, ast.Path) and bool(code.reads) and not code.direct
        further = path or code.changing or isinstance(expression, ast.Build)
        if not further or scope.inside or scope.bare is None or not isinstance(expression, _WALKS):
            return code
        return code.as_cell(scope.bare.type.kind, printed(expression))

    @staticmethod
    def _is_cell(expression: ast.Expression, code: Code) -> bool:
        """Whether it is a name for what has been made a cell already."""
        named = isinstance(expression, ast.Path) and len(expression.names) == 1
        return named and bool(code.reads) and code.reads <= code.cells.keys()

    def _code(self, expression: ast.Expression, scope: Scope) -> Code:
        match expression:
            case ast.Literal():
                return _literal(expression)
            case ast.Path():
                return self.path(expression, scope)
            case ast.Compare():
                return self._compare(expression, scope)
            case ast.Both():
                return self._joined(expression.parts, scope, every=True)
            case ast.Either():
                return self._joined(expression.parts, scope, every=False)
            case ast.Not():
                inner = self.condition(expression.inner, scope)
                run = inner.run
                return inner.like(_truth(inner), lambda frame: no(run(frame)))
            case ast.Build():
                return self._build(expression, scope)
            case ast.Call():
                return self._call(expression, scope)
            case ast.Within():
                return self._within(expression, scope)
            case ast.Selection():
                return self._selection(expression, scope)

    def _wrong(self, at: ast.Expression, message: str, mend: str = "") -> Code:
        self.report.add("F0835", message, at.span, help=mend)
        return _WRONG

    # paths

    def path(self, path: ast.Path, scope: Scope) -> Code:
        """A name and the steps from it."""
        first, *rest = path.names
        code = self._root(first, rest, scope)
        if code is None:
            return self._env(path, scope) if first.text == "env" else _WRONG
        for name in rest:
            code = self._step(code, name)
        return code

    def _root(self, name: ast.Name, rest: list[ast.Name], scope: Scope) -> Code | None:
        text = name.text
        if text in scope.missing:
            self.report.add(
                "F0836", f"there is no `{text}` here: {scope.missing[text]}", name.span, "not there"
            )
            return None
        if text in scope.variables:
            return scope.variables[text]
        bare = scope.bare
        if bare is not None and bare.type.base is Base.RESOURCE:
            feature = features(bare.type.kind).get(text)
            if feature is not None and not (text == bare.type.kind and rest):
                return step(bare, feature)
            if text == bare.type.kind:
                return bare
        if text == "account":
            return Code(TEXT, lambda frame: frame.circumstances.account)
        if text != "env":
            self._unknown_root(name, scope)
        return None

    def _unknown_root(self, name: ast.Name, scope: Scope) -> None:
        known = [*scope.variables, "env", "account"]
        what = "name"
        if scope.bare is not None:
            known += features(scope.bare.type.kind)
            what = f"field of {scope.bare.type.kind} or name"
        self.report.unknown(what, name.text, known, name.span)

    def _env(self, path: ast.Path, scope: Scope) -> Code:
        if len(path.names) != 2:
            return self._wrong(path, "`env` by itself is no value", "write env.name, or another fact of it")
        name = path.names[1]
        if name.text not in scope.facts:
            self.report.unknown("fact of `env`", name.text, scope.facts, name.span)
            return _WRONG
        text = name.text

        def fact(frame: Frame) -> State:
            value = frame.circumstances.facts.get(text, UNKNOWN)
            if value is UNKNOWN and frame.trace is not None:
                frame.trace.append((ENV, "", text, UNKNOWN))
            return value

        return Code(scope.facts[text], fact, fact=text)

    def _step(self, code: Code, name: ast.Name) -> Code:
        type_ = code.type
        if type_.base is Base.RESOURCE:
            feature = features(type_.kind).get(name.text)
            if feature is None:
                self.report.unknown(f"field of {type_.kind}", name.text, features(type_.kind), name.span)
                return _WRONG
            return step(code, feature)
        if type_.base is Base.MAPPING:
            return key_of(code, name.text)
        if type_.base is Base.ANY:
            return key_of(replace(code, type=Type(Base.MAPPING, item=ANY)), name.text)
        if type_.base is not Base.WRONG:
            mend = "ask for its items: exists{x in … | …}" if type_.base is Base.SET else ""
            self.report.add("F0835", f"{type_} has no `{name.text}`", name.span, help=mend)
        return _WRONG

    # conditions

    def _joined(self, parts: tuple[ast.Expression, ...], scope: Scope, *, every: bool) -> Code:
        codes = [self.condition(part, scope) for part in parts]
        runs, join = [code.run for code in codes], both if every else either
        type_ = WRONG if any(code.type is WRONG for code in codes) else BOOLEAN
        return codes[0].like(type_, lambda frame: join(run(frame) for run in runs), *codes[1:])

    def _compare(self, expression: ast.Compare, scope: Scope) -> Code:
        left, right = self.code(expression.left, scope), self.code(expression.right, scope)
        if WRONG in (left.type, right.type):
            return _WRONG
        problem = ordered_wrong(expression, left.type, right.type)
        if problem:
            return self._wrong(expression, *problem)
        return compared(expression, left, right)

    def _within(self, expression: ast.Within, scope: Scope) -> Code:
        name = expression.window.text
        if name not in scope.windows:
            self.report.unknown("window or freeze", name, scope.windows, expression.window.span)
            return _WRONG

        def inside(frame: Frame) -> State:
            return within(frame.circumstances.calendars[name], frame.circumstances.now)

        return Code(BOOLEAN, inside, timed=True)

    def _selection(self, expression: ast.Selection, scope: Scope) -> Code:
        if not scope.selects:
            return self._wrong(
                expression, "`select` is about changes, and here is none", "use fields instead"
            )
        from fleetc.policy.selecting import check_selector

        text = expression.text
        if not check_selector(expression, self.report):
            return _WRONG
        return Code(BOOLEAN, lambda frame: text in frame.selected, frozenset({("select", text)}))

    # functions

    def _build(self, expression: ast.Build, scope: Scope) -> Code:
        builder = BUILDERS.get(expression.builder.text)
        if builder is None:
            self.report.unknown("builder", expression.builder.text, BUILDERS, expression.builder.span)
            return _WRONG
        source = self.code(expression.source, scope)
        if source.type.base is not Base.SET or source.type.item is None:
            if source.type is not WRONG:
                self._wrong(expression.source, f"this is {source.type}, and a set is needed")
            return _WRONG
        name = expression.variable.text
        variable = Code(source.type.item, lambda frame: frame.variables.get(name))
        inner = replace(scope.having(name, variable), inside=True)
        distinct = expression.builder.text == "distinct"
        body = self.code(expression.body, inner) if distinct else self.condition(expression.body, inner)
        if body.type is WRONG:
            return _WRONG
        if body.type.base in (Base.SET, Base.MAPPING):
            return self._wrong(expression.body, f"this is {body.type}, and one value is needed")
        return source.like(*builder(name, source, body), body)

    def _call(self, expression: ast.Call, scope: Scope) -> Code:
        function = FUNCTIONS.get(expression.function.text)
        if function is None:
            self.report.unknown("function", expression.function.text, FUNCTIONS, expression.function.span)
            return _WRONG
        codes = [self.code(argument, scope) for argument in expression.arguments]
        if WRONG in [code.type for code in codes]:
            return _WRONG
        problem = function.wrong([code.type for code in codes], has_change=scope.bare is not None)
        if problem:
            return self._wrong(expression, problem, f"write {function.example}")
        return function.code(codes)


def _literal(literal: ast.Literal) -> Code:
    value = literal.value
    if value is None:
        type_ = NONE
    elif isinstance(value, bool):
        type_ = BOOLEAN
    elif isinstance(value, int):
        type_ = DURATION if literal.duration else NUMBER
    else:
        type_ = TEXT
    return Code(type_, lambda _frame: value)


def _truth(code: Code) -> Type:
    return WRONG if code.type is WRONG else BOOLEAN
