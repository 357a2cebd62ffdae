"""
Tasks of several containers: `ecsProperties` as shown, with overrides applied, and as they run.

Sources: EcsTaskProperties, TaskContainerProperties, EcsPropertiesOverride, EcsTaskDetails and
AttemptEcsTaskDetails (documented). Which lists appear empty, and the defaults of `essential` and
of the platform version, are inferred from what Terraform's AWS provider treats as no difference
(internal/service/batch/ecs_properties.go). Run-time keys as captured for `containerProperties`
(inferred).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from batchmock.copies import copy_of
from batchmock.errors import ServiceError
from batchmock.operations.job_definitions.attempt_details import (
    log_stream_name,
    network_interfaces,
    task_keys,
    with_exit,
    with_times,
)
from batchmock.operations.job_definitions.containers import (
    LATEST_PLATFORM,
    shown_properties,
    substituted,
    with_overrides,
)
from batchmock.operations.job_definitions.contents import Placeholders, Runs
from batchmock.operations.job_definitions.simulated_containers import (
    is_windows,
    simulated_container,
)
from batchmock.operations.member_order import in_model_order
from batchmock.operations.region import Region
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.job import Container, ContainerRun, Job, TaskContainer
from batchmock.simulation.jobs.tasks import ONLY_CONTAINER, first_essential
from batchmock.validation.rules.job_definitions.ecs_tasks import bad_total
from batchmock.validation.rules.resources import below_minimum, gpu_on_fargate, not_a_number

# Documented: an override names a container of the job definition. The text is assumed.
UNKNOWN_CONTAINER: Final = "Container {name} in ecsPropertiesOverride is not in the job definition."

#: The default condition of a dependency (assumed).
DEFAULT_CONDITION: Final = "START"

#: The network mode of tasks on managed instances, always shown (documented for EcsTaskDetails).
MANAGED_INSTANCES_NETWORK_MODE: Final = "host"

Properties = dict[str, Any]


def shown_task(task: Mapping[str, Any], capability: str) -> Properties:
    """Return an element of `taskProperties` as DescribeJobDefinitions shows it."""
    shown = {**task, "containers": [shown_container(item) for item in task["containers"]]}
    shown.setdefault("volumes", [])
    if capability == "FARGATE":
        shown.setdefault("platformVersion", LATEST_PLATFORM["platformVersion"])
    if capability == "MANAGED_INSTANCES":
        shown.setdefault("networkMode", MANAGED_INSTANCES_NETWORK_MODE)
    return shown


def shown_container(container: Mapping[str, Any]) -> Properties:
    """Return a container of a task as the service shows it. Volumes belong to the task."""
    shown = shown_properties(container, fargate=False)
    del shown["volumes"]
    shown.setdefault("dependsOn", [])
    shown.setdefault("essential", True)
    return shown


def container_names(containers: list[Properties]) -> list[str]:
    """
    Return the names of containers, with a default for each that has none.

    A single container is `default`, as in log streams (inferred). Of several, a nameless one is
    `default-2` and so on by its position (assumed). Replies do not show these names.
    """
    alone = len(containers) == 1
    return [
        item.get("name", ONLY_CONTAINER if alone else f"{ONLY_CONTAINER}-{place}")
        for place, item in enumerate(containers, start=1)
    ]


class EcsContents:
    """A task of up to ten containers: `ecsProperties`."""

    __slots__ = ("_runs", "capability", "definition_name", "properties")

    member = "ecsProperties"
    override_member = "ecsPropertiesOverride"
    attempts_member = "attempts"

    def __init__(self, properties: Properties, definition_name: str, capability: str) -> None:
        self.properties = properties
        self.definition_name = definition_name
        self.capability = capability
        self._runs: Runs | None = None

    @classmethod
    def registered(
        cls, properties: Mapping[str, Any], definition_name: str, capability: str
    ) -> EcsContents:
        """Return the contents of a validated `ecsProperties`."""
        tasks = [shown_task(task, capability) for task in properties["taskProperties"]]
        return cls({"taskProperties": tasks}, definition_name, capability)

    @property
    def _task(self) -> Properties:
        """The only element of `taskProperties`."""
        task: Properties = self.properties["taskProperties"][0]
        return task

    def _with(self, containers: list[Properties]) -> EcsContents:
        task = {**self._task, "containers": containers}
        return EcsContents({"taskProperties": [task]}, self.definition_name, self.capability)

    def overridden(self, overrides: dict[str, Any]) -> EcsContents:
        """Return the contents with ecsPropertiesOverride applied to the containers that it names."""
        containers = list(self._task["containers"])
        for task in overrides.get("taskProperties", ()):
            for override in task.get("containers", ()):
                index = _index_of(override.get("name"), containers)
                containers[index] = with_overrides(containers[index], override)
        changed = self._with(containers)
        changed._check_resources()
        return changed

    def _check_resources(self) -> None:
        """
        Check the resources of the containers after overrides against the limits of a job definition.

        Raises:
            ServiceError: a value is too small or not a number, or the sum is not a Fargate size
            (assumed at submit).
        """
        problems = (
            check(container, self.capability)
            for container in self._task["containers"]
            for check in (gpu_on_fargate, not_a_number, below_minimum)
        )
        text = next(filter(None, problems), None) or bad_total(self._task, self.capability)
        if text is not None:
            raise ServiceError(text, wrapped=True)

    def substituted(self, placeholders: Placeholders) -> EcsContents:
        """Return the contents with `Ref::name` replaced in the commands of all containers."""
        containers = self._task["containers"]
        if not any("Ref::" in element for item in containers for element in item["command"]):
            return self
        return self._with(
            [{**item, "command": substituted(item["command"], placeholders)} for item in containers]
        )

    def runs(self) -> Runs:
        """Return the containers, and the first essential one with the sum of all resources."""
        if self._runs is None:
            containers = self._task["containers"]
            tasks = tuple(map(_simulated, containers, container_names(containers)))
            whole = _of_whole_task(tasks)._replace(is_windows=is_windows(self._task))
            self._runs = Runs(whole, tasks)
        return self._runs

    def job_members(self, region: Region, job: Job, attempt: Attempt | None) -> dict[str, Any]:
        """Return `ecsProperties`, with its run-time keys, and an empty `container` (both documented)."""
        properties: Properties = copy_of(self.properties)
        task = properties["taskProperties"][0]
        if attempt is not None:
            task.update(task_keys(region, attempt))
        for index, container in enumerate(task["containers"]):
            container["networkInterfaces"] = []
            if attempt is not None:
                container.update(self._container_keys(job, attempt, index))
        return {"container": {}, "ecsProperties": properties}

    def attempt_detail(self, region: Region, job: Job, attempt: Attempt) -> dict[str, Any]:
        """Return an entry of `attempts`: `taskProperties` with ARNs, and how each container ended."""
        task = {**task_keys(region, attempt), "containers": self.ended_containers(job, attempt)}
        detail = with_times({"taskProperties": [task]}, attempt)
        return cast("Properties", in_model_order("AttemptDetail", detail))

    def ended_containers(self, job: Job, attempt: Attempt) -> list[Properties]:
        """Return how each container of a finished attempt ended, with its log stream and network."""
        return [
            {**_shown_name(item), **self._container_keys(job, attempt, index)}
            for index, item in enumerate(self._task["containers"])
        ]

    def _container_keys(self, job: Job, attempt: Attempt, index: int) -> dict[str, Any]:
        """Return the log stream and network of a container, and its exit after the attempt has ended."""
        container = self._task["containers"][index]
        name = self.runs().containers[index].name
        run = attempt.runs[index] if attempt.runs else ContainerRun(name)
        keys = {
            "logStreamName": log_stream_name(self.definition_name, container, attempt, name),
            "networkInterfaces": network_interfaces(job, attempt),
        }
        return with_exit(keys, run.exit_code, run.reason)


def _index_of(name: str | None, containers: list[Properties]) -> int:
    """Return the index of the container that an override names; the only one needs no name."""
    if not name and len(containers) == 1:
        return 0
    for index, container in enumerate(containers):
        if name and container.get("name") == name:
            return index
    raise ServiceError(UNKNOWN_CONTAINER.format(name=name))


def _shown_name(container: Properties) -> Properties:
    return {"name": container["name"]} if "name" in container else {}


def _simulated(container: Properties, name: str) -> TaskContainer:
    start_timeout = container.get("startTimeout")
    return TaskContainer(
        name,
        simulated_container(container, lambda: container["environment"]),
        essential=container["essential"],
        depends_on=tuple(
            (item["containerName"], item.get("condition", DEFAULT_CONDITION))
            for item in container["dependsOn"]
        ),
        start_timeout_ms=None if start_timeout is None else start_timeout * 1000,
    )


def _of_whole_task(containers: tuple[TaskContainer, ...]) -> Container:
    """Return the first essential container with the size of the whole task, which is the job's."""
    return first_essential(containers).container._replace(
        vcpus=sum(item.container.vcpus for item in containers),
        memory_mib=sum(item.container.memory_mib for item in containers),
        gpus=sum(item.container.gpus for item in containers),
    )
