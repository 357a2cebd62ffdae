"""
Amazon Resource Names of Batch resources, and of the ECS resources that run its jobs.

Source: resource ARN formats of AWS Batch (documented); task and container instance ARNs as captured
since 2021, which name the ECS cluster of the compute environment.
"""

from __future__ import annotations

from typing import Final

#: The partition of regions by the first part of their names. Source: botocore's `partitions.json`.
_PARTITIONS: Final = {
    "cn": "aws-cn",
    "eu-isoe": "aws-iso-e",
    "eusc": "aws-eusc",
    "us-gov": "aws-us-gov",
    "us-iso": "aws-iso",
    "us-isob": "aws-iso-b",
    "us-isof": "aws-iso-f",
}


def partition_of(region: str) -> str:
    """Return the partition of a region, such as `aws`, `aws-cn` or `aws-us-gov`."""
    first, _, rest = region.partition("-")
    second = rest.partition("-")[0]
    return _PARTITIONS.get(first) or _PARTITIONS.get(f"{first}-{second}", "aws")


def name_in(name_or_arn: str, prefix: str) -> str | None:
    """
    Return the name from a name or ARN.

    Args:
        name_or_arn: the value of a request's member.
        prefix: the prefix of ARNs of this kind, account and region (`Region.arn(kind, "")`).

    Returns:
        The name; None for the ARN of something else, or of another account or region.
    """
    if name_or_arn.startswith("arn:"):
        return name_or_arn[len(prefix) :] if name_or_arn.startswith(prefix) else None
    return name_or_arn
