"""
The table of rules for a task of several containers (`taskProperties`).

The functions take a task and its platform. The rules for `containerProperties` also apply to each
container of a task, with the roles and volumes of the task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from batchmock.validation import texts
from batchmock.validation.rules import resources
from batchmock.validation.rules.job_definitions import containers as containers
from batchmock.validation.rules.job_definitions import fargate as fargate
from batchmock.validation.rules.resources import Container
from batchmock.validation.rules.rule import PREFLIGHT, BlockRule, BlockRules, repeated, text_if

Task = dict[str, Any]

# Members of a task that apply to all containers, with their names in `containerProperties`.
_OF_THE_TASK = {
    "executionRoleArn": "executionRoleArn",
    "taskRoleArn": "jobRoleArn",
    "volumes": "volumes",
    "runtimePlatform": "runtimePlatform",
}
# Rules excluded per container: they apply to the whole task, or not at all (more forms of a user are valid
# here).
_NOT_OF_CONTAINERS = (
    resources.below_windows_minimum,
    resources.fargate_pair,
    fargate.not_on_ec2,
    fargate.efs_platform_version,
    containers.user_name,
)
_CONTAINER_RULES = BlockRules(
    rule for rule in containers.CONTAINER_RULES if rule.violated_by not in _NOT_OF_CONTAINERS
)
# Members that tasks on EC2 do not accept, with the texts captured for containerProperties.
_NOT_ON_EC2 = {
    "networkConfiguration": "networkConfiguration not applicable for EC2.",
    "runtimePlatform": "runtimePlatform is not applicable for EC2.",
}
_ENDS = ("COMPLETE", "SUCCESS")
_FARGATE_SECONDS = 120
_FIRELENS = "When a firelensConfiguration object is specified, at least one container has to "


def task_problem(task: Task, platform: str) -> str | None:
    """Return the text for the first rule that the task violates, or None."""
    return TASK_RULES.problem(task, platform)


def as_container(task: Task, container: Container) -> Container:
    """Return a container of the task as `containerProperties` would describe it."""
    shared = {name: task[member] for member, name in _OF_THE_TASK.items() if member in task}
    return {**container, **shared}


def repeated_names(task: Task, platform: str) -> str | None:
    """Refuse two containers with the same name; several may be unnamed."""
    names = (container["name"] for container in task["containers"] if "name" in container)
    return text_if(repeated(names), "Container names must be unique")


def none_essential(task: Task, platform: str) -> str | None:
    """Refuse a task without an essential container; containers are essential by default."""
    return text_if(
        not any(map(_is_essential, task["containers"])),
        "At least one container must be set as essential",
    )


def _is_essential(container: Container) -> bool:
    return bool(container.get("essential", True))


def dependency_of_one(task: Task, platform: str) -> str | None:
    """Refuse a dependency in a task with one container."""
    alone = len(task["containers"]) == 1
    return text_if(
        alone and task["containers"][0].get("dependsOn"),
        "Container dependency can not be used in a single-container job.",
    )


def unknown_dependency(task: Task, platform: str) -> str | None:
    """Refuse a dependency on a container that is not in the task."""
    names = {container.get("name") for container in task["containers"]}
    for dependency in _dependencies(task["containers"]):
        target = dependency["containerName"]
        if target not in names:
            return f"containerName {target} must reference a defined container."
    return None


def _dependencies(of: Iterable[Container]) -> Iterator[dict[str, Any]]:
    """Return the dependencies of containers; each names its container (schema)."""
    return (dependency for container in of for dependency in container.get("dependsOn", ()))


def essential_dependency(task: Task, platform: str) -> str | None:
    """Refuse a dependency on the end of an essential container, which ends the whole task."""
    essential = {item.get("name") for item in task["containers"] if _is_essential(item)}
    for dependency in _dependencies(task["containers"]):
        condition = dependency.get("condition")
        if condition in _ENDS and dependency["containerName"] in essential:
            return (
                f"The container target of a dependency can not have condition {condition} "
                "if the target is essential"
            )
    return None


def circular_dependency(task: Task, platform: str) -> str | None:
    """Refuse containers that depend on each other or on themselves."""
    waiting = {
        item["name"]: {dependency["containerName"] for dependency in _dependencies([item])}
        for item in task["containers"]
        if "name" in item
    }
    while free := [name for name, targets in waiting.items() if not targets & waiting.keys()]:
        for name in free:
            del waiting[name]
    return text_if(waiting, texts.CIRCULAR_CONTAINER_DEPENDENCY)


def firelens_log_driver(task: Task, platform: str) -> str | None:
    """Refuse a log router that receives no container's log."""
    drivers = (item.get("logConfiguration", {}).get("logDriver") for item in task["containers"])
    return text_if(
        _routes_logs(task) and "awsfirelens" not in drivers,
        _FIRELENS + "be configured with the awsfirelens log driver",
    )


