"""Submit a job once, even if the reply is lost or the program is started again."""

import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# SubmitJob has no idempotency token: a client that tries again by itself may submit a second job.
SINGLE_TRY = Config(retries={"total_max_attempts": 1})
MOST_TRIES = 5


def submit_once(**request):
    """Submit a job whose name is unique in its queue, unless it is there already, and return its id."""
    batch = boto3.client("batch")
    batch_of_one_try = boto3.client("batch", config=SINGLE_TRY)
    tries = 0
    while True:
        job_id = find_job(batch, request["jobQueue"], request["jobName"])
        if job_id is not None:
            return job_id
        try:
            return batch_of_one_try.submit_job(**request)["jobId"]
        except (BotoCoreError, ClientError) as error:
            tries += 1
            if tries == MOST_TRIES or not may_help_to_retry(error):
                raise
            time.sleep(2**tries)


def find_job(batch, queue, name):
    """Return the id of the newest job of this name, or None."""
    pages = batch.get_paginator("list_jobs").paginate(
        jobQueue=queue, filters=[{"name": "JOB_NAME", "values": [name]}]
    )
    jobs = [job for page in pages for job in page["jobSummaryList"]]
    return max(jobs, key=lambda job: job["createdAt"])["jobId"] if jobs else None


def may_help_to_retry(error):
    """Return whether a request may succeed the next time: not one that the service refuses."""
    if isinstance(error, BotoCoreError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status == 429 or status >= 500
