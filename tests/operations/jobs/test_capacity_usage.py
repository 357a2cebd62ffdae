"""`capacityUsage` in ListJobs, by kind of job."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock

from ...builders import needs_todays_model
from ..family_requests import container, node_range, register_nodes
from ..resource_requests import EC2, EKS, create_environment, create_queue

pytestmark = needs_todays_model


def usage(client: Any, job_id: str, **question: Any) -> list[dict[str, Any]]:
    """Return the capacityUsage of a job that is SUBMITTED."""
    question = {"jobQueue": "queue", "jobStatus": "SUBMITTED", **question}
    (entry,) = [
        entry
        for entry in client.list_jobs(**question)["jobSummaryList"]
        if entry["jobId"] == job_id
    ]
    found: list[dict[str, Any]] = entry["capacityUsage"]
    return found


def submit(client: Any) -> str:
    """Submit a job of the definition."""
    job_id: str = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")[
        "jobId"
    ]
    return job_id


def test_vcpus(batch_mock: BatchMock, client: Any) -> None:
    """The usage of a job on Amazon ECS is in VCPU."""
    batch_mock.provision(job_queue="queue", job_definition="definition", vcpus=2)
    assert usage(client, submit(client)) == [{"capacityUnit": "VCPU", "quantity": 2.0}]


def test_all_nodes(batch_mock: BatchMock, client: Any) -> None:
    """The usage of a multi-node job includes all of its nodes (documented)."""
    batch_mock.provision(job_queue="queue", job_definition="other")
    large = container("work")
    large["resourceRequirements"][0] = {"type": "VCPU", "value": "4"}
    ranges = (node_range("0:0", "lead"), {"targetNodes": "1:", "container": large})
    register_nodes(client, *ranges, nodes=3, name="definition")
    assert usage(client, submit(client)) == [{"capacityUnit": "VCPU", "quantity": 9.0}]


@pytest.mark.parametrize("nodes", [1, 3])
def test_pods(client: Any, nodes: int) -> None:
    """The usage of a job on Amazon EKS is in cpu, nodes included (documented)."""
    resources = {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"}
    create_environment(client, "ce", resources, eksConfiguration=EKS)
    create_queue(client)
    size = {"limits": {"cpu": "2", "memory": "1024Mi"}}
    pod = {"podProperties": {"containers": [{"image": "busybox", "resources": size}]}}
    request: dict[str, Any] = {"type": "container", "eksProperties": pod}
    if nodes > 1:
        ranges = [{"targetNodes": "0:", "eksProperties": pod}]
        properties = {"numNodes": nodes, "mainNode": 0, "nodeRangeProperties": ranges}
        request = {"type": "multinode", "nodeProperties": properties}
    client.register_job_definition(jobDefinitionName="definition", **request)
    assert usage(client, submit(client)) == [{"capacityUnit": "cpu", "quantity": 2.0 * nodes}]
