"""Forms of requests that, according to public clients, templates and reports, are accepted or refused."""

from __future__ import annotations

import warnings
from typing import Any

import boto3
import pytest
from botocore.config import Config

from batchmock import BatchMock, BatchMockWarning, fail, succeed

from ..builders import described, refused, register, submit, wrapped

REQUIREMENTS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]
CONTAINER: dict[str, Any] = {"image": "busybox", "resourceRequirements": REQUIREMENTS}
POD_CONTAINER: dict[str, Any] = {
    "image": "busybox",
    "resources": {"limits": {"cpu": "1", "memory": "1024Mi"}},
}
FARGATE: dict[str, Any] = {**CONTAINER, "executionRoleArn": "arn:aws:iam::123456789012:role/e"}
RESERVED = [{"name": "AWS_BATCH_MINE", "value": "1"}, {"name": "OURS", "value": "2"}]
"""Raster Foundry 2525, raster-vision 926 and mbta/tile-server 33 register variables of such names."""


@pytest.fixture(autouse=True)
def resources(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def registered(client: Any, **members: Any) -> dict[str, Any]:
    """Register a job definition and return it as described."""
    request = {"jobDefinitionName": "new", "type": "container", **members}
    arn = client.register_job_definition(**request)["jobDefinitionArn"]
    shown: dict[str, Any] = client.describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"][
        0
    ]
    return shown


def one_range(**contents: Any) -> dict[str, Any]:
    """Return the members of a definition of two nodes, both described by these members."""
    ranges = [{"targetNodes": "0:", **contents}]
    nodes = {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges}
    return {"type": "multinode", "nodeProperties": nodes}


EACH_KIND: dict[str, Any] = {
    "containerProperties": lambda **more: {"containerProperties": {**CONTAINER, **more}},
    "ecsProperties": lambda **more: {
        "ecsProperties": {"taskProperties": [{"containers": [{**CONTAINER, **more}]}]}
    },
    "node container": lambda **more: one_range(container={**CONTAINER, **more}),
    "node task": lambda **more: one_range(
        ecsProperties={"taskProperties": [{"containers": [{**CONTAINER, **more}]}]}
    ),
}


@pytest.mark.parametrize("kind", EACH_KIND)
@pytest.mark.parametrize("user", ["1000:1000", "uid:group", "nobody:nogroup", "0", "root:0"])
def test_user_and_group(client: Any, kind: str, user: str) -> None:
    """A user can include a group: miniwdl-aws 0.12.2 registers `1000:1000`."""
    registered(client, **EACH_KIND[kind](user=user))


def test_user_with_other_characters(client: Any) -> None:
    """The captured message is about characters on either side of the colon."""
    for user in ("Root", "a:B", "a:b:c", ":"):
        message = refused(
            client,
            "register_job_definition",
            jobDefinitionName="new",
            type="container",
            containerProperties={**CONTAINER, "user": user},
        )
        assert message == wrapped(
            f"User '{user}' does not match regex ^([a-z0-9_][a-z0-9_-]{{0,30}})$"
        )


@pytest.mark.parametrize("kind", EACH_KIND)
def test_reserved_names_of_variables(client: Any, kind: str) -> None:
    """Variables named `AWS_BATCH...` are registered and described."""
    assert "AWS_BATCH_MINE" in str(registered(client, **EACH_KIND[kind](environment=RESERVED)))


def test_reserved_names_of_variables_of_pods(client: Any) -> None:
    """Variables named `AWS_BATCH...` are registered and described in pods too."""
    pod = {"containers": [{**POD_CONTAINER, "env": RESERVED}]}
    shown = registered(client, eksProperties={"podProperties": pod})
    assert shown["eksProperties"]["podProperties"]["containers"][0]["env"] == RESERVED


