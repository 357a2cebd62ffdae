"""
Job queues: create, describe, update, delete.

Their jobs live in the simulation. `environments` and `policies` check what can be attached to a queue, and
`snapshots` shows the front of a queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Final, Protocol

from batchmock.errors import ServiceError
from batchmock.operations.compute_environments.record import ComputeEnvironmentRecord
from batchmock.operations.job_queues.environments import (
    check_kind_of_order,
    environments_of,
    service_environment_of,
)
from batchmock.operations.job_queues.policies import check_policy_change, policy_of
from batchmock.operations.job_queues.scheduling_policies import SchedulingPolicyRecord
from batchmock.operations.quotas import JOB_QUEUE_QUOTA
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
from batchmock.operations.service_environments import (
    SAGEMAKER_TRAINING,
    ServiceEnvironmentRecord,
)
from batchmock.simulation.placement.blocked import code_of
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.service_jobs.queues import ServiceQueue

# Captured.
INVALID_ACTION: Final = "Invalid job action. Valid job actions: [{action}]"


# Captured.
QUEUE_NOT_FOUND: Final = "JobQueue {given} not found."


class JobQueueRecord(ResourceRecord):
    """
    A job queue. `simulated` holds its jobs, `environments` its compute environments in order.

    A queue of type SAGEMAKER_TRAINING has `services` with its service jobs instead, and one
    `service_environment`.

    Source: DescribeJobQueues (captured order of the members).
    """

    __slots__ = (
        "environment_platform",
        "environments",
        "policy",
        "service_environment",
        "services",
        "simulated",
    )

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
        self.simulated.sequence = sequence
        self.services: ServiceQueue | None = None
        self.service_environment: ServiceEnvironmentRecord | None = None
        if self.job_queue_type == SAGEMAKER_TRAINING:
            self.services = ServiceQueue(self.name, self.arn)
        self.sync()
        self.environments: list[ComputeEnvironmentRecord] = []
        #: The platform of its jobs, e.g. EC2 or FARGATE; None without environments.
        self.environment_platform: str | None = None
        self.policy: SchedulingPolicyRecord | None = None

    @property
    def job_queue_type(self) -> str | None:
        """The jobQueueType that was sent, if any."""
        return self.detail.get("jobQueueType")

    @property
    def has_quotas(self) -> bool:
        """Whether it is managed by quota shares."""
        return self.policy is not None and not self.policy.is_fair_share

    def sync(self) -> None:
        """Copy state, priority and time limits to the simulated queue."""
        self.simulated.enabled = self.state == ENABLED
        self.simulated.priority = self.detail.get("priority", 0)
        self.simulated.time_limits = {
            code_of(action["reason"]): action["maxTimeSeconds"] * 1000
            for action in self.detail.get("jobStateTimeLimitActions", ())
        }

    def follow(self, policy: SchedulingPolicyRecord) -> None:
        """Use a policy in its current form."""
        self.policy = policy
        self.detail["schedulingPolicyArn"] = policy.arn
        self.simulated.policy = policy.simulated
        if self.services is not None:
            self.services.policy = policy.simulated
            if not policy.is_fair_share and self.services.quota_shares is None:
                self.services.quota_shares = {}

    def serve(self, order: int, environment: ServiceEnvironmentRecord) -> None:
        """Attach the environment that runs the queue's service jobs."""
        if self.services is not None:
            self.service_environment = environment
            self.services.attach(environment.simulated)
        self.detail["serviceEnvironmentOrder"] = [
            {"order": order, "serviceEnvironment": environment.arn}
        ]

    def attach(self, environments: Mapping[int, ComputeEnvironmentRecord]) -> None:
        """
        Replace the environments of the queue.

        Source: DescribeJobQueues (captured: names come back as ARNs, order values as sent; that the
        list is sorted by them is assumed).
        """
        self.environments = [environments[order] for order in sorted(environments)]
        self.simulated.attach([record.simulated for record in self.environments])
        self.environment_platform = None
        if self.environments:
            self.environment_platform = self.environments[0].simulated.platform
        self.detail["computeEnvironmentOrder"] = [
            {"order": order, "computeEnvironment": environments[order].arn}
            for order in sorted(environments)
        ]


#: The job queues of each region, by name.
JOB_QUEUES: Final = Resources[JobQueueRecord]("job-queue", JOB_QUEUE_QUOTA)


def existing_job_queue(region: Region, name_or_arn: str) -> JobQueueRecord:
    """
    Return the queue named in a request about its jobs or shares.

    Raises:
        ServiceError: `JobQueue … not found.` (captured text of SubmitJob).
    """
    queue = JOB_QUEUES.find(region, name_or_arn)
    if queue is None:
        raise ServiceError(QUEUE_NOT_FOUND.format(given=name_or_arn))
    return queue


class _QuotaShare(Protocol):
    """The members of a quota share that this module uses."""

    queue: JobQueueRecord


_QUOTA_SHARES: Final = Records[_QuotaShare]("quota-share")


