from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from batchmock import (
    BatchMock,
    ProgramKilled,
    connection_error,
    lost_reply,
    mock_batch,
    program_killed,
    read_timeout,
    server_error,
    slow_reply,
    throttled,
)

get_session: Any = pytest.importorskip("aiobotocore.session").get_session
AioConfig: Any = pytest.importorskip("aiobotocore.config").AioConfig

MODES = ["legacy", "standard", "adaptive"]


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A started mock with a queue and a definition, in which sleeps take no time."""
    with mock_batch(region="us-east-1", advance="sleep") as mock:
        mock.provision()
        yield mock


def client_that_tries(mode: str, times: int) -> Any:
    """Return the context of a client with this number of attempts for each call."""
    retries = {"mode": mode, "total_max_attempts": times}
    return get_session().create_client("batch", config=AioConfig(retries=retries))


async def submit(client: Any) -> Any:
    """Submit a job and return the reply."""
    return await client.submit_job(
        jobName="job", jobQueue="job-queue", jobDefinition="job-definition"
    )


@pytest.mark.parametrize(
    ("mode", "fault"),
    [
        *((mode, throttled()) for mode in MODES),
        ("standard", server_error()),
        ("standard", connection_error()),
        ("standard", read_timeout()),
    ],
)
async def test_retried(batch_mock: BatchMock, mode: str, fault: Any) -> None:
    """A call that is retried twice submits one job, without credentials."""
    batch_mock.inject("SubmitJob", fault, times=2)
    async with client_that_tries(mode, 3) as client:
        reply = await submit(client)
    assert reply["ResponseMetadata"]["RetryAttempts"] == 2
    assert batch_mock.jobs.only().id == reply["jobId"]
    assert batch_mock.calls.count("SubmitJob") == 3


@pytest.mark.parametrize("mode", MODES)
async def test_retries_exhausted(batch_mock: BatchMock, mode: str) -> None:
    """A client without attempts left raises the error of the service."""
    batch_mock.inject("SubmitJob", throttled(), times=3)
    async with client_that_tries(mode, 3) as client:
        with pytest.raises(ClientError) as caught:
            await submit(client)
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert len(batch_mock.jobs) == 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (connection_error(), EndpointConnectionError),
        (read_timeout(), ReadTimeoutError),
        (lost_reply(), ConnectionClosedError),
    ],
)
async def test_connection_that_breaks(
    batch_mock: BatchMock, fault: Any, error: type[Exception]
) -> None:
    """A client that does not retry raises the connection error."""
    batch_mock.inject("SubmitJob", fault)
    async with client_that_tries("standard", 1) as client:
        with pytest.raises(error):
            await submit(client)
    assert len(batch_mock.jobs) == (1 if fault == lost_reply() else 0)


async def test_lost_reply_makes_a_second_job(batch_mock: BatchMock) -> None:
    """A retry after a lost reply submits a second job, as on AWS."""
    batch_mock.inject("SubmitJob", lost_reply())
    async with client_that_tries("standard", 2) as client:
        reply = await submit(client)
    assert [job.id for job in batch_mock.jobs][1:] == [reply["jobId"]]


async def test_faults_among_calls_at_once(batch_mock: BatchMock) -> None:
    """Of several concurrent calls, exactly those that hit a fault are retried."""
    batch_mock.inject("SubmitJob", throttled(), times=5)
    async with client_that_tries("standard", 10) as client:
        replies = await asyncio.gather(*(submit(client) for _ in range(10)))
    assert len({reply["jobId"] for reply in replies}) == len(batch_mock.jobs) == 10
    assert sum(reply["ResponseMetadata"]["RetryAttempts"] for reply in replies) == 5


def test_other_tasks_run_while_a_reply_is_slow(batch_mock: BatchMock) -> None:
    """Only the task that waits for a slow reply waits."""
    order = []

    async def ask(client: Any) -> None:
        reply = await client.describe_job_queues()
        order.append(len(reply["jobQueues"]))

    async def other() -> None:
        await asyncio.sleep(20)
        order.append("other")

    async def main() -> None:
        async with client_that_tries("standard", 1) as client:
            await asyncio.gather(ask(client), other())

    batch_mock.inject("DescribeJobQueues", slow_reply(60))
    before = batch_mock.clock.epoch_ms
    asyncio.run(main())
    assert order == ["other", 1]
    assert batch_mock.clock.epoch_ms - before == 60_000
    assert batch_mock.sleeps == [20]


def test_a_timeout_ends_a_slow_call(batch_mock: BatchMock) -> None:
    """A timeout around the call ends it, although the request is carried out."""

    async def main() -> None:
        async with client_that_tries("standard", 1) as client:
            await asyncio.wait_for(submit(client), 10)

    batch_mock.inject("SubmitJob", slow_reply(60))
    before = batch_mock.clock.epoch_ms
    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(main())
    assert batch_mock.clock.epoch_ms - before == 10_000
    assert len(batch_mock.jobs) == 1


def test_the_clock_moves_without_simulated_sleeps() -> None:
    """Without `advance="sleep"` the reply moves the clock."""

    async def main() -> None:
        async with client_that_tries("standard", 1) as client:
            await client.describe_job_queues()

    with mock_batch(region="us-east-1") as mock:
        mock.inject("DescribeJobQueues", slow_reply(60))
        before = mock.clock.epoch_ms
        asyncio.run(main())
        assert mock.clock.epoch_ms - before == 60_000


@pytest.mark.parametrize("mode", MODES)
def test_a_program_is_killed(batch_mock: BatchMock, mode: str) -> None:
    """`ProgramKilled` ends the event loop, and no retry catches it."""

    async def main() -> None:
        async with client_that_tries(mode, 3) as client:
            await submit(client)

    batch_mock.inject("SubmitJob", program_killed())
    with pytest.raises(ProgramKilled):
        asyncio.run(main())
    assert len(batch_mock.jobs) == 1
