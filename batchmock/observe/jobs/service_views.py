"""Read-only views of service jobs, for the author of a test, and why one is where it is, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import cast, overload

from batchmock.errors import BatchMockError
from batchmock.names import ServiceJobStatus
from batchmock.observe.jobs.explain import clock_time
from batchmock.observe.jobs.selections import not_only, nothing_named
from batchmock.simulation.jobs.lifecycle import RUNNABLE, RUNNING, SUBMITTED, Transition
from batchmock.simulation.jobs.logs import lines_of
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob, training_job_name
from batchmock.simulation.service_jobs.queues import NUM_INSTANCES
from batchmock.simulation.service_jobs.scheduling import why_blocked
from batchmock.simulation.time.clock import Clock, to_datetime


def _datetime(epoch_ms: int | None) -> datetime | None:
    return None if epoch_ms is None else to_datetime(epoch_ms)


class ServiceAttemptView:
    """One attempt of a service job: a training job. Instants are aware UTC `datetime` objects, or None."""

    __slots__ = ("_attempt", "_clock", "_job")

    def __init__(self, job: ServiceJob, attempt: ServiceAttempt, clock: Clock) -> None:
        self._job = job
        self._attempt = attempt
        self._clock = clock

    @property
    def number(self) -> int:
        """1 for the first; one that SageMaker had no capacity for is not counted."""
        return self._attempt.number

    @property
    def training_job_name(self) -> str:
        """The name of its training job."""
        return training_job_name(self._job, self._attempt)

    @property
    def status_reason(self) -> str | None:
        """Why it ended."""
        return self._attempt.status_reason

    @property
    def started_at(self) -> datetime | None:
        """When it reached RUNNING."""
        return _datetime(self._attempt.started_at_ms)

    @property
    def stopped_at(self) -> datetime | None:
        """When it ended."""
        return _datetime(self._attempt.stopped_at_ms)

    @property
    def was_preempted(self) -> bool:
        """Whether it was stopped for another service job."""
        return self._attempt.was_preempted

    @property
    def logs(self) -> list[str]:
        """The lines that it has written until now."""
        return [line.text for line in lines_of(self._attempt, None, self._clock.epoch_ms)]

    def __repr__(self) -> str:
        return f"<ServiceAttempt {self.number} status_reason={self.status_reason!r}>"


class ServiceJobView:
    """One service job, as it is at the moment it is looked at."""

    __slots__ = ("_clock", "_job")

    def __init__(self, job: ServiceJob, clock: Clock) -> None:
        self._job = job
        self._clock = clock

    @property
    def id(self) -> str:
        """The job id."""
        return self._job.id

    @property
    def name(self) -> str:
        """The job name."""
        return self._job.name

    @property
    def status(self) -> ServiceJobStatus:
        """SUBMITTED, RUNNABLE, SCHEDULED, STARTING, RUNNING, SUCCEEDED or FAILED."""
        return cast("ServiceJobStatus", self._job.status)

    @property
    def status_reason(self) -> str | None:
        """The service job's `statusReason`, if it has one."""
        return self._job.status_reason

    @property
    def job_queue(self) -> str:
        """The name of its queue."""
        return self._job.queue.name

    @property
    def share(self) -> str | None:
        """The share identifier or the quota share that it belongs to."""
        return self._job.share or None

    @property
    def scheduling_priority(self) -> int:
        """Its scheduling priority, as last updated."""
        return self._job.priority

    @property
    def instances(self) -> dict[str, int]:
        """How many instances it runs on, by type."""
        counts: dict[str, int] = {}
        for instance_type, count in self._job.instances:
            counts[instance_type] = counts.get(instance_type, 0) + count
        return counts

    @property
    def attempts(self) -> list[ServiceAttemptView]:
        """The attempts that have ended, oldest first."""
        return [
            ServiceAttemptView(self._job, attempt, self._clock) for attempt in self._job.attempts
        ]

    @property
    def current_attempt(self) -> ServiceAttemptView | None:
        """The attempt under way, from SCHEDULED on."""
        attempt = self._job.attempt
        return None if attempt is None else ServiceAttemptView(self._job, attempt, self._clock)

    @property
    def max_attempts(self) -> int:
        """How often its retry strategy lets it be tried."""
        return self._job.retry.attempts

    @property
    def capacity_failures(self) -> int:
        """How often SageMaker had no capacity for it."""
        return self._job.capacity_failures

    @property
    def history(self) -> list[Transition]:
        """Its transitions, oldest first."""
        return list(self._job.history)

    @property
    def created_at(self) -> datetime:
        """When it was submitted."""
        return to_datetime(self._job.created_at_ms)

    @property
    def scheduled_at(self) -> datetime | None:
        """When its latest attempt became SCHEDULED."""
        return _datetime(self._job.scheduled_at_ms)

    @property
    def started_at(self) -> datetime | None:
        """When its latest attempt reached RUNNING."""
        return _datetime(self._job.started_at_ms)

    @property
    def stopped_at(self) -> datetime | None:
        """When it ended."""
        return _datetime(self._job.stopped_at_ms)

    @property
    def is_terminated(self) -> bool:
        """Whether a TerminateServiceJob was accepted."""
        return self._job.is_terminated

    def explain(self) -> str:
        """Say in words why the service job is where it is: what it waits for, what was decided."""
        return explain(self._job)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServiceJobView) and other._job is self._job

    def __hash__(self) -> int:
        return hash(self._job.id)

    def __repr__(self) -> str:
        return f"<ServiceJob {self.name!r} {self.id} {self.status}>"


