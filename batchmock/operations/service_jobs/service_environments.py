"""
Service environments: create, describe, update, delete.

Not here: their queues (`job_queues`), and what runs in them, which lives in the simulation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from batchmock.errors import ServiceError
from batchmock.operations.quotas import SERVICE_ENVIRONMENTS, check_quota
from batchmock.operations.resources import (
    CREATING,
    DELETING,
    ENABLED,
    UPDATING,
    VALID,
    ResourceRecord,
    check_may_delete,
    check_may_update,
    check_name_is_free,
    described,
    existing,
    find,
)
from batchmock.operations.tags import drop_tags, new_tags
from batchmock.simulation.service_jobs.queues import NUM_INSTANCES, ServiceEnvironment, UnitCounts

if TYPE_CHECKING:
    from batchmock.operations.region import Region

#: What the ARNs of service environments have before their name.
KIND: Final = "service-environment"

#: The type of service environments, and of the queues that take service jobs and no others.
SAGEMAKER_TRAINING: Final = "SAGEMAKER_TRAINING"

# Documented is that no queue may use it; the words are those captured of compute environments.
IS_IN_A_JOB_QUEUE: Final = "Cannot delete, found existing JobQueue relationship."

# Assumed. Documented is that quota management takes instance types.
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
        """Whether its limit is a number of instances, of whatever type."""
        return NUM_INSTANCES in self.simulated.limits

    def set_status(self, status: str, reason: str | None = None) -> None:
        """Bring the environment into a status."""
        super().set_status(status, reason)
        self.simulated.valid = status == VALID


def capacity_of(limits: Sequence[Mapping[str, Any]]) -> UnitCounts:
    """Give capacity limits as amounts by unit; of a unit that is there twice, both together (assumed)."""
    capacity: UnitCounts = {}
    for limit in limits:
        unit = limit["capacityUnit"]
        capacity[unit] = capacity.get(unit, 0) + limit["maxCapacity"]
    return capacity


def find_service_environment(region: Region, name_or_arn: str) -> ServiceEnvironmentRecord | None:
    """Give the environment with a name or ARN; None if this region has none such."""
    return find(region, KIND, region.service_environments, name_or_arn)


def create_service_environment(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a service environment: CREATING, then VALID.

    Raises:
        ServiceError: the name is taken, or there are as many as there can be.

    Source: CreateServiceEnvironment (documented).
    """
    name = request["serviceEnvironmentName"]
    check_name_is_free(region.service_environments, name)
    check_quota(region.service_environments, SERVICE_ENVIRONMENTS)
    arn = region.arn(KIND, name)
    detail = {
        "serviceEnvironmentName": name,
        "serviceEnvironmentArn": arn,
        "serviceEnvironmentType": request["serviceEnvironmentType"],
        "state": request.get("state", ENABLED),
        "status": CREATING,
        "capacityLimits": request["capacityLimits"],
        "tags": new_tags(region, arn, request),
    }
    record = ServiceEnvironmentRecord(detail, region.next_sequence())
    region.service_environments[name] = record
    region.settle(partial(_become_valid, region), record)
    return record.named()


def describe_service_environments(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe the environments named, or a page of all; unknown ones are left out.

    Source: DescribeServiceEnvironments (documented; see `described` for the order).
    """
    return described(region, KIND, region.service_environments, request, "serviceEnvironments")


def update_service_environment(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Change state or capacity limits: UPDATING, then VALID; both hold at once.

    What runs goes on, also above a lowered limit (assumed).

    Raises:
        ServiceError: no such environment, it is being modified, or its units don't fit its queue.

    Source: UpdateServiceEnvironment (documented).
    """
    record = existing(region, KIND, region.service_environments, request["serviceEnvironment"])
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
    Delete an environment that is DISABLED and in no job queue: DELETING, then gone.

    Raises:
        ServiceError: no such environment, it is being modified, ENABLED, or in a job queue.

    Source: DeleteServiceEnvironment (documented; see `resources` for the texts).
    """
    record = existing(region, KIND, region.service_environments, request["serviceEnvironment"])
    check_may_delete(record)
    if any(queue.service_environment is record for queue in region.job_queues.values()):
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
    del region.service_environments[record.name]
    drop_tags(region, record.arn)
