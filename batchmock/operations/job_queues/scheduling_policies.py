"""
Scheduling policies: create, update, delete, describe, list.

A policy is of one kind for good: fair-share or quota-share. The queues that use one hold its record.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from batchmock.copies import copy_of
from batchmock.errors import ServiceError
from batchmock.operations.pagination import listed
from batchmock.operations.resources import ALREADY_EXISTS, DOES_NOT_EXIST
from batchmock.operations.tags import drop_tags, new_tags
from batchmock.simulation.placement.fair_share import FairSharePolicy

if TYPE_CHECKING:
    from batchmock.operations.region import Region

#: What the ARNs of scheduling policies have before their name.
KIND: Final = "scheduling-policy"

FAIR_SHARE: Final = "fairsharePolicy"
QUOTA_SHARE: Final = "quotaSharePolicy"

# Documented is that a policy in use cannot be deleted; the words are those captured of compute environments.
IN_USE: Final = "Cannot delete, found existing JobQueue relationship."

# Assumed. Documented is that the kind of a policy never changes.
CANNOT_CHANGE_KIND: Final = "A scheduling policy with {old} cannot be changed to {new}."

#: What applies where a fair-share policy says nothing (documented; that it is then shown: assumed).
FAIR_SHARE_DEFAULTS: Final = {
    "shareDecaySeconds": 0,
    "computeReservation": 0,
    "shareDistribution": [],
}


class SchedulingPolicyRecord:
    """A scheduling policy. `kind` is the member that describes it, `body` what that member holds."""

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
        """Whether jobs of its queues belong to shares."""
        return self.kind == FAIR_SHARE

    @property
    def simulated(self) -> FairSharePolicy | None:
        """The policy as the simulation knows it; None of one that is no fair-share policy."""
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
        """Give the item that DescribeSchedulingPolicies shows."""
        return {
            "name": self.name,
            "arn": self.arn,
            self.kind: copy_of(self.body),
            "tags": dict(self.tags),
        }


def create_scheduling_policy(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a scheduling policy; it can be used at once.

    Raises:
        ServiceError: the name is taken.

    Source: CreateSchedulingPolicy (documented). That a policy of which nothing is said is a
    fair-share policy, and the text for a name that is taken: assumed.
    """
    name = request["name"]
    if name in region.scheduling_policies:
        raise ServiceError(ALREADY_EXISTS)
    arn = region.arn(KIND, name)
    record = SchedulingPolicyRecord(
        name,
        arn,
        QUOTA_SHARE if QUOTA_SHARE in request else FAIR_SHARE,
        new_tags(region, arn, request),
        region.next_sequence(),
    )
    record.body = _body(record.kind, request.get(record.kind, {}))
    region.scheduling_policies[name] = record
    return {"name": name, "arn": arn}


def update_scheduling_policy(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Replace what a policy says, for all queues that use it; members that are not sent have their defaults.

    Raises:
        ServiceError: there is no such policy, or it is of the other kind.

    Source: UpdateSchedulingPolicy (documented). That a request without a policy changes nothing: assumed.
    """
    record = _existing(region, request["arn"])
    other = QUOTA_SHARE if record.is_fair_share else FAIR_SHARE
    if other in request:
        raise ServiceError(CANNOT_CHANGE_KIND.format(old=record.kind, new=other))
    if record.kind in request:
        record.body = _body(record.kind, request[record.kind])
        for queue in region.job_queues.values():
            if queue.policy is record:
                queue.follow(record)
                if queue.services is not None:
                    region.simulation.service_jobs.dispatch(queue.services.environment)
        region.simulation.jobs.capacity_changed()
    return {}


def delete_scheduling_policy(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Delete a policy that no queue uses.

    Raises:
        ServiceError: there is no such policy, or a queue uses it.

    Source: DeleteSchedulingPolicy (documented; text assumed).
    """
    record = _existing(region, request["arn"])
    if any(queue.policy is record for queue in region.job_queues.values()):
        raise ServiceError(IN_USE)
    del region.scheduling_policies[record.name]
    drop_tags(region, record.arn)
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
        region.scheduling_policies.values(),
        position=lambda record: record.sequence,
        shown=lambda record: {"arn": record.arn},
    )


def find_scheduling_policy(region: Region, arn: str) -> SchedulingPolicyRecord | None:
    """Give the policy with an ARN; None if this region has none such."""
    prefix = region.arn(KIND, "")
    return region.scheduling_policies.get(arn[len(prefix) :]) if arn.startswith(prefix) else None


def _existing(region: Region, arn: str) -> SchedulingPolicyRecord:
    record = find_scheduling_policy(region, arn)
    if record is None:
        raise ServiceError(DOES_NOT_EXIST.format(arn=arn))
    return record


def _body(kind: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Give a policy's body with what the service fills in; weight factors are of single precision."""
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
    """Give a number as a float of 32 bits is written: with as few digits as tell it from its neighbours."""
    packed = struct.pack("f", value)
    written = (float(f"{value:.{digits}g}") for digits in range(6, 10))
    return next(number for number in written if struct.pack("f", number) == packed)
