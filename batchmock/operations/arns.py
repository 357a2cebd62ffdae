"""
Amazon Resource Names of Batch resources, and of the ECS resources that run its jobs.

Source: resource ARN formats of AWS Batch (documented); task and container instance ARNs as captured
since 2021, which name the ECS cluster of the compute environment.
"""

from __future__ import annotations


def partition_of(region: str) -> str:
    """Return the partition of a region:  `aws`, `aws-cn` or `aws-us-gov`."""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


def name_in(name_or_arn: str, prefix: str) -> str | None:
    """
    Return the name in a name or ARN.

    Args:
        name_or_arn: the value of a request's member.
        prefix: the beginning of ARNs of this kind, account and region (`Region.arn(kind, "")`).

    Returns:
        The name; None for the ARN of something else, or of another account or region.
    """
    if name_or_arn.startswith("arn:"):
        return name_or_arn[len(prefix) :] if name_or_arn.startswith(prefix) else None
    return name_or_arn
