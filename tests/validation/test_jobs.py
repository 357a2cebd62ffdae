"""Submitting, describing, listing and ending jobs: what the service refuses, and its messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Refusal
from .examples import JOB_ID, RICH_SUBMIT_JOB, SUBMIT_JOB

Text = Callable[[str, dict[str, Any]], str | None]

TAG_CHARACTERS = (
    "Tags can only contain letters, numbers, spaces, and the following special characters: "
    "_ . : / = + - @"
)

SUBMIT = [
    ({}, None),
    (RICH_SUBMIT_JOB, None),
    ({"dependsOn": [{"jobId": "a", "type": "SEQUENTIAL"}]}, None),
    ({"unknownMember": 1}, None),
    ({"arrayProperties": {}}, None),
    ({"arrayProperties": {}, "dependsOn": []}, None),
    (
        {"arrayProperties": {}, "dependsOn": [{"type": "SEQUENTIAL"}]},
        None,
    ),
    ({"jobName": "-nightly"}, "Job name should match valid pattern"),
    ({"jobName": "a" * 129}, "Job name should match valid pattern"),
    ({"jobName": "nightly\n"}, "Job name should match valid pattern"),
    ({"arrayProperties": {"size": 1}}, "Array size must be between 2 and 10000."),
    ({"arrayProperties": {"size": 10001}}, "Array size must be between 2 and 10000."),
    ({"dependsOn": [{"jobId": "a"}] * 21}, "Job cannot have more than 20 dependencies"),
    ({"dependsOn": [{}]}, None),
    (
        {"dependsOn": [{"type": "N_TO_N"}], "arrayProperties": {"size": 2}},
        None,
    ),
    (
        {"dependsOn": [{"jobId": "a", "type": "N_TO_N"}]},
        None,
    ),
    (
        {"dependsOn": [{"type": "SEQUENTIAL"}]},
        None,
    ),
    ({"retryStrategy": {}}, "RetryAttempts must be provided with retry strategy."),
    ({"retryStrategy": {"attempts": 11}}, "RetryAttempts must be between 1 and 10."),
    (
        {"timeout": {"attemptDurationSeconds": 59}},
        "AttemptDurationSeconds in Timeout must be at least 60 seconds.",
    ),
    ({"schedulingPriorityOverride": -1}, "Scheduling priority must be between 0 and 9999."),
    (
        {"tags": {str(n): "" for n in range(51)}},
        "tags can have at most 50 tags, got 51.",
    ),
]


@pytest.mark.parametrize(("members", "text"), SUBMIT)
def test_submit(refused_text: Text, members: dict[str, Any], text: str | None) -> None:
    """A job is accepted or refused with the message of the rule that it breaks."""
    assert refused_text("SubmitJob", {**SUBMIT_JOB, **members}) == text


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"jobDefinition": "render:latest"},
            "Provided name render:latest is not supported pattern[a-zA-Z_0-9-]{1,128}",
        ),
        ({"tags": {"team": "😀"}}, TAG_CHARACTERS),
        ({"tags": {"te?m": "A"}}, TAG_CHARACTERS),
        (
            {"tags": {"aws:team": "A"}},
            "Tag key aws:team is not valid: keys that start with aws: are reserved.",
        ),
    ],
)
def test_submit_bare(refusal: Refusal, members: dict[str, Any], text: str | None) -> None:
    """The messages about a job definition's name and about tags are sent without the wrapper."""
    error = refusal("SubmitJob", {**SUBMIT_JOB, **members})
    assert error is not None
    assert error.message == text
    assert error.text("1-2") == text


@pytest.mark.parametrize("operation", ["SubmitJob", "SubmitServiceJob"])
def test_submit_size(refusal: Refusal, operation: str) -> None:
    """A job may have 30 KiB; the message contains its size in whole KiB, rounded up."""
    service_job = {"serviceRequestPayload": "{}", "serviceJobType": "SAGEMAKER_TRAINING"}
    request_params = {**SUBMIT_JOB, **service_job}
    assert refusal(operation, request_params, 30720) is None
    error = refusal(operation, request_params, 31745)
    assert error is not None
    assert error.text("1-2") == (
        "Error executing request, Exception : Job size must be less than 30 KiB, got 32 KiB, "
        "RequestId: 1-2"
    )


def test_service_job_payload(refused_text: Text) -> None:
    """The payload of a service job may have 10 KiB, counted in bytes."""
    request_params = {
        "jobName": "train",
        "jobQueue": "training",
        "serviceJobType": "SAGEMAKER_TRAINING",
        "serviceRequestPayload": "é" * 5121,
    }
    assert refused_text("SubmitServiceJob", request_params) == (
        "serviceRequestPayload must be at most 10240 bytes long, got 10242."
    )


