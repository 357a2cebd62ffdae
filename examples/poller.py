"""Submit a job, wait for it with growing pauses, and say how it went."""

import time

import boto3

ENDED = ("SUCCEEDED", "FAILED")


class JobFailed(Exception):
    """The job has ended, and not well."""


def submit_and_wait(name, queue, definition, *, first_pause=5, longest_pause=60):
    """Give the seconds that the job ran; raise JobFailed with the reason if it FAILED."""
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
    """Give the details of one job."""
    return batch.describe_jobs(jobs=[job_id])["jobs"][0]


def reason_of(job):
    """Give the most telling of the reasons that a failed job has."""
    container = job["attempts"][-1]["container"] if job["attempts"] else {}
    return container.get("reason") or job["statusReason"]
