"""Invariants of EC2 instances, with any submissions, stops, losses and updates."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from batchmock import BatchMock, fail, hang, mock_batch, reclaim_spot, succeed
from batchmock.observe.timeline.hosts import environments_of

from ..builders import register, shared_client
from ..simulation.placement.builders import asks, make_environment, make_queue

#: Each environment with its maxvCpus and instance types.
ENVIRONMENTS = {"cpu": (8, ("m5", "c5.large")), "gpu": (40, ("g4dn",)), "odd": (5, ("z9",))}
QUEUES = {"both": (("cpu", "gpu"), 1), "gpu": (("gpu",), 5), "odd": (("odd", "cpu"), 1)}
OUTCOMES = {
    "good": (succeed(after=20),),
    "flaky": (fail(1, after=5), reclaim_spot(after=3), succeed(after=7)),
    "stuck": (hang(),),
}


class Step(NamedTuple):
    """A job to submit, and the events before it."""

    queue: str
    name: str
    vcpus: int
    memory_mib: int
    gpus: int
    nodes: int
    seconds: float
    event: str | None


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["room", *sorted(QUEUES)]),
        st.sampled_from(sorted(OUTCOMES)),
        st.integers(1, 5),
        st.sampled_from([128, 3000, 9000]),
        st.sampled_from([0, 0, 0, 1, 4]),
        st.sampled_from([0, 0, 0, 2]),
        st.sampled_from([0.0, 0.5, 4.0, 400.0]),
        st.sampled_from([None, None, "lose", "terminate", "minimum"]),
    ),
    min_size=1,
    max_size=12,
)


@cache
def client() -> Any:
    """Return one client for all runs."""
    return shared_client()


def prepare(mock: BatchMock) -> None:
    """Create environments, queues, definitions and scripts."""
    register(client())
    for name, (max_vcpus, types) in ENVIRONMENTS.items():
        make_environment(client(), name, max_vcpus, instance_types=types)
    for name, (environments, priority) in QUEUES.items():
        make_queue(client(), *environments, name=name, priority=priority)
    mock.provision("room", "definition", "room", max_vcpus=6)
    for name, outcomes in OUTCOMES.items():
        mock.script(name, *outcomes)


def carry_out(mock: BatchMock, steps: list[Step]) -> None:
    """Submit the jobs and apply the events."""
    ids: list[str] = []
    for step in steps:
        mock.tick(step.seconds)
        if step.event == "lose" and mock.hosts:
            mock.lose_host(mock.hosts[len(mock.hosts) // 2])
        elif step.event == "terminate" and ids:
            client().terminate_job(jobId=ids[len(ids) // 2], reason="because")
        elif step.event == "minimum":
            client().update_compute_environment(
                computeEnvironment="cpu", computeResources={"minvCpus": 4}
            )
        definition = "definition"
        overrides: dict[str, Any] = {
            "containerOverrides": asks(step.vcpus, step.memory_mib, step.gpus)
        }
        if step.nodes:
            definition, overrides = f"nodes-{step.vcpus}", {}
            container = {"image": "busybox", **asks(step.vcpus, step.memory_mib)}
            client().register_job_definition(
                jobDefinitionName=definition,
                type="multinode",
                nodeProperties={
                    "numNodes": step.nodes,
                    "mainNode": 0,
                    "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
                },
            )
        reply = client().submit_job(
            jobName=step.name,
            jobQueue=step.queue,
            jobDefinition=definition,
            retryStrategy={"attempts": 3},
            timeout={"attemptDurationSeconds": 600},
            **overrides,
        )
        ids.append(reply["jobId"])


def check(mock: BatchMock) -> None:
    """Check every host, and that the pools agree with their hosts."""
    pools = mock._simulation.hosts.pools
    described = client().describe_compute_environments()["computeEnvironments"]
    names = {item["computeEnvironmentName"] for item in described}
    assert {host.compute_environment for host in mock.hosts} <= names
    for pool in pools:
        live = [host for host in pool.hosts if not host.is_retiring]
        total = sum(host.total.milli_vcpus for host in live)
        used = sum(amount.milli_vcpus for host in live for amount in host.jobs.values())
        assert (pool.total_milli_vcpus, pool.used_milli_vcpus) == (total, used)
        assert total <= max(pool.capacity.max_milli_vcpus or 0, pool.capacity.min_milli_vcpus)
        for host in pool.hosts:
            taken = host.total
            for amount in host.jobs.values():
                taken = taken.minus(amount)
            assert host.free == taken
            assert min(host.free) >= 0


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(STEPS, st.sampled_from([0, 45]))
def test_hosts_within_their_limits(steps: list[Step], launch_seconds: int) -> None:
    """No host is ever over its limits, and everything taken is released exactly once."""
    with mock_batch(
        region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=launch_seconds
    ) as mock:
        prepare(mock)
        mock._simulation.jobs.listeners.append(lambda job, move: None)
        for step in steps:
            carry_out(mock, [step])
            check(mock)
        mock.run()
        check(mock)
        for pool in mock._simulation.hosts.pools:
            assert pool.used_milli_vcpus == 0
            assert not any(host.jobs for host in pool.hosts)
        for queue in {job.queue for job in mock._simulation.jobs.submitted}:
            assert queue.dispatched_milli_vcpus == 0
            assert not queue.returning
            for environment in queue.environments:
                assert (environment.used_milli_vcpus, environment.jobs) == (0, {})


def level_at(levels: tuple[tuple[int, int], ...], at_ms: int) -> int:
    """Return the level that applies at a time."""
    return next((level for since_ms, level in reversed(levels) if since_ms <= at_ms), 0)


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(STEPS, st.sampled_from([0, 45]))
def test_record_of_hosts(steps: list[Step], launch_seconds: int) -> None:
    """Every attempt ran on a host that existed, and no more vCPUs were in use than its hosts offered."""
    with mock_batch(
        region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=launch_seconds
    ) as mock:
        prepare(mock)
        carry_out(mock, steps)
        mock.run()
        mock.tick(1000)
        environments = environments_of(mock.timeline()._record(0, fold=False))
        pools = {pool.name: pool for pool in mock._simulation.hosts.pools}
    for environment in environments:
        for at_ms, used in environment.used:
            assert 0 <= used <= level_at(environment.offered, at_ms)
        assert environment.used[-1:] == () or environment.used[-1][1] == 0
        live = sum(host.total.milli_vcpus for host in pools[environment.name].hosts)
        assert not environment.offered or environment.offered[-1][1] == live
        assert sum(len(host.runs) for host in environment.hosts) == len(environment.runs)
        for host in environment.hosts:
            assert host.launched_ms <= host.ready_ms
            for run in host.runs:
                left_ms = run.to_ms if host.left_ms is None else host.left_ms
                assert host.ready_ms <= run.from_ms <= run.to_ms <= left_ms
                at_once = [
                    other.milli_vcpus
                    for other in host.runs
                    if other.from_ms <= run.from_ms < other.to_ms
                ]
                assert sum(at_once) <= host.milli_vcpus


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(STEPS, st.sampled_from([0, 45]))
def test_equal_jobs_start_in_the_order_of_their_queue(
    steps: list[Step], launch_seconds: int
) -> None:
    """Of two jobs of one queue that ask for the same, the one submitted first starts first."""
    with mock_batch(
        region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=launch_seconds
    ) as mock:
        prepare(mock)
        carry_out(mock, [step._replace(name="good", event=None) for step in steps])
        mock.run()
        order: dict[object, list[int]] = {}
        for move in mock.transitions:
            job = mock._simulation.jobs[move.job_id]
            if move.to_status == "STARTING" and job.parent is None:
                order.setdefault((job.queue, job.ask), []).append(job.sequence)
        assert all(started == sorted(started) for started in order.values())


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(STEPS, st.sampled_from([0, 45]))
def test_same_bytes(steps: list[Step], launch_seconds: int) -> None:
    """Two runs have byte-identical transitions, hosts and explanations."""

    def record() -> bytes:
        with mock_batch(
            region="us-east-1", start="2026-01-02T03:04:05Z", launch_seconds=launch_seconds
        ) as mock:
            prepare(mock)
            seen: list[Any] = []
            for step in steps:
                carry_out(mock, [step])
                seen += [job.explain() for job in mock.jobs]
                seen += [(host.instance_id, host.instance_type) for host in mock.hosts]
            mock.run()
            return json.dumps([seen, mock.transitions]).encode()

    assert record() == record()


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(STEPS)
def test_looking_changes_nothing(steps: list[Step]) -> None:
    """Reading hosts and describing environments does not change what happens."""

    def record(look: bool) -> list[Any]:
        with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
            prepare(mock)
            for step in steps:
                carry_out(mock, [step])
                if look:
                    assert client().describe_compute_environments()["computeEnvironments"]
                    assert mock.hosts is not None
                    assert all(job.explain() for job in mock.jobs)
            mock.run()
            return [*mock.transitions, *(host.instance_id for host in mock.hosts)]

    assert record(look=True) == record(look=False)
