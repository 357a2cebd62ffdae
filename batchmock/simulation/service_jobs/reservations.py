"""Reservations: the capacity of a dispatched service job, kept together to be returned exactly once."""

from __future__ import annotations

from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import ServiceEnvironment


class ServiceReservation:
    """Capacity of a service environment that one attempt uses, counted for its share and its quota too."""

    __slots__ = ("_amount", "_job", "_usages")

    def __init__(self, job: ServiceJob, environment: ServiceEnvironment, now_ms: int) -> None:
        demand = environment.demand_of(job)
        self._job = job
        self._amount = sum(demand.values())
        self._usages = (environment.usage, job.queue.backlog_of(job).usage)
        for usage in self._usages:
            usage.take(job, demand)
        if job.queue.policy is not None:
            job.queue.shares.ledger.take(job.share, self._amount, now_ms, job.queue.policy)

    def release(self, now_ms: int) -> None:
        """Return the capacity of the attempt that has ended."""
        job = self._job
        for usage in self._usages:
            usage.release(job)
        if job.queue.policy is not None:
            job.queue.shares.ledger.release(job.share, self._amount, now_ms, job.queue.policy)
