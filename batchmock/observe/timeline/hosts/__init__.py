"""
The EC2 instances of a timeline, what ran on each, and the vCPUs of each compute environment over time.

`environments_of` returns plain values, with times in milliseconds since the mock's first instant. `page` and
`trace` write them, and `tracks` has the vCPUs of full environments. `host_pictures` draws hosts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from batchmock.observe.timeline.alike import leaves
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.usage import milli_vcpus
from batchmock.simulation.jobs.families import MultiNodeJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import FAILED, RUNNABLE, RUNNING, STARTING
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.host_pool import HostPool
from batchmock.simulation.placement.hosts import Host

#: A number of vCPUs, in thousandths, and the time since which it applies.
Level = tuple[int, int]


class HostRun(NamedTuple):
    """
    An attempt on a host, or in an environment without hosts, from STARTING to its end.

    Args:
        job: the job, array child or node.
        attempt: 1 for the first.
        from_ms: when it began.
        to_ms: when it ended; the end of the timeline if it is under way.
        milli_vcpus: the vCPUs that it used.
        is_under_way: whether it has not ended.
        has_failed: whether it ended in a failure.
    """

    job: Job
    attempt: int
    from_ms: int
    to_ms: int
    milli_vcpus: int
    is_under_way: bool
    has_failed: bool


class HostLine(NamedTuple):
    """
    One EC2 instance.

    Args:
        instance_id: its id.
        instance_type: its type.
        milli_vcpus: its vCPUs at its launch.
        launched_ms: when it was launched.
        ready_ms: when it began to accept jobs; later than `launched_ms` with `launch_seconds`.
        left_ms: when it was terminated or lost; None while it exists.
        runs: the attempts that ran on it, in the order in which they began.
    """

    instance_id: str
    instance_type: str
    milli_vcpus: int
    launched_ms: int
    ready_ms: int
    left_ms: int | None
    runs: tuple[HostRun, ...]


class EnvironmentUse(NamedTuple):
    """
    One compute environment: its hosts, and its vCPUs over time.

    Args:
        name: its name.
        hosts: its instances, in the order in which they were launched; empty on Fargate, on managed
            instances, and if it is unmanaged.
        runs: all its attempts, in the order in which they began.
        used: the vCPUs that attempts use.
        offered: the vCPUs of its instances from launch to end; without instances its maxvCpus, and empty
            if it has no limit.
    """

    name: str
    hosts: tuple[HostLine, ...]
    runs: tuple[HostRun, ...]
    used: tuple[Level, ...]
    offered: tuple[Level, ...]


def environments_of(record: Record) -> list[EnvironmentUse]:
    """Return the environments that have had hosts or attempts, in the order of their first one."""
    runs_of: dict[ComputeEnvironment, list[HostRun]] = {}
    runs_on: dict[Host, list[HostRun]] = {}
    for environment, host, run in sorted(_runs(record), key=lambda item: item[2].from_ms):
        runs_of.setdefault(environment, []).append(run)
        if host is not None:
            runs_on.setdefault(host, []).append(run)
    lines_of: dict[HostPool, list[HostLine]] = {}
    for host in record.hosts:
        lines_of.setdefault(host.pool, []).append(_line(record, host, runs_on.get(host, ())))
    found = []
    for environment, runs in runs_of.items():
        pool = environment.pool
        lines = [] if pool is None else lines_of.pop(pool, [])
        offered = _limits(record, environment) if pool is None else _offers(record, pool)
        found.append(
            EnvironmentUse(environment.name, tuple(lines), tuple(runs), _used(runs), offered)
        )
    for pool, lines in lines_of.items():
        found.append(EnvironmentUse(pool.name, tuple(lines), (), (), _offers(record, pool)))
    return sorted(found, key=_first_ms)


def _first_ms(use: EnvironmentUse) -> int:
    return use.hosts[0].launched_ms if use.hosts else use.runs[0].from_ms


def _line(record: Record, host: Host, runs: Sequence[HostRun]) -> HostLine:
    left_ms = host.terminated_at_ms
    return HostLine(
        host.instance_id,
        host.instance_type,
        host.launched_total.milli_vcpus,
        host.launched_at_ms - record.start_ms,
        host.ready_at_ms - record.start_ms,
        None if left_ms is None else left_ms - record.start_ms,
        tuple(runs),
    )


def _runs(record: Record) -> Iterator[tuple[ComputeEnvironment, Host | None, HostRun]]:
    """Yield each attempt with where it ran; the attempts of a multi-node job are those of its nodes."""
    for job in leaves(record.jobs):
        if isinstance(job, MultiNodeJob):
            for index in sorted(job.nodes):
                yield from _runs_of(record, job.nodes[index])
        elif isinstance(job, Job):
            yield from _runs_of(record, job)


def _runs_of(record: Record, job: Job) -> Iterator[tuple[ComputeEnvironment, Host | None, HostRun]]:
    attempts = {attempt.number: attempt for attempt in job.attempts}
    if job.attempt is not None:
        attempts[job.attempt.number] = job.attempt
    for number, from_ms, to_ms, has_failed in _periods(record, job) if attempts else ():
        attempt = attempts[number]
        run = HostRun(
            job,
            number,
            from_ms - record.start_ms,
            to_ms - record.start_ms,
            milli_vcpus(job),
            attempt is job.attempt,
            has_failed,
        )
        yield attempt.environment, attempt.host, run


def _periods(record: Record, job: Job) -> Iterator[tuple[int, int, int, bool]]:
    """Yield the number of each attempt, when it was placed, when it ended, and whether it failed."""
    number, from_ms = 0, None
    for move in job.history:
        if move.to_status in (STARTING, RUNNING):
            if from_ms is None:
                number, from_ms = move.attempt, move.at_ms
        elif from_ms is not None:
            yield number, from_ms, move.at_ms, move.to_status in (RUNNABLE, FAILED)
            from_ms = None
    if from_ms is not None:
        yield number, from_ms, max(record.end_ms, job.history[-1].at_ms), False


def _used(runs: Iterable[HostRun]) -> tuple[Level, ...]:
    changes = [(run.from_ms, run.milli_vcpus) for run in runs]
    changes += [(run.to_ms, -run.milli_vcpus) for run in runs if not run.is_under_way]
    return levels(changes)


def _offers(record: Record, pool: HostPool) -> tuple[Level, ...]:
    return levels((at_ms - record.start_ms, change) for at_ms, change in pool.offers)


def _limits(record: Record, environment: ComputeEnvironment) -> tuple[Level, ...]:
    limits = {at_ms: most for at_ms, most in environment.limits if most is not None}
    return tuple((max(at_ms - record.start_ms, 0), most) for at_ms, most in limits.items())


def levels(changes: Iterable[Level]) -> tuple[Level, ...]:
    """Return the sum of all changes so far, at each time at which it changes."""
    change_at: dict[int, int] = {}
    for at_ms, change in changes:
        change_at[at_ms] = change_at.get(at_ms, 0) + change
    total, found = 0, []
    for at_ms, change in sorted(change_at.items()):
        if change:
            total += change
            found.append((at_ms, total))
    return tuple(found)
