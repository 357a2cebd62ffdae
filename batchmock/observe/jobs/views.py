"""Read-only views of jobs and attempts, for the author of a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from batchmock.names import JobStatus
from batchmock.observe.jobs.tracked_views import (
    TrackedAttemptView,
    TrackedJobs,
    TrackedJobView,
)
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import dependencies_of
from batchmock.simulation.jobs.job import ContainerRun, Job

if TYPE_CHECKING:
    from batchmock.observe.jobs.hosts import HostView


class AttemptView(TrackedAttemptView[Attempt]):
    """One attempt of a job. Instants are aware UTC `datetime` objects, or None."""

    __slots__ = ()

    @property
    def exit_code(self) -> int | None:
        """The exit code of the container."""
        return self._attempt.exit_code

    @property
    def reason(self) -> str | None:
        """The container's `reason`; None for ordinary exits."""
        return self._attempt.reason

    @property
    def containers(self) -> dict[str, ContainerRun]:
        """How each of several containers has ended, by name; empty for a job of one container."""
        return {run.name: run for run in self._attempt.runs}

    @property
    def compute_environment(self) -> str:
        """The name of the compute environment that it was placed in."""
        return self._attempt.environment.name

    def __repr__(self) -> str:
        return (
            f"<Attempt {self.number} exit_code={self.exit_code} reason={self.reason!r} "
            f"status_reason={self.status_reason!r}>"
        )


class JobView(TrackedJobView[Job]):
    """One job, as it is when a property is read."""

    __slots__ = ()

    _noun = "Job"

    @property
    def status(self) -> JobStatus:
        """SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED or FAILED."""
        return cast("JobStatus", self._job.status)

    @property
    def job_definition(self) -> str:
        """Its job definition, by name and revision."""
        return self._job.definition

    @property
    def definition(self) -> str:
        """Its job definition; an alias of `job_definition`."""
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
    def image(self) -> str:
        """The container image."""
        return self._job.container.image

    @property
    def command(self) -> list[str]:
        """The command, after overrides and `Ref::` substitution."""
        return list(self._job.container.command)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by name, after overrides, without those that Batch adds."""
        return dict(self._job.container.environment)

    @property
    def vcpus(self) -> float:
        """The vCPUs that it requests, after overrides."""
        return self._job.container.vcpus

    @property
    def memory_mib(self) -> int:
        """The memory that it requests in MiB, after overrides."""
        return self._job.container.memory_mib

    @property
    def gpus(self) -> int:
        """The GPUs that it requests, after overrides."""
        return self._job.container.gpus

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters, as DescribeJobs shows them."""
        return dict(self._job.parameters)

    @property
    def tags(self) -> dict[str, str]:
        """Its tags, as DescribeJobs shows them; array children and nodes have none."""
        # Imported late: the operations import the validators, which a mock without calls does not need.
        from batchmock.operations.jobs.find import tags_of

        return tags_of(self._job)

    @property
    def share_identifier(self) -> str | None:
        """Its share identifier, in a queue with a fair-share policy."""
        return self._job.share_identifier

    @property
    def scheduling_priority(self) -> int:
        """Its priority within its share, its own or that of its job definition; 0 by default."""
        return self._job.scheduling_priority

    @property
    def depends_on(self) -> list[str]:
        """The ids of the jobs that it depends on."""
        return [job.id for job in dependencies_of(self._job)]

    @property
    def children(self) -> Jobs:
        """The children of an array job by index; empty for other jobs."""
        children = getattr(self._job, "children", ())
        return Jobs(JobView(child, self._clock) for child in children)

    @property
    def nodes(self) -> Jobs:
        """The nodes of a multi-node job that exist so far, by index; empty for other jobs."""
        nodes = getattr(self._job, "nodes", {})
        return Jobs(JobView(nodes[index], self._clock) for index in sorted(nodes))

    @property
    def array_index(self) -> int | None:
        """The index of an array child."""
        return self._job.array_index

    @property
    def node_index(self) -> int | None:
        """The index of a node; for a multi-node job, that of its main node."""
        return self._job.node_index

    @property
    def status_summary(self) -> dict[str, int]:
        """The number of children of an array job in each status; empty for other jobs."""
        return dict(getattr(self._job, "summary", {}))

    @property
    def is_cancelled(self) -> bool:
        """Whether a CancelJob was accepted."""
        return self._job.is_cancelled

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

    def as_sfn_output(self) -> dict[str, Any]:
        """
        Return the output of a Step Functions task that ran the job with `batch:submitJob.sync`.

        The output is the job as in DescribeJobs, with keys in PascalCase.

        Raises:
            BatchMockError: the job has not SUCCEEDED.
        """
        from batchmock.observe.jobs.step_functions import sfn_output

        return sfn_output(self._job)

    def as_sfn_error(self) -> dict[str, str]:
        """
        Return the error output of such a task: `Error` is States.TaskFailed, `Cause` the job in JSON.

        Raises:
            BatchMockError: the job has not FAILED.
        """
        from batchmock.observe.jobs.step_functions import sfn_error

        return sfn_error(self._job)


class Jobs(TrackedJobs[JobView]):
    """Jobs in the order of submission."""

    _nouns = ("job", "jobs", "jobs")
