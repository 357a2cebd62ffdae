"""What `provision` may be asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from batchmock.errors import BatchMockError
from batchmock.operations.job_queues.queues import JOB_QUEUES
from batchmock.operations.region import Region
from batchmock.validation.rules import rules_for
from batchmock.validation.rules.instance_types import is_instance_type

_SHARE = re.compile(r"[A-Za-z0-9_-]{1,255}\*?")


def check_sizes(max_vcpus: int, vcpus: float, memory_mib: int, *, fargate: bool) -> None:
    """
    Check the sizes of an environment and of a definition.

    Raises:
        BatchMockError: one is too small.
    """
    least = {"max_vcpus": (max_vcpus, 0), "vcpus": (vcpus, 0.25 if fargate else 1)}
    for name, (value, at_least) in {**least, "memory_mib": (memory_mib, 4)}.items():
        if not isinstance(value, (int, float)) or value < at_least:
            raise BatchMockError(
                f"batchmock: provision() was given {name}={value!r}. Give {at_least:g} or more."
            )


def check_instance_types(instance_types: Sequence[str]) -> None:
    """
    Check the instance types of an environment.

    Raises:
        BatchMockError: this is no list of instance types.
    """
    if isinstance(instance_types, str) or not all(map(_is_instance_type, instance_types)):
        raise BatchMockError(
            f"batchmock: provision() was given instance_types={instance_types!r}. Give a list of "
            'types or families, e.g. ["c5", "m5.large"].'
        )


def _is_instance_type(name: object) -> bool:
    return isinstance(name, str) and is_instance_type(name)


def check_quantities(consumable_resources: Mapping[str, int]) -> None:
    """
    Check the quantities of consumable resources.

    Raises:
        BatchMockError: one is no quantity.
    """
    for name, quantity in consumable_resources.items():
        if not isinstance(quantity, int) or quantity < 0:
            raise BatchMockError(
                f"batchmock: provision() was given a quantity of {quantity!r} for the consumable "
                f"resource {name!r}. Give a whole number, 0 or more."
            )


def check_shares(shares: Mapping[str, float]) -> None:
    """
    Check share identifiers and their weight factors.

    Raises:
        BatchMockError: one is not to be had.
    """
    for share, weight in shares.items():
        if not isinstance(share, str) or not _SHARE.fullmatch(share):
            raise BatchMockError(
                f"batchmock: provision() was given {share!r} as a share identifier. They have up to 255 "
                "letters, digits, hyphens and underscores, and may end with an asterisk."
            )
        if not isinstance(weight, (int, float)) or not 0.0001 <= weight <= 999.9999:
            raise BatchMockError(
                f"batchmock: provision() was given a weight factor of {weight!r} for the share "
                f"{share!r}. Give a number from 0.0001 to 999.9999."
            )


def check_has_policy(region: Region, job_queue: str) -> None:
    """
    Refuse shares for a queue that exists and has no policy, which can't be added (documented).

    Raises:
        BatchMockError: the queue is one that is first in, first out.
    """
    queue = JOB_QUEUES.of(region).get(job_queue)
    if queue is not None and queue.simulated.policy is None:
        raise BatchMockError(
            f"batchmock: provision() was given shares for job queue {job_queue!r}, which exists and is "
            "first in, first out for good. Give another job_queue, or give the shares where it is "
            "provisioned first."
        )


def check_acceptable(operation: str, request: dict[str, Any]) -> None:
    """
    Refuse what the service would refuse by what the members of the request say together.

    Raises:
        BatchMockError: a rule of the operation is violated.
    """
    for rule in rules_for(operation):
        text = rule.violated_by(request) if rule.needs in (None, *request) else None
        if text is not None:
            raise BatchMockError(
                f"batchmock: AWS Batch would refuse what provision() was asked for: {text}"
            )
