"""
What the containers of one task do, from the outcome of each: who starts when, who ends it, with what.

Sources: AWS Batch user guide, EcsTaskProperties and TaskContainerDependency (documented): an essential
container that ends stops the others; that the first of several decides how the job ended is assumed.
Amazon ECS's agent (its source): a container whose dependency can't be fulfilled any more, or has not
stopped within its own startTimeout, counts as stopped with exit code 143. Kubernetes: init containers
run first, one after the other; the pod ends with its last container, and has failed if one has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from batchmock.outcomes import ESSENTIAL_CONTAINER_EXITED, UNSCRIPTED, Outcome, fail, hang
from batchmock.simulation.jobs.job import ContainerRun, TaskContainer
from batchmock.simulation.jobs.logs import WrittenLine, written

#: What a container does of which nothing is known, beside one that ends the task: it stops in good order.
ENDS_WITH_ITS_TASK: Final = hang(on_sigterm=0)

#: The name by which a script means the container of a job that has only one, as log streams name it.
ONLY_CONTAINER: Final = "default"

# The agent's words, less the description of both containers that stands in the brackets.
DEPENDENCY_FAILED: Final = (
    "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency "
    "[{dependency}] for target [{target}] as dependency did not exit successfully."
)
DEPENDENCY_TIMED_OUT: Final = (
    "CannotStartContainerError: dependency graph: container ordering dependency "
    "[{dependency}] for target [{target}] has timed out."
)
DEPENDENCY_FAILED_EXIT_CODE: Final = 143

# Kubernetes' words for how a container terminated. Captured is the first.
COMPLETED: Final = "Completed"
ERROR: Final = "Error"
OUT_OF_MEMORY_KILLED: Final = "OOMKilled"

#: Runs the function of a container's `call`, and gives the outcome that it stands for.
Call = Callable[[TaskContainer, Outcome], Outcome]


class PlannedRun(NamedTuple):
    """
    One container's part: milliseconds after the start of the task; None for never.

    A container that ends without having started is one that ECS gave up: see `DEPENDENCY_FAILED`.
    """

    name: str
    starts_ms: int | None
    ends_ms: int | None
    outcome: Outcome

    def after(self, elapsed_ms: int, *, host_is_lost: bool = False) -> ContainerRun:
        """Give what has become of the container when its task ends so many milliseconds in."""
        outcome = self.outcome
        if self.ends_ms is not None and self.ends_ms <= elapsed_ms:
            return ContainerRun(
                self.name, outcome.exit_code, outcome.reason, self.lines(elapsed_ms)
            )
        if self.starts_ms is None or self.starts_ms > elapsed_ms:
            return ContainerRun(self.name)
        exit_code = None if host_is_lost else outcome.on_sigterm
        return ContainerRun(self.name, exit_code, None, self.lines(elapsed_ms))

    def lines(self, elapsed_ms: int) -> tuple[str, ...]:
        """Give the lines that it has written so many milliseconds after the start of the task."""
        return tuple(line.text for line in self.written(elapsed_ms))

    def written(self, elapsed_ms: int) -> tuple[WrittenLine, ...]:
        """Give the same lines with when each was written, in milliseconds after the start of the task."""
        if self.starts_ms is None:
            return ()
        lasts_ms = None if self.ends_ms is None else self.ends_ms - self.starts_ms
        lines = written(self.outcome.logs, lasts_ms, elapsed_ms - self.starts_ms)
        return tuple(line._replace(at_ms=line.at_ms + self.starts_ms) for line in lines)


class TaskPlan(NamedTuple):
    """What a task does: its containers, when it ends by itself (None for never), and which one decides."""

    runs: tuple[PlannedRun, ...]
    ends_ms: int | None
    decider: str

    def decided_by(self) -> PlannedRun:
        """Give the container whose end is that of the task."""
        return self.run_of(self.decider)

    def run_of(self, name: str) -> PlannedRun:
        """Give the part of a container."""
        return next(run for run in self.runs if run.name == name)


def plan_task(
    containers: tuple[TaskContainer, ...],
    outcomes: Mapping[str, Outcome],
    stage_ms: int,
    *,
    is_pod: bool,
    call: Call,
) -> TaskPlan:
    """
    Work out what a task does.

    Args:
        containers: those of the task; names differ, and no container depends on itself.
        outcomes: by container name, for those of which something is known.
        stage_ms: how long a container runs whose outcome does not say.
        is_pod: whether Kubernetes runs it (ends with the last container) or ECS (the first essential).
        call: runs the function of an outcome that has one, of containers that are started only.
    """
    runs = _Planner(containers, outcomes, stage_ms, is_pod=is_pod, call=call).runs()
    decider, ends_ms = (_end_of_pod if is_pod else _end_of_task)(containers, runs)
    return TaskPlan(tuple(runs.values()), ends_ms, decider)


class _Planner:
    """Works out the runs of the containers of one task."""

    def __init__(
        self,
        containers: tuple[TaskContainer, ...],
        outcomes: Mapping[str, Outcome],
        stage_ms: int,
        *,
        is_pod: bool,
        call: Call,
    ) -> None:
        self._containers = {item.name: item for item in containers}
        self._outcomes = outcomes
        self._stage_ms = stage_ms
        self._is_pod = is_pod
        self._call = call
        self._awaited = {
            name
            for container in containers
            for name, condition in container.depends_on
            if condition != "START"
        }
        self._runs: dict[str, PlannedRun] = {}

    def runs(self) -> dict[str, PlannedRun]:
        """Give every container's run, in the order of the task."""
        return {name: self._run(container) for name, container in self._containers.items()}

    def _run(self, container: TaskContainer) -> PlannedRun:
        run = self._runs.get(container.name)
        if run is None:
            run = self._runs[container.name] = self._planned(container)
        return run

    def _planned(self, container: TaskContainer) -> PlannedRun:
        starts_ms = 0
        for name, condition in self._waits_for(container):
            dependency = self._containers[name]
            run = self._run(dependency)
            gives_up_ms = _gives_up_ms(dependency, run, condition)
            if gives_up_ms is not None:
                return _given_up(container, run, DEPENDENCY_TIMED_OUT, gives_up_ms)
            ready_ms = _fulfilled_ms(run, condition)
            if ready_ms is None:
                return self._never_started(container, run)
            starts_ms = max(starts_ms, ready_ms)
        outcome = self._outcome(container)
        lasts_ms = self._stage_ms if outcome.after_ms is None else outcome.after_ms
        ends_ms = None if outcome.kind == "hang" else starts_ms + lasts_ms
        return PlannedRun(container.name, starts_ms, ends_ms, outcome)

    def _waits_for(self, container: TaskContainer) -> Iterable[tuple[str, str]]:
        """Give what the container waits for; on Kubernetes, the init containers before it."""
        if not self._is_pod:
            return container.depends_on
        before = []
        for item in self._containers.values():
            if item is container and container.init:
                break
            if item.init:
                before.append((item.name, "SUCCESS"))
        return before

    def _never_started(self, container: TaskContainer, dependency: PlannedRun) -> PlannedRun:
        """Give the run of a container that is not started: ECS stops it, Kubernetes leaves it alone."""
        if self._is_pod or dependency.ends_ms is None:
            return PlannedRun(container.name, None, None, UNSCRIPTED)
        return _given_up(container, dependency, DEPENDENCY_FAILED, dependency.ends_ms)

    def _outcome(self, container: TaskContainer) -> Outcome:
        outcome = self._outcomes.get(container.name)
        if outcome is None:
            must_end = container.init or container.name in self._awaited or self._decides(container)
            outcome = UNSCRIPTED if must_end else ENDS_WITH_ITS_TASK
        elif outcome.function is not None:
            outcome = self._call(container, outcome)
        return _as_of_pod(outcome) if self._is_pod else outcome

    def _decides(self, container: TaskContainer) -> bool:
        """Say whether, of containers of which nothing is known, this is the one that ends the task."""
        containers = tuple(self._containers.values())
        known = any(
            item.name in self._outcomes for item in containers if item.essential and not item.init
        )
        return not known and container is first_essential(containers)


