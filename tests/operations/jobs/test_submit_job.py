from __future__ import annotations

import re
from typing import Any

import pytest

from batchmock import BatchMock, Policies

from ...builders import (
    ARN,
    UNKNOWN_JOB,
    definition,
    described,
    provisioned_mock,
    refused,
    register,
    requirements,
    status_of,
    submit,
    wrapped,
)

UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
QUEUE_ARN = ARN + "job-queue/queue"
DEFINITION_ARN = ARN + "job-definition/definition"


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def container_of(client: Any, **request: Any) -> dict[str, Any]:
    """Submit a job and return its container."""
    container: dict[str, Any] = described(client, submit(client, **request))["container"]
    return container


def test_reply(client: Any) -> None:
    """SubmitJob returns the job's name, its id, a random UUID, and its ARN."""
    reply = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")
    assert UUID_4.fullmatch(reply["jobId"])
    del reply["ResponseMetadata"]
    assert reply == {
        "jobName": "job",
        "jobId": reply["jobId"],
        "jobArn": f"{ARN}job/{reply['jobId']}",
    }


def test_no_idempotency(client: Any) -> None:
    """SubmitJob has no idempotency token: the same request twice creates two jobs."""
    assert submit(client) != submit(client)


@pytest.mark.parametrize("given", ["queue", QUEUE_ARN])
def test_queue_by_name_or_arn(client: Any, given: str) -> None:
    """The queue is given by name or ARN and always described by ARN."""
    assert described(client, submit(client, jobQueue=given))["jobQueue"] == QUEUE_ARN


@pytest.mark.parametrize(
    ("given", "revision"),
    [
        ("definition", 2),
        ("definition:1", 1),
        ("definition:2", 2),
        (DEFINITION_ARN, 2),
        (DEFINITION_ARN + ":1", 1),
    ],
)
def test_definition_lookup(client: Any, given: str, revision: int) -> None:
    """A name, or an ARN without revision, is the highest ACTIVE one and is described with its revision."""
    register(client)
    register(client)
    client.deregister_job_definition(jobDefinition="definition:3")
    job = described(client, submit(client, jobDefinition=given))
    assert job["jobDefinition"] == f"{DEFINITION_ARN}:{revision}"


@pytest.mark.parametrize("name", ["a", "7", "a-b", "a_b", "A1-_", "a" * 128])
def test_good_names(client: Any, name: str) -> None:
    """A job name has up to 128 letters, digits, hyphens and underscores and starts with a letter or digit."""
    assert described(client, submit(client, name))["jobName"] == name


@pytest.mark.parametrize(
    ("defaults", "given", "command", "expected"),
    [
        ({}, {"in": "a"}, ["cat", "Ref::in"], ["cat", "a"]),
        ({"in": "a"}, {}, ["cat", "Ref::in"], ["cat", "a"]),
        ({"in": "a"}, {"in": "b"}, ["cat", "Ref::in"], ["cat", "b"]),
        ({"in": "a"}, {"out": "b"}, ["cp", "Ref::in", "Ref::out"], ["cp", "a", "b"]),
        ({}, {"in": ""}, ["cat", "Ref::in"], ["cat", ""]),
        ({}, {"other": "x"}, ["true"], ["true"]),
        ({}, {"in": "a"}, ["--in=Ref::in"], ["--in=Ref::in"]),
    ],
)
def test_parameters(
    client: Any,
    defaults: dict[str, str],
    given: dict[str, str],
    command: list[str],
    expected: list[str],
) -> None:
    """An element `Ref::name` becomes the parameter, of the job or else of the definition."""
    register(client, "cat", {"command": command}, parameters=defaults)
    job = described(client, submit(client, jobDefinition="cat", parameters=given))
    assert job["container"]["command"] == expected
    assert job["parameters"] == {**defaults, **given}


def test_parameters_in_an_override(client: Any) -> None:
    """A `Ref::` is substituted in an overridden command too, but not in environment values."""
    overrides = {
        "command": ["cat", "Ref::in"],
        "environment": [{"name": "IN", "value": "Ref::in"}],
    }
    container = container_of(client, parameters={"in": "a"}, containerOverrides=overrides)
    assert container["command"] == ["cat", "a"]
    assert container["environment"] == [{"name": "IN", "value": "Ref::in"}]


