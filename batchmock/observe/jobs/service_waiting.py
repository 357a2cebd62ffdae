"""Explain why a RUNNABLE service job does not start: its position, capacity, shares, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchmock.observe.jobs.positions import Ahead, Positions
from batchmock.observe.jobs.remedies import let_end, names_of
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import (
    NUM_INSTANCES,
    ServiceEnvironment,
    UnitCounts,
    Usage,
)
from batchmock.simulation.service_jobs.scheduling import active_shares, first_jobs, why_blocked


def why_service_job_waits(job: ServiceJob, positions: Positions) -> Iterator[str]:
    """Yield sentences that explain why a job that could be dispatched has not been."""
    environment = job.queue.environment
    if environment is None:
        raise AssertionError("only a queue that is being deleted has no environment, and no jobs")
    ahead = positions.ahead_of_service_job(job)
    yield _position(job, environment, ahead)
    yield from _next_share(job)
    if not environment.accepts_jobs:
        yield f"Service environment {environment.name!r} takes no jobs: it is {_state(environment)}."
    yield from _capacity(job, environment)
    yield from _reserved(job, environment)
    reason = why_blocked(job)
    if reason is not None:
        yield f"It can't start: {reason}"
    yield f"To start it: {_remedy(job, environment, ahead)}."


def _position(job: ServiceJob, environment: ServiceEnvironment, ahead: Ahead[ServiceJob]) -> str:
    where = f"job queue {job.queue.name!r}"
    if job.share:
        where = f"share {job.share!r} of {where}"
    first = ahead.first
    if first is None:
        return f"It is the first in {where}."
    can_start = "" if why_blocked(first) is None else " and can't start"
    return (
        f"It is number {ahead.number + 1} in {where}; the first is service job {first.name!r} ({first.id}), "
        f"which requests {_amounts(environment, first)}{can_start}."
    )


def _next_share(job: ServiceJob) -> Iterator[str]:
    """Name the share that is next in a fair-share queue, if it is a different one."""
    first = _first_of_another_share(job)
    if first is not None:
        yield (
            f"Share {first.share!r} is next because it has used less; its first is service job "
            f"{first.name!r} ({first.id}), which requests {_amounts(job.queue.environment, first)}."
        )


def _first_of_another_share(job: ServiceJob) -> ServiceJob | None:
    """Return the next job of a fair-share queue if it belongs to another share."""
    queue = job.queue
    if queue.policy is None:
        return None
    first = next(iter(first_jobs(queue, queue.changed_ms)), None)
    return None if first is None or first.share == job.share else first


def _capacity(job: ServiceJob, environment: ServiceEnvironment) -> Iterator[str]:
    for unit, amount in environment.demand_of(job).items():
        limit, used = environment.limits.get(unit, 0), environment.usage.of(unit)
        users = [user for user, amounts in environment.usage.jobs.items() if amounts.get(unit)]
        yield (
            f"It requests {_amount(amount, unit)}; service environment {environment.name!r} has {limit}, "
            f"of which {used} are in use{f' by {names_of(users)}' if users else ''}."
        )
        share = (job.queue.quota_shares or {}).get(job.share)
        if share is not None:
            yield (
                f"Its quota share {share.name!r} ({share.strategy}) has {share.limits.get(unit, 0)}, of "
                f"which it uses {share.usage.of(unit)}."
            )


def _reserved(job: ServiceJob, environment: ServiceEnvironment) -> Iterator[str]:
    """Name what a fair-share policy keeps for inactive shares, if that is more than what is left."""
    queue, demand = job.queue, environment.demand_of(job)
    if queue.policy is None or not environment.has_room_for(demand):
        return
    active = len(active_shares(queue) | {job.share})
    for unit, amount in demand.items():
        most = queue.policy.available(environment.limits.get(unit, 0), active)
        if environment.usage.of(unit) + amount > most:
            yield (
                f"Job queue {queue.name!r} keeps room for inactive shares (computeReservation): active "
                f"shares may use {_amount(int(most), unit)}."
            )


def _state(environment: ServiceEnvironment) -> str:
    return "not VALID" if environment.enabled else "DISABLED"


def _remedy(job: ServiceJob, environment: ServiceEnvironment, ahead: Ahead[ServiceJob]) -> str:
    """Return the advice that would start a waiting job."""
    if not environment.enabled:
        return f"enable service environment {environment.name!r}"
    if not environment.valid:
        return f"let service environment {environment.name!r} become VALID"
    if not environment.could_hold(environment.demand_of(job)):
        return (
            f"raise the capacity limit of service environment {environment.name!r} to "
            f"{_amounts(environment, job)} or more, or request less"
        )
    if why_blocked(job) is not None:
        return f"raise the limits of quota share {job.share!r}, or request less"
    return "; ".join(_steps(job, environment, ahead)) or "let time move, with tick() or run()"


def _steps(
    job: ServiceJob, environment: ServiceEnvironment, ahead: Ahead[ServiceJob]
) -> Iterator[str]:
    """Yield what has to happen for a job that fits: jobs ahead of it start, and others end."""
    first = ahead.first or _first_of_another_share(job)
    is_blocked = first is not None and why_blocked(first) is not None
    if first is not None and is_blocked:
        yield f"terminate service job {first.name!r}, which can't start"
    users, limits, usage = _users(job, environment)
    demand = environment.demand_of(job)

    def suffices(going: Sequence[ServiceJob]) -> bool:
        return all(
            limits.get(unit, 0)
            - usage.of(unit)
            + sum(usage.jobs[other].get(unit, 0) for other in going)
            >= amount
            for unit, amount in demand.items()
        )

    if users:
        yield let_end(users, suffices)
    if ahead.number and not is_blocked:
        yield (
            "the job ahead of it starts first"
            if ahead.number == 1
            else (f"the {ahead.number:,} jobs ahead of it start first")
        )
    elif first is not None and not is_blocked:
        yield f"service job {first.name!r} of share {first.share!r} starts first"


def _users(
    job: ServiceJob, environment: ServiceEnvironment
) -> tuple[list[ServiceJob], UnitCounts, Usage]:
    """Return the jobs that use what a job needs: those of its quota share if that is full, or all."""
    demand = environment.demand_of(job)
    limits, usage = environment.limits, environment.usage
    share = (job.queue.quota_shares or {}).get(job.share)
    if share is not None and not share.may_use(demand):
        limits, usage = share.limits, share.usage
    users = [user for user, amounts in usage.jobs.items() if demand.keys() & amounts.keys()]
    return users, limits, usage


def _amounts(environment: ServiceEnvironment | None, job: ServiceJob) -> str:
    """Format what a job requests in an environment."""
    demand = {} if environment is None else environment.demand_of(job)
    return ", ".join(_amount(amount, unit) for unit, amount in demand.items())


def _amount(amount: int, unit: str) -> str:
    if unit != NUM_INSTANCES:
        return f"{amount} {unit}"
    return f"{amount} instance" if amount == 1 else f"{amount} instances"
