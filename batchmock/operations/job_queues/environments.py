"""The environments of a job queue, and the combinations that are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from batchmock.errors import ServiceError
from batchmock.operations.compute_environments.record import (
    COMPUTE_ENVIRONMENTS,
    ComputeEnvironmentRecord,
)
from batchmock.operations.job_queues.scheduling_policies import SchedulingPolicyRecord
from batchmock.operations.region import Records, Region
from batchmock.operations.resources import VALID
from batchmock.operations.service_environments import (
    QUOTAS_NEED_INSTANCE_TYPES,
    SERVICE_ENVIRONMENTS,
    ServiceEnvironmentRecord,
)
from batchmock.simulation.placement.environments import EC2, FARGATE
from batchmock.simulation.service_jobs.queues import ServiceQueue

# Captured.
ENVIRONMENTS_NOT_VALID: Final = (
    "Compute Environments must be created and valid before attaching them to a job queue"
)
SERVICE_ENVIRONMENTS_NOT_VALID: Final = (
    "Service environments must be created and valid before attaching them to a job queue."
)
DUPLICATE_ENVIRONMENTS: Final = "Duplicate ComputeEnvironments within order list."
MIXED_PLATFORMS: Final = "Fargate and EC2 compute environments can not be mixed."

# Captured from a create; assumed for an update.
SERVICE_ENVIRONMENT_REQUIRED: Final = (
    "Job queues of type SAGEMAKER_TRAINING must have serviceEnvironmentOrder."
)

# Documented: only queues of that type have service environments. The text is assumed.
NO_SERVICE_ENVIRONMENTS: Final = (
    "serviceEnvironmentOrder is only applicable for job queues of type SAGEMAKER_TRAINING."
)

# Documented: quota management needs a service environment of its own. The text is assumed.
ENVIRONMENT_HAS_QUOTAS: Final = (
    "A service environment of a job queue with quota management can have no other job queue."
)

# Captured for EKS; assumed for the other types.
WRONG_TYPE: Final = "{type} job queue type must have {type} compute environment."

# Documented: ECS and EKS cannot share a queue. Assumed: the text, and that ECS_MANAGED_INSTANCES cannot
# share a queue with either, because a queue has one type.
MIXED_KINDS: Final = "{first} and {second} compute environments can not be mixed."

# Documented: all environments of a queue share one architecture. The text is assumed.
MIXED_ARCHITECTURES: Final = "Compute environments with different architectures can not be mixed."


class _JobQueue(Protocol):
    """The members of a job queue that this module uses."""

    service_environment: ServiceEnvironmentRecord | None
    services: ServiceQueue | None

    @property
    def has_quotas(self) -> bool: ...


_JOB_QUEUES: Final = Records[_JobQueue]("job-queue")


def environments_of(
    region: Region, request: Mapping[str, Any], job_queue_type: str | None
) -> dict[int, ComputeEnvironmentRecord]:
    """
    Return the compute environments that a request attaches, by their order value.

    Raises:
        ServiceError: one does not exist or is not VALID, or they cannot be combined.

    Source: CreateJobQueue (documented; each text above has its grade; the order of checks is assumed).
    """
    environments: dict[int, ComputeEnvironmentRecord] = {}
    for item in request.get("computeEnvironmentOrder", ()):
        record = COMPUTE_ENVIRONMENTS.find(region, item["computeEnvironment"])
        if record is None or record.status != VALID:
            raise ServiceError(ENVIRONMENTS_NOT_VALID)
        if record in environments.values():
            raise ServiceError(DUPLICATE_ENVIRONMENTS)
        environments[item["order"]] = record
    _check_alike(environments.values())
    for record in environments.values():
        if job_queue_type not in (None, record.kind):
            raise ServiceError(WRONG_TYPE.format(type=job_queue_type))
    return environments


def service_environment_of(
    region: Region,
    request: Mapping[str, Any],
    policy: SchedulingPolicyRecord | None,
    queue: _JobQueue | None = None,
) -> tuple[int, ServiceEnvironmentRecord] | None:
    """
    Return the service environment that a request attaches, and its order; None without one.

    Raises:
        ServiceError: it does not exist, is not VALID, or does not support quota management.

    Source: CreateJobQueue (captured text for one that is missing or not VALID); user guide, "Quota
    management" (documented; texts assumed).
    """
    order = request.get("serviceEnvironmentOrder")
    if not order:
        return None
    record = SERVICE_ENVIRONMENTS.find(region, order[0]["serviceEnvironment"])
    if record is None or record.status != VALID:
        raise ServiceError(SERVICE_ENVIRONMENTS_NOT_VALID)
    others = [other for other in _queues_of(region, record) if other is not queue]
    has_quotas = policy is not None and not policy.is_fair_share
    if has_quotas and record.counts_instances:
        raise ServiceError(QUOTAS_NEED_INSTANCE_TYPES)
    if others and (has_quotas or any(other.has_quotas for other in others)):
        raise ServiceError(ENVIRONMENT_HAS_QUOTAS)
    return order[0]["order"], record


def _queues_of(region: Region, environment: ServiceEnvironmentRecord) -> list[_JobQueue]:
    queues = _JOB_QUEUES.of(region).values()
    return [queue for queue in queues if queue.service_environment is environment]


def check_kind_of_order(record: _JobQueue, request: Mapping[str, Any]) -> None:
    """
    Refuse compute environments for a queue of service jobs, and service environments for other queues.

    Raises:
        ServiceError: the request's kind of order does not fit the queue.
    """
    if record.services is None:
        if request.get("serviceEnvironmentOrder"):
            raise ServiceError(NO_SERVICE_ENVIRONMENTS)
    elif "computeEnvironmentOrder" in request or request.get("serviceEnvironmentOrder") == []:
        raise ServiceError(SERVICE_ENVIRONMENT_REQUIRED)


def _check_alike(environments: Iterable[ComputeEnvironmentRecord]) -> None:
    """Refuse to combine environments of different platforms, kinds or architectures."""
    records = list(environments)
    for record in records[1:]:
        first = records[0]
        if {record.simulated.platform, first.simulated.platform} == {EC2, FARGATE}:
            raise ServiceError(MIXED_PLATFORMS)
        if record.kind != first.kind:
            raise ServiceError(MIXED_KINDS.format(first=first.kind, second=record.kind))
    if len({record.architecture for record in records} - {None}) > 1:
        raise ServiceError(MIXED_ARCHITECTURES)
