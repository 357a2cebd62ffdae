"""Explain why a RUNNABLE service job does not start: capacity, shares, jobs ahead, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator

from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import NUM_INSTANCES, ServiceEnvironment
from batchmock.simulation.service_jobs.scheduling import why_blocked


def why_service_job_waits(job: ServiceJob) -> Iterator[str]:
    """Yield sentences that explain why a job that could be dispatched has not been."""
    environment = job.queue.environment
    if environment is None:
        raise AssertionError("only a queue that is being deleted has no environment, and no jobs")
    ahead = _ahead(job)
    if ahead is None:
        yield f"It is the first in job queue {job.queue.name!r}."
    else:
        yield f"Service job {ahead.name!r} ({ahead.id}) is ahead of it."
    if not environment.accepts_jobs:
        yield f"Service environment {environment.name!r} takes no jobs: it is {_state(environment)}."
    for unit, amount in environment.demand_of(job).items():
        limit, used = environment.limits.get(unit, 0), environment.usage.of(unit)
        yield (
            f"It requests {_amount(amount, unit)}; service environment {environment.name!r} has {limit}, "
            f"of which {used} are in use."
        )
        share = (job.queue.quota_shares or {}).get(job.share)
        if share is not None:
            yield (
                f"Its quota share {share.name!r} ({share.strategy}) has {share.limits.get(unit, 0)}, of "
                f"which it uses {share.usage.of(unit)}."
            )
    reason = why_blocked(job)
    if reason is not None:
        yield f"It can't start: {reason}"
    yield f"To start it: {_remedy(job, environment, ahead)}."


def _ahead(job: ServiceJob) -> ServiceJob | None:
    first = job.queue.backlog_of(job).first()
    return None if first is job else first


def _state(environment: ServiceEnvironment) -> str:
    return "not VALID" if environment.enabled else "DISABLED"


def _remedy(job: ServiceJob, environment: ServiceEnvironment, ahead: ServiceJob | None) -> str:
    """Return the advice that would start a waiting job."""
    if not environment.enabled:
        return f"enable service environment {environment.name!r}"
    if not environment.valid:
        return f"let service environment {environment.name!r} become VALID"
    demand = environment.demand_of(job)
    if not environment.could_hold(demand):
        needed = ", ".join(_amount(amount, unit) for unit, amount in demand.items())
        return (
            f"raise the capacity limit of service environment {environment.name!r} to {needed} or "
            "more, or request less"
        )
    if why_blocked(job) is not None:
        return f"raise the limits of quota share {job.share!r}, or request less"
    if ahead is not None and why_blocked(ahead) is not None:
        return f"terminate service job {ahead.name!r}, which can't start"
    return "let jobs that are ahead of it, or that run, end"


def _amount(amount: int, unit: str) -> str:
    if unit != NUM_INSTANCES:
        return f"{amount} {unit}"
    return f"{amount} instance" if amount == 1 else f"{amount} instances"
