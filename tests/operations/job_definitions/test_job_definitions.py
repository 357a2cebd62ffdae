from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from batchmock import BatchMock

from ...builders import (
    ARN,
    definition,
    described,
    refused,
    register,
    requirements,
    status_of,
    submit,
    wrapped,
)

DEFINITION_ARN = ARN + "job-definition/d"
ROLE = "arn:aws:iam::123456789012:role/job"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"

LISTS = ("command", "volumes", "environment", "mountPoints", "ulimits", "secrets")
SMALL = {"image": "busybox", "resourceRequirements": requirements(1, 128)}

ON_EC2: dict[str, Any] = {
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1.0",
    "command": ["run", "Ref::in"],
    "jobRoleArn": ROLE,
    "executionRoleArn": ROLE,
    "volumes": [
        {"name": "host", "host": {"sourcePath": "/data"}},
        {
            "name": "efs",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-12345678",
                "rootDirectory": "/",
                "transitEncryption": "ENABLED",
                "transitEncryptionPort": 2049,
                "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
            },
        },
        {
            "name": "s3",
            "s3filesVolumeConfiguration": {
                "fileSystemArn": "arn:aws:s3files:us-east-1:123456789012:file-system/fs-1",
                "rootDirectory": "/",
                "transitEncryptionPort": 2049,
            },
        },
    ],
    "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
    "mountPoints": [{"containerPath": "/data", "readOnly": False, "sourceVolume": "host"}],
    "readonlyRootFilesystem": False,
    "privileged": True,
    "ulimits": [{"hardLimit": 2048, "name": "nofile", "softLimit": 1024}],
    "user": "nobody",
    "instanceType": "m5.large",
    "resourceRequirements": [*requirements(2, 512), {"value": "1", "type": "GPU"}],
    "linuxParameters": {
        "devices": [
            {"hostPath": "/dev/a", "containerPath": "/dev/b", "permissions": ["READ", "WRITE"]}
        ],
        "initProcessEnabled": False,
        "sharedMemorySize": 64,
        "tmpfs": [{"containerPath": "/tmp", "size": 8, "mountOptions": ["rw"]}],
        "maxSwap": 100,
        "swappiness": 60,
    },
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "mine"},
        "secretOptions": [{"name": "token", "valueFrom": SECRET}],
    },
    "secrets": [{"name": "TOKEN", "valueFrom": SECRET}],
    "enableExecuteCommand": True,
    "repositoryCredentials": {"credentialsParameter": SECRET},
}
ON_FARGATE: dict[str, Any] = {
    "image": "busybox",
    "command": ["true"],
    "executionRoleArn": ROLE,
    "resourceRequirements": [
        {"value": "1.0", "type": "VCPU"},
        {"value": "2048", "type": "MEMORY"},
    ],
    "networkConfiguration": {"assignPublicIp": "ENABLED"},
    "fargatePlatformConfiguration": {"platformVersion": "1.4.0"},
    "ephemeralStorage": {"sizeInGiB": 30},
    "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
}
LEGACY: dict[str, Any] = {"image": "busybox", "vcpus": 2, "memory": 512}


def known(value: Any, shape: Any) -> Any:
    """Return the members that the installed botocore knows."""
    if shape.type_name == "list":
        return [known(item, shape.member) for item in value]
    if shape.type_name != "structure":
        return value
    return {
        name: known(item, shape.members[name])
        for name, item in value.items()
        if name in shape.members
    }


def container_shape(client: Any) -> Any:
    """Return the client's own model of ContainerProperties."""
    return client.meta.service_model.shape_for("ContainerProperties")


