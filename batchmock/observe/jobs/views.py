"""Read-only views of jobs and attempts, for the author of a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, overload

from batchmock.errors import BatchMockError
from batchmock.observe.jobs.explain import explain
from batchmock.simulation.jobs.job import Attempt, ContainerRun, Job
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.jobs.logs import lines_of
from batchmock.simulation.time.clock import Clock, to_datetime

if TYPE_CHECKING:
    from batchmock.observe.jobs.hosts import HostView


def _datetime(epoch_ms: int | None) -> datetime | None:
    return None if epoch_ms is None else to_datetime(epoch_ms)


class AttemptView:
    """One attempt of a job. Instants are aware UTC `datetime` objects; None where there is no such thing."""

    __slots__ = ("_attempt", "_clock")

    def __init__(self, attempt: Attempt, clock: Clock) -> None:
        self._attempt = attempt
        self._clock = clock

    @property
    def number(self) -> int:
        """1 for the first."""
        return self._attempt.number

    @property
    def exit_code(self) -> int | None:
        """The container's exit code."""
        return self._attempt.exit_code

    @property
    def reason(self) -> str | None:
        """The container's reason, absent on ordinary exits."""
        return self._attempt.reason

    @property
    def status_reason(self) -> str | None:
        """Why the attempt ended."""
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
    def logs(self) -> list[str]:
        """The lines that it has written; of several containers, the one that decides."""
        return [line.text for line in lines_of(self._attempt, None, self._clock.epoch_ms)]

    @property
    def containers(self) -> dict[str, ContainerRun]:
        """How each container of several has ended, by name; empty for a job of one container."""
        return {run.name: run for run in self._attempt.runs}

    @property
    def compute_environment(self) -> str:
        """The name of the compute environment that it was placed in."""
        return self._attempt.environment.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AttemptView) and other._attempt is self._attempt

    def __hash__(self) -> int:
        return hash(id(self._attempt))

    def __repr__(self) -> str:
        return (
            f"<Attempt {self.number} exit_code={self.exit_code} reason={self.reason!r} "
            f"status_reason={self.status_reason!r}>"
        )


