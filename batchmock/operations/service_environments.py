"""
Service environments: create, describe, update, delete.

Their service jobs live in the simulation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final, Protocol

from batchmock.errors import ServiceError
from batchmock.operations.quotas import SERVICE_ENVIRONMENT_QUOTA
from batchmock.operations.region import Records, Region
from batchmock.operations.resources import (
    CREATING,
    DELETING,
    ENABLED,
    UPDATING,
    VALID,
    ResourceRecord,
    Resources,
    check_may_delete,
    check_may_update,
)
from batchmock.simulation.service_jobs.queues import NUM_INSTANCES, ServiceEnvironment, UnitCounts

#: The type of service environments, and of the queues that accept only service jobs.
SAGEMAKER_TRAINING: Final = "SAGEMAKER_TRAINING"

# Documented: no queue may use it. The text is captured from compute environments.
IS_IN_A_JOB_QUEUE: Final = "Cannot delete, found existing JobQueue relationship."

# Documented: quota management needs instance types. The text is assumed.
QUOTAS_NEED_INSTANCE_TYPES: Final = (
    "A service environment of a job queue with quota management must have instance types as capacity "
    "units."
)


class ServiceEnvironmentRecord(ResourceRecord):
    """
    A service environment. `simulated` is where service jobs run; it takes new ones in VALID only.

    Source: DescribeServiceEnvironments (documented; there is no statusReason).
    """

    __slots__ = ("simulated",)

    MEMBERS: ClassVar[tuple[str, ...]] = (
        "serviceEnvironmentName",
        "serviceEnvironmentArn",
        "serviceEnvironmentType",
        "state",
        "status",
        "capacityLimits",
        "tags",
    )
    NAME_MEMBER: ClassVar[str] = "serviceEnvironmentName"
    ARN_MEMBER: ClassVar[str] = "serviceEnvironmentArn"

    def __init__(self, detail: dict[str, Any], sequence: int) -> None:
        super().__init__(detail, sequence)
        self.simulated = ServiceEnvironment(self.name, capacity_of(detail["capacityLimits"]))
        self.simulated.enabled = self.state == ENABLED

    @property
    def counts_instances(self) -> bool:
        """Whether it limits the number of instances of any type."""
        return NUM_INSTANCES in self.simulated.limits

    def set_status(self, status: str, reason: str | None = None) -> None:
        """Set the status."""
        super().set_status(status, reason)
        self.simulated.valid = status == VALID


def capacity_of(limits: Sequence[Mapping[str, Any]]) -> UnitCounts:
    """Return capacity limits as quantities by unit; a repeated unit is summed (assumed)."""
    capacity: UnitCounts = {}
    for limit in limits:
        unit = limit["capacityUnit"]
        capacity[unit] = capacity.get(unit, 0) + limit["maxCapacity"]
    return capacity


#: The service environments of each region, by name.
SERVICE_ENVIRONMENTS: Final = Resources[ServiceEnvironmentRecord](
    "service-environment", SERVICE_ENVIRONMENT_QUOTA
)


class _JobQueue(Protocol):
    """The members of a job queue that this module uses."""

    service_environment: ServiceEnvironmentRecord | None


_JOB_QUEUES: Final = Records[_JobQueue]("job-queue")


def create_service_environment(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a service environment: CREATING, then VALID.

    Raises:
        ServiceError: the name is taken, or the quota is reached.

    Source: CreateServiceEnvironment (documented).
    """
    name = request["serviceEnvironmentName"]
    SERVICE_ENVIRONMENTS.check_may_create(region, name)
    arn = region.arn(SERVICE_ENVIRONMENTS.kind, name)
    detail = {
        "serviceEnvironmentName": name,
        "serviceEnvironmentArn": arn,
        "serviceEnvironmentType": request["serviceEnvironmentType"],
        "state": request.get("state", ENABLED),
        "status": CREATING,
        "capacityLimits": request["capacityLimits"],
        "tags": region.new_tags(arn, request),
    }
    record = ServiceEnvironmentRecord(detail, region.next_sequence())
    SERVICE_ENVIRONMENTS.of(region)[name] = record
    region.settle(partial(_become_valid, region), record)
    return record.named()


def describe_service_environments(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe the named environments, or a page of all; unknown names are left out.

    Source: DescribeServiceEnvironments (documented; see `described` for the order).
    """
    return SERVICE_ENVIRONMENTS.described(region, request, "serviceEnvironments")


def update_service_environment(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Update state or capacity limits: UPDATING, then VALID; both apply at once.

    Running jobs continue, even above a lowered limit (assumed).

    Raises:
        ServiceError: no such environment, it is being modified, or its units don't fit its queue.

    Source: UpdateServiceEnvironment (documented).
    """
    record = SERVICE_ENVIRONMENTS.existing(region, request["serviceEnvironment"])
    check_may_update(record)
    capacity = None
    if "capacityLimits" in request:
        capacity = capacity_of(request["capacityLimits"])
        if NUM_INSTANCES in capacity and _has_quota_shares(record):
            raise ServiceError(QUOTAS_NEED_INSTANCE_TYPES)
    for member in ("state", "capacityLimits"):
        if member in request:
            record.detail[member] = request[member]
    record.simulated.enabled = record.state == ENABLED
    if capacity is not None:
        region.simulation.service_jobs.limit_capacity(record.simulated, capacity)
    record.set_status(UPDATING)
    region.settle(partial(_become_valid, region), record)
    return record.named()


def delete_service_environment(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Delete a DISABLED environment that no job queue uses: DELETING, then gone.

    Raises:
        ServiceError: no such environment, it is being modified, ENABLED, or in a job queue.

    Source: DeleteServiceEnvironment (documented; see `resources` for the texts).
    """
    record = SERVICE_ENVIRONMENTS.existing(region, request["serviceEnvironment"])
    check_may_delete(record)
    if any(queue.service_environment is record for queue in _JOB_QUEUES.of(region).values()):
        raise ServiceError(IS_IN_A_JOB_QUEUE)
    record.set_status(DELETING)
    region.settle(partial(_go_away, region), record)
    return {}


def _has_quota_shares(record: ServiceEnvironmentRecord) -> bool:
    return any(queue.quota_shares is not None for queue in record.simulated.queues)


def _become_valid(region: Region, record: ServiceEnvironmentRecord) -> None:
    record.set_status(VALID)
    region.simulation.service_jobs.dispatch(record.simulated)


def _go_away(region: Region, record: ServiceEnvironmentRecord) -> None:
    del SERVICE_ENVIRONMENTS.of(region)[record.name]
    region.drop_tags(record.arn)
