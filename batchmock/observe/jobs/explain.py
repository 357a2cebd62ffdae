"""Explain why a job or service job has its status, and why nothing more will happen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from batchmock.observe.jobs.held import functions_of, held_from, is_held_too, release_of
from batchmock.observe.jobs.pending import is_being_stopped, why_it_is_pending, will_fail_after
from batchmock.observe.jobs.positions import Positions
from batchmock.observe.jobs.service_waiting import why_service_job_waits
from batchmock.observe.jobs.waiting import why_it_waits, why_it_would_wait
from batchmock.observe.printable import printable
from batchmock.simulation.jobs.families import (
    ArrayJob,
    MultiNodeJob,
    Node,
    most_attempts,
)
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import (
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
)
from batchmock.simulation.placement.hosts import resolved
from batchmock.simulation.service_jobs.job import SCHEDULED, ServiceJob
from batchmock.simulation.time.clock import to_datetime
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob

#: The statuses that only the children of an array job have.
NEVER_OF_AN_ARRAY_PARENT: Final = (RUNNABLE, STARTING, RUNNING)

#: The number of jobs that `why_nothing_happens` explains; it counts the others.
_EXPLAINED: Final = 3


def clock_time(epoch_ms: int) -> str:
    """Format an instant for people: date and time, with milliseconds only if there are any."""
    moment = to_datetime(epoch_ms)
    exact = "milliseconds" if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec=exact)


def explain(job: TrackedJob, positions: Positions | None = None) -> str:
    """
    Explain why a job or service job has its status, one sentence per line.

    Args:
        job: the job.
        positions: shared by the jobs that are explained at the same instant.
    """
    head = f"{_label(job)} has been {job.status} since {clock_time(job.since_ms)}."
    return printable("\n".join([head, *_attempts(job), *_now(job, positions or Positions())]))


def never_reaches(job: TrackedJob, status: str, now_ms: int) -> str:
    """Return the message of a `StuckError`: a job will not reach a status, why, and what to do instead."""
    verb = "has ended" if job.is_terminal else "is stuck"
    return (
        f"batchmock: {_label(job)} did not reach {status}; it {verb} "
        f"(clock is at {clock_time(now_ms)}).\n{explain(job)}\n{_advice(job, status)}"
    )


def _label(job: TrackedJob) -> str:
    kind = "service job" if isinstance(job, ServiceJob) else "job"
    return f"{kind} {job.name!r} ({job.id})"


def _attempts(job: TrackedJob) -> Iterator[str]:
    for attempt in job.attempts:
        yield f"{_numbered(job, attempt.number)} {_ending(job, attempt)}"
    if isinstance(job, ServiceJob) and job.capacity_failures:
        times = "once" if job.capacity_failures == 1 else f"{job.capacity_failures} times"
        yield f"{job.kind.service} had no capacity for it {times}, which uses up no attempt."


def _numbered(job: TrackedJob, number: int) -> str:
    """Return an attempt with its number; preempted attempts of service jobs don't count towards a total."""
    if isinstance(job, ServiceJob):
        return f"Attempt {number}"
    return f"Attempt {number} of {most_attempts(job)}"


def _ending(job: TrackedJob, attempt: TrackedAttempt) -> str:
    because = _because(attempt)
    decision = attempt.decision
    if decision is None:  # it succeeded, so there was no retry decision
        return "exited with code 0." if attempt.exit_code == 0 else f"completed{because}."
    if attempt.started_at_ms is None:
        how = "never started"
    elif isinstance(job, ServiceJob):
        how = "ended"
    elif attempt.exit_code is None:
        how = "ended without an exit code"
    else:
        how = f"exited with code {attempt.exit_code}"
    if isinstance(job, Node) and not job.is_main:
        # It is retried with its job, or not at all.
        return f"{how}{because}."
    verb = "It was retried" if decision.retry else "It was not retried"
    return f"{how}{because}. {verb}: {decision.why}."


def _because(attempt: TrackedAttempt) -> str:
    """Return the reasons of an attempt in parentheses."""
    raised = _raised_in(attempt)
    reasons = [attempt.status_reason, attempt.reason, raised and f"its function raised {raised}"]
    because = "; ".join(text for text in reasons if text)
    return f" ({because})" if because else ""


