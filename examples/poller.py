"""Submit a job, wait for it with increasing pauses, and report how it ended."""

import time

import boto3

ENDED = ("SUCCEEDED", "FAILED")


class JobFailed(Exception):
    """The job has FAILED."""


def submit_and_wait(name, queue, definition, *, first_pause=5, longest_pause=60):
    """Return the run time of the job in seconds, or raise JobFailed with the reason."""
    batch = boto3.client("batch")
    job_id = batch.submit_job(
        jobName=name,
        jobQueue=queue,
        jobDefinition=definition,
        retryStrategy={"attempts": 2},
    )["jobId"]
    pause = first_pause
    while (job := describe(batch, job_id))["status"] not in ENDED:
        time.sleep(pause)
        pause = min(pause * 2, longest_pause)
    if job["status"] == "FAILED":
        raise JobFailed(reason_of(job))
    return (job["stoppedAt"] - job["startedAt"]) / 1000


def describe(batch, job_id):
    """Return the details of one job."""
    return batch.describe_jobs(jobs=[job_id])["jobs"][0]


def reason_of(job):
    """Return the most specific reason of a failed job."""
    container = job["attempts"][-1]["container"] if job["attempts"] else {}
    return container.get("reason") or job["statusReason"]
