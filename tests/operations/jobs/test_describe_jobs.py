from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest

from batchmock import (
    BatchMock,
    Outcome,
    Policies,
    cannot_inspect,
    cannot_pull_image,
    docker_timeout,
    fail,
    hang,
    out_of_memory,
    reclaim_spot,
    succeed,
)

from ...builders import (
    ARN,
    ESSENTIAL,
    START_MS,
    UNKNOWN_JOB,
    described,
    names,
    provisioned_mock,
    refused,
    register,
    requirements,
    status_of,
    submit,
    wrapped,
)

CONTAINER = {
    "image": "busybox",
    "command": ["true"],
    "volumes": [],
    "environment": [],
    "mountPoints": [],
    "ulimits": [],
    "networkInterfaces": [],
    "resourceRequirements": requirements(1, 128),
    "secrets": [],
}
CLUSTER = r"AWSBatch-compute-environment-[0-9a-f-]{36}"
TASK = re.compile(rf"arn:aws:ecs:us-east-1:123456789012:task/{CLUSTER}/[0-9a-f]{{32}}")
INSTANCE = re.compile(
    rf"arn:aws:ecs:us-east-1:123456789012:container-instance/{CLUSTER}/[0-9a-f]{{32}}"
)


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def shape(job_id: str, status: str, **members: Any) -> dict[str, Any]:
    """Return the keys that a job of one container shows in every status, and these others."""
    return {
        "jobArn": f"{ARN}job/{job_id}",
        "jobName": "job",
        "jobId": job_id,
        "jobQueue": f"{ARN}job-queue/queue",
        "status": status,
        "attempts": [],
        "createdAt": START_MS,
        "dependsOn": [],
        "jobDefinition": f"{ARN}job-definition/definition:1",
        "parameters": {},
        "container": CONTAINER,
        "tags": {},
        "platformCapabilities": [],
        "eksAttempts": [],
        **members,
    }


def run_time_keys(job: dict[str, Any]) -> dict[str, Any]:
    """Return the keys that show where a container runs, after checking their form."""
    container = job["container"]
    assert TASK.fullmatch(container["taskArn"])
    assert INSTANCE.fullmatch(container["containerInstanceArn"])
    task_id = container["taskArn"].rpartition("/")[2]
    assert container["logStreamName"] == f"definition/default/{task_id}"
    return {name: container[name] for name in ("taskArn", "containerInstanceArn", "logStreamName")}


@pytest.mark.parametrize(("seconds", "status"), [(0, "SUBMITTED"), (1, "RUNNABLE")])
def test_before_starting(client: Any, batch_mock: BatchMock, seconds: int, status: str) -> None:
    """Until STARTING, a job shows only the keys that are always present."""
    job_id = submit(client)
    batch_mock.tick(seconds)
    assert described(client, job_id) == shape(job_id, status)


def test_pending(client: Any, batch_mock: BatchMock) -> None:
    """A PENDING job shows its dependencies as sent and no reason."""
    batch_mock.script("first", hang())
    first = submit(client, "first")
    job_id = submit(client, dependsOn=[{"jobId": first}])
    batch_mock.tick()
    assert described(client, job_id) == shape(job_id, "PENDING", dependsOn=[{"jobId": first}])


def test_starting(client: Any, batch_mock: BatchMock) -> None:
    """From STARTING on the container shows its task, container instance and log stream."""
    job_id = submit(client)
    batch_mock.tick(2)
    job = described(client, job_id)
    assert job == shape(job_id, "STARTING", container={**CONTAINER, **run_time_keys(job)})


def test_running(client: Any, batch_mock: BatchMock) -> None:
    """A RUNNING job has startedAt, and its first attempt is not listed before it ends."""
    job_id = submit(client)
    batch_mock.tick(3)
    job = described(client, job_id)
    container = {**CONTAINER, **run_time_keys(job)}
    assert job == shape(job_id, "RUNNING", container=container, startedAt=START_MS + 3000)


@pytest.mark.parametrize(
    ("outcome", "status", "exit_code"), [(succeed(), "SUCCEEDED", 0), (fail(3), "FAILED", 3)]
)
def test_ended(
    client: Any, batch_mock: BatchMock, outcome: Any, status: str, exit_code: int
) -> None:
    """An ended job has stoppedAt, a reason, an exit code, and an attempt that repeats all of them."""
    batch_mock.script("job", outcome)
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    ran = {**run_time_keys(job), "exitCode": exit_code}
    end = {
        "startedAt": START_MS + 3000,
        "stoppedAt": START_MS + 4000,
        "statusReason": ESSENTIAL,
    }
    attempts = [{"container": {**ran, "networkInterfaces": []}, **end}]
    assert job == shape(job_id, status, container={**CONTAINER, **ran}, attempts=attempts, **end)


