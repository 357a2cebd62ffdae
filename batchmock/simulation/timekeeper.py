"""Simulated time: what is due happens in order, each at its own instant."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from batchmock.simulation.agenda import Agenda
from batchmock.simulation.clock import Clock


class Timekeeper:
    """
    The clock and the agenda of one mock, moved together. Whole milliseconds.

    Args:
        start_ms: the clock's first instant.
    """

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.clock = Clock(start_ms)
        self.agenda = Agenda()
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

    def after(self, delay_ms: int, action: Callable[[object], None], subject: object) -> None:
        """Plan something that is not a job's: what resources do while they are CREATING and the like."""
        self.agenda.add(self.clock.epoch_ms + delay_ms, action, subject)

    def move_to(self, target_ms: int) -> None:
        """Move the clock to an instant; all that is due by then happens, in order, at its own time."""
        self._finish_up()
        while (due_ms := self.agenda.next_due_ms()) is not None and due_ms <= target_ms:
            self._happen(due_ms)
        self.clock.set(target_ms)

    def step(self) -> bool:
        """Move to the next thing due and let it happen; False when nothing is left to happen."""
        self._finish_up()
        due_ms = self.agenda.next_due_ms()
        if due_ms is None:
            return False
        self._happen(due_ms)
        return True

    def _happen(self, due_ms: int) -> None:
        self.clock.set(due_ms)
        self._busy = True
        try:
            action, subject = self.agenda.take()
            action(subject)
            while self.agenda.is_at_the_end_of(due_ms):
                action, subject = self.agenda.take()
                action(subject)
        finally:
            self._busy = False
        if self.afterwards:
            self._finish_up()

    def _finish_up(self) -> None:
        """Do what listeners put off; should one of them fail, the rest is done when time moves on."""
        while self.afterwards:
            self._busy = True
            try:
                self.afterwards.popleft()()
            finally:
                self._busy = False