def shown(client: Any, container: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Register container properties and return them as described."""
    request = {"jobDefinitionName": "d", "type": "container", "containerProperties": container}
    client.register_job_definition(**request, **members)
    properties: dict[str, Any] = definition(client, "d:1")["containerProperties"]
    return properties


def labels(client: Any, **question: Any) -> list[str]:
    """Return the described definitions as `name:revision`."""
    reply = client.describe_job_definitions(**question)
    return [item["jobDefinitionArn"].rpartition("/")[2] for item in reply["jobDefinitions"]]


def test_reply(client: Any) -> None:
    """RegisterJobDefinition returns the name, ARN and revision."""
    reply = client.register_job_definition(
        jobDefinitionName="d", type="container", containerProperties=SMALL
    )
    del reply["ResponseMetadata"]
    assert reply == {
        "jobDefinitionName": "d",
        "jobDefinitionArn": DEFINITION_ARN + ":1",
        "revision": 1,
    }


def test_small_definition(client: Any) -> None:
    """A definition has empty lists for omitted list members and no other omitted members."""
    register(client, "d")
    assert definition(client, "d:1") == {
        "jobDefinitionName": "d",
        "jobDefinitionArn": DEFINITION_ARN + ":1",
        "revision": 1,
        "status": "ACTIVE",
        "type": "container",
        "parameters": {},
        "containerProperties": {**SMALL, **{name: [] for name in LISTS}},
        "tags": {},
        "containerOrchestrationType": "ECS",
    }


def test_revisions(client: Any) -> None:
    """Every call creates a revision, even for an equal body, and each name is counted separately."""
    arns = [register(client, "d"), register(client, "d"), register(client, "D")]
    assert arns == [DEFINITION_ARN + ":1", DEFINITION_ARN + ":2", ARN + "job-definition/D:1"]


def test_revisions_are_never_used_twice(client: Any, batch_mock: BatchMock) -> None:
    """The revision counter survives the deregistration and purge of all revisions."""
    register(client, "d")
    client.deregister_job_definition(jobDefinition="d:1")
    assert register(client, "d") == DEFINITION_ARN + ":2"
    client.deregister_job_definition(jobDefinition="d:2")
    batch_mock.tick(timedelta(days=181))
    assert register(client, "d") == DEFINITION_ARN + ":3"


@pytest.mark.parametrize("name", ["a", "7", "a-b", "a_b", "a" * 128])
def test_good_names(client: Any, name: str) -> None:
    """A name has up to 128 letters, digits, hyphens and underscores."""
    register(client, name)
    assert definition(client, f"{name}:1")["jobDefinitionName"] == name


def test_every_property_on_ec2(client: Any) -> None:
    """Every container property of an EC2 job is described as sent."""
    container = known(ON_EC2, container_shape(client))
    assert shown(client, container) == container


def test_every_property_on_fargate(client: Any) -> None:
    """Every container property of a Fargate job is described as sent, "1.0" vCPU included."""
    container = known(ON_FARGATE, container_shape(client))
    empty = {name: [] for name in LISTS if name != "command"}
    assert shown(client, container, platformCapabilities=["FARGATE"]) == {**container, **empty}


def test_every_legacy_property(client: Any) -> None:
    """Legacy vcpus and memory stay numbers, next to an empty list of resource requirements."""
    empty = {name: [] for name in (*LISTS, "resourceRequirements")}
    assert shown(client, LEGACY) == {**LEGACY, **empty}


def test_no_property_is_forgotten(client: Any) -> None:
    """The three containers above have every container property of the client's model."""
    named = ON_EC2.keys() | ON_FARGATE.keys() | LEGACY.keys()
    assert set(container_shape(client).members) - named == set()


def test_every_property_on_the_job(client: Any, batch_mock: BatchMock) -> None:
    """A job has every container property of its definition, and its own network interfaces."""
    batch_mock.provision(job_queue="queue")
    container = known(ON_EC2, container_shape(client))
    register(client, "d", container)
    job = described(client, submit(client, jobDefinition="d", parameters={"in": "x"}))
    expected = {**container, "command": ["run", "x"], "networkInterfaces": []}
    assert job["container"] == expected


@pytest.mark.parametrize(
    ("given", "filled_in"),
    [
        (
            {"logConfiguration": {"logDriver": "awslogs"}},
            {"logConfiguration": {"logDriver": "awslogs", "options": {}, "secretOptions": []}},
        ),
        ({"linuxParameters": {}}, {"linuxParameters": {"devices": [], "tmpfs": []}}),
        (
            {
                "linuxParameters": {
                    "devices": [{"hostPath": "/dev/a"}],
                    "tmpfs": [{"containerPath": "/tmp", "size": 8}],
                }
            },
            {
                "linuxParameters": {
                    "devices": [{"hostPath": "/dev/a", "permissions": []}],
                    "tmpfs": [{"containerPath": "/tmp", "size": 8, "mountOptions": []}],
                }
            },
        ),
        (
            {"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": ""}]},
            {"environment": [{"name": "A", "value": "1"}]},
        ),
    ],
)
def test_filled_in(client: Any, given: dict[str, Any], filled_in: dict[str, Any]) -> None:
    """Empty lists and maps are filled in inside structures too, and empty variables are dropped."""
    expected = {**SMALL, **{name: [] for name in LISTS}, **filled_in}
    assert shown(client, {**SMALL, **given}) == expected


def test_filled_in_on_fargate(client: Any) -> None:
    """A Fargate definition gets the platform version LATEST."""
    container = {
        "image": "busybox",
        "executionRoleArn": ROLE,
        "resourceRequirements": requirements(0.25, 512),
    }
    properties = shown(client, container, platformCapabilities=["FARGATE"])
    assert properties["fargatePlatformConfiguration"] == {"platformVersion": "LATEST"}


