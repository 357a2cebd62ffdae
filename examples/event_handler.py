"""A Lambda function for an EventBridge rule: jobs that ran out of memory get twice as much."""

from submit_once import submit_once

PATTERN = {"detail-type": ["Batch Job State Change"], "detail": {"status": ["FAILED"]}}
MOST_MIB = 16_384


def handler(event, context):
    """Submit a job that ran out of memory again with twice its memory, up to a limit."""
    job = event["detail"]
    container = job.get("container", {})
    if not container.get("reason", "").startswith("OutOfMemoryError"):
        return None
    memory = 2 * memory_of(container)
    if memory > MOST_MIB:
        return None
    # The event of a failure may come twice, so the name says which failure this job repairs.
    return submit_once(
        jobName=f"{job['jobName']}-after-{job['jobId'][:8]}",
        jobQueue=job["jobQueue"],
        jobDefinition=job["jobDefinition"],
        containerOverrides={"resourceRequirements": [{"type": "MEMORY", "value": str(memory)}]},
    )


def memory_of(container):
    """Return the memory that a container requires, in MiB."""
    return next(
        int(item["value"]) for item in container["resourceRequirements"] if item["type"] == "MEMORY"
    )
