"""Infrastructure updates of compute environments, and the jobs that run there."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, hang, succeed

from ...builders import described, register, status_of, submit
from ..family_requests import register_nodes
from ..resource_requests import EC2, create_environment, create_queue, environment

MINUTE = 60
REPLACING = {"instanceTypes": ["c5"]}


@pytest.fixture(autouse=True)
def updatable(client: Any, batch_mock: BatchMock) -> None:
    """A queue named queue on an environment that can be updated, whose jobs never end by themselves."""
    create_environment(client, "ce", {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"})
    create_queue(client)
    register(client)
    batch_mock.script(hang())


def update(client: Any, resources: dict[str, Any] = REPLACING, **members: Any) -> None:
    """Update the compute environment."""
    client.update_compute_environment(
        computeEnvironment="ce", computeResources=resources, **members
    )


def running(client: Any, batch_mock: BatchMock, **members: Any) -> str:
    """Submit a job and return its id once it is RUNNING."""
    job_id = submit(client, **members)
    batch_mock.run_until(job_id, "RUNNING")
    return job_id


def test_jobs_lose_their_instances_after_half_an_hour(client: Any, batch_mock: BatchMock) -> None:
    """Running jobs have 30 minutes to end by default."""
    job_id = running(client, batch_mock)
    update(client)
    batch_mock.tick(30 * MINUTE - 1)
    assert status_of(client, job_id) == "RUNNING"
    batch_mock.tick(1)
    job = described(client, job_id)
    assert job["status"] == "FAILED"
    assert job["statusReason"].startswith("Host EC2 (instance i-")
    assert "exitCode" not in job["container"]


def test_the_time_is_that_of_the_update_policy(client: Any, batch_mock: BatchMock) -> None:
    """An update policy sets the time, even if it is sent with the update."""
    job_id = running(client, batch_mock)
    update(client, updatePolicy={"jobExecutionTimeoutMinutes": 5})
    batch_mock.tick(5 * MINUTE - 1)
    assert status_of(client, job_id) == "RUNNING"
    batch_mock.tick(1)
    assert status_of(client, job_id) == "FAILED"


def test_jobs_are_terminated_at_once(client: Any, batch_mock: BatchMock) -> None:
    """With terminateJobsOnUpdate, jobs end when time next moves."""
    client.update_compute_environment(
        computeEnvironment="ce", updatePolicy={"terminateJobsOnUpdate": True}
    )
    job_id = running(client, batch_mock)
    update(client)
    assert status_of(client, job_id) == "RUNNING"
    batch_mock.tick(0)
    assert status_of(client, job_id) == "FAILED"


def test_jobs_with_attempts_left_are_retried(client: Any, batch_mock: BatchMock) -> None:
    """A job that loses its instance is retried according to its strategy, on the new instances."""
    job_id = running(client, batch_mock, retryStrategy={"attempts": 2})
    update(client, updatePolicy={"terminateJobsOnUpdate": True})
    batch_mock.tick(0)
    assert status_of(client, job_id) == "RUNNABLE"
    batch_mock.tick(60 * MINUTE)
    assert status_of(client, job_id) == "RUNNING"


def test_a_job_that_ended_meanwhile_is_left_alone(client: Any, batch_mock: BatchMock) -> None:
    """Jobs that start after the update or end in time lose nothing."""
    ended, later = running(client, batch_mock), submit(client)
    client.terminate_job(jobId=ended, reason="enough")
    update(client)
    batch_mock.tick(60 * MINUTE)
    assert described(client, ended)["statusReason"] == "enough"
    assert status_of(client, later) == "RUNNING"


def test_the_wait_for_jobs_ends_with_them(client: Any, batch_mock: BatchMock) -> None:
    """Once all jobs have ended, the agenda is empty."""
    batch_mock.script("short", succeed(after=60))
    running(client, batch_mock, job_name="short")
    update(client)
    batch_mock.run()
    assert batch_mock.clock.epoch_ms == batch_mock.transitions[-1].at_ms


def test_updating_until_the_last_old_instance_is_gone(client: Any, batch_mock: BatchMock) -> None:
    """During the update, the environment is UPDATING and places jobs on instances of the new types."""
    old = running(client, batch_mock)
    update(client)
    new = running(client, batch_mock)
    assert environment(client)["status"] == "UPDATING"
    types = [host.instance_type for host in batch_mock.hosts]
    assert types == ["c6i.large", "c5.large"]
    assert batch_mock.job(new).host == batch_mock.hosts[1]
    batch_mock.tick(30 * MINUTE)
    assert (status_of(client, old), status_of(client, new)) == ("FAILED", "RUNNING")
    assert environment(client)["status"] == "VALID"
    assert [host.instance_type for host in batch_mock.hosts] == ["c5.large"]


def test_idle_instances_are_replaced_at_once(client: Any, batch_mock: BatchMock) -> None:
    """Without jobs on old instances, an infrastructure update takes no longer than any other update."""
    batch_mock.script(succeed(after=5))
    running(client, batch_mock)
    batch_mock.run()
    assert len(batch_mock.hosts) == 1
    update(client)
    assert (environment(client)["status"], batch_mock.hosts) == ("VALID", [])


def test_array_children_and_multi_node_jobs(client: Any, batch_mock: BatchMock) -> None:
    """Each child of an array loses its instance, and a multi-node job that of its main node."""
    register_nodes(client)
    array = submit(client, arrayProperties={"size": 2})
    nodes = submit(client, jobDefinition="nodes")
    batch_mock.run_until(nodes, "RUNNING")
    update(client, updatePolicy={"terminateJobsOnUpdate": True})
    batch_mock.tick(60)
    for job_id in (f"{array}:0", f"{array}:1", nodes):
        assert described(client, job_id)["statusReason"].startswith("Host EC2 (instance i-")


@pytest.mark.parametrize(
    ("resources", "replaces"),
    [
        ({"maxvCpus": 32}, False),
        ({"instanceTypes": ["optimal"]}, False),
        ({"updateToLatestImageVersion": True}, True),
        ({"tags": {"team": "a"}}, True),
    ],
)
def test_which_updates_replace_instances(
    client: Any, batch_mock: BatchMock, resources: dict[str, Any], replaces: bool
) -> None:
    """Scaling and unchanged values replace no instances, and a change that concerns them does."""
    job_id = running(client, batch_mock)
    update(client, resources, updatePolicy={"terminateJobsOnUpdate": True})
    batch_mock.tick(60 * MINUTE)
    assert status_of(client, job_id) == ("FAILED" if replaces else "RUNNING")


def test_the_policy_is_shown(client: Any) -> None:
    """An update policy is merged with the previous one."""
    client.update_compute_environment(
        computeEnvironment="ce", updatePolicy={"jobExecutionTimeoutMinutes": 5}
    )
    client.update_compute_environment(
        computeEnvironment="ce", updatePolicy={"terminateJobsOnUpdate": True}
    )
    assert environment(client)["updatePolicy"] == {
        "terminateJobsOnUpdate": True,
        "jobExecutionTimeoutMinutes": 5,
    }
