"""The simulation: the jobs and service jobs of one mock, and their time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from batchmock.scripts import Scripts
from batchmock.simulation.assumptions import Policies
from batchmock.simulation.identifiers import Identifiers
from batchmock.simulation.jobs.holds import Hold, Holds
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.jobs.tracker import JobTracker
from batchmock.simulation.placement.hosts import HostRegistry
from batchmock.simulation.service_jobs.tracker import ServiceJobTracker
from batchmock.simulation.time.timekeeper import Timekeeper
from batchmock.simulation.tracking.functions import FunctionRunner, run_inline
from batchmock.simulation.tracking.records import TrackedJob

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
        run_function: FunctionRunner = run_inline,
    ) -> None:
        super().__init__(start_ms)
        self.identifiers = Identifiers(seed)
        self.scripts = scripts
        self.policies = policies
        self.run_function = run_function
        self.holds = Holds()
        self.stage_ms = stage_ms
        self.stop_grace_ms = stop_grace_ms
        self.retention_ms = retention_ms
        self._visibility_lag_ms = visibility_lag_ms
        #: Every transition of every job and service job, oldest first.
        self.transitions: list[Transition] = []
        #: The EC2 instances of all managed compute environments.
        self.hosts = HostRegistry(self.identifiers, self.clock, launch_ms)
        self.jobs = JobTracker(self)
        self.service_jobs = ServiceJobTracker(self)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing has happened yet, and nothing is scheduled."""
        return not self.jobs.submitted and not self.agenda and self.now_ms == self.start_ms

    def forget_expired(self) -> None:
        """Hide the jobs whose retention is over from the service; views keep them."""
        self.jobs.forget_expired()
        self.service_jobs.forget_expired()

    # Visibility

    @property
    def shows_depend_on_time(self) -> bool:
        """Whether a job may become visible without any transition."""
        return self._visibility_lag_ms > 0

    def shows(self, job: TrackedJob) -> bool:
        """Return whether Describe and List show a job yet; children and nodes follow their parent."""
        if not self._visibility_lag_ms:
            return True
        return self.now_ms - (job.parent or job).created_at_ms >= self._visibility_lag_ms

    def only_shown(self, jobs: Iterator[JobT]) -> Iterator[JobT]:
        """Drop the jobs that are not visible yet."""
        return filter(self.shows, jobs) if self._visibility_lag_ms else jobs

    # Holds

    def hold(self, pattern: str, status: str, reason: str | None = None) -> None:
        """Hold the jobs that an id, a name or a glob matches at a status, future jobs included."""
        self.holds.add(Hold(pattern, status, reason))
        self.jobs.hold(pattern, status)
        self.service_jobs.hold(pattern, status)

    def release(self, pattern: str) -> int:
        """Release the jobs that an id, a name or a glob matches; return their number."""
        self.holds.remove(pattern)
        return self.jobs.release(pattern) + self.service_jobs.release(pattern)
