"""CreateJobQueue and UpdateJobQueue: what the service refuses, and its messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .examples import JOB_QUEUE, SAGEMAKER_QUEUE, without

Text = Callable[[str, dict[str, Any]], str | None]

ACTION = {
    "reason": "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    "state": "RUNNABLE",
    "maxTimeSeconds": 600,
    "action": "CANCEL",
}
TERMINATE = {**ACTION, "action": "TERMINATE"}
SERVICE_ORDER = SAGEMAKER_QUEUE["serviceEnvironmentOrder"]
ONLY_CANCEL = "Invalid job action. Valid job actions: [CANCEL]"


def order(*items: tuple[int, str]) -> list[dict[str, Any]]:
    """Return a computeEnvironmentOrder."""
    return [{"order": place, "computeEnvironment": name} for place, name in items]


CREATE = [
    (JOB_QUEUE, None),
    (SAGEMAKER_QUEUE, None),
    ({**JOB_QUEUE, "jobStateTimeLimitActions": [ACTION]}, None),
    ({**SAGEMAKER_QUEUE, "jobStateTimeLimitActions": [TERMINATE]}, None),
    ({**JOB_QUEUE, "jobQueueName": "a.b"}, "Job Queue name should match a valid pattern."),
    ({**JOB_QUEUE, "computeEnvironmentOrder": []}, "computeEnvironmentOrder is required."),
    (without(JOB_QUEUE, "computeEnvironmentOrder"), "computeEnvironmentOrder is required."),
    (
        {**JOB_QUEUE, "computeEnvironmentOrder": order((1, "a"), (2, "b"), (3, "c"), (4, "d"))},
        "Only 3 environments are allowed in job queue request.",
    ),
    (
        {**JOB_QUEUE, "computeEnvironmentOrder": order((1, "a"), (1, "b"))},
        "Duplicate ComputeEnvironment order values.",
    ),
    (
        {**JOB_QUEUE, "computeEnvironmentOrder": order((1, "a"), (2, "a"))},
        "Duplicate ComputeEnvironments within order list.",
    ),
    (
        {**SAGEMAKER_QUEUE, "jobQueueType": "ECS"},
        "CreateJobQueue requires either setting computeEnvironmentOrder or setting "
        "serviceEnvironmentOrder along with a supported jobQueueType. The jobQueueType provided "
        "is ECS, which is incompatible with the provided serviceEnvironmentOrder.",
    ),
    (
        {**JOB_QUEUE, "jobQueueType": "SAGEMAKER_TRAINING"},
        "Job queues of type SAGEMAKER_TRAINING must have serviceEnvironmentOrder.",
    ),
    (
        {**SAGEMAKER_QUEUE, "serviceEnvironmentOrder": [*SERVICE_ORDER, *SERVICE_ORDER]},
        "Job queue can only have 1 service environment.",
    ),
    (
        {**JOB_QUEUE, "serviceEnvironmentOrder": SERVICE_ORDER},
        "Cannot use both computeEnvironmentOrder and serviceEnvironmentOrder.",
    ),
    (
        {**JOB_QUEUE, "schedulingPolicyArn": "arn:aws:batch:us-east-1:123456789012:job-queue/a"},
        "Only scheduling policy Arn can be allowed.",
    ),
    ({**JOB_QUEUE, "jobStateTimeLimitActions": [TERMINATE]}, ONLY_CANCEL),
    (
        {**SAGEMAKER_QUEUE, "jobStateTimeLimitActions": [ACTION]},
        "Invalid job action. Valid job actions: [TERMINATE]",
    ),
    (
        {**JOB_QUEUE, "jobStateTimeLimitActions": [ACTION, {**ACTION, "maxTimeSeconds": 900}]},
        "Duplicate job state limit actions are not allowed.",
    ),
    (
        {**JOB_QUEUE, "jobStateTimeLimitActions": [{**ACTION, "maxTimeSeconds": 599}]},
        "jobStateTimeLimitActions[0].maxTimeSeconds must be between 600 and 86400, got 599.",
    ),
    ({**JOB_QUEUE, "priority": 1001}, None),
    (
        {**JOB_QUEUE, "state": "MAYBE"},
        "Value MAYBE for state is not valid. Valid values are: [ENABLED, DISABLED]",
    ),
]

UPDATE = [
    ({"state": "DISABLED"}, None),
    ({"jobStateTimeLimitActions": [TERMINATE]}, None),
    ({"computeEnvironmentOrder": []}, None),
    (
        {"computeEnvironmentOrder": order((1, "a"), (1, "b"))},
        "Duplicate ComputeEnvironment order values.",
    ),
    ({"jobStateTimeLimitActions": [{**ACTION, "action": "RETRY"}]}, ONLY_CANCEL),
]


@pytest.mark.parametrize(("request_params", "text"), CREATE)
def test_create(refused_text: Text, request_params: dict[str, Any], text: str | None) -> None:
    """A new queue is accepted or refused with the message of the rule that it breaks."""
    assert refused_text("CreateJobQueue", request_params) == text


@pytest.mark.parametrize(("members", "text"), UPDATE)
def test_update(refused_text: Text, members: dict[str, Any], text: str | None) -> None:
    """An update is subject to the rules that do not need the stored queue."""
    assert refused_text("UpdateJobQueue", {"jobQueue": "reports", **members}) == text
