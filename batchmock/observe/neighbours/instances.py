"""The EC2 instances of compute environments, and the container instances that they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from batchmock.observe.neighbours.tasks import Task, Tasks
from batchmock.operations.compute_environments.record import (
    COMPUTE_ENVIRONMENTS,
    ComputeEnvironmentRecord,
)
from batchmock.operations.jobs.find import request_of
from batchmock.operations.region import Region
from batchmock.simulation.engine import Simulation
from batchmock.simulation.placement.hosts import Host

#: How long a terminated instance is shown, in milliseconds. Documented for DescribeInstances: usually about an
#: hour.
SHOWN_AFTER_END_MS: Final = 3_600_000

#: The cursor of an instance: its launch, its environment, and its number there.
Place = tuple[int, str, int]


class Instance(NamedTuple):
    """An EC2 instance; `resources` is the `computeResources` of its environment."""

    host: Host
    region: Region
    resources: Mapping[str, Any]

    @property
    def place(self) -> Place:
        """The cursor of the instance, and its place in every list."""
        return self.host.launched_at_ms, self.host.pool.name, self.host.serial

    @property
    def is_terminated(self) -> bool:
        """Whether the instance has ended."""
        return self.host.terminated_at_ms is not None


class Instances:
    """
    All EC2 instances of one mock.

    Those that have ended are known if they ever had a job.

    Args:
        simulation: the simulation that launches them.
        tasks: the tasks that run on them.
    """

    def __init__(self, simulation: Simulation, tasks: Tasks) -> None:
        self._clock = simulation.clock
        self._tasks = tasks
        #: The hosts of attempts.
        self._used: dict[Host, Instance] = {}
        #: The tasks that had not stopped at the last call.
        self._open: list[Task] = []
        self._tasks_seen = 0

    def of(self, region: Region) -> list[Instance]:
        """Return the instances of a region that the service still shows, first launched first."""
        found = {instance.host: instance for instance in self._live(region)}
        self._catch_up()
        for host, instance in self._used.items():
            if instance.region is region and self._is_shown(host):
                found.setdefault(host, instance)
        return sorted(found.values(), key=lambda instance: instance.place)

    def in_cluster(self, record: ComputeEnvironmentRecord) -> list[Host]:
        """Return the container instances of an environment: its hosts that are up."""
        now_ms = self._clock.epoch_ms
        return [host for host in _hosts_of(record, now_ms) if host.ready_at_ms <= now_ms]

    def _live(self, region: Region) -> Iterator[Instance]:
        for record in COMPUTE_ENVIRONMENTS.of(region).values():
            resources = record.detail.get("computeResources", {})
            for host in _hosts_of(record, self._clock.epoch_ms):
                yield Instance(host, region, resources)

    def _is_shown(self, host: Host) -> bool:
        ended_ms = host.terminated_at_ms
        return ended_ms is not None and self._clock.epoch_ms - ended_ms < SHOWN_AFTER_END_MS

    def _catch_up(self) -> None:
        """Add the hosts of attempts that have started or ended since the last call."""
        tasks = self._tasks.all()
        self._open += tasks[self._tasks_seen :]
        self._tasks_seen = len(tasks)
        for task in self._open:
            # An attempt that is scripted to lose its host alone gets a host of its own at its end.
            self._add(task.attempt.host, request_of(task.job).region)
        self._open = [task for task in self._open if not task.is_stopped]

    def _add(self, host: Host | None, region: Region) -> None:
        if host is not None and host not in self._used:
            record = COMPUTE_ENVIRONMENTS.of(region).get(host.pool.name)
            resources = {} if record is None else record.detail.get("computeResources", {})
            self._used[host] = Instance(host, region, resources)


def _hosts_of(record: ComputeEnvironmentRecord, now_ms: int) -> list[Host]:
    pool = record.simulated.pool
    if pool is None:
        return []
    pool.terminate_expired(now_ms)
    return list(pool.hosts)
