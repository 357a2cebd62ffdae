"""EC2 instances: which are launched, which jobs share them, when they terminate, and when they are lost."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

import batchmock
from batchmock import (
    BatchMock,
    BatchMockError,
    fail,
    hang,
    mock_batch,
    succeed,
    terminate_host,
)

from ...builders import described, register, status_of, submit
from .builders import asks, make_environment, make_queue, order_of_starts, starts
from .test_capacity import UNMANAGED, make_nodes

Shape = tuple[str, float, list[str]]


def hosts(mock: BatchMock) -> list[Shape]:
    """Return the type, the free vCPUs and the jobs of each host."""
    return [
        (host.instance_type, host.vcpus.free, [job.name for job in host.jobs])
        for host in mock.hosts
    ]


def make(client: Any, *types: str, max_vcpus: int = 16, **members: Any) -> None:
    """Create a queue with an environment of instance types."""
    make_queue(
        client, make_environment(client, max_vcpus=max_vcpus, instance_types=types, **members)
    )


def desired(client: Any) -> int:
    """Return the desiredvCpus of the environment."""
    (shown,) = client.describe_compute_environments()["computeEnvironments"]
    return int(shown["computeResources"]["desiredvCpus"])


@pytest.fixture(autouse=True)
def endless(batch_mock: BatchMock) -> None:
    """Keep all jobs RUNNING unless a test scripts them."""
    batch_mock.script(hang())


class TestPacking:
    """Launches of instances and their sharing by jobs."""

    def test_smallest_type_that_holds_the_job(self, client: Any, batch_mock: BatchMock) -> None:
        """A launched instance has the smallest type that holds the job."""
        make(client, "m5", "c5")
        for name, wanted in (("a", asks(2)), ("b", asks(2, 5000)), ("c", asks(3))):
            submit(client, name, containerOverrides=wanted)
        batch_mock.tick(5)
        assert hosts(batch_mock) == [
            ("c5.large", 0, ["a"]),
            ("m5.large", 0, ["b"]),
            ("c5.xlarge", 1, ["c"]),
        ]

    def test_fullest_host_first(self, client: Any, batch_mock: BatchMock) -> None:
        """A job is placed on the host with the least sufficient room."""
        make(client, "m5.xlarge")
        for name, vcpus in (("a", 2), ("b", 3), ("c", 1)):
            submit(client, name, containerOverrides=asks(vcpus))
        batch_mock.tick(5)
        assert hosts(batch_mock) == [("m5.xlarge", 2, ["a"]), ("m5.xlarge", 0, ["b", "c"])]

    def test_vcpus_of_one_host(self, client: Any, batch_mock: BatchMock) -> None:
        """Jobs of 3, 3 and 2 vCPUs do not share two instances of 4."""
        make(client, "m5.xlarge", max_vcpus=8)
        ids = [submit(client, containerOverrides=asks(vcpus)) for vcpus in (3, 3, 2)]
        batch_mock.tick(5)
        assert [status_of(client, job_id) for job_id in ids] == ["RUNNING", "RUNNING", "RUNNABLE"]

    def test_memory_of_one_host(self, client: Any, batch_mock: BatchMock) -> None:
        """An instance takes jobs up to its registered memory minus the reserved part."""
        make(client, "m4.large")
        for name in ("a", "b"):
            submit(client, name, containerOverrides=asks(1, 4000))
        batch_mock.tick(5)
        assert [names for _, _, names in hosts(batch_mock)] == [["a"], ["b"]]
        assert batch_mock.hosts[0].memory_mib == (7953 - 4000, 7953)

    @pytest.mark.parametrize(
        ("instance_type", "memory_mib"),
        [("m4.large", 7953), ("r4.16xlarge", 491777), ("c4.large", 3733), ("m5.large", 7953)],
    )
    def test_memory_of_a_type(
        self, client: Any, batch_mock: BatchMock, instance_type: str, memory_mib: int
    ) -> None:
        """The memory is documented, measured, or in proportion to that of an m4.large."""
        make(client, instance_type, max_vcpus=64)
        submit(client)
        batch_mock.tick(5)
        assert batch_mock.hosts[0].memory_mib.total == memory_mib

    def test_gpus_of_one_host(self, client: Any, batch_mock: BatchMock) -> None:
        """Twelve jobs of one GPU do not run on eight GPUs."""
        make(client, "p3.8xlarge", max_vcpus=64)
        batch_mock.script(hang())
        for _ in range(12):
            submit(client, containerOverrides=asks(1, gpus=1))
        batch_mock.tick(5)
        assert [host.gpus for host in batch_mock.hosts] == [(0, 4), (0, 4)]
        running = client.list_jobs(jobQueue="queue", jobStatus="RUNNING")["jobSummaryList"]
        assert len(running) == 8

    def test_shared_container_instance(self, client: Any, batch_mock: BatchMock) -> None:
        """Attempts on one host have the same container instance."""
        make(client, "m5.large")
        first, second = submit(client, "a"), submit(client, "b")
        batch_mock.tick(5)
        arns = {
            described(client, job_id)["container"]["containerInstanceArn"]
            for job_id in (first, second)
        }
        assert len(arns) == 1
        assert batch_mock.job(first).host == batch_mock.job(second).host == batch_mock.hosts[0]

    def test_nodes_have_hosts_of_their_own(self, client: Any, batch_mock: BatchMock) -> None:
        """The nodes of a multi-node job share their hosts with no other job."""
        make(client, "m5.xlarge")
        job_id = submit(client, "nodes", jobDefinition=make_nodes(client, num_nodes=2, vcpus=1))
        submit(client, "other")
        batch_mock.tick(8)
        assert [names for _, _, names in hosts(batch_mock)] == [["nodes"], ["nodes"], ["other"]]
        nodes = batch_mock.job(job_id).nodes
        assert [node.host for node in nodes] == batch_mock.hosts[:2]

    def test_idle_hosts_take_nodes(self, client: Any, batch_mock: BatchMock) -> None:
        """Nodes use idle hosts of their required type before others are launched."""
        batch_mock.script("small", succeed(after=5))
        make(client, "m5", max_vcpus=8)
        submit(client, "small")
        batch_mock.tick(20)
        (idle,) = batch_mock.hosts
        nodes = make_nodes(client, num_nodes=2, vcpus=1, instanceType="m5.large")
        job_id = submit(client, "nodes", jobDefinition=nodes)
        batch_mock.tick(5)
        assert batch_mock.job(job_id).host == idle
        assert [host.instance_type for host in batch_mock.hosts] == ["m5.large", "m5.large"]

    def test_room_for_nodes(self, client: Any, batch_mock: BatchMock) -> None:
        """The explanation of a multi-node job that waits for hosts has their number."""
        make(client, "m5.large", max_vcpus=4)
        submit(client, "a")
        batch_mock.tick(5)
        job_id = submit(client, jobDefinition=make_nodes(client, num_nodes=2, vcpus=1))
        batch_mock.tick(5)
        assert batch_mock.job(job_id).explain().split("\n")[2] == (
            "Compute environment 'ce' has no room: its hosts have 2 of maxvCpus 4, so that 2 hosts for its "
            "nodes cannot be added, and each node needs a host of its own."
        )

    @pytest.mark.parametrize("instance_type", [None, "z9.huge"])
    def test_nodes_in_a_provisioned_environment(
        self, client: Any, batch_mock: BatchMock, instance_type: str | None
    ) -> None:
        """Nodes that need exactly maxvCpus run in an environment of provision(), whatever type they require."""
        batch_mock.provision(job_queue="queue", job_definition="job", max_vcpus=6)
        members = {} if instance_type is None else {"instanceType": instance_type}
        first, second = (
            submit(
                client,
                name,
                jobDefinition=make_nodes(client, num_nodes=3, vcpus=1, **members),
            )
            for name in ("first", "second")
        )
        batch_mock.tick(8)
        assert (status_of(client, first), status_of(client, second)) == ("RUNNING", "RUNNING")
        waiting = submit(client, jobDefinition="job")
        batch_mock.tick(5)
        assert status_of(client, waiting) == "RUNNABLE"

    def test_all_nodes_or_none(self, client: Any, batch_mock: BatchMock) -> None:
        """A multi-node job without room for all its hosts launches none."""
        make(client, "m5.xlarge", max_vcpus=11)
        job_id = submit(client, jobDefinition=make_nodes(client, num_nodes=3, vcpus=1))
        batch_mock.run()
        assert (status_of(client, job_id), batch_mock.hosts) == ("RUNNABLE", [])
        reason = described(client, job_id)["statusReason"]
        assert reason.startswith("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")

    def test_ranked_types(self, client: Any, batch_mock: BatchMock) -> None:
        """Under an ordered strategy, the first type in the list that holds the job and has room is launched."""
        client.create_compute_environment(
            computeEnvironmentName="ce",
            type="MANAGED",
            computeResources={
                "type": "EC2",
                "allocationStrategy": "BEST_FIT_PROGRESSIVE_ORDERED",
                "minvCpus": 0,
                "maxvCpus": 6,
                "instanceTypes": ["m5.xlarge", "c5.large"],
                "subnets": ["subnet-1"],
                "securityGroupIds": ["sg-1"],
                "instanceRole": "ecsInstanceRole",
            },
        )
        make_queue(client, "ce")
        submit(client, containerOverrides=asks(1))
        batch_mock.tick(5)
        assert [host.instance_type for host in batch_mock.hosts] == ["m5.xlarge"]

    def test_unknown_types(self, client: Any, batch_mock: BatchMock) -> None:
        """An instance of an unknown type is as large as its job and ends with it."""
        batch_mock.script("b", succeed(after=10))
        make(client, "z9.huge", max_vcpus=5)
        submit(client, "a", containerOverrides=asks(3))
        submit(client, "b", containerOverrides=asks(2))
        batch_mock.tick(5)
        assert hosts(batch_mock) == [("z9.huge", 0, ["a"]), ("z9.huge", 0, ["b"])]
        batch_mock.tick(30)
        assert hosts(batch_mock) == [("z9.huge", 0, ["a"])]

    @pytest.mark.parametrize("environment", ["fargate", "unmanaged"])
    def test_without_hosts(self, client: Any, batch_mock: BatchMock, environment: str) -> None:
        """Fargate and unmanaged environments have no hosts."""
        if environment == "fargate":
            batch_mock.provision(job_queue="queue", job_definition="job", fargate=True)
        else:
            client.create_compute_environment(**UNMANAGED)
            make_queue(client, "ce")
        job_id = submit(client, jobDefinition="job" if environment == "fargate" else "definition")
        batch_mock.tick(5)
        assert status_of(client, job_id) == "RUNNING"
        assert (batch_mock.hosts, batch_mock.job(job_id).host) == ([], None)


class TestLimits:
    """maxvCpus and allocation strategies."""

    @pytest.mark.parametrize(
        ("strategy", "resource_type", "vcpus"),
        [
            (None, "EC2", 4),
            (None, "SPOT", 8),
            ("BEST_FIT_PROGRESSIVE", "EC2", 8),
            ("SPOT_CAPACITY_OPTIMIZED", "SPOT", 8),
        ],
    )
    def test_exceeds_by_one_instance(
        self,
        client: Any,
        batch_mock: BatchMock,
        strategy: str | None,
        resource_type: str,
        vcpus: int,
    ) -> None:
        """BEST_FIT On-Demand never exceeds maxvCpus, and the others do so by at most one instance."""
        resources: dict[str, Any] = {
            "type": resource_type,
            "minvCpus": 0,
            "maxvCpus": 5,
            "instanceTypes": ["m5.xlarge"],
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
            "instanceRole": "ecsInstanceRole",
            "spotIamFleetRole": "arn:aws:iam::123456789012:role/fleet",
        }
        if resource_type == "EC2":
            del resources["spotIamFleetRole"]
        if strategy:
            resources["allocationStrategy"] = strategy
        client.create_compute_environment(
            computeEnvironmentName="ce", type="MANAGED", computeResources=resources
        )
        make_queue(client, "ce")
        for _ in range(4):
            submit(client, containerOverrides=asks(3))
        batch_mock.tick(5)
        assert desired(client) == vcpus

    def test_type_larger_than_max_vcpus(self, client: Any, batch_mock: BatchMock) -> None:
        """Under BEST_FIT, a type with more vCPUs than maxvCpus is never launched, and the job has a reason."""
        make(client, "m5.2xlarge", max_vcpus=4)
        job_id = submit(client)
        batch_mock.run()
        reason = described(client, job_id)["statusReason"]
        assert reason.startswith("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
        assert batch_mock.job(job_id).explain().split("\n")[2:] == [
            "Compute environment 'ce' is too small: its maxvCpus is 4, and the smallest instances that hold "
            "the job have 8 vCPUs.",
            "To let it start: raise the maxvCpus of 'ce' to 8 or more, or ask for less.",
        ]

    def test_idle_hosts_make_room(self, client: Any, batch_mock: BatchMock) -> None:
        """An idle host is terminated if a job needs another type and maxvCpus is reached."""
        batch_mock.script("small", succeed(after=5))
        make(client, "m5", max_vcpus=4)
        submit(client, "small")
        batch_mock.tick(10)
        submit(client, "large", containerOverrides=asks(4))
        batch_mock.tick(5)
        assert hosts(batch_mock) == [("m5.xlarge", 0, ["large"])]

    def test_provision_has_room_for_any_mixture(self, client: Any, batch_mock: BatchMock) -> None:
        """In an environment of provision(), jobs of maxvCpus in total run, whatever their sizes."""
        batch_mock.provision(job_queue="queue", job_definition="job", max_vcpus=7)
        ids = [
            submit(client, jobDefinition="job", containerOverrides=asks(vcpus))
            for vcpus in (1, 3, 1, 2)
        ]
        batch_mock.tick(5)
        assert {status_of(client, job_id) for job_id in ids} == {"RUNNING"}
        assert sum(host.vcpus.total for host in batch_mock.hosts) == desired(client) == 7

    def test_what_is_short_on_which_host(self, client: Any, batch_mock: BatchMock) -> None:
        """The explanation names the hosts, their jobs, and the resources that they lack."""
        make(client, "m5.large", max_vcpus=4)
        for name in ("a", "b"):
            submit(client, name, containerOverrides=asks(1, 6000))
        job_id = submit(client, "c", containerOverrides=asks(2, 3000))
        batch_mock.tick(5)
        first, second = (host.instance_id for host in batch_mock.hosts)
        short = 3000 - (batch_mock.hosts[0].memory_mib.free)
        assert batch_mock.job(job_id).explain().split("\n")[2] == (
            "Compute environment 'ce' has no room: its hosts have 4 of maxvCpus 4, so that a host of type "
            f"m5.large (2 vCPUs) cannot be added, and {first} (m5.large), used by 'a', lacks 1 vCPU and "
            f"{short} MiB, {second} (m5.large), used by 'b', lacks 1 vCPU and {short} MiB."
        )

    def test_gpus_that_are_short(self, client: Any, batch_mock: BatchMock) -> None:
        """The explanation counts the missing GPUs and the hosts that it does not name."""
        make(client, "g4dn.xlarge", max_vcpus=17)
        for _ in range(4):
            submit(client, "a", containerOverrides=asks(1, gpus=1))
        job_id = submit(client, "b", containerOverrides=asks(1, gpus=1))
        batch_mock.tick(5)
        assert status_of(client, job_id) == "RUNNABLE"
        text = batch_mock.job(job_id).explain().split("\n")[2]
        assert text.count("lacks 1 GPU") == 3
        assert text.endswith(", 1 more lack something too.")

    def test_minimum_of_a_provisioned_environment(self, client: Any, batch_mock: BatchMock) -> None:
        """Any minvCpus that no whole instance fills are filled with a host of reduced size."""
        batch_mock.provision(job_queue="queue", job_definition="job", max_vcpus=3)
        client.update_compute_environment(
            computeEnvironment="compute-environment", computeResources={"minvCpus": 3}
        )
        assert [host.vcpus.total for host in batch_mock.hosts] == [2, 1]
        assert desired(client) == 3


class TestTime:
    """Hosts are launched and terminated."""

    def test_desired_vcpus(self, client: Any, batch_mock: BatchMock) -> None:
        """The desiredvCpus are the sum of the hosts: they grow with them and fall after they have been idle."""
        batch_mock.script(succeed(after=60))
        make(client, "m5.large")
        submit(client)
        assert desired(client) == 0
        batch_mock.run()
        assert desired(client) == 2
        batch_mock.tick(299)
        assert desired(client) == 2
        batch_mock.tick(1)
        assert (desired(client), batch_mock.hosts) == (0, [])

    def test_idle_hosts_do_not_keep_run_going(self, client: Any, batch_mock: BatchMock) -> None:
        """run() ends with the last job, although its host still exists."""
        batch_mock.script(succeed(after=60))
        make(client, "m5.large")
        submit(client)
        batch_mock.run()
        assert batch_mock.clock.epoch_ms == batch_mock.transitions[-1].at_ms
        assert len(batch_mock.hosts) == 1

    def test_minimum_does_not_keep_run_going(self) -> None:
        """Hosts that are launched for minvCpus do not move the clock."""
        with mock_batch(
            region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=90
        ) as mock:
            client = boto3.client("batch")
            make(client, "m5.large")
            client.update_compute_environment(
                computeEnvironment="ce", computeResources={"minvCpus": 4}
            )
            mock.run()
            assert (mock.clock.epoch_ms, len(mock.hosts)) == (mock._start_ms, 2)

    @pytest.mark.parametrize("ended", ["cancelled", "restored"])
    def test_blocked_check_does_not_keep_run_going(
        self, client: Any, batch_mock: BatchMock, ended: str
    ) -> None:
        """The check of a queue that is no longer blocked does not move the clock."""
        batch_mock.script(succeed(after=10))
        make(client, "m5.large")
        batch_mock.exhaust("ce")
        job_id = submit(client)
        batch_mock.tick(30)
        if ended == "cancelled":
            client.cancel_job(jobId=job_id, reason="enough")
        else:
            batch_mock.restore("ce")
        batch_mock.run()
        seconds = (batch_mock.clock.epoch_ms - batch_mock._start_ms) / 1000
        assert seconds == {"cancelled": 30, "restored": 41}[ended]
        assert batch_mock.clock.epoch_ms == batch_mock.transitions[-1].at_ms

    def test_scale_down_delay(self, client: Any, batch_mock: BatchMock) -> None:
        """The option minScaleDownDelayMinutes sets how long an idle host is kept."""
        batch_mock.script(succeed(after=60))
        make(client, "m5.large")
        client.update_compute_environment(
            computeEnvironment="ce",
            computeResources={"scalingPolicy": {"minScaleDownDelayMinutes": 20}},
        )
        submit(client)
        batch_mock.run()
        batch_mock.tick(20 * 60 - 1)
        assert len(batch_mock.hosts) == 1
        batch_mock.tick(1)
        assert batch_mock.hosts == []

    def test_min_vcpus_are_kept_warm(self, client: Any, batch_mock: BatchMock) -> None:
        """Hosts for minvCpus exist from the start and are not terminated when idle."""
        make(client, "m5.large")
        client.update_compute_environment(computeEnvironment="ce", computeResources={"minvCpus": 4})
        assert (desired(client), len(batch_mock.hosts)) == (4, 2)
        batch_mock.tick(86400)
        assert (desired(client), len(batch_mock.hosts)) == (4, 2)

    def test_launch_seconds(self) -> None:
        """The job for which a host is launched starts when it is ready, and the next one starts at once."""
        with mock_batch(
            region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=90
        ) as mock:
            client = boto3.client("batch")
            register(client)
            mock.script(hang())
            make(client, "m5.large", max_vcpus=2)
            first = submit(client, "first")
            mock.tick(50)
            assert mock.job(first).explain().split("\n")[1] == (
                f"It waits for instance {mock.hosts[0].instance_id} (m5.large) to be launched, at "
                "2026-01-02 03:05:37."
            )
            mock.tick(60)
            submit(client, "second")
            mock.tick(10)
            assert starts(mock) == [("first", 92), ("second", 112)]

    def test_cancelled_while_its_host_is_launched(self) -> None:
        """The room of a job that is cancelled while its host is launched goes to the next job."""
        with mock_batch(
            region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=90
        ) as mock:
            client = boto3.client("batch")
            register(client)
            mock.script(hang())
            make(client, "m5.large", max_vcpus=2)
            first = submit(client, "first", containerOverrides=asks(2))
            submit(client, "second", containerOverrides=asks(2))
            mock.tick(10)
            client.cancel_job(jobId=first, reason="enough")
            mock.tick(100)
            assert order_of_starts(mock) == ["second"]

    def test_held_while_its_host_is_launched(self) -> None:
        """A job held during the launch stays RUNNABLE and starts on its host when it is released."""
        with mock_batch(
            region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=90
        ) as mock:
            client = boto3.client("batch")
            register(client)
            make(client, "m5.large")
            job_id = submit(client, "job")
            mock.tick(10)
            mock.hold("job")
            mock.tick(100)
            assert status_of(client, job_id) == "RUNNABLE"
            mock.release("job")
            mock.tick(0)
            assert status_of(client, job_id) == "STARTING"
            assert mock.job(job_id).host == mock.hosts[0]


class TestLosses:
    """Lost hosts and their jobs."""

    def test_all_jobs_of_a_host(self, client: Any, batch_mock: BatchMock) -> None:
        """All attempts on a lost host end and are retried on another, and other hosts are unaffected."""
        make(client, "m5.large")
        retried = {"retryStrategy": {"attempts": 2}}
        for name in ("a", "b", "c"):
            submit(client, name, **retried)
        batch_mock.tick(5)
        lost = batch_mock.hosts[0]
        batch_mock.lose_host(lost)
        batch_mock.tick(5)
        attempts = {job.name: len(job.attempts) for job in batch_mock.jobs}
        assert attempts == {"a": 1, "b": 1, "c": 0}
        assert batch_mock.jobs[0].attempts[0].status_reason == (
            f"Host EC2 (instance {lost.instance_id}) terminated."
        )
        assert [names for _, _, names in hosts(batch_mock)] == [["c", "a"], ["b"]]
        assert not lost.is_running

    @pytest.mark.parametrize("how", ["job", "id", "instance"])
    def test_host_of_a_job(self, client: Any, batch_mock: BatchMock, how: str) -> None:
        """A host can be named by one of its jobs, by a job id, or by its instance id."""
        make(client, "m5.large")
        job_id = submit(client)
        batch_mock.tick(5)
        job = batch_mock.job(job_id)
        batch_mock.lose_host(
            {"job": job, "id": job_id, "instance": batch_mock.hosts[0].instance_id}[how]
        )
        assert (job.status, batch_mock.hosts) == ("FAILED", [])

    def test_nothing_to_lose(self, client: Any, batch_mock: BatchMock) -> None:
        """An unknown instance, or a job without one, is an error that lists the instances."""
        make(client, "m5.large")
        running = submit(client)
        batch_mock.tick(5)
        waiting = submit(client, "later")
        instance_id = batch_mock.hosts[0].instance_id
        advice = (
            f"Running instances: {instance_id}. Pass one of batch_mock.hosts, or a job that is STARTING or "
            "RUNNING in a managed EC2 or Spot environment."
        )
        with pytest.raises(BatchMockError) as caught:
            batch_mock.lose_host("i-0")
        assert str(caught.value) == (
            "batchmock: lose_host() found nothing to end: there is no running EC2 instance 'i-0'. "
            + advice
        )
        with pytest.raises(BatchMockError) as caught:
            batch_mock.lose_host(waiting)
        assert str(caught.value) == (
            f"batchmock: lose_host() found nothing to end: job 'later' ({waiting}) is SUBMITTED and on no "
            "EC2 instance now. " + advice
        )
        assert status_of(client, running) == "RUNNING"

    def test_scripted_loss_takes_no_other_job(self, client: Any, batch_mock: BatchMock) -> None:
        """An attempt scripted to lose its host has its own host, which is gone afterwards."""
        batch_mock.script("lost", terminate_host(after=10), succeed())
        make(client, "m5.xlarge")
        other = submit(client, "other")
        lost = submit(client, "lost", retryStrategy={"attempts": 2})
        batch_mock.tick(5)
        assert [names for _, _, names in hosts(batch_mock)] == [["other"], ["lost"]]
        batch_mock.run()
        assert (status_of(client, other), status_of(client, lost)) == ("RUNNING", "SUCCEEDED")
        assert [names for _, _, names in hosts(batch_mock)] == [["other"]]

    @pytest.mark.parametrize("outcome", [batchmock.reclaim_spot, batchmock.terminate_host])
    @pytest.mark.parametrize("members", [{"instance_types": ["m5.xlarge"]}, {}])
    def test_host_of_a_scripted_loss_takes_no_job(
        self, client: Any, batch_mock: BatchMock, outcome: Any, members: Any
    ) -> None:
        """A job that is submitted later is not placed on the host that will be lost."""
        batch_mock.provision("queue", "definition", max_vcpus=8, **members)
        batch_mock.script("lost", outcome(after=50))
        lost = submit(client, "lost")
        batch_mock.tick(5)
        others = [submit(client, "other") for _ in range(5)]
        batch_mock.tick(5)
        host = batch_mock.job(lost).host
        assert host is not None
        assert [job.name for job in host.jobs] == ["lost"]
        batch_mock.run()
        assert not host.is_running
        assert {status_of(client, job_id) for job_id in others} == {"RUNNING"}
        assert {batch_mock.job(job_id).host for job_id in others}.isdisjoint({host, None})

    def test_scripted_loss_without_room_for_a_host_of_its_own(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """If there is no room for another host, the other jobs on the host are still unaffected."""
        batch_mock.script("lost", terminate_host(after=10))
        make(client, "m5.large", max_vcpus=2)
        other = submit(client, "other")
        lost = submit(client, "lost")
        batch_mock.run()
        assert (status_of(client, other), status_of(client, lost)) == ("RUNNING", "FAILED")
        assert batch_mock.job(lost).host != batch_mock.job(other).host

    def test_host_of_a_node(self, client: Any, batch_mock: BatchMock) -> None:
        """Losing the host of a node ends that node, and losing that of the main node ends the job."""
        make(client, "m5.large")
        job_id = submit(client, "nodes", jobDefinition=make_nodes(client, num_nodes=2, vcpus=1))
        batch_mock.tick(8)
        batch_mock.lose_host(batch_mock.job(f"{job_id}#1"))
        assert (status_of(client, f"{job_id}#1"), status_of(client, job_id)) == (
            "FAILED",
            "RUNNING",
        )
        batch_mock.lose_host(job_id)
        assert status_of(client, job_id) == "FAILED"

    def test_lost_while_it_is_launched(self) -> None:
        """A job whose host is lost before it is ready gets another."""
        with mock_batch(
            region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=90
        ) as mock:
            client = boto3.client("batch")
            register(client)
            mock.script(hang())
            make(client, "m5.large")
            submit(client, "job")
            mock.tick(50)
            mock.lose_host(mock.hosts[0])
            mock.tick(200)
            assert starts(mock) == [("job", 140)]

    def test_update_while_a_host_is_launched(self) -> None:
        """A job whose host is being launched when an infrastructure update begins is placed on a new one."""
        with mock_batch(
            region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=90
        ) as mock:
            client = boto3.client("batch")
            register(client)
            mock.script(hang())
            resources = {
                "type": "EC2",
                "allocationStrategy": "BEST_FIT_PROGRESSIVE",
                "minvCpus": 0,
                "maxvCpus": 4,
                "instanceTypes": ["m5.large"],
                "subnets": ["subnet-1"],
                "securityGroupIds": ["sg-1"],
                "instanceRole": "ecsInstanceRole",
            }
            client.create_compute_environment(
                computeEnvironmentName="ce", type="MANAGED", computeResources=resources
            )
            make_queue(client, "ce")
            submit(client, "job")
            mock.tick(50)
            client.update_compute_environment(
                computeEnvironment="ce", computeResources={"instanceTypes": ["c5.large"]}
            )
            mock.tick(100)
            assert hosts(mock) == [("c5.large", 1, ["job"])]
            assert starts(mock) == [("job", 140)]

    def test_min_vcpus_are_restored(self, client: Any, batch_mock: BatchMock) -> None:
        """A lost host of minvCpus is replaced."""
        make(client, "m5.large")
        client.update_compute_environment(computeEnvironment="ce", computeResources={"minvCpus": 2})
        (lost,) = batch_mock.hosts
        batch_mock.lose_host(lost)
        (new,) = batch_mock.hosts
        assert new != lost

    def test_hosts_of_a_deleted_environment(self, client: Any, batch_mock: BatchMock) -> None:
        """The hosts of an environment are deleted with it."""
        make_environment(client, instance_types=("m5.large",))
        client.update_compute_environment(computeEnvironment="ce", computeResources={"minvCpus": 2})
        assert len(batch_mock.hosts) == 1
        client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
        client.delete_compute_environment(computeEnvironment="ce")
        assert batch_mock.hosts == []

    def test_ids_after_a_deletion(self, client: Any, batch_mock: BatchMock) -> None:
        """No two instances share an id, also after an environment was deleted."""
        seen = []
        for name in ("a", "b", "c"):
            make_environment(client, name, instance_types=("m5.large",))
            client.update_compute_environment(
                computeEnvironment=name, computeResources={"minvCpus": 2}
            )
            seen += [host.instance_id for host in batch_mock.hosts]
            if name == "a":
                client.update_compute_environment(computeEnvironment=name, state="DISABLED")
                client.delete_compute_environment(computeEnvironment=name)
        assert len(set(seen)) == 3


def test_repr(client: Any, batch_mock: BatchMock) -> None:
    """The repr of a host has its id, type and environment."""
    make(client, "m5.large")
    batch_mock.script("flaky", fail(1))
    submit(client)
    batch_mock.tick(5)
    (host,) = batch_mock.hosts
    assert repr(host) == f"<Host {host.instance_id} m5.large of 'ce'>"
    assert host.launched_at == batch_mock.jobs.only().history[1].at