def test_parameters_inside_strings() -> None:
    """The policy substitute_inside_strings replaces a `Ref::` inside a longer string as well."""
    with provisioned_mock(policies=Policies(substitute_inside_strings=True)) as (_, client):
        overrides = {"command": ["--in=Ref::in", "Ref::in/Ref::out"]}
        parameters = {"in": "a", "out": "b"}
        container = container_of(client, parameters=parameters, containerOverrides=overrides)
    assert container["command"] == ["--in=a", "a/b"]


def test_parameters_as_submitted() -> None:
    """The policy show_merged_parameters=False describes only the job's own parameters."""
    with provisioned_mock(policies=Policies(show_merged_parameters=False)) as (_, client):
        register(client, "cat", {"command": ["Ref::in"]}, parameters={"in": "a"})
        job = described(client, submit(client, jobDefinition="cat", parameters={"x": "y"}))
    assert job["parameters"] == {"x": "y"}
    assert job["container"]["command"] == ["a"]


MODERN = {
    "command": ["run"],
    "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    "resourceRequirements": requirements(1, 128),
}
LEGACY = {"vcpus": 1, "memory": 128, "resourceRequirements": []}


@pytest.mark.parametrize(
    ("base", "overrides", "changed"),
    [
        (MODERN, {}, {}),
        (MODERN, {"command": ["other", "x"]}, {"command": ["other", "x"]}),
        (
            MODERN,
            {"environment": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]},
            {
                "environment": [
                    {"name": "A", "value": "1"},
                    {"name": "B", "value": "3"},
                    {"name": "C", "value": "4"},
                ]
            },
        ),
        (
            MODERN,
            {"resourceRequirements": [{"type": "MEMORY", "value": "512"}]},
            {"resourceRequirements": requirements(1, 512)},
        ),
        (
            MODERN,
            {"resourceRequirements": [{"type": "GPU", "value": "1"}]},
            {"resourceRequirements": [*requirements(1, 128), {"type": "GPU", "value": "1"}]},
        ),
        (MODERN, {"vcpus": 4, "memory": 512}, {}),
        (LEGACY, {"vcpus": 4}, {"vcpus": 4}),
        (LEGACY, {"memory": 512}, {"memory": 512}),
        (MODERN, {"instanceType": "m5.large"}, {"instanceType": "m5.large"}),
    ],
    ids=str,
)
def test_overrides(
    client: Any, base: dict[str, Any], overrides: dict[str, Any], changed: dict[str, Any]
) -> None:
    """Commands are replaced, environments merged by name, requirements by type, legacy by legacy."""
    register(client, "base", base)
    before = definition(client, "base:1")
    container = container_of(client, jobDefinition="base", containerOverrides=overrides)
    expected = {**before["containerProperties"], **changed, "networkInterfaces": []}
    assert container == expected
    assert definition(client, "base:1") == before


def test_overrides_shown_late(client: Any, batch_mock: BatchMock) -> None:
    """The overridden container is also described if the job ended before its first description."""
    register(client, "base", MODERN)
    overrides = {"command": ["late"], "environment": [{"name": "B", "value": "3"}]}
    job_id = submit(client, jobDefinition="base", containerOverrides=overrides)
    batch_mock.run()
    view = batch_mock.job(job_id)
    assert (view.command, view.environment) == (["late"], {"A": "1", "B": "3"})
    assert described(client, job_id)["container"]["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "3"},
    ]


def test_overridden_resources_in_the_view(client: Any, batch_mock: BatchMock) -> None:
    """The job runs with its resources after overrides."""
    overrides = {"resourceRequirements": [*requirements(4, 512), {"type": "GPU", "value": "2"}]}
    view = batch_mock.job(submit(client, containerOverrides=overrides))
    assert (view.vcpus, view.memory_mib, view.gpus) == (4.0, 512, 2)


