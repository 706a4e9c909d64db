"""Plain tables: columns as wide as their widest cell."""

from __future__ import annotations

from collections.abc import Sequence

from fleetc.lang.text import visible

__all__ = ["table"]


def table(head: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> str:
    """Rows of cells under a head, two spaces between columns; the line `empty` when there are none."""
    if not rows:
        return f"{empty}\n"
    cells = [tuple(head), *(tuple(visible(str(cell)) for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells)
    return "\n".join(lines) + "\n"
