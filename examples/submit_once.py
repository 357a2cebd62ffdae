"""Submit a job once, even if the reply is lost, or the program was killed and runs again."""

import time

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

# SubmitJob has no idempotency token, so the client must not try again by itself.
ONE_TRY = Config(retries={"total_max_attempts": 1})
PAUSES = (5, 10, 20, 40)


def submit_once(**request):
    """Return the id of the job of this name in the queue, which is submitted unless it exists."""
    batch, careful = boto3.client("batch"), boto3.client("batch", config=ONE_TRY)
    for pause in PAUSES:
        job_id = find(batch, request) or try_to_submit(careful, request)
        if job_id is not None:
            return job_id
        # If the reply was lost, the job may not be shown at once.
        time.sleep(pause)
    return find(batch, request) or careful.submit_job(**request)["jobId"]


def find(batch, request):
    """Return the id of the newest job of this name, or None."""
    names = [{"name": "JOB_NAME", "values": [request["jobName"]]}]
    pages = batch.get_paginator("list_jobs").paginate(jobQueue=request["jobQueue"], filters=names)
    return next((job["jobId"] for page in pages for job in page["jobSummaryList"]), None)


def try_to_submit(batch, request):
    """Return the id of a new job, or None if nobody knows whether there is one."""
    try:
        return batch.submit_job(**request)["jobId"]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (429, 500, 502, 503, 504):
            return None
        raise
    except (ConnectTimeoutError, EndpointConnectionError, HTTPClientError):
        return None
