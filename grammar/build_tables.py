"""Makes the parsers' tables when fleetc is built, and takes the grammars into the wheel beside them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = ["BuildTables"]


class BuildTables(BuildHookInterface):
    """Writes `fleetc/_grammar/NAME.tables`, where an editable install finds them in the source tree."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before a wheel is built."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from fleetc.lang.grammars import GRAMMARS, tables

        folder = root / "fleetc" / "_grammar"
        folder.mkdir(exist_ok=True)
        for name in GRAMMARS:
            (folder / f"{name}.tables").write_bytes(tables(name))
        if version == "editable":
            return
        held = [*folder.glob("*.tables"), *root.glob("grammar/*.lark"), *root.glob("grammar/*.json")]
        build_data["force_include"] |= {str(path): f"fleetc/_grammar/{path.name}" for path in held}
