"""Jobs and their attempts: plain records, which `engine` alone changes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from batchmock.simulation.jobs.lifecycle import LEGAL_MOVES, SUBMITTED, TERMINAL, Transition
from batchmock.simulation.jobs.retry import RetryDecision, RetryStrategy

if TYPE_CHECKING:
    from batchmock.outcomes import LogLine, Outcome
    from batchmock.simulation.identifiers import Identifiers
    from batchmock.simulation.jobs.tasks import TaskPlan
    from batchmock.simulation.placement.capacity import Ask
    from batchmock.simulation.placement.consumable_resources import ConsumableResource
    from batchmock.simulation.placement.environments import ComputeEnvironment
    from batchmock.simulation.placement.hosts import Host
    from batchmock.simulation.placement.queues import JobQueue
    from batchmock.simulation.placement.reservations import Reservation
    from batchmock.simulation.time.agenda import Entry


class Container(NamedTuple):
    """What runs: after parameter substitution and overrides. Memory in MiB."""

    image: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})
    vcpus: float = 1.0
    memory_mib: int = 0
    gpus: int = 0


class TaskContainer(NamedTuple):
    """
    One of several containers that run together.

    `depends_on` names other containers and what is waited for: START, COMPLETE or SUCCESS. The task
    ends with the first `essential` container that does. An `init` container runs before the others.
    Those that wait for more than its start give up once it has run for `start_timeout_ms`.
    """

    name: str
    container: Container
    essential: bool = True
    depends_on: tuple[tuple[str, str], ...] = ()
    init: bool = False
    start_timeout_ms: int | None = None


class ContainerRun(NamedTuple):
    """
    How one container of a task ended: None where it has no exit code or was not started.

    `logs` are the lines that it has written.
    """

    name: str
    exit_code: int | None = None
    reason: str | None = None
    logs: tuple[str, ...] = ()


class Attempt:
    """
    One try of a job, from STARTING on. Times are milliseconds since the epoch.

    `exit_code`, `reason` and `started_at_ms` stay None where the real service leaves the key out.

    Args:
        number: 1 for the first.
        environment: where it runs.
        identifiers: where its ids come from. Few are ever looked at, so they are made when one is.
        serial: 0 for the first attempt of all jobs: what its ids derive from.
    """

    __slots__ = (
        "_identifiers",
        "_known_digits",
        "_serial",
        "decision",
        "environment",
        "exit_code",
        "host",
        "host_entry",
        "lasts_ms",
        "logs",
        "number",
        "outcome",
        "plan",
        "reason",
        "runs",
        "started_at_ms",
        "status_reason",
        "stopped_at_ms",
        "timed_out",
    )

    def __init__(
        self,
        number: int,
        environment: ComputeEnvironment,
        identifiers: Identifiers,
        serial: int,
    ) -> None:
        self.number = number
        self.environment = environment
        self._identifiers = identifiers
        self._serial = serial
        self._known_digits: str | None = None
        #: The EC2 instance that it runs on, where batchmock has instances.
        self.host: Host | None = None
        self.outcome: Outcome | None = None
        self.started_at_ms: int | None = None
        self.stopped_at_ms: int | None = None
        self.exit_code: int | None = None
        self.reason: str | None = None
        self.status_reason: str | None = None
        self.logs: tuple[LogLine, ...] = ()
        #: How long it runs if nothing ends it earlier; None before it does, and for one that hangs.
        self.lasts_ms: int | None = None
        #: Of a job of several containers: what each of them will do, and what it has done.
        self.plan: TaskPlan | None = None
        self.runs: tuple[ContainerRun, ...] = ()
        #: Whether SIGTERM was sent for a time-out: however it then ends, it has timed out.
        self.timed_out = False
        self.decision: RetryDecision | None = None
        #: The loss of its host, if that is planned.
        self.host_entry: Entry | None = None

    @property
    def _digits(self) -> str:
        if self._known_digits is None:
            self._known_digits = self._identifiers.hex_of("attempt", self._serial, 41)
        return self._known_digits

    @property
    def task_id(self) -> str:
        """The id of its task: 32 hexadecimal digits."""
        return self._digits[:32]

    @property
    def container_instance_id(self) -> str:
        """The id of the container instance that it runs on: 32 hexadecimal digits."""
        return self._digits[32:64] if self.host is None else self.host.container_instance_id

    @property
    def instance_id(self) -> str:
        """The id of its EC2 instance."""
        return f"i-{self._digits[64:81]}" if self.host is None else self.host.instance_id

    @property
    def private_ip(self) -> str:
        """The private address of the task, where it has a network interface of its own."""
        return f"10.0.{int(self.task_id[:2], 16)}.{int(self.task_id[2:4], 16)}"

    def __repr__(self) -> str:
        return f"<Attempt {self.number} exit_code={self.exit_code} {self.status_reason or 'live'}>"


class Submission(NamedTuple):
    """
    What a job is submitted with; the children or nodes of a job share it.

    `definition` is `name:revision`; `timeout_ms` is None for no limit; `containers` is empty for a job
    of one container. `share_identifier` and `scheduling_priority` count in queues with a fair-share
    policy; `consumes` is the quantity of each consumable resource that each job takes. The simulation
    does not look at `request`.
    """

    name: str
    queue: JobQueue
    definition: str
    container: Container
    parameters: Mapping[str, str]
    retry: RetryStrategy
    timeout_ms: int | None
    request: object
    containers: tuple[TaskContainer, ...] = ()
    #: The share of a fair-share queue that it belongs to, and its priority within that share.
    share_identifier: str | None = None
    scheduling_priority: int = 0
    #: What it takes when it starts, and how much of each; a multi-node job, for all of its nodes.
    consumes: tuple[tuple[ConsumableResource, int], ...] = ()


class Listing(Protocol):
    """What shows jobs by status and must be told of their moves."""

    def moved(self, job: Job, from_status: str) -> None:
        """Keep the lists right after a job has moved."""


class Job:
    """
    A job. Made by `operations.jobs`, moved by `engine`.

    `containers` is empty for a job of one container, which then is `container`.

    `request` is what the operations need to show the job again; the simulation does not look at it.
    """

    __slots__ = (
        "ask",
        "attempt",
        "attempt_number",
        "attempts",
        "consumes",
        "container",
        "containers",
        "created_at_ms",
        "definition",
        "dependencies",
        "dependents",
        "entry",
        "expired",
        "failed_dependency",
        "history",
        "holds",
        "id",
        "is_cancelled",
        "is_terminated",
        "last_attempt",
        "listing",
        "name",
        "parameters",
        "parked",
        "queue",
        "refusal",
        "request",
        "reservation",
        "retry",
        "scheduling_priority",
        "sequence",
        "share_identifier",
        "started_at_ms",
        "status",
        "status_reason",
        "stop_reason",
        "stopped_at_ms",
        "timeout_entry",
        "timeout_ms",
        "unfinished_dependencies",
        "waits_for_capacity",
    )

    #: The moves that this kind of job makes.
    moves = LEGAL_MOVES
    #: How many stages it runs of which nothing is known.
    stages_of_a_run = 1
    #: The array job or multi-node job that it is a part of.
    parent: Job | None = None
    #: The index of an array child.
    array_index: int | None = None
    #: The index of a node; of a multi-node job, that of its main node.
    node_index: int | None = None

    def __init__(
        self, job_id: str, submission: Submission, dependencies: tuple[Job, ...] = ()
    ) -> None:
        self.id = job_id
        (
            self.name,
            self.queue,
            self.definition,
            self.container,
            self.parameters,
            self.retry,
            self.timeout_ms,
            self.request,
            self.containers,
            self.share_identifier,
            self.scheduling_priority,
            self.consumes,
        ) = submission
        #: What it holds: from its first STARTING on, until it needs none of it any more.
        self.reservation: Reservation | None = None
        #: What it asks for; `capacity.ask_of` works it out.
        self.ask: Ask | None = None
        self.dependencies = dependencies
        #: What keeps the list that the job is shown in: its queue, or the job that it is part of.
        self.listing: Listing = submission.queue
        self.sequence = 0
        self.created_at_ms = 0
        self.status = SUBMITTED
        self.status_reason: str | None = None
        self.started_at_ms: int | None = None
        self.stopped_at_ms: int | None = None
        self.attempt_number = 0
        self.attempt: Attempt | None = None
        self.attempts: tuple[Attempt, ...] = ()
        #: The attempt with which the job ended; None for a job that ended without one.
        self.last_attempt: Attempt | None = None
        self.history: tuple[Transition, ...] = ()
        #: Those that wait for it, if any do.
        self.dependents: list[Job] | None = None
        self.unfinished_dependencies = 0
        self.failed_dependency: Job | None = None
        self.is_cancelled = False
        self.is_terminated = False
        #: The caller's reason, once a cancellation or termination has been accepted.
        self.stop_reason: str | None = None
        #: Why the service fails the job instead of placing it, if it does.
        self.refusal: str | None = None
        self.holds: frozenset[str] = frozenset()
        self.parked = False
        self.waits_for_capacity = False
        self.expired = False
        self.entry: Entry | None = None
        self.timeout_entry: Entry | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self.status in TERMINAL

    def __repr__(self) -> str:
        return f"<Job {self.name!r} {self.id} {self.status}>"
