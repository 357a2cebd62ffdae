"""Values of the wrong type, in every place of every operation's requests: each is answered or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from batchmock import mock_batch
from batchmock.operations import HANDLERS

from ..builders import ARN, needs_todays_model
from ..validation import examples

VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    2.0,
    1.5,
    10**20,
    float("nan"),
    "2",
    "\ud800",
    [None],
    {"a": None},
)

#: Requests with many members; of the other operations, each member alone is tried.
RICH: dict[str, list[dict[str, Any]]] = {
    "SubmitJob": [
        {**examples.RICH_SUBMIT_JOB, "jobQueue": "queue", "jobDefinition": "definition"},
        {**examples.SUBMIT_JOB, **examples.OVERRIDES},
    ],
    "RegisterJobDefinition": [
        examples.register(examples.RICH_CONTAINER, retryStrategy={"attempts": 2}),
        examples.register(ecsProperties={"taskProperties": [examples.RICH_ECS_TASK]}),
        examples.register(eksProperties={"podProperties": examples.RICH_POD}),
        examples.multinode(nodeProperties=examples.RICH_NODE_PROPERTIES),
    ],
    "CreateComputeEnvironment": [
        examples.create_environment(examples.EC2_RESOURCES),
        examples.create_environment(examples.MANAGED_INSTANCES_RESOURCES),
    ],
    "CreateJobQueue": [
        {
            **examples.JOB_QUEUE,
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "compute-environment"}],
        }
    ],
    "CreateSchedulingPolicy": [
        {
            "name": "policy",
            "fairsharePolicy": {
                "shareDecaySeconds": 60,
                "computeReservation": 1,
                "shareDistribution": [{"shareIdentifier": "A", "weightFactor": 0.5}],
            },
        }
    ],
    "UpdateComputeEnvironment": [
        {
            "computeEnvironment": "compute-environment",
            "computeResources": {"maxvCpus": 8, "desiredvCpus": 1, "instanceTypes": ["c5"]},
        }
    ],
    "ListJobs": [
        {"jobQueue": "queue", "filters": [{"name": "JOB_NAME", "values": ["*"]}], "maxResults": 5}
    ],
}
NAMES = {
    "jobQueue": "queue",
    "jobDefinition": "definition",
    "computeEnvironment": "compute-environment",
    "resourceArn": f"{ARN}job-queue/queue",
}


# Members that are newer than a model reach the handlers unchecked.
pytestmark = needs_todays_model


def requests(model: Any) -> list[dict[str, Any]]:
    """Return requests to an operation that have a value in each place to try."""
    given = {name: NAMES.get(name, "x") for name in model.input_shape.required_members}
    return [{**given, name: given.get(name)} for name in model.input_shape.members] + RICH.get(
        model.name, []
    )


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside a request."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in children if isinstance(value, dict | list) else ():
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a copy of a request with another value in one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(name, marks=[pytest.mark.slow] if len(RICH.get(name, ())) > 1 else [])
        for name in sorted(HANDLERS)
    ],
)
def test_values_of_another_type(operation: str) -> None:
    """A value of the wrong type gets a refusal with HTTP status 400, or is read as the right one."""
    with mock_batch(region="us-east-1") as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        service = boto3.client("batch", region_name="us-east-1").meta.service_model
        model = service.operation_model(operation)
        target = model.http["requestUri"].replace("{resourceArn}", "arn")
        for request in requests(model):
            for path in places(request):
                for value in VALUES:
                    body = json.dumps(replaced(request, path, value)).encode()
                    reply = mock.reply_to(model.http["method"], target, {}, body)
                    assert reply is not None
                    assert reply.status in (200, 400, 409), (path, value)
