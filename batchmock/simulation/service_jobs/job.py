"""
Service jobs and their attempts: plain records, which `service_engine` and its parts change.

A service job waits in a job queue like any other, but runs elsewhere: SageMaker runs a training job for
each attempt. Source: AWS Batch user guide, "Service jobs" and "Service job status" (documented).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from batchmock.simulation.jobs.lifecycle import (
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
    TERMINAL,
    Transition,
)
from batchmock.simulation.jobs.retry import RetryDecision, RetryStrategy

if TYPE_CHECKING:
    from batchmock.outcomes import LogLine, Outcome
    from batchmock.simulation.service_jobs.queues import ServiceEnvironment, ServiceQueue
    from batchmock.simulation.time.agenda import Entry

SCHEDULED: Final = "SCHEDULED"

SERVICE_JOB_STATUSES: Final = (
    SUBMITTED,
    PENDING,
    RUNNABLE,
    SCHEDULED,
    STARTING,
    RUNNING,
    SUCCEEDED,
    FAILED,
)

#: In these a training job exists, and the service job takes up capacity (documented).
DISPATCHED: Final = frozenset({SCHEDULED, STARTING, RUNNING})

#: From each status, those that a service job may have next. None is ever PENDING: a service job
#: depends on nothing (assumed; the status exists).
SERVICE_JOB_MOVES: Final[dict[str, frozenset[str]]] = {
    SUBMITTED: frozenset({RUNNABLE, FAILED}),
    RUNNABLE: frozenset({SCHEDULED, FAILED}),
    SCHEDULED: frozenset({STARTING, RUNNABLE, FAILED}),
    STARTING: frozenset({RUNNING, RUNNABLE, FAILED}),
    RUNNING: frozenset({SUCCEEDED, RUNNABLE, FAILED}),
    SUCCEEDED: frozenset(),
    FAILED: frozenset(),
}


class ServiceSubmission(NamedTuple):
    """
    What a service job is submitted with.

    `instances` are counts by instance type. `share` is the share identifier or the quota share that it
    belongs to. `preemption_retries` is None for no limit. `refusal` is how each attempt ends if SageMaker
    cannot use the payload. The simulation does not look at `request`.
    """

    name: str
    queue: ServiceQueue
    request: object
    instances: tuple[tuple[str, int], ...]
    training_job_name: str
    retry: RetryStrategy = RetryStrategy()
    timeout_ms: int | None = None
    priority: int = 0
    share: str = ""
    preemption_retries: int | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})
    parameters: Mapping[str, str] = MappingProxyType({})
    refusal: Outcome | None = None


class ServiceAttempt:
    """
    One training job, from SCHEDULED on. Times are milliseconds since the epoch.

    `started_at_ms` stays None of one that did not reach RUNNING. There is neither an exit code nor a
    reason of a container: the service knows the status reason only.
    """

    __slots__ = (
        "decision",
        "digits",
        "environment",
        "lasts_ms",
        "logs",
        "number",
        "outcome",
        "started_at_ms",
        "status_reason",
        "stopped_at_ms",
        "was_preempted",
    )

    exit_code: int | None = None
    reason: str | None = None
    #: Of containers the service knows nothing.
    plan: None = None

    def __init__(self, number: int, environment: ServiceEnvironment, digits: str) -> None:
        self.number = number
        self.environment = environment
        #: What the names of training jobs end with: 32 hexadecimal digits.
        self.digits = digits
        self.outcome: Outcome | None = None
        self.started_at_ms: int | None = None
        self.stopped_at_ms: int | None = None
        self.status_reason: str | None = None
        #: How long it runs if nothing ends it earlier; None until that is known, and of one that hangs.
        self.lasts_ms: int | None = None
        self.logs: tuple[LogLine, ...] = ()
        self.was_preempted = False
        self.decision: RetryDecision | None = None

    def __repr__(self) -> str:
        return f"<ServiceAttempt {self.number} {self.status_reason or 'live'}>"


class ServiceJob:
    """A service job. Made by `operations.service_jobs`, moved by `service_engine`."""

    __slots__ = (
        "attempt",
        "attempt_number",
        "attempts",
        "blocked_reason",
        "capacity_failures",
        "capacity_reason",
        "created_at_ms",
        "entry",
        "expired",
        "history",
        "holds",
        "id",
        "instances",
        "is_ready",
        "is_stopping",
        "is_terminated",
        "last_attempt",
        "latest_attempt",
        "name",
        "parked",
        "preempted_by",
        "priority",
        "queue",
        "request",
        "runnable_at_ms",
        "scheduled_at_ms",
        "sequence",
        "share",
        "started_at_ms",
        "status",
        "status_reason",
        "stop_reason",
        "stopped_at_ms",
        "submission",
        "suspected_reason",
        "timeout_entry",
        "tries_charged",
    )

    #: A service job depends on nothing.
    dependencies: tuple[ServiceJob, ...] = ()
    #: Nor is it part of another, or made of containers.
    parent: None = None
    array_index: None = None
    containers: tuple[()] = ()

    def __init__(self, job_id: str, submission: ServiceSubmission) -> None:
        self.id = job_id
        self.submission = submission
        self.name = submission.name
        self.queue = submission.queue
        self.request = submission.request
        self.instances = submission.instances
        self.priority = submission.priority
        self.share = submission.share
        self.sequence = 0
        self.created_at_ms = 0
        self.status = SUBMITTED
        self.status_reason: str | None = None
        self.runnable_at_ms: int | None = None
        self.scheduled_at_ms: int | None = None
        self.started_at_ms: int | None = None
        self.stopped_at_ms: int | None = None
        #: How many attempts were begun, preempted ones included.
        self.attempt_number = 0
        #: Which try of its retry strategy it is at: neither preemptions nor missing capacity count.
        self.tries_charged = 1
        #: How often SageMaker had no capacity for it.
        self.capacity_failures = 0
        self.attempt: ServiceAttempt | None = None
        #: The attempts that have ended, preempted ones included.
        self.attempts: list[ServiceAttempt] = []
        #: The attempt with which the job ended; None for one that ended without.
        self.last_attempt: ServiceAttempt | None = None
        #: The attempt whose training job was made last, one without capacity included.
        self.latest_attempt: ServiceAttempt | None = None
        self.history: list[Transition] = []
        self.is_terminated = False
        self.stop_reason: str | None = None
        #: Why it is being preempted, while its training job is being stopped for that.
        self.preempted_by: str | None = None
        #: Whether its training job is being stopped, whatever for.
        self.is_stopping = False
        #: What SageMaker said when it had no capacity for the latest try.
        self.capacity_reason: str | None = None
        #: Why it is RUNNABLE and holds up others: what will be noticed, and what the service says.
        self.suspected_reason: str | None = None
        self.blocked_reason: str | None = None
        #: Whether it has been RUNNABLE long enough to be dispatched.
        self.is_ready = False
        self.holds: frozenset[str] = frozenset()
        self.parked = False
        self.expired = False
        self.entry: Entry | None = None
        self.timeout_entry: Entry | None = None

    @property
    def retry(self) -> RetryStrategy:
        """How often it is tried, and the rules."""
        return self.submission.retry

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self.status in TERMINAL

    @property
    def is_dispatched(self) -> bool:
        """Whether it has a training job and takes up capacity."""
        return self.status in DISPATCHED

    @property
    def preempted_attempts(self) -> list[ServiceAttempt]:
        """Its attempts that were preempted, oldest first."""
        return [attempt for attempt in self.attempts if attempt.was_preempted]

    def __repr__(self) -> str:
        return f"<ServiceJob {self.name!r} {self.id} {self.status}>"


def live_attempt(job: ServiceJob) -> ServiceAttempt:
    """Give the attempt under way; there must be one."""
    if job.attempt is None:
        raise AssertionError(f"{job!r} has no attempt under way")
    return job.attempt


def training_job_name(job: ServiceJob, attempt: ServiceAttempt) -> str:
    """Give the name of an attempt's training job (documented: prefix, payload's name, attempt id)."""
    return f"AWSBatch{job.submission.training_job_name}{attempt.digits}"