def test_overrides_on_fargate(client: Any, batch_mock: BatchMock) -> None:
    """Resource requirements of a Fargate job can be overridden with another pair that Fargate offers."""
    batch_mock.provision("fargate", "fargate", "fargate", fargate=True)
    overrides = {"resourceRequirements": requirements(2, 4096)}
    container = container_of(
        client, jobQueue="fargate", jobDefinition="fargate", containerOverrides=overrides
    )
    assert container["resourceRequirements"] == requirements(2, 4096)


def test_tags(client: Any) -> None:
    """A job has the tags of its own request, not those of its definition."""
    register(client, "tagged", tags={"team": "a"})
    job = described(client, submit(client, jobDefinition="tagged", tags={"run": "7"}))
    assert job["tags"] == {"run": "7"}


@pytest.mark.parametrize(
    ("registered", "submitted", "shown"),
    [
        ({}, {}, {}),
        ({"propagateTags": True}, {}, {"propagateTags": True}),
        ({"propagateTags": True}, {"propagateTags": False}, {"propagateTags": False}),
        ({}, {"propagateTags": False}, {"propagateTags": False}),
    ],
)
def test_propagate_tags(
    client: Any, registered: dict[str, Any], submitted: dict[str, Any], shown: dict[str, Any]
) -> None:
    """The job's propagateTags replaces the definition's and is described only if either is set."""
    register(client, "d", **registered)
    job = described(client, submit(client, jobDefinition="d", **submitted))
    assert {name: job[name] for name in job if name == "propagateTags"} == shown


@pytest.mark.parametrize(
    ("count", "status"), [(25, "SUCCEEDED"), (26, "FAILED")], ids=["50 tags", "51 tags"]
)
def test_too_many_propagated_tags(
    client: Any, batch_mock: BatchMock, count: int, status: str
) -> None:
    """More than 50 propagated tags of job and definition together fail the job and not the call."""
    register(client, "tagged", tags={f"definition-{n}": "x" for n in range(25)})
    tags = {f"job-{n}": "x" for n in range(count)}
    job_id = submit(client, jobDefinition="tagged", tags=tags, propagateTags=True)
    batch_mock.run()
    assert status_of(client, job_id) == status


def test_too_long_overrides(client: Any, batch_mock: BatchMock) -> None:
    """Overrides above 8,192 characters fail the job when it is dispatched, without an attempt."""
    overrides = {"environment": [{"name": "A", "value": "x" * 8200}]}
    job_id = submit(client, containerOverrides=overrides, retryStrategy={"attempts": 3})
    batch_mock.run()
    job = described(client, job_id)
    assert job["status"] == "FAILED"
    assert job["statusReason"] == "Container Overrides length must be at most 8192"
    assert job["attempts"] == []


def env(**variables: str) -> dict[str, Any]:
    """Return overrides of the environment."""
    return {"environment": [{"name": name, "value": variables[name]} for name in variables]}


def asking(kind: str, value: str) -> dict[str, Any]:
    """Return overrides of one resource requirement."""
    return {"resourceRequirements": [{"type": kind, "value": value}]}


def rules(*given: dict[str, str]) -> dict[str, Any]:
    """Return a retry strategy of two attempts."""
    return {"attempts": 2, "evaluateOnExit": list(given)}


TAG_CHARACTERS = (
    "Tags can only contain letters, numbers, spaces, and the following special characters: "
    "_ . : / = + - @"
)
FIFO = (
    "Job with shareIdentifier or schedulingPriority can onlybe submitted to job queue with fair "
    "share scheduling policy."
)
PATTERN = "is not supported pattern[a-zA-Z_0-9-]{1,128}"
NAME = "Job name should match valid pattern"
ATTEMPTS = "RetryAttempts must be between 1 and 10."