def _raised_in(attempt: TrackedAttempt) -> str | None:
    """Return the last line of the traceback of the test's own function, if it raised."""
    outcome = attempt.outcome
    return None if outcome is None or attempt.exit_code != 1 else outcome.raised


def _now(job: TrackedJob, positions: Positions) -> Iterator[str]:
    if isinstance(job, ArrayJob):
        yield from _children(job, positions)
    elif isinstance(job, MultiNodeJob):
        yield from _nodes(job)
    if job.is_terminal:
        yield from _end(job)
        return
    if job.stop_reason is not None:
        yield f"A {_stop_request(job)} was accepted: {job.stop_reason!r}."
    if isinstance(job, ServiceJob) and job.preempted_by is not None:
        yield f"It is being preempted: {job.preempted_by}."
    if job.parked:
        only = "" if job.timeout_entry or job.stop_reason is not None else ", and nothing else does"
        yield f"It is held at {job.status}; {release_of(job)}{only}."
        yield from _timeout(job)
        if isinstance(job, Job) and job.status == RUNNABLE and not isinstance(job, ArrayJob):
            yield from why_it_would_wait(job)
        elif isinstance(job, Job) and job.status == PENDING and will_fail_after(job):
            yield from why_it_is_pending(job)
    else:
        yield from _waiting(job, positions)


def _stop_request(job: TrackedJob) -> str:
    if isinstance(job, ServiceJob):
        return "TerminateServiceJob"
    return "TerminateJob" if job.is_terminated else "CancelJob"


def _children(job: ArrayJob, positions: Positions) -> Iterator[str]:
    """Count the children, and explain the first that FAILED, and the first that has not ended."""
    counts = ", ".join(f"{count} {status}" for status, count in job.summary.items() if count)
    yield f"Its {job.size} children: {counts}."
    failed = next((child for child in job.children if child.status == FAILED), None)
    if failed is not None:
        yield f"The first FAILED child: {explain(failed)}"
    unfinished = next((child for child in job.children if not child.is_terminal), None)
    if unfinished is not None:
        yield f"The first unfinished child: {explain(unfinished, positions)}"


def _nodes(job: MultiNodeJob) -> Iterator[str]:
    """Explain how the nodes ended that FAILED on their own, apart from the main node, which ends the job."""
    failed = [
        node
        for _, node in sorted(job.nodes.items())
        if node.status == FAILED and not node.is_main and node.last_attempt is not None
    ]
    for node in failed[:_EXPLAINED]:
        attempt = node.last_attempt
        because = "" if attempt is None else _because(attempt)
        code = None if attempt is None else attempt.exit_code
        how = "ended without an exit code" if code is None else f"exited with code {code}"
        yield f"Node {node.node_index} {how}{because}."
    if len(failed) > _EXPLAINED:
        yield f"{len(failed) - _EXPLAINED:,} more nodes FAILED."


def _end(job: TrackedJob) -> Iterator[str]:
    if job.status == SUCCEEDED or isinstance(job, ArrayJob):
        # The children of an array job have been explained.
        return
    failed = will_fail_after(job)
    if failed is not None and not job.attempts:
        yield f"It depended on {_label(failed)}, which FAILED: {failed.status_reason}."
    elif job.last_attempt is None:
        yield f"It ended without another attempt: {job.status_reason}."


def _waiting(job: TrackedJob, positions: Positions) -> Iterator[str]:
    if isinstance(job, Node) and job.is_main:
        # It moves with its job, which has the times.
        job = job.parent
    number = _numbered(job, job.attempt_number)
    if isinstance(job, ServiceJob) and job.is_stopping:
        yield f"{number} is being stopped, and ends {_due(job)}."
    elif isinstance(job, Job) and is_being_stopped(job):
        yield f"{number} is being stopped, and ends when its containers have, after the grace at the latest."
    elif (held_ms := held_from(job)) is not None:
        yield f"It is held at {job.status} from {clock_time(held_ms)} on; {release_of(job)}."
        yield from _timeout(job)
    else:
        yield from _stage(job, number, positions)
        if is_held_too(job):
            yield f"It is held at {job.status}, too; {release_of(job)} after that."