@pytest.mark.parametrize(
    ("member", "given", "expected"),
    [
        ("retryStrategy", {"attempts": 3}, {"attempts": 3, "evaluateOnExit": []}),
        (
            "retryStrategy",
            {"attempts": 2, "evaluateOnExit": [{"action": "Retry", "onReason": "*"}]},
            {"attempts": 2, "evaluateOnExit": [{"action": "retry", "onReason": "*"}]},
        ),
        ("timeout", {"attemptDurationSeconds": 60}, {"attemptDurationSeconds": 60}),
        ("schedulingPriority", 7, 7),
        ("propagateTags", False, False),
        ("platformCapabilities", ["EC2"], ["EC2"]),
        ("parameters", {"a": "b"}, {"a": "b"}),
        ("tags", {"a": "b"}, {"a": "b"}),
        (
            "consumableResourceProperties",
            {"consumableResourceList": [{"consumableResource": "license", "quantity": 1}]},
            {"consumableResourceList": [{"consumableResource": "license", "quantity": 1}]},
        ),
    ],
)
def test_shown_only_if_given(client: Any, member: str, given: Any, expected: Any) -> None:
    """Other members are described if sent, with rules' actions in lower case and false as false."""
    if member not in client.meta.service_model.shape_for("JobDefinition").members:
        pytest.skip("the installed botocore does not know this member")
    register(client, "without")
    register(client, "with", **{member: given})
    without, with_it = definition(client, "without:1"), definition(client, "with:1")
    assert with_it[member] == expected
    assert with_it.keys() - without.keys() <= {member}
    assert without.get(member, {}) == {}


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"jobDefinitionName": "a.b"}, "Job definition name should match a valid pattern."),
        ({"jobDefinitionName": "a" * 129}, "Job definition name should match a valid pattern."),
        (
            {"containerProperties": {"image": "busybox"}},
            "vCPU is required.",
        ),
        (
            {"containerProperties": {"resourceRequirements": requirements(1, 128)}},
            "ECS Container Image must be provided.",
        ),
        ({"retryStrategy": {"attempts": 11}}, "RetryAttempts must be between 1 and 10."),
        ({"retryStrategy": {}}, "RetryAttempts must be provided with retry strategy."),
        (
            {"timeout": {"attemptDurationSeconds": 59}},
            "AttemptDurationSeconds in Timeout must be at least 60 seconds.",
        ),
        ({"platformCapabilities": []}, "Exactly 1 capability must be provided."),
        (
            {
                "platformCapabilities": ["FARGATE"],
                "containerProperties": {
                    "image": "busybox",
                    "resourceRequirements": requirements(1, 2048),
                },
            },
            "executionRoleArn is required for Fargate jobs.",
        ),
        ({"schedulingPriority": 10000}, "Scheduling priority must be between 0 and 9999."),
    ],
)
def test_refused_registration(client: Any, request_: dict[str, Any], text: str) -> None:
    """The message for an invalid definition is wrapped, and no revision is created."""
    register(client, "d")
    given = {"jobDefinitionName": "d", "type": "container", "containerProperties": SMALL}
    message = refused(client, "register_job_definition", **{**given, **request_})
    assert message == wrapped(text)
    assert register(client, "d") == DEFINITION_ARN + ":2"


@pytest.mark.parametrize("given", ["d:1", DEFINITION_ARN + ":1"])
def test_deregister(client: Any, given: str) -> None:
    """A revision is deregistered by name:revision or ARN, is INACTIVE at once, and is still described."""
    register(client, "d")
    register(client, "d")
    before = definition(client, "d:1")
    reply = client.deregister_job_definition(jobDefinition=given)
    del reply["ResponseMetadata"]
    assert reply == {}
    assert definition(client, "d:1") == {**before, "status": "INACTIVE"}
    assert definition(client, "d:2")["status"] == "ACTIVE"


def test_deregister_twice(client: Any) -> None:
    """Deregistering again is a no-op."""
    register(client, "d")
    client.deregister_job_definition(jobDefinition="d:1")
    client.deregister_job_definition(jobDefinition="d:1")
    assert labels(client, status="INACTIVE") == ["d:1"]


