"""A job is retried after a spot interruption but not after a bug."""

from __future__ import annotations

import boto3

from batchmock import BatchMock, fail, reclaim_spot, succeed

RETRY_HOST_LOSS_ONLY = {
    "attempts": 3,
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ],
}


def submit(name: str) -> str:
    """Submit a job to spot capacity."""
    reply = boto3.client("batch").submit_job(
        jobName=name, jobQueue="q", jobDefinition="jd", retryStrategy=RETRY_HOST_LOSS_ONLY
    )
    return str(reply["jobId"])


def test_retries_host_loss_only(batch_mock: BatchMock) -> None:
    """Two lost hosts cost two attempts, and exit code 1 ends the job with a reason that names the rule."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    batch_mock.script("a", reclaim_spot(), reclaim_spot(), succeed())
    batch_mock.script("b", fail(1), succeed())
    a, b = submit("a"), submit("b")
    batch_mock.run()
    assert (len(batch_mock.job(a).attempts), len(batch_mock.job(b).attempts)) == (3, 1)
    assert "onReason" in batch_mock.job(b).explain()  # the rule that decided, in words
    assert (batch_mock.job(a).status, batch_mock.job(b).status) == ("SUCCEEDED", "FAILED")
