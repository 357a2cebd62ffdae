"""The simulation: the jobs and service jobs of one mock, and their time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from batchmock.scripts import Scripts
from batchmock.simulation.assumptions import Policies
from batchmock.simulation.forecasts import Forecast
from batchmock.simulation.identifiers import Identifiers
from batchmock.simulation.jobs.holds import Hold, Holds
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.jobs.tracker import JobTracker
from batchmock.simulation.placement.hosts import HostRegistry
from batchmock.simulation.service_jobs.tracker import ServiceJobTracker
from batchmock.simulation.time.timekeeper import Timekeeper
from batchmock.simulation.tracking.functions import FunctionRunner, run_inline
from batchmock.simulation.tracking.records import TrackedJob
from batchmock.simulation.tracking.visibility import Lag, Visibility

JobT = TypeVar("JobT", bound=TrackedJob)


class Simulation(Timekeeper):
    """
    All jobs of one mock, and their time. Durations and instants are whole milliseconds.

    `jobs` and `service_jobs` are mappings by job id, and move the jobs that they hold.

    Args:
        start_ms: the first instant of the clock.
        stage_ms: the default length of each stage, and of an unscripted run.
        stop_grace_ms: the time between SIGTERM and SIGKILL.
        retention_ms: how long a finished job stays visible.
        seed: the seed of all identifiers.
        scripts: the outcomes of attempts.
        policies: choices where the behaviour of the real service is not known.
        visibility_lag_ms: how long a submitted job stays invisible to Describe and List.
        launch_ms: the time from the launch of an EC2 instance until it accepts jobs.
        locked: the context in which no other thread changes anything.
        run_function: runs the functions of the test that stand in for containers.
    """

    def __init__(
        self,
        *,
        start_ms: int,
        stage_ms: int,
        stop_grace_ms: int,
        retention_ms: int,
        seed: int,
        scripts: Scripts,
        policies: Policies,
        visibility_lag_ms: int = 0,
        launch_ms: int = 0,
        locked: AbstractContextManager[None] | None = None,
        run_function: FunctionRunner = run_inline,
    ) -> None:
        super().__init__(start_ms)
        self.identifiers = Identifiers(seed)
        self.scripts = scripts
        self.policies = policies
        self._locked = locked or nullcontext()
        self.run_function = run_function
        self.holds = Holds()
        self.stage_ms = stage_ms
        self.stop_grace_ms = stop_grace_ms
        self.retention_ms = retention_ms
        self.visibility = Visibility(visibility_lag_ms)
        #: Every transition of every job and service job, oldest first.
        self.transitions: list[Transition] = []
        #: The EC2 instances of all managed compute environments.
        self.hosts = HostRegistry(self.identifiers, self.clock, launch_ms)
        self.jobs = JobTracker(self)
        self.service_jobs = ServiceJobTracker(self)
        #: The latest forecast, and the state that it is for.
        self._forecast: tuple[tuple[int, ...], Forecast] | None = None

    @property
    def is_untouched(self) -> bool:
        """Whether nothing has happened yet, and nothing is scheduled."""
        return not self.jobs.submitted and not self.agenda and self.now_ms == self.start_ms

    @property
    def unfinished(self) -> int:
        """The number of submitted jobs and service jobs that have not ended."""
        return self.jobs.unfinished + self.service_jobs.unfinished

    def forget_expired(self) -> None:
        """Hide the jobs whose retention is over from the service; views keep them."""
        if self.jobs.ended:
            self.jobs.forget_expired()
        if self.service_jobs.ended:
            self.service_jobs.forget_expired()

    # Forecasts

    def start_of(self, job: TrackedJob) -> int | None:
        """Return when a RUNNABLE job will start if nothing else happens; None if that is not known."""
        with self._locked:
            return self._start_of(job)

    def _start_of(self, job: TrackedJob) -> int | None:
        state = (self.now_ms, self.changes, len(self.transitions), self.scripts.size)
        if self._forecast is None or self._forecast[0] != state:
            ahead = Simulation(
                start_ms=self.now_ms,
                stage_ms=self.stage_ms,
                stop_grace_ms=self.stop_grace_ms,
                retention_ms=self.retention_ms,
                seed=0,
                scripts=self.scripts.unrecorded(),
                policies=self.policies,
                launch_ms=self.hosts.launch_ms,
            )
            ahead.holds = self.holds.unrecorded()
            self._forecast = (state, Forecast(self, ahead))
        return self._forecast[1].start_of(job)

    # Visibility

    @property
    def shows_depend_on_time(self) -> bool:
        """Whether a job may become visible without any transition."""
        return self.visibility.depends_on_time

    def shows(self, job: TrackedJob) -> bool:
        """Return whether Describe and List show a job yet; children and nodes follow their parent."""
        visibility = self.visibility
        if not visibility.depends_on_time:
            return True
        return visibility.shows(job, self.now_ms - (job.parent or job).created_at_ms)

    def only_shown(self, jobs: Iterator[JobT]) -> Iterator[JobT]:
        """Drop the jobs that are not visible yet."""
        return filter(self.shows, jobs) if self.visibility.depends_on_time else jobs

    def lag(self, pattern: str, lag_ms: int) -> None:
        """Hide matching jobs, future ones included, for a time after their submission."""
        self.visibility.add_lag(Lag(pattern, lag_ms))

    def expire(self, pattern: str, after_ms: int) -> None:
        """Hide matching jobs, future ones included, from a time after their end on."""
        expiry = self.visibility.add_expiry(pattern, after_ms)
        self.jobs.expire(expiry)
        self.service_jobs.expire(expiry)

    # Holds

    def hold(self, hold: Hold) -> None:
        """Hold the jobs that a hold covers, future jobs included."""
        self.changes += 1
        self.holds.add(hold)
        self.jobs.hold(hold)
        self.service_jobs.hold(hold)

    def release(self, pattern: str) -> int:
        """Release the jobs that an id, a name or a glob matches; return their number."""
        self.changes += 1
        self.holds.remove(pattern)
        return self.jobs.release(pattern) + self.service_jobs.release(pattern)