def test_never_started(client: Any, batch_mock: BatchMock) -> None:
    """A job that failed to start has stoppedAt but no startedAt, and a reason but no exit code."""
    batch_mock.script("job", docker_timeout())
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    ran = {
        **run_time_keys(job),
        "reason": "DockerTimeoutError: Could not transition to created; "
        "timed out after waiting 4m0s",
    }
    end = {"stoppedAt": START_MS + 3000, "statusReason": "Task failed to start"}
    attempts = [{"container": {**ran, "networkInterfaces": []}, **end}]
    assert job == shape(job_id, "FAILED", container={**CONTAINER, **ran}, attempts=attempts, **end)


def test_between_attempts(client: Any, batch_mock: BatchMock) -> None:
    """A job that is RUNNABLE again keeps its attempts and drops members of the last one."""
    batch_mock.script("job", fail())
    job_id = submit(client, retryStrategy={"attempts": 2})
    batch_mock.tick(4)
    job = described(client, job_id)
    (attempt,) = job["attempts"]
    assert attempt["stoppedAt"] == START_MS + 4000
    assert job == shape(
        job_id,
        "RUNNABLE",
        attempts=[attempt],
        retryStrategy={"attempts": 2, "evaluateOnExit": []},
    )


def test_second_attempt(client: Any, batch_mock: BatchMock) -> None:
    """The startedAt is that of the latest attempt, and each attempt has its own task and log stream."""
    batch_mock.script("job", fail())
    job_id = submit(client, retryStrategy={"attempts": 2})
    batch_mock.run()
    job = described(client, job_id)
    first, second = job["attempts"]
    assert (first["startedAt"], first["stoppedAt"]) == (START_MS + 3000, START_MS + 4000)
    assert (second["startedAt"], second["stoppedAt"]) == (START_MS + 6000, START_MS + 7000)
    assert (job["startedAt"], job["stoppedAt"]) == (START_MS + 6000, START_MS + 7000)
    assert first["container"]["taskArn"] != second["container"]["taskArn"]
    assert first["container"]["logStreamName"] != second["container"]["logStreamName"]
    assert job["container"]["taskArn"] == second["container"]["taskArn"]


def test_cancelled_before_starting(client: Any, batch_mock: BatchMock) -> None:
    """A job cancelled before STARTING has the caller's reason, isCancelled, and no attempt."""
    job_id = submit(client)
    client.cancel_job(jobId=job_id, reason="not today")
    batch_mock.run()
    assert described(client, job_id) == shape(
        job_id, "FAILED", statusReason="not today", stoppedAt=START_MS, isCancelled=True
    )


def test_no_stopped_at_without_attempt() -> None:
    """The policy stopped_at_without_attempt=False omits stoppedAt from a job that never ran."""
    policies = Policies(stopped_at_without_attempt=False)
    with provisioned_mock(policies=policies) as (batch_mock, client):
        job_id = submit(client)
        client.cancel_job(jobId=job_id, reason="not today")
        batch_mock.run()
        assert "stoppedAt" not in described(client, job_id)


@pytest.mark.parametrize(
    ("member", "value", "shown"),
    [
        ("retryStrategy", {"attempts": 3}, {"attempts": 3, "evaluateOnExit": []}),
        (
            "retryStrategy",
            {"attempts": 2, "evaluateOnExit": [{"action": "EXIT", "onExitCode": "1*"}]},
            {"attempts": 2, "evaluateOnExit": [{"action": "exit", "onExitCode": "1*"}]},
        ),
        ("timeout", {"attemptDurationSeconds": 60}, {"attemptDurationSeconds": 60}),
        ("propagateTags", True, True),
        ("propagateTags", False, False),
        ("tags", {"a": "b"}, {"a": "b"}),
        ("parameters", {"a": "b"}, {"a": "b"}),
    ],
)
def test_members_only_if_set(client: Any, member: str, value: Any, shown: Any) -> None:
    """Members of the request are described as sent, with rules' actions in lower case."""
    job_id = submit(client, **{member: value})
    assert described(client, job_id) == shape(job_id, "SUBMITTED", **{member: shown})


def test_members_of_the_definition(client: Any) -> None:
    """The definition's retry strategy, timeout, propagateTags and platform are described on its jobs."""
    members = {
        "retryStrategy": {"attempts": 2},
        "timeout": {"attemptDurationSeconds": 90},
        "propagateTags": True,
        "platformCapabilities": ["EC2"],
    }
    register(client, "full", {"command": ["true"]}, **members)
    job_id = submit(client, jobDefinition="full")
    members["retryStrategy"] = {"attempts": 2, "evaluateOnExit": []}
    arn = f"{ARN}job-definition/full:1"
    assert described(client, job_id) == shape(job_id, "SUBMITTED", jobDefinition=arn, **members)


