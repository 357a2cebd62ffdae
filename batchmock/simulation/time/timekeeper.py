"""Simulated time: what is due happens in order, each at its own instant."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from batchmock.simulation.time.agenda import Agenda, Moment
from batchmock.simulation.time.clock import Clock


class Timekeeper:
    """
    The clock and the agenda of one mock, moved together. Whole milliseconds.

    Args:
        start_ms: the clock's first instant.
    """

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.clock = Clock(start_ms)
        #: The instant of the clock.
        self.now_ms = start_ms
        self.agenda = Agenda()
        #: Rises with each moment that has come, and whatever else may have changed what is to be seen.
        self.changes = 0
        #: What listeners want done once what happens just now is over, so that they find it whole.
        self.afterwards: deque[Callable[[], None]] = deque()
        self._busy = False

    @property
    def is_busy(self) -> bool:
        """Whether time is being moved just now (a user's function may be running)."""
        return self._busy

    def begin_at(self, start_ms: int) -> None:
        """Begin at another instant than was thought, before anything has happened."""
        self.start_ms = start_ms
        self.clock.begin_at(start_ms)
        self.now_ms = start_ms

    def after(self, delay_ms: int, action: Callable[[object], None], subject: object) -> None:
        """Plan something that is not a job's: what resources do while they are CREATING and the like."""
        self.agenda.add(self.now_ms + delay_ms, action, subject)

    def move_to(self, target_ms: int) -> None:
        """Move the clock to an instant; all that is due by then happens, in order, at its own time."""
        self._finish_up()
        while (moment := self.agenda.next()) is not None and moment.due_ms <= target_ms:
            self._happen(moment)
        self._set_clock(target_ms)

    def run(self, until: Callable[[], bool] | None = None) -> bool:
        """
        Let everything happen that will, in order, each at its own time.

        Args:
            until: asked after each thing that happens whether that is enough.

        Returns:
            Whether it was; False when nothing is left to happen.
        """
        self._finish_up()
        while (moment := self.agenda.next()) is not None:
            if self._happen(moment, until):
                return True
        return False

    def step(self) -> bool:
        """Move to the next thing due and let it happen; False when nothing is left to happen."""
        return self.run(until=_now)

    def _set_clock(self, now_ms: int) -> None:
        self.clock.set(now_ms)
        self.now_ms = now_ms

    def _happen(self, moment: Moment, until: Callable[[], bool] | None = None) -> bool:
        """Let a moment come: all that is due then happens, or so much of it that it is enough."""
        clock, afterwards = self.clock, self.afterwards
        self._set_clock(moment.due_ms)
        self._busy = True
        try:
            for action, subject in moment:
                action(subject)
                # What comes last is a part of what comes before it: nothing is over in between.
                if (afterwards or until is not None) and not moment.is_at_its_end:
                    self._finish_up()
                    if until is not None and until():
                        return True
                    self._busy = True
                if clock.on_move is not None and moment:
                    # What has just happened may have moved the time that is kept in step with this.
                    clock.on_move()
        finally:
            self._busy = False
            self.changes += 1
        return False

    def _finish_up(self) -> None:
        """Do what listeners put off; should one of them fail, the rest is done when time moves on."""
        while self.afterwards:
            self._busy = True
            try:
                self.afterwards.popleft()()
            finally:
                self._busy = False


def _now() -> bool:
    return True
