"""The record of a compute environment, and the records of each region."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from batchmock.operations.compute_environments.resources import (
    EC2_TYPES,
    ECS_KIND,
    EKS_KIND,
    FARGATE_KIND,
    MANAGED_INSTANCES,
    architecture_of,
    capacity_of,
    is_on_demand,
    kind_of,
)
from batchmock.operations.quotas import (
    COMPUTE_ENVIRONMENT_QUOTA,
)
from batchmock.operations.resources import (
    ENABLED,
    UPDATING,
    VALID,
    ResourceRecord,
    Resources,
)
from batchmock.simulation.placement import environments
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.host_pool import HostPool
from batchmock.simulation.placement.hosts import HostRegistry

_PLATFORMS: Final = {
    ECS_KIND: environments.EC2,
    FARGATE_KIND: environments.FARGATE,
    EKS_KIND: environments.EKS,
    MANAGED_INSTANCES: environments.MANAGED_INSTANCES,
}


class ComputeEnvironmentRecord(ResourceRecord):
    """
    A compute environment. `simulated` is its counterpart in the simulation.

    Source: DescribeComputeEnvironments (captured order of the members).
    """

    __slots__ = ("failure", "requested_vcpus", "simulated", "uuid")

    MEMBERS: ClassVar[tuple[str, ...]] = (
        "computeEnvironmentName",
        "computeEnvironmentArn",
        "unmanagedvCpus",
        "ecsClusterArn",
        "tags",
        "type",
        "state",
        "status",
        "statusReason",
        "computeResources",
        "serviceRole",
        "updatePolicy",
        "eksConfiguration",
        "containerOrchestrationType",
        "uuid",
        "context",
        "ecsSettings",
    )
    NAME_MEMBER: ClassVar[str] = "computeEnvironmentName"
    ARN_MEMBER: ClassVar[str] = "computeEnvironmentArn"
    HEALTHY: ClassVar[str] = "ComputeEnvironment Healthy"

    def __init__(
        self,
        detail: dict[str, Any],
        sequence: int,
        cluster: str,
        uuid: str,
        hosts: HostRegistry,
    ) -> None:
        super().__init__(detail, sequence)
        self.uuid = uuid
        #: Why the environment becomes INVALID instead of VALID, if it does.
        self.failure: str | None = None
        #: The desiredvCpus of the latest request, or its minvCpus: launched once the environment is VALID.
        self.requested_vcpus: int = detail.get("computeResources", {}).get("desiredvCpus", 0)
        platform = _PLATFORMS[self.kind]
        self.simulated = ComputeEnvironment(self.name, platform, cluster)
        self.simulated.arn = self.arn
        self.simulated.is_on_demand = is_on_demand(detail)
        self.simulated.enabled = self.state == ENABLED
        capacity = capacity_of(detail)
        if detail.get("computeResources", {}).get("type") in EC2_TYPES:
            self.simulated.pool = HostPool(self.name, hosts, capacity)
        self.simulated.resize(capacity, hosts.clock.epoch_ms)

    def shown(self) -> dict[str, Any]:
        """Return a copy of the item that a Describe call shows, with the current desiredvCpus."""
        self.count_vcpus()
        return super().shown()

    def count_vcpus(self) -> None:
        """Set desiredvCpus to the vCPUs of the hosts."""
        if self.simulated.pool is not None:
            self.detail["computeResources"]["desiredvCpus"] = self.simulated.pool.desired_vcpus

    def launch_requested(self, now_ms: int) -> None:
        """Launch hosts until there are as many vCPUs as requested."""
        if self.simulated.pool is not None:
            self.simulated.pool.keep_at_least(self.requested_vcpus * 1000, now_ms)

    @property
    def kind(self) -> str:
        """The matching jobQueueType: ECS, ECS_FARGATE, EKS or ECS_MANAGED_INSTANCES."""
        return kind_of(self.detail)

    @property
    def architecture(self) -> str | None:
        """The architecture of its instance types; None without instance types."""
        return architecture_of(self.detail.get("computeResources", {}).get("instanceTypes", []))

    def set_status(self, status: str, reason: str | None = None) -> None:
        """
        Set the status. The environment takes jobs while VALID, and while UPDATING if it was VALID.

        Source: state in UpdateComputeEnvironment, and the user guide's "Updating compute environments"
        (documented).
        """
        super().set_status(status, reason)
        if status != UPDATING:
            self.simulated.valid = status == VALID


#: The compute environments of each region, by name.
COMPUTE_ENVIRONMENTS: Final = Resources[ComputeEnvironmentRecord](
    "compute-environment", COMPUTE_ENVIRONMENT_QUOTA
)
