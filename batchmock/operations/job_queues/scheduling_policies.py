"""
Scheduling policies: create, update, delete, describe, list.

A policy is of one kind, fair-share or quota-share, which never changes. Queues refer to its record.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final, Protocol

from batchmock.copies import copy_of
from batchmock.errors import ServiceError
from batchmock.operations.pagination import listed
from batchmock.operations.region import Records, Region
from batchmock.operations.resources import DOES_NOT_EXIST, name_taken
from batchmock.simulation.placement.fair_share import FairSharePolicy
from batchmock.simulation.service_jobs.queues import ServiceQueue

#: The part before the name in ARNs of scheduling policies.

FAIR_SHARE: Final = "fairsharePolicy"
QUOTA_SHARE: Final = "quotaSharePolicy"

# Documented: a policy in use cannot be deleted. The text is captured from compute environments.
IN_USE: Final = "Cannot delete, found existing JobQueue relationship."

# Documented: the kind of a policy never changes. The text is assumed.
CANNOT_CHANGE_KIND: Final = "A scheduling policy with {old} cannot be changed to {new}."

#: The defaults of a fair-share policy (documented; that they are shown is assumed).
FAIR_SHARE_DEFAULTS: Final = {
    "shareDecaySeconds": 0,
    "computeReservation": 0,
    "shareDistribution": [],
}


class SchedulingPolicyRecord:
    """A scheduling policy. `kind` is the name of the member that describes it, `body` that member's value."""

    __slots__ = ("arn", "body", "kind", "name", "sequence", "tags")

    def __init__(self, name: str, arn: str, kind: str, tags: dict[str, str], sequence: int) -> None:
        self.name = name
        self.arn = arn
        self.kind = kind
        self.tags = tags
        self.sequence = sequence
        self.body: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<SchedulingPolicyRecord {self.name!r} {self.kind}>"

    @property
    def is_fair_share(self) -> bool:
        """Whether it is a fair-share policy, whose jobs belong to shares."""
        return self.kind == FAIR_SHARE

    @property
    def simulated(self) -> FairSharePolicy | None:
        """The policy as the simulation uses it; None for a quota-share policy."""
        if not self.is_fair_share:
            return None
        return FairSharePolicy(
            self.body["shareDecaySeconds"],
            self.body["computeReservation"],
            tuple(
                (share["shareIdentifier"], share.get("weightFactor", 1.0))
                for share in self.body["shareDistribution"]
            ),
        )

    def shown(self) -> dict[str, Any]:
        """Return the DescribeSchedulingPolicies item."""
        return {
            "name": self.name,
            "arn": self.arn,
            self.kind: copy_of(self.body),
            "tags": dict(self.tags),
        }


#: The scheduling policies of each region, by name.
SCHEDULING_POLICIES: Final = Records[SchedulingPolicyRecord]("scheduling-policy")


class _JobQueue(Protocol):
    """The members of a job queue that this module uses."""

    policy: SchedulingPolicyRecord | None
    services: ServiceQueue | None

    def follow(self, policy: SchedulingPolicyRecord) -> None: ...


_JOB_QUEUES: Final = Records[_JobQueue]("job-queue")


def create_scheduling_policy(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a scheduling policy; it can be used at once.

    Raises:
        ServiceError: the name is taken.

    Source: CreateSchedulingPolicy (documented). Assumed: an empty request makes a
    fair-share policy; the text for a name that is taken.
    """
    name = request["name"]
    if name in SCHEDULING_POLICIES.of(region):
        raise name_taken()
    arn = region.arn(SCHEDULING_POLICIES.kind, name)
    record = SchedulingPolicyRecord(
        name,
        arn,
        QUOTA_SHARE if QUOTA_SHARE in request else FAIR_SHARE,
        region.new_tags(arn, request),
        region.next_sequence(),
    )
    record.body = _body(record.kind, request.get(record.kind, {}))
    SCHEDULING_POLICIES.of(region)[name] = record
    return {"name": name, "arn": arn}


def update_scheduling_policy(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Replace the body of a policy for all queues that use it; omitted members get their defaults.

    Raises:
        ServiceError: there is no such policy, or it is of the other kind.

    Source: UpdateSchedulingPolicy (documented). That a request without a policy changes nothing is assumed.
    """
    record = _existing(region, request["arn"])
    other = QUOTA_SHARE if record.is_fair_share else FAIR_SHARE
    if other in request:
        raise ServiceError(CANNOT_CHANGE_KIND.format(old=record.kind, new=other))
    if record.kind in request:
        record.body = _body(record.kind, request[record.kind])
        for queue in _JOB_QUEUES.of(region).values():
            if queue.policy is record:
                queue.follow(record)
                if queue.services is not None:
                    region.simulation.service_jobs.dispatch(queue.services.environment)
        region.simulation.jobs.capacity_changed()
    return {}


def delete_scheduling_policy(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Delete an unused policy.

    Raises:
        ServiceError: there is no such policy, or a queue uses it.

    Source: DeleteSchedulingPolicy (documented; text assumed).
    """
    record = _existing(region, request["arn"])
    if any(queue.policy is record for queue in _JOB_QUEUES.of(region).values()):
        raise ServiceError(IN_USE)
    del SCHEDULING_POLICIES.of(region)[record.name]
    region.drop_tags(record.arn)
    return {}


def describe_scheduling_policies(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe up to 100 policies by their ARNs, in the order asked for; unknown ones are left out (assumed).

    Source: DescribeSchedulingPolicies (documented).
    """
    found = (find_scheduling_policy(region, arn) for arn in dict.fromkeys(request["arns"]))
    return {"schedulingPolicies": [record.shown() for record in found if record is not None]}


def list_scheduling_policies(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    List the ARNs of all policies, oldest first (assumed), by pages of up to 100.

    Source: ListSchedulingPolicies (documented).
    """
    return listed(
        "ListSchedulingPolicies",
        request,
        "schedulingPolicies",
        SCHEDULING_POLICIES.of(region).values(),
        position=lambda record: record.sequence,
        shown=lambda record: {"arn": record.arn},
    )


def find_scheduling_policy(region: Region, arn: str) -> SchedulingPolicyRecord | None:
    """Return the policy with an ARN; None if this region has none."""
    prefix = region.arn(SCHEDULING_POLICIES.kind, "")
    return (
        SCHEDULING_POLICIES.of(region).get(arn[len(prefix) :]) if arn.startswith(prefix) else None
    )


def _existing(region: Region, arn: str) -> SchedulingPolicyRecord:
    record = find_scheduling_policy(region, arn)
    if record is None:
        raise ServiceError(DOES_NOT_EXIST.format(arn=arn))
    return record


def _body(kind: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy's body with the service's defaults; weight factors have single precision."""
    if kind == QUOTA_SHARE:
        return dict(sent)
    body = {**FAIR_SHARE_DEFAULTS, **sent}
    body["shareDistribution"] = [_share(share) for share in body["shareDistribution"]]
    return body


def _share(sent: Mapping[str, Any]) -> dict[str, Any]:
    share = dict(sent)
    if "weightFactor" in sent:
        share["weightFactor"] = _single_precision(sent["weightFactor"])
    return share


def _single_precision(value: float) -> float:
    """Return a number rounded to single precision, in its shortest unambiguous decimal form."""
    packed = struct.pack("f", value)
    written = (float(f"{value:.{digits}g}") for digits in range(6, 10))
    return next(number for number in written if struct.pack("f", number) == packed)