class JobView:
    """One job, as it is at the moment it is looked at."""

    __slots__ = ("_clock", "_job")

    def __init__(self, job: Job, clock: Clock) -> None:
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
    def status(self) -> str:
        """SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED or FAILED."""
        return self._job.status

    @property
    def status_reason(self) -> str | None:
        """The job's `statusReason`, if it has one."""
        return self._job.status_reason

    @property
    def job_queue(self) -> str:
        """The name of its queue."""
        return self._job.queue.name

    @property
    def job_definition(self) -> str:
        """Its job definition, by name and revision."""
        return self._job.definition

    @property
    def attempts(self) -> list[AttemptView]:
        """The attempts that have ended, oldest first."""
        return [AttemptView(attempt, self._clock) for attempt in self._job.attempts]

    @property
    def current_attempt(self) -> AttemptView | None:
        """The attempt under way, from STARTING on."""
        attempt = self._job.attempt
        return None if attempt is None else AttemptView(attempt, self._clock)

    @property
    def history(self) -> list[Transition]:
        """Its transitions, oldest first."""
        return list(self._job.history)

    @property
    def created_at(self) -> datetime:
        """When it was submitted."""
        return to_datetime(self._job.created_at_ms)

    @property
    def started_at(self) -> datetime | None:
        """When its latest attempt reached RUNNING."""
        return _datetime(self._job.started_at_ms)

    @property
    def stopped_at(self) -> datetime | None:
        """When it ended."""
        return _datetime(self._job.stopped_at_ms)

    @property
    def image(self) -> str:
        """The container image."""
        return self._job.container.image

    @property
    def command(self) -> list[str]:
        """The command, after overrides and `Ref::` substitution."""
        return list(self._job.container.command)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by name, after overrides; without those that Batch adds."""
        return dict(self._job.container.environment)

    @property
    def vcpus(self) -> float:
        """The vCPUs that it asks for, after overrides."""
        return self._job.container.vcpus

    @property
    def memory_mib(self) -> int:
        """The memory that it asks for in MiB, after overrides."""
        return self._job.container.memory_mib

    @property
    def gpus(self) -> int:
        """The GPUs that it asks for, after overrides."""
        return self._job.container.gpus

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters, as DescribeJobs shows them."""
        return dict(self._job.parameters)

    @property
    def tags(self) -> dict[str, str]:
        """Its tags, as DescribeJobs shows them; array children and nodes have none."""
        # Late: the operations import the validators, which a mock that nobody calls does without.
        from batchmock.operations.jobs.find import tags_of

        return tags_of(self._job)

    @property
    def share_identifier(self) -> str | None:
        """The share that it belongs to, in a queue with a fair-share policy."""
        return self._job.share_identifier

    @property
    def scheduling_priority(self) -> int:
        """Its priority within its share, its own or its job definition's; 0 where neither says one."""
        return self._job.scheduling_priority

    @property
    def depends_on(self) -> list[str]:
        """The ids of the jobs that it depends on."""
        return [dependency.id for dependency in self._job.dependencies]

    @property
    def timeout_seconds(self) -> float | None:
        """The limit of each attempt, if there is one."""
        return None if self._job.timeout_ms is None else self._job.timeout_ms / 1000

    @property
    def max_attempts(self) -> int:
        """How often it may become RUNNABLE."""
        return self._job.retry.attempts

    @property
    def children(self) -> Jobs:
        """The children of an array job by index; none of any other job."""
        children = getattr(self._job, "children", ())
        return Jobs(JobView(child, self._clock) for child in children)

    @property
    def nodes(self) -> Jobs:
        """The nodes of a multi-node job that have come into being, by index; none of any other job."""
        nodes = getattr(self._job, "nodes", {})
        return Jobs(JobView(nodes[index], self._clock) for index in sorted(nodes))

    @property
    def array_index(self) -> int | None:
        """The index of an array child."""
        return self._job.array_index

    @property
    def node_index(self) -> int | None:
        """The index of a node; of a multi-node job, that of its main node."""
        return self._job.node_index

    @property
    def status_summary(self) -> dict[str, int]:
        """How many children of an array job have each status; empty for any other job."""
        return dict(getattr(self._job, "summary", {}))

    @property
    def is_cancelled(self) -> bool:
        """Whether a CancelJob was accepted."""
        return self._job.is_cancelled

    @property
    def is_terminated(self) -> bool:
        """Whether a TerminateJob was accepted."""
        return self._job.is_terminated

    @property
    def host(self) -> HostView | None:
        """
        The EC2 instance of the current or last attempt.

        None before the job is placed, on Fargate, and in unmanaged environments.
        """
        from batchmock.observe.jobs.hosts import HostView

        attempt = self._job.attempt or self._job.last_attempt
        host = None if attempt is None else attempt.host
        return None if host is None else HostView(host, self._clock)

    def explain(self) -> str:
        """Say in words why the job is where it is: what it waits for, which retry rule decided."""
        return explain(self._job)

    def as_sfn_output(self) -> dict[str, Any]:
        """
        Give what Step Functions hands on for the job as a task with `batch:submitJob.sync`.

        It is what DescribeJobs shows, its keys in PascalCase.

        Raises:
            BatchMockError: the job has not SUCCEEDED.
        """
        from batchmock.observe.jobs.step_functions import sfn_output

        return sfn_output(self._job)

    def as_sfn_error(self) -> dict[str, str]:
        """
        Give what the Catch of such a task receives: `Error` is States.TaskFailed, `Cause` the job in JSON.

        Raises:
            BatchMockError: the job has not FAILED.
        """
        from batchmock.observe.jobs.step_functions import sfn_error

        return sfn_error(self._job)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JobView) and other._job is self._job

    def __hash__(self) -> int:
        return hash(self._job.id)

    def __repr__(self) -> str:
        return f"<Job {self.name!r} {self.id} {self.status}>"


class Jobs(Sequence[JobView]):
    """Jobs in the order in which they were submitted."""

    def __init__(self, jobs: Iterable[JobView]) -> None:
        self._jobs = list(jobs)

    @overload
    def __getitem__(self, index: int) -> JobView: ...

    @overload
    def __getitem__(self, index: slice) -> Jobs: ...

    def __getitem__(self, index: int | slice) -> JobView | Jobs:
        if isinstance(index, slice):
            return Jobs(self._jobs[index])
        return self._jobs[index]

    def __len__(self) -> int:
        return len(self._jobs)

    def __repr__(self) -> str:
        return f"<Jobs {self._jobs!r}>"

    def named(self, glob: str) -> Jobs:
        """Give the jobs whose name is, or matches, a case-sensitive glob."""
        return Jobs(job for job in self._jobs if fnmatchcase(job.name, glob))

    def only(self) -> JobView:
        """
        Give the one job that there is.

        Raises:
            BatchMockError: there is none, or more than one.
        """
        if len(self._jobs) == 1:
            return self._jobs[0]
        listed = "".join(f"\n  {job.name!r} ({job.id}) {job.status}" for job in self._jobs[:10])
        more = f"\n  and {len(self._jobs) - 10} more" if len(self._jobs) > 10 else ""
        raise BatchMockError(
            f"batchmock: only() found {len(self._jobs)} jobs instead of one.{listed}{more}\n"
            "Narrow it down with jobs.named(glob).only(), or submit one."
        )
