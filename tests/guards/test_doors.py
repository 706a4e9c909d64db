"""Laws of design 0.3 that import contracts cannot say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.guards.tree import modules, name_of, parsed

CLOCK = "fleetc/service/clock.py"
CLOCKS = {"time", "random", "secrets", "uuid"}
NOW = {"now", "utcnow", "today"}
LOADERS = {
    "load",
    "load_all",
    "safe_load",
    "safe_load_all",
    "full_load",
    "unsafe_load",
    "SafeLoader",
    "CSafeLoader",
}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _attributes(tree: ast.Module, owner: str) -> set[str]:
    """The names that are taken from the module or class `owner`."""
    taken = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).rpartition(".")[2] == owner
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == owner:
            taken |= {alias.name for alias in node.names}
    return taken


def _having(wanted: set[str], owner: str) -> dict[str, set[str]]:
    found = {name_of(path): _attributes(parsed(path), owner) & wanted for path in modules()}
    return {name: taken for name, taken in found.items() if taken}


def test_only_the_clock_reads_time_and_randomness() -> None:
    found = {name_of(path) for path in modules() if CLOCKS & set(_imports(parsed(path)))}
    assert found == {CLOCK}


def test_nothing_asks_datetime_for_the_present() -> None:
    assert _having(NOW, "datetime") == {}
    assert _having(NOW, "date") == {}


def test_yaml_is_read_as_events_only() -> None:
    assert _having(LOADERS, "yaml") == {}


def test_user_text_never_reaches_the_revision_parser_of_git() -> None:
    parsers = {"revparse", "revparse_ext", "revparse_single", "resolve_refish", "lookup_reference_dwim"}
    assert _having(parsers, "_repo") == {}
    assert _having(parsers, "repo") == {}


def test_nothing_runs_text_as_code_or_through_a_shell() -> None:
    for path in modules():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"eval", "exec", "os.system", "os.popen", "pickle.loads"}, name_of(path)
                shell = [word for word in node.keywords if word.arg == "shell"]
                assert not shell, name_of(path)


def test_no_error_is_swallowed_whole() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler) and _swallows(node)
    ]
    assert found == []


def _swallows(node: ast.ExceptHandler) -> bool:
    """Whether a broad handler neither raises nor hands the error on (to another thread)."""
    broad = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
    inside = [inner for statement in node.body for inner in ast.walk(statement)]
    raises = any(isinstance(inner, ast.Raise) for inner in inside)
    hands_on = any(isinstance(inner, ast.Name) and inner.id == node.name for inner in inside)
    return broad and not raises and not hands_on


def test_nothing_is_left_unfinished() -> None:
    def bad(path: Path) -> list[str]:
        return UNFINISHED.findall(path.read_text(encoding="utf-8"))

    assert [name_of(path) for path in modules() if bad(path)] == []


def test_every_package_says_what_it_is() -> None:
    packages = [path for path in modules() if path.name == "__init__.py"]
    silent = [name_of(path) for path in packages if len(ast.get_docstring(parsed(path)) or "") < 40]
    assert silent == []
