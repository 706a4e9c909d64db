"""Use cases of rules by themselves: gather the files, check them, run their tests (design 3.3).

A file named on the command line is checked by itself, and files named together as one set; a folder
stands for the rule files in it, and a workspace for those beside its fleet file. Facts of `env` and
teams come from the operator's file, where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import InputProblem, SourceProblem, UsageProblem
from fleetc.lang.diagnostics import Diagnostic, count_errors
from fleetc.lang.source import RULES_SUFFIX, SourceFile, SourceSet
from fleetc.lang.text import visible
from fleetc.policy.checking import Ruling, check
from fleetc.service.locating import existing, root_of, state_path
from fleetc.service.readers import FolderReader, rules_in

if TYPE_CHECKING:
    from fleetc.policy.coverage import Coverage
    from fleetc.policy.describing import Described
    from fleetc.policy.people import People
    from fleetc.policy.ruleset import RuleSet
    from fleetc.policy.testing import Tested
    from fleetc.service.config import Operator
    from fleetc.service.workspace import Workspace

__all__ = ["Checked", "Knowledge", "check_paths", "check_workspace", "explained", "knowledge_at", "test"]


@dataclass(frozen=True)
class Knowledge:
    """What rules are checked with: the facts of `env` with a value of each, people, the time.

    `people` is None where there is no operator's file; `lacking` are its environments that do not
    set a fact, by fact.
    """

    facts: Mapping[str, object]
    people: People | None
    now: float
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """Some rule files as one set, with all that was found, lints among it."""

    sources: SourceSet
    knowledge: Knowledge
    ruling: Ruling
    diagnostics: tuple[Diagnostic, ...]

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return self.ruling.rules is None

    @property
    def said(self) -> str:
        """How many of each declaration there are, in words."""
        from collections import Counter

        from fleetc.lang.rules_printer import printed

        words = Counter(printed(each).split()[0] for each in self.ruling.declarations)
        return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for word, n in words.items()) or "no rules"

    @property
    def rules(self) -> RuleSet:
        """The rules; raises `InputProblem` when they do not compile."""
        if self.ruling.rules is None:
            raise InputProblem(
                f"{count_errors(self.diagnostics)} in the rules",
                diagnostics=self.ruling.diagnostics,
                sources=self.sources,
                next_step="run `fleetc rules check` after each correction",
            )
        return self.ruling.rules


def check_paths(base: Path, paths: Sequence[str], *, state: str = "", config: str = "") -> Checked:
    """Check the files and folders named, relative to `base`; `state` and `config` as a workspace has them.

    Raises `SourceProblem` for what cannot be read, and for a folder without rules.
    """
    files = {file.path: file for path in paths for file in _read(base, path)}
    first = base / paths[0]
    folder = first if first.is_dir() else first.parent
    return _checked(tuple(files.values()), knowledge_at(base, folder, state, config))


def check_workspace(workspace: Workspace) -> Checked:
    """Check the rules beside the fleet file of a workspace, as they lie; there may be none."""
    operator = workspace.operator() if workspace.has_operator else None
    knowledge = _knowledge(operator, workspace.clock.now())
    return _checked(tuple(_beside(workspace.folder, "")), knowledge)


def _checked(files: tuple[SourceFile, ...], knowledge: Knowledge) -> Checked:
    from fleetc.policy.lints import lint
    from fleetc.policy.unset import unset_facts

    ruling = check(files, knowledge.facts)
    lints = lint(ruling, knowledge.now, knowledge.people)
    if ruling.rules is not None:
        lints += unset_facts(ruling.declarations, knowledge.lacking)
    found = sorted(
        (*ruling.diagnostics, *lints), key=lambda item: (item.severity != "error", item.primary.span)
    )
    return Checked(
        SourceSet(tuple(sorted(files, key=lambda file: file.path)), ""), knowledge, ruling, tuple(found)
    )


def _read(base: Path, path: str) -> Iterator[SourceFile]:
    full = base / path
    if full.is_dir():
        found = tuple(_beside(full, path))
        if not found:
            raise SourceProblem(
                f"there are no rules in {visible(path, 200)}",
                code="F1019",
                next_step=f"name a folder that has files *{RULES_SUFFIX}, or a file",
            )
        yield from found
        return
    folder = existing(full.parent)
    yield SourceFile(path, FolderReader(folder).read(full.name))


def _beside(folder: Path, shown: str) -> Iterator[SourceFile]:
    """The rule files in a folder, by name; `shown` is what the folder is called."""
    reader = FolderReader(existing(folder))
    for name in rules_in(reader):
        yield SourceFile((Path(shown) / name).as_posix(), reader.read(name))


# the operator's file


def knowledge_at(base: Path, folder: Path, state: str, config: str) -> Knowledge:
    """What the operator's file of the workspace of a folder says, if there is one."""
    from fleetc.service.clock import SystemClock
    from fleetc.service.locating import operator_path

    start = existing(base)
    root = root_of(start, existing(folder))
    path = operator_path(start, state_path(start, root, state), config)
    operator = None
    if path is not None:
        from fleetc.service.config import read_operator

        operator = read_operator(path)
    return _knowledge(operator, SystemClock().now())


def _knowledge(operator: Operator | None, now: float) -> Knowledge:
    if operator is None:
        return Knowledge({}, None, now)
    return Knowledge(operator.facts, operator.people, now, operator.lacking)


# tests


def test(checked: Checked, *, coverage: bool) -> tuple[tuple[Tested, ...], Coverage | None]:
    """Run the tests of rules that were checked; raises `InputProblem` when the rules do not compile."""
    from fleetc.policy.coverage import Coverage
    from fleetc.policy.testing import run_tests

    seen = Coverage(checked.rules) if coverage else None
    return run_tests(checked.rules, seen), seen


def explained(checked: Checked, name: str = "") -> tuple[Described, ...]:
    """What the declarations of that name say in words, or all of them.

    Raises `InputProblem` when the rules do not compile and `UsageProblem` for a name that none has.
    """
    from fleetc.policy.describing import described

    knowledge = checked.knowledge
    every = described(checked.ruling.declarations, checked.rules, knowledge.now, knowledge.people)
    found = tuple(each for each in every if not name or each.name == name)
    if name and not found:
        from fleetc.lang.suggest import near

        known = [each.name for each in every]
        similar = near(name, known)
        raise UsageProblem(
            f"no rule is named {name!r}",
            next_step=f"a similar name exists: {similar}"
            if similar
            else f"known: {', '.join(known) or 'none'}",
        )
    return found
