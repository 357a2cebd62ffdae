"""Read-only views of EC2 instances, for the author of a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from batchmock.errors import BatchMockError
from batchmock.observe.jobs.views import Jobs, JobView
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.placement.hosts import Host
from batchmock.simulation.time.clock import Clock, to_datetime
from batchmock.uncopied import Uncopied

#: The number of instances named in a message.
_NAMED: Final = 5


class HostAmount(NamedTuple):
    """An amount of an EC2 instance, free and in total."""

    free: float
    total: float


class HostView(Uncopied):
    """
    One EC2 instance of a managed compute environment.

    After the instance has been terminated, its view shows it as it was then.
    """

    __slots__ = ("_clock", "_host")

    def __init__(self, host: Host, clock: Clock) -> None:
        self._host = host
        self._clock = clock

    @property
    def instance_id(self) -> str:
        """The id of the EC2 instance."""
        return self._host.instance_id

    @property
    def instance_type(self) -> str:
        """The instance type, e.g. `m5.large`."""
        return self._host.instance_type

    @property
    def compute_environment(self) -> str:
        """The name of the compute environment."""
        return self._host.pool.name

    @property
    def vcpus(self) -> HostAmount:
        """The vCPUs, free and in total."""
        free, total = self._host.free.milli_vcpus, self._host.total.milli_vcpus
        return HostAmount(free / 1000, total / 1000)

    @property
    def memory_mib(self) -> HostAmount:
        """The memory in MiB that jobs can use, free and in total."""
        return HostAmount(self._host.free.memory_mib, self._host.total.memory_mib)

    @property
    def gpus(self) -> HostAmount:
        """The GPUs, free and in total."""
        return HostAmount(self._host.free.gpus, self._host.total.gpus)

    @property
    def jobs(self) -> Jobs:
        """The jobs on the instance, in the order in which they were placed."""
        return Jobs(JobView(job, self._clock) for job in self._host.jobs)

    @property
    def launched_at(self) -> datetime:
        """When the instance was launched."""
        return to_datetime(self._host.launched_at_ms)

    @property
    def is_running(self) -> bool:
        """Whether the instance still exists."""
        return self._host.terminated_at_ms is None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HostView) and other._host is self._host

    def __hash__(self) -> int:
        return hash(self._host.instance_id)

    def __repr__(self) -> str:
        return f"<Host {self.instance_id} {self.instance_type} of {self.compute_environment!r}>"


def host_of(
    given: HostView | JobView | str, hosts: Sequence[Host], jobs: Mapping[str, Job]
) -> Host:
    """
    Return the live host for a view, a job or an id.

    Raises:
        BatchMockError: there is no such host.
    """
    name = given if isinstance(given, str) else getattr(given, "instance_id", None)
    job_id = given.id if isinstance(given, JobView) else given
    job = jobs.get(job_id.rpartition("/")[2]) if isinstance(job_id, str) else None
    for host in hosts:
        is_running_job = job is not None and job.attempt is not None and job.attempt.host is host
        if name == host.instance_id or is_running_job:
            return host
    known = ", ".join(host.instance_id for host in hosts[:_NAMED]) or "none"
    more = f" and {len(hosts) - _NAMED} more" if len(hosts) > _NAMED else ""
    if job is not None:
        problem = f"job {job.name!r} ({job.id}) is {job.status} and on no EC2 instance now"
    else:
        problem = f"there is no running EC2 instance {given!r}"
    raise BatchMockError(
        f"batchmock: lose_host() found nothing to end: {problem}. Running instances: {known}{more}. Pass "
        "one of batch_mock.hosts, or a job that is STARTING or RUNNING in a managed EC2 or Spot environment."
    )
