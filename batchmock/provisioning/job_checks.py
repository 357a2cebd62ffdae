"""Checks of the arguments of `provision`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from batchmock.arguments import checked_mapping
from batchmock.errors import BatchMockError
from batchmock.operations.job_queues.queues import JOB_QUEUES
from batchmock.operations.region import Region
from batchmock.validation.rules import rules_for
from batchmock.validation.rules.instance_types import is_instance_type

#: The instance types with which `max_vcpus` has room for jobs of that many vCPUs, whatever their sizes.
DEFAULT_INSTANCE_TYPES: Final = ("optimal",)

_SHARE = re.compile(r"[A-Za-z0-9_-]{1,255}\*?")


def check_sizes(max_vcpus: int, vcpus: float, memory_mib: int, *, fargate: bool) -> None:
    """
    Check the sizes of an environment and of a definition.

    Raises:
        BatchMockError: one is too small, or is not a whole number.
    """
    least = {"max_vcpus": (max_vcpus, 0), "vcpus": (vcpus, 0.25 if fargate else 1)}
    for name, (value, at_least) in {**least, "memory_mib": (memory_mib, 4)}.items():
        if not isinstance(value, (int, float)) or not value >= at_least:
            raise BatchMockError(
                f"batchmock: provision() got {name}={value!r}. Pass {at_least:g} or more."
            )
        if isinstance(value, bool) or not _is_size(value, in_parts=fargate and name == "vcpus"):
            raise BatchMockError(
                f"batchmock: provision() got {name}={value!r}. Pass a whole number."
            )


def _is_size(value: float, *, in_parts: bool) -> bool:
    """Return whether a number is finite and whole; on Fargate, vCPUs come in parts."""
    return in_parts or (value < float("inf") and value == int(value))


def check_instance_types(instance_types: Sequence[str], *, fargate: bool) -> None:
    """
    Check the instance types of an environment.

    Raises:
        BatchMockError: the value is not a list of instance types, or Fargate is to have some.
    """
    is_list = isinstance(instance_types, Iterable) and not isinstance(instance_types, str)
    if not is_list or not all(map(_is_instance_type, instance_types)):
        raise BatchMockError(
            f"batchmock: provision() got instance_types={instance_types!r}. Pass a list of "
            'types or families, e.g. ["c5", "m5.large"].'
        )
    if fargate and tuple(instance_types) != DEFAULT_INSTANCE_TYPES:
        raise BatchMockError(
            f"batchmock: provision() got instance_types={instance_types!r} and fargate=True, and Fargate "
            "has no instances. Leave one of them out."
        )


def _is_instance_type(name: object) -> bool:
    return isinstance(name, str) and is_instance_type(name)


def check_quantities(consumable_resources: Mapping[str, int]) -> None:
    """
    Check the quantities of consumable resources.

    Raises:
        BatchMockError: one is not a whole number, 0 or more.
    """
    checked_mapping(
        consumable_resources,
        "provision(consumable_resources=)",
        'Pass quantities by name: consumable_resources={"license": 5}.',
    )
    for name, quantity in consumable_resources.items():
        if not isinstance(quantity, int) or quantity < 0:
            raise BatchMockError(
                f"batchmock: provision() got a quantity of {quantity!r} for the consumable "
                f"resource {name!r}. Pass a whole number, 0 or more."
            )


def check_shares(shares: Mapping[str, float]) -> None:
    """
    Check share identifiers and their weight factors.

    Raises:
        BatchMockError: one is not valid.
    """
    checked_mapping(
        shares,
        "provision(shares=)",
        'Pass weight factors by share: shares={"red": 1.0, "blue": 2.0}.',
    )
    for share, weight in shares.items():
        if not isinstance(share, str) or not _SHARE.fullmatch(share):
            raise BatchMockError(
                f"batchmock: provision() got {share!r} as a share identifier. Pass up to 255 "
                "letters, digits, hyphens and underscores, optionally followed by an asterisk."
            )
        if not isinstance(weight, (int, float)) or not 0.0001 <= weight <= 999.9999:
            raise BatchMockError(
                f"batchmock: provision() got a weight factor of {weight!r} for the share "
                f"{share!r}. Pass a number from 0.0001 to 999.9999."
            )


def check_has_policy(region: Region, job_queue: str) -> None:
    """
    Refuse shares for an existing queue without a policy, to which none can be added (documented).

    Raises:
        BatchMockError: the queue is first in, first out.
    """
    queue = JOB_QUEUES.of(region).get(job_queue)
    if queue is not None and queue.simulated.policy is None:
        raise BatchMockError(
            f"batchmock: provision() got shares for job queue {job_queue!r}, which already exists as a "
            "first-in, first-out queue; AWS Batch can't add a scheduling policy later. Pass another "
            "job_queue, or pass the shares in the first provision() of this queue."
        )


def check_acceptable(operation: str, request: dict[str, Any]) -> None:
    """
    Refuse a request whose members together violate a rule of the service.

    Raises:
        BatchMockError: a rule of the operation is violated.
    """
    for rule in rules_for(operation):
        text = rule.violated_by(request) if rule.needs in (None, *request) else None
        if text is not None:
            raise BatchMockError(
                f"batchmock: AWS Batch would refuse what provision() creates: {text}"
            )
