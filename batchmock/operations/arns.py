"""
Amazon Resource Names of Batch and of what it uses underneath.

Source: resource ARN formats of AWS Batch (documented); task and container instance ARNs as captured
since 2021, which name the ECS cluster of the compute environment.
"""

from __future__ import annotations


def partition_of(region: str) -> str:
    """Give the partition that a region lies in: `aws`, `aws-cn` or `aws-us-gov`."""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


def name_in(name_or_arn: str, prefix: str) -> str | None:
    """
    Give the name that a name or ARN stands for.

    Args:
        name_or_arn: what a request gave.
        prefix: what the ARNs of this kind, account and region begin with (`Region.arn(kind, "")`).

    Returns:
        The name; None for the ARN of something else, or of another account or region.
    """
    if name_or_arn.startswith("arn:"):
        return name_or_arn[len(prefix) :] if name_or_arn.startswith(prefix) else None
    return name_or_arn
