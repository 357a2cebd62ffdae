"""A job waits in a full queue."""

from __future__ import annotations

from typing import Any

import boto3

from batchmock import BatchMock


def submit(name: str) -> str:
    """Submit a job (the code under test)."""
    client: Any = boto3.client("batch", region_name="us-east-1")
    job_id: str = client.submit_job(jobName=name, jobQueue="q", jobDefinition="jd")["jobId"]
    return job_id


def test_too_large_for_the_queue(batch_mock: BatchMock) -> None:
    """A job that requests more than the queue has stays RUNNABLE, with a reason that names its request."""
    batch_mock.provision(job_queue="q", job_definition="jd", max_vcpus=8, vcpus=16)
    job_id = submit("big")
    batch_mock.tick(600)
    job = batch_mock.job(job_id)
    assert job.status == "RUNNABLE"
    assert "16" in job.explain()
    assert (job.status_reason or "").startswith("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
