"""
Service jobs and their attempts: plain records, which the tracker of service jobs and its parts change.

A service job waits in a job queue like any other job, but runs elsewhere: another service runs each attempt.
Source: AWS Batch user guide, "Service jobs" and "Service job status" (documented).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from batchmock.simulation.jobs.lifecycle import (
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
)
from batchmock.simulation.jobs.retry import RetryStrategy
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob

if TYPE_CHECKING:
    from batchmock.simulation.service_jobs.kind import Payload, ServiceKind
    from batchmock.simulation.service_jobs.queues import ServiceEnvironment, ServiceQueue

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

#: The statuses in which an attempt exists, and the service job takes up capacity (documented).
DISPATCHED: Final = frozenset({SCHEDULED, STARTING, RUNNING})

#: The statuses that may follow each status. No service job is ever PENDING: it depends on nothing (assumed;
#: the status exists).
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
    The parameters of a submitted service job.

    `share` is the share identifier or the quota share that it belongs to. `preemption_retries` is None for
    no limit. The simulation does not read `request`.
    """

    name: str
    queue: ServiceQueue
    request: object
    kind: ServiceKind
    payload: Payload
    retry: RetryStrategy = RetryStrategy()
    timeout_ms: int | None = None
    priority: int = 0
    share: str = ""
    preemption_retries: int | None = None


class ServiceAttempt(TrackedAttempt):
    """
    One attempt of a service job, from SCHEDULED on.

    It has neither an exit code nor the reason of a container: Batch knows the status reason only.
    """

    __slots__ = ("digits", "was_preempted")

    environment: ServiceEnvironment

    def __init__(self, number: int, environment: ServiceEnvironment, digits: str) -> None:
        super().__init__(number, environment)
        #: The suffix of the name of the service's resource: 32 hexadecimal digits.
        self.digits = digits
        self.was_preempted = False


class ServiceJob(TrackedJob):
    """A service job."""

    __slots__ = (
        "blocked_reason",
        "capacity_failures",
        "capacity_reason",
        "instances",
        "is_ready",
        "is_stopping",
        "kind",
        "latest_attempt",
        "payload",
        "preempted_by",
        "priority",
        "runnable_at_ms",
        "scheduled_at_ms",
        "share",
        "submission",
        "suspected_reason",
        "tries_charged",
    )

    moves = SERVICE_JOB_MOVES
    #: Batch does not know its containers.
    containers: tuple[()] = ()
    parent: None = None
    queue: ServiceQueue
    attempt: ServiceAttempt | None
    attempts: tuple[ServiceAttempt, ...]
    last_attempt: ServiceAttempt | None

    def __init__(self, job_id: str, submission: ServiceSubmission) -> None:
        super().__init__(
            job_id,
            submission.name,
            submission.queue,
            submission.retry,
            submission.timeout_ms,
            submission.request,
        )
        self.submission = submission
        self.kind = submission.kind
        self.payload = submission.payload
        self.instances = submission.payload.instances
        self.priority = submission.priority
        self.share = submission.share
        self.runnable_at_ms: int | None = None
        self.scheduled_at_ms: int | None = None
        #: The number of the current try in its retry strategy: preemptions and missing capacity don't count.
        self.tries_charged = 1
        #: The number of times that the service had no capacity for it.
        self.capacity_failures = 0
        #: The attempt that was SCHEDULED last, even if the service had no capacity for it.
        self.latest_attempt: ServiceAttempt | None = None
        #: The reason of a preemption in progress.
        self.preempted_by: str | None = None
        #: Whether its attempt is being stopped, for any reason.
        self.is_stopping = False
        #: The reason that the service gave when it had no capacity for the latest try.
        self.capacity_reason: str | None = None
        #: Why it is RUNNABLE and holds up others: before and after the service reports it.
        self.suspected_reason: str | None = None
        self.blocked_reason: str | None = None
        #: Whether it has been RUNNABLE long enough to be dispatched.
        self.is_ready = False

    @property
    def is_dispatched(self) -> bool:
        """Whether it has an attempt and takes up capacity."""
        return self.status in DISPATCHED

    @property
    def preempted_attempts(self) -> list[ServiceAttempt]:
        """The attempts that were preempted, oldest first."""
        return [attempt for attempt in self.attempts if attempt.was_preempted]
