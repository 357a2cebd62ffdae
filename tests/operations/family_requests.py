"""Requests for array jobs and multi-node jobs, and short views of the results."""

from __future__ import annotations

from typing import Any

START_MS = 1767323045000
STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")


def submit(
    client: Any, name: str = "job", definition: str = "job-definition", **members: Any
) -> str:
    """Submit a job to the provisioned queue and return its id."""
    job_id: str = client.submit_job(
        jobName=name, jobQueue="job-queue", jobDefinition=definition, **members
    )["jobId"]
    return job_id


def submit_array(client: Any, size: int, name: str = "array", **members: Any) -> str:
    """Submit an array job and return its id."""
    return submit(client, name, arrayProperties={"size": size}, **members)


def after(*job_ids: str) -> list[dict[str, str]]:
    """Return a dependsOn of whole jobs."""
    return [{"jobId": job_id} for job_id in job_ids]


def n_to_n(job_id: str) -> list[dict[str, str]]:
    """Return an N_TO_N dependsOn of another array."""
    return [{"jobId": job_id, "type": "N_TO_N"}]


SEQUENTIAL = [{"type": "SEQUENTIAL"}]


def describe(client: Any, job_id: str) -> dict[str, Any]:
    """Return a job as DescribeJobs describes it."""
    (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
    detail: dict[str, Any] = job
    return detail


def status(client: Any, job_id: str) -> tuple[str, str | None]:
    """Return a job's status and statusReason."""
    job = describe(client, job_id)
    return job["status"], job.get("statusReason")


def child_statuses(client: Any, job_id: str) -> list[str]:
    """Return the status of each child of an array job of at most 100, by index."""
    size = describe(client, job_id)["arrayProperties"]["size"]
    jobs = client.describe_jobs(jobs=[f"{job_id}:{index}" for index in range(size)])["jobs"]
    return [job["status"] for job in jobs]


def summary(client: Any, job_id: str) -> dict[str, int]:
    """Return the non-zero counts of an array job's statusSummary."""
    counts = describe(client, job_id)["arrayProperties"]["statusSummary"]
    return {status: count for status, count in counts.items() if count}


def listed(client: Any, **request: Any) -> list[str]:
    """Return the ids of one page of ListJobs."""
    return [job["jobId"] for job in client.list_jobs(**request)["jobSummaryList"]]


def container(*command: str, **members: Any) -> dict[str, Any]:
    """Return a container of 1 vCPU and 128 MiB."""
    requirements = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]
    return {
        "image": "busybox",
        "command": list(command),
        "resourceRequirements": requirements,
        **members,
    }


def node_range(targets: str, *command: str, **members: Any) -> dict[str, Any]:
    """Return an element of nodeRangeProperties."""
    return {"targetNodes": targets, "container": container(*command, **members)}


def register_nodes(
    client: Any,
    *ranges: dict[str, Any],
    nodes: int = 3,
    main: int = 0,
    name: str = "nodes",
    **members: Any,
) -> None:
    """Register a multi-node job definition, by default with one range for all of its nodes."""
    client.register_job_definition(
        jobDefinitionName=name,
        type="multinode",
        nodeProperties={
            "numNodes": nodes,
            "mainNode": main,
            "nodeRangeProperties": list(ranges) or [node_range("0:", "work")],
        },
        **members,
    )
