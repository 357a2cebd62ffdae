"""Service jobs that are terminated while they are being stopped already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import BatchMock, hang

from ...builders import provisioned_mock

PAYLOAD = json.dumps(
    {
        "TrainingJobName": "training",
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
)


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock with a grace period, whose service jobs hang."""
    with provisioned_mock(stop_grace_seconds=30) as (mock, _):
        mock.script(hang())
        yield mock


def submit(client: Any, name: str, **members: Any) -> str:
    """Submit a service job, and return its id."""
    reply = client.submit_service_job(
        jobName=name,
        jobQueue="training",
        serviceJobType="SAGEMAKER_TRAINING",
        serviceRequestPayload=PAYLOAD,
        **members,
    )
    return str(reply["jobId"])


def test_during_a_preemption(batch_mock: BatchMock, client: Any) -> None:
    """The preemption ends when it would have, and is completed, but the job is not retried."""
    batch_mock.provision_service_jobs(
        job_queue="training",
        max_instances=2,
        instance_type="ml.m5.large",
        quota_shares={"lender": 1, "owner": 1},
    )
    preempted = [submit(client, name, quotaShareName="lender") for name in ("a", "b")][1]
    batch_mock.run()
    submit(client, "own", quotaShareName="owner")
    batch_mock.tick(5)
    before = batch_mock.service_job(preempted).explain().splitlines()[-1]
    client.terminate_service_job(jobId=preempted, reason="enough")
    batch_mock.tick(1)
    assert batch_mock.service_job(preempted).explain().splitlines()[-1] == before
    batch_mock.run()

    job = batch_mock.service_job(preempted)
    assert (job.status, job.status_reason) == ("FAILED", "enough")
    kinds = [event["detail-type"] for event in batch_mock.events]
    assert [kind.rpartition(" ")[2] for kind in kinds if "Preemption" in kind] == [
        "Started",
        "Completed",
    ]


def test_after_a_timeout(batch_mock: BatchMock, client: Any) -> None:
    """The job ends at the end of the grace period, as timed out, like other jobs."""
    batch_mock.provision_service_jobs(job_queue="training")
    job_id = submit(client, "job", timeoutConfig={"attemptDurationSeconds": 60})
    batch_mock.run_until(job_id, "RUNNING")
    batch_mock.tick(65)
    client.terminate_service_job(jobId=job_id, reason="late")
    batch_mock.run()

    job = batch_mock.service_job(job_id)
    assert (job.status_reason, job.duration) == ("Job attempt duration exceeded timeout", 90)
