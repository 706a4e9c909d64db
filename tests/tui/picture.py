"""Make the README's picture from the real program: `python -m tests.tui.picture`."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from fleetc.service import planning
from fleetc.service.session import ReviewSession
from fleetc.service.starting import init
from fleetc.tui.app import FleetcApp
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks

PICTURE = Path(__file__).parents[2] / "fleetc" / "tui" / "review.svg"
_SIZE = (120, 30)
_KEYS = ("down",) * 6 + ("space",)


async def picture(folder: Path) -> str:
    """The review of the edge fleet with London left out, as SVG without fonts from elsewhere."""
    workspace, ask = init(folder), planning.Ask()
    session = ReviewSession(workspace, planning.make_plan(workspace, ask), ask)
    app = FleetcApp(Desks([Desk(session, Choice(session.plan))]), no_color=False)
    async with app.run_test(size=_SIZE) as pilot:
        for _ in range(20):
            await app.workers.wait_for_complete()
            await pilot.pause(0.05)
        await pilot.press(*_KEYS)
        for _ in range(20):
            await app.workers.wait_for_complete()
            await pilot.pause(0.05)
        drawn = app.export_screenshot(title="fleetc review")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as name:
        PICTURE.write_text(asyncio.run(picture(Path(name) / "edge")), encoding="utf-8")
    print(f"wrote {PICTURE.name}")


if __name__ == "__main__":
    main()
