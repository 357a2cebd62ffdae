"""A submission passes the right arguments, as Batch sees them after merging."""

from __future__ import annotations

import boto3

from batchmock import BatchMock


def submit_fit(subject: str, memory: int) -> str:
    """Submit the model fit of one subject."""
    reply = boto3.client("batch").submit_job(
        jobName=f"fit-{subject}",
        jobQueue="q",
        jobDefinition="jd",
        containerOverrides={
            "command": ["fit", "--subject", subject],
            "environment": [{"name": "SUBJECT", "value": subject}],
            "resourceRequirements": [{"type": "MEMORY", "value": str(memory)}],
        },
    )
    return str(reply["jobId"])


def test_submits_the_right_job(batch_mock: BatchMock) -> None:
    """The job has the overrides and the definition's values that were not overridden."""
    batch_mock.provision(job_queue="q", job_definition="jd", vcpus=2)
    job_id = submit_fit("sub-01", memory=4096)
    job = batch_mock.jobs.only()
    assert (job.name, job.memory_mib, job.environment["SUBJECT"]) == ("fit-sub-01", 4096, "sub-01")
    assert (job.id, job.vcpus, job.command) == (job_id, 2, ["fit", "--subject", "sub-01"])
    assert (job.job_queue, job.job_definition) == ("q", "jd:1")
