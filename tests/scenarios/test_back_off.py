"""Code that polls backs off as designed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import boto3
import pytest

from batchmock import BatchMock, mock_batch, succeed


def run_and_wait(name: str, first: float, cap: float) -> str:
    """Submit a job and poll at growing intervals until it has ended."""
    client = boto3.client("batch")
    job_id = client.submit_job(jobName=name, jobQueue="q", jobDefinition="jd")["jobId"]
    pause = first
    while True:
        status: str = client.describe_jobs(jobs=[job_id])["jobs"][0]["status"]
        if status in ("SUCCEEDED", "FAILED"):
            return status
        time.sleep(pause)
        pause = min(pause * 2, cap)


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock whose clock `time.sleep` moves."""
    with mock_batch(region="us-east-1", advance="sleep") as mock:
        mock.provision(job_queue="q", job_definition="jd")
        yield mock


def test_back_off(batch_mock: BatchMock) -> None:
    """The pauses double up to the cap, and few calls are made."""
    batch_mock.script("x", succeed(after=300))

    assert run_and_wait("x", first=5, cap=60) == "SUCCEEDED"
    assert batch_mock.sleeps[:6] == [5, 10, 20, 40, 60, 60]
    assert batch_mock.calls.count("DescribeJobs") <= 10
