"""
Compute environments: create, describe, update, delete.

`resources` has their `computeResources`, and `updates` the changes of an update.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, Protocol

from batchmock.errors import ServiceError
from batchmock.operations.compute_environments.record import (
    COMPUTE_ENVIRONMENTS,
    ComputeEnvironmentRecord,
)
from batchmock.operations.compute_environments.resource_updates import replaces_instances
from batchmock.operations.compute_environments.resources import (
    ECS_KIND,
    EKS_KIND,
    SERVICE_LINKED_ROLE,
    capacity_of,
    filled_in,
    is_on_demand,
    role_arn,
)
from batchmock.operations.compute_environments.updates import (
    access_entry,
    may_heal,
    replace_instances,
    updated,
)
from batchmock.operations.quotas import (
    EKS_CLUSTER_QUOTA,
    check_quota,
)
from batchmock.operations.region import Records, Region
from batchmock.operations.resources import (
    CREATING,
    DELETING,
    ENABLED,
    INVALID,
    UPDATING,
    VALID,
    check_may_delete,
    check_may_update,
)
from batchmock.simulation.identifiers import name_based_uuid
from batchmock.simulation.placement.environments import FARGATE

#: The members of a request that are shown as sent.
ECHOED_MEMBERS: Final = ("unmanagedvCpus", "context", "ecsSettings")

# Captured: github.com/badmintoncryer/cdk-preflight rules/batch/pf-batch-ce-eks-cluster-arn-region.
CLUSTER_ELSEWHERE: Final = "eksClusterArn must be in the same AWS region as the compute environment"

# Captured.
IS_IN_A_JOB_QUEUE: Final = "Cannot delete, found existing JobQueue relationship."

# Assumed. Documented: the environment "enters an invalid state". The captured reasons are other ones, which
# all begin with `CLIENT_ERROR - `.
FARGATE_HAS_ACTIVE_JOBS: Final = "CLIENT_ERROR - Compute environment has active jobs."


class _JobQueue(Protocol):
    """The members of a job queue that this module uses."""

    environments: list[ComputeEnvironmentRecord]


_JOB_QUEUES: Final = Records[_JobQueue]("job-queue")


def create_compute_environment(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a compute environment: CREATING, then VALID.

    Raises:
        ServiceError: the name is taken, or the Amazon EKS cluster is in another region.

    Source: CreateComputeEnvironment (documented; text and defaults captured).
    """
    name = request["computeEnvironmentName"]
    _check_cluster_region(region, request)
    COMPUTE_ENVIRONMENTS.check_may_create(region, name)
    _check_cluster_quota(region, request)
    arn = region.arn(COMPUTE_ENVIRONMENTS.kind, name)
    incarnation = f"{arn} {region.simulation.identifiers.hex(arn)}"
    cluster = f"AWSBatch-{name}-{name_based_uuid(f'{incarnation} cluster')}"
    detail = _new_detail(region, request)
    if "eksConfiguration" in detail:
        region.eks_configurations[cluster] = detail["eksConfiguration"]
    uuid = name_based_uuid(incarnation)
    hosts = region.simulation.hosts
    record = ComputeEnvironmentRecord(detail, region.next_sequence(), cluster, uuid, hosts)
    record.failure = region.failing_environments.pop(name, None)
    COMPUTE_ENVIRONMENTS.of(region)[name] = record
    region.settle(partial(settle_status, region), record)
    return record.named()


def _check_cluster_region(region: Region, request: Mapping[str, Any]) -> None:
    """Refuse an environment whose Amazon EKS cluster is in another region."""
    if "eksConfiguration" in request:
        cluster = request["eksConfiguration"]["eksClusterArn"]
        if cluster.split(":")[3] != region.name:
            raise ServiceError(CLUSTER_ELSEWHERE, wrapped=True)


def _check_cluster_quota(region: Region, request: Mapping[str, Any]) -> None:
    """Refuse an environment beyond the quota of its Amazon EKS cluster."""
    if "eksConfiguration" in request:
        cluster = request["eksConfiguration"]["eksClusterArn"]
        others = [
            record
            for record in COMPUTE_ENVIRONMENTS.of(region).values()
            if record.detail.get("eksConfiguration", {}).get("eksClusterArn") == cluster
        ]
        check_quota(others, EKS_CLUSTER_QUOTA)