def _gives_up_ms(dependency: TaskContainer, run: PlannedRun, condition: str) -> int | None:
    """Give when one that waits for a container to end gives up, or None if it does not."""
    if condition == "START" or run.starts_ms is None or dependency.start_timeout_ms is None:
        return None
    gives_up_ms = run.starts_ms + dependency.start_timeout_ms
    return gives_up_ms if run.ends_ms is None or run.ends_ms > gives_up_ms else None


def _given_up(container: TaskContainer, run: PlannedRun, text: str, at_ms: int) -> PlannedRun:
    """Give the run of a container that ECS stops before it has started."""
    reason = text.format(dependency=run.name, target=container.name)
    return PlannedRun(container.name, None, at_ms, fail(DEPENDENCY_FAILED_EXIT_CODE, reason=reason))


def _fulfilled_ms(run: PlannedRun, condition: str) -> int | None:
    """Give when a container that depends on a run may start, or None if it never may."""
    if run.starts_ms is None or condition == "START":
        return run.starts_ms
    if condition == "SUCCESS" and run.outcome.exit_code != 0:
        return None
    return run.ends_ms


def _end_of_task(
    containers: tuple[TaskContainer, ...], runs: Mapping[str, PlannedRun]
) -> tuple[str, int | None]:
    """Give the container that ends an ECS task, and when: the first essential one to end."""
    essential = [runs[item.name] for item in containers if item.essential]
    return _first_end([*essential, *_lost_hosts(runs)]) or (_lasting(essential).name, None)


