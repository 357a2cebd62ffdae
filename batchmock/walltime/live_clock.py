"""The clock of a mock as its methods read it."""

from __future__ import annotations

from batchmock.simulation.time.clock import Clock
from batchmock.uncopied import Uncopied
from batchmock.walltime.mock_time import MockTime


class LiveClock(Clock, Uncopied):
    """
    The time of a mock.

    Under `advance="wall"`, or with a time frozen by the test's author, each read first brings it up to date.
    """

    __slots__ = ("_time",)

    def __init__(self, time: MockTime) -> None:
        super().__init__(0)
        self._time = time

    @property
    def epoch_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        self._time.catch_up()
        return self._time.now_ms
