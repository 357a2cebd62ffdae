"""The record of hosts over time: launches, ends, attempts, and the vCPUs of each environment."""

from __future__ import annotations

from typing import Any

import boto3

from batchmock import BatchMock, mock_batch, reclaim_spot, succeed
from batchmock.observe.timeline.hosts import EnvironmentUse, environments_of

from ...builders import register_nodes
from ...simulation.placement.builders import asks


def environments(mock: BatchMock) -> list[EnvironmentUse]:
    """Return the environments of the timeline."""
    return environments_of(mock.timeline()._record(0, fold=False))


def submit(client: Any, name: str, **members: Any) -> str:
    """Submit a job and return its id."""
    request = {"jobName": name, "jobQueue": "queue", "jobDefinition": "step", **members}
    job_id: str = client.submit_job(**request)["jobId"]
    return job_id


def test_hosts_of_an_environment() -> None:
    """A host has its launch, its end and the attempts that ran on it, in milliseconds since the start."""
    with mock_batch(region="us-east-1", start=0, launch_seconds=60) as mock:
        mock.provision("queue", "step", instance_types=["m5.large"])
        mock.script("b", reclaim_spot(after=30), succeed(after=5))
        mock.script("a", succeed(after=100))
        client = boto3.client("batch")
        submit(client, "a", containerOverrides=asks(2))
        submit(client, "b", retryStrategy={"attempts": 2})
        mock.run()
        mock.tick(1000)
        (environment,) = environments(mock)
    assert environment.name == "compute-environment"
    seen = [
        (
            host.instance_type,
            host.launched_ms,
            host.ready_ms,
            host.left_ms,
            [(run.job.name, run.attempt, run.from_ms, run.to_ms) for run in host.runs],
        )
        for host in environment.hosts
    ]
    assert seen == [
        ("m5.large", 2000, 62000, 463000, [("a", 1, 62000, 163000)]),
        ("m5.large", 2000, 62000, 93000, [("b", 1, 62000, 93000)]),
        ("m5.large", 94000, 154000, 460000, [("b", 2, 154000, 160000)]),
    ]
    assert environment.used == (
        (62000, 3000),
        (93000, 2000),
        (154000, 3000),
        (160000, 2000),
        (163000, 0),
    )
    assert environment.offered == (
        (2000, 4000),
        (93000, 2000),
        (94000, 4000),
        (460000, 2000),
        (463000, 0),
    )


def test_host_that_is_left_alone() -> None:
    """An attempt that loses its host alone has a line of its own, and its neighbour keeps the host."""
    with mock_batch(region="us-east-1", start=0) as mock:
        mock.provision("queue", "step", instance_types=["m5.large"], max_vcpus=2)
        mock.script("lost", reclaim_spot(after=10))
        mock.script("other", succeed(after=100))
        client = boto3.client("batch")
        submit(client, "other")
        submit(client, "lost")
        mock.run()
        (environment,) = environments(mock)
    assert [[run.job.name for run in host.runs] for host in environment.hosts] == [
        ["other"],
        ["lost"],
    ]
    assert [host.left_ms for host in environment.hosts] == [None, 13000]
    assert environment.offered == ((2000, 2000),)


def test_environment_without_hosts() -> None:
    """A Fargate environment offers its maxvCpus, whatever they are at the time, and has no hosts."""
    with mock_batch(region="us-east-1", start=0) as mock:
        mock.provision("queue", "step", fargate=True, max_vcpus=4, vcpus=0.5, memory_mib=1024)
        client = boto3.client("batch")
        submit(client, "a")
        mock.tick(10)
        client.update_compute_environment(
            computeEnvironment="compute-environment", computeResources={"maxvCpus": 8}
        )
        mock.run()
        (environment,) = environments(mock)
    assert (environment.hosts, environment.offered) == ((), ((0, 4000), (10000, 8000)))
    assert environment.used == ((2000, 500), (4000, 0))
    assert [run.job.name for run in environment.runs] == ["a"]


def test_hosts_of_a_minimum() -> None:
    """Hosts that ran nothing are there; one kept for minvCpus leaves when it is not needed."""
    with mock_batch(region="us-east-1", start=0) as mock:
        mock.provision("queue", "step", instance_types=["m5.large"])
        client = boto3.client("batch")

        def set_minimum(vcpus: int) -> None:
            client.update_compute_environment(
                computeEnvironment="compute-environment", computeResources={"minvCpus": vcpus}
            )

        set_minimum(2)
        mock.tick(1000)
        set_minimum(0)
        mock.tick(1000)
        (environment,) = environments(mock)
    assert environment.runs == environment.used == ()
    assert [(host.launched_ms, host.left_ms) for host in environment.hosts] == [(0, 1_000_000)]
    assert environment.offered == ((0, 2000), (1_000_000, 0))


def test_nodes_and_children(client: Any, batch_mock: BatchMock) -> None:
    """The attempts of children and nodes are on their own hosts."""
    batch_mock.provision("queue", "step", instance_types=["m5.large"])
    register_nodes(client)
    submit(client, "array", arrayProperties={"size": 2})
    submit(client, "nodes", jobDefinition="nodes")
    batch_mock.run()
    (environment,) = environments(batch_mock)
    assert [[run.job.id[36:] for run in host.runs] for host in environment.hosts] == [
        [":0", ":1"],
        ["#0"],
        ["#1"],
    ]
