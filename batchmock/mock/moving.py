"""The clock of a mock, and the methods that move it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from batchmock.durations import Duration, milliseconds
from batchmock.errors import BatchMockError, StuckError
from batchmock.mock.arguments import check_status, id_of
from batchmock.mock.finding import Finding
from batchmock.names import ServiceJobStatus
from batchmock.observe.jobs.explain import NEVER_OF_AN_ARRAY_PARENT, clock_time, never_reaches
from batchmock.observe.jobs.service_views import ServiceJobView
from batchmock.observe.jobs.views import JobView
from batchmock.options import Instant, epoch_ms_of
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import JOB_STATUSES, Transition
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES, ServiceJob
from batchmock.simulation.time.clock import Clock
from batchmock.walltime.programs.current import current_program

if TYPE_CHECKING:
    from trio.testing import MockClock


class Moving(Finding):
    """The clock, and the methods that move it."""

    @property
    def clock(self) -> Clock:
        """The simulated clock, with `now` (an aware UTC `datetime`) and `epoch_ms` (an int)."""
        return self._clock

    @property
    def sleeps(self) -> list[float]:
        """The seconds of each sleep that moved the clock, oldest first; only under `advance="sleep"`."""
        return list(self._time.sleeps)

    def trio_clock(self) -> MockClock:
        """
        Return a clock for `trio.run(..., clock=...)`, in whose runs the time of trio is that of the mock.

        When all tasks are blocked, time jumps to the next deadline, and the mock's clock with it. Under
        `advance="sleep"` runs without a clock have such a one anyway.

        Raises:
            BatchMockError: trio is not installed.
        """
        try:
            return self._time.trio_clock()
        except ImportError as error:
            raise BatchMockError(
                "batchmock: trio_clock() needs trio, which could not be imported: "
                f"{error}. Install it with: pip install trio"
            ) from error

    def tick(self, delta: Duration = 1.0) -> None:
        """
        Move time by seconds or a `timedelta`; everything due in between happens in order.

        Raises:
            BatchMockError: the duration is negative, or time is already being moved.
        """
        with self._to_move("tick()"):
            self._begin_move("tick()")
            self._simulation.move_to(self._time.now_ms + milliseconds(delta, "delta"))
            self._time.waits.note_move()

    def move_to(self, when: Instant) -> None:
        """
        Move time forward to an instant: a `datetime` (UTC if naive), an ISO 8601 string, Unix seconds.

        Raises:
            BatchMockError: the instant is in the past, or is not an instant.
        """
        with self._to_move("move_to()"):
            self._begin_move("move_to()")
            target_ms = epoch_ms_of(when, "when")
            if target_ms < self._time.now_ms:
                raise BatchMockError(
                    f"batchmock: time can't go backwards. The clock is at "
                    f"{clock_time(self._time.now_ms)}, and move_to() got {clock_time(target_ms)}. "
                    "Pass a later instant, or call reset()."
                )
            self._simulation.move_to(target_ms)

    def step(self) -> list[Transition]:
        """
        Move to the next entry on the agenda and carry it out.

        Returns:
            Its transitions; empty if nothing is due, or if the entry moved no job.
        """
        with self._to_move("step()"):
            self._begin_move("step()")
            before = len(self._simulation.transitions)
            self._simulation.step()
            return self._simulation.transitions[before:]

    def run(self) -> list[Transition]:
        """Move time until nothing is scheduled, and return the transitions; held and hung jobs stay."""
        with self._to_move("run()"):
            self._begin_move("run()")
            before = len(self._simulation.transitions)
            self._simulation.run()
            return self._simulation.transitions[before:]

    def run_until(self, job_id: str | JobView | ServiceJobView, status: ServiceJobStatus) -> None:
        """
        Move time until a job has a status; no-op if it already has it.

        Args:
            job_id: the id of a job or service job, or its view.
            status: e.g. `RUNNING`; SCHEDULED for service jobs only.

        Raises:
            StuckError: the job will never reach the status; the message says why.
            UnknownJobError: no job has this id.
            BatchMockError: the status does not exist.
        """
        __tracebackhide__ = True  # pytest shows the line of the test; the message explains the rest
        with self._to_move("run_until()"):
            self._begin_move("run_until()")
            job_id = id_of(job_id, "run_until")
            service_job = self._simulation.service_jobs.get(job_id)
            if service_job is not None:
                self._run_service_job_until(service_job, status)
                return
            job = self._find_job(job_id, "run_until")
            check_status(status, JOB_STATUSES)
            hopeless = isinstance(job, ArrayJob) and status in NEVER_OF_AN_ARRAY_PARENT
            if not hopeless:
                self._run_to(job, status)
            if job.status != status:
                raise StuckError(never_reaches(job, status, self._time.now_ms))

    def _to_move(self, what: str) -> AbstractContextManager[None]:
        """Return the context in which the current thread owns time."""
        self._check_not_in_a_program(what)
        return self._lock.moving()

    def _begin_move(self, what: str) -> None:
        self._check_not_busy(what)
        self._time.settle()
        self._time.catch_up()

    def _check_not_in_a_program(self, what: str) -> None:
        if current_program() is not None:
            raise BatchMockError(_moved_by_a_function(what))

    def _check_not_busy(self, what: str) -> None:
        if self._simulation.is_busy:
            raise BatchMockError(_moved_by_a_function(what))

    def _run_service_job_until(self, job: ServiceJob, status: str) -> None:
        __tracebackhide__ = True
        check_status(status, SERVICE_JOB_STATUSES)
        self._run_to(job, status)
        if job.status != status:
            raise StuckError(never_reaches(job, status, self.clock.epoch_ms))

    def _run_to(self, job: Job | ServiceJob, status: str) -> None:
        """Move time until a job has a status, has ended, or nothing is scheduled."""

        def is_there() -> bool:
            return job.status == status or job.is_terminal

        if not is_there():
            self._simulation.run(until=is_there)


def _moved_by_a_function(what: str) -> str:
    return (
        f"batchmock: {what} was called while time is being moved, from a function that runs as "
        "a job or handles an event. Set the duration of a job with call(function, after=seconds), "
        "and move time in the test itself."
    )
