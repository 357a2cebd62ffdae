"""The report of a problem: which of several is chosen, and its message when no source documents one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchmock.validation.report import dotted, first_problem, shown

from .examples import CONTAINER, SUBMIT_JOB, register

Text = Callable[[str, dict[str, Any]], str | None]

KINDS = [
    ({"jobQueue": 3}, "jobQueue must be of type string, got 3."),
    ({"propagateTags": "yes"}, "propagateTags must be of type boolean, got yes."),
    ({"tags": ["a"]}, 'tags must be of type object, got ["a"].'),
    (
        {"dependsOn": [{"jobId": "a"}, {"jobId": 3}]},
        "dependsOn[1].jobId must be of type string, got 3.",
    ),
    (
        {"containerOverrides": {"vcpus": 2**31}},
        "containerOverrides.vcpus must be between 1 and 2147483647, got 2147483648.",
    ),
    (
        {"dependsOn": [{"jobId": "a", "type": "LATER"}]},
        "Value LATER for dependsOn[0].type is not valid. Valid values are: [N_TO_N, SEQUENTIAL]",
    ),
    (
        {"shareIdentifier": "a b"},
        "Value a b for shareIdentifier does not match the pattern ^[A-Za-z0-9_-]{1,255}\\*?$",
    ),
]


@pytest.mark.parametrize(("members", "text"), KINDS)
def test_kinds(refused_text: Text, members: dict[str, Any], text: str) -> None:
    """Each kind of violation has a message that names the parameter and its value."""
    assert refused_text("SubmitJob", {**SUBMIT_JOB, **members}) == text


@pytest.mark.parametrize(
    ("operation", "request_params", "text"),
    [
        ("CancelJob", {}, "jobId is required."),
        (
            "SubmitJob",
            {**SUBMIT_JOB, "nodeOverrides": {"nodePropertyOverrides": [{}]}},
            "nodeOverrides.nodePropertyOverrides[0].targetNodes is required.",
        ),
        (
            "CreateComputeEnvironment",
            {
                "computeEnvironmentName": "fleet",
                "type": "MANAGED",
                "computeResources": {
                    "type": "EC2",
                    "maxvCpus": 1,
                    "scalingPolicy": {"minScaleDownDelayMinutes": 5},
                },
            },
            "Value 5 for computeResources.scalingPolicy.minScaleDownDelayMinutes is not valid.",
        ),
    ],
)
def test_members(
    refused_text: Text, operation: str, request_params: dict[str, Any], text: str
) -> None:
    """A member that is missing or has no valid value is named with its path."""
    assert refused_text(operation, request_params) == text


@pytest.mark.parametrize(
    ("request_params", "text"),
    [
        (
            {"type": "container", "timeout": {"attemptDurationSeconds": 1}},
            "jobDefinitionName is required.",
        ),
        (
            {**register({**CONTAINER, "image": "", "vcpus": 0}), "schedulingPriority": -1},
            "Scheduling priority must be between 0 and 9999.",
        ),
        (
            register({"vcpus": 0, "memory": 0}),
            "ECS Container Image must be provided.",
        ),
        (
            register({**CONTAINER, "environment": [{"name": "A"}, {"name": ""}], "memory": 1}),
            "Memory must be at least 4 Mib, got 1 Mib.",
        ),
        (
            register(CONTAINER, parameters={"a": "b", "c": 1, "d": 2}),
            "parameters.c must be of type string, got 1.",
        ),
        (
            register(CONTAINER, tags={"a": "b", "aws:c": "d", "": "e"}),
            "Tag key aws:c is not valid: keys that start with aws: are reserved.",
        ),
    ],
)
def test_first_problem(
    refusal: Callable[..., Any], request_params: dict[str, Any], text: str
) -> None:
    """The first of several problems is reported, in the order of the members in the model."""
    assert refusal("RegisterJobDefinition", request_params).message == text


def test_map_of_many() -> None:
    """A map with too many entries is reported with both numbers."""
    schema = {"type": "object", "properties": {"m": {"type": "object", "maxProperties": 1}}}
    problem = first_problem(schema, {"m": {"a": "b", "c": "d"}})
    assert problem is not None
    assert problem.message == "m can have at most 1 entries, got 2."


def test_no_problem() -> None:
    """A valid request has no problem."""
    assert first_problem({"type": "object"}, {}) is None


def test_paths_and_values() -> None:
    """Paths are written as botocore writes them, strings unquoted and all other values as JSON."""
    assert dotted(["a", 0, "b"]) == "a[0].b"
    assert shown("é") == "é"
    assert shown({"a": ["é", True]}) == '{"a": ["é", true]}'
