"""Which jobs fit where: vCPUs of environments, instance types, kinds of environments."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, hang, succeed

from ...builders import described, status_of, submit
from .builders import asks, environment_of, make_environment, make_queue, starts

UNMANAGED = {
    "computeEnvironmentName": "ce",
    "type": "UNMANAGED",
    "serviceRole": "arn:aws:iam::123456789012:role/batch",
}


def running(client: Any) -> int:
    """Return the number of RUNNING jobs."""
    return len(client.list_jobs(jobQueue="queue", jobStatus="RUNNING")["jobSummaryList"])


def test_no_more_than_max_vcpus(client: Any, batch_mock: BatchMock) -> None:
    """The jobs of an environment use at most its maxvCpus, and when one ends, the next starts."""
    make_queue(client, make_environment(client, max_vcpus=2))
    batch_mock.script(succeed(after=10))
    for name in ("a", "b", "c"):
        submit(client, name)
    batch_mock.tick(5)
    assert running(client) == 2
    batch_mock.run()
    assert starts(batch_mock) == [("a", 2), ("b", 2), ("c", 13)]


def test_quarters_of_a_vcpu(client: Any, batch_mock: BatchMock) -> None:
    """Four Fargate jobs of a quarter of a vCPU fill one vCPU exactly."""
    batch_mock.provision(
        job_queue="queue", job_definition="quarter", fargate=True, vcpus=0.25, max_vcpus=1
    )
    batch_mock.script(hang())
    for _ in range(5):
        submit(client, jobDefinition="quarter")
    batch_mock.tick(5)
    assert running(client) == 4


def test_array_children_one_by_one(client: Any, batch_mock: BatchMock) -> None:
    """The children of an array compete one by one, by index, before a job submitted later."""
    make_queue(client, make_environment(client, max_vcpus=2))
    submit(client, "map", arrayProperties={"size": 3})
    submit(client, "later")
    batch_mock.run()
    assert starts(batch_mock) == [("map:0", 2), ("map:1", 2), ("map:2", 4), ("later", 4)]


def test_environments_in_order(client: Any, batch_mock: BatchMock) -> None:
    """The first environment with room takes the job."""
    make_queue(client, make_environment(client, "first", 1), make_environment(client, "second", 1))
    batch_mock.script(hang())
    ids = [submit(client, name) for name in "abc"]
    batch_mock.tick(5)
    assert [environment_of(batch_mock, job_id) for job_id in ids[:2]] == ["first", "second"]
    assert status_of(client, ids[2]) == "RUNNABLE"


def test_skips_an_environment_that_is_too_small(client: Any, batch_mock: BatchMock) -> None:
    """A job too large for the first environment goes to the second at once."""
    make_queue(client, make_environment(client, "small", 1), make_environment(client, "large", 8))
    job_id = submit(client, containerOverrides=asks(4))
    batch_mock.run()
    assert environment_of(batch_mock, job_id) == "large"


def test_disabled_environment_takes_no_more(client: Any, batch_mock: BatchMock) -> None:
    """Running jobs of a disabled environment continue, and waiting jobs start once it is enabled."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script(succeed(after=10))
    first, second = submit(client, "a"), submit(client, "b")
    batch_mock.run_until(first, "RUNNING")
    client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
    batch_mock.tick(60)
    assert [status_of(client, job_id) for job_id in (first, second)] == ["SUCCEEDED", "RUNNABLE"]
    client.update_compute_environment(computeEnvironment="ce", state="ENABLED")
    assert status_of(client, second) == "RUNNABLE"
    batch_mock.tick(0)
    assert status_of(client, second) == "STARTING"


def test_disabled_queue_goes_on(client: Any, batch_mock: BatchMock) -> None:
    """The jobs of a disabled queue run to their end."""
    make_queue(client, make_environment(client, max_vcpus=1))
    submit(client, "a")
    job_id = submit(client, "b")
    client.update_job_queue(jobQueue="queue", state="DISABLED")
    batch_mock.run()
    assert status_of(client, job_id) == "SUCCEEDED"


def test_larger_max_vcpus(client: Any, batch_mock: BatchMock) -> None:
    """A larger maxvCpus lets more jobs start at once."""
    make_queue(client, make_environment(client, max_vcpus=2))
    batch_mock.script(hang())
    for _ in range(4):
        submit(client)
    batch_mock.tick(5)
    client.update_compute_environment(computeEnvironment="ce", computeResources={"maxvCpus": 3})
    batch_mock.tick(5)
    assert running(client) == 3