class ServiceJobs(Sequence[ServiceJobView]):
    """Service jobs in the order of submission, a list that can be narrowed down."""

    def __init__(self, jobs: Iterable[ServiceJobView], selected: str = "") -> None:
        self._jobs = list(jobs)
        #: What `only` says about a selection of no jobs.
        self._selected = selected

    def named(self, glob: str) -> ServiceJobs:
        """Return the service jobs whose name is, or matches, a case-sensitive glob."""
        found = [job for job in self._jobs if fnmatchcase(job.name, glob)]
        names = [job.name for job in self._jobs]
        return ServiceJobs(found, "" if found else nothing_named(glob, names))

    def only(self) -> ServiceJobView:
        """
        Return the only service job.

        Raises:
            BatchMockError: there is no service job, or more than one.
        """
        if len(self._jobs) == 1:
            return self._jobs[0]
        raise BatchMockError(not_only(self._jobs, "service job", self._selected))

    @overload
    def __getitem__(self, index: int) -> ServiceJobView: ...
    @overload
    def __getitem__(self, index: slice) -> ServiceJobs: ...
    def __getitem__(self, index: int | slice) -> ServiceJobView | ServiceJobs:
        if isinstance(index, slice):
            return ServiceJobs(self._jobs[index])
        return self._jobs[index]

    def __len__(self) -> int:
        return len(self._jobs)

    def __repr__(self) -> str:
        return f"<ServiceJobs {self._jobs!r}>"


def explain(job: ServiceJob) -> str:
    """Say why a service job is where it is, one sentence a line."""
    since_ms = job.history[-1].at_ms if job.history else job.created_at_ms
    head = (
        f"service job {job.name!r} ({job.id}) has been {job.status} since {clock_time(since_ms)}."
    )
    return "\n".join([head, *_attempts(job), *_now(job)])


def _attempts(job: ServiceJob) -> Iterator[str]:
    for attempt in job.attempts:
        decision = attempt.decision
        how = f"Attempt {attempt.number} ended: {attempt.status_reason}."
        if decision is None:  # it succeeded: there was nothing to decide
            yield how
        else:
            verb = "It was retried" if decision.retry else "It was not retried"
            yield f"{how} {verb}: {decision.why}."
    if job.capacity_failures:
        times = "once" if job.capacity_failures == 1 else f"{job.capacity_failures} times"
        yield f"SageMaker had no capacity for it {times}, which uses up no attempt."


def _now(job: ServiceJob) -> Iterator[str]:
    if job.is_terminal:
        if job.last_attempt is None:
            yield f"It ended without a further attempt: {job.status_reason}."
        return
    if job.stop_reason is not None:
        yield f"A TerminateServiceJob was accepted: {job.stop_reason!r}."
    if job.preempted_by is not None:
        yield f"It is being preempted: {job.preempted_by}."
    if job.parked:
        yield (
            f"It is held at {job.status}; release({job.name!r}) lets it go on, and nothing else will."
        )
    elif job.status == RUNNABLE and job.is_ready:
        yield from _waiting(job)
    elif job.entry is not None:
        verb = "ends" if job.status == RUNNING else "goes on from there"
        yield f"It {verb} at {clock_time(job.entry.due_ms)}."
    else:
        yield "It hangs."
    if job.status == RUNNING and job.timeout_entry is not None:
        yield f"Its timeout is due at {clock_time(job.timeout_entry.due_ms)}."


def _waiting(job: ServiceJob) -> Iterator[str]:
    """Say what a job that could be dispatched waits for: its environment, its share, its turn."""
    environment = job.queue.environment
    if environment is None:
        raise AssertionError("only a queue that is being deleted has no environment, and no jobs")
    if not environment.accepts_jobs:
        why = "not VALID" if environment.enabled else "DISABLED"
        yield f"Service environment {environment.name!r} takes no jobs: it is {why}."
        return
    for unit, amount in environment.demand_of(job).items():
        limit, used = environment.limits.get(unit, 0), environment.usage.of(unit)
        yield (
            f"It asks for {_told(amount, unit)}; service environment {environment.name!r} has {limit}, of "
            f"which {used} are in use."
        )
        share = (job.queue.quota_shares or {}).get(job.share)
        if share is not None:
            yield (
                f"Its quota share {share.name!r} ({share.strategy}) has {share.limits.get(unit, 0)}, of "
                f"which it uses {share.usage.of(unit)}."
            )
    reason = why_blocked(job)
    if reason is not None:
        yield f"As things are it can never start: {reason}"
    first = job.queue.backlog_of(job).first()
    if first is not None and first is not job:
        yield f"Service job {first.name!r} ({first.id}) is before it."


def _told(amount: int, unit: str) -> str:
    if unit != NUM_INSTANCES:
        return f"{amount} {unit}"
    return f"{amount} instance" if amount == 1 else f"{amount} instances"


def never_reaches(job: ServiceJob, status: str, now_ms: int) -> str:
    """Say that a service job will not reach a status, and why, for a `StuckError`."""
    verb = "has ended" if job.is_terminal else "is stuck"
    passed = any(move.to_status == status for move in job.history) or status == SUBMITTED
    if passed:
        advice = f"It was {status} before: ask for it earlier, or look at history."
    elif job.is_terminal:
        advice = "Script another outcome for it, or ask for the status that it has."
    elif job.parked:
        advice = f"Release it first: batch_mock.release({job.name!r})."
    else:
        advice = "Nothing is scheduled that could change this: make room for it, or terminate it."
    return (
        f"batchmock: service job {job.name!r} ({job.id}) did not reach {status}; it {verb} "
        f"(clock is at {clock_time(now_ms)}).\n{explain(job)}\n{advice}"
    )
