"""Code that survives throttling, a lost reply, a job not visible yet and an expired history."""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import Enum
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from batchmock import BatchMock, lost_reply, mock_batch, succeed, throttled


class Verdict(Enum):
    """The outcome of a job."""

    DONE = "SUCCEEDED"
    BROKEN = "FAILED"
    UNKNOWN = None


def run_and_wait(name: str) -> Verdict:
    """Submit a job exactly once and wait for its end."""
    job_id = submit_once(name)
    while True:
        verdict = status_of(job_id)
        if verdict is not Verdict.UNKNOWN:
            return verdict
        time.sleep(60)


def submit_once(name: str) -> str:
    """Submit a job unless an earlier attempt, whose reply was lost, has created it."""
    # SubmitJob has no idempotency token: a client that retries it may submit the job twice.
    hasty = boto3.client("batch", config=Config(retries={"total_max_attempts": 1}))
    try:
        return str(hasty.submit_job(jobName=name, jobQueue="q", jobDefinition="jd")["jobId"])
    except (ConnectionClosedError, ReadTimeoutError):
        return find(name) or submit_once(name)


def find(name: str) -> str | None:
    """Find a job by name for half a minute, since it may not be visible yet."""
    for _ in range(6):
        time.sleep(5)
        filters = [{"name": "JOB_NAME", "values": [name]}]
        found = patient().list_jobs(jobQueue="q", filters=filters)["jobSummaryList"]
        if found:
            return str(found[0]["jobId"])
    return None


def status_of(job_id: str) -> Verdict:
    """Return the outcome of a job, or unknown if it is not visible."""
    jobs = patient().describe_jobs(jobs=[job_id])["jobs"]
    status = jobs[0]["status"] if jobs else None
    return Verdict(status) if status in ("SUCCEEDED", "FAILED") else Verdict.UNKNOWN


def patient() -> Any:
    """Return a client that makes up to five attempts."""
    return boto3.client("batch", config=Config(retries={"mode": "standard", "max_attempts": 5}))


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock whose clock sleeps move, with a visibility lag of ten seconds."""
    with mock_batch(region="us-east-1", advance="sleep", visibility_lag=10) as mock:
        mock.provision(job_queue="q", job_definition="jd")
        mock.script("x", succeed(after=600))
        yield mock


def test_bad_day(batch_mock: BatchMock) -> None:
    """Exactly one job exists after all faults, its end is awaited, and a month later it is unknown."""
    batch_mock.inject("DescribeJobs", throttled(), times=3)
    batch_mock.inject("SubmitJob", lost_reply())
    assert run_and_wait("x") is Verdict.DONE
    assert batch_mock.pending_faults == []
    job = batch_mock.jobs.named("x").only()
    assert status_of(job.id) is Verdict.DONE
    batch_mock.tick(30 * 86400)
    assert status_of(job.id) is Verdict.UNKNOWN


def test_calls_of_a_bad_day(batch_mock: BatchMock) -> None:
    """The code polls until the job is visible, and the client retries the throttled call."""
    batch_mock.inject("DescribeJobs", throttled(), times=3)
    batch_mock.inject("SubmitJob", lost_reply())
    run_and_wait("x")
    calls = batch_mock.calls
    assert [call.fault for call in calls.of("SubmitJob")] == [lost_reply()]
    found = [bool((call.response or {})["jobSummaryList"]) for call in calls.of("ListJobs")]
    assert found == [False, True]
    tries = [call.try_number for call in calls.of("DescribeJobs")]
    assert tries[:5] == [1, 2, 3, 4, 1]


def test_careless_client(batch_mock: BatchMock) -> None:
    """Counterexample: a client that retries submits two jobs."""
    batch_mock.inject("SubmitJob", lost_reply())
    patient().submit_job(jobName="x", jobQueue="q", jobDefinition="jd")
    assert len(batch_mock.jobs.named("x")) == 2
