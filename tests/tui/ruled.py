"""A real session on the edge fleet with rules beside it, for dana; kim and eve approve from elsewhere."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from fleetc.service import approving, planning
from fleetc.service.identity import Person
from fleetc.service.session import ReviewSession
from fleetc.service.starting import init
from fleetc.service.workspace import Workspace
from fleetc.tui.app import FleetcApp
from tests.tui.drive import settle

NO_LONDON = """\
rule no-london "Nothing new in London" {
  on create instance
  where region == "eu-west-2"
  deny "{name} would be in {region}"
  help "use another region"
}
"""
HUBS_FIRST = """\
rule hubs-first {
  on create peer
  where not publicly_reachable and count{p in network.peers | p.publicly_reachable} < 2
  deny "{host} would have too few hubs"
}
"""
TWO_PERSONS = """\
group sre = "user:dana", "user:kim"
group net = "user:eve"
rule two-look {
  on create peer
  require 1 of sre and 1 of net "a peer like {host}"
}
"""
FEW_NODES = """\
budget few-nodes {
  count create of node, instance
  max 5
  else deny "too much at once"
}
"""
AT_NIGHT = """\
window night { tz "UTC" from 2001-01-01 to 2001-01-02 }
rule quiet { on create network where not within window night hold until window night "made at night" }
"""


def session_of(folder: Path, rules: str) -> ReviewSession:
    """A plan of the files as they lie, with rules among them."""
    workspace = init(folder)
    (folder / "prod.rules").write_text(rules)
    ask = planning.Ask(worktree=True)
    return ReviewSession(workspace, planning.make_plan(workspace, ask), ask)


def approve_as(folder: Path, name: str, digest: str) -> approving.Given:
    """Somebody else's approval, given in another process."""
    workspace = Workspace.open(folder)
    plan = approving.find_plan(workspace, digest, folder)
    return approving.approve(workspace, plan, Person(f"user:{name}", name), typed=f"local {plan.destroyed}")


async def heard(app: FleetcApp, pilot: Pilot[int]) -> None:
    """Wait until the session has answered on the ticks as they are, and all of it is shown."""
    for _ in range(200):
        await settle(pilot)
        choice = app.review.choice
        if app.review.world.of(choice.ticked):
            return
        await pilot.pause(0.02)
    raise AssertionError("the session never answered")
