"""Scheduling policies, consumable resources and service environments: what the service refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Text = Callable[[str, dict[str, Any]], str | None]


def fair_share(*identifiers: str, **share: Any) -> dict[str, Any]:
    """Return a fair-share policy with these share identifiers."""
    shares = [{"shareIdentifier": identifier, **share} for identifier in identifiers]
    return {"name": "fair", "fairsharePolicy": {"shareDistribution": shares}}


def environment(*limits: tuple[int, str]) -> dict[str, Any]:
    """Return a service environment with these capacity limits."""
    return {
        "serviceEnvironmentName": "sagemaker",
        "serviceEnvironmentType": "SAGEMAKER_TRAINING",
        "capacityLimits": [
            {"maxCapacity": capacity, "capacityUnit": unit} for capacity, unit in limits
        ],
    }


CASES = [
    ("CreateSchedulingPolicy", fair_share("UserA1", "UserB*"), None),
    (
        "CreateSchedulingPolicy",
        {"name": "a.b"},
        "Scheduling policy name should match a valid pattern.",
    ),
    (
        "CreateSchedulingPolicy",
        {**fair_share(), "quotaSharePolicy": {"idleResourceAssignmentStrategy": "FIFO"}},
        "A scheduling policy can have either fairsharePolicy or quotaSharePolicy",
    ),
    (
        "CreateSchedulingPolicy",
        {"name": "q", "quotaSharePolicy": {"idleResourceAssignmentStrategy": "LIFO"}},
        "Idle resource assignment strategy must be one of [FIFO].",
    ),
    (
        "CreateSchedulingPolicy",
        fair_share(*map(str, range(501))),
        "ShareDistribution size cannot be greater than 500.",
    ),
    (
        "CreateSchedulingPolicy",
        fair_share("UserA", "UserA"),
        "Cannot have two or more identical shareIdentifiers.",
    ),
    (
        "CreateSchedulingPolicy",
        fair_share("UserA1", "UserA*"),
        "Share identifier UserA1 matches another share identifier UserA*.",
    ),
    (
        "CreateSchedulingPolicy",
        fair_share("User.A"),
        "ShareIdentifier name should match a valid pattern.",
    ),
    (
        "CreateSchedulingPolicy",
        fair_share("UserA", weightFactor=1000),
        "Weight factor should be between 0.0001 and 999.9999.",
    ),
    (
        "CreateConsumableResource",
        {"consumableResourceName": "license", "totalQuantity": -1},
        "totalQuantity cannot be a negative number.",
    ),
    ("CreateServiceEnvironment", environment((1, "NUM_INSTANCES")), None),
    ("CreateServiceEnvironment", environment(), "Capacitylimits are required."),
    (
        "CreateServiceEnvironment",
        environment(*[(1, "NUM_INSTANCES")] * 6),
        "Number of capacity limits exceeds 5.",
    ),
    (
        "CreateServiceEnvironment",
        environment((1, "NUM_INSTANCES"), (1, "ml.m4.4xlarge")),
        "Capacity units must specify either number of instances OR instance type, but not both",
    ),
    (
        "CreateServiceEnvironment",
        environment((1, "racks")),
        "racks is unknown capacity unit in [ml.r7i.16xlarge, ml.m4.4xlarge, ...]",
    ),
    (
        "CreateServiceEnvironment",
        environment((0, "NUM_INSTANCES")),
        "Max capacity must be more than 0.",
    ),
]


@pytest.mark.parametrize(("operation", "request_params", "text"), CASES)
def test_policies(
    refused_text: Text, operation: str, request_params: dict[str, Any], text: str | None
) -> None:
    """A request is accepted or refused with the message of the rule that it breaks."""
    assert refused_text(operation, request_params) == text