def test_fargate(client: Any, batch_mock: BatchMock) -> None:
    """A Fargate job has a network interface and a platform version but no container instance."""
    batch_mock.provision("fargate", "fargate", "fargate", fargate=True)
    job_id = submit(client, jobQueue="fargate", jobDefinition="fargate")
    batch_mock.run()
    job = described(client, job_id)
    assert job["platformCapabilities"] == ["FARGATE"]
    assert "containerInstanceArn" not in job["container"]
    assert job["container"]["fargatePlatformConfiguration"] == {"platformVersion": "LATEST"}
    (interface,) = job["container"]["networkInterfaces"]
    assert set(interface) == {"attachmentId", "privateIpv4Address"}
    assert job["attempts"][0]["container"]["networkInterfaces"] == [interface]
    assert "containerInstanceArn" not in job["attempts"][0]["container"]


def test_long_definition_name(client: Any, batch_mock: BatchMock) -> None:
    """The log stream begins with the name of the job definition, without its revision."""
    register(client, "d" * 128)
    job_id = submit(client, jobDefinition="d" * 128)
    batch_mock.run()
    container = described(client, job_id)["container"]
    task_id = container["taskArn"].rpartition("/")[2]
    assert container["logStreamName"] == f"{'d' * 128}/default/{task_id}"


def test_own_log_stream_prefix(client: Any, batch_mock: BatchMock) -> None:
    """An awslogs-stream-prefix replaces the definition's name in the log stream."""
    options = {"awslogs-group": "mine", "awslogs-stream-prefix": "prefix"}
    register(client, "d", {"logConfiguration": {"logDriver": "awslogs", "options": options}})
    job_id = submit(client, jobDefinition="d")
    batch_mock.run()
    assert described(client, job_id)["container"]["logStreamName"].startswith("prefix/default/")


def test_environment_of_batch_is_not_listed(client: Any, batch_mock: BatchMock) -> None:
    """The AWS_BATCH variables exist at run time and are never described."""
    job_id = submit(client)
    batch_mock.run()
    assert described(client, job_id)["container"]["environment"] == []


def cancelled(client: Any, batch_mock: BatchMock) -> str:
    """Return a cancelled job."""
    job_id = submit(client)
    client.cancel_job(jobId=job_id, reason="cancelled by me")
    return job_id


def terminated(client: Any, batch_mock: BatchMock) -> str:
    """Return a job that was terminated while RUNNING."""
    batch_mock.script("job", hang())
    job_id = submit(client)
    batch_mock.tick(3)
    client.terminate_job(jobId=job_id, reason="terminated by me")
    return job_id


def dependent(client: Any, batch_mock: BatchMock) -> str:
    """Return a job whose dependency fails."""
    batch_mock.script("first", fail())
    return submit(client, dependsOn=[{"jobId": submit(client, "first")}])


def orphan(client: Any, batch_mock: BatchMock) -> str:
    """Return a job whose queue was deleted."""
    job_id = submit(client)
    client.update_job_queue(jobQueue="queue", state="DISABLED")
    client.delete_job_queue(jobQueue="queue")
    return job_id


def timed_out(client: Any, batch_mock: BatchMock) -> str:
    """Return a job that exceeds its timeout."""
    batch_mock.script("job", hang())
    return submit(client, timeout={"attemptDurationSeconds": 60})


def ending(*outcomes: Any) -> Callable[[Any, BatchMock], str]:
    """Return a function that submits a job with these outcomes."""

    def submitted(client: Any, batch_mock: BatchMock) -> str:
        batch_mock.script("job", *outcomes)
        return submit(client)

    return submitted


@pytest.mark.parametrize(
    ("made", "status", "reason"),
    [
        (ending(succeed()), "SUCCEEDED", ESSENTIAL),
        (ending(fail(2)), "FAILED", ESSENTIAL),
        (ending(out_of_memory()), "FAILED", ESSENTIAL),
        (ending(cannot_pull_image()), "FAILED", "Task failed to start"),
        (cancelled, "FAILED", "cancelled by me"),
        (terminated, "FAILED", "terminated by me"),
        (dependent, "FAILED", "Dependent Job failed"),
        (orphan, "FAILED", "JobQueue deleted"),
        (timed_out, "FAILED", "Job attempt duration exceeded timeout"),
    ],
)
def test_status_reason(
    client: Any,
    batch_mock: BatchMock,
    made: Callable[[Any, BatchMock], str],
    status: str,
    reason: str,
) -> None:
    """Every way in which a job ends has its own statusReason, in the service's words."""
    job_id = made(client, batch_mock)
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == (status, reason)


