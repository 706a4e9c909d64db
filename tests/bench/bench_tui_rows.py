"""Row operations at 100,000 actions, each as a ratio to the same at 10,000 (10 is linear).

Run as `python tests/bench/bench_tui_rows.py`; prints a table, asserts nothing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from fleetc.tui.rows import Group, Rows

SMALL, LARGE, ROUNDS = 10_000, 100_000, 7
FRAME = 1 / 60


def tree(count: int) -> Rows:
    """`count` leaves in ten kinds of one environment, as a plan has them."""
    kinds = tuple(Group(f"kind:{n}", f"k{n}", (), range(n, count, 10)) for n in range(10))
    keys = [f"node/edge-{n:06d}" for n in range(count)]
    return Rows([Group("environment", "edge", kinds)], keys, b"\1" * count, b"", {"create": b"\1" * count})


def operations(rows: Rows) -> dict[str, Callable[[], object]]:
    """What a key does, by name."""
    count = len(rows.keys)
    middle = rows.outline.row_of[count // 2]
    group = rows.outline.groups[5]
    half = bytes(n % 2 for n in range(count))
    return {
        "move": lambda: rows.move_to(count // 2),
        "tick of the root": lambda: (rows.tick(0), rows.chosen_of("create", 0)),
        "fold and open a kind": lambda: (rows.fold(group, False), rows.fold(group, True)),
        "fold all and open all": lambda: (rows.fold_all(False), rows.fold_all(True)),
        "take over all ticks": lambda: rows.mark(half),
        "leaves of the root": rows.shown_leaves,
        "filter by text": lambda: rows.narrow(bytes("99" in key for key in rows.keys)),
        "filter off": lambda: rows.narrow(None),
        "next problem": lambda: rows.seek(half),
        "go to a row": lambda: rows.go(middle),
    }


def median(call: Callable[[], object]) -> float:
    """Seconds, the median of several rounds."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main() -> None:
    """Print the table."""
    print(f"{'operation':<24}{'10,000 ms':>11}{'100,000 ms':>12}{'ratio':>8}{'frames':>8}")
    small, large = operations(tree(SMALL)), operations(tree(LARGE))
    table = {name: (median(small[name]), median(large[name])) for name in small}
    table["build"] = (median(lambda: tree(SMALL)), median(lambda: tree(LARGE)))
    for name, (few, many) in table.items():
        print(f"{name:<24}{few * 1e3:>11.3f}{many * 1e3:>12.3f}{many / few:>8.1f}{many / FRAME:>8.2f}")


if __name__ == "__main__":
    main()
