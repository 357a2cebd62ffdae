"""Code that submits a job and polls until it has ended runs unchanged and takes no real time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, mock_batch, succeed


def run_and_wait(name: str, poll_every: float) -> dict[str, Any]:
    """Submit a job, sleep and poll until it has ended, and return its last description."""
    client = boto3.client("batch")
    job_id = client.submit_job(jobName=name, jobQueue="q", jobDefinition="jd")["jobId"]
    while True:
        job: dict[str, Any] = client.describe_jobs(jobs=[job_id])["jobs"][0]
        if job["status"] in ("SUCCEEDED", "FAILED"):
            return job
        time.sleep(poll_every)


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock whose clock `time.sleep` moves."""
    with mock_batch(region="us-east-1", advance="sleep") as mock:
        mock.provision(job_queue="q", job_definition="jd")
        yield mock


def test_polls_to_the_end(batch_mock: BatchMock) -> None:
    """A half-hour job is polled every minute to its end and goes through the usual statuses."""
    batch_mock.script("fit-*", succeed(after=1800))

    assert run_and_wait("fit-sub-01", poll_every=60)["status"] == "SUCCEEDED"
    assert [move.to_status for move in batch_mock.jobs.only().history] == [
        "RUNNABLE",
        "STARTING",
        "RUNNING",
        "SUCCEEDED",
    ]
    assert batch_mock.sleeps == [60] * 31
