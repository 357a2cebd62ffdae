"""Losses of EC2 instances, and the attempts that end with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import MultiNodeJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import RUNNABLE
from batchmock.simulation.placement.host_pool import HostPool
from batchmock.simulation.placement.hosts import Host


class PlacesAgain(Protocol):
    """Places jobs, and visits the waiting ones after a change."""

    def place_again(self, job: Job) -> None:
        """Place a RUNNABLE job whose host was lost before it started."""

    def wake(self) -> None:
        """Schedule a visit to the waiting jobs."""


class LosesHosts(Protocol):
    """Ends attempts with their hosts."""

    @property
    def now_ms(self) -> int:
        """The current instant."""

    @property
    def scheduler(self) -> PlacesAgain:
        """Places jobs."""

    def lose_host(self, job: Job) -> None:
        """End the attempt under way because its host is lost."""

    def lose_host_after(self, delay_ms: int, job: Job) -> None:
        """Schedule the loss of the host of the attempt under way."""


def lose_hosts(tracker: LosesHosts, hosts: Iterable[Host]) -> None:
    """End EC2 instances, and every attempt on them."""
    lost = list(hosts)
    for host in lost:
        host.pool.lose(host, tracker.now_ms)
    for host in lost:
        for job in list(host.jobs):
            _lose_host_of(tracker, job, host)
    tracker.scheduler.wake()


def _lose_host_of(tracker: LosesHosts, job: Job, host: Host) -> None:
    members = [job, *job.nodes.values()] if isinstance(job, MultiNodeJob) else [job]
    for member in members:
        if member.attempt is not None and member.attempt.host is host:
            tracker.lose_host(member)
            return
    if job.status == RUNNABLE:
        tracker.scheduler.place_again(job)


def replace_hosts(tracker: LosesHosts, pool: HostPool, delay_ms: int) -> None:
    """Place jobs on new hosts only, and end the attempts on the old hosts after a delay."""
    old = list(pool.hosts)
    pool.retire_all(tracker.now_ms)
    for host in old:
        for job in list(host.jobs):
            if job.attempt is None:
                tracker.scheduler.place_again(job)
            else:
                tracker.lose_host_after(delay_ms, job)


def leave_lost_host(attempt: Attempt, now_ms: int) -> None:
    """End the host of an attempt that is scripted to lose it, without the other jobs on that host."""
    host = attempt.host
    if host is None or host.terminated_at_ms is not None:
        return
    if len(host.jobs) == 1:
        host.pool.lose(host, now_ms)
    else:
        attempt.placed_on = host.pool.stand_in(host, now_ms)