def create_job_queue(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a job queue: CREATING, then VALID.

    Raises:
        ServiceError: the name is taken, or an environment or policy cannot be attached.

    Source: CreateJobQueue (documented; texts and defaults captured; that jobQueueType is
    shown only when it was sent: assumed).
    """
    name = request["jobQueueName"]
    JOB_QUEUES.check_may_create(region, name)
    environments = environments_of(region, request, request.get("jobQueueType"))
    policy = policy_of(region, request, request.get("jobQueueType"))
    service_environment = service_environment_of(region, request, policy)
    detail = {
        "jobQueueName": name,
        "jobQueueArn": region.arn(JOB_QUEUES.kind, name),
        "state": request.get("state", ENABLED),
        "status": CREATING,
        "priority": request["priority"],
        "tags": region.new_tags(region.arn(JOB_QUEUES.kind, name), request),
    }
    if request.get("jobQueueType") != SAGEMAKER_TRAINING or "jobStateTimeLimitActions" in request:
        detail["jobStateTimeLimitActions"] = request.get("jobStateTimeLimitActions", [])
    if "jobQueueType" in request:
        detail["jobQueueType"] = request["jobQueueType"]
    record = JobQueueRecord(detail, region.next_sequence())
    record.simulated.start_of = region.simulation.start_of
    if record.services is not None:
        record.services.start_of = region.simulation.start_of
    record.attach(environments)
    if policy is not None:
        record.follow(policy)
    _serve(region, record, service_environment)
    JOB_QUEUES.of(region)[name] = record
    region.settle(_become_valid, record)
    return record.named()


def describe_job_queues(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe the named queues, or a page of all; unknown names are left out.

    Source: DescribeJobQueues (documented; shape captured; see `described` for the order).
    """
    return JOB_QUEUES.described(region, request, "jobQueues")


def update_job_queue(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Update the members that were sent: UPDATING, then VALID; a new state applies at once.

    Raises:
        ServiceError: no such queue, it is being modified, or an environment or policy cannot be
            attached.

    Source: UpdateJobQueue (documented; the texts are those of CreateJobQueue, assumed).
    """
    record = JOB_QUEUES.existing(region, request["jobQueue"])
    check_may_update(record)
    check_kind_of_order(record, request)
    environments = environments_of(region, request, record.job_queue_type)
    policy = policy_of(region, request, record.job_queue_type)
    service_environment = service_environment_of(region, request, policy or record.policy, record)
    if policy is not None:
        check_policy_change(record.policy, policy)
    _check_actions(record, request)
    for member in ("state", "priority", "jobStateTimeLimitActions"):
        if member in request:
            record.detail[member] = request[member]
    record.sync()
    if policy is not None:
        record.follow(policy)
    if "computeEnvironmentOrder" in request:
        record.attach(environments)
    _serve(region, record, service_environment)
    region.simulation.jobs.capacity_changed()
    record.set_status(UPDATING)
    region.settle(_become_valid, record)
    return record.named()


def delete_job_queue(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Delete a DISABLED queue: its jobs end at once, and it is DELETING until it is gone.

    Raises:
        ServiceError: no such queue, it is being modified, or it is ENABLED.

    Source: DeleteJobQueue (documented; see `resources` for the texts). The service ends
    about 16 jobs a second (documented); here all end at once.
    """
    record = JOB_QUEUES.existing(region, request["jobQueue"])
    check_may_delete(record)
    record.set_status(DELETING)
    region.simulation.jobs.delete_queue(record.simulated)
    if record.services is not None:
        region.simulation.service_jobs.delete_queue(record.services)
        record.service_environment = None
    record.simulated.attach([])
    region.settle(partial(_go_away, region), record)
    return {}


def _become_valid(record: JobQueueRecord) -> None:
    record.set_status(VALID, record.HEALTHY)


def _go_away(region: Region, record: JobQueueRecord) -> None:
    del JOB_QUEUES.of(region)[record.name]
    region.drop_tags(record.arn)
    for arn, share in list(_QUOTA_SHARES.of(region).items()):
        if share.queue is record:
            del _QUOTA_SHARES.of(region)[arn]
            region.drop_tags(arn)


def _serve(
    region: Region,
    record: JobQueueRecord,
    service_environment: tuple[int, ServiceEnvironmentRecord] | None,
) -> None:
    """Apply environment, priority and time limits to a queue of service jobs."""
    if record.services is None:
        return
    if service_environment is not None:
        record.serve(*service_environment)
    service_jobs = region.simulation.service_jobs
    record.services.priority = record.detail["priority"]
    service_jobs.limit_times(record.services, record.simulated.time_limits)
    service_jobs.dispatch(record.services.environment)


def _check_actions(record: JobQueueRecord, request: Mapping[str, Any]) -> None:
    """
    Refuse a time limit action that the type of the queue does not support.

    Source: CreateJobQueue (captured texts).
    """
    allowed = "TERMINATE" if record.job_queue_type == SAGEMAKER_TRAINING else "CANCEL"
    actions = request.get("jobStateTimeLimitActions", ())
    if any(action["action"] != allowed for action in actions):
        raise ServiceError(INVALID_ACTION.format(action=allowed))
