from __future__ import annotations

from typing import Any

import pytest

from batchmock import hang

from ..builders import needs_todays_model
from .service_requests import (
    ARN,
    M5,
    START_MS,
    create_environment,
    create_queue,
    create_quota_queue,
    create_share,
    limits,
    refusal,
    submit,
)

pytestmark = needs_todays_model


def front(client: Any, queue: str = "queue") -> list[str]:
    """Return the ids of the jobs at the front of a queue."""
    jobs = client.get_job_queue_snapshot(jobQueue=queue)["frontOfQueue"]["jobs"]
    return [job["jobArn"].rpartition("/")[2] for job in jobs]


def test_unknown_queue(client: Any) -> None:
    """The snapshot of an unknown queue is refused."""
    assert refusal(client, "get_job_queue_snapshot", jobQueue="x") == "JobQueue x not found."


def test_queue_of_jobs(batch_mock: Any, client: Any) -> None:
    """The front has RUNNABLE jobs in the order of submission, and the vCPUs of dispatched jobs."""
    batch_mock.provision("queue", "definition", max_vcpus=2, vcpus=2)
    batch_mock.script(hang())
    jobs = [
        client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")["jobId"]
        for _ in range(3)
    ]
    batch_mock.tick(10)
    snapshot = client.get_job_queue_snapshot(jobQueue="queue")
    assert front(client) == jobs[1:]
    assert snapshot["frontOfQueue"]["lastUpdatedAt"] == START_MS + 10_000
    assert snapshot["queueUtilization"] == {
        "totalCapacityUsage": [{"capacityUnit": "VCPU", "quantity": 2.0}],
        "lastUpdatedAt": START_MS + 10_000,
    }
    assert "frontOfQuotaShares" not in snapshot


def test_fair_share_queue_of_jobs(batch_mock: Any, client: Any) -> None:
    """The snapshot has the shares in use and the usage of each."""
    batch_mock.provision("queue", "definition", max_vcpus=2, shares={"a": 1.0})
    batch_mock.script(hang())
    for share in ("a", "a", "b"):
        client.submit_job(
            jobName="job",
            jobQueue="queue",
            jobDefinition="definition",
            shareIdentifier=share,
            schedulingPriorityOverride=1,
        )
    batch_mock.tick(10)
    utilization = client.get_job_queue_snapshot(jobQueue="queue")["queueUtilization"]
    one_vcpu = [{"capacityUnit": "VCPU", "quantity": 1.0}]
    assert utilization["fairshareUtilization"] == {
        "activeShareCount": 2,
        "topCapacityUtilization": [
            {"shareIdentifier": "a", "capacityUsage": one_vcpu},
            {"shareIdentifier": "b", "capacityUsage": one_vcpu},
        ],
    }


def test_queue_of_service_jobs(batch_mock: Any, client: Any) -> None:
    """A job has had its position since the last job ahead of it left."""
    create_environment(client, capacityLimits=limits(NUM_INSTANCES=1))
    create_queue(client)
    assert front(client) == []
    batch_mock.hold("a", at="RUNNING")
    first, second, third = (submit(client, name) for name in "abc")
    batch_mock.tick(10)
    jobs = client.get_job_queue_snapshot(jobQueue="queue")["frontOfQueue"]["jobs"]
    # RUNNABLE after a second; the first of them left that status a second later.
    assert jobs == [
        {"jobArn": f"{ARN}service-job/{job_id}", "earliestTimeAtPosition": START_MS + 2000}
        for job_id in (second, third)
    ]
    fourth = submit(client, "d")
    batch_mock.tick(1)
    client.terminate_service_job(jobId=third, reason="enough")
    batch_mock.tick(1)
    jobs = client.get_job_queue_snapshot(jobQueue="queue")["frontOfQueue"]["jobs"]
    places = [(job["jobArn"].rpartition("/")[2], job["earliestTimeAtPosition"]) for job in jobs]
    assert places == [(second, START_MS + 2000), (fourth, START_MS + 11_000)]
    client.terminate_service_job(jobId=first, reason="enough")
    batch_mock.tick(1)
    utilization = client.get_job_queue_snapshot(jobQueue="queue")["queueUtilization"]
    assert utilization["totalCapacityUsage"] == [{"capacityUnit": "NUM_INSTANCES", "quantity": 1.0}]


def test_first_hundred(batch_mock: Any, client: Any) -> None:
    """The front has at most 100 jobs."""
    create_environment(client, state="DISABLED")
    create_queue(client)
    jobs = [submit(client) for _ in range(101)]
    batch_mock.tick(10)
    assert front(client) == jobs[:100]


def test_fair_share_queue_of_service_jobs(batch_mock: Any, client: Any) -> None:
    """The front is in the order of the shares' turns, by priority within each."""
    policy = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
    create_environment(client, capacityLimits=limits(NUM_INSTANCES=1))
    create_queue(client, schedulingPolicyArn=policy)
    batch_mock.script(hang())
    jobs = {}
    for name, priority in (("a1", 1), ("a2", 2), ("a3", 3), ("b1", 1), ("b2", 1)):
        share = name[0]
        jobs[name] = submit(client, name, shareIdentifier=share, schedulingPriority=priority)
    batch_mock.tick(10)
    assert front(client) == [jobs[name] for name in ("b1", "b2", "a2", "a1")]
    utilization = client.get_job_queue_snapshot(jobQueue="queue")["queueUtilization"]
    assert utilization["fairshareUtilization"] == {
        "activeShareCount": 1,
        "topCapacityUtilization": [
            {
                "shareIdentifier": "a",
                "capacityUsage": [{"capacityUnit": "NUM_INSTANCES", "quantity": 1.0}],
            }
        ],
    }


def test_quota_share_queue(batch_mock: Any, client: Any) -> None:
    """Each share has its first job, or none."""
    create_quota_queue(client, m5=2)
    for share in ("a", "b", "idle"):
        create_share(client, share, "RESERVE", m5=1)
    batch_mock.script(hang())
    jobs = [submit(client, quotaShareName=share) for share in "aaabb"]
    batch_mock.tick(10)
    snapshot = client.get_job_queue_snapshot(jobQueue="queue")
    firsts = snapshot["frontOfQuotaShares"]["quotaShares"]
    assert {name: [job["jobArn"] for job in first] for name, first in firsts.items()} == {
        "a": [f"{ARN}service-job/{jobs[1]}"],
        "b": [f"{ARN}service-job/{jobs[4]}"],
        "idle": [],
    }
    assert front(client) == [jobs[1], jobs[2], jobs[4]]
    one = [{"capacityUnit": M5, "quantity": 1.0}]
    assert snapshot["queueUtilization"]["quotaShareUtilization"] == {
        "topCapacityUtilization": [
            {"quotaShareName": "a", "capacityUsage": one},
            {"quotaShareName": "b", "capacityUsage": one},
        ]
    }
    assert "fairshareUtilization" not in snapshot["queueUtilization"]


@pytest.mark.parametrize("name", ["queue", ARN + "job-queue/queue"])
def test_by_name_or_arn(batch_mock: Any, client: Any, name: str) -> None:
    """A queue can be given by name or ARN."""
    batch_mock.provision_service_jobs(job_queue="queue")
    assert front(client, name) == []
