"""
The sleepers in simulated time, and the jump to the earliest wake-up.

A process has one `sleepers` object, for the threads and event loops of all mocks with
`advance="sleep"`; sleeps move the time of the innermost such mock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock, get_ident
from typing import Final, TypeVar

from batchmock.walltime.programs.current import KillableProgram, current_program
from batchmock.walltime.sleeper import Sleeper, never, whole_milliseconds
from batchmock.walltime.slept_times import SleptTimes
from batchmock.walltime.standstills import waits_ahead
from batchmock.walltime.threads.quiescence import PAUSE, Lookout

#: Real seconds between two looks of a sleeper that another one precedes.
PAUSE_BEHIND: Final = 3 * PAUSE
#: Real seconds between two looks of a sleeper that is told when its time has come.
PAUSE_UNTIL_TOLD: Final = 1.0

Woken = TypeVar("Woken")


class _Bell:
    """Ends the real wait of one thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lock.acquire()

    def wait(self, seconds: float) -> None:
        """Wait for the bell, for some real seconds at most."""
        self._lock.acquire(timeout=seconds)

    def ring(self) -> None:
        """End the wait, or the next one."""
        with suppress(RuntimeError):
            self._lock.release()


class Sleepers(SleptTimes):
    """The sleepers of a process."""

    # Sleeping

    def sleep(self, seconds: float) -> None:
        """Sleep in simulated time."""
        self.note(seconds)
        wakes_ms = self.passed_ms() + whole_milliseconds(seconds)
        if current_program() is None:
            self.wait(wakes_ms, self._pause)
        else:
            told = _Bell()
            self.wait(wakes_ms, told.wait, rouse=told.ring)
        self.forget_unless_passed(wakes_ms, seconds)

    def pass_by(self, delta_ms: int) -> None:
        """Sleep in simulated time without a record, since the code under test does not sleep."""
        self.wait(self.passed_ms() + delta_ms, self._pause)

    def _pause(self, seconds: float) -> None:
        with self._lock:
            self._wait_for_notice(seconds)

    def wait(
        self,
        wakes_ms: int,
        pause: Callable[[float], Woken | None],
        is_woken: Callable[[], bool] = never,
        rouse: Callable[[], object] | None = None,
    ) -> Woken | None:
        """
        Wait until a simulated instant; time jumps to it once all other threads are at rest.

        Args:
            wakes_ms: the instant.
            pause: called repeatedly with real seconds to wait; any result other than None ends the wait.
            is_woken: returns whether `pause` would end the wait; other threads call it too.
            rouse: ends a `pause` early, in the thread of a program.

        Returns:
            The result of `pause` that ended the wait, or None if the instant was reached.
        """
        with self.asleep(wakes_ms, is_woken, rouse) as sleeper:
            if sleeper.program is not None:
                return self._wait_in_program(sleeper, pause, PAUSE_UNTIL_TOLD if rouse else PAUSE)
            lookout = Lookout(self._observer)
            while self._times and self.passed_ms() < wakes_ms:
                woken = None
                if not self._may_jump(sleeper, lookout):
                    woken = pause(PAUSE if self._is_next(sleeper) else PAUSE_BEHIND)
                elif not self._jump(sleeper):
                    # Time stands still during a job's function, which may be waiting for this thread.
                    self.stood_ms += wakes_ms - self.passed_ms()
                    return None
                elif self.passed_ms() < wakes_ms:
                    # A function ran on the way and may have woken other threads.
                    lookout = Lookout(self._observer)
                    woken = pause(0)
                if woken is not None:
                    return woken
            if is_woken is not never and self._has_jumped_here():
                # What happens at the instant of a timeout comes first, whichever thread runs first.
                return self._rest(sleeper, pause)
        return None

    def _rest(self, sleeper: Sleeper, pause: Callable[[float], Woken | None]) -> Woken | None:
        sleeper.is_resting = True
        lookout = Lookout(self._observer)
        while self._times and not self._is_last(sleeper, lookout):
            woken = pause(PAUSE)
            if woken is not None:
                return woken
        return None

    def _is_last(self, sleeper: Sleeper, lookout: Lookout) -> bool:
        """Return whether no other sleeper wakes at this instant, and every other thread is at rest."""
        with self._lock:
            now_ms = self.passed_ms()
            for other in self._asleep.values():
                if other is sleeper:
                    break
                if other.is_resting:
                    return False
            wakes_now = (
                other.program is None
                and not other.is_resting
                and other.wakes_ms is not None
                and other.wakes_ms <= now_ms
                for other in self._asleep.values()
            )
            if any(wakes_now) or self._is_time_moved():
                return False
            return self._are_at_rest(lookout, self._asleep.keys())

    def _wait_in_program(
        self, sleeper: Sleeper, pause: Callable[[float], Woken | None], seconds: float
    ) -> Woken | None:
        """Wait until the thread that moves time lets the program run."""
        while self._times and not sleeper.may_go_on:
            if sleeper.planner is None:
                self._plan(sleeper)
            woken = pause(seconds)
            if woken is not None and not sleeper.may_go_on:
                return woken
        if sleeper.error is not None:
            raise sleeper.error
        return None

    def _is_next(self, sleeper: Sleeper) -> bool:
        """Return whether no other sleeper wakes before this one; it alone needs to check the threads often."""
        wakes_ms = sleeper.wakes_ms or 0
        return all(
            other.wakes_ms is None or other.program is not None or other.wakes_ms >= wakes_ms
            for other in list(self._asleep.values())
        )

    def _may_jump(self, sleeper: Sleeper, lookout: Lookout) -> bool:
        """Return whether no sleeper wakes before this one, and every other thread is at rest."""
        with self._lock:
            if len(self._asleep) > 1:
                # Those who move time wake programs on the way.
                with_an_end = (
                    other
                    for other in self._asleep.values()
                    if other.wakes_ms is not None and other.program is None
                )
                if min(with_an_end, key=lambda other: other.wakes_ms or 0) is not sleeper:
                    return False
            if self._is_time_moved():
                return False
            return self._are_at_rest(lookout, self._asleep.keys())

    # Programs

    def of_program(self, program: KillableProgram) -> list[Sleeper]:
        """Return the sleepers of a program."""
        with self._lock:
            return [each for each in self._asleep.values() if each.program is program]

    def release_program(self, program: KillableProgram) -> None:
        """Hand over to all threads of a program."""
        for sleeper in self.of_program(program):
            sleeper.release()

    @contextmanager
    def _attention(self) -> Iterator[None]:
        """Be notified of each thread that falls asleep."""
        with self._lock:
            self._attentive += 1
        try:
            yield
        finally:
            with self._lock:
                self._attentive -= 1

    def settle(self, is_over: Callable[[], bool]) -> None:
        """Wait until all other threads are at rest, or until something is over."""
        lookout = Lookout(self._observer)
        with self._attention():
            while not is_over():
                with self._lock:
                    if not self._are_about_to_run() and self._are_at_rest(
                        lookout, {*self._asleep, get_ident()}
                    ):
                        return
                    self._wait_for_notice(PAUSE)

    def _are_about_to_run(self) -> bool:
        """Return whether a sleeper has been woken, or its time has come."""
        now_ms = self.passed_ms()
        return any(
            each.is_released
            or (each.program is None and each.wakes_ms is not None and each.wakes_ms <= now_ms)
            for each in self._asleep.values()
        )

    def drive(self, is_over: Callable[[], bool], on_error: Callable[[BaseException], None]) -> None:
        """Move time from one wake-up of a program to the next while no other thread moves it."""
        with self._attention(), self.asleep(None) as driver:
            lookout = Lookout(self._observer, is_patient=True)
            while not is_over():
                if self._drive_once(driver, lookout, is_over, on_error):
                    lookout = Lookout(self._observer, is_patient=True)

    def _drive_once(
        self,
        driver: Sleeper,
        lookout: Lookout,
        is_over: Callable[[], bool],
        on_error: Callable[[BaseException], None],
    ) -> bool:
        """Move time to the next wake-up of a program, or wait; return whether time was moved."""
        try:
            with self._lock:
                # Asked again: the notification of the end may have come before the lock was taken.
                if is_over():
                    return False
                driver.wakes_ms = self._next_wake_to_drive_to(lookout)
            if driver.wakes_ms is None:
                return False
            self._jump(driver, counts=False)
        except BaseException as error:
            on_error(error)
        finally:
            driver.wakes_ms = None
        return True

    def _next_wake_to_drive_to(self, lookout: Lookout) -> int | None:
        """Return when the next program wakes; None, after a pause, if time may not move there."""
        wakes_ms = self._next_wake_of_a_program()
        if wakes_ms is not None and self._may_drive(lookout):
            return wakes_ms
        self._wait_for_notice(None if wakes_ms is None else PAUSE_BEHIND)
        return None

    def _next_wake_of_a_program(self) -> int | None:
        """Return when the next program wakes; None if none sleeps, or another thread sleeps, which drives."""
        sleeping = [each for each in self._asleep.values() if each.wakes_ms is not None]
        if any(each.program is None for each in sleeping):
            return None
        return min((each.wakes_ms or 0 for each in sleeping), default=None)

    def _may_drive(self, lookout: Lookout) -> bool:
        return (
            self._jumping is None
            and not any(time.programs.is_time_moved for time in self._times)
            and not self._are_about_to_run()
            and self._are_at_rest(lookout, self._asleep.keys())
        )


sleepers: Final = Sleepers()
waits_ahead.append(sleepers.waits_ahead_ms)
