from __future__ import annotations

from typing import Any

import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    Outcome,
    call,
    fail,
    hang,
    no_service_capacity,
    out_of_memory,
    succeed,
)

from ..builders import shared_client, submit
from ..operations.family_requests import register_nodes
from ..operations.service_requests import submit as submit_service


@pytest.fixture
def client(batch_mock: BatchMock) -> Any:
    """A client on a mock with a queue and a definition."""
    batch_mock.provision("queue", "definition")
    return shared_client()


def exit_codes(batch_mock: BatchMock, name: str = "job") -> list[int | None]:
    """Return the exit codes of the attempts of a job."""
    return [attempt.exit_code for attempt in batch_mock.jobs.named(name).only().attempts]


@pytest.mark.parametrize("is_before", [True, False])
def test_whatever_scripts_say(batch_mock: BatchMock, client: Any, is_before: bool) -> None:
    """An override wins over scripts from before and after it."""
    if is_before:
        batch_mock.script("job", fail(7))
    batch_mock.override("job", fail(3))
    batch_mock.script("*", fail(9)) if not is_before else None
    submit(client)
    batch_mock.run()
    assert exit_codes(batch_mock) == [3]


def test_one_attempt(batch_mock: BatchMock, client: Any) -> None:
    """With a number, the other attempts end as scripted."""
    batch_mock.override("jo*", fail(3), attempt=2)
    batch_mock.script("job", fail(1), succeed(), fail(5))
    submit(client, retryStrategy={"attempts": 3})
    batch_mock.run()
    assert exit_codes(batch_mock) == [1, 3, 5]


def test_every_attempt(batch_mock: BatchMock, client: Any) -> None:
    """Without a number, every attempt ends so."""
    batch_mock.override("job", out_of_memory())
    submit(client, retryStrategy={"attempts": 2})
    submit(client, "other")
    batch_mock.run()
    assert exit_codes(batch_mock) == [137, 137]
    assert exit_codes(batch_mock, "other") == [0]


def test_the_newest_wins(batch_mock: BatchMock, client: Any) -> None:
    """Of two overrides for an attempt, the newer wins."""
    batch_mock.override("job", fail(3))
    batch_mock.override("*", fail(4), attempt=1)
    submit(client, retryStrategy={"attempts": 2})
    batch_mock.run()
    assert exit_codes(batch_mock) == [4, 3]


def test_stages_and_functions(batch_mock: BatchMock, client: Any) -> None:
    """The stages of the overriding outcome count, and a scripted function does not run."""
    ran: list[int] = []
    batch_mock.script("job", call(lambda context: ran.append(1), after=5))
    batch_mock.override("job", succeed(after=100, runnable=10, starting=20))
    job_id = submit(client)
    batch_mock.run()
    job = batch_mock.job(job_id)
    assert job.started_at is not None
    assert job.stopped_at is not None
    assert (job.stopped_at - job.started_at).total_seconds() == 100
    assert (job.started_at - job.created_at).total_seconds() == 31
    assert ran == []


def test_children_and_nodes(batch_mock: BatchMock, client: Any) -> None:
    """Children of an array job and nodes of a multi-node job have the name of their job."""
    register_nodes(client, nodes=2)
    batch_mock.override("*", fail(3))
    array = submit(client, "array", arrayProperties={"size": 2})
    nodes = submit(client, "nodes", jobDefinition="nodes")
    batch_mock.run()
    assert [child.attempts[0].exit_code for child in batch_mock.job(array).children] == [3, 3]
    assert batch_mock.job(nodes).status == "FAILED"


def test_service_jobs(batch_mock: BatchMock, client: Any) -> None:
    """Service jobs are overridden too."""
    batch_mock.provision_service_jobs(job_queue="services")
    batch_mock.script("train", succeed())
    batch_mock.override("train", fail(3), attempt=1)
    job_id = submit_service(client, "train", jobQueue="services")
    batch_mock.run()
    assert batch_mock.service_job(job_id).status == "FAILED"


def test_a_later_override_of_a_running_job(batch_mock: BatchMock, client: Any) -> None:
    """An attempt that is RUNNING already keeps its outcome."""
    batch_mock.script("job", hang())
    batch_mock.run_until(submit(client), "RUNNING")
    batch_mock.override("job", fail(3))
    batch_mock.tick(1000)
    assert batch_mock.jobs.only().status == "RUNNING"


def test_an_overridden_outcome_counts_as_met(batch_mock: BatchMock, client: Any) -> None:
    """A script that is overridden is not reported as unused."""
    batch_mock.script("job", succeed())
    batch_mock.override("job", fail(3))
    submit(client)
    batch_mock.run()
    batch_mock.check_all_used()


@pytest.mark.parametrize("attempt", [0, -1, 1.5, "1", True])
def test_no_attempt(batch_mock: BatchMock, attempt: Any) -> None:
    """An attempt is a whole number from 1 on."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.override("job", fail(), attempt=attempt)
    assert str(caught.value) == (
        f"batchmock: override('job') got attempt={attempt!r}. Pass the number of an attempt, 1 for the "
        "first, or leave it out for every attempt."
    )


@pytest.mark.parametrize("outcome", [fail, "fail", None, [fail()]])
def test_no_outcome(batch_mock: BatchMock, outcome: Any) -> None:
    """Anything but an outcome is an error."""
    with pytest.raises(
        BatchMockError, match=r"^batchmock: override\('job'\) got .*, which is not an outcome"
    ):
        batch_mock.override("job", outcome)


@pytest.mark.parametrize("name", [fail(), None, 5])
def test_no_name(batch_mock: BatchMock, name: Any) -> None:
    """Anything but a name is an error that shows the order of the arguments."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.override(name, fail())
    assert str(caught.value) == (
        f"batchmock: override() got {name!r} as the job name. Pass a name or glob first, then the outcome: "
        'override("train-*", out_of_memory()).'
    )


def test_never_any_capacity(batch_mock: BatchMock) -> None:
    """A service job that never finds capacity would never end."""
    with pytest.raises(BatchMockError, match="would be tried again forever"):
        batch_mock.override("train", no_service_capacity())


def test_no_capacity_once(batch_mock: BatchMock, client: Any) -> None:
    """One try of a service job may find no capacity."""
    batch_mock.provision_service_jobs(job_queue="services")
    batch_mock.override("train", no_service_capacity(), attempt=1)
    job_id = submit_service(client, "train", jobQueue="services")
    batch_mock.run()
    assert batch_mock.service_job(job_id).status == "SUCCEEDED"


def test_a_misspelt_argument(batch_mock: BatchMock) -> None:
    """A misspelt argument is an error that suggests the right one."""
    override: Any = batch_mock.override
    with pytest.raises(TypeError, match="Did you mean 'attempt'"):
        override("job", Outcome("exit", "x"), atempt=1)