def test_new_environment_of_a_queue(client: Any, batch_mock: BatchMock) -> None:
    """Waiting jobs start in an environment that is added to their queue."""
    make_queue(client, make_environment(client, "full", 1))
    batch_mock.script(hang())
    submit(client)
    job_id = submit(client)
    batch_mock.tick(5)
    order = [{"order": 1, "computeEnvironment": make_environment(client, "other", 1)}]
    client.update_job_queue(jobQueue="queue", computeEnvironmentOrder=order)
    batch_mock.tick(1)
    assert environment_of(batch_mock, job_id) == "other"


@pytest.mark.parametrize(
    ("instance_types", "wanted", "fits"),
    [
        (("optimal",), asks(192), True),
        (("optimal",), asks(193), False),
        (("default_arm64",), asks(64), True),
        (("default_arm64",), asks(65), False),
        (("m5",), asks(96, 383248), True),
        (("m5",), asks(96, 383249), False),
        (("m4.large",), asks(2, 7953), True),
        (("m4.large",), asks(2, 7954), False),
        (("m5.large",), asks(2, 8192), False),
        (("m5.large", "c5.large"), asks(4), False),
        (("m5",), asks(1, 128, gpus=1), False),
        (("p3.8xlarge",), asks(1, 128, gpus=4), True),
        (("p3.8xlarge",), asks(1, 128, gpus=5), False),
        (("g4dn.12xlarge", "r5"), asks(96, 600_000, gpus=4), False),
        (("u9", "m5.large"), asks(400, 999_999, gpus=99), True),
    ],
)
def test_instance_types(
    client: Any, batch_mock: BatchMock, instance_types: tuple[str, ...], wanted: Any, fits: bool
) -> None:
    """A job starts only if an allowed instance type is large enough, and unknown types always are."""
    make_queue(client, make_environment(client, max_vcpus=1000, instance_types=instance_types))
    job_id = submit(client, containerOverrides=wanted)
    batch_mock.run()
    assert status_of(client, job_id) == ("SUCCEEDED" if fits else "RUNNABLE")


def test_containers_of_a_task_together(client: Any, batch_mock: BatchMock) -> None:
    """A job of several containers needs room for all of them together."""
    container = {"image": "busybox", "resourceRequirements": asks(2)["resourceRequirements"]}
    client.register_job_definition(
        jobDefinitionName="pair",
        type="container",
        ecsProperties={
            "taskProperties": [
                {"containers": [{**container, "name": "a"}, {**container, "name": "b"}]}
            ]
        },
    )
    make_queue(client, make_environment(client, max_vcpus=3))
    job_id = submit(client, jobDefinition="pair")
    batch_mock.run()
    assert status_of(client, job_id) == "RUNNABLE"
    client.update_compute_environment(computeEnvironment="ce", computeResources={"maxvCpus": 4})
    batch_mock.run()
    assert status_of(client, job_id) == "SUCCEEDED"


def test_pods(client: Any, batch_mock: BatchMock) -> None:
    """A pod counts with the cpu of its resources: four halves fill the two vCPUs of an m5.large."""
    client.create_compute_environment(
        computeEnvironmentName="ce",
        type="MANAGED",
        eksConfiguration={
            "eksClusterArn": "arn:aws:eks:us-east-1:123456789012:cluster/c",
            "kubernetesNamespace": "batch",
        },
        computeResources={
            "type": "EC2",
            "allocationStrategy": "BEST_FIT_PROGRESSIVE",
            "minvCpus": 0,
            "maxvCpus": 1,
            "instanceTypes": ["m5"],
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
            "instanceRole": "eksInstanceRole",
        },
    )
    make_queue(client, "ce")
    resources = {"limits": {"cpu": "0.5", "memory": "64Mi"}}
    client.register_job_definition(
        jobDefinitionName="pod",
        type="container",
        eksProperties={
            "podProperties": {"containers": [{"image": "busybox", "resources": resources}]}
        },
    )
    batch_mock.script(hang())
    for _ in range(5):
        submit(client, jobDefinition="pod")
    batch_mock.tick(5)
    assert running(client) == 4