OTHERS = [
    ("DescribeJobs", {"jobs": [JOB_ID] * 100}, None),
    ("DescribeJobs", {"jobs": [JOB_ID] * 101}, "Maximum number of jobs supported is  100 ."),
    (
        "DescribeComputeEnvironments",
        {"computeEnvironments": ["a"], "maxResults": 1},
        "ComputeEnvironments and MaxResults cannot both be set",
    ),
    (
        "DescribeJobQueues",
        {"jobQueues": ["a"], "maxResults": 1},
        "JobQueues and MaxResults cannot both be set",
    ),
    (
        "DescribeJobDefinitions",
        {"jobDefinitions": ["a"], "maxResults": 1},
        "JobDefinitions and MaxResults cannot both be set",
    ),
    ("DescribeJobQueues", {"maxResults": 1}, None),
    (
        "DescribeJobQueues",
        {"maxResults": 101},
        "maxResults must be between 1 and 100, got 101.",
    ),
    ("ListJobs", {"jobQueue": "reports"}, None),
    (
        "ListJobs",
        {"jobQueue": "reports", "filters": [{"name": "JOB_NAME", "values": ["n*"]}]},
        None,
    ),
    (
        "ListJobs",
        {},
        "Exactly one of jobQueue, arrayJobId or multiNodeJobId must be specified.",
    ),
    (
        "ListJobs",
        {"jobQueue": "reports", "arrayJobId": JOB_ID},
        "Exactly one of jobQueue, arrayJobId or multiNodeJobId must be specified.",
    ),
    (
        "ListJobs",
        {"jobQueue": "reports", "maxResults": 0},
        "maxResults must be between 1 and 2147483647, got 0.",
    ),
    (
        "ListJobs",
        {"jobQueue": "reports", "filters": [{"name": "JOB_NAME", "values": ["n"]}] * 2},
        "Only one filter key-value pair can be specified.",
    ),
    (
        "ListJobs",
        {"jobQueue": "reports", "filters": [{"name": "JOB_NAME", "values": ["n", "m"]}]},
        "Filter cannot take more than one value.",
    ),
    ("ListJobs", {"jobQueue": "reports", "filters": [{"values": ["n"]}]}, None),
    ("ListJobs", {"jobQueue": "reports", "filters": [{"name": "JOB_NAME", "values": []}]}, None),
    ("ListJobs", {"jobQueue": "reports", "filters": [{"name": "JOB_NAME"}]}, None),
    (
        "ListServiceJobs",
        {"filters": [{"name": "JOB_NAME", "values": ["n"]}] * 2},
        "Only one filter key-value pair can be specified.",
    ),
    (
        "ListServiceJobs",
        {"filters": [{"name": "JOB_NAME", "values": ["n", "m"]}]},
        "Filter cannot take more than one value.",
    ),
    (
        "ListConsumableResources",
        {"filters": [{"name": "CONSUMABLE_RESOURCE_NAME", "values": ["n", "m"]}] * 2},
        None,
    ),
    (
        "ListJobsByConsumableResource",
        {"consumableResource": "c", "filters": [{"name": "JOB_NAME", "values": ["n", "m"]}] * 2},
        None,
    ),
    (
        "ListJobs",
        {"jobQueue": "reports", "filters": [{"name": "JOB_STATUS", "values": ["FAILED"]}]},
        "Value JOB_STATUS for filters[0].name is not valid. Valid values are: [JOB_NAME, "
        "JOB_DEFINITION, BEFORE_CREATED_AT, AFTER_CREATED_AT, SHARE_IDENTIFIER]",
    ),
    ("CancelJob", {"jobId": JOB_ID, "reason": "late"}, None),
    ("TerminateJob", {"jobId": f"{JOB_ID}:7", "reason": "late"}, None),
    *(
        (operation, {"jobId": job_id, "reason": "late"}, text)
        for operation in ("CancelJob", "TerminateJob", "TerminateServiceJob")
        for job_id, text in (
            (f"{JOB_ID}#0", None),
            ("nonexisting_job", None),
            (f"arn:aws:batch:us-east-1:123456789012:job/{JOB_ID}", None),
            ("", "jobId must have a length of at least 1."),
        )
    ),
    ("CancelJob", {"jobId": JOB_ID}, "reason is required."),
    ("CancelJob", {"jobId": JOB_ID, "reason": ""}, "reason must have a length of at least 1."),
    (
        "TerminateJob",
        {"jobId": JOB_ID, "reason": "x" * 1025},
        "reason must be at most 1024 characters long, got 1025.",
    ),
    *(
        (operation, {"jobs": [JOB_ID, f"{JOB_ID}#0", "nightly", ""], "reason": "late"}, None)
        for operation in ("CancelJobs", "TerminateJobs")
    ),
    ("CancelJobs", {"jobs": [JOB_ID] * 50, "reason": "x" * 1024}, None),
    ("CancelJobs", {"jobs": [JOB_ID]}, "reason is required."),
    (
        "CancelJobs",
        {"jobs": [JOB_ID], "reason": ""},
        "reason must have a length of at least 1.",
    ),
    (
        "TerminateJobs",
        {"jobs": [JOB_ID], "reason": "x" * 1025},
        "reason must be at most 1024 characters long, got 1025.",
    ),
    ("CancelJobs", {"jobs": [], "reason": "late"}, None),
    (
        "TerminateJobs",
        {"jobs": [JOB_ID] * 51, "reason": "late"},
        "jobs can have at most 50 items, got 51.",
    ),
]


@pytest.mark.parametrize(("operation", "request_params", "text"), OTHERS)
def test_other_calls(
    refused_text: Text, operation: str, request_params: dict[str, Any], text: str | None
) -> None:
    """A call about jobs is accepted or refused with the message of the rule that it breaks."""
    assert refused_text(operation, request_params) == text
