"""The ECS tasks of attempts."""

from __future__ import annotations

from typing import Final, NamedTuple

from batchmock.observe.jobs.moments import attempt_of
from batchmock.simulation.engine import Simulation
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import MultiNodeJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import STARTING
from batchmock.simulation.placement.environments import EKS

#: How long a stopped task is shown, in milliseconds. Documented for DescribeTasks: at least one hour.
SHOWN_AFTER_STOP_MS: Final = 3_600_000


class Task(NamedTuple):
    """The ECS task of an attempt, which exists from STARTING on. `serial` counts the attempts."""

    serial: int
    job: Job
    attempt: Attempt
    created_ms: int

    @property
    def cluster(self) -> str:
        """The name of its cluster."""
        return self.attempt.environment.cluster

    @property
    def is_stopped(self) -> bool:
        """Whether it has stopped."""
        return self.attempt.stopped_at_ms is not None

    @property
    def last_status(self) -> str:
        """PENDING, RUNNING or STOPPED."""
        if self.is_stopped:
            return "STOPPED"
        return "PENDING" if self.attempt.started_at_ms is None else "RUNNING"

    def is_shown(self, now_ms: int) -> bool:
        """Return whether the service still shows the task."""
        stopped_ms = self.attempt.stopped_at_ms
        return stopped_ms is None or now_ms - stopped_ms < SHOWN_AFTER_STOP_MS


class Tasks:
    """
    All attempts of one mock, each with its ECS task unless it is a pod.

    Args:
        simulation: the simulation whose jobs run as tasks.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._all: list[Task] = []
        self._by_cluster: dict[str, list[Task]] = {}
        self._by_id: dict[str, Task] = {}
        self._moves_seen = self._ids_seen = 0

    def all(self) -> list[Task]:
        """Return all attempts in the order in which they started, including pods."""
        self._catch_up()
        return self._all

    def of(self, cluster: str) -> list[Task]:
        """Return the tasks of a cluster that the service still shows."""
        self._catch_up()
        now_ms = self._simulation.clock.epoch_ms
        return [task for task in self._by_cluster.get(cluster, ()) if task.is_shown(now_ms)]

    def find(self, cluster: str, task_id: str) -> Task | None:
        """Return the task with an id; None if it is unknown, of another cluster, or no longer shown."""
        self._catch_up()
        # Ids are computed here only, because few mocks are asked for tasks.
        for task in self._all[self._ids_seen :]:
            self._by_id[task.attempt.task_id] = task
        self._ids_seen = len(self._all)
        found = self._by_id.get(task_id)
        if found is None or found.cluster != cluster:
            return None
        return found if found.is_shown(self._simulation.clock.epoch_ms) else None

    def _catch_up(self) -> None:
        """Add the tasks of attempts that have started since the last call."""
        moves = self._simulation.transitions
        for move in moves[self._moves_seen :]:
            if move.to_status != STARTING:
                continue
            job = self._simulation.jobs.get(move.job_id)
            # The nodes of a multi-node job have a task each. Service jobs have none.
            if job is None or isinstance(job, MultiNodeJob):
                continue
            attempt = attempt_of(move, job)
            task = Task(len(self._all), job, attempt, move.at_ms)
            self._all.append(task)
            if attempt.environment.platform != EKS:
                self._by_cluster.setdefault(task.cluster, []).append(task)
        self._moves_seen = len(moves)
