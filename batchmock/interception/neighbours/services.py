"""The services beside AWS Batch, and the interface by which a mock answers them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from batchmock.errors import ServiceError

#: Reply or refusal, request id, and simulated time in milliseconds.
Answered = tuple["dict[str, Any] | ServiceError", str, int]


class Neighbour(NamedTuple):
    """
    A service beside AWS Batch.

    Args:
        service: its name in botocore and in signatures.
        hook: its name in botocore's events.
        name: its name in messages.
        target: the prefix of its operations in `X-Amz-Target`; "" for the query protocol of Amazon EC2.
    """

    service: str
    hook: str
    name: str
    target: str = ""


LOGS: Final = Neighbour("logs", "cloudwatch-logs", "CloudWatch Logs", "Logs_20140328.")
ECS: Final = Neighbour("ecs", "ecs", "Amazon ECS", "AmazonEC2ContainerServiceV20141113.")
EC2: Final = Neighbour("ec2", "ec2", "Amazon EC2")

#: The services, by name.
NEIGHBOURS: Final[Mapping[str, Neighbour]] = {item.service: item for item in (LOGS, ECS, EC2)}

#: The domains of AWS in all partitions, as botocore's `partitions.json` has them.
AWS_DOMAINS: Final = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "api.aws",
    "api.aws.hci.ic.gov",
    "api.aws.ic.gov",
    "api.aws.scloud",
    "api.cloud-aws.adc-e.uk",
    "c2s.ic.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
    "sc2s.sgov.gov",
)
_SUFFIXES: Final = tuple(f".{domain}" for domain in AWS_DOMAINS)


class NeighbourResponder(Protocol):
    """An object that answers requests to services beside AWS Batch."""

    def answer_neighbour(
        self,
        service: str,
        operation: str,
        request: dict[str, Any],
        region: str,
        account_id: str | None,
    ) -> Answered | None:
        """Answer a request; return None if it is not about what the mock has."""

    def answer_neighbour_alone(
        self,
        service: str,
        operation: str,
        request: dict[str, Any],
        region: str,
        account_id: str | None,
    ) -> Answered | str | None:
        """
        Answer a request that `answer_neighbour` did not, and that would reach AWS.

        Returns:
            The answer; why the request may not go to AWS; None if it may.
        """


def would_reach_aws(url: str) -> bool:
    """Return whether a request would be sent to AWS rather than to moto or another endpoint."""
    host = urlsplit(url).hostname or ""
    if not host.endswith(_SUFFIXES):
        return False
    moto = sys.modules.get("moto.core.models")
    stubber = getattr(moto, "botocore_stubber", None)
    return not getattr(stubber, "enabled", False)