def test_containers_do_not_get_reserved_names(batch_mock: BatchMock, client: Any) -> None:
    """The container gets no `AWS_BATCH...` variable from a definition or an override."""
    register(client, "mine", {"environment": RESERVED})
    overrides = {"environment": [{"name": "AWS_BATCH_JOB_ID", "value": "forged"}]}
    job_id = submit(client, jobDefinition="mine", containerOverrides=overrides)
    environment = batch_mock.job(job_id).environment
    assert not any(name.startswith("AWS_BATCH") for name in environment)
    assert environment["OURS"] == "2"
    (shown,) = client.describe_jobs(jobs=[job_id])["jobs"]
    assert {"name": "AWS_BATCH_JOB_ID", "value": "forged"} in shown["container"]["environment"]


@pytest.mark.parametrize("readonly", [True, False])
@pytest.mark.parametrize("kind", ["containerProperties", "ecsProperties"])
def test_readonly_root_on_windows(client: Any, kind: str, readonly: bool) -> None:
    """On Windows, readonlyRootFilesystem is refused whatever its value (aws-cdk 29140)."""
    windows = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
    container = {**FARGATE, "readonlyRootFilesystem": readonly}
    block: dict[str, Any] = {**container, "runtimePlatform": windows}
    if kind == "ecsProperties":
        role = container.pop("executionRoleArn")
        task = {"containers": [container], "runtimePlatform": windows, "executionRoleArn": role}
        block = {"taskProperties": [task]}
    message = refused(
        client,
        "register_job_definition",
        jobDefinitionName="new",
        type="container",
        platformCapabilities=["FARGATE"],
        **{kind: block},
    )
    text = "ReadonlyRootFilesystem parameter is not supported for Windows containers"
    assert message == wrapped(text)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("volumes", [{"name": "hostPathVolume", "hostPath": {"path": "/tmp"}}]),
        ("volumes", [{"name": "Secret_Volume", "secret": {"secretName": "My.Secret"}}]),
        ("imagePullSecrets", [{"name": "PullSecret"}]),
    ],
)
def test_names_in_pods(client: Any, member: str, value: Any) -> None:
    """Names with capitals are accepted: the CDK's deployed integration test has a `hostPathVolume`."""
    pod = {"containers": [POD_CONTAINER], member: value}
    shown = registered(client, eksProperties={"podProperties": pod})
    assert shown["eksProperties"]["podProperties"][member] == value


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"vcpus": -5}, "vCPU must be at least 1, got -5."),
        ({"vcpus": 0}, "vCPU must be at least 1, got 0."),
        ({"memory": 3}, "Memory must be at least 4 Mib, got 3 Mib."),
        (
            {"vcpus": 1, "resourceRequirements": [{"type": "VCPU", "value": "1"}]},
            "Cannot use both ECS containerProperties vcpus and resourceRequirement VCPU.",
        ),
        (
            {"memory": 4, "resourceRequirements": [{"type": "MEMORY", "value": "4"}]},
            "Cannot use both ECS containerProperties memory and resourceRequirement MEMORY.",
        ),
        (
            {"resourceRequirements": [{"type": "VCPU", "value": "-5"}]},
            "vCPU must be at least 1, got -5.",
        ),
        (
            {"resourceRequirements": [{"type": "MEMORY", "value": "3"}]},
            "Memory must be at least 4 Mib, got 3 Mib.",
        ),
    ],
)
@pytest.mark.parametrize("of_nodes", [False, True], ids=["of a job", "of nodes"])
def test_lower_bounds_of_overrides(
    client: Any, members: dict[str, Any], text: str, of_nodes: bool
) -> None:
    """Both spellings of a resource are checked for job definitions, jobs and nodes."""
    given: dict[str, Any] = {"containerOverrides": members}
    definition = "definition"
    if of_nodes:
        definition = registered(client, **one_range(container=CONTAINER))["jobDefinitionArn"]
        override = {"targetNodes": "0:", "containerOverrides": members}
        given = {"nodeOverrides": {"nodePropertyOverrides": [override]}}
    request = {"jobName": "job", "jobQueue": "queue", "jobDefinition": definition, **given}
    assert refused(client, "submit_job", **request) == wrapped(text)


