"""The attempts of jobs: one run each, of one container or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchmock.simulation.identifiers import uuid_text
from batchmock.simulation.jobs.job import ContainerRun, Job
from batchmock.simulation.jobs.tasks import first_essential, pod_reason
from batchmock.simulation.placement.environments import EKS
from batchmock.simulation.placement.hosts import resolved
from batchmock.simulation.tracking.records import TrackedAttempt

if TYPE_CHECKING:
    from batchmock.simulation.identifiers import Identifiers
    from batchmock.simulation.jobs.logs import WrittenLine
    from batchmock.simulation.jobs.tasks import TaskPlan
    from batchmock.simulation.placement.environments import ComputeEnvironment
    from batchmock.simulation.placement.hosts import DeferredHost, Host
    from batchmock.simulation.time.agenda import Entry

#: How many characters the service shows of the reason of a container. Documented for ContainerDetail and
#: EksAttemptContainerDetail, and captured: longer reasons end in the middle of a word.
LONGEST_REASON: Final = 255


class Attempt(TrackedAttempt):
    """
    One attempt of a job, from STARTING on.

    Args:
        number: 1 for the first.
        environment: where it runs.
        identifiers: the source of its ids. Created on first read, because few are ever read.
        serial: 0 for the first attempt of all jobs: its ids derive from it.
        placed_on: the EC2 instance that it runs on, perhaps still to be chosen; None if there is none.
    """

    __slots__ = (
        "_identifiers",
        "_known_digits",
        "_serial",
        "host_entry",
        "placed_on",
        "plan",
        "runs",
        "timed_out",
    )

    environment: ComputeEnvironment

    def __init__(
        self,
        number: int,
        environment: ComputeEnvironment,
        identifiers: Identifiers,
        serial: int,
        placed_on: Host | DeferredHost | None,
    ) -> None:
        super().__init__(number, environment)
        self._identifiers = identifiers
        self._serial = serial
        self._known_digits: str | None = None
        #: The plan of each of several containers, and its result.
        self.plan: TaskPlan | None = None
        self.runs: tuple[ContainerRun, ...] = ()
        #: Whether SIGTERM was sent at the time limit: the attempt has timed out however it ends.
        self.timed_out = False
        self.placed_on = placed_on
        #: The scheduled loss of its host.
        self.host_entry: Entry | None = None

    def create_ids(self) -> str:
        """Create its ids unless they exist, and return their digits."""
        if self._known_digits is None:
            self._known_digits = self._identifiers.hex_of("attempt", self._serial, 41)
        return self._known_digits

    @property
    def task_id(self) -> str:
        """The id of its task: 32 hexadecimal digits."""
        return (self._known_digits or self.create_ids())[:32]

    @property
    def host(self) -> Host | None:
        """The EC2 instance that it runs on, if its environment has any."""
        return None if self.placed_on is None else resolved(self.placed_on)

    @property
    def container_instance_id(self) -> str:
        """The id of the container instance that it runs on: 32 hexadecimal digits."""
        if self.placed_on is None:
            return self.create_ids()[32:64]
        return resolved(self.placed_on).container_instance_id

    @property
    def instance_id(self) -> str:
        """The id of its EC2 instance."""
        host = self.host
        return f"i-{self.create_ids()[64:81]}" if host is None else host.instance_id

    @property
    def node_uid(self) -> str:
        """The UID of its Kubernetes node."""
        return uuid_text(self.container_instance_id, "4")

    @property
    def private_ip(self) -> str:
        """The private address of the task, where it has a network interface of its own."""
        return f"10.0.{int(self.task_id[:2], 16)}.{int(self.task_id[2:4], 16)}"

    def written(self, container: str | None, elapsed_ms: int) -> tuple[WrittenLine, ...]:
        """Return the lines that a container has written; by default, the deciding container."""
        if self.plan is None:
            return super().written(container, elapsed_ms)
        return self.plan.run_of(container or self.plan.decider).written(elapsed_ms)

    def __repr__(self) -> str:
        return f"<Attempt {self.number} exit_code={self.exit_code} {self.status_reason or 'live'}>"


def container_runs(job: Job, attempt: Attempt, grace_ms: int) -> tuple[ContainerRun, ...]:
    """Return how each of several containers ended, given the time from SIGTERM to SIGKILL."""
    is_pod = attempt.environment.platform == EKS
    return tuple(
        run._replace(
            reason=shown_reason(
                pod_reason(run.exit_code, run.reason) if is_pod else run.reason, job, attempt
            )
        )
        for run in _container_runs(job, attempt, grace_ms)
    )


def _container_runs(job: Job, attempt: Attempt, grace_ms: int) -> tuple[ContainerRun, ...]:
    plan, started_ms = attempt.plan, attempt.started_at_ms
    if plan is None or started_ms is None:
        first = first_essential(job.containers)
        return tuple(
            ContainerRun(item.name, None, attempt.reason if item is first else None)
            for item in job.containers
        )
    host_is_lost = attempt.outcome is not None and attempt.outcome.kind == "host_lost"
    elapsed_ms = (attempt.stopped_at_ms or 0) - started_ms
    return tuple(run.after(elapsed_ms, grace_ms, host_is_lost=host_is_lost) for run in plan.runs)


def shown_reason(reason: str | None, job: Job, attempt: Attempt) -> str | None:
    """Return the reason of a container as the service shows it: filled in, and cut to its longest."""
    return None if reason is None else fill_in(reason, job, attempt)[:LONGEST_REASON]


def fill_in(text: str, job: Job, attempt: Attempt) -> str:
    """Fill the image of a job and the instance id of its host into a reason."""
    if "{" not in text:
        return text
    return text.replace("{image}", job.container.image).replace("{instance}", attempt.instance_id)
