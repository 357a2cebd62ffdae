"""
GetJobQueueSnapshot: the front of a job queue, and the capacity that its dispatched jobs use.

Source: GetJobQueueSnapshot (documented, including the units `VCPU` on ECS and `cpu` on EKS). Assumed: a
snapshot shows the current instant; only queues with shares have utilization by share, and only those with
quota shares have fronts of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from batchmock.operations.job_queues.queues import JobQueueRecord, existing_job_queue
from batchmock.operations.jobs.capacity_usage import capacity_unit
from batchmock.operations.jobs.find import arn_of
from batchmock.operations.region import Region
from batchmock.operations.service_jobs.request import request_of
from batchmock.simulation.placement.environments import EKS
from batchmock.simulation.service_jobs.queues import Position, ServiceQueue, UnitCounts
from batchmock.simulation.tracking.records import TrackedJob

#: The number of jobs at the front of a queue, and of shares listed (documented).
FRONT_SIZE: Final = 100
TOP_SHARES: Final = 20

Amounts = Mapping[str, float]


def get_job_queue_snapshot(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the first 100 RUNNABLE jobs of a queue in the order of dispatch, and its capacity in use.

    Raises:
        ServiceError: there is no such queue.

    Source: GetJobQueueSnapshot (documented; text assumed).
    """
    queue = existing_job_queue(region, request["jobQueue"])
    now_ms = region.simulation.clock.epoch_ms
    shows = region.simulation.shows
    if queue.services is not None:
        return _of_service_jobs(queue.services, now_ms, shows)
    return _of_jobs(queue, now_ms, shows)


def _of_jobs(
    queue: JobQueueRecord, now_ms: int, shows: Callable[[TrackedJob], bool]
) -> dict[str, Any]:
    front = queue.simulated.front(FRONT_SIZE, now_ms)
    usage = queue.simulated.usage()
    unit = capacity_unit(on_eks=queue.environment_platform == EKS)
    utilization = _utilization({unit: usage.vcpus} if usage.vcpus else {}, now_ms)
    if queue.policy is not None:
        shares = {share: {unit: vcpus} for share, vcpus in usage.by_share.items() if vcpus}
        utilization["fairshareUtilization"] = _fair_shares(shares)
    return {
        "frontOfQueue": {
            "jobs": [
                {"jobArn": arn_of(job), "earliestTimeAtPosition": since_ms}
                for job, since_ms in front
                if shows(job)
            ],
            "lastUpdatedAt": now_ms,
        },
        "queueUtilization": utilization,
    }


def _of_service_jobs(
    queue: ServiceQueue, now_ms: int, shows: Callable[[TrackedJob], bool]
) -> dict[str, Any]:
    front = [place for place in queue.front(FRONT_SIZE, now_ms) if shows(place.job)]
    utilization = _utilization(queue.used(), now_ms)
    snapshot: dict[str, Any] = {
        "frontOfQueue": {"jobs": [_place(place) for place in front], "lastUpdatedAt": now_ms}
    }
    shares = _used_by_share(queue)
    if queue.quota_shares is not None:
        fronts = {name: queue.front_of(name) for name in queue.quota_shares}
        snapshot["frontOfQuotaShares"] = {
            "quotaShares": {
                name: [] if place is None or not shows(place.job) else [_place(place)]
                for name, place in fronts.items()
            },
            "lastUpdatedAt": now_ms,
        }
        top = _top(shares, "quotaShareName")
        utilization["quotaShareUtilization"] = {"topCapacityUtilization": top}
    elif queue.policy is not None:
        utilization["fairshareUtilization"] = _fair_shares(shares)
    snapshot["queueUtilization"] = utilization
    return snapshot


def _used_by_share(queue: ServiceQueue) -> dict[str, UnitCounts]:
    used = {name: _used(item.usage.amounts) for name, item in queue.backlogs.items()}
    return {name: amounts for name, amounts in used.items() if amounts}


def _used(amounts: UnitCounts) -> UnitCounts:
    return {unit: amount for unit, amount in amounts.items() if amount}


def _place(place: Position) -> dict[str, Any]:
    return {
        "jobArn": request_of(place.job).arn,
        "earliestTimeAtPosition": place.since_ms,
    }


def _utilization(used: Amounts, now_ms: int) -> dict[str, Any]:
    return {"totalCapacityUsage": _usage(used), "lastUpdatedAt": now_ms}


def _fair_shares(shares: Mapping[str, Amounts]) -> dict[str, Any]:
    return {
        "activeShareCount": len(shares),
        "topCapacityUtilization": _top(shares, "shareIdentifier"),
    }


def _top(shares: Mapping[str, Amounts], name_member: str) -> list[dict[str, Any]]:
    """Return the shares that use most, equal ones by name (assumed)."""
    ordered = sorted(shares.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    return [
        {name_member: name, "capacityUsage": _usage(used)} for name, used in ordered[:TOP_SHARES]
    ]


def _usage(used: Amounts) -> list[dict[str, Any]]:
    return [{"capacityUnit": unit, "quantity": float(amount)} for unit, amount in used.items()]
