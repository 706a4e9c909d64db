"""Playing a run again: what is due when, in which order, and that a step back is a shorter fold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleetc.run.state import fold
from fleetc.tui.replay import GAP, SPEEDS, Player
from tests.tui.fleet import edge_events, edge_plan

EVENTS = edge_events(edge_plan(), fail="instance/edge-tokyo-02")


@given(
    st.lists(st.one_of(st.just("step"), st.floats(0, 2), st.integers(-2, 2), st.just("back")), max_size=60)
)
def test_what_was_shown_is_always_a_beginning_of_the_run(moves: list[object]) -> None:
    player, shown = Player(EVENTS), list(EVENTS[:0])
    player.playing = True
    for move in moves:
        if move == "step":
            shown += player.step()
        elif move == "back":
            shown = list(player.go(player.at - 1))
        elif isinstance(move, int):
            player.faster(move)
        else:
            player.playing = not player.ended
            shown += player.advance(float(move), 5)  # type: ignore[arg-type]
        assert shown == list(EVENTS[: player.at])
        assert player.speed in SPEEDS
    assert fold(shown).seq == player.at


def test_it_plays_as_it_came_and_cuts_long_silences() -> None:
    player = Player(EVENTS)
    assert player.advance(100.0, 99) == ()
    player.playing = True
    assert [event.seq for event in player.advance(0.5, 99)] == [1]
    assert [event.seq for event in player.advance(0.6, 99)] == [2, 3]
    last_but_one = Player(EVENTS)
    last_but_one.go(len(EVENTS) - 1)
    last_but_one.playing = True
    assert last_but_one.advance(GAP - 0.1, 99) == ()
    assert len(last_but_one.advance(0.2, 99)) == 1
    assert last_but_one.ended
    assert last_but_one.advance(1.0, 99) == ()
    assert not last_but_one.playing


def test_faster_is_faster_and_no_batch_is_larger_than_asked_for() -> None:
    player = Player(EVENTS)
    player.playing = True
    player.faster(99)
    assert player.speed == SPEEDS[-1]
    assert len(player.advance(1.0, 4)) == 4
    assert len(player.advance(0.0, 4)) == 4
    empty = Player(())
    assert empty.ended
    assert empty.step() == ()
    assert empty.now == 0.0
