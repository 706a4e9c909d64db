"""Use cases that begin: `init` and the making of drift in `demo`.

A new folder appears whole or not at all: it is built beside its place and renamed to it.
"""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import Refused, SourceProblem

if TYPE_CHECKING:
    from fleetc.ports import Platform
    from fleetc.service.workspace import Workspace

__all__ = ["STARTER_TEMPLATE", "init"]

STARTER_TEMPLATE = "edge-base"
_OPERATOR = """\
# The operator's file of this workspace: never read from git.
# One person can try everything here, so nobody else has to look at deletes.
[environments.local]
platform = "local"
four_eyes = "off"
"""


def init(folder: Path) -> Workspace:
    """Make a git repository with one commit of the edge fleet, and its embedded platform.

    The platform holds the template `edge-base` already, so the first plan has 12 creates and one
    adoption. Four eyes are off. Raises `Refused` when something stands there, `SourceProblem`
    when the folder cannot be made.
    """
    from fleetc.git import init_repository
    from fleetc.service.workspace import Workspace

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(
            f"{folder.name} is there already and is not empty",
            state="nothing was written",
            next_step="choose another name, or run `fleetc plan` in it",
        )
    fleet = files("fleetc.service").joinpath("starter.yaml").read_bytes()
    built = folder.with_name(f".{folder.name}.fleetc-new")
    try:
        shutil.rmtree(built, ignore_errors=True)
        built.mkdir(parents=True)
        init_repository(built, {"fleet.yaml": fleet}, "Declare the edge fleet")
        workspace = Workspace.open(built)
        (workspace.prepare() / "operator.toml").write_text(_OPERATOR, encoding="utf-8")
        _seed(Workspace.open(built))
        if folder.is_dir():
            folder.rmdir()
        built.replace(folder)
    except OSError as error:
        raise SourceProblem(f"cannot make {folder.name}: {error.strerror}") from None
    finally:
        shutil.rmtree(built, ignore_errors=True)
    return Workspace.open(folder)


def _seed(workspace: Workspace) -> None:
    """Put `edge-base` on the embedded platform, exactly as the fleet file declares it."""
    from fleetc.service.compiling import compile_workspace

    graph = compile_workspace(workspace).graph
    if graph is None:
        raise SourceProblem("the fleet file that fleetc ships does not compile")
    platform: Platform = workspace.platform(graph.account)
    wanted = graph.resources[f"template/{STARTER_TEMPLATE}"].fields
    made = platform.call(
        "create_template",
        {
            "name": STARTER_TEMPLATE,
            "node_platform": wanted["node_platform"],
            "architecture": wanted["architecture"],
        },
        tag="init",
    )
    for module in wanted["modules"]:  # type: ignore[union-attr]
        arguments = {"template_id": made.platform_id, "module": module, "pin": None}
        platform.call("assign_module_to_template", arguments, tag="init")
