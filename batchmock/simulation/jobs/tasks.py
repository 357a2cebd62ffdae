"""
The containers of one task: when each starts and ends, and which of them ends the task.

Sources: AWS Batch user guide, EcsTaskProperties and TaskContainerDependency (documented): an essential
container that ends stops the others; that the first of several decides how the job ended is assumed.
Amazon ECS agent (its source): a container counts as stopped with exit code 143 when its dependency can no
longer be met, or has not stopped within its own startTimeout. Kubernetes: init containers run first, one
after the other; the pod ends with its last container, and fails if one of them does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple

from batchmock.outcomes import (
    ESSENTIAL_CONTAINER_EXITED,
    TASK_FAILED_TO_START,
    UNSCRIPTED,
    Outcome,
    fail,
    hang,
)
from batchmock.simulation.jobs.job import ContainerRun, TaskContainer
from batchmock.simulation.jobs.logs import WrittenLine, written

#: The default for a container that does not end the task: it runs until the task ends, then exits with 0.
ENDS_WITH_ITS_TASK: Final = hang(on_sigterm=0)

#: The name of the container of a job that has only one, in scripts as in log streams.
ONLY_CONTAINER: Final = "default"

# The words of the agent; its description of both containers, in the brackets, is shortened.
DEPENDENCY_FAILED: Final = (
    "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency "
    "[{dependency}] for target [{target}] as dependency did not exit successfully."
)
DEPENDENCY_TIMED_OUT: Final = (
    "CannotStartContainerError: dependency graph: container ordering dependency "
    "[{dependency}] for target [{target}] has timed out."
)
DEPENDENCY_FAILED_EXIT_CODE: Final = 143

# Kubernetes' words for how a container terminated. The first is captured.
COMPLETED: Final = "Completed"
ERROR: Final = "Error"

#: From the error with which a reason of Amazon ECS begins to Kubernetes' reason for the same event.
POD_REASONS: Final = {
    "OutOfMemory": "OOMKilled",
    "CannotPullContainer": "ImagePullBackOff",
    "CannotCreateContainer": "CreateContainerError",
    "CannotInspectContainer": "ContainerStatusUnknown",
    "DockerTimeout": "CreateContainerError",
    "ResourceInitialization": "CreateContainerConfigError",
}

#: Runs the function of a container's `call`, and returns the resulting outcome.
Call = Callable[[TaskContainer, Outcome], Outcome]


class PlannedRun(NamedTuple):
    """
    The run of one container: milliseconds after the start of the task; None for never.

    ECS gave up a container that ends without having started: see `DEPENDENCY_FAILED`.
    """

    name: str
    starts_ms: int | None
    ends_ms: int | None
    outcome: Outcome

    def after(
        self, elapsed_ms: int, grace_ms: int = 0, *, host_is_lost: bool = False
    ) -> ContainerRun:
        """Return how the container has ended when its task ends after this long, or is stopped then."""
        outcome = self.outcome
        if self.has_ended(elapsed_ms):
            return ContainerRun(
                self.name, outcome.exit_code, outcome.reason, self.lines(elapsed_ms)
            )
        if self.starts_ms is None or self.starts_ms > elapsed_ms:
            return ContainerRun(self.name)
        exit_code = None if host_is_lost else outcome.exit_code_on_stop(grace_ms)
        return ContainerRun(self.name, exit_code, None, self.lines(elapsed_ms))

    def has_ended(self, elapsed_ms: int) -> bool:
        """Return whether the container has ended by itself this long after the start of the task."""
        return self.ends_ms is not None and self.ends_ms <= elapsed_ms

    def lines(self, elapsed_ms: int) -> tuple[str, ...]:
        """Return the lines written this long after the start of the task."""
        return tuple(line.text for line in self.written(elapsed_ms))

    def written(self, elapsed_ms: int) -> tuple[WrittenLine, ...]:
        """Return the same lines with their times, in milliseconds after the start of the task."""
        if self.starts_ms is None:
            return ()
        lasts_ms = None if self.ends_ms is None else self.ends_ms - self.starts_ms
        lines = written(self.outcome.logs, lasts_ms, elapsed_ms - self.starts_ms)
        return tuple(line._replace(at_ms=line.at_ms + self.starts_ms) for line in lines)


class TaskPlan(NamedTuple):
    """A task: the runs of its containers, its own end (None for never), and the container that decides."""

    runs: tuple[PlannedRun, ...]
    ends_ms: int | None
    decider: str

    def decided_by(self) -> PlannedRun:
        """Return the container whose end is that of the task."""
        return self.run_of(self.decider)

    def run_of(self, name: str) -> PlannedRun:
        """Return the run of a container."""
        return next(run for run in self.runs if run.name == name)

    def failed_first(self, elapsed_ms: int) -> PlannedRun | None:
        """Return the container that had failed first this long after the start of the task, if any had."""
        failed = [
            run for run in self.runs if run.has_ended(elapsed_ms) and run.outcome.exit_code != 0
        ]
        return min(failed, key=_end_ms, default=None)

    def stopped_first(
        self, elapsed_ms: int, grace_ms: int, essential: Collection[str]
    ) -> PlannedRun | None:
        """Return the essential container that ends first when the task is stopped, if any runs."""
        running = (
            run
            for run in self.runs
            if run.name in essential
            and run.starts_ms is not None
            and run.starts_ms <= elapsed_ms
            and not run.has_ended(elapsed_ms)
            and run.outcome is not ENDS_WITH_ITS_TASK
        )
        return min(running, key=lambda run: run.outcome.stops_within_ms(grace_ms), default=None)


def plan_task(
    containers: tuple[TaskContainer, ...],
    outcomes: Mapping[str, Outcome],
    stage_ms: int,
    *,
    is_pod: bool,
    call: Call,
) -> TaskPlan:
    """
    Plan the runs of the containers of a task.

    Args:
        containers: the containers of the task; names differ, and no container depends on itself.
        outcomes: the scripted outcomes, by container name.
        stage_ms: the default length of a run.
        is_pod: whether Kubernetes runs it (ends with the last container) or ECS (the first essential).
        call: runs the function of an outcome that has one, if its container is started.
    """
    runs = _Planner(containers, outcomes, stage_ms, is_pod=is_pod, call=call).runs()
    decider, ends_ms = (_end_of_pod if is_pod else _end_of_task)(containers, runs)
    return TaskPlan(tuple(runs.values()), ends_ms, decider)


class _Planner:
    """Plans the runs of the containers of one task."""

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
        """Return the run of every container, in the order of the task."""
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
        """Return the dependencies of a container; on Kubernetes, the init containers before it."""
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
        """Return the run of a container that is not started: ECS stops it, Kubernetes leaves it alone."""
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
        return as_of_pod(outcome) if self._is_pod else outcome

    def _decides(self, container: TaskContainer) -> bool:
        """Return whether a container ends the task by default: the first essential one, if none is scripted."""
        containers = tuple(self._containers.values())
        known = any(
            item.name in self._outcomes for item in containers if item.essential and not item.init
        )
        return not known and container is first_essential(containers)


def _gives_up_ms(dependency: TaskContainer, run: PlannedRun, condition: str) -> int | None:
    """Return when a container stops waiting for the end of its dependency; None if it never does."""
    if condition == "START" or run.starts_ms is None or dependency.start_timeout_ms is None:
        return None
    gives_up_ms = run.starts_ms + dependency.start_timeout_ms
    return gives_up_ms if run.ends_ms is None or run.ends_ms > gives_up_ms else None


def _given_up(container: TaskContainer, run: PlannedRun, text: str, at_ms: int) -> PlannedRun:
    """Return the run of a container that ECS stops before it has started."""
    reason = text.format(dependency=run.name, target=container.name)
    return PlannedRun(container.name, None, at_ms, fail(DEPENDENCY_FAILED_EXIT_CODE, reason=reason))


def _fulfilled_ms(run: PlannedRun, condition: str) -> int | None:
    """Return when a container that depends on a run may start; None if it never may."""
    if run.starts_ms is None or condition == "START":
        return run.starts_ms
    if condition == "SUCCESS" and run.outcome.exit_code != 0:
        return None
    return run.ends_ms


def _end_of_task(
    containers: tuple[TaskContainer, ...], runs: Mapping[str, PlannedRun]
) -> tuple[str, int | None]:
    """Return the container that ends an ECS task, and when: the first essential one to end."""
    essential = [runs[item.name] for item in containers if item.essential]
    return _first_end([*essential, *_lost_hosts(runs)]) or (_lasting(essential).name, None)


def _end_of_pod(
    containers: tuple[TaskContainer, ...], runs: Mapping[str, PlannedRun]
) -> tuple[str, int | None]:
    """Return the container that decides how a pod ends, the first to fail, and when the pod ends."""
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
    """Return the containers whose outcome is the loss of their host."""
    return [run for run in runs.values() if run.outcome.kind == "host_lost"]


def _first_end(runs: list[PlannedRun]) -> tuple[str, int | None] | None:
    ended = [run for run in runs if run.ends_ms is not None]
    if not ended:
        return None
    first = min(ended, key=_end_ms)
    return first.name, first.ends_ms


def _lasting(runs: list[PlannedRun]) -> PlannedRun:
    """Return the first container that is scripted to run on, or else the first."""
    for run in runs:
        if run.ends_ms is None and run.outcome is not ENDS_WITH_ITS_TASK:
            return run
    return runs[0]


def _end_ms(run: PlannedRun) -> int:
    return run.ends_ms or 0


def as_of_pod(outcome: Outcome) -> Outcome:
    """Put an exit or a failed start in Kubernetes' words, which know neither tasks nor essential containers."""
    if outcome.kind not in ("exit", "never_starts"):
        return outcome
    is_of_ecs = outcome.status_reason in (ESSENTIAL_CONTAINER_EXITED, TASK_FAILED_TO_START)
    return outcome._replace(
        reason=pod_reason(outcome.exit_code, outcome.reason),
        status_reason=None if is_of_ecs else outcome.status_reason,
    )