WRAPPED = [
    ({"jobName": ""}, NAME),
    ({"jobName": "-a"}, NAME),
    ({"jobName": "_a"}, NAME),
    ({"jobName": "a.b"}, NAME),
    ({"jobName": "a b"}, NAME),
    ({"jobName": "a" * 129}, NAME),
    ({"jobName": "é"}, NAME),
    ({"containerOverrides": {"command": ["a", ""]}}, "Command field cannot have empty strings"),
    ({"containerOverrides": env(A="x" * 40000)}, "Job size must be less than 30 KiB, got 40 KiB"),
    (
        {"containerOverrides": {"environment": [{"value": "1"}]}},
        "Environment variable name is required.",
    ),
    ({"containerOverrides": asking("VCPU", "0")}, "vCPU must be at least 1, got 0."),
    ({"containerOverrides": asking("MEMORY", "3")}, "Memory must be at least 4 Mib, got 3 Mib."),
    (
        {"containerOverrides": asking("VCPU", "1.0")},
        "Value 1.0 for type VCPU in resourceRequirement is not valid. "
        "Please provide a numeric value.",
    ),
    (
        {"containerOverrides": asking("DISK", "1")},
        "Value DISK for containerOverrides.resourceRequirements[0].type is not valid. "
        "Valid values are: [GPU, VCPU, MEMORY]",
    ),
    (
        {"containerOverrides": {"resourceRequirements": requirements(1, 8) + requirements(1, 8)}},
        "Cannot provide duplicates in resourceRequirements.",
    ),
    ({"dependsOn": [{"jobId": UNKNOWN_JOB}] * 21}, "Job cannot have more than 20 dependencies"),
    (
        {"dependsOn": [{"jobId": UNKNOWN_JOB, "type": "AFTER"}]},
        "Value AFTER for dependsOn[0].type is not valid. Valid values are: [N_TO_N, SEQUENTIAL]",
    ),
    ({"arrayProperties": {"size": 1}}, "Array size must be between 2 and 10000."),
    ({"arrayProperties": {"size": 10001}}, "Array size must be between 2 and 10000."),
    ({"retryStrategy": {}}, "RetryAttempts must be provided with retry strategy."),
    (
        {"retryStrategy": {"evaluateOnExit": [{"action": "EXIT", "onReason": "*"}]}},
        "RetryAttempts must be provided with retry strategy.",
    ),
    ({"retryStrategy": {"attempts": 0}}, ATTEMPTS),
    ({"retryStrategy": {"attempts": 11}}, ATTEMPTS),
    (
        {"retryStrategy": rules({"action": "EXIT"})},
        "EvaluateOnExit should contain at least one of onExitCode, onReason or onStatusReason",
    ),
    (
        {"retryStrategy": rules(*[{"action": "EXIT", "onExitCode": "1"}] * 6)},
        "EvaluateOnExit cannot have more than 5 items.",
    ),
    (
        {"retryStrategy": rules({"action": "EXIT", "onExitCode": "1?"})},
        "Evaluate on exit condition contains restricted characters.",
    ),
    (
        {"retryStrategy": rules({"action": "EXIT", "onReason": "a" * 513})},
        "Evaluate on exit condition cannot exceed 512 characters.",
    ),
    (
        {"retryStrategy": rules({"action": "STOP", "onReason": "*"})},
        "Value STOP for retryStrategy.evaluateOnExit[0].action is not valid. "
        "Valid values are: [RETRY, EXIT]",
    ),
    (
        {"timeout": {"attemptDurationSeconds": 59}},
        "AttemptDurationSeconds in Timeout must be at least 60 seconds.",
    ),
    ({"schedulingPriorityOverride": -1}, "Scheduling priority must be between 0 and 9999."),
    ({"schedulingPriorityOverride": 10000}, "Scheduling priority must be between 0 and 9999."),
    ({"tags": {str(n): "" for n in range(51)}}, "tags can have at most 50 tags, got 51."),
]

