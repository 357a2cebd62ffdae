"""
Job queues: create, describe, update, delete.

Not here: their jobs, which live in the simulation, and the snapshot of their front.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from batchmock.errors import ServiceError
from batchmock.operations.compute_environments import (
    ComputeEnvironmentRecord,
    find_compute_environment,
)
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
    next_sequence,
)
from batchmock.simulation.queues import EC2, FARGATE, JobQueue

if TYPE_CHECKING:
    from batchmock.operations.region import Region

#: What the ARNs of job queues have before their name.
KIND: Final = "job-queue"

# Captured.
ENVIRONMENTS_NOT_VALID: Final = (
    "Compute Environments must be created and valid before attaching them to a job queue"
)
SERVICE_ENVIRONMENTS_NOT_VALID: Final = (
    "Service environments must be created and valid before attaching them to a job queue."
)
DUPLICATE_ENVIRONMENTS: Final = "Duplicate ComputeEnvironments within order list."
MIXED_PLATFORMS: Final = "Fargate and EC2 compute environments can not be mixed."
INVALID_ACTION: Final = "Invalid job action. Valid job actions: [CANCEL]"
POLICY_NOT_FOUND: Final = "SchedulingPolicy {arn} not found."

# Captured for EKS; the other types are assumed to have the same form.
WRONG_TYPE: Final = "{type} job queue type must have {type} compute environment."

# Assumed. Documented is that ECS and EKS cannot share a queue; that ECS_MANAGED_INSTANCES shares no
# queue with either is assumed, as a queue has one type.
MIXED_KINDS: Final = "{first} and {second} compute environments can not be mixed."

# Assumed. Documented is that all environments of a queue share one architecture.
MIXED_ARCHITECTURES: Final = "Compute environments with different architectures can not be mixed."


class JobQueueRecord(ResourceRecord):
    """
    A job queue. `simulated` holds its jobs, `environments` its compute environments in order.

    Source: DescribeJobQueues (captured order of the members).
    """

    __slots__ = ("environments", "simulated")

    MEMBERS: ClassVar[tuple[str, ...]] = (
        "jobQueueName",
        "jobQueueArn",
        "state",
        "schedulingPolicyArn",
        "status",
        "statusReason",
        "priority",
        "computeEnvironmentOrder",
        "serviceEnvironmentOrder",
        "jobQueueType",
        "tags",
        "jobStateTimeLimitActions",
    )
    NAME_MEMBER: ClassVar[str] = "jobQueueName"
    ARN_MEMBER: ClassVar[str] = "jobQueueArn"
    HEALTHY: ClassVar[str] = "JobQueue Healthy"

    def __init__(self, detail: dict[str, Any], sequence: int) -> None:
        super().__init__(detail, sequence)
        self.simulated = JobQueue(self.name, self.arn)
        self.simulated.enabled = self.state == ENABLED
        self.environments: list[ComputeEnvironmentRecord] = []

    @property
    def environment_platform(self) -> str | None:
        """EC2 or FARGATE: where its jobs run; None without environments."""
        return self.environments[0].simulated.platform if self.environments else None

    @property
    def job_queue_type(self) -> str | None:
        """The jobQueueType that was sent, if any."""
        return self.detail.get("jobQueueType")

    def attach(self, environments: Mapping[int, ComputeEnvironmentRecord]) -> None:
        """
        Take these environments, by order value, instead of those before.

        Source: DescribeJobQueues (captured: names come back as ARNs, order values as sent; that the
        list is sorted by them is assumed).
        """
        self.environments = [environments[order] for order in sorted(environments)]
        self.simulated.environments = [record.simulated for record in self.environments]
        self.detail["computeEnvironmentOrder"] = [
            {"order": order, "computeEnvironment": environments[order].arn}
            for order in sorted(environments)
        ]


def find_job_queue(region: Region, name_or_arn: str) -> JobQueueRecord | None:
    """Give the queue with a name or ARN; None for one unknown, gone, or of another region."""
    return find(region, KIND, region.job_queues, name_or_arn)


def create_job_queue(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a job queue: CREATING, then VALID.

    Raises:
        ServiceError: the name is taken, or an environment or policy cannot be attached.

    Source: CreateJobQueue (documented; texts and what is filled in captured; that jobQueueType is
    shown only when it was sent: assumed).
    """
    name = request["jobQueueName"]
    check_name_is_free(region.job_queues, name)
    environments = _environments(region, request, request.get("jobQueueType"))
    _check_policy(request)
    detail = {
        "jobQueueName": name,
        "jobQueueArn": region.arn(KIND, name),
        "state": request.get("state", ENABLED),
        "status": CREATING,
        "priority": request["priority"],
        "tags": request.get("tags", {}),
        "jobStateTimeLimitActions": request.get("jobStateTimeLimitActions", []),
    }
    if "jobQueueType" in request:
        detail["jobQueueType"] = request["jobQueueType"]
    record = JobQueueRecord(detail, next_sequence(region.job_queues))
    record.attach(environments)
    region.job_queues[name] = record
    region.settle(_become_valid, record)
    return record.named()


