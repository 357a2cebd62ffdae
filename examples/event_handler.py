"""A Lambda function for the EventBridge rule on failed jobs: what ran out of memory gets twice as much."""

import boto3

PATTERN = {"detail-type": ["Batch Job State Change"], "detail": {"status": ["FAILED"]}}
MOST_MIB = 16_384


def handler(event, context):
    """Submit the job again with twice its memory, if that was what it lacked and there is more."""
    job = event["detail"]
    container = job["container"]
    if not container.get("reason", "").startswith("OutOfMemoryError"):
        return None
    memory = 2 * memory_of(container)
    if memory > MOST_MIB:
        return None
    reply = boto3.client("batch").submit_job(
        jobName=job["jobName"],
        jobQueue=job["jobQueue"],
        jobDefinition=job["jobDefinition"],
        containerOverrides={"resourceRequirements": [{"type": "MEMORY", "value": str(memory)}]},
    )
    return reply["jobId"]


def memory_of(container):
    """Give the MiB that a container asked for."""
    return next(
        int(item["value"]) for item in container["resourceRequirements"] if item["type"] == "MEMORY"
    )
