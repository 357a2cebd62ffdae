"""Reservations: everything a job takes when it starts, kept together to be returned exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchmock.simulation.placement.capacity import ask_of

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.environments import ComputeEnvironment
    from batchmock.simulation.placement.hosts import DeferredHost, Host


class Reservation:
    """
    Everything that a job holds.

    Room in a compute environment, and usage of the queue and the share, last for one attempt.
    Consumable resources last until the job has ended, across retries (documented).
    """

    __slots__ = ("_job", "_milli_vcpus", "environment", "hosts")

    def __init__(self, job: Job) -> None:
        self._job = job
        self._milli_vcpus = (job.ask or ask_of(job)).milli_vcpus
        #: Where the room is; None without room. One host for each node of a multi-node job.
        self.environment: ComputeEnvironment | None = None
        self.hosts: tuple[Host | DeferredHost, ...] = ()
        for resource, quantity in job.consumes:
            resource.take(quantity)

    def take_room(
        self, environment: ComputeEnvironment, hosts: tuple[Host | DeferredHost, ...], now_ms: int
    ) -> None:
        """Take room for an attempt, which the environment has placed on hosts."""
        job, queue, amount = self._job, self._job.queue, self._milli_vcpus
        self.environment = environment
        self.hosts = hosts
        environment.jobs[job] = None
        environment.used_milli_vcpus += amount
        queue.dispatched_milli_vcpus += amount
        if queue.policy is not None and job.share_identifier is not None:
            queue.shares.ledger.take(job.share_identifier, amount, now_ms, queue.policy)

    def release_room(self, now_ms: int) -> None:
        """
        Return the room of the attempt that has ended.

        Raises:
            AssertionError: it was returned before.
        """
        job, queue, amount = self._job, self._job.queue, self._milli_vcpus
        environment, hosts = self.environment, self.hosts
        if environment is None:
            raise AssertionError(f"{job!r} holds no room")
        self.environment, self.hosts = None, ()
        del environment.jobs[job]
        environment.used_milli_vcpus -= amount
        for host in hosts:
            host.pool.release(host, job, now_ms)
        queue.dispatched_milli_vcpus -= amount
        if queue.policy is not None and job.share_identifier is not None:
            queue.shares.ledger.release(job.share_identifier, amount, now_ms, queue.policy)

    def release_consumables(self) -> None:
        """Return the consumable resources of the job, which has ended."""
        for resource, quantity in self._job.consumes:
            resource.release(quantity)