def firelens_root(task: Task, platform: str) -> str | None:
    """Refuse a log router in a task where no container runs as root."""
    users = (item.get("user", "root").partition(":")[0] for item in task["containers"])
    return text_if(
        _routes_logs(task) and not any(user in ("root", "0") for user in users),
        _FIRELENS + "run as root",
    )


def _routes_logs(task: Task) -> bool:
    return any("firelensConfiguration" in container for container in task["containers"])


def misplaced(task: Task, platform: str) -> str | None:
    """Refuse members that tasks on EC2 do not accept."""
    for field, text in _NOT_ON_EC2.items():
        if task.get(field):
            return text
    return None


def efs_platform_version(task: Task, platform: str) -> str | None:
    """Refuse EFS volumes on Fargate platform versions before 1.4.0."""
    version = task.get("platformVersion", "LATEST")
    return fargate.efs_platform_version(
        {**task, "fargatePlatformConfiguration": {"platformVersion": version}}, platform
    )


def long_timeout(task: Task, platform: str) -> str | None:
    """Refuse start and stop timeouts of more than two minutes on Fargate."""
    if platform != "FARGATE":
        return None
    for container in task["containers"]:
        for field in ("startTimeout", "stopTimeout"):
            if container.get(field, 0) > _FARGATE_SECONDS:
                return texts.TIMEOUT_ON_FARGATE.format(field=field, value=container[field])
    return None


def bad_container(task: Task, platform: str) -> str | None:
    """Refuse a container that would be refused in `containerProperties`."""
    for container in task["containers"]:
        text = _CONTAINER_RULES.problem(as_container(task, container), platform)
        if text is not None:
            return text
    return None


def bad_total(task: Task, platform: str) -> str | None:
    """Refuse a total of the containers' requests that Fargate or Windows does not offer."""
    total = as_container(task, {"resourceRequirements": _total(task["containers"])})
    return resources.below_windows_minimum(total, platform) or resources.fargate_pair(
        total, platform
    )


def _total(of: list[Container]) -> list[dict[str, str]]:
    """Return the sum of the containers' requests; `bad_container` has checked that each has a number."""
    return [
        {
            "type": kind,
            "value": str(sum(Decimal(resources.requirement(item, kind) or 0) for item in of)),
        }
        for kind in ("VCPU", "MEMORY")
    ]


TASK_RULES = BlockRules(
    (
        BlockRule(
            "names of containers differ", repeated_names, PREFLIGHT + "jd-ecs-container-name-unique"
        ),
        BlockRule(
            "a container is essential", none_essential, PREFLIGHT + "jd-ecs-essential-required"
        ),
        BlockRule(
            "one container depends on nothing",
            dependency_of_one,
            PREFLIGHT + "jd-ecs-depends-on-single-container",
        ),
        BlockRule(
            "dependencies exist",
            unknown_dependency,
            PREFLIGHT + "jd-ecs-depends-on-container-exists (the text stands in its rule.rego)",
        ),
        BlockRule(
            "nothing waits for the end of an essential container",
            essential_dependency,
            PREFLIGHT + "jd-ecs-depends-on-essential-complete",
        ),
        BlockRule(
            "dependencies are not circular",
            circular_dependency,
            "documented for ECS tasks; no such task could start",
        ),
        BlockRule(
            "a log router has a log", firelens_log_driver, PREFLIGHT + "jd-ecs-firelens-log-driver"
        ),
        BlockRule(
            "a log router has root",
            firelens_root,
            PREFLIGHT + "jd-ecs-firelens-requires-root (the text's end stands in its rule.rego)",
        ),
        BlockRule(
            "members that are not for EC2",
            misplaced,
            PREFLIGHT + "jd-* for containerProperties; documented for EcsTaskProperties",
            platform="EC2",
        ),
        BlockRule(
            "EFS needs Fargate 1.4.0",
            efs_platform_version,
            PREFLIGHT + "jd-fargate-* for containerProperties",
        ),
        BlockRule(
            "timeouts on Fargate",
            long_timeout,
            "documented limit of TaskContainerProperties; text assumed",
        ),
        BlockRule(
            "containers follow the rules on containers",
            bad_container,
            PREFLIGHT + "jd-ecs-fargate-execution-role; the other rows as for containerProperties",
        ),
        BlockRule(
            "Fargate offers a table of pairs for the sum",
            bad_total,
            PREFLIGHT + "fargate-cpu-memory",
        ),
    )
)