BARE = [
    ({"jobQueue": "nope"}, "JobQueue nope not found."),
    ({"jobQueue": ARN + "job-queue/nope"}, f"JobQueue {ARN}job-queue/nope not found."),
    (
        {"jobQueue": QUEUE_ARN.replace("us-east-1", "eu-west-1")},
        "JobQueue arn:aws:batch:eu-west-1:123456789012:job-queue/queue not found.",
    ),
    ({"jobQueue": "nope", "jobDefinition": "nope"}, "JobQueue nope not found."),
    ({"jobDefinition": ""}, f"Provided name  {PATTERN}"),
    ({"jobDefinition": "definition:latest"}, f"Provided name definition:latest {PATTERN}"),
    ({"jobDefinition": QUEUE_ARN}, f"Provided name {QUEUE_ARN} {PATTERN}"),
    (
        {"jobDefinition": "nope"},
        "JobDefinition name nope does not exist or is not in ACTIVE status",
    ),
    ({"jobDefinition": "definition:9"}, f"JobDefinition {DEFINITION_ARN}:9 not found."),
    (
        {"jobDefinition": ARN + "job-definition/nope:1"},
        f"JobDefinition {ARN}job-definition/nope:1 not found.",
    ),
    ({"shareIdentifier": "a"}, FIFO),
    ({"schedulingPriorityOverride": 1}, FIFO),
    (
        {"containerOverrides": {"command": ["Ref::missing"]}},
        "Unable to substitute value. No parameter found for reference missing",
    ),
    (
        {"dependsOn": [{"jobId": UNKNOWN_JOB}]},
        f"Dependent job {UNKNOWN_JOB} does not exist.",
    ),
    ({"dependsOn": [{"jobId": "x"}]}, "Dependent job x does not exist."),
    ({"tags": {"a!": "b"}}, TAG_CHARACTERS),
    ({"tags": {"a": "b!"}}, TAG_CHARACTERS),
    (
        {"tags": {"aws:a": "b"}},
        "Tag key aws:a is not valid: keys that start with aws: are reserved.",
    ),
    (
        {"eksPropertiesOverride": {"podProperties": {"metadata": {"labels": {"a": "b"}}}}},
        "eksPropertiesOverride is not applicable for a job definition with containerProperties.",
    ),
    (
        {"ecsPropertiesOverride": {"taskProperties": [{"containers": [{"command": ["x"]}]}]}},
        "ecsPropertiesOverride is not applicable for a job definition with containerProperties.",
    ),
]

REFUSALS = [(request, wrapped(text)) for request, text in WRAPPED] + BARE


@pytest.mark.parametrize(
    ("request_", "message"), REFUSALS, ids=[str(request)[:60] for request, _ in REFUSALS]
)
def test_refusals(client: Any, request_: dict[str, Any], message: str) -> None:
    """The message is wrapped if the request itself is invalid, and bare if stored state forbids it."""
    submit(client, "earlier")
    given = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition", **request_}
    assert refused(client, "submit_job", **given) == message


def submit_refused(client: Any, **members: Any) -> str:
    """Return the message that refuses an otherwise valid job."""
    given = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition", **members}
    return refused(client, "submit_job", **given)


def test_disabled_queue(client: Any) -> None:
    """A DISABLED queue accepts no new jobs, and its jobs continue."""
    earlier = submit(client)
    client.update_job_queue(jobQueue="queue", state="DISABLED")
    assert submit_refused(client) == f"JobQueue {QUEUE_ARN} is not in ENABLED state."
    assert status_of(client, earlier) == "SUBMITTED"


def test_disabled_queue_drains(client: Any, batch_mock: BatchMock) -> None:
    """The jobs of a queue that is DISABLED still run."""
    job_id = submit(client)
    client.update_job_queue(jobQueue="queue", state="DISABLED")
    batch_mock.run()
    assert status_of(client, job_id) == "SUCCEEDED"


def test_deleted_queue(client: Any) -> None:
    """A queue that has been deleted is not found."""
    client.update_job_queue(jobQueue="queue", state="DISABLED")
    client.delete_job_queue(jobQueue="queue")
    assert submit_refused(client) == "JobQueue queue not found."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("definition", "JobDefinition name definition does not exist or is not in ACTIVE status"),
        ("definition:1", f"JobDefinition {DEFINITION_ARN}:1 is not in ACTIVE status"),
        (DEFINITION_ARN + ":1", f"JobDefinition {DEFINITION_ARN}:1 is not in ACTIVE status"),
    ],
)
def test_inactive_definition(client: Any, given: str, message: str) -> None:
    """A deregistered job definition accepts no new jobs."""
    client.deregister_job_definition(jobDefinition="definition:1")
    assert submit_refused(client, jobDefinition=given) == message


