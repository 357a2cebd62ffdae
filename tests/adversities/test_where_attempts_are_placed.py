from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    fail,
    mock_batch,
    reclaim_spot,
    succeed,
    terminate_host,
)

from ..builders import ARN, register, shared_client, submit
from ..operations.service_requests import submit as submit_service


@pytest.fixture
def client(batch_mock: BatchMock) -> Any:
    """A client on a mock whose queue has Spot capacity for one job, and On-Demand capacity behind it."""
    client = shared_client()
    for order, (name, kind, most) in enumerate([("spot", "SPOT", 2), ("on-demand", "EC2", 100)]):
        make_environment(client, name, kind, most)
        order_of = {"order": order, "computeEnvironment": name}
        if order == 0:
            client.create_job_queue(
                jobQueueName="queue", priority=1, computeEnvironmentOrder=[order_of]
            )
    client.update_job_queue(
        jobQueue="queue",
        computeEnvironmentOrder=[
            {"order": 1, "computeEnvironment": "spot"},
            {"order": 2, "computeEnvironment": "on-demand"},
        ],
    )
    register(client, container={"resourceRequirements": TWO_VCPUS}, retryStrategy={"attempts": 3})
    return client


TWO_VCPUS = [{"type": "VCPU", "value": "2"}, {"type": "MEMORY", "value": "128"}]


def make_environment(client: Any, name: str, kind: str, max_vcpus: int) -> None:
    """Create a compute environment."""
    resources: dict[str, Any] = {
        "type": kind,
        "maxvCpus": max_vcpus,
        "subnets": ["subnet-1"],
        "securityGroupIds": ["sg-1"],
    }
    if "FARGATE" not in kind:
        resources |= {
            "minvCpus": 0,
            "instanceTypes": ["c5.large"],
            "instanceRole": "ecsInstanceRole",
            "allocationStrategy": "BEST_FIT_PROGRESSIVE"
            if kind == "EC2"
            else "SPOT_CAPACITY_OPTIMIZED",
        }
    client.create_compute_environment(
        computeEnvironmentName=name, type="MANAGED", computeResources=resources
    )


def reasons(batch_mock: BatchMock, name: str) -> list[str | None]:
    """Return how the attempts of a job ended, in short."""
    attempts = batch_mock.jobs.named(name).only().attempts
    return [(attempt.status_reason or "").partition(" ")[0] for attempt in attempts]


@pytest.mark.parametrize(
    "environment", ["spot", "sp*", f"{ARN}compute-environment/spot"], ids=["name", "glob", "arn"]
)
def test_only_attempts_placed_there(batch_mock: BatchMock, client: Any, environment: str) -> None:
    """A script for a compute environment matches the attempts that are placed in it."""
    batch_mock.script(fail(3), compute_environment=environment)
    submit(client, "first")
    submit(client, "second")
    batch_mock.run()
    codes = {job.name: job.attempts[0].exit_code for job in batch_mock.jobs}
    assert codes == {"first": 3, "second": 0}


def test_other_arns(batch_mock: BatchMock, client: Any) -> None:
    """The ARN of another region names another compute environment."""
    other = "arn:aws:batch:eu-west-1:123456789012:compute-environment/spot"
    batch_mock.script(fail(3), compute_environment=other)
    submit(client)
    batch_mock.run()
    assert batch_mock.jobs.only().status == "SUCCEEDED"


def test_a_script_for_the_others(batch_mock: BatchMock, client: Any) -> None:
    """Older scripts decide about attempts that are placed elsewhere."""
    batch_mock.script("*", fail(5))
    batch_mock.script("*", fail(3), compute_environment="spot")
    for name in ("first", "second"):
        submit(client, name, retryStrategy={"attempts": 1})
    batch_mock.run()
    assert [job.attempts[0].exit_code for job in batch_mock.jobs] == [3, 5]


def test_outcomes_count_by_attempt(batch_mock: BatchMock, client: Any) -> None:
    """The second outcome is that of the second attempt, wherever the first ran."""
    batch_mock.script("job", fail(3), fail(4), fail(5), compute_environment="spot")
    batch_mock.hold("job", at="STARTING")
    submit(client)
    batch_mock.release("job")
    batch_mock.run()
    assert [attempt.exit_code for attempt in batch_mock.jobs.only().attempts] == [3, 4, 5]


def test_lengths_of_stages(batch_mock: BatchMock, client: Any) -> None:
    """The time in STARTING and RUNNING may depend on the placement, but not that in RUNNABLE."""
    batch_mock.script("job", succeed(after=50, starting=20), compute_environment="spot")
    submit(client)
    batch_mock.run()
    job = batch_mock.jobs.only()
    assert job.stopped_at is not None
    assert (job.stopped_at - job.created_at).total_seconds() == 72


