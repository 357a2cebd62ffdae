"""Every kind of container in every kind of job with every kind of end: common invariants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import (
    BatchMock,
    Outcome,
    cannot_pull_image,
    fail,
    hang,
    mock_batch,
    succeed,
    terminate_host,
)
from batchmock.simulation.jobs.lifecycle import ARRAY_PARENT_MOVES, LEGAL_MOVES, NODE_MOVES

from ...builders import needs_todays_model, shared_client
from ..family_requests import container
from ..resource_requests import EC2, EKS, create_environment, create_queue

pytestmark = needs_todays_model

POD_CONTAINER = {
    "name": "app",
    "image": "busybox",
    "resources": {"limits": {"cpu": "1", "memory": "1024Mi"}},
}
CONTENTS: dict[str, dict[str, Any]] = {
    "container": {"containerProperties": container("work")},
    "ecsProperties": {
        "ecsProperties": {
            "taskProperties": [
                {
                    "containers": [
                        container("work", name="app"),
                        container("help", name="side", essential=False),
                    ]
                }
            ]
        }
    },
    "eksProperties": {
        "eksProperties": {
            "podProperties": {"containers": [POD_CONTAINER, {**POD_CONTAINER, "name": "side"}]}
        }
    },
}
SIZE = 2

#: The outcomes of the attempts, and the resulting number of attempts, by name.
ENDS: dict[str, tuple[tuple[Outcome, ...], int]] = {
    "unscripted": ((), 1),
    "success": ((succeed(),), 1),
    "failure": ((fail(3),), 1),
    "no exit code": ((fail(None),), 1),
    "cannot start": ((cannot_pull_image(),), 1),
    "time-out": ((hang(),), 1),
    "host lost": ((terminate_host(),), 1),
    "cancelled": ((succeed(),), 0),
    "terminated": ((hang(),), 1),
    "retried": ((fail(3), succeed()), 2),
}
#: The ends with which a job has SUCCEEDED.
WELL = ("unscripted", "success", "retried")


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    """A mock with two queues: `queue` on EC2 and `pods` on EKS."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        client = shared_client()
        create_environment(client, "ce", EC2)
        create_queue(client, "queue", ("ce",))
        resources = {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"}
        create_environment(client, "eks", resources, eksConfiguration=EKS)
        create_queue(client, "pods", ("eks",))
        yield mock


def submit(client: Any, contents: str, family: str, end: str) -> str:
    """Register a job definition of one kind, and submit a job of it."""
    properties = CONTENTS[contents]
    request: dict[str, Any] = {"type": "container", **properties}
    if family == "node":
        ((name, value),) = properties.items()
        inside = {"container" if name == "containerProperties" else name: value}
        request = {
            "type": "multinode",
            "nodeProperties": {
                "numNodes": SIZE,
                "mainNode": 0,
                "nodeRangeProperties": [{"targetNodes": "0:", **inside}],
            },
        }
    client.register_job_definition(jobDefinitionName="definition", **request)
    members: dict[str, Any] = {"retryStrategy": {"attempts": 2 if end == "retried" else 1}}
    if end == "time-out":
        members["timeout"] = {"attemptDurationSeconds": 60}
    if family == "array":
        members["arrayProperties"] = {"size": SIZE}
    queue = "pods" if contents == "eksProperties" else "queue"
    reply = client.submit_job(jobName="job", jobQueue=queue, jobDefinition="definition", **members)
    job_id: str = reply["jobId"]
    return job_id


def live(mock: BatchMock, client: Any, job_id: str, end: str) -> None:
    """Run a job until it has ended in this way."""
    if end == "cancelled":
        mock.tick(1.5)
        client.cancel_job(jobId=job_id, reason="not needed")
    elif end == "terminated":
        mock.tick(30)
        client.terminate_job(jobId=job_id, reason="enough")
    mock.run()


def members_of(mock: BatchMock, job_id: str) -> list[str]:
    """Return the ids of a job and of its children or nodes."""
    job = mock.job(job_id)
    return [job_id, *(child.id for child in job.children), *(node.id for node in job.nodes)]


def check_moves(mock: BatchMock, job_id: str) -> None:
    """Check that a job made only legal transitions, from SUBMITTED to its status."""
    job = mock.job(job_id)
    moves = NODE_MOVES if "#" in job_id else LEGAL_MOVES
    if job.children:
        moves = ARRAY_PARENT_MOVES
    status = "SUBMITTED"
    for move in job.history:
        assert move.from_status == status
        assert move.to_status in moves[status]
        status = move.to_status
    assert status == job.status


def finished_attempts(job: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the described attempts of a job of any kind."""
    attempts: list[dict[str, Any]] = [*job["attempts"], *job["eksAttempts"]]
    return attempts


def log_streams(value: Any) -> Iterator[str]:
    """Yield every log stream in a reply, at any depth."""
    if isinstance(value, dict):
        if "logStreamName" in value:
            yield value["logStreamName"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from log_streams(item)


def check_logs(job: dict[str, Any], contents: str) -> None:
    """Check that the log streams of attempts that ran exist, and that pods have none."""
    shown = [
        stream
        for attempt in finished_attempts(job)
        if "startedAt" in attempt
        for stream in log_streams(attempt)
    ]
    if contents == "eksProperties":
        assert list(log_streams(job)) == []
        return
    logs = shared_client("logs")
    reply = logs.describe_log_streams(logGroupName="/aws/batch/job")
    assert {*shown} <= {stream["logStreamName"] for stream in reply["logStreams"]}
    if any("startedAt" in attempt for attempt in finished_attempts(job)):
        assert shown


def check_list(client: Any, job: dict[str, Any], parent: str, queue: str) -> None:
    """Check that a list entry agrees with the description."""
    question = {"jobQueue": queue}
    if ":" in job["jobId"]:
        question = {"arrayJobId": parent}
    elif "#" in job["jobId"]:
        question = {"multiNodeJobId": parent}
    entries = client.list_jobs(**question, jobStatus=job["status"])["jobSummaryList"]
    (entry,) = [entry for entry in entries if entry["jobId"] == job["jobId"]]
    for member in ("jobArn", "jobName", "createdAt", "startedAt", "stoppedAt", "statusReason"):
        assert entry.get(member) == job.get(member), member
    ended = ended_container(job)
    if ended is not None:
        assert entry["container"] == ended


def ended_container(job: dict[str, Any]) -> dict[str, Any] | None:
    """Return exit code and reason of the deciding container in the last attempt, or None if none ended."""
    attempts = finished_attempts(job)
    if not attempts:
        return None
    attempt = attempts[-1]
    tasks = attempt.get("taskProperties", [attempt])
    containers = tasks[0].get("containers") or [attempt["container"]]
    return {name: containers[0][name] for name in ("exitCode", "reason") if name in containers[0]}


def check_events(mock: BatchMock, job: dict[str, Any]) -> None:
    """Check that the last event of a job is the described job except for its tags."""
    events = mock.events.matching({"detail": {"jobId": [job["jobId"]]}})
    assert [event["detail"]["status"] for event in events] == [
        move.to_status for move in mock.job(job["jobId"]).history
    ]
    detail = {**events[-1]["detail"], "tags": {}}
    assert detail == {**job, "tags": {}}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("family", ["plain", "array", "node"])
@pytest.mark.parametrize("contents", CONTENTS)
def test_every_job(mock: BatchMock, contents: str, family: str, end: str) -> None:
    """Transitions are legal, descriptions, lists, events and logs agree, and attempts are counted."""
    client = shared_client()
    outcomes, attempts = ENDS[end]
    if outcomes:
        mock.script("job", *outcomes)
    job_id = submit(client, contents, family, end)
    live(mock, client, job_id, end)
    queue = "pods" if contents == "eksProperties" else "queue"
    for member in members_of(mock, job_id):
        (job,) = client.describe_jobs(jobs=[member])["jobs"]
        assert job["status"] == ("SUCCEEDED" if end in WELL else "FAILED")
        check_moves(mock, member)
        if family == "array" and member == job_id:
            assert finished_attempts(job) == []
        else:
            assert len(finished_attempts(job)) == attempts
            assert job["attempts" if contents == "eksProperties" else "eksAttempts"] == []
        is_node_parent = family == "node" and member == job_id
        shows_none = contents == "ecsProperties" and not is_node_parent
        assert (job.get("container") == {}) == shows_none
        check_logs(job, contents)
        check_list(client, job, job_id, queue)
        check_events(mock, job)