def _end_of_pod(
    containers: tuple[TaskContainer, ...], runs: Mapping[str, PlannedRun]
) -> tuple[str, int | None]:
    """Give the container whose end is the pod's, and when: the first to fail decides how it ended."""
    lost = _first_end(_lost_hosts(runs))
    if lost is not None:
        return lost
    lasting = _lasting([run for run in runs.values() if run.starts_ms is not None])
    if lasting.ends_ms is None and lasting.outcome is not ENDS_WITH_ITS_TASK:
        return lasting.name, None
    ended = [run for run in runs.values() if run.ends_ms is not None]
    failed = [run for run in ended if run.outcome.exit_code != 0]
    last = max(ended, key=_end_ms)
    return (min(failed, key=_end_ms) if failed else last).name, last.ends_ms


def _lost_hosts(runs: Mapping[str, PlannedRun]) -> list[PlannedRun]:
    """Give the containers with which their host is lost, and all others there with them."""
    return [run for run in runs.values() if run.outcome.kind == "host_lost"]


def _first_end(runs: list[PlannedRun]) -> tuple[str, int | None] | None:
    ended = [run for run in runs if run.ends_ms is not None]
    if not ended:
        return None
    first = min(ended, key=_end_ms)
    return first.name, first.ends_ms


def _lasting(runs: list[PlannedRun]) -> PlannedRun:
    """Give the first container that runs on and is known to, or else the first."""
    for run in runs:
        if run.ends_ms is None and run.outcome is not ENDS_WITH_ITS_TASK:
            return run
    return runs[0]


def _end_ms(run: PlannedRun) -> int:
    return run.ends_ms or 0


def _as_of_pod(outcome: Outcome) -> Outcome:
    """Say in Kubernetes' words how a container exits; there is no word of essential containers."""
    if outcome.kind != "exit":
        return outcome
    is_of_ecs = outcome.status_reason == ESSENTIAL_CONTAINER_EXITED
    return outcome._replace(
        reason=pod_reason(outcome.exit_code, outcome.reason),
        status_reason=None if is_of_ecs else outcome.status_reason,
    )


def pod_reason(exit_code: int | None, reason: str | None) -> str | None:
    """
    Give the reason that Kubernetes states for a container that terminated, unless there is another.

    `Completed` is captured, `Error` and `OOMKilled` are Kubernetes' words (assumed to be shown as they are).
    """
    if reason is not None and reason.startswith("OutOfMemory"):
        return OUT_OF_MEMORY_KILLED
    if reason is not None or exit_code is None:
        return reason
    return ERROR if exit_code else COMPLETED


def first_essential(containers: tuple[TaskContainer, ...]) -> TaskContainer:
    """Give the container that stands for the whole task: the first essential one."""
    return next((item for item in containers if item.essential and not item.init), containers[0])


def outcomes_by_container(
    containers: tuple[TaskContainer, ...], outcome: Outcome
) -> Mapping[str, Outcome]:
    """Give each container its own outcome; a plain one is that of the first essential container."""
    if outcome.containers is not None:
        return dict(outcome.containers)
    return {first_essential(containers).name: outcome}


def outcome_of_only(outcome: Outcome) -> Outcome:
    """Give the outcome of a job's only container; by names, it is the one called `default`."""
    if outcome.containers is None:
        return outcome
    return dict(outcome.containers)[ONLY_CONTAINER]
