"""The editors' schema is the one that the kind declarations give."""

from __future__ import annotations

from pathlib import Path

from fleetc.model.json_schema import schema_text

FILE = Path(__file__).parents[3] / "grammar" / "fleet.schema.json"


def test_the_schema_file_is_what_the_kinds_give() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), (
        "write it anew: python -c 'from fleetc.model.json_schema import schema_text as s; print(s(), end=\"\")'"
    )