def test_lower_bounds_of_other_overrides(client: Any) -> None:
    """The containers of tasks and pods have the same bounds."""
    task = {"taskProperties": [{"containers": [CONTAINER]}]}
    tasks = registered(client, ecsProperties=task)["jobDefinitionArn"]
    container = {"resourceRequirements": [{"type": "VCPU", "value": "0"}]}
    override = {"taskProperties": [{"containers": [container]}]}
    request = {"jobName": "job", "jobQueue": "queue", "jobDefinition": tasks}
    message = refused(client, "submit_job", **request, ecsPropertiesOverride=override)
    assert message == wrapped("vCPU must be at least 1, got 0.")


@pytest.mark.parametrize("key", ["aws:a", "AWS:a", "Aws:a", "aWs:a"])
def test_reserved_tag_keys(client: Any, key: str) -> None:
    """Keys that begin with aws: in any letter case are reserved, and values are not checked."""
    text = f"Tag key {key} is not valid: keys that start with aws: are reserved."
    request = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}
    assert refused(client, "submit_job", **request, tags={key: "v"}) == text
    arn = client.describe_job_queues()["jobQueues"][0]["jobQueueArn"]
    assert refused(client, "tag_resource", resourceArn=arn, tags={key: "v"}) == text
    client.tag_resource(resourceArn=arn, tags={"mine": key})


def test_share_identifier_with_an_asterisk(batch_mock: BatchMock, client: Any) -> None:
    """A share identifier may end with an asterisk (documented for SubmitJob)."""
    arn = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
    environment = client.describe_compute_environments()["computeEnvironments"][0]
    order = [{"order": 1, "computeEnvironment": environment["computeEnvironmentArn"]}]
    client.create_job_queue(
        jobQueueName="shared", priority=1, computeEnvironmentOrder=order, schedulingPolicyArn=arn
    )
    batch_mock.run()
    job_id = submit(
        client, jobQueue="shared", shareIdentifier="team*", schedulingPriorityOverride=1
    )
    batch_mock.run()
    (shown,) = client.describe_jobs(jobs=[job_id])["jobs"]
    assert (shown["status"], shown["shareIdentifier"]) == ("SUCCEEDED", "team*")


@pytest.mark.parametrize("name", ["onStatusReason", "onReason"])
def test_pattern_that_never_matches(batch_mock: BatchMock, client: Any, name: str) -> None:
    """A pattern with an inner asterisk is accepted with a warning and matches nothing."""
    batch_mock.script(fail(1, reason="Host EC2 terminated"), succeed())
    rules = [{name: "Host*terminated", "action": "EXIT"}]
    with pytest.warns(BatchMockWarning, match=f"the {name} pattern 'Host\\*terminated'") as told:
        job_id = submit(client, retryStrategy={"attempts": 2, "evaluateOnExit": rules})
    assert told[0].filename.endswith("builders.py")
    batch_mock.run()
    (shown,) = client.describe_jobs(jobs=[job_id])["jobs"]
    assert shown["status"] == "SUCCEEDED"


def test_the_same_pattern_again(client: Any) -> None:
    """Each request with a pattern that never matches causes a warning, also if an earlier one had it."""
    rules = [{"onReason": "Host*terminated", "action": "EXIT"}]
    for _ in range(2):
        with pytest.warns(BatchMockWarning, match="the onReason pattern"):
            submit(client, retryStrategy={"attempts": 2, "evaluateOnExit": rules})


def test_pattern_of_a_job_definition(client: Any) -> None:
    """A pattern in a job definition causes a warning at registration."""
    rules = [{"onReason": "a*b", "action": "RETRY"}]
    with pytest.warns(BatchMockWarning, match="can never match"):
        registered(
            client,
            containerProperties=CONTAINER,
            retryStrategy={"attempts": 2, "evaluateOnExit": rules},
        )


