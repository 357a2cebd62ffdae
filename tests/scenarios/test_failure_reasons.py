"""A failure is reported with its exit code and reason."""

from __future__ import annotations

import boto3
import pytest

from batchmock import (
    BatchMock,
    Outcome,
    cannot_pull_image,
    cannot_start,
    docker_timeout,
    fail,
    out_of_memory,
    reclaim_spot,
)


def why_failed(job_id: str) -> str:
    """Return one line that says why a job failed, from its DescribeJobs entry."""
    job = boto3.client("batch").describe_jobs(jobs=[job_id])["jobs"][0]
    if job["status"] != "FAILED":
        return f"{job['jobName']} is {job['status']}"
    container = job["container"]
    parts = [f"exit code {container['exitCode']}"] if "exitCode" in container else []
    parts.append(container.get("reason") or job["statusReason"])
    return f"{job['jobName']} failed: {', '.join(parts)}"


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (fail(3), "exit code 3, Essential container in task exited"),
        (out_of_memory(), "exit code 137, OutOfMemoryError: Container killed"),
        (cannot_pull_image(), "CannotPullContainerError: "),
        (docker_timeout(), "DockerTimeoutError: "),
        (cannot_start("ResourceInitializationError: no secret"), "no secret"),
        (reclaim_spot(), "Host EC2 (instance i-"),
    ],
    ids=repr,
)
def test_reports_why(batch_mock: BatchMock, outcome: Outcome, text: str) -> None:
    """Each kind of failure appears in the message, with an exit code only if there was one."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    batch_mock.script("x", outcome)
    job_id = boto3.client("batch").submit_job(jobName="x", jobQueue="q", jobDefinition="jd")[
        "jobId"
    ]
    assert why_failed(job_id) == "x is SUBMITTED"
    batch_mock.run()
    assert text in why_failed(job_id)
    assert ("exit code" in why_failed(job_id)) == ("exit code" in text)
