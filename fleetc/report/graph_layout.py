"""Places for the boxes and arrows of a layered picture, left to right.

The layered method of Sugiyama, Tagawa and Toda (1981): ranks by longest path, long arrows cut into
pieces of one rank, few crossings by barycentres, then places near the neighbours' mean (isotonic
regression keeps order and distance). Everything is decided by the order of what comes in.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["Layout", "lay_out"]

_GAP_X = 64.0
_GAP_Y = 18.0
_PIECE = 10.0
_SWEEPS = 12
_PORT = 9.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """Left upper corners and widths of the boxes, points of each arrow, and the whole size.

    An arrow goes from its source's left side to its target's right side; each pair of points from
    the first on is one curve, and what lies between two pairs is straight.
    """

    corners: tuple[Point, ...]
    widths: tuple[float, ...]
    routes: tuple[tuple[Point, ...], ...]
    width: float
    height: float


@dataclass(slots=True)
class _Layers:
    """Vertices by rank: the boxes, then the pieces of long arrows. `chains` are arrows as vertices."""

    rank: list[int]
    height: list[float]
    chains: list[list[int]]
    needs: list[list[int]] = field(default_factory=list)
    users: list[list[int]] = field(default_factory=list)
    layers: list[list[int]] = field(default_factory=list)


def lay_out(sizes: Sequence[tuple[float, float]], arrows: Sequence[tuple[int, int]]) -> Layout:
    """Places for boxes of these widths and heights; each arrow goes from a box to one it needs.

    Arrows have no cycle.
    """
    joined = {box for arrow in arrows for box in arrow}
    made = _layered(sizes, arrows, sorted(joined))
    _order(made)
    middles = _middles(made)
    columns, edge = _columns(made, sizes)
    placed = [vertex for layer in made.layers for vertex in layer]
    top = min((middles[vertex] - made.height[vertex] / 2 for vertex in placed), default=0.0)
    corners = [(0.0, 0.0)] * len(sizes)
    widths = [size[0] for size in sizes]
    for box in joined:
        left, widths[box] = columns[made.rank[box]]
        corners[box] = (left, middles[box] - made.height[box] / 2 - top)
    routes = _routes(made, [middle - top for middle in middles], columns)
    low = max((corners[box][1] + sizes[box][1] for box in joined), default=0.0)
    low = max([low, *(y for route in routes for _, y in route)])
    width, height = _grid(sizes, sorted(set(range(len(sizes))) - joined), corners, widths, (edge, low))
    return Layout(tuple(corners), tuple(widths), tuple(routes), width, height)


def _layered(
    sizes: Sequence[tuple[float, float]], arrows: Sequence[tuple[int, int]], boxes: Sequence[int]
) -> _Layers:
    rank = _ranks(len(sizes), arrows)
    made = _Layers(rank, [height for _, height in sizes], [])
    for source, target in arrows:
        chain = [source]
        for between in range(rank[source] - 1, rank[target], -1):
            chain.append(len(made.rank))
            made.rank.append(between)
            made.height.append(_PIECE)
        made.chains.append([*chain, target])
    made.needs = [[] for _ in made.rank]
    made.users = [[] for _ in made.rank]
    for chain in made.chains:
        for user, need in pairwise(chain):
            made.needs[user].append(need)
            made.users[need].append(user)
    made.layers = [[] for _ in range(max((rank[box] for box in boxes), default=-1) + 1)]
    for vertex in (*boxes, *range(len(sizes), len(made.rank))):
        made.layers[made.rank[vertex]].append(vertex)
    return made


def _ranks(size: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    """The longest way to what needs nothing; what has more users than needs moves up to them.

    What nothing uses makes room: it may stand as far out as it likes.
    """
    needs: list[list[int]] = [[] for _ in range(size)]
    users: list[list[int]] = [[] for _ in range(size)]
    for source, target in arrows:
        needs[source].append(target)
        users[target].append(source)
    rank = [0] * size
    open_needs = [len(each) for each in needs]
    ready = [box for box in range(size) if not open_needs[box]]
    for box in ready:
        for user in users[box]:
            rank[user] = max(rank[user], rank[box] + 1)
            open_needs[user] -= 1
            if not open_needs[user]:
                ready.append(user)
    for box in reversed(ready):
        if len(users[box]) > len(needs[box]):
            bound = [user for user in users[box] if users[user]] or users[box]
            rank[box] = min(rank[user] for user in bound) - 1
    for box in ready:
        rank[box] = max([rank[box], *(rank[need] + 1 for need in needs[box])])
    used = {at for source, target in arrows for at in range(rank[target], rank[source] + 1)}
    place = {at: number for number, at in enumerate(sorted(used))}
    return [place.get(at, 0) for at in rank]


def _order(made: _Layers) -> None:
    """Sort each layer so that few arrows cross; the best of some sweeps there and back."""
    best, fewest = [list(layer) for layer in made.layers], _crossings(made)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        beside = made.needs if forth else made.users
        numbers = range(1, len(made.layers)) if forth else range(len(made.layers) - 2, -1, -1)
        for number in numbers:
            around = {v: at for at, v in enumerate(made.layers[number - 1 if forth else number + 1])}
            made.layers[number] = _by_barycentre(made.layers[number], beside, around)
        crossings = _crossings(made)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in made.layers], crossings
    made.layers = best


def _by_barycentre(layer: list[int], beside: list[list[int]], around: dict[int, int]) -> list[int]:
    """A layer by the mean place of the neighbours; who has none keeps its place."""
    weight = {
        vertex: sum(around[each] for each in beside[vertex]) / len(beside[vertex])
        for vertex in layer
        if beside[vertex]
    }
    moved = iter(sorted(weight, key=weight.__getitem__))
    return [next(moved) if vertex in weight else vertex for vertex in layer]


def _crossings(made: _Layers) -> int:
    """How many pairs of arrow pieces cross."""
    total = 0
    for below, above in pairwise(made.layers):
        place = {vertex: at for at, vertex in enumerate(below)}
        seen: list[int] = []
        for vertex in above:
            ends = sorted(place[need] for need in made.needs[vertex])
            total += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _middles(made: _Layers) -> list[float]:
    """The vertical middle of each vertex."""
    middle = [0.0] * len(made.rank)
    for layer in made.layers:
        _put(made, middle, layer, [0.0] * len(layer))
    for sweep in range(_SWEEPS):
        order = made.layers if sweep % 2 == 0 else made.layers[::-1]
        for layer in order:
            _put(made, middle, layer, [_mean(made, middle, vertex) for vertex in layer])
    return middle


def _mean(made: _Layers, middle: Sequence[float], vertex: int) -> float:
    around = made.needs[vertex] + made.users[vertex]
    return sum(middle[each] for each in around) / len(around)


def _put(made: _Layers, middle: list[float], layer: Sequence[int], wanted: Sequence[float]) -> None:
    """Put a layer's vertices as near to the wanted places as their heights allow, in their order."""
    offset, offsets = 0.0, []
    for at, vertex in enumerate(layer):
        if at:
            offset += (made.height[layer[at - 1]] + made.height[vertex]) / 2 + _GAP_Y
        offsets.append(offset)
    settled = _isotonic([want - off for want, off in zip(wanted, offsets, strict=True)])
    for vertex, place, off in zip(layer, settled, offsets, strict=True):
        middle[vertex] = place + off


