"""
The replies of Amazon ECS about the clusters of compute environments: their tasks and container instances.

Source: DescribeTasks, ListTasks, DescribeContainerInstances, ListContainerInstances and DescribeClusters
(documented); error messages as captured unless marked otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.observe.neighbours.container_instances import (
    container_instance_arn,
    container_instance_detail,
    container_instance_status,
)
from batchmock.observe.neighbours.instance_filters import instance_filter
from batchmock.observe.neighbours.instances import Instances
from batchmock.observe.neighbours.pages import PageMembers, paged
from batchmock.observe.neighbours.task_details import is_stopping, shown_tags, task_detail
from batchmock.observe.neighbours.tasks import Task, Tasks
from batchmock.operations.arns import name_in
from batchmock.operations.compute_environments.record import (
    COMPUTE_ENVIRONMENTS,
    ComputeEnvironmentRecord,
)
from batchmock.operations.job_definitions.attempt_details import task_keys
from batchmock.operations.jobs.find import request_of
from batchmock.operations.region import Region

# Captured.
CLUSTER_NOT_FOUND: Final = "Cluster not found."
NO_TASKS: Final = "Tasks cannot be empty."
# Assumed: the service refuses these; its exact texts are unknown.
NO_INSTANCES: Final = "Container instances cannot be empty."
TOO_MANY: Final = "{what} can not be more than {most}."
BAD_PAGE_SIZE: Final = "maxResults must be between 1 and {most}."
BAD_TOKEN: Final = "Invalid token."
NO_SERVICE: Final = "Service not found."

_MOST: Final = 100
_MISSING: Final = "MISSING"

Request = Mapping[str, Any]
Reply = dict[str, Any]


class _Cluster:
    """The ECS cluster of a compute environment."""

    def __init__(self, region: Region, record: ComputeEnvironmentRecord) -> None:
        self.region = region
        self.record = record
        self.name = record.simulated.cluster

    @property
    def arn(self) -> str:
        """The ARN of the cluster."""
        return self.region.foreign_arn("ecs", f"cluster/{self.name}")

    def arn_of(self, kind: str, name: str) -> str:
        """Return the ARN of a task or container instance in the cluster."""
        return self.region.foreign_arn("ecs", f"{kind}/{self.name}/{name}")

    def id_in(self, kind: str, given: str) -> str:
        """Return the id in an ARN of a task or container instance; anything else is returned unchanged."""
        return given.removeprefix(self.arn_of(kind, ""))


class EcsRequests:
    """
    Answers requests to Amazon ECS about the clusters of one mock.

    Args:
        tasks: the tasks.
        instances: the EC2 instances.
    """

    def __init__(self, tasks: Tasks, instances: Instances) -> None:
        self._tasks = tasks
        self._instances = instances
        self._operations: dict[str, Callable[[_Cluster, Request], Reply]] = {
            "DescribeTasks": self._describe_tasks,
            "ListTasks": self._list_tasks,
            "DescribeContainerInstances": self._describe_container_instances,
            "ListContainerInstances": self._list_container_instances,
        }

    def answer(self, operation: str, request: Request, region: Region) -> Reply | None:
        """
        Answer a request.

        Args:
            operation: the name of an operation of Amazon ECS.
            request: the request in AWS's shape.
            region: the account and region of the client.

        Returns:
            The reply in AWS's shape; None if the request is not about clusters of the mock.

        Raises:
            ServiceError: the service would refuse the request.
        """
        if operation == "DescribeClusters":
            return self._describe_clusters(request, region)
        handler = self._operations.get(operation)
        cluster = None if handler is None else _find_cluster(region, request.get("cluster"))
        if handler is None or cluster is None:
            return None
        return handler(cluster, request)

    def answer_alone(self, operation: str, request: Request, region: Region) -> Reply | str | None:
        """
        Answer a request that `answer` did not, and that would otherwise go to AWS.

        Returns:
            The reply; a message for the author of the test if it is not simulated; None to send the request.

        Raises:
            ServiceError: there is no such cluster.
        """
        if operation in self._operations:
            raise _cluster_not_found()
        if operation == "DescribeClusters" and request.get("clusters"):
            return self._describe_clusters(request, region, alone=True)
        if _find_cluster(region, request.get("cluster")) is None:
            return None
        answered = ", ".join([*self._operations, "DescribeClusters"])
        return (
            f"batchmock: a request to Amazon ECS was about to leave the process: {operation}, about a cluster "
            f"of AWS Batch. Of that service batchmock answers {answered}. End a task with TerminateJob, and an "
            "instance with batch_mock.lose_host()."
        )

    # Tasks

    def _describe_tasks(self, cluster: _Cluster, request: Request) -> Reply:
        if not request["tasks"]:
            raise _refused(NO_TASKS)
        _check_number("Tasks", request["tasks"])
        with_tags = "TAGS" in request.get("include", ())
        found, failures = [], []
        for given in dict.fromkeys(request["tasks"]):
            task_id = cluster.id_in("task", given)
            task = self._tasks.find(cluster.name, task_id)
            if task is None:
                failures.append(_missing(cluster, "task", task_id))
            else:
                found.append(task_detail(task, with_tags=with_tags))
        return {"tasks": found, "failures": failures}

    def _list_tasks(self, cluster: _Cluster, request: Request) -> Reply:
        """Return a page of tasks: those that should run, unless `desiredStatus` asks for stopped ones."""
        if "serviceName" in request:
            raise ServiceError(NO_SERVICE, code="ServiceNotFoundException")
        wanted = request.get("desiredStatus", "RUNNING")
        items = (
            task
            for task in self._tasks.of(cluster.name)
            if ("STOPPED" if is_stopping(task) else "RUNNING") == wanted
            and _is_listed(cluster, task, request)
        )
        page, token = _page("ListTasks", request, items, lambda task: (task.serial,))
        return {"taskArns": [_keys(task)["taskArn"] for task in page], **token}

    # Container instances

    def _describe_container_instances(self, cluster: _Cluster, request: Request) -> Reply:
        asked = request["containerInstances"]
        if not asked:
            raise _refused(NO_INSTANCES)
        _check_number("Container instances", asked)
        hosts = {
            host.container_instance_id: host for host in self._instances.in_cluster(cluster.record)
        }
        with_health = "CONTAINER_INSTANCE_HEALTH" in request.get("include", ())
        found, failures = [], []
        for given in dict.fromkeys(asked):
            instance_id = cluster.id_in("container-instance", given)
            host = hosts.get(instance_id)
            if host is None:
                failures.append(_missing(cluster, "container-instance", instance_id))
                continue
            detail = container_instance_detail(cluster.region, cluster.name, host)
            if with_health:
                detail["healthStatus"] = {"overallStatus": "OK", "details": []}
            found.append(detail)
        return {"containerInstances": found, "failures": failures}

    def _list_container_instances(self, cluster: _Cluster, request: Request) -> Reply:
        """Return a page of container instances, of every status unless one is requested."""
        matches = instance_filter(request.get("filter", ""), cluster.region, cluster.name)
        status = request.get("status")
        items = (
            host
            for host in self._instances.in_cluster(cluster.record)
            if status in (None, container_instance_status(host)) and matches(host)
        )
        page, token = _page("ListContainerInstances", request, items, lambda host: (host.serial,))
        arns = [container_instance_arn(cluster.region, cluster.name, host) for host in page]
        return {"containerInstanceArns": arns, **token}

    # Clusters

    def _describe_clusters(
        self, request: Request, region: Region, *, alone: bool = False
    ) -> Reply | None:
        """Describe clusters if all of them are of the mock; alone, others are MISSING."""
        asked = request.get("clusters", [])
        _check_number("Clusters", asked)
        found, failures = [], []
        for given in dict.fromkeys(asked):
            cluster = _find_cluster(region, given)
            if cluster is not None:
                found.append(self._cluster_detail(cluster, request.get("include", ())))
            elif not alone:
                return None
            else:
                arn = region.foreign_arn("ecs", f"cluster/{given.rpartition('/')[2]}")
                failures.append({"arn": arn, "reason": _MISSING})
        return {"clusters": found, "failures": failures} if asked else None

    def _cluster_detail(self, cluster: _Cluster, include: Iterable[str]) -> Reply:
        statuses = [task.last_status for task in self._tasks.of(cluster.name)]
        tags = cluster.record.detail["tags"] if "TAGS" in include else {}
        return {
            "clusterArn": cluster.arn,
            "clusterName": cluster.name,
            "status": "ACTIVE",
            "registeredContainerInstancesCount": len(self._instances.in_cluster(cluster.record)),
            "runningTasksCount": statuses.count("RUNNING"),
            "pendingTasksCount": statuses.count("PENDING"),
            "activeServicesCount": 0,
            "statistics": [],
            "tags": shown_tags(tags),
            "settings": [],
            "capacityProviders": [],
            "defaultCapacityProviderStrategy": [],
        }


def _find_cluster(region: Region, name_or_arn: str | None) -> _Cluster | None:
    """Return the cluster of a compute environment by name or ARN."""
    if name_or_arn is None:
        return None
    name = name_in(name_or_arn, region.foreign_arn("ecs", "cluster/"))
    for record in COMPUTE_ENVIRONMENTS.of(region).values():
        if record.simulated.cluster == name and "ecsClusterArn" in record.detail:
            return _Cluster(region, record)
    return None


def _keys(task: Task) -> dict[str, Any]:
    return task_keys(request_of(task.job).region, task.attempt)


def _is_listed(cluster: _Cluster, task: Task, request: Request) -> bool:
    """Return whether a task matches the filters of ListTasks."""
    if request.get("family") not in (None, request_of(task.job).definition.name):
        return False
    # AWS Batch names no one as the starter of its tasks (captured).
    if "startedBy" in request:
        return False
    keys = _keys(task)
    if "launchType" in request:
        on_instances = "containerInstanceArn" in keys
        if on_instances != (request["launchType"] == "EC2"):
            return False
    if "containerInstance" not in request:
        return True
    given = cluster.id_in("container-instance", request["containerInstance"])
    return bool(keys.get("containerInstanceArn") == cluster.arn_of("container-instance", given))


def _missing(cluster: _Cluster, kind: str, given: str) -> dict[str, str]:
    arn = given if given.startswith("arn:") else cluster.arn_of(kind, given)
    return {"arn": arn, "reason": _MISSING}


def _page(
    operation: str, request: Request, items: Iterable[Any], place: Callable[[Any], tuple[int]]
) -> tuple[list[Any], dict[str, str]]:
    if not 1 <= request.get("maxResults", _MOST) <= _MOST:
        raise _refused(BAD_PAGE_SIZE.format(most=_MOST))
    members = PageMembers("maxResults", "nextToken", _refused(BAD_TOKEN))
    return paged(operation, request, items, place=place, members=members, default_size=_MOST)


def _check_number(what: str, items: list[str]) -> None:
    if len(items) > _MOST:
        raise _refused(TOO_MANY.format(what=what, most=_MOST))


def _refused(text: str) -> ServiceError:
    return ServiceError(text, code="InvalidParameterException")


def _cluster_not_found() -> ServiceError:
    return ServiceError(CLUSTER_NOT_FOUND, code="ClusterNotFoundException")
