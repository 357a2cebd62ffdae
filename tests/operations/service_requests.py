"""Requests for service environments, service jobs and quota shares, and short views of the results."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:batch:us-east-1:123456789012:"
START_MS = 1767323045000
M5 = "ml.m5.large"
G5 = "ml.g5.xlarge"
COMPLETED = "Received status from SageMaker: Training job completed"
FAILED_WITH_1 = "Received status from SageMaker: AlgorithmError: , exit code: 1"
NO_CAPACITY = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Unable to provision requested compute resources"
)


def limits(**units: int) -> list[dict[str, Any]]:
    """Return capacity limits, e.g. `m5=2, g5=1` for instance types or `NUM_INSTANCES=2`."""
    names = {"m5": M5, "g5": G5}
    return [
        {"maxCapacity": amount, "capacityUnit": names.get(unit, unit)}
        for unit, amount in units.items()
    ]


def create_environment(client: Any, name: str = "se", **members: Any) -> str:
    """Create a service environment, by default for two instances, and return its ARN."""
    request = {"capacityLimits": limits(NUM_INSTANCES=2), **members}
    arn: str = client.create_service_environment(
        serviceEnvironmentName=name, serviceEnvironmentType="SAGEMAKER_TRAINING", **request
    )["serviceEnvironmentArn"]
    return arn


def create_queue(client: Any, name: str = "queue", environment: str = "se", **members: Any) -> str:
    """Create a job queue of service jobs and return its ARN."""
    request = {"priority": 1, "jobQueueType": "SAGEMAKER_TRAINING", **members}
    arn: str = client.create_job_queue(
        jobQueueName=name,
        **{"serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": environment}]} | request,
    )["jobQueueArn"]
    return arn


def environment(client: Any, name: str = "se") -> dict[str, Any]:
    """Return a described service environment."""
    reply = client.describe_service_environments(serviceEnvironments=[name])
    (item,) = reply["serviceEnvironments"]
    detail: dict[str, Any] = item
    return detail


def payload(*groups: tuple[str, int], **members: Any) -> str:
    """Return a payload for instances of these types, by default one ml.m5.large."""
    instances = [
        {"InstanceGroupName": str(index), "InstanceType": kind, "InstanceCount": count}
        for index, (kind, count) in enumerate(groups or [(M5, 1)])
    ]
    if len(instances) == 1:
        del instances[0]["InstanceGroupName"]
        resources: dict[str, Any] = {**instances[0], "VolumeSizeInGB": 1}
    else:
        resources = {"InstanceGroups": instances, "VolumeSizeInGB": 1}
    return json.dumps({"TrainingJobName": "model", "ResourceConfig": resources, **members})


def submit(client: Any, name: str = "train", instances: int = 1, **members: Any) -> str:
    """Submit a service job for a number of ml.m5.large instances and return its id."""
    request = {
        "jobQueue": "queue",
        "serviceJobType": "SAGEMAKER_TRAINING",
        "serviceRequestPayload": payload((M5, instances)),
        **members,
    }
    job_id: str = client.submit_service_job(jobName=name, **request)["jobId"]
    return job_id


def described(client: Any, job_id: str) -> dict[str, Any]:
    """Return a service job as DescribeServiceJob describes it."""
    reply = client.describe_service_job(jobId=job_id)
    return {name: value for name, value in reply.items() if name != "ResponseMetadata"}


def status(client: Any, job_id: str) -> str:
    """Return the status of a service job."""
    found: str = described(client, job_id)["status"]
    return found


def names(client: Any, **question: Any) -> list[str]:
    """Return the names of the listed service jobs, of `queue` by default."""
    reply = client.list_service_jobs(**{"jobQueue": "queue", **question})
    return [summary["jobName"] for summary in reply["jobSummaryList"]]


def refusal(client: Any, operation: str, **request: Any) -> str:
    """Return the message of a refused request, with its RequestId replaced by `<id>`."""
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**request)
    response = caught.value.response
    assert response["Error"]["Code"] == "ClientException"
    is_conflict = response["Error"]["Message"] == "Object already exists."
    assert response["ResponseMetadata"]["HTTPStatusCode"] == (409 if is_conflict else 400)
    message: str = response["Error"]["Message"]
    return message.replace(response["ResponseMetadata"]["RequestId"], "<id>")


def wrapped(text: str) -> str:
    """Return the wrapped message of an error in the request itself."""
    return f"Error executing request, Exception : {text}, RequestId: <id>"


def create_quota_queue(client: Any, **units: int) -> None:
    """Create a quota-managed queue on an environment with this capacity."""
    create_environment(client, capacityLimits=limits(**units))
    policy = client.create_scheduling_policy(
        name="quotas", quotaSharePolicy={"idleResourceAssignmentStrategy": "FIFO"}
    )["arn"]
    create_queue(client, schedulingPolicyArn=policy)


def create_share(
    client: Any,
    name: str,
    strategy: str = "LEND_AND_BORROW",
    *,
    borrow_limit: int | None = None,
    in_share: bool = False,
    **units: int,
) -> str:
    """Create a quota share of `queue` and return its ARN."""
    sharing: dict[str, Any] = {"strategy": strategy}
    if borrow_limit is not None:
        sharing["borrowLimit"] = borrow_limit
    arn: str = client.create_quota_share(
        quotaShareName=name,
        jobQueue="queue",
        capacityLimits=limits(**units),
        resourceSharingConfiguration=sharing,
        preemptionConfiguration={"inSharePreemption": "ENABLED" if in_share else "DISABLED"},
    )["quotaShareArn"]
    return arn
