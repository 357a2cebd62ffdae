"""
Rules for the overrides of SubmitJob: containers, nodes, tasks, pods, consumable resources.

Checks against the job definition are in `operations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batchmock.validation import texts
from batchmock.validation.rules.job_definitions.eks_pods import pod_override_problem
from batchmock.validation.rules.job_definitions.node_properties import duplicates
from batchmock.validation.rules.resources import duplicate_requirements, legacy_and_requirement
from batchmock.validation.rules.rule import PREFLIGHT, Params, Rule, repeated

_SUBMIT = ("SubmitJob",)


def _node_overrides(params: Params) -> list[dict[str, Any]]:
    """Return the overrides of ranges of nodes."""
    overrides: list[dict[str, Any]] = params["nodeOverrides"].get("nodePropertyOverrides", [])
    return overrides


def node_blocks(params: Params) -> str | None:
    """Apply the rules on the overrides of other jobs to those of nodes."""
    for override in _node_overrides(params):
        text = (
            _container_problem(override.get("containerOverrides", {}))
            or _tasks_problem(override.get("ecsPropertiesOverride", {}))
            or pod_override_problem(_pod(override.get("eksPropertiesOverride", {})))
            or duplicates(override.get("consumableResourcePropertiesOverride"))
        )
        if text is not None:
            return text
    return None


def container_requirements(params: Params) -> str | None:
    """Refuse a resource that is requested twice, in one way or in both."""
    return _container_problem(params["containerOverrides"])


def _container_problem(overrides: dict[str, Any]) -> str | None:
    """Return the text for the first problem of containerOverrides."""
    return duplicate_requirements(overrides) or legacy_and_requirement(overrides, "")


def ecs_tasks(params: Params) -> str | None:
    """Refuse overrides that do not name their containers."""
    return _tasks_problem(params["ecsPropertiesOverride"])


def _tasks_problem(override: dict[str, Any]) -> str | None:
    """Return the text for the first problem of the containers of an ecsPropertiesOverride."""
    containers = list(_task_containers(override))
    for container in containers:
        if not container.get("name") and len(containers) > 1:
            return texts.OVERRIDE_WITHOUT_NAME
        text = duplicate_requirements(container)
        if text is not None:
            return text
    if repeated(container.get("name") for container in containers):
        return "Container names must be unique"
    return None


def _task_containers(override: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the container overrides."""
    for task in override.get("taskProperties", ()):
        yield from task.get("containers", ())


def eks_pods(params: Params) -> str | None:
    """Refuse pods in overrides that would be refused in a job definition."""
    return pod_override_problem(_pod(params["eksPropertiesOverride"]))


def _pod(override: dict[str, Any]) -> dict[str, Any]:
    """Return the pod of an eksPropertiesOverride."""
    pod: dict[str, Any] = override.get("podProperties", {})
    return pod


def consumable_resources(params: Params) -> str | None:
    """Refuse a consumable resource that is requested twice."""
    return duplicates(params["consumableResourcePropertiesOverride"])


OVERRIDE_RULES: tuple[Rule, ...] = (
    Rule(
        _SUBMIT,
        "a resource is asked for once",
        container_requirements,
        PREFLIGHT + "jd-resource-requirements-duplicate-type, jd-legacy-and-resource-requirements; "
        "documented for overrides",
        needs="containerOverrides",
    ),
    Rule(
        _SUBMIT,
        "overrides of nodes",
        node_blocks,
        "the rows for overrides of jobs without nodes",
        needs="nodeOverrides",
    ),
    Rule(
        _SUBMIT,
        "overrides of containers of a task",
        ecs_tasks,
        "documented for TaskContainerOverrides.name; texts assumed",
        needs="ecsPropertiesOverride",
    ),
    Rule(
        _SUBMIT,
        "overrides of a pod",
        eks_pods,
        "the rows for eksProperties of RegisterJobDefinition",
        needs="eksPropertiesOverride",
    ),
    Rule(
        _SUBMIT,
        "consumable resources differ",
        consumable_resources,
        PREFLIGHT + "jd-consumable-resource-duplicate, at RegisterJobDefinition",
        needs="consumableResourcePropertiesOverride",
    ),
)