def test_status_reason_of_a_lost_host(client: Any, batch_mock: BatchMock) -> None:
    """A lost host is named in the reason, by its EC2 instance id, and leaves no exit code."""
    batch_mock.script("job", reclaim_spot())
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    lost = re.compile(r"Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.")
    assert lost.fullmatch(job["statusReason"])
    assert job["attempts"][0]["statusReason"] == job["statusReason"]
    assert "exitCode" not in job["container"]
    assert "reason" not in job["container"]


def test_order_and_unknown_ids(client: Any) -> None:
    """Jobs are returned in the requested order, each once, and unknown ids are omitted."""
    first, second = submit(client, "a"), submit(client, "b")
    reply = client.describe_jobs(jobs=[second, UNKNOWN_JOB, first, second])
    assert [job["jobName"] for job in reply["jobs"]] == ["b", "a"]


@pytest.mark.parametrize("asked", [[], [UNKNOWN_JOB], ["nonsense"]])
def test_nothing_found(client: Any, asked: list[str]) -> None:
    """When no id is known, the list is empty."""
    assert client.describe_jobs(jobs=asked)["jobs"] == []


def test_by_arn(client: Any) -> None:
    """A job's ARN is accepted as its id."""
    job_id = submit(client)
    assert described(client, f"{ARN}job/{job_id}")["jobId"] == job_id


def test_hundred_ids(client: Any) -> None:
    """Up to 100 jobs can be described at once."""
    ids = [submit(client) for _ in range(100)]
    assert [job["jobId"] for job in client.describe_jobs(jobs=ids)["jobs"]] == ids


def test_too_many_ids(client: Any) -> None:
    """More than 100 ids are refused, with the service's own spacing in the message."""
    submit(client)
    assert refused(client, "describe_jobs", jobs=[UNKNOWN_JOB] * 101) == wrapped(
        "Maximum number of jobs supported is  100 ."
    )


def test_reply_is_a_copy(client: Any) -> None:
    """Changing a reply does not change the job."""
    job_id = submit(client, tags={"a": "b"})
    before = described(client, job_id)
    changed = described(client, job_id)
    changed["tags"]["a"] = "c"
    changed["container"]["command"].append("x")
    changed["container"]["resourceRequirements"][0]["value"] = "9"
    assert described(client, job_id) == before


@pytest.mark.parametrize(
    ("options", "days"), [({}, 7), ({"retention": timedelta(days=1)}, 1), ({"retention": 86400}, 1)]
)
def test_retention(options: dict[str, Any], days: int) -> None:
    """An ended job is described for seven days, or for the `retention` of the mock."""
    with provisioned_mock(**options) as (batch_mock, client):
        job_id = submit(client)
        batch_mock.run()
        batch_mock.tick(timedelta(days=days) - timedelta(milliseconds=1))
        assert status_of(client, job_id) == "SUCCEEDED"
        assert names(client, jobStatus="SUCCEEDED") == ["job"]
        batch_mock.tick(0.001)
        assert client.describe_jobs(jobs=[job_id])["jobs"] == []
        assert names(client, jobStatus="SUCCEEDED") == []
        assert batch_mock.job(job_id).status == "SUCCEEDED"


def test_retention_of_a_running_job(client: Any, batch_mock: BatchMock) -> None:
    """A job that has not ended is described however old it is."""
    batch_mock.script("job", hang())
    job_id = submit(client)
    batch_mock.tick(timedelta(days=400))
    assert status_of(client, job_id) == "RUNNING"
    assert names(client) == ["job"]


def test_jobs_of_another_region(batch_mock: BatchMock, client: Any) -> None:
    """A job is known only in its own region."""
    job_id = submit(client)
    elsewhere = boto3.client("batch", region_name="eu-west-1")
    assert elsewhere.describe_jobs(jobs=[job_id])["jobs"] == []


def test_long_reason(client: Any, batch_mock: BatchMock) -> None:
    """The reason of a container is cut at 255 characters (documented; captured in two reports)."""
    batch_mock.script("job", fail(reason="x" * 300))
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    assert job["container"]["reason"] == job["attempts"][0]["container"]["reason"] == "x" * 255


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (fail(None), None),
        (
            cannot_inspect(),
            "CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s",
        ),
    ],
)
def test_no_exit_code(
    client: Any, batch_mock: BatchMock, outcome: Outcome, reason: str | None
) -> None:
    """An attempt that ran may have no exit code (captured: hls-orchestration)."""
    batch_mock.script("job", outcome)
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", ESSENTIAL)
    assert "startedAt" in job["attempts"][0]
    assert "exitCode" not in job["container"]
    assert job["container"].get("reason") == reason
