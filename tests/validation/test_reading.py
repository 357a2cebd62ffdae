"""Requests as the service reads them: nulls dropped, enumerations in any letter case, empty values ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock.validation import Validators
from batchmock.validation.constraints import constraints
from batchmock.validation.reading import in_model_spelling
from batchmock.validation.schema import request_schema

from .examples import (
    CONTAINER,
    EC2_RESOURCES,
    FARGATE_RESOURCES,
    MANAGED_INSTANCES_RESOURCES,
    OVERRIDES,
    RICH_CONTAINER,
    RICH_ECS_TASK,
    RICH_NODE_PROPERTIES,
    RICH_POD,
    RICH_SUBMIT_JOB,
    SAGEMAKER_QUEUE,
    SUBMIT_JOB,
    multinode,
    register,
)

FARGATE_ONLY_EMPTY: dict[str, Any] = {
    "tags": {},
    "instanceTypes": [],
    "ec2Configuration": [],
    "launchTemplate": {},
    "allocationStrategy": "",
    "imageId": "",
    "ec2KeyPair": "",
    "instanceRole": "",
    "placementGroup": "",
    "spotIamFleetRole": "",
    "scalingPolicy": {},
    "capacityTags": {},
}


def environment(resources: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a request for a managed environment."""
    request = {"computeEnvironmentName": "ce", "type": "MANAGED", "computeResources": resources}
    return {**request, **members}


@pytest.fixture(scope="module")
def validators(service_model: Any) -> Validators:
    """The validators of the installed model."""
    return Validators(service_model)


