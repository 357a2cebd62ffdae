"""
The work of moving time, counted in executed lines: what happens costs, and nothing else does.

A count that depends on the number of jobs shows that something walks over all of them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, fail, hang, mock_batch, succeed

from ..builders import needs_todays_model, provisioned_mock, submit
from ..operations.service_requests import payload
from ..work import lines_of
from .placement.builders import asks

FEW, MANY = 10, 40
#: From how many moves in vain on code counts as stuck, which is decided at each further move.
STUCK_AFTER = 2
#: By how much the work for one job may grow.
GROWTH = 1.05

Prepare = Callable[[BatchMock, Any, int], object]
Work = Callable[[BatchMock, Any], object]


# Jobs that wait


def submit_held(mock: BatchMock, client: Any, jobs: int) -> None:
    """Hold jobs at RUNNABLE."""
    mock.hold("*", at="RUNNABLE")
    for _ in range(jobs):
        submit(client)


def submit_hanging(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs that hang in RUNNING."""
    mock.script(hang())
    for _ in range(jobs):
        submit(client)


def submit_without_capacity(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs that wait for a compute environment without capacity."""
    mock.exhaust("compute-environment")
    for _ in range(jobs):
        submit(client)


def submit_behind_one(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs that wait for another, which hangs."""
    mock.script("first", hang())
    first = submit(client, "first")
    for _ in range(jobs):
        submit(client, dependsOn=[{"jobId": first}])


def submit_ending(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs that end, and one that hangs."""
    mock.script("first", hang())
    submit(client, "first")
    for _ in range(jobs):
        submit(client)


def submit_hanging_children(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit an array job whose children hang in RUNNING."""
    mock.script(hang())
    submit(client, arrayProperties={"size": jobs})


def submit_hanging_service_jobs(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit service jobs that hang in RUNNING, and others that wait for their capacity."""
    mock.script(hang())
    submit_service_jobs(mock, client, jobs, max_instances=jobs // 2)


def submit_service_jobs(mock: BatchMock, client: Any, jobs: int, max_instances: int) -> None:
    """Submit service jobs to a queue with limited capacity."""
    mock.provision_service_jobs(job_queue="service-queue", max_instances=max_instances)
    for _ in range(jobs):
        client.submit_service_job(
            jobName="train",
            jobQueue="service-queue",
            serviceJobType="SAGEMAKER_TRAINING",
            serviceRequestPayload=payload(),
        )


WAITING = [
    submit_held,
    submit_hanging,
    submit_without_capacity,
    submit_behind_one,
    submit_ending,
    submit_hanging_children,
    pytest.param(submit_hanging_service_jobs, marks=needs_todays_model),
]


# Moves of time, and requests, that find nothing due


def tick(mock: BatchMock, client: Any) -> None:
    """Move time by a second."""
    mock.tick(1)


def tick_with_a_deadline(mock: BatchMock, client: Any) -> None:
    """Move time as code with a deadline does, which is never stuck."""
    time.monotonic()
    mock.tick(1)


def move_to(mock: BatchMock, client: Any) -> None:
    """Move time to an instant."""
    mock.move_to(mock.clock.now)


def step(mock: BatchMock, client: Any) -> None:
    """Move time to the next entry, of which there is none."""
    mock.step()


def run(mock: BatchMock, client: Any) -> None:
    """Move time to the last entry, of which there is none."""
    mock.run()


def describe_job(mock: BatchMock, client: Any) -> None:
    """Describe a job, which moves time under `advance="poll"`."""
    client.describe_jobs(jobs=["0b6f2d6e-5a55-4a8f-9d5e-7f2f0f6f0a01"])


def list_jobs(mock: BatchMock, client: Any) -> None:
    """List a job, which moves time under `advance="poll"`."""
    client.list_jobs(jobQueue="queue", jobStatus="RUNNABLE", maxResults=1)


def submit_job(mock: BatchMock, client: Any) -> None:
    """Submit a job."""
    submit(client, "another")


def describe_resources(mock: BatchMock, client: Any) -> None:
    """Describe the queue and its compute environment."""
    client.describe_job_queues(jobQueues=["queue"])
    client.describe_compute_environments(computeEnvironments=["compute-environment"])


def update_queue(mock: BatchMock, client: Any) -> None:
    """Update the queue, after which its jobs are looked at again."""
    client.update_job_queue(jobQueue="queue", priority=3)
    mock.tick(0)


def lines_beside(prepare: Prepare, work: Work, jobs: int, **options: Any) -> int:
    """Return the executed lines of work beside jobs that wait."""
    with provisioned_mock(**options) as (mock, client):
        prepare(mock, client, jobs)
        mock.run()
        for _ in range(STUCK_AFTER + 1):
            work(mock, client)
        return lines_of(lambda: work(mock, client))


@pytest.mark.parametrize("work", [tick, move_to, step, run])
@pytest.mark.parametrize("prepare", WAITING)
def test_a_move_with_nothing_due(prepare: Prepare, work: Work) -> None:
    """A move of time with nothing due costs the same beside few and many jobs."""
    few, many = (lines_beside(prepare, work, jobs, stuck_after=STUCK_AFTER) for jobs in (FEW, MANY))
    assert many == few


@pytest.mark.parametrize("prepare", [submit_held, submit_ending, submit_hanging_children])
def test_a_move_of_code_that_waits(prepare: Prepare) -> None:
    """Whether code waits in vain is decided without a look at each job."""
    few, many = (
        lines_beside(prepare, tick_with_a_deadline, jobs, advance="sleep", stuck_after=STUCK_AFTER)
        for jobs in (FEW, MANY)
    )
    assert many == few


@pytest.mark.parametrize(
    "work", [describe_job, list_jobs, submit_job, describe_resources, update_queue]
)
@pytest.mark.parametrize("advance", ["manual", "poll"])
@pytest.mark.parametrize("prepare", [submit_held, submit_without_capacity, submit_ending])
def test_a_request_with_nothing_due(prepare: Prepare, advance: str, work: Work) -> None:
    """A request costs the same beside few and many jobs that wait, whether or not it moves time."""
    few, many = (lines_beside(prepare, work, jobs, advance=advance) for jobs in (FEW, MANY))
    assert many <= few * GROWTH


# Lives of jobs


def submit_plain(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit plain jobs."""
    for _ in range(jobs):
        submit(client)


def submit_array(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit an array job."""
    submit(client, arrayProperties={"size": jobs})


def submit_sequence(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit an array job whose children run one after another."""
    submit(client, arrayProperties={"size": jobs}, dependsOn=[{"type": "SEQUENTIAL"}])


def submit_chain(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs of which each depends on the one before it."""
    job_id = submit(client)
    for _ in range(jobs):
        job_id = submit(client, dependsOn=[{"jobId": job_id}])


def submit_dependents(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs that depend on one job."""
    job_id = submit(client)
    for _ in range(jobs):
        submit(client, dependsOn=[{"jobId": job_id}])


def submit_failing(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs that fail at different instants and use all of their attempts."""
    mock.script("*", *[fail(1, after=number) for number in range(1, 6)])
    for _ in range(jobs):
        submit(client, retryStrategy={"attempts": 5}, timeout={"attemptDurationSeconds": 60})
        mock.tick(0.1)


def submit_scripted(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs with a script of their own each, which end at different instants."""
    for number in range(jobs):
        mock.script(f"job-{number}", succeed(after=1 + number))
        submit(client, f"job-{number}")


def submit_of_many_sizes(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs of many sizes, which end at different instants."""
    mock.script(succeed(after=10))
    for number in range(jobs):
        size = asks(1 + number % 4, 256 + 100 * (number % 7))
        submit(client, containerOverrides=size)
        mock.tick(0.1)


def submit_of_own_sizes(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit jobs of which each asks for an amount of memory of its own."""
    mock.script(succeed(after=10))
    for number in range(jobs):
        submit(client, containerOverrides=asks(1, 256 + number))
        mock.tick(0.1)


def submit_to_services(mock: BatchMock, client: Any, jobs: int) -> None:
    """Submit service jobs that wait for each other."""
    submit_service_jobs(mock, client, jobs, max_instances=3)


FULL = {"max_vcpus": 8}
HOSTS = {"instance_types": ["m5.xlarge"]}


def life_of(
    prepare: Prepare, jobs: int, provided: dict[str, Any] | None = None, **options: Any
) -> float:
    """Return the executed lines for each job that runs to its end."""
    with mock_batch(region="us-east-1", **options) as mock:
        mock.provision(job_queue="queue", job_definition="definition", **(provided or {}))
        client = boto3.client("batch", region_name="us-east-1")
        prepare(mock, client, jobs)
        return lines_of(mock.run) / jobs


@pytest.mark.parametrize(
    ("prepare", "provided"),
    [
        (submit_plain, None),
        (submit_array, None),
        (submit_sequence, None),
        (submit_chain, None),
        (submit_dependents, None),
        (submit_failing, None),
        (submit_scripted, None),
        (submit_plain, FULL),
        (submit_array, FULL),
        (submit_failing, FULL),
        (submit_plain, HOSTS),
        (submit_of_many_sizes, HOSTS),
        (submit_of_own_sizes, HOSTS),
        (submit_plain, {**HOSTS, **FULL}),
        (submit_of_many_sizes, {**HOSTS, **FULL}),
        (submit_of_own_sizes, {**HOSTS, **FULL}),
        pytest.param(submit_to_services, None, marks=needs_todays_model),
    ],
)
def test_lives_of_many_jobs(prepare: Prepare, provided: dict[str, Any] | None) -> None:
    """The life of a job costs the same among few and many others."""
    few = life_of(prepare, FEW, provided)
    assert life_of(prepare, MANY, provided) <= few * GROWTH


# Events


def lines_to_match(mock: BatchMock, jobs: int, status: str, **detail: Any) -> float:
    """Return the executed lines for each job to select the events of a status."""
    pattern = {"detail": {"status": [status], **detail}}
    return lines_of(lambda: mock.events.matching(pattern)) / jobs


def test_events_of_many_jobs() -> None:
    """An event is read with the same work among few and many others."""
    each = []
    for jobs in (FEW, MANY):
        with provisioned_mock() as (mock, client):
            submit_array(mock, client, jobs)
            mock.run()
            deque(mock.events, maxlen=0)
            each.append(lines_of(lambda mock=mock: deque(mock.events, maxlen=0)) / len(mock.events))
    assert each[1] <= each[0] * GROWTH


def test_events_that_do_not_match() -> None:
    """Events are built only if they may match a pattern that reads more than their status."""
    with provisioned_mock() as (mock, client):
        submit_array(mock, client, MANY)
        mock.run()
        read_whole = {"container": {"exitCode": [0]}}
        pattern = {"detail": {"status": ["SUCCEEDED"], **read_whole}}
        assert len(mock.events.matching(pattern)) == MANY
        built = lines_to_match(mock, MANY, "SUCCEEDED", **read_whole)
        assert lines_to_match(mock, MANY, "FAILED", **read_whole) < built * 0.7
        assert lines_to_match(mock, MANY, "SUCCEEDED") < built * 0.7
