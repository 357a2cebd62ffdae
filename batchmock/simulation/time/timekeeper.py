"""Simulated time: the clock and the agenda, moved together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from batchmock.simulation.time.agenda import Agenda, Moment
from batchmock.simulation.time.clock import Clock


class Timekeeper:
    """
    The clock and the agenda of one mock. Durations and instants are whole milliseconds.

    Args:
        start_ms: the first instant of the clock.
    """

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.clock = Clock(start_ms)
        #: The instant of the clock.
        self.now_ms = start_ms
        #: Called after each move of the clock.
        self.on_move: Callable[[], None] | None = None
        self.agenda = Agenda()
        #: Increases with each moment, and whenever the state visible to clients may have changed.
        self.changes = 0
        #: Callbacks of listeners, to be run after the current entry, when everything is consistent again.
        self.afterwards: deque[Callable[[], None]] = deque()
        self._busy = False

    @property
    def is_busy(self) -> bool:
        """Whether time is moving at present (a function of the test may be running)."""
        return self._busy

    def begin_at(self, start_ms: int) -> None:
        """Change the first instant, before anything has happened."""
        self.start_ms = start_ms
        self.clock.begin_at(start_ms)
        self.now_ms = start_ms

    def after(self, delay_ms: int, action: Callable[[object], None], subject: object) -> None:
        """Schedule an action that does not belong to a job, such as the end of CREATING of a resource."""
        self.agenda.add(self.now_ms + delay_ms, action, subject)

    def move_to(self, target_ms: int) -> None:
        """Move the clock to an instant; run everything that is due by then, in order, at its own time."""
        self._finish_up()
        while (moment := self.agenda.next()) is not None and moment.due_ms <= target_ms:
            self._happen(moment)
        self._set_clock(target_ms)

    def run(self, until: Callable[[], bool] | None = None) -> bool:
        """
        Run everything that is scheduled, in order, each entry at its own time.

        Args:
            until: called after each entry; time stops moving when it returns True.

        Returns:
            Whether `until` returned True; False when nothing is left.
        """
        self._finish_up()
        while (moment := self.agenda.next()) is not None:
            if self._happen(moment, until):
                return True
        return False

    def step(self) -> bool:
        """Move to the next entry and run it; return False when nothing is left."""
        return self.run(until=_now)

    def _set_clock(self, now_ms: int) -> None:
        self.clock.set(now_ms)
        self.now_ms = now_ms
        if self.on_move is not None:
            self.on_move()

    def _happen(self, moment: Moment, until: Callable[[], bool] | None = None) -> bool:
        """Run the entries of a moment; return whether `until` returned True."""
        afterwards = self.afterwards
        self._set_clock(moment.due_ms)
        self._busy = True
        try:
            for action, subject in moment:
                action(subject)
                # Entries that come last belong to the entries before them: run no callbacks in between.
                if (afterwards or until is not None) and not moment.is_at_its_end:
                    self._finish_up()
                    if until is not None and until():
                        return True
                    self._busy = True
                if self.on_move is not None and moment:
                    # The entry may have moved an external time that is kept in step with this clock.
                    self.on_move()
        finally:
            self._busy = False
            self.changes += 1
        return False

    def _finish_up(self) -> None:
        """Run the callbacks of listeners; if one raises, the rest runs when time moves on."""
        while self.afterwards:
            self._busy = True
            try:
                self.afterwards.popleft()()
            finally:
                self._busy = False


def _now() -> bool:
    return True