def test_runnable_is_refused(batch_mock: BatchMock) -> None:
    """Whoever scripts the time before the placement is told that it is too early."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.script("job", succeed(runnable=5), compute_environment="spot")
    assert str(caught.value) == (
        "batchmock: script('job') got runnable= for succeed() together with compute_environment='spot'. An "
        "attempt is placed in a compute environment when it leaves RUNNABLE, so the script cannot decide how "
        "long it is RUNNABLE. Remove runnable=, or script it without compute_environment=."
    )


def test_service_jobs_are_never_placed_there(batch_mock: BatchMock, client: Any) -> None:
    """Service jobs run in no compute environment."""
    batch_mock.provision_service_jobs(job_queue="services")
    batch_mock.script(fail(3), compute_environment="*")
    job_id = submit_service(client, jobQueue="services")
    batch_mock.run()
    assert batch_mock.service_job(job_id).status == "SUCCEEDED"


class TestReclaimedSpot:
    def test_on_spot_only(self, batch_mock: BatchMock, client: Any) -> None:
        """A job on On-Demand capacity loses no Spot host."""
        batch_mock.script("*", reclaim_spot(), succeed())
        submit(client, "first")
        submit(client, "second")
        batch_mock.run()
        assert reasons(batch_mock, "first") == ["Host", "Essential"]
        assert reasons(batch_mock, "second") == ["Essential"]

    def test_a_terminated_host_anywhere(self, batch_mock: BatchMock, client: Any) -> None:
        """Any EC2 instance can be terminated."""
        batch_mock.script("*", terminate_host(), succeed())
        submit(client, "first")
        submit(client, "second")
        batch_mock.run()
        assert reasons(batch_mock, "second") == ["Host", "Essential"]

    def test_an_override(self, batch_mock: BatchMock, client: Any) -> None:
        """An override does not reclaim On-Demand capacity either."""
        batch_mock.override("*", reclaim_spot(), attempt=1)
        submit(client, "first")
        submit(client, "second")
        batch_mock.run()
        assert reasons(batch_mock, "first") == ["Host", "Essential"]
        assert reasons(batch_mock, "second") == ["Essential"]

    @pytest.mark.parametrize(("kind", "attempts"), [("FARGATE", 1), ("FARGATE_SPOT", 2)])
    def test_on_fargate(self, batch_mock: BatchMock, kind: str, attempts: int) -> None:
        """Fargate Spot is interrupted, Fargate is not."""
        client = shared_client()
        batch_mock.provision(job_definition="definition", fargate=True)
        make_environment(client, "ce", kind, 10)
        client.create_job_queue(
            jobQueueName="queue",
            priority=1,
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "ce"}],
        )
        batch_mock.script("*", reclaim_spot(), succeed())
        submit(client, retryStrategy={"attempts": 2})
        batch_mock.run()
        assert len(batch_mock.jobs.only().attempts) == attempts

    def test_after_an_update_of_the_type(self, batch_mock: BatchMock, client: Any) -> None:
        """An environment that becomes Spot can be reclaimed."""
        client.update_compute_environment(
            computeEnvironment="on-demand",
            computeResources={"type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"},
        )
        batch_mock.run()
        batch_mock.script("*", reclaim_spot(), succeed())
        submit(client, "first")
        submit(client, "second")
        batch_mock.run()
        assert reasons(batch_mock, "second") == ["Host", "Essential"]

    def test_provisioned_capacity(self) -> None:
        """The environment of `provision()` stands for any kind of capacity."""
        with mock_batch(region="us-east-1") as mock:
            mock.provision("queue", "definition")
            mock.script("*", reclaim_spot())
            submit(boto3.client("batch"))
            mock.run()
            assert mock.jobs.only().status == "FAILED"

    def test_strict(self, batch_mock: BatchMock, client: Any) -> None:
        """A loss that never happened is reported, with the reason."""
        batch_mock.hold("first", at="RUNNING")
        submit(client, "first")
        batch_mock.run()
        batch_mock.script("second", reclaim_spot(), succeed())
        batch_mock.override("second", reclaim_spot())
        submit(client, "second")
        batch_mock.run()
        with pytest.raises(BatchMockError) as caught:
            batch_mock.check_all_used()
        why = (
            "No attempt of its jobs was placed on Spot capacity, and nothing else is reclaimed. Use a compute "
            "environment of the type SPOT or FARGATE_SPOT, or terminate_host()."
        )
        assert str(caught.value).splitlines()[1:-1] == [
            f"  script('second', reclaim_spot(), succeed()): no attempt of any job matched it. {why}",
            f"  override('second', reclaim_spot()): no attempt of any job met it. {why}",
        ]