def test_deregister_under_jobs(client: Any, batch_mock: BatchMock) -> None:
    """Jobs submitted before their definition was deregistered run to their end."""
    batch_mock.provision(job_queue="queue")
    register(client, "d")
    job_id = submit(client, jobDefinition="d")
    client.deregister_job_definition(jobDefinition="d:1")
    batch_mock.run()
    assert status_of(client, job_id) == "SUCCEEDED"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("d", "Job definition d must be given as name:revision or as an ARN."),
        (
            DEFINITION_ARN,
            f"Job definition {DEFINITION_ARN} must be given as name:revision or as an ARN.",
        ),
        ("d:2", f"JobDefinition {DEFINITION_ARN}:2 not found."),
        ("other:1", f"JobDefinition {ARN}job-definition/other:1 not found."),
        (DEFINITION_ARN + ":2", f"JobDefinition {DEFINITION_ARN}:2 not found."),
        (
            DEFINITION_ARN.replace("us-east-1", "eu-west-1") + ":1",
            "JobDefinition arn:aws:batch:eu-west-1:123456789012:job-definition/d:1 not found.",
        ),
    ],
)
def test_refused_deregistration(client: Any, given: str, message: str) -> None:
    """Only an existing revision can be deregistered."""
    register(client, "d")
    assert refused(client, "deregister_job_definition", jobDefinition=given) == message


@pytest.fixture
def catalogue(client: Any) -> None:
    """Two names with two revisions each, one of them deregistered."""
    for name in ("a", "a", "b", "b"):
        register(client, name)
    client.deregister_job_definition(jobDefinition="a:1")


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({}, ["b:2", "b:1", "a:2", "a:1"]),
        ({"status": "ACTIVE"}, ["b:2", "b:1", "a:2"]),
        ({"status": "INACTIVE"}, ["a:1"]),
        ({"status": "BROKEN"}, []),
        ({"jobDefinitionName": "a"}, ["a:2", "a:1"]),
        ({"jobDefinitionName": "A"}, []),
        ({"jobDefinitionName": "a", "status": "ACTIVE"}, ["a:2"]),
        ({"jobDefinitionName": "a", "maxResults": 1}, ["a:2"]),
        ({"jobDefinitionName": "a:1"}, []),
        ({"jobDefinitionName": "nope"}, []),
        ({"jobDefinitions": ["a:1", "b:2"]}, ["a:1", "b:2"]),
        ({"jobDefinitions": ["a:1", "a:1"]}, ["a:1"]),
        ({"jobDefinitions": [ARN + "job-definition/b:1"]}, ["b:1"]),
        ({"jobDefinitions": ["a:1", "b:2"], "status": "ACTIVE"}, ["b:2"]),
        ({"jobDefinitions": ["a"]}, []),
        ({"jobDefinitions": [ARN + "job-definition/a"]}, []),
        ({"jobDefinitions": ["a:9", "nope:1", "a:x"]}, []),
        ({"jobDefinitions": []}, ["b:2", "b:1", "a:2", "a:1"]),
    ],
    ids=str,
)
def test_describe(client: Any, question: dict[str, Any], found: list[str]) -> None:
    """Definitions are found by revision, name and status, and a bare name in the list finds nothing."""
    assert labels(client, **question) == found


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ({"maxResults": 0}, "maxResults must be between 1 and 100, got 0."),
        ({"maxResults": 101}, "maxResults must be between 1 and 100, got 101."),
        (
            {"jobDefinitions": ["d:1"] * 101},
            "jobDefinitions can have at most 100 items, got 101.",
        ),
        (
            {"jobDefinitions": ["d:1"], "maxResults": 1},
            "JobDefinitions and MaxResults cannot both be set",
        ),
    ],
    ids=["none", "too many a page", "too many names", "names and a page"],
)
def test_refused_description(client: Any, question: dict[str, Any], text: str) -> None:
    """A request has up to 100 names or a page of 1 to 100, but not both."""
    register(client, "d")
    assert refused(client, "describe_job_definitions", **question) == wrapped(text)


def test_purge(client: Any, batch_mock: BatchMock) -> None:
    """A deregistered revision can be described for 180 days."""
    register(client, "d")
    register(client, "d")
    client.deregister_job_definition(jobDefinition="d:1")
    batch_mock.tick(timedelta(days=180) - timedelta(milliseconds=1))
    assert labels(client) == ["d:2", "d:1"]
    batch_mock.tick(0.001)
    assert labels(client) == ["d:2"]
    assert labels(client, jobDefinitions=["d:1", "d:2"]) == ["d:2"]
    message = refused(client, "deregister_job_definition", jobDefinition="d:1")
    assert message == f"JobDefinition {DEFINITION_ARN}:1 not found."


def test_reply_is_a_copy(client: Any) -> None:
    """Changing a reply does not change the definition."""
    register(client, "d", tags={"a": "b"})
    before = definition(client, "d:1")
    changed = definition(client, "d:1")
    changed["tags"]["a"] = "c"
    changed["containerProperties"]["command"].append("x")
    assert definition(client, "d:1") == before
