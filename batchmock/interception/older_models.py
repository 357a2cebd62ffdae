"""
Replies for clients whose service model is older than ours.

The real service sends members that an older client does not know, and botocore's parser drops them.
A reply returned from `before-call` bypasses the parser, so this module drops them. For a current model it does
nothing.
"""

from __future__ import annotations

from typing import Any, Final

#: Members newer than the oldest supported model that a reply may have without the request naming them.
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
    """Return whether a model lacks a member that our replies may have."""
    shapes = service_model.shape_names
    return any(
        shape not in shapes or member not in service_model.shape_for(shape).members
        for shape, member in RECENT_MEMBERS
    )


def without_unknown(value: Any, shape: Any) -> Any:
    """Return a value reduced to the members of a shape of the client's model."""
    if shape.type_name == "structure":
        return {
            name: without_unknown(item, shape.members[name])
            for name, item in value.items()
            if name in shape.members
        }
    if shape.type_name == "list":
        return [without_unknown(item, shape.member) for item in value]
    return value
