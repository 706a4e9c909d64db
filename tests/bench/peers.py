"""Other tools, installed into an environment of the bench's own, on as many objects."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["Peers"]

_CONFIG = """\
manager:
  max_workers: 1
providers:
  config:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}/wanted
    enforce_order: false
  live:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}/live
    enforce_order: false
zones:
  bench.example.:
    sources: [config]
    targets: [live]
"""

_DICTDIFFER = """\
import gc, json, sys, time
from dictdiffer import diff
before, after = (json.load(open(name)) for name in sys.argv[1:])
begin = time.process_time()
found = list(diff(before, after))
print(json.dumps({"seconds": time.process_time() - begin, "found": len(found)}))
"""


class Peers:
    """The tools, in a virtual environment that is made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "environment" / "bin"

    def install(self) -> None:
        """Make the environment."""
        if not self.bin.exists():
            subprocess.run([sys.executable, "-m", "venv", str(self.bin.parent)], check=True)
            install = [str(self.bin / "python"), "-m", "pip", "install", "-q", "octodns", "dictdiffer"]
            subprocess.run(install, check=True)

    def octodns(self, records: int, changed: int) -> list[str]:
        """A command that plans a zone of `records` addresses of which `changed` differ."""
        self.install()
        for name, differing in (("wanted", changed), ("live", 0)):
            folder = self.folder / name
            folder.mkdir(exist_ok=True)
            (folder / "bench.example.yaml").write_text("".join(_records(records, differing)))
        config = self.folder / "octodns.yaml"
        config.write_text(_CONFIG.format(folder=self.folder))
        return [str(self.bin / "octodns-sync"), "--config-file", str(config), "--quiet"]

    def dictdiffer(self, before: Path, after: Path) -> list[str]:
        """A command that compares two JSON files and prints its seconds."""
        self.install()
        return [str(self.bin / "python"), "-c", _DICTDIFFER, str(before), str(after)]


def _records(count: int, changed: int) -> list[str]:
    return [
        f"host-{number:06d}:\n  type: A\n  ttl: {300 if number < changed else 60}\n"
        f"  value: 10.{number >> 16}.{number >> 8 & 255}.{number & 255}\n"
        for number in range(count)
    ]
