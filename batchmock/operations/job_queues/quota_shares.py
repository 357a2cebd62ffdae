"""
Quota shares of job queues: create, update, delete, describe, list.

The simulation applies them to service jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Final

from batchmock.errors import ServiceError
from batchmock.operations.job_queues.queues import JobQueueRecord, existing_job_queue
from batchmock.operations.pagination import listed
from batchmock.operations.quotas import QUOTA_SHARE_QUOTA, check_quota
from batchmock.operations.region import Records, Region
from batchmock.operations.resources import (
    CREATING,
    DELETING,
    DOES_NOT_EXIST,
    ENABLED,
    UPDATING,
    VALID,
    ResourceRecord,
    check_may_delete,
    check_may_update,
    name_taken,
)
from batchmock.operations.service_environments import capacity_of
from batchmock.simulation.service_jobs.quota_shares import LEND_AND_BORROW, UNLIMITED, QuotaShare

# Documented: the queue must be VALID and use quota management. The texts are assumed.
QUEUE_NOT_VALID: Final = "JobQueue {arn} is not in VALID status."
QUEUE_WITHOUT_QUOTAS: Final = (
    "JobQueue {arn} does not have a scheduling policy with quotaSharePolicy."
)

#: The members that an update can change.
CHANGEABLE: Final = (
    "capacityLimits",
    "resourceSharingConfiguration",
    "preemptionConfiguration",
    "state",
)


class QuotaShareRecord(ResourceRecord):
    """
    A quota share of a job queue. `simulated` is its counterpart in the simulation.

    Source: QuotaShareDetail, DescribeQuotaShare (documented; there is no statusReason).
    """

    __slots__ = ("queue", "simulated")

    MEMBERS: ClassVar[tuple[str, ...]] = (
        "quotaShareName",
        "quotaShareArn",
        "jobQueueArn",
        "capacityLimits",
        "resourceSharingConfiguration",
        "preemptionConfiguration",
        "state",
        "status",
        "tags",
    )
    NAME_MEMBER: ClassVar[str] = "quotaShareName"
    ARN_MEMBER: ClassVar[str] = "quotaShareArn"

    def __init__(self, detail: dict[str, Any], sequence: int, queue: JobQueueRecord) -> None:
        super().__init__(detail, sequence)
        self.queue = queue
        self.simulated = QuotaShare(self.name)
        self.sync()

    def sync(self) -> None:
        """Copy the described share to the simulated one."""
        sharing = self.detail["resourceSharingConfiguration"]
        self.simulated.limits = capacity_of(self.detail["capacityLimits"])
        self.simulated.strategy = sharing["strategy"]
        self.simulated.borrow_limit = sharing.get("borrowLimit", UNLIMITED)
        preemption = self.detail["preemptionConfiguration"]["inSharePreemption"]
        self.simulated.preempts_in_share = preemption == ENABLED

    def listed(self) -> dict[str, Any]:
        """Return the ListQuotaShares item: without tags (documented)."""
        return {name: value for name, value in self.shown().items() if name != "tags"}


#: The quota shares of all queues of each region, by ARN.
QUOTA_SHARES: Final = Records[QuotaShareRecord]("quota-share")


def create_quota_share(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a quota share of a queue: CREATING, then VALID.

    Raises:
        ServiceError: no such queue, it is not VALID or not managed by quotas, the name is taken, or it
            has 20 shares.

    Source: CreateQuotaShare (documented; texts assumed).
    """
    queue = existing_job_queue(region, request["jobQueue"])
    name = request["quotaShareName"]
    arn = f"{queue.arn}/quota-share/{name}"
    if queue.status != VALID:
        raise ServiceError(QUEUE_NOT_VALID.format(arn=queue.arn))
    if queue.services is None or queue.services.quota_shares is None:
        raise ServiceError(QUEUE_WITHOUT_QUOTAS.format(arn=queue.arn))
    if arn in QUOTA_SHARES.of(region):
        raise name_taken()
    check_quota(queue.services.quota_shares, QUOTA_SHARE_QUOTA)
    detail = {
        "quotaShareName": name,
        "quotaShareArn": arn,
        "jobQueueArn": queue.arn,
        "capacityLimits": request["capacityLimits"],
        "resourceSharingConfiguration": _sharing(request["resourceSharingConfiguration"]),
        "preemptionConfiguration": request["preemptionConfiguration"],
        "state": request.get("state", ENABLED),
        "status": CREATING,
        "tags": region.new_tags(arn, request),
    }
    record = QuotaShareRecord(detail, region.next_sequence(), queue)
    QUOTA_SHARES.of(region)[arn] = record
    queue.services.quota_shares[name] = record.simulated
    region.settle(_become_valid, record)
    return record.named()


def describe_quota_share(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe a quota share.

    Raises:
        ServiceError: there is no such quota share.

    Source: DescribeQuotaShare (documented; text assumed).
    """
    return _existing(region, request["quotaShareArn"]).shown()


def list_quota_shares(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    List the quota shares of a queue, oldest first (assumed), by pages of up to 100.

    Raises:
        ServiceError: there is no such queue.

    Source: ListQuotaShares (documented).
    """
    queue = existing_job_queue(region, request["jobQueue"])
    return listed(
        "ListQuotaShares",
        request,
        "quotaShares",
        [share for share in QUOTA_SHARES.of(region).values() if share.queue is queue],
        position=lambda share: share.sequence,
        shown=lambda share: share.listed(),
    )


def update_quota_share(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Update the members that were sent: UPDATING, then VALID; the changes apply at once.

    Raises:
        ServiceError: no such quota share, or it is being modified.

    Source: UpdateQuotaShare (documented; texts assumed).
    """
    record = _existing(region, request["quotaShareArn"])
    check_may_update(record)
    record.detail.update({name: request[name] for name in CHANGEABLE if name in request})
    sharing = _sharing(record.detail["resourceSharingConfiguration"])
    record.detail["resourceSharingConfiguration"] = sharing
    record.sync()
    record.set_status(UPDATING)
    region.settle(_become_valid, record)
    _dispatch(region, record)
    return record.named()


def delete_quota_share(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Delete a DISABLED quota share: its jobs end at once, and it is DELETING until it is gone.

    Raises:
        ServiceError: no such quota share, it is being modified, or it is ENABLED.

    Source: DeleteQuotaShare (documented: its jobs are eventually terminated; texts assumed).
    """
    record = _existing(region, request["quotaShareArn"])
    check_may_delete(record)
    record.set_status(DELETING)
    if record.queue.services is not None:
        region.simulation.service_jobs.delete_share(record.queue.services, record.name)
    region.settle(partial(_go_away, region), record)
    return {}


def _existing(region: Region, arn: str) -> QuotaShareRecord:
    record = QUOTA_SHARES.of(region).get(arn)
    if record is None:
        raise ServiceError(DOES_NOT_EXIST.format(arn=arn))
    return record


def _sharing(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sharing configuration with its default: unlimited borrowing (documented)."""
    if sent["strategy"] == LEND_AND_BORROW:
        return {"borrowLimit": UNLIMITED, **sent}
    return dict(sent)


def _dispatch(region: Region, record: QuotaShareRecord) -> None:
    if record.queue.services is not None:
        region.simulation.service_jobs.dispatch(record.queue.services.environment)


def _become_valid(record: QuotaShareRecord) -> None:
    record.set_status(VALID)


def _go_away(region: Region, record: QuotaShareRecord) -> None:
    if QUOTA_SHARES.of(region).pop(record.arn, None) is not None:
        region.drop_tags(record.arn)