def _isotonic(values: Iterable[float]) -> Iterator[float]:
    """The nearest values (least squares) that never fall: pool adjacent violators."""
    pools: list[tuple[float, int]] = []
    for value in values:
        total, count = value, 1
        while pools and pools[-1][0] * count >= total * pools[-1][1]:
            total, count = total + pools[-1][0], count + pools[-1][1]
            pools.pop()
        pools.append((total, count))
    for total, count in pools:
        yield from [total / count] * count


def _columns(made: _Layers, sizes: Sequence[tuple[float, float]]) -> tuple[list[tuple[float, float]], float]:
    """Left edge and width of each rank's column, and the right edge of the last."""
    left, columns = 0.0, []
    for layer in made.layers:
        width = max((sizes[vertex][0] for vertex in layer if vertex < len(sizes)), default=0.0)
        columns.append((left, width))
        left += width + _GAP_X
    return columns, left - _GAP_X if columns else 0.0


def _routes(
    made: _Layers, middles: Sequence[float], columns: Sequence[tuple[float, float]]
) -> list[tuple[Point, ...]]:
    """The points of each arrow; arrows that meet at a side stand a little apart, in order."""
    start = _ports(made, middles, [(chain[0], chain[1]) for chain in made.chains])
    end = _ports(made, middles, [(chain[-1], chain[-2]) for chain in made.chains])
    routes = []
    for number, chain in enumerate(made.chains):
        points = [(columns[made.rank[chain[0]]][0], start[number])]
        for vertex in chain[1:-1]:
            left, width = columns[made.rank[vertex]]
            points += [(left + width, middles[vertex]), (left, middles[vertex])]
        left, width = columns[made.rank[chain[-1]]]
        routes.append((*points, (left + width, end[number])))
    return routes


def _ports(made: _Layers, middles: Sequence[float], ends: Sequence[tuple[int, int]]) -> list[float]:
    """For each arrow the height at which it touches its box, given the box and what it comes from."""
    at: dict[int, list[int]] = {}
    for number, (box, _) in enumerate(ends):
        at.setdefault(box, []).append(number)
    heights = [0.0] * len(ends)
    for box, numbers in at.items():
        numbers.sort(key=lambda number: middles[ends[number][1]])
        apart = min(_PORT, (made.height[box] - 16) / len(numbers))
        for place, number in enumerate(numbers):
            heights[number] = middles[box] + (place - (len(numbers) - 1) / 2) * apart
    return heights


def _grid(
    sizes: Sequence[tuple[float, float]],
    boxes: Sequence[int],
    corners: list[Point],
    widths: list[float],
    edge: Point,
) -> Point:
    """Boxes without arrows in rows below the rest; the lower right corner of everything."""
    if not boxes:
        return edge
    wide, high = max(sizes[box][0] for box in boxes), max(sizes[box][1] for box in boxes)
    across = max(round(len(boxes) ** 0.5), int((edge[0] + _GAP_Y) // (wide + _GAP_Y)), 1)
    top = edge[1] + 2 * _GAP_Y if edge[1] else 0.0
    for number, box in enumerate(boxes):
        row, column = divmod(number, across)
        corners[box] = (column * (wide + _GAP_Y), top + row * (high + _GAP_Y))
        widths[box] = wide
    rows, used = -(-len(boxes) // across), min(across, len(boxes))
    return max(edge[0], used * (wide + _GAP_Y) - _GAP_Y), top + rows * (high + _GAP_Y) - _GAP_Y
