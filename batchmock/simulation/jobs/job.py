"""Jobs and their containers: plain records that only the tracker changes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from batchmock.simulation.jobs.lifecycle import LEGAL_MOVES
from batchmock.simulation.tracking.records import TrackedJob

if TYPE_CHECKING:
    from batchmock.simulation.jobs.attempts import Attempt
    from batchmock.simulation.jobs.retry import RetryStrategy
    from batchmock.simulation.placement.capacity import Ask
    from batchmock.simulation.placement.consumable_resources import ConsumableResource
    from batchmock.simulation.placement.queues import JobQueue
    from batchmock.simulation.placement.reservations import Reservation


JobT = TypeVar("JobT", bound="Job")


class Container(NamedTuple):
    """A container after parameter substitution and overrides. Memory is in MiB."""

    image: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})
    vcpus: float = 1.0
    memory_mib: int = 0
    gpus: int = 0
    is_windows: bool = False


class TaskContainer(NamedTuple):
    """
    One of several containers that run together.

    `depends_on` names other containers and the awaited condition: START, COMPLETE or SUCCESS. The task
    ends with the first `essential` container that does. An `init` container runs before the others.
    Dependents with a condition other than START give up once it has run for `start_timeout_ms`.
    """

    name: str
    container: Container
    essential: bool = True
    depends_on: tuple[tuple[str, str], ...] = ()
    init: bool = False
    start_timeout_ms: int | None = None


class ContainerRun(NamedTuple):
    """
    The end of one container of a task; None where it has no exit code or was not started.

    `logs` are the lines that it has written.
    """

    name: str
    exit_code: int | None = None
    reason: str | None = None
    logs: tuple[str, ...] = ()


class Submission(NamedTuple):
    """
    The parameters of a submission, shared by the children or nodes of a job, and by jobs with equal requests.

    `definition` is `name:revision`; `timeout_ms` is None for no limit; `containers` is empty for a job
    of one container. `share_identifier` and `scheduling_priority` count in queues with a fair-share
    policy; `consumes` is the quantity of each consumable resource that each job takes. The simulation
    ignores `request`.
    """

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
    #: The consumable resources that it takes when it starts; for a multi-node job, the total of all nodes.
    consumes: tuple[tuple[ConsumableResource, int], ...] = ()


class Job(TrackedJob):
    """
    A job, an array child or a node.

    `containers` is empty for a job of one container, which then is `container`.
    """

    __slots__ = (
        "ask",
        "consumes",
        "container",
        "containers",
        "definition",
        "dependencies",
        "dependents",
        "failed_dependency",
        "parameters",
        "refusal",
        "reservation",
        "scheduling_priority",
        "share_identifier",
        "unfinished_dependencies",
        "waits_for_capacity",
    )

    moves = LEGAL_MOVES
    parent: Job | None = None
    dependencies: tuple[Job, ...]
    containers: tuple[TaskContainer, ...]
    queue: JobQueue
    attempt: Attempt | None
    attempts: tuple[Attempt, ...]
    last_attempt: Attempt | None

    def __init__(
        self, job_id: str, name: str, submission: Submission, dependencies: tuple[Job, ...] = ()
    ) -> None:
        super().__init__(
            job_id,
            name,
            submission.queue,
            submission.retry,
            submission.timeout_ms,
            submission.request,
        )
        self.definition = submission.definition
        self.container = submission.container
        self.parameters = submission.parameters
        self.containers = submission.containers
        self.share_identifier = submission.share_identifier
        self.scheduling_priority = submission.scheduling_priority
        self.consumes = submission.consumes
        #: The job's reservation, from its first STARTING until it needs none of it.
        self.reservation: Reservation | None = None
        #: Its resource requirements, computed by `capacity.ask_of`.
        self.ask: Ask | None = None
        self.dependencies = dependencies
        #: The jobs that wait for it, if any.
        self.dependents: list[Job] | None = None
        self.unfinished_dependencies = 0
        self.failed_dependency: Job | None = None
        #: Why the service fails the job instead of placing it, if it does.
        self.refusal: str | None = None
        self.waits_for_capacity = False