def pod_reason(exit_code: int | None, reason: str | None) -> str | None:
    """
    Return the reason that Kubernetes states for a container, in place of the words of Amazon ECS.

    Other scripted reasons stay. `Completed` is captured; the others are Kubernetes' words (assumed to be
    shown unchanged).
    """
    for of_ecs, of_kubernetes in POD_REASONS.items():
        if reason is not None and reason.startswith(of_ecs):
            return of_kubernetes
    if reason is not None or exit_code is None:
        return reason
    return ERROR if exit_code else COMPLETED


def first_essential(containers: tuple[TaskContainer, ...]) -> TaskContainer:
    """Return the container that represents the whole task: the first essential one."""
    return next((item for item in containers if item.essential and not item.init), containers[0])


def outcomes_by_container(
    containers: tuple[TaskContainer, ...], outcome: Outcome
) -> Mapping[str, Outcome]:
    """Return the outcomes by container; a plain outcome is that of the first essential container."""
    if outcome.containers is not None:
        return dict(outcome.containers)
    return {first_essential(containers).name: outcome}


def outcome_of_only(outcome: Outcome) -> Outcome:
    """Return the outcome of the only container of a job; scripts by container call it `default`."""
    if outcome.containers is None:
        return outcome
    return dict(outcome.containers)[ONLY_CONTAINER]
