"""Make the pictures of all screens from the real program: `python -m tests.tui.pictures`.

A fleet is made, planned, approved and applied on the embedded platform; then its file changes, and
somebody changes the platform by hand. What differs from one time to the next (digests, moments,
durations) is left out when `test_pictures.py` compares.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

from textual.pilot import Pilot

from fleetc.cli.main import run
from fleetc.service import planning
from fleetc.service.opening import Opening
from fleetc.service.workspace import Workspace
from fleetc.tui.app import FleetcApp

PICTURES = Path(__file__).parents[2] / "fleetc" / "tui" / "pictures"
_SIZE = (120, 32)
SCREENS: dict[str, tuple[str, ...]] = {
    "plan": ("g", *("down",) * 8),
    "apply": ("2",),
    "approvals": ("3",),
    "drift": ("4",),
    "snapshots": ("5",),
    "runs": ("6",),
}
"""Every screen and the keys that lead to its picture."""

_RULES = """\
rule no-london "Nothing new in London before the lease is signed" {
  on create instance
  where after.region == "eu-west-2"
  deny "{name} would be in {after.region}"
}
"""
_EDITS = (
    (
        "\nsdwan:",
        """
  - hostname: edge-tokyo-03
    template: edge-cdn
    region: ap-tokyo-1
    instance_type: t3-medium

  - hostname: edge-london-02
    template: edge-cdn
    region: eu-west-2
    instance_type: t3-medium

sdwan:""",
    ),
    ("routing_mode: ibgp", "routing_mode: static"),
)


def _say(folder: Path, *words: str) -> None:
    """A command of fleetc that has to do what it should."""
    told = StringIO()
    with redirect_stdout(told), redirect_stderr(told):
        code = run(["-C", str(folder), *words])
    assert code == 0, told.getvalue()


def _git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Lee", "-c", "user.email=lee@example.org")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def tell(folder: Path) -> None:
    """Everything that happened before somebody opens the review."""
    _say(folder.parent, "init", folder.name)
    operator = folder / ".fleetc" / "operator.toml"
    operator.write_text(re.sub(r"(\[environments\.\w+\]\n)", r"\1concurrency = 1\n", operator.read_text()))
    assert "concurrency" in operator.read_text()
    _say(folder, "plan", "-o", "p.json")
    _say(folder, "approve", "p.json", "--as", "kim")
    _say(folder, "apply", "p.json", "--foreground")
    (folder / "p.json").unlink()
    fleet = folder / "fleet.yaml"
    text = fleet.read_text()
    for old, new in _EDITS:
        assert old in text
        text = text.replace(old, new)
    fleet.write_text(text)
    (folder / "safety.rules").write_text(_RULES)
    _git(folder, "add", "--all")
    _git(folder, "commit", "-m", "Two more nodes, static routes, and no London yet")
    _say(folder, "platform", "set", "peer/edge-fabric/edge-tokyo-02", "listen_port=51999")


@contextmanager
def _dana_on_ops() -> Iterator[None]:
    sysname, _, *rest = os.uname()
    host = os.uname_result((sysname, "ops-1", *rest))
    with (
        mock.patch("fleetc.service.identity.os_user", return_value="dana"),
        mock.patch("os.uname", return_value=host),
    ):
        yield


async def _rest(app: FleetcApp, pilot: Pilot[int]) -> None:
    """Wait until nothing moves any more, on a busy machine too."""
    seen, still = frozenset[str](), 0
    for _ in range(400):
        await app.workers.wait_for_complete()
        await pilot.pause(0.05)
        now = words(app.export_screenshot())
        still = still + 1 if now == seen else 0
        seen = now
        if still == 12:
            return


async def _taken(folder: Path) -> dict[str, str]:
    opening = Opening([Workspace.open(folder)], planning.Ask())
    app = FleetcApp(opening)
    found: dict[str, str] = {}
    async with app.run_test(size=_SIZE) as pilot:
        for _ in range(400):
            if app.desks.all and app.screen is getattr(app, "review", None):
                break
            await pilot.pause(0.05)
        for name, keys in SCREENS.items():
            await _rest(app, pilot)
            await pilot.press(*keys)
            await _rest(app, pilot)
            drawn = app.export_screenshot(title=f"fleetc review: {name}")
            found[name] = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    return found


def taken(folder: Path) -> dict[str, str]:
    """The pictures of all screens, by name, as SVG without fonts from elsewhere."""
    with _dana_on_ops():
        tell(folder)
        return asyncio.run(_taken(folder))


def words(drawn: str) -> frozenset[str]:
    """The words of a picture, but for those that are cut or differ from one time to the next."""
    texts = re.findall(r"<text [^>]*>(.*?)</text>", drawn)
    plain = html.unescape(" ".join(texts)).replace("\N{NO-BREAK SPACE}", " ")
    found = re.sub(r"\S* ?\.\.\.", " ", plain).split()
    return frozenset(word for word in found if re.fullmatch(r"[^\W\d]{3,}[:,]?", word))


def main() -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as name:
        found = taken(Path(name) / "edge")
    PICTURES.mkdir(exist_ok=True)
    for name, drawn in found.items():
        (PICTURES / f"{name}.svg").write_text(drawn, encoding="utf-8")
        sys.stdout.write(f"wrote {name}.svg\n")


if __name__ == "__main__":
    main()