def make_nodes(client: Any, num_nodes: int = 3, vcpus: int = 2, **container: Any) -> str:
    """Register a multi-node job definition and return its name."""
    client.register_job_definition(
        jobDefinitionName="nodes",
        type="multinode",
        nodeProperties={
            "numNodes": num_nodes,
            "mainNode": 0,
            "nodeRangeProperties": [
                {
                    "targetNodes": "0:",
                    "container": {
                        "image": "busybox",
                        "resourceRequirements": asks(vcpus)["resourceRequirements"],
                        **container,
                    },
                }
            ],
        },
    )
    return "nodes"


def test_all_nodes_at_once(client: Any, batch_mock: BatchMock) -> None:
    """A multi-node job waits until one environment has room for all its nodes."""
    make_queue(client, make_environment(client, max_vcpus=7))
    make_nodes(client)
    batch_mock.script("small", succeed(after=60))
    submit(client, "small", containerOverrides=asks(2))
    job_id = submit(client, "nodes", jobDefinition="nodes")
    batch_mock.tick(30)
    assert status_of(client, job_id) == "RUNNABLE"
    submit(client, "behind")
    batch_mock.run_until(job_id, "STARTING")
    environment = batch_mock._simulation.jobs[job_id].queue.environments[0]
    assert environment.used_milli_vcpus == 6000 + 1000
    batch_mock.run()
    assert status_of(client, job_id) == "SUCCEEDED"
    assert environment.used_milli_vcpus == 0


@pytest.mark.parametrize("resource_type", ["SPOT", "UNMANAGED"])
def test_no_nodes_on_spot_or_unmanaged(
    client: Any, batch_mock: BatchMock, resource_type: str
) -> None:
    """A multi-node job stays RUNNABLE on Spot Instances and in unmanaged environments."""
    if resource_type == "SPOT":
        make_environment(client, max_vcpus=99, resource_type="SPOT")
    else:
        client.create_compute_environment(**UNMANAGED)
    make_queue(client, "ce")
    job_id = submit(client, jobDefinition=make_nodes(client))
    plain = submit(client, "plain")
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"].split()[0]) == ("RUNNABLE", "UNDETERMINED")
    assert status_of(client, plain) == "RUNNABLE"
    client.cancel_job(jobId=job_id, reason="no place")
    batch_mock.run()
    assert status_of(client, plain) == "SUCCEEDED"


@pytest.mark.parametrize(
    ("instance_types", "wanted", "fits"),
    [
        (("m5", "c5"), "c5.xlarge", True),
        (("m5", "c5"), "c5.large", True),
        (("m5",), "c5.xlarge", False),
        (("optimal",), "c5.xlarge", True),
        (("m5",), "m5.large", True),
    ],
)
def test_instance_type_of_nodes(
    client: Any, batch_mock: BatchMock, instance_types: tuple[str, ...], wanted: str, fits: bool
) -> None:
    """Nodes that require an instance type run only in environments that allow it."""
    make_queue(client, make_environment(client, max_vcpus=99, instance_types=instance_types))
    job_id = submit(client, jobDefinition=make_nodes(client, instanceType=wanted))
    batch_mock.run()
    assert status_of(client, job_id) == ("SUCCEEDED" if fits else "RUNNABLE")


def test_unmanaged_has_no_limit(client: Any, batch_mock: BatchMock) -> None:
    """The unmanagedvCpus of an environment do not limit its jobs."""
    client.create_compute_environment(**UNMANAGED, unmanagedvCpus=1)
    make_queue(client, "ce")
    batch_mock.script(hang())
    for _ in range(3):
        submit(client)
    batch_mock.tick(5)
    assert running(client) == 3


@pytest.mark.parametrize("how", ["timed out", "terminated", "deleted"])
def test_room_comes_back_once(client: Any, batch_mock: BatchMock, how: str) -> None:
    """A job's capacity is released exactly once, however it ends."""
    make_queue(client, make_environment(client, max_vcpus=1))
    job_id = submit(client, timeout={"attemptDurationSeconds": 60})
    batch_mock.script("job", hang())
    batch_mock.run_until(job_id, "RUNNING")
    environment = batch_mock._simulation.jobs[job_id].queue.environments[0]
    assert environment.used_milli_vcpus == 1000
    if how == "terminated":
        client.terminate_job(jobId=job_id, reason="enough")
    elif how == "deleted":
        client.update_job_queue(jobQueue="queue", state="DISABLED")
        client.delete_job_queue(jobQueue="queue")
    batch_mock.run()
    assert status_of(client, job_id) == "FAILED"
    assert (environment.used_milli_vcpus, list(environment.jobs)) == (0, [])
