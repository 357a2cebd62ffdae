"""
The records that jobs and service jobs share.

Plain values that only a tracker changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from batchmock.simulation.jobs.lifecycle import SUBMITTED, TERMINAL, Transition
from batchmock.simulation.jobs.logs import WrittenLine, written

if TYPE_CHECKING:
    from batchmock.outcomes import LogLine, Outcome
    from batchmock.simulation.jobs.retry import RetryDecision, RetryStrategy
    from batchmock.simulation.time.agenda import Entry
    from batchmock.simulation.tracking.functions import FunctionRun

AttemptT_co = TypeVar("AttemptT_co", covariant=True)


class Named(Protocol):
    """A queue or an environment, of either kind."""

    name: str


class Queue(Named, Protocol):
    """A job queue, of either kind."""

    arn: str
    #: The submitted jobs that have moved since its lists were brought up to date.
    moved: list[Any]


class TrackedAttempt:
    """
    One attempt of a job or service job. Times are milliseconds since the epoch.

    `exit_code`, `reason` and `started_at_ms` stay None where the real service omits the key.

    Args:
        number: 1 for the first.
        environment: where it runs.
    """

    __slots__ = (
        "decision",
        "environment",
        "exit_code",
        "functions",
        "lasts_ms",
        "logs",
        "number",
        "outcome",
        "reason",
        "started_at_ms",
        "status_reason",
        "stopped_at_ms",
    )

    def __init__(self, number: int, environment: Named) -> None:
        self.number = number
        self.environment = environment
        self.outcome: Outcome | None = None
        self.started_at_ms: int | None = None
        self.stopped_at_ms: int | None = None
        self.exit_code: int | None = None
        self.reason: str | None = None
        self.status_reason: str | None = None
        self.logs: tuple[LogLine, ...] = ()
        #: The length of an undisturbed run; None before RUNNING, and for one that hangs.
        self.lasts_ms: int | None = None
        self.decision: RetryDecision | None = None
        #: The functions of the test that run as its containers and have not returned.
        self.functions: tuple[FunctionRun, ...] = ()

    def written(self, container: str | None, elapsed_ms: int) -> tuple[WrittenLine, ...]:
        """Return the lines that a container has written this long after the start of the attempt."""
        lines = self.functions[0].lines if self.functions else self.logs
        return written(lines, self.lasts_ms, elapsed_ms)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.number} {self.status_reason or 'live'}>"


class TrackedJob:
    """A job or a service job: its status, its attempts, and its agenda entries."""

    __slots__ = (
        "attempt",
        "attempt_number",
        "attempts",
        "created_at_ms",
        "entry",
        "expired",
        "history",
        "holds",
        "id",
        "is_cancelled",
        "is_terminated",
        "last_attempt",
        "name",
        "parked",
        "queue",
        "request",
        "retry",
        "sequence",
        "started_at_ms",
        "status",
        "status_reason",
        "stop_reason",
        "stopped_at_ms",
        "timeout_entry",
        "timeout_ms",
    )

    #: The statuses that may follow each status.
    moves: ClassVar[dict[str, frozenset[str]]]
    #: The length of an unscripted run, in stages.
    stages_of_a_run: int = 1
    #: Whether other jobs follow the moves of this one.
    is_followed: ClassVar[bool] = False
    #: Whether it consists of children, which are held in its place.
    has_children: ClassVar[bool] = False
    #: The share that it belongs to, in a queue with a fair-share policy.
    share_identifier: str | None = None
    #: Whether it could start if its compute environments had capacity.
    waits_for_capacity: bool = False
    #: The jobs that it depends on.
    dependencies: tuple[TrackedJob, ...] = ()
    #: The array job or multi-node job that it belongs to.
    parent: TrackedJob | None = None
    #: Its containers, if it runs several at once.
    containers: tuple[object, ...] = ()
    #: The index of an array child.
    array_index: int | None = None
    #: The index of a node; of a multi-node job, that of its main node.
    node_index: int | None = None

    def __init__(
        self,
        job_id: str,
        name: str,
        queue: Queue,
        retry: RetryStrategy,
        timeout_ms: int | None,
        request: object,
    ) -> None:
        self.id = job_id
        self.name = name
        self.queue = queue
        self.retry = retry
        self.timeout_ms = timeout_ms
        #: Data that the operations need to show the job; the simulation does not read it.
        self.request = request
        self.sequence = self.created_at_ms = 0
        self.status: str = SUBMITTED
        self.status_reason: str | None = None
        self.started_at_ms: int | None = None
        self.stopped_at_ms: int | None = None
        #: The number of attempts begun, including the one under way.
        self.attempt_number = 0
        self.attempt: TrackedAttempt | None = None
        #: The attempts that have ended, oldest first.
        self.attempts: tuple[TrackedAttempt, ...] = ()
        #: The attempt with which the job ended; None for a job that ended without one.
        self.last_attempt: TrackedAttempt | None = None
        self.history: tuple[Transition, ...] = ()
        self.is_cancelled = False
        self.is_terminated = False
        #: The caller's reason, once a cancellation or termination has been accepted.
        self.stop_reason: str | None = None
        self.holds: frozenset[str] = frozenset()
        self.parked = False
        self.expired = False
        self.entry: Entry | None = None
        self.timeout_entry: Entry | None = None

    def member_moved(self, job: Any, from_status: str) -> None:
        """Update the counts of a job after one of its children or nodes has moved."""

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self.status in TERMINAL

    @property
    def since_ms(self) -> int:
        """The instant at which the job reached its status."""
        return self.history[-1].at_ms if self.history else self.created_at_ms

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.id} {self.status}>"


class HasAttempt(Protocol[AttemptT_co]):
    """A job or service job, as seen by `live_attempt`."""

    @property
    def attempt(self) -> AttemptT_co | None:
        """The attempt under way."""


def live_attempt(job: HasAttempt[AttemptT_co]) -> AttemptT_co:
    """
    Return the attempt under way.

    Raises:
        AssertionError: there is none.
    """
    attempt = job.attempt
    if attempt is None:
        raise AssertionError(f"{job!r} has no attempt under way")
    return attempt