def enumerations(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each enumeration of a schema, with its values."""
    if "enum" in schema and not schema.get("x-caseSensitive"):
        yield path, schema
    for name, member in schema.get("properties", {}).items():
        yield from enumerations(member, (*path, name))
    if "items" in schema:
        yield from enumerations(schema["items"], (*path, "[]"))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from enumerations(schema["additionalProperties"], (*path, "{}"))


def wrapped_in(path: tuple[str, ...], value: str) -> Any:
    """Return a value inside lists, maps and structures."""
    whole: Any = value
    for step in reversed(path):
        whole = [whole] if step == "[]" else {"key" if step == "{}" else step: whole}
    return whole


def test_every_enumeration_of_every_operation(service_model: Any, validators: Validators) -> None:
    """Every enumeration of every request is read in any letter case and normalized to the model's spelling."""
    read = 0
    for operation in service_model.operation_names:
        schema = request_schema(service_model.operation_model(operation), constraints())
        for path, node in enumerations(schema):
            for value in node["enum"]:
                sent = wrapped_in(path, value.swapcase())
                assert in_model_spelling(schema, sent) == wrapped_in(path, value)
                read += 1
    assert read > 300


@pytest.mark.parametrize(
    ("operation", "request_params", "expected"),
    [
        (
            "CreateComputeEnvironment",
            environment({**FARGATE_RESOURCES, "type": "fargate"}, type="managed", state="enabled"),
            environment(FARGATE_RESOURCES, state="ENABLED"),
        ),
        (
            "RegisterJobDefinition",
            {**register(CONTAINER), "type": "Container", "platformCapabilities": ["ec2"]},
            {**register(CONTAINER), "platformCapabilities": ["EC2"]},
        ),
        ("UpdateJobQueue", {"jobQueue": "q", "state": "disabled"}, {"jobQueue": "q", "state": "DISABLED"}),
        (
            "UpdateJobQueue",
            {"jobQueue": "q", "jobStateTimeLimitActions": [
                {"reason": "r", "state": "runnable", "maxTimeSeconds": 600, "action": "cancel"}]},
            {"jobQueue": "q", "jobStateTimeLimitActions": [
                {"reason": "r", "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}]},
        ),
        ("ListJobs", {"jobQueue": "q", "jobStatus": "failed"}, {"jobQueue": "q", "jobStatus": "FAILED"}),
    ],
)  # fmt: skip
def test_spelling(
    validators: Validators, operation: str, request_params: dict[str, Any], expected: Any
) -> None:
    """CDK's `managed` and a definition of type `Container` are normalized to the model's spelling."""
    assert validators.check(operation, request_params, 100) == expected


def test_filter_names_mind_their_case(refused_text: Any) -> None:
    """Names of filters are case sensitive (documented for KeyValuesPair)."""
    question = {"jobQueue": "q", "filters": [{"name": "job_name", "values": ["a"]}]}
    assert "job_name" in refused_text("ListJobs", question)


@pytest.mark.parametrize("member", FARGATE_ONLY_EMPTY)
def test_empty_values_on_fargate(validators: Validators, member: str) -> None:
    """Empty values of members that Fargate does not allow count as omitted (ezbatch 0.1.0)."""
    resources = {**FARGATE_RESOURCES, member: FARGATE_ONLY_EMPTY[member]}
    read = validators.check("CreateComputeEnvironment", environment(resources), 100)
    assert read == environment(FARGATE_RESOURCES)


@pytest.mark.parametrize("member", ["tags", "instanceTypes", "subnets", "securityGroupIds"])
def test_empty_values_on_managed_instances(validators: Validators, member: str) -> None:
    """Empty values of members that managed instances do not have count as omitted."""
    empty: Any = {} if member == "tags" else []
    resources = {**MANAGED_INSTANCES_RESOURCES, member: empty}
    read = validators.check("CreateComputeEnvironment", environment(resources), 100)
    assert read == environment(MANAGED_INSTANCES_RESOURCES)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("allocationStrategy", "BEST_FIT"),
        ("minvCpus", 0),
        ("desiredvCpus", 1),
        ("instanceTypes", ["m5"]),
        ("imageId", "ami-1"),
        ("subnets", ["subnet-1"]),
        ("securityGroupIds", ["sg-1"]),
        ("ec2KeyPair", "key"),
        ("instanceRole", "role"),
        ("tags", {"a": "b"}),
        ("placementGroup", "group"),
        ("bidPercentage", 50),
        ("spotIamFleetRole", "role"),
        ("launchTemplate", {"launchTemplateId": "lt-1"}),
        ("ec2Configuration", [{"imageType": "ECS_AL2023"}]),
        ("scalingPolicy", {"minScaleDownDelayMinutes": 20}),
    ],
)
def test_not_on_managed_instances(refused_text: Any, member: str, value: Any) -> None:
    """Managed instances have their settings only in managedInstancesProvider (user guide)."""
    resources = {**MANAGED_INSTANCES_RESOURCES, member: value}
    text = refused_text("CreateComputeEnvironment", environment(resources))
    assert text == f"{member} is not applicable for ECS_MANAGED_INSTANCES."


def test_requests_in_the_model_s_spelling_are_handed_on(validators: Validators) -> None:
    """A valid request is not copied."""
    request_params = environment(FARGATE_RESOURCES)
    assert validators.check("CreateComputeEnvironment", request_params, 100) is request_params


def test_bundles_of_instance_types_in_any_letter_case(validators: Validators) -> None:
    """A bundle is read in lower case, like an enumeration in the spelling of the model."""
    request = environment({**EC2_RESOURCES, "instanceTypes": ["OPTIMAL", "m5.large"]})
    read = validators.check("CreateComputeEnvironment", request, 100)
    assert read["computeResources"]["instanceTypes"] == ["optimal", "m5.large"]


def with_nulls(schema: dict[str, Any], value: Any) -> Any:
    """Return a value whose structures, at any depth, have the members that they lack, as null."""
    if isinstance(value, list):
        return [with_nulls(schema["items"], item) for item in value]
    if isinstance(value, dict) and "properties" in schema:
        members = schema["properties"]
        given = {name: with_nulls(members[name], item) for name, item in value.items()}
        return {**dict.fromkeys(members), **given}
    return value


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("SubmitJob", SUBMIT_JOB),
        ("SubmitJob", RICH_SUBMIT_JOB),
        ("SubmitJob", {**SUBMIT_JOB, **OVERRIDES}),
        ("RegisterJobDefinition", register(RICH_CONTAINER)),
        (
            "RegisterJobDefinition",
            register(ecsProperties={"taskProperties": [RICH_ECS_TASK]}),
        ),
        ("RegisterJobDefinition", register(eksProperties={"podProperties": RICH_POD})),
        ("RegisterJobDefinition", multinode(nodeProperties=RICH_NODE_PROPERTIES)),
        ("CreateComputeEnvironment", environment(EC2_RESOURCES)),
        ("CreateComputeEnvironment", environment(MANAGED_INSTANCES_RESOURCES)),
        ("CreateJobQueue", SAGEMAKER_QUEUE),
        ("DescribeJobQueues", {}),
    ],
)
def test_null_members_are_absent(
    service_model: Any, validators: Validators, operation: str, params: dict[str, Any]
) -> None:
    """A null member of a structure is absent, at any depth."""
    schema = request_schema(service_model.operation_model(operation), constraints())
    sent = with_nulls(schema, params)

    assert sent != params
    assert validators.check(operation, sent, 100) == in_model_spelling(schema, params)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"jobName": None}, "jobName is required."),
        ({"parameters": {"a": None}}, "parameters.a must be of type string, got null."),
        (
            {"containerOverrides": {"command": [None]}},
            "containerOverrides.command[0] must be of type string, got null.",
        ),
        ({"dependsOn": [None]}, "dependsOn[0] must be of type object, got null."),
    ],
)
def test_nulls_that_are_refused(refused_text: Any, members: dict[str, Any], text: str) -> None:
    """A required member cannot be null, nor an element of a list or a value of a map."""
    assert refused_text("SubmitJob", {**SUBMIT_JOB, **members}) == text
