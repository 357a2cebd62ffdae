"""
Replies for clients whose service model is older than ours.

The real service sends members that an older client does not know, and botocore's parser drops them.
A reply given at `before-call` is past the parser, so it is done here; for today's model there is
nothing to do, and nothing is done.
"""

from __future__ import annotations

from typing import Any, Final

#: Members that a reply may have without having been asked for, newer than the oldest supported model.
RECENT_MEMBERS: Final = (
    ("JobSummary", "capacityUsage"),
    ("JobSummary", "shareIdentifier"),
    ("JobDetail", "consumableResourceProperties"),
    ("JobDefinition", "consumableResourceProperties"),
    ("DescribeServiceJobResponse", "quotaShareName"),
    ("GetJobQueueSnapshotResponse", "frontOfQuotaShares"),
    ("ArrayPropertiesSummary", "statusSummary"),
    ("ArrayPropertiesDetail", "statusSummaryLastUpdatedAt"),
)


def is_older(service_model: Any) -> bool:
    """Say whether a model lacks a member that our replies may have."""
    shapes = service_model.shape_names
    return any(
        shape not in shapes or member not in service_model.shape_for(shape).members
        for shape, member in RECENT_MEMBERS
    )


def without_unknown(value: Any, shape: Any) -> Any:
    """Give a value with only those members that a shape of the client's model has."""
    if shape.type_name == "structure":
        return {
            name: without_unknown(item, shape.members[name])
            for name, item in value.items()
            if name in shape.members
        }
    if shape.type_name == "list":
        return [without_unknown(item, shape.member) for item in value]
    return value
