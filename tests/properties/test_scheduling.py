"""Invariants of the scheduler, with any submissions, stops and updates."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from batchmock import BatchMock, Policies, fail, hang, mock_batch, reclaim_spot, succeed

from ..builders import shared_client
from ..simulation.placement.builders import asks, make_environment, make_queue

MAX_VCPUS = {"small": 3, "large": 6}
#: The queues with their environments and priorities.
QUEUES = {"both": (("small", "large"), 1), "urgent": (("large",), 5), "idle": (("small",), 1)}
OUTCOMES = {
    "good": (succeed(after=20),),
    "flaky": (fail(1, after=5), reclaim_spot(after=3), succeed(after=7)),
    "bad": (fail(1),),
    "stuck": (hang(),),
}


class Asked(NamedTuple):
    """A job to submit, the seconds before it, and an operation on an earlier job."""

    queue: str
    name: str
    vcpus: int
    size: int
    seconds: float
    stop: str | None
    change: int | None


JOBS = st.lists(
    st.builds(
        Asked,
        st.sampled_from(sorted(QUEUES)),
        st.sampled_from(sorted(OUTCOMES)),
        st.integers(1, 7),
        st.sampled_from([0, 0, 0, 2, 5]),
        st.sampled_from([0.0, 0.0, 0.5, 1.0, 4.0]),
        st.sampled_from([None, None, None, "cancel_job", "terminate_job"]),
        st.sampled_from([None, None, None, 1, 6]),
    ),
    min_size=1,
    max_size=15,
)


@cache
def client() -> Any:
    """Return one client for all runs."""
    return shared_client()


def prepared(mock: BatchMock) -> None:
    """Create environments, queues, a definition and a script."""
    for name, max_vcpus in MAX_VCPUS.items():
        make_environment(client(), name, max_vcpus)
    for name, (environments, priority) in QUEUES.items():
        make_queue(client(), *environments, name=name, priority=priority)
    mock.provision(job_queue="both", job_definition="definition", compute_environment="small")
    for name, outcomes in OUTCOMES.items():
        mock.script(name, *outcomes)


def submitted(mock: BatchMock, jobs: list[Asked]) -> None:
    """Submit the jobs, and perform the operations on earlier jobs and on an environment."""
    ids: list[str] = []
    for asked in jobs:
        mock.tick(asked.seconds)
        if asked.stop is not None and ids:
            getattr(client(), asked.stop)(jobId=ids[len(ids) // 2], reason="because")
        if asked.change is not None:
            # A maxvCpus below what the hosts have is refused.
            with suppress(client().exceptions.ClientException):
                client().update_compute_environment(
                    computeEnvironment="large", computeResources={"maxvCpus": asked.change}
                )
        reply = client().submit_job(
            jobName=asked.name,
            jobQueue=asked.queue,
            jobDefinition="definition",
            containerOverrides=asks(asked.vcpus),
            retryStrategy={"attempts": 3},
            timeout={"attemptDurationSeconds": 60},
            **({"arrayProperties": {"size": asked.size}} if asked.size else {}),
        )
        ids.append(reply["jobId"])


def check_capacity(mock: BatchMock, most: dict[str, int]) -> None:
    """Check at each start of a job that its environment is not over its capacity."""

    def check(job: Any, move: Any) -> None:
        if move.to_status != "STARTING":
            return
        environment = job.attempt.environment
        used = sum(
            other.container.vcpus
            for other in mock._simulation.jobs.values()
            if other.attempt is not None and other.attempt.environment is environment
        )
        allowed = environment.capacity.max_milli_vcpus / 1000
        assert used == environment.used_milli_vcpus / 1000 <= allowed
        most[environment.name] = max(most.get(environment.name, 0), int(used))

    mock._simulation.jobs.listeners.append(check)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(JOBS, st.booleans())
def test_capacity_comes_and_goes(jobs: list[Asked], head_of_line: bool) -> None:
    """No environment ever exceeds its maxvCpus, and at the end nothing is in use."""
    policies = Policies(head_of_line_blocks=head_of_line)
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", policies=policies) as mock:
        prepared(mock)
        check_capacity(mock, {})
        submitted(mock, jobs)
        mock.run()
        for queue in {job.queue for job in mock._simulation.jobs.submitted}:
            waiting = [job for job in mock._simulation.jobs.values() if job.waits_for_capacity]
            assert queue.backlog.count == sum(job.queue is queue for job in waiting)
            assert queue.dispatched_milli_vcpus == 0
            assert set(queue.runnable) == {job for job in waiting if job.queue is queue}
            for environment in queue.environments:
                assert (environment.used_milli_vcpus, environment.jobs) == (0, {})


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(JOBS)
def test_nobody_starves(jobs: list[Asked]) -> None:
    """Every job that fits an environment of its queue ends, if jobs that do not fit are cancelled."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        prepared(mock)
        submitted(mock, [asked._replace(change=None) for asked in jobs])
        mock.run()
        for asked, job in zip(jobs, mock.jobs, strict=True):
            if asked.vcpus > max(MAX_VCPUS[name] for name in QUEUES[asked.queue][0]):
                client().cancel_job(jobId=job.id, reason="too large")
                mock.run()
        assert {job.status for job in mock.jobs} <= {"SUCCEEDED", "FAILED"}
        for asked, job in zip(jobs, mock.jobs, strict=True):
            if asked.name == "good" and job.status == "FAILED":
                assert job.status_reason in ("because", "too large", "Array Child Job failed")


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(JOBS)
def test_equal_jobs_start_in_the_order_of_their_queue(jobs: list[Asked]) -> None:
    """Of two jobs of one queue with equal requests, the one submitted first starts first."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        prepared(mock)
        submitted(mock, [asked._replace(name="good", stop=None) for asked in jobs])
        mock.run()
        started: dict[tuple[str, float], list[int]] = {}
        for move in mock.transitions:
            job = mock._simulation.jobs[move.job_id]
            if move.to_status == "STARTING":
                started.setdefault((job.queue.name, job.container.vcpus), []).append(job.sequence)
        assert all(order == sorted(order) for order in started.values())


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(JOBS)
def test_same_calls_same_bytes(jobs: list[Asked]) -> None:
    """Two runs with competing jobs are byte-identical."""

    def record() -> bytes:
        with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
            prepared(mock)
            submitted(mock, jobs)
            halfway = [job.explain() for job in mock.jobs]
            mock.run()
            seen = [halfway, mock.transitions, [job.explain() for job in mock.jobs]]
            return json.dumps(seen).encode()

    assert record() == record()


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0]), min_size=2, max_size=4),
    st.integers(4, 12),
)
def test_shares_converge(weights: list[float], max_vcpus: int) -> None:
    """While all shares have waiting jobs, capacity is proportional to the inverse weight factors."""
    names = [f"share{index}" for index in range(len(weights))]
    jobs = 60
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        distribution = [
            {"shareIdentifier": name, "weightFactor": weight}
            for name, weight in zip(names, weights, strict=True)
        ]
        arn = client().create_scheduling_policy(
            name="fair", fairsharePolicy={"shareDistribution": distribution}
        )["arn"]
        make_queue(client(), make_environment(client(), "ce", max_vcpus), schedulingPolicyArn=arn)
        mock.provision(job_queue="queue", job_definition="definition", compute_environment="ce")
        mock.script(succeed(after=30))
        for name in names:
            for _ in range(jobs):
                client().submit_job(
                    jobName=name,
                    jobQueue="queue",
                    jobDefinition="definition",
                    shareIdentifier=name,
                    schedulingPriorityOverride=1,
                )
        mock.run()
        started: Counter[str] = Counter()
        for move in mock.transitions:
            if move.to_status == "STARTING":
                started[mock.job(move.job_id).name] += 1
                if jobs in started.values():
                    break
        total = sum(1 / weight for weight in weights)
        for name, weight in zip(names, weights, strict=True):
            expected = started.total() * (1 / weight) / total
            assert abs(started[name] - expected) <= 2 + max_vcpus / 4