def describe_job_queues(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe the queues named, or a page of all; unknown ones are left out.

    Source: DescribeJobQueues (documented; shape captured; see `described` for the order).
    """
    return described(region, KIND, region.job_queues, request, "jobQueues")


def update_job_queue(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Change what was sent and nothing else: UPDATING, then VALID; a new state holds at once.

    Raises:
        ServiceError: no such queue, it is being modified, or an environment or policy cannot be
            attached.

    Source: UpdateJobQueue (documented; the texts are those of CreateJobQueue, assumed).
    """
    record = existing(region, KIND, region.job_queues, request["jobQueue"])
    check_may_update(record)
    environments = _environments(region, request, record.job_queue_type)
    _check_policy(request)
    _check_actions(request)
    for member in ("state", "priority", "jobStateTimeLimitActions"):
        if member in request:
            record.detail[member] = request[member]
    record.simulated.enabled = record.state == ENABLED
    if "computeEnvironmentOrder" in request:
        record.attach(environments)
        region.simulation.environments_changed(record.simulated)
    record.set_status(UPDATING)
    region.settle(_become_valid, record)
    return record.named()


def delete_job_queue(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Delete a queue that is DISABLED: its jobs end at once, it is DELETING, then gone.

    Raises:
        ServiceError: no such queue, it is being modified, or it is ENABLED.

    Source: DeleteJobQueue (documented; see `resources` for the texts). Documented too is that about
    16 jobs end in a second; here all do.
    """
    record = existing(region, KIND, region.job_queues, request["jobQueue"])
    check_may_delete(record)
    record.set_status(DELETING)
    region.simulation.delete_queue(record.simulated)
    region.settle(partial(_go_away, region), record)
    return {}


def _become_valid(record: JobQueueRecord) -> None:
    record.set_status(VALID, record.HEALTHY)


def _go_away(region: Region, record: JobQueueRecord) -> None:
    del region.job_queues[record.name]


def _environments(
    region: Region, request: Mapping[str, Any], job_queue_type: str | None
) -> dict[int, ComputeEnvironmentRecord]:
    """
    Give the compute environments that a request attaches, by their order value.

    Service environments are not simulated, so that none of them exists.

    Source: CreateJobQueue (documented; graded at each text above; the order of checks is assumed).
    """
    environments: dict[int, ComputeEnvironmentRecord] = {}
    for item in request.get("computeEnvironmentOrder", ()):
        record = find_compute_environment(region, item["computeEnvironment"])
        if record is None or record.status != VALID:
            raise ServiceError(ENVIRONMENTS_NOT_VALID)
        if record in environments.values():
            raise ServiceError(DUPLICATE_ENVIRONMENTS)
        environments[item["order"]] = record
    if request.get("serviceEnvironmentOrder"):
        raise ServiceError(SERVICE_ENVIRONMENTS_NOT_VALID)
    _check_alike(environments.values())
    for record in environments.values():
        if job_queue_type not in (None, record.kind):
            raise ServiceError(WRONG_TYPE.format(type=job_queue_type))
    return environments


def _check_alike(environments: Iterable[ComputeEnvironmentRecord]) -> None:
    """Refuse environments of several platforms, kinds or architectures."""
    records = list(environments)
    for record in records[1:]:
        first = records[0]
        if {record.simulated.platform, first.simulated.platform} == {EC2, FARGATE}:
            raise ServiceError(MIXED_PLATFORMS)
        if record.kind != first.kind:
            raise ServiceError(MIXED_KINDS.format(first=first.kind, second=record.kind))
    if len({record.architecture for record in records} - {None}) > 1:
        raise ServiceError(MIXED_ARCHITECTURES)


def _check_policy(request: Mapping[str, Any]) -> None:
    """
    Refuse a scheduling policy: they are not simulated, so that none exists.

    This also keeps one from being added to a first-in-first-out queue.

    Source: CreateJobQueue (captured text).
    """
    if "schedulingPolicyArn" in request:
        raise ServiceError(POLICY_NOT_FOUND.format(arn=request["schedulingPolicyArn"]))


def _check_actions(request: Mapping[str, Any]) -> None:
    """
    Refuse an action that a queue does not have; all queues here are for jobs, not for service jobs.

    Source: CreateJobQueue, where the request alone tells (captured text).
    """
    actions = request.get("jobStateTimeLimitActions", ())
    if any(action["action"] != "CANCEL" for action in actions):
        raise ServiceError(INVALID_ACTION)