def _stage(job: TrackedJob, number: str, positions: Positions) -> Iterator[str]:
    if job.status == SUBMITTED:
        yield f"It leaves SUBMITTED {_due(job)}."
    elif job.status == PENDING and isinstance(job, Job):
        yield from why_it_is_pending(job)
    elif job.status == RUNNABLE:
        yield from _runnable(job, positions)
    elif job.status == SCHEDULED:
        yield f"{number} leaves SCHEDULED {_due(job)}."
    elif job.status == STARTING:
        yield f"{number} starts {_due(job)}."
    else:
        yield from _running(job, number)


def _runnable(job: TrackedJob, positions: Positions) -> Iterator[str]:
    if isinstance(job, Job) and job.waits_for_capacity:
        yield from why_it_waits(job, positions)
        yield from _earliest(job.queue.start_of(job))
    elif isinstance(job, ServiceJob) and job.is_ready:
        yield from why_service_job_waits(job, positions)
        yield from _earliest(job.queue.start_of(job))
    elif isinstance(job, Job) and job.reservation is not None and job.reservation.hosts:
        host = max(map(resolved, job.reservation.hosts), key=lambda host: host.ready_at_ms)
        yield (
            f"It waits for instance {host.instance_id} ({host.instance_type}) to be launched, at "
            f"{clock_time(host.ready_at_ms)}."
        )
    else:
        yield f"It waits to be placed as attempt {job.attempt_number}, {_due(job)}."


def _earliest(start_ms: int | None) -> Iterator[str]:
    if start_ms is not None:
        yield (
            f"It starts at the earliest at {clock_time(start_ms)} (if nothing else is submitted or changed)."
        )


def _running(job: TrackedJob, number: str) -> Iterator[str]:
    functions = functions_of(job)
    if functions:
        wakes_ms = min(
            (each.wakes_ms for each in functions if each.wakes_ms is not None), default=None
        )
        until = "" if wakes_ms is None else f" and sleeps until {clock_time(wakes_ms)}"
        yield f"{number} runs a function that has not returned{until}."
    elif job.entry is None:
        yield f"{number} hangs."
    else:
        yield f"{number} runs and ends {_due(job)}."
    if job.timeout_entry is not None:
        yield from _timeout(job)
    elif isinstance(job, Node):
        yield "It is stopped when the main node ends."
    elif job.entry is None and not functions:
        request = "TerminateServiceJob" if isinstance(job, ServiceJob) else "TerminateJob"
        yield f"It has no timeout, so only a {request} ends it."


def _timeout(job: TrackedJob) -> Iterator[str]:
    if job.timeout_entry is not None:
        yield f"Its timeout is due at {clock_time(job.timeout_entry.due_ms)}."


def _due(job: TrackedJob) -> str:
    return "soon" if job.entry is None else f"at {clock_time(job.entry.due_ms)}"


def _advice(job: TrackedJob, status: str) -> str:
    if status == SUBMITTED or any(move.to_status == status for move in job.history):
        return f"It was {status} before: wait for that status earlier, or look at history."
    if isinstance(job, ArrayJob) and status in NEVER_OF_AN_ARRAY_PARENT:
        return f"An array job is never {status}, its children are: wait for {job.id + ':0'!r}."
    if job.is_terminal:
        return "Script another outcome for it, or wait for the status that it has."
    if job.parked:
        return f"Release it first: batch_mock.release({job.name!r})."
    stuck = "Nothing is scheduled that could change this"
    if job.status == RUNNING:
        return f"{stuck}: terminate it, or give it a timeout."
    return f"{stuck}."


def why_nothing_happens(jobs: Sequence[TrackedJob]) -> str:
    """Explain the jobs that have not ended, or else the last jobs that have."""
    if not jobs:
        return "No job was submitted."
    waiting = [job for job in jobs if not job.is_terminal]
    positions = Positions()
    lines = [explain(job, positions) for job in waiting[:_EXPLAINED] or jobs[-_EXPLAINED:]]
    if not waiting:
        lines.insert(0, "All jobs have ended.")
    if len(waiting) > _EXPLAINED:
        more = len(waiting) - _EXPLAINED
        lines.append(f"{more:,} more {'job has' if more == 1 else 'jobs have'} not ended.")
    return "\n".join(lines)
