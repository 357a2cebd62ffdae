"""The lines of a job's log, for assertions in tests."""

from __future__ import annotations

from batchmock.errors import BatchMockError
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.logs import lines_of
from batchmock.simulation.jobs.tasks import ONLY_CONTAINER
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob


def lines(
    job: Job | ServiceJob, attempt: int | None, container: str | None, now_ms: int
) -> list[str]:
    """
    Return the lines that an attempt of a job has written.

    Args:
        job: the job.
        attempt: the attempt's number, from 1; None for the latest.
        container: the name of one of several containers; None for the deciding one.
        now_ms: the current time.

    Raises:
        BatchMockError: there is no such attempt, or no such container.
    """
    _check_container(job, container)
    found = _attempt(job, attempt)
    return [] if found is None else [line.text for line in lines_of(found, container, now_ms)]


def _attempt(job: Job | ServiceJob, number: int | None) -> Attempt | ServiceAttempt | None:
    attempts: list[Attempt | ServiceAttempt] = [*job.attempts]
    if job.attempt is not None:
        attempts.append(job.attempt)
    if number is None:
        return attempts[-1] if attempts else None
    if not isinstance(number, int) or not 1 <= number <= len(attempts):
        raise BatchMockError(
            f"batchmock: job {job.name!r} ({job.id}) has no attempt {number!r}; it has had "
            f"{len(attempts)}. Pass a number from 1 on, or leave it out for the latest."
        )
    return attempts[number - 1]


def _check_container(job: Job | ServiceJob, container: str | None) -> None:
    if container is not None and isinstance(job, ServiceJob):
        raise BatchMockError(
            f"batchmock: {job.name!r} ({job.id}) is a service job, and AWS Batch does not know the "
            f"containers of service jobs. Leave out container={container!r}."
        )
    names = [item.name for item in job.containers] or [ONLY_CONTAINER]
    if container is not None and container not in names:
        raise BatchMockError(
            f"batchmock: job {job.name!r} ({job.id}) has no container {container!r}. "
            f"It has {', '.join(repr(name) for name in names)}."
        )
