"""The times since which jobs have had their positions in a queue."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from batchmock.simulation.placement.position_times import PositionTimes


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=30), st.integers(0, 10))
def test_the_last_change_ahead_counts(changes: list[tuple[int, int]], place: int) -> None:
    """A position dates from the last change ahead of it."""
    positions, at_ms, expected = PositionTimes(), 1, 0
    for changed, elapsed_ms in changes:
        at_ms += elapsed_ms
        positions.change((changed,), at_ms)
        expected = at_ms if changed < place else expected
    assert positions.since_ms((place,)) == expected


def test_changes_of_one_instant_are_one() -> None:
    """The records do not grow with the number of jobs that leave together."""
    positions = PositionTimes()
    for place in range(1000):
        positions.change((place,), 5)
    assert len(positions._places) == 1


def test_all_are_moved() -> None:
    """The empty place sorts first, and forget() drops all records."""
    positions = PositionTimes()
    positions.change((0, 3), 1)
    positions.change((), 2)
    assert positions.since_ms((0, 0)) == 2
    positions.forget()
    assert positions.since_ms((0, 0)) == 0
