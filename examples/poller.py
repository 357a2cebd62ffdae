"""Submit a job, wait for it with increasing pauses, and report how it ended."""

import time

import boto3

from submit_once import submit_once

ENDED = ("SUCCEEDED", "FAILED")
MOST_MISSING = 5


class JobFailed(Exception):
    """The job has FAILED, or it has vanished."""


def submit_and_wait(name, queue, definition, *, first_pause=5, longest_pause=60):
    """Return the run time of the job of this name in seconds, or raise JobFailed with the reason."""
    job_id = submit_once(
        jobName=name,
        jobQueue=queue,
        jobDefinition=definition,
        retryStrategy={"attempts": 2},
    )
    batch = boto3.client("batch")
    pause, missing = first_pause, 0
    while (job := describe(batch, job_id)) is None or job["status"] not in ENDED:
        missing = missing + 1 if job is None else 0
        if missing == MOST_MISSING:
            raise JobFailed(f"{job_id} is not shown")
        time.sleep(pause)
        pause = min(pause * 2, longest_pause)
    if job["status"] == "FAILED":
        raise JobFailed(reason_of(job))
    return (job["stoppedAt"] - job["startedAt"]) / 1000


def describe(batch, job_id):
    """Return the details of one job, or None if it is not shown: not yet, or not any more."""
    jobs = batch.describe_jobs(jobs=[job_id])["jobs"]
    return jobs[0] if jobs else None


def reason_of(job):
    """Return the most specific reason of a failed job."""
    container = job["attempts"][-1]["container"] if job["attempts"] else {}
    return container.get("reason") or job["statusReason"]
