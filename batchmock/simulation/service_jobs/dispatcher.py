"""
Dispatching service jobs: what has room is handed to SageMaker, and what it takes is counted.

Which job is next is decided by `service_scheduling` and `quota_shares`, and carried out here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from batchmock.simulation.jobs.lifecycle import RUNNABLE
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob
from batchmock.simulation.service_jobs.queues import Capacity, ServiceEnvironment
from batchmock.simulation.service_jobs.scheduling import (
    first_jobs,
    next_to_start,
    preemptions,
    waiting_for_room,
)
from batchmock.simulation.time.agenda import Agenda
from batchmock.simulation.tracking.records import live_attempt

if TYPE_CHECKING:
    from batchmock.simulation.assumptions import Policies


class Preempts(Protocol):
    """Preempts service jobs."""

    def begin(self, job: ServiceJob, reason: str) -> None:
        """Begin to stop a service job to make room for another."""


class Watches(Protocol):
    """Watches the jobs that others wait for."""

    def note(self, job: ServiceJob) -> None:
        """Record why a job that holds up others is blocked, if it is."""


class StartsServiceJobs(Protocol):
    """What the dispatcher needs of the tracker of service jobs."""

    agenda: Agenda
    policies: Policies
    preemptions: Preempts
    watchman: Watches

    @property
    def now_ms(self) -> int:
        """The simulated instant."""

    def start(self, job: ServiceJob, environment: ServiceEnvironment) -> None:
        """Hand a job to its service."""


class ServiceDispatcher:
    """Starts service jobs, and keeps account of the capacity that they use."""

    def __init__(self, engine: StartsServiceJobs) -> None:
        self._engine = engine

    def wake(self, environment: ServiceEnvironment | None) -> None:
        """Look at the end of this instant, when all who come with it are there, for what can start."""
        if environment is not None and not environment.is_due:
            environment.is_due = True
            self._engine.agenda.add_last(self._engine.now_ms, self._dispatch, environment)

    def _dispatch(self, environment: ServiceEnvironment) -> None:
        """
        Start what has room, queue by queue: of higher priority first (documented), then older ones.

        What the first job of a queue waits for is kept from the queues behind it (assumed).
        """
        environment.is_due = False
        blocks = self._engine.policies.head_of_line_blocks
        for queue in sorted(environment.queues, key=lambda queue: -queue.priority):
            while job := next_to_start(queue, self._engine.now_ms, head_of_line_blocks=blocks):
                self._engine.start(job, environment)
            for victim, reason in preemptions(queue):
                self._engine.preemptions.begin(victim, reason)
            for job in first_jobs(queue, self._engine.now_ms):
                self._engine.watchman.note(job)
            waiting = waiting_for_room(queue, self._engine.now_ms) if blocks else None
            if waiting is not None:
                environment.keep(environment.demand_of(waiting))
        environment.kept = {}

    def take(self, job: ServiceJob, attempt: ServiceAttempt) -> None:
        """Count what a service job uses from now on."""
        demand = attempt.environment.demand_of(job)
        attempt.environment.usage.take(job, demand)
        job.queue.line_of(job).usage.take(job, demand)
        self._charge(job, attempt.environment.usage.jobs[job], job.queue.shares.ledger.take)

    def give_back(self, job: ServiceJob, attempt: ServiceAttempt) -> None:
        """Count what a service job uses no longer."""
        self._charge(job, attempt.environment.usage.jobs[job], job.queue.shares.ledger.give_back)
        job.queue.line_of(job).usage.give_back(job)
        attempt.environment.usage.give_back(job)

    def _charge(self, job: ServiceJob, demand: Capacity, change: Callable[..., None]) -> None:
        policy = job.queue.policy
        if policy is not None:
            change(job.share, sum(demand.values()), self._engine.now_ms, policy)

    def reprioritize(self, job: ServiceJob, priority: int) -> None:
        """Give a job another priority: it counts at once, for its place and for preemption."""
        queue = job.queue
        if job.status == RUNNABLE:
            queue.note_change(job, self._engine.now_ms)
        job.priority = priority
        if job.status == RUNNABLE:
            queue.note_change(job, self._engine.now_ms)
            queue.line_of(job).join(job)
        self.wake(queue.environment)

    def limit_capacity(self, environment: ServiceEnvironment, limits: Capacity) -> None:
        """Take other limits for an environment; what runs is counted in their units from now on."""
        running = list(environment.usage.jobs)
        for job in running:
            self.give_back(job, live_attempt(job))
        environment.limits = limits
        for job in running:
            self.take(job, live_attempt(job))
        self.wake(environment)