def _new_detail(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    name = request["computeEnvironmentName"]
    eks = "eksConfiguration" in request
    detail = {
        "computeEnvironmentName": name,
        "computeEnvironmentArn": region.arn(COMPUTE_ENVIRONMENTS.kind, name),
        "tags": region.new_tags(region.arn(COMPUTE_ENVIRONMENTS.kind, name), request),
        "type": request["type"],
        "state": request.get("state", ENABLED),
        "status": CREATING,
        "containerOrchestrationType": EKS_KIND if eks else ECS_KIND,
    }
    detail.update({member: request[member] for member in ECHOED_MEMBERS if member in request})
    if request["type"] == "MANAGED":
        resources = request["computeResources"]
        detail["computeResources"] = filled_in(resources, eks=eks)
    role = request.get("serviceRole") or SERVICE_LINKED_ROLE.removeprefix("role/")
    detail["serviceRole"] = role_arn(region.iam_arn("role/"), role)
    if eks:
        detail["eksConfiguration"] = _eks_configuration(request["eksConfiguration"])
    return detail


def _eks_configuration(sent: Mapping[str, Any]) -> dict[str, Any]:
    if "accessEntry" not in sent:
        return dict(sent)
    return {**sent, "accessEntry": access_entry(sent["accessEntry"])}


def describe_compute_environments(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe the environments named, or a page of all; unknown ones are left out.

    Source: DescribeComputeEnvironments (documented; shape captured; see `described` for the order).
    """
    return COMPUTE_ENVIRONMENTS.described(region, request, "computeEnvironments")


def update_compute_environment(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Change the sent members only: UPDATING, then VALID. A new state applies at once.

    Raises:
        ServiceError: no such environment, it is being modified, or the change is not allowed.

    Source: UpdateComputeEnvironment (documented; see `updates` for the texts).
    """
    record = COMPUTE_ENVIRONMENTS.existing(region, request["computeEnvironment"])
    check_may_update(record)
    record.count_vcpus()
    old, record.detail = record.detail, updated(region, record.detail, request)
    record.simulated.enabled = record.state == ENABLED
    record.simulated.resize(capacity_of(record.detail), region.simulation.now_ms)
    if "type" in request.get("computeResources", {}):
        record.simulated.is_on_demand = is_on_demand(record.detail)
    if "computeResources" in request and replaces_instances(
        old["computeResources"], record.detail["computeResources"], request["computeResources"]
    ):
        replace_instances(region, record.detail, record.simulated.pool)
    resources = record.detail.get("computeResources", {})
    is_sent = "desiredvCpus" in request.get("computeResources", {})
    record.requested_vcpus = resources.get("desiredvCpus" if is_sent else "minvCpus", 0)
    if may_heal(request):
        record.failure = None
    record.set_status(UPDATING)
    region.settle(partial(settle_status, region), record)
    return record.named()


def delete_compute_environment(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Delete an environment that is DISABLED and in no job queue: DELETING, then gone.

    Raises:
        ServiceError: no such environment, it is being modified, ENABLED, or in a job queue.

    Source: DeleteComputeEnvironment (documented; two of the texts captured, see `resources`).
    """
    record = COMPUTE_ENVIRONMENTS.existing(region, request["computeEnvironment"])
    check_may_delete(record)
    if any(record in queue.environments for queue in _JOB_QUEUES.of(region).values()):
        raise ServiceError(IS_IN_A_JOB_QUEUE)
    record.set_status(DELETING)
    region.settle(partial(_go_away, region), record)
    return {}


def settle_status(region: Region, record: ComputeEnvironmentRecord) -> None:
    """
    End CREATING or UPDATING: VALID, with its cluster and uuid from then on, or INVALID.

    Source: replies for environments that are CREATING, and that failed to be created, have neither
    `ecsClusterArn` nor `uuid` (captured: Particle-Cloud-Framework, cloud-custodian).
    """
    pool = record.simulated.pool
    if pool is not None and pool.is_replacing and record.status == UPDATING:
        # An infrastructure update lasts until the last old instance is gone (documented).
        pool.on_replaced = partial(settle_status, region, record)
        return
    if record.failure is not None:
        record.set_status(INVALID, record.failure)
    else:
        record.set_status(VALID, record.HEALTHY)
        record.detail["uuid"] = record.uuid
        if record.detail["containerOrchestrationType"] == ECS_KIND:
            cluster = f"cluster/{record.simulated.cluster}"
            record.detail["ecsClusterArn"] = region.foreign_arn("ecs", cluster)
        record.launch_requested(region.simulation.now_ms)
    region.simulation.jobs.capacity_changed()


def _go_away(region: Region, record: ComputeEnvironmentRecord) -> None:
    """
    Remove the environment. One on Fargate that still has active jobs becomes INVALID instead.

    Source: DeleteComputeEnvironment (documented; that a later delete can succeed is assumed).
    """
    if record.simulated.platform == FARGATE and _has_active_jobs(region, record):
        record.set_status(INVALID, FARGATE_HAS_ACTIVE_JOBS)
    else:
        if record.simulated.pool is not None:
            record.simulated.pool.close(region.simulation.now_ms)
        del COMPUTE_ENVIRONMENTS.of(region)[record.name]
        region.drop_tags(record.arn)


def _has_active_jobs(region: Region, record: ComputeEnvironmentRecord) -> bool:
    return bool(record.simulated.jobs)
