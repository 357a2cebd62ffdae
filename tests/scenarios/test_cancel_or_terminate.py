"""A job is cancelled before it starts and terminated afterwards."""

from __future__ import annotations

import boto3

from batchmock import BatchMock, hang

NOT_STARTED = ("SUBMITTED", "PENDING", "RUNNABLE")


def submit(name: str) -> str:
    """Submit a job."""
    reply = boto3.client("batch").submit_job(jobName=name, jobQueue="q", jobDefinition="jd")
    return str(reply["jobId"])


def stop_all(job_ids: list[str], reason: str) -> None:
    """Stop jobs: cancel those that have not started and terminate the others."""
    client = boto3.client("batch")
    for job in client.describe_jobs(jobs=job_ids)["jobs"]:
        if job["status"] in NOT_STARTED:
            client.cancel_job(jobId=job["jobId"], reason=reason)
        else:
            client.terminate_job(jobId=job["jobId"], reason=reason)


def test_stops_each_job_the_right_way(batch_mock: BatchMock) -> None:
    """The RUNNABLE job gets a CancelJob and the running one a TerminateJob, and both end."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    batch_mock.script("late", hang())
    early, late = submit("early"), submit("late")
    batch_mock.hold(early, at="RUNNABLE")
    batch_mock.run_until(late, "RUNNING")
    stop_all([early, late], reason="user")
    assert [c.params["jobId"] for c in batch_mock.calls.of("CancelJob")] == [early]
    assert [c.params["jobId"] for c in batch_mock.calls.of("TerminateJob")] == [late]
    batch_mock.run()
    jobs = [batch_mock.job(early), batch_mock.job(late)]
    assert [(job.status, job.status_reason) for job in jobs] == [("FAILED", "user")] * 2
    assert [len(job.attempts) for job in jobs] == [0, 1]


def test_a_cancelled_job_never_starts(batch_mock: BatchMock) -> None:
    """A job cancelled while RUNNABLE does not start, even if its start is due at the same instant."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    first, second = submit("first"), submit("second")
    batch_mock.run_until(first, "STARTING")
    stop_all([second], reason="user")
    batch_mock.run()
    assert [move.to_status for move in batch_mock.job(second).history] == ["RUNNABLE", "FAILED"]
    assert batch_mock.job(second).attempts == []
    assert batch_mock.job(first).status == "SUCCEEDED"
