"""A hung job is killed by its timeout."""

from __future__ import annotations

import boto3

from batchmock import BatchMock, hang


def submit(name: str, timeout: int) -> str:
    """Submit a job whose attempts may each take this many seconds."""
    reply = boto3.client("batch").submit_job(
        jobName=name,
        jobQueue="q",
        jobDefinition="jd",
        timeout={"attemptDurationSeconds": timeout},
        retryStrategy={"attempts": 3},
    )
    return str(reply["jobId"])


def test_kills_a_hung_job(batch_mock: BatchMock) -> None:
    """The job runs for 599 seconds, is killed at the 600th, and is not retried although attempts are left."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    batch_mock.script("hang", hang())
    j = submit("hang", timeout=600)
    batch_mock.run_until(j, "RUNNING")
    batch_mock.tick(599)
    assert batch_mock.job(j).status == "RUNNING"
    batch_mock.tick(1)
    assert batch_mock.job(j).status_reason == "Job attempt duration exceeded timeout"
    assert batch_mock.job(j).status == "FAILED"
    assert len(batch_mock.job(j).attempts) == 1