def test_warning_made_an_error_changes_nothing(client: Any) -> None:
    """If warnings are errors, a request that warns changes nothing."""
    rules = [{"onReason": "a*b", "action": "RETRY"}]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(BatchMockWarning):
            submit(client, retryStrategy={"attempts": 2, "evaluateOnExit": rules})
    assert client.list_jobs(jobQueue="queue", jobStatus="SUBMITTED")["jobSummaryList"] == []


@pytest.mark.parametrize("pattern", ["Host EC2*", "*", "CannotPull: a.b\t1*", "exact"])
def test_pattern_that_can_match(client: Any, pattern: str) -> None:
    """Patterns with one final asterisk, or none, cause no warning."""
    rules = [{"onReason": pattern, "action": "RETRY"}]
    submit(client, retryStrategy={"attempts": 2, "evaluateOnExit": rules})


def test_queue_without_environments(batch_mock: BatchMock, client: Any) -> None:
    """An update may remove all environments from a queue, whose jobs then wait (assumed)."""
    client.update_job_queue(jobQueue="queue", computeEnvironmentOrder=[])
    job_id = submit(client)
    batch_mock.run()
    (queue,) = client.describe_job_queues(jobQueues=["queue"])["jobQueues"]
    assert queue["computeEnvironmentOrder"] == []
    (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
    assert job["status"] == "RUNNABLE"


def test_enumerations_are_shown_as_in_the_model(batch_mock: BatchMock, client: Any) -> None:
    """All CDK versions since 2.74 send `managed`, which is described as `MANAGED` (aws-cdk 31621)."""
    client.create_compute_environment(
        computeEnvironmentName="ce",
        type="managed",
        state="enabled",
        computeResources={
            "type": "fargate",
            "maxvCpus": 4,
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
            "tags": {},
            "instanceTypes": [],
        },
    )
    (shown,) = client.describe_compute_environments(computeEnvironments=["ce"])[
        "computeEnvironments"
    ]
    assert (shown["type"], shown["state"]) == ("MANAGED", "ENABLED")
    assert shown["computeResources"]["type"] == "FARGATE"
    assert "instanceTypes" not in shown["computeResources"]
    definition = registered(client, type="Container", containerProperties=CONTAINER)
    assert definition["type"] == "container"


@pytest.fixture
def unchecked() -> Any:
    """A client that sends what it is given, as those of other languages may."""
    config = Config(parameter_validation=False)
    return boto3.client("batch", region_name="us-east-1", config=config)


def test_whole_numbers_with_a_decimal_point(unchecked: Any) -> None:
    """The number 2.0 is read and shown as 2."""
    job_id = submit(
        unchecked, arrayProperties={"size": 2.0}, timeout={"attemptDurationSeconds": 60.0}
    )
    shown = described(unchecked, job_id)
    assert (repr(shown["arrayProperties"]["size"]), repr(shown["timeout"])) == (
        "2",
        "{'attemptDurationSeconds': 60}",
    )


@pytest.mark.parametrize("operation", ["describe_job_queues", "describe_job_definitions"])
def test_page_size_with_a_decimal_point(unchecked: Any, operation: str) -> None:
    """A page of 2.0 entries has up to two."""
    assert getattr(unchecked, operation)(maxResults=2.0)


def test_fractions_are_no_whole_numbers(unchecked: Any) -> None:
    """The number 1.5 is refused where a whole number is wanted."""
    assert refused(unchecked, "describe_job_queues", maxResults=1.5) == wrapped(
        "maxResults must be of type integer, got 1.5."
    )


def test_null_members_of_a_client(unchecked: Any) -> None:
    """A client without its own validation sends None as null, which is as not given."""
    container = {**CONTAINER, "jobRoleArn": None}
    registered(unchecked, containerProperties=container)
