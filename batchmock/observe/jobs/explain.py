"""Why a job is where it is, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from batchmock.observe.jobs.waiting import why_it_waits
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob
from batchmock.simulation.jobs.job import Attempt, Job
from batchmock.simulation.jobs.lifecycle import (
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
)
from batchmock.simulation.time.clock import to_datetime

#: What an array parent never is; code that wants it means a child.
NEVER_OF_AN_ARRAY_PARENT: Final = (RUNNABLE, STARTING, RUNNING)


def clock_time(epoch_ms: int) -> str:
    """Write an instant as people read it: date, time, and milliseconds only if there are any."""
    moment = to_datetime(epoch_ms)
    exact = "milliseconds" if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec=exact)


def since_ms(job: Job) -> int:
    """Give the instant at which the job came into its status."""
    return job.history[-1].at_ms if job.history else job.created_at_ms


def explain(job: Job) -> str:
    """Say why a job is where it is, one sentence a line: attempts, decisions, and what it waits for."""
    head = f"job {job.name!r} ({job.id}) has been {job.status} since {clock_time(since_ms(job))}."
    return "\n".join([head, *_attempts(job), *_now(job)])


def _attempts(job: Job) -> Iterator[str]:
    for attempt in job.attempts:
        yield f"Attempt {attempt.number} of {job.retry.attempts} {_ending(attempt)}"


def _ending(attempt: Attempt) -> str:
    decision = attempt.decision
    if decision is None:  # it succeeded: there was nothing to decide
        return "exited with code 0."
    if attempt.started_at_ms is None:
        how = "never started"
    elif attempt.exit_code is None:
        how = "ended without an exit code"
    else:
        how = f"exited with code {attempt.exit_code}"
    because = "; ".join(text for text in (attempt.status_reason, attempt.reason) if text)
    verb = "It was retried" if decision.retry else "It was not retried"
    return f"{how} ({because}). {verb}: {decision.why}."


def _now(job: Job) -> Iterator[str]:
    if isinstance(job, ArrayJob):
        yield from _children(job)
    if job.is_terminal:
        yield from _end(job)
        return
    if job.stop_reason is not None:
        request = "TerminateJob" if job.is_terminated else "CancelJob"
        yield f"A {request} was accepted: {job.stop_reason!r}."
    if job.parked:
        yield (
            f"It is held at {job.status}; release({job.name!r}) lets it go on, and nothing else will."
        )
        return
    yield from _waiting(job)


def _children(job: ArrayJob) -> Iterator[str]:
    """Count the children, and name the first that FAILED, or that has not ended."""
    counts = ", ".join(f"{count} {status}" for status, count in job.summary.items() if count)
    yield f"Its {job.size} children: {counts}."
    wanted = [child for child in job.children if child.status == FAILED]
    if not job.is_terminal:
        wanted = [child for child in job.children if not child.is_terminal]
    if wanted:
        yield f"The first of those: {explain(wanted[0])}"


def _end(job: Job) -> Iterator[str]:
    failed = job.failed_dependency
    if failed is None and isinstance(job, ArrayChild):
        failed = job.parent.failed_dependency
    if job.status == SUCCEEDED or isinstance(job, ArrayJob):
        # What is to be said of an array job, its children have said.
        return
    if failed is not None and not job.attempts and job.stop_reason is None:
        yield f"It depended on job {failed.name!r} ({failed.id}), which FAILED: {failed.status_reason}."
    elif job.last_attempt is None:
        yield f"It ended without a further attempt: {job.status_reason}."


def _waiting(job: Job) -> Iterator[str]:
    if job.status == SUBMITTED:
        yield f"It leaves SUBMITTED {_due(job)}."
    elif job.status == PENDING:
        yield from _dependencies(job)
        if isinstance(job, ArrayChild):
            yield from _dependencies(job.parent)
    elif job.status == RUNNABLE and job.waits_for_capacity:
        yield from why_it_waits(job)
    elif job.status == RUNNABLE and job.reservation is not None and job.reservation.hosts:
        host = max(job.reservation.hosts, key=lambda host: host.ready_at_ms)
        yield (
            f"It waits for instance {host.instance_id} ({host.instance_type}) to be launched, at "
            f"{clock_time(host.ready_at_ms)}."
        )
    elif job.status == RUNNABLE:
        yield f"It waits to be placed as attempt {job.attempt_number}, {_due(job)}."
    elif job.status == STARTING:
        yield f"Attempt {job.attempt_number} of {job.retry.attempts} starts {_due(job)}."
    else:
        yield from _running(job)


def _dependencies(job: Job) -> Iterator[str]:
    for dependency in job.dependencies:
        if not dependency.is_terminal:
            yield (
                f"It waits for job {dependency.name!r} ({dependency.id}), "
                f"which is {dependency.status}."
            )


def _running(job: Job) -> Iterator[str]:
    if job.entry is None:
        yield f"Attempt {job.attempt_number} of {job.retry.attempts} hangs."
    else:
        yield f"Attempt {job.attempt_number} of {job.retry.attempts} runs and ends {_due(job)}."
    if job.timeout_entry is not None:
        yield f"Its timeout is due at {clock_time(job.timeout_entry.due_ms)}."
    elif job.entry is None:
        yield "It has no timeout, so that only a TerminateJob ends it."


def _due(job: Job) -> str:
    return "soon" if job.entry is None else f"at {clock_time(job.entry.due_ms)}"


def never_reaches(job: Job, status: str, now_ms: int) -> str:
    """Say that a job will not reach a status, and why, for a `StuckError`."""
    verb = "has ended" if job.is_terminal else "is stuck"
    passed = any(move.to_status == status for move in job.history) or status == SUBMITTED
    advice = (
        f"It was {status} before: ask for it earlier, or look at history."
        if passed
        else _advice(job, status)
    )
    return (
        f"batchmock: job {job.name!r} ({job.id}) did not reach {status}; it {verb} "
        f"(clock is at {clock_time(now_ms)}).\n{explain(job)}\n{advice}"
    )


def _advice(job: Job, status: str) -> str:
    if isinstance(job, ArrayJob) and status in NEVER_OF_AN_ARRAY_PARENT:
        return f"An array job is never {status}, its children are: ask for {job.id + ':0'!r}."
    if job.is_terminal:
        return "Script another outcome for it, or ask for the status that it has."
    if job.parked:
        return f"Release it first: batch_mock.release({job.name!r})."
    if job.status == RUNNABLE:
        return "Nothing is scheduled that could change this."
    if job.status == RUNNING:
        return "Nothing is scheduled that could change this: terminate it, or give it a timeout."
    return "Nothing is scheduled that could change this: let what it waits for end."
