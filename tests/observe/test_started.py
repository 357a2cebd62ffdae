from __future__ import annotations

from batchmock.observe.started import StartedMocks


class Told:
    """A mock with a report."""

    def report(self, *, whole: bool = False) -> str:
        """Return the report."""
        return f"{whole}"


def test_keeps_those_that_are_active_or_start_meanwhile() -> None:
    """The tracked mocks are those active at the start and those started until the end."""
    mocks, before, early, late, after = StartedMocks(), Told(), Told(), Told(), Told()
    mocks.enter(before)
    mocks.leave(before)
    mocks.enter(early)
    with mocks.keep_track() as kept:
        mocks.enter(late)
        mocks.leave(late)
    mocks.enter(after)
    assert kept == [early, late]


def test_innermost_keeps_track() -> None:
    """A pytest run within a test tracks its own mocks."""
    mocks, inner, outer = StartedMocks(), Told(), Told()
    with mocks.keep_track() as kept:
        with mocks.keep_track() as kept_inside:
            mocks.enter(inner)
            mocks.leave(inner)
        mocks.enter(outer)
    assert (kept, kept_inside) == ([outer], [inner])
