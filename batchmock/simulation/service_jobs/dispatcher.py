"""
The dispatcher of service jobs: hands jobs with room to SageMaker, and holds their reservations.

`scheduling` and `quota_shares` decide which job is next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from batchmock.simulation.jobs.lifecycle import RUNNABLE
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import ServiceEnvironment, UnitCounts
from batchmock.simulation.service_jobs.reservations import ServiceReservation
from batchmock.simulation.service_jobs.scheduling import first_jobs, next_to_start, preemptions

if TYPE_CHECKING:
    from batchmock.simulation.assumptions import Policies
    from batchmock.simulation.time.agenda import Agenda


class Preempts(Protocol):
    """Preempts service jobs."""

    def begin(self, job: ServiceJob, reason: str) -> None:
        """Start to stop a service job to make room for another."""


class Monitors(Protocol):
    """Monitors the jobs that others wait for."""

    def note(self, job: ServiceJob) -> None:
        """Record why a job that holds up others is blocked, if it is."""


class DispatchingTracker(Protocol):
    """The part of the tracker of service jobs that the dispatcher uses."""

    agenda: Agenda
    policies: Policies

    @property
    def now_ms(self) -> int:
        """The current instant."""

    @property
    def preemptions(self) -> Preempts:
        """Preempts service jobs."""

    @property
    def queue_monitor(self) -> Monitors:
        """Monitors the jobs that others wait for."""

    def start(self, job: ServiceJob, environment: ServiceEnvironment) -> None:
        """Hand a job to its service."""


class ServiceDispatcher:
    """Starts service jobs and accounts for the capacity that they use."""

    def __init__(self, engine: DispatchingTracker) -> None:
        self._engine = engine
        self._reservations: dict[ServiceJob, ServiceReservation] = {}

    def wake(self, environment: ServiceEnvironment | None) -> None:
        """Plan a dispatch at the end of this instant, after everything else that is due."""
        if environment is not None and not environment.is_due:
            environment.is_due = True
            self._engine.agenda.add_last(self._engine.now_ms, self._dispatch, environment)

    def _dispatch(self, environment: ServiceEnvironment) -> None:
        """
        Start the jobs that have room, queue by queue: higher priority first (documented), then older ones.

        Capacity that a queue cannot use goes to the next queue (documented for jobs, assumed here).
        """
        environment.is_due = False
        blocks = self._engine.policies.head_of_line_blocks
        for queue in sorted(environment.queues, key=lambda queue: -queue.priority):
            while job := next_to_start(queue, self._engine.now_ms, head_of_line_blocks=blocks):
                self._engine.start(job, environment)
            for victim, reason in preemptions(queue):
                self._engine.preemptions.begin(victim, reason)
            for job in first_jobs(queue, self._engine.now_ms):
                self._engine.queue_monitor.note(job)

    def take(self, job: ServiceJob, environment: ServiceEnvironment) -> None:
        """Reserve the capacity that a service job uses from now on."""
        self._reservations[job] = ServiceReservation(job, environment, self._engine.now_ms)

    def release(self, job: ServiceJob) -> None:
        """Release the capacity of a service job whose attempt has ended."""
        self._reservations.pop(job).release(self._engine.now_ms)

    def reprioritize(self, job: ServiceJob, priority: int) -> None:
        """Change the priority of a job, which affects its place and preemption at once."""
        queue = job.queue
        if job.status == RUNNABLE:
            queue.note_change(job, self._engine.now_ms)
        job.priority = priority
        if job.status == RUNNABLE:
            queue.note_change(job, self._engine.now_ms)
            queue.backlog_of(job).join(job)
        self.wake(queue.environment)

    def limit_capacity(self, environment: ServiceEnvironment, limits: UnitCounts) -> None:
        """Replace the limits of an environment, and count running jobs in the new units."""
        running = list(environment.usage.jobs)
        for job in running:
            self.release(job)
        environment.limits = limits
        for job in running:
            self.take(job, environment)
        self.wake(environment)
