"""
Job queues: create, describe, update, delete.

Not here: their jobs, which live in the simulation, the snapshot of their front, and which environments and
policy a queue can have (`job_queue_environments`, `job_queue_policies`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from batchmock.errors import ServiceError
from batchmock.operations.compute_environments.environments import ComputeEnvironmentRecord
from batchmock.operations.job_queues.environments import (
    check_kind_of_order,
    environments_of,
    service_environment_of,
)
from batchmock.operations.job_queues.policies import check_policy_change, policy_of
from batchmock.operations.job_queues.scheduling_policies import SchedulingPolicyRecord
from batchmock.operations.quotas import JOB_QUEUES, check_quota
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
from batchmock.operations.service_jobs.service_environments import (
    SAGEMAKER_TRAINING,
    ServiceEnvironmentRecord,
)
from batchmock.operations.tags import drop_tags, new_tags
from batchmock.simulation.placement.blocked import code_of
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.service_jobs.queues import ServiceQueue

if TYPE_CHECKING:
    from batchmock.operations.region import Region

#: What the ARNs of job queues have before their name.
KIND: Final = "job-queue"

# Captured.
INVALID_ACTION: Final = "Invalid job action. Valid job actions: [{action}]"


class JobQueueRecord(ResourceRecord):
    """
    A job queue. `simulated` holds its jobs, `environments` its compute environments in order.

    One of type SAGEMAKER_TRAINING has `services` instead, which holds its service jobs, and one
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
        #: Where its jobs run, e.g. EC2 or FARGATE; None without environments.
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
        """Let the simulated queue have the state, priority and time limits of the described one."""
        self.simulated.enabled = self.state == ENABLED
        self.simulated.priority = self.detail.get("priority", 0)
        self.simulated.time_limits = {
            code_of(action["reason"]): action["maxTimeSeconds"] * 1000
            for action in self.detail.get("jobStateTimeLimitActions", ())
        }

    def follow(self, policy: SchedulingPolicyRecord) -> None:
        """Be scheduled by a policy, as it says now."""
        self.policy = policy
        self.detail["schedulingPolicyArn"] = policy.arn
        self.simulated.policy = policy.simulated
        if self.services is not None:
            self.services.policy = policy.simulated
            if not policy.is_fair_share and self.services.quota_shares is None:
                self.services.quota_shares = {}

    def serve(self, order: int, environment: ServiceEnvironmentRecord) -> None:
        """Dispatch service jobs to an environment from now on."""
        if self.services is not None:
            self.service_environment = environment
            self.services.attach(environment.simulated)
        self.detail["serviceEnvironmentOrder"] = [
            {"order": order, "serviceEnvironment": environment.arn}
        ]

    def attach(self, environments: Mapping[int, ComputeEnvironmentRecord]) -> None:
        """
        Take these environments, by order value, instead of those before.

        Source: DescribeJobQueues (captured: names come back as ARNs, order values as sent; that the
        list is sorted by them is assumed).
        """
        self.environments = [environments[order] for order in sorted(environments)]
        self.simulated.environments = [record.simulated for record in self.environments]
        self.environment_platform = None
        if self.environments:
            self.environment_platform = self.environments[0].simulated.platform
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
    check_quota(region.job_queues, JOB_QUEUES)
    environments = environments_of(region, request, request.get("jobQueueType"))
    policy = policy_of(region, request, request.get("jobQueueType"))
    service_environment = service_environment_of(region, request, policy)
    detail = {
        "jobQueueName": name,
        "jobQueueArn": region.arn(KIND, name),
        "state": request.get("state", ENABLED),
        "status": CREATING,
        "priority": request["priority"],
        "tags": new_tags(region, region.arn(KIND, name), request),
    }
    if request.get("jobQueueType") != SAGEMAKER_TRAINING or "jobStateTimeLimitActions" in request:
        detail["jobStateTimeLimitActions"] = request.get("jobStateTimeLimitActions", [])
    if "jobQueueType" in request:
        detail["jobQueueType"] = request["jobQueueType"]
    record = JobQueueRecord(detail, region.next_sequence())
    record.attach(environments)
    if policy is not None:
        record.follow(policy)
    _serve(region, record, service_environment)
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
    Delete a queue that is DISABLED: its jobs end at once, it is DELETING, then gone.

    Raises:
        ServiceError: no such queue, it is being modified, or it is ENABLED.

    Source: DeleteJobQueue (documented; see `resources` for the texts). Documented too is that about
    16 jobs end in a second; here all do.
    """
    record = existing(region, KIND, region.job_queues, request["jobQueue"])
    check_may_delete(record)
    record.set_status(DELETING)
    region.simulation.jobs.delete_queue(record.simulated)
    if record.services is not None:
        region.simulation.service_jobs.delete_queue(record.services)
        record.service_environment = None
    record.simulated.environments = []
    region.settle(partial(_go_away, region), record)
    return {}


def _become_valid(record: JobQueueRecord) -> None:
    record.set_status(VALID, record.HEALTHY)


def _go_away(region: Region, record: JobQueueRecord) -> None:
    del region.job_queues[record.name]
    drop_tags(region, record.arn)
    for arn, share in list(region.quota_shares.items()):
        if share.queue is record:
            del region.quota_shares[arn]
            drop_tags(region, arn)


def _serve(
    region: Region,
    record: JobQueueRecord,
    service_environment: tuple[int, ServiceEnvironmentRecord] | None,
) -> None:
    """Let a queue of service jobs have what was asked for: environment, priority, time limits."""
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
    Refuse an action that the type of the queue does not have.

    Source: CreateJobQueue, where the request alone tells (captured texts).
    """
    allowed = "TERMINATE" if record.job_queue_type == SAGEMAKER_TRAINING else "CANCEL"
    actions = request.get("jobStateTimeLimitActions", ())
    if any(action["action"] != allowed for action in actions):
        raise ServiceError(INVALID_ACTION.format(action=allowed))
