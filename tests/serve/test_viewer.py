"""What a tab is sent, and what is not kept for it."""

from __future__ import annotations

import asyncio

from fleetc.serve.viewer import Close, Viewer


class _Tab:
    """A tab that takes one message each time it is `ready`."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.repaints = 0
        self.ready = asyncio.Event()
        self.ready.set()

    async def take(self, data: bytes) -> None:
        await self.ready.wait()
        self.taken.append(data)

    def repaint(self) -> None:
        self.repaints += 1


async def test_frames_come_whole_and_in_order() -> None:
    tab = _Tab()
    viewer = Viewer(tab.take, tab.repaint, 5)
    running = asyncio.create_task(viewer.run())
    for number in range(10):
        viewer.feed(b"%d" % number)
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    viewer.end(Close.LEFT)
    assert await running is Close.LEFT
    assert b"".join(tab.taken) == b"0123456789"
    assert tab.repaints == 0


async def test_what_a_slow_tab_does_not_take_is_dropped_and_painted_anew() -> None:
    tab = _Tab()
    viewer = Viewer(tab.take, tab.repaint, 5)
    running = asyncio.create_task(viewer.run())
    tab.ready.clear()
    viewer.feed(b"first")
    await asyncio.sleep(0)
    for _ in range(100):
        viewer.feed(b"x" * 100_000)
    assert sum(map(len, viewer._frames)) <= 1 << 20
    tab.ready.set()
    while not tab.repaints:
        await asyncio.sleep(0)
    viewer.feed(b"last")
    await asyncio.sleep(0)
    viewer.end(Close.TAKEN)
    assert await running is Close.TAKEN
    assert (tab.taken[0], tab.taken[-1], tab.repaints) == (b"first", b"last", 1)
    assert sum(map(len, tab.taken)) < 2 << 20


async def test_a_tab_that_takes_nothing_for_long_is_given_up() -> None:
    tab = _Tab()
    tab.ready.clear()
    viewer = Viewer(tab.take, tab.repaint, 0.01)
    viewer.feed(b"x")
    assert await viewer.run() is Close.SLOW


async def test_the_first_reason_to_end_stays() -> None:
    tab = _Tab()
    viewer = Viewer(tab.take, tab.repaint, 5)
    viewer.end(Close.TAKEN)
    viewer.end(Close.LEFT)
    assert await viewer.run() is Close.TAKEN