@pytest.mark.parametrize(
    ("queue", "given", "capability"),
    [("fargate", "definition", "EC2"), ("queue", "fargate", "FARGATE")],
)
def test_wrong_capability(
    client: Any, batch_mock: BatchMock, queue: str, given: str, capability: str
) -> None:
    """The compute environments of a job's queue must have the definition's platform."""
    batch_mock.provision("fargate", "fargate", "fargate", fargate=True)
    assert submit_refused(client, jobQueue=queue, jobDefinition=given) == (
        "Job Queue is attached to Compute Environment that can not run Jobs with capability "
        f"{capability}."
    )


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"vcpus": 2},
            "vcpus is not applicable for Fargate. Use resource requirements instead.",
        ),
        (
            {"memory": 2048},
            "memory is not applicable for Fargate. Use resource requirements instead.",
        ),
        (
            asking("MEMORY", "100"),
            wrapped("Fargate resource requirements (1.00 vCPU, 100 MiB) not valid."),
        ),
        (asking("GPU", "1"), wrapped("GPU is not applicable for Fargate.")),
    ],
)
def test_refused_overrides_on_fargate(
    client: Any, batch_mock: BatchMock, overrides: dict[str, Any], message: str
) -> None:
    """Overrides of a Fargate job are resource requirements, in a pair that Fargate offers."""
    batch_mock.provision("fargate", "fargate", "fargate", fargate=True)
    given = {"jobQueue": "fargate", "jobDefinition": "fargate", "containerOverrides": overrides}
    assert submit_refused(client, **given) == message


def test_consumable_resources(client: Any) -> None:
    """A job describes its requested consumable resources, which replace the definition's."""
    client.create_consumable_resource(consumableResourceName="license", totalQuantity=1)
    wanted = {"consumableResourceList": [{"consumableResource": "license", "quantity": 1}]}
    job_id = submit(client, consumableResourcePropertiesOverride=wanted)
    (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
    assert job["consumableResourceProperties"] == wanted


def test_equal_requests_of_jobs_in_different_places(batch_mock: BatchMock, client: Any) -> None:
    """Jobs of one definition have each their own name, queue and share."""
    batch_mock.provision(job_queue="other")
    batch_mock.provision(job_queue="fair", shares={})
    register(client, "shared", schedulingPriority=1)
    places = [
        ("a", "queue", {}),
        ("b", "other", {}),
        ("c", "fair", {"shareIdentifier": "x"}),
        ("d", "fair", {"shareIdentifier": "y"}),
        ("e", "fair", {"shareIdentifier": "y"}),
        ("f", "queue", {}),
    ]
    ids = [
        submit(client, name, jobQueue=queue, jobDefinition="shared", **share)
        for name, queue, share in places
    ]
    jobs = client.describe_jobs(jobs=ids)["jobs"]
    assert [
        (
            job["jobName"],
            job["jobQueue"].rpartition("/")[2],
            {name: job[name] for name in ("shareIdentifier",) if name in job},
        )
        for job in jobs
    ] == places
    batch_mock.run()
    assert {job.status for job in batch_mock.jobs} == {"SUCCEEDED"}


def test_consumable_resources_that_have_been_deleted(batch_mock: BatchMock, client: Any) -> None:
    """A definition that names a deleted resource is refused, though an equal job was accepted before."""
    client.create_consumable_resource(consumableResourceName="license", totalQuantity=1)
    wanted = {"consumableResourceList": [{"consumableResource": "license", "quantity": 1}]}
    register(client, "licensed", consumableResourceProperties=wanted)
    submit(client, jobDefinition="licensed")
    batch_mock.run()
    client.delete_consumable_resource(consumableResource="license")
    assert "license" in submit_refused(client, jobDefinition="licensed")
