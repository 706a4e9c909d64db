"""Use cases that compile: check, compile, and finding a workspace's account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fleetc.errors import InputProblem, SourceProblem
from fleetc.lang.diagnostics import count_errors
from fleetc.service.binding import refuse_unbound

if TYPE_CHECKING:
    from fleetc.ir.graph import ResourceGraph
    from fleetc.ir.lower import Compiled
    from fleetc.lang.diagnostics import Diagnostic
    from fleetc.lang.source import SourceSet
    from fleetc.service.sources import Source
    from fleetc.service.workspace import Workspace

__all__ = [
    "account_of",
    "compile_source",
    "compile_workspace",
    "desired",
    "graph_of",
    "not_planned",
    "require_account",
    "since",
]


def compile_source(source: Source) -> Compiled:
    """Compile the files of one source; user's mistakes are diagnostics in the result."""
    from fleetc.ir.lower import compile_fleet

    return compile_fleet(source.reader, source.root, commit=source.commit, tree=source.tree)


def compile_workspace(workspace: Workspace, *, rev: str = "") -> Compiled:
    """Compile the fleet files, and the rules beside them, as they lie or as they are at a revision.

    What the rules do not let be declared is an error; a plan judges by itself.
    """
    from fleetc.service.guarding import guarded
    from fleetc.service.sources import resolve

    source = resolve(workspace, rev=rev, worktree=not rev)
    return guarded(workspace, source, compile_source(source))


def desired(workspace: Workspace, *, rev: str = "", worktree: bool = True) -> ResourceGraph:
    """The graph of the fleet files at a revision; without one as they lie, or else at HEAD.

    Raises `InputProblem` with the diagnostics when they do not compile.
    """
    from fleetc.service.sources import resolve

    compiled = compile_source(resolve(workspace, rev=rev, worktree=worktree and not rev))
    if compiled.graph is None:
        raise InputProblem(
            f"the fleet file does not compile{f' at {rev}' if rev else ''}",
            diagnostics=compiled.diagnostics,
            sources=compiled.sources,
            next_step="run `fleetc check` after each correction",
        )
    return compiled.graph


def graph_of(source: Source) -> ResourceGraph:
    """The graph of a commit that a plan is about; raises `InputProblem` when it does not compile."""
    compiled = compile_source(source)
    if compiled.graph is None:
        raise not_planned(compiled.diagnostics, compiled.sources, f" at {source.revision}")
    return compiled.graph


def not_planned(diagnostics: Sequence[Diagnostic], sources: SourceSet, where: str = "") -> InputProblem:
    """The problem of a plan that errors keep from being; `where` says of which files they are."""
    return InputProblem(
        f"{count_errors(diagnostics)}{where}: no plan was made",
        diagnostics=tuple(diagnostics),
        sources=sources,
    )


def since(workspace: Workspace, new: Callable[[], ResourceGraph]) -> Callable[[str], frozenset[str]]:
    """What `@since:REV` needs: given a revision, the addresses that `new` has otherwise than it."""

    def addresses(rev: str) -> frozenset[str]:
        from fleetc.ir.graph import changed

        return changed(desired(workspace, rev=rev), new())

    return addresses


def require_account(workspace: Workspace, account: str) -> str:
    """The account, if the environment names the same one or none; else `InputProblem`.

    Also when another environment of this run works on it, or the operator binds it to another one.
    """
    expected = workspace.environment.account
    if expected and expected != account:
        raise InputProblem(
            f"the fleet file is of account {account!r}, but environment "
            f"{workspace.environment.name!r} is of account {expected!r}",
            code="F0633",
            state="nothing was read from the platform and nothing was written",
            next_step="correct `account` in the fleet file or in fleetc.toml",
        )
    refuse_unbound(workspace.operator(), workspace.environment.name, account, "the fleet file:")
    other = workspace.claimed_by(account)
    if other != workspace.environment.name:
        raise InputProblem(
            f"the fleet file is of account {account!r}, which the environment {other!r} plans already",
            code="F1075",
            state="nothing was read from the platform and nothing was written",
            next_step="give each environment its own account, or declare both in one fleet file",
        )
    return account


def account_of(workspace: Workspace) -> str:
    """The account of the chosen environment: from fleetc.toml, else from the fleet file."""
    if workspace.environment.account:
        return workspace.environment.account
    from fleetc.lang.source import SourceFile
    from fleetc.lang.yaml_tree import compose
    from fleetc.service.sources import resolve

    source = resolve(workspace, worktree=True)
    tree, _ = compose(SourceFile(source.root, source.reader.read(source.root)))
    account = tree.get("account") if tree else None
    if not isinstance(account, str) or not account:
        raise SourceProblem(
            f"{source.root} names no account",
            next_step="run `fleetc check` to see every mistake in it",
        )
    return account
