from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from batchmock import BatchMock, fail, mock_batch
from batchmock.interception import hooks

get_session: Any = pytest.importorskip("aiobotocore.session").get_session

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}


async def queues(client: Any) -> list[str]:
    """Return the names of the job queues that a client lists."""
    reply = await client.describe_job_queues()
    return [queue["jobQueueName"] for queue in reply["jobQueues"]]


async def submit(client: Any, job_name: str = "job") -> str:
    """Submit a job and return its id."""
    reply = await client.submit_job(
        jobName=job_name, jobQueue="job-queue", jobDefinition="job-definition"
    )
    return str(reply["jobId"])


async def test_client_without_credentials_or_region() -> None:
    """A client needs no credentials, region or network."""
    async with mock_batch(region="eu-west-1") as batch_mock:
        batch_mock.provision(job_queue="mine")
        async with get_session().create_client("batch") as client:
            assert client.meta.region_name == "eu-west-1"
            assert await queues(client) == ["mine"]


async def test_client_made_before() -> None:
    """The mock answers a client that was created before it started."""
    async with get_session().create_client("batch", "us-east-1", **KEYS) as client:
        with mock_batch() as batch_mock:
            batch_mock.provision(job_queue="mine")
            assert await queues(client) == ["mine"]


async def test_session_made_before() -> None:
    """The mock answers a client of a session that was created before it started."""
    session = get_session()
    with mock_batch() as batch_mock:
        batch_mock.provision(job_queue="mine")
        async with session.create_client("batch") as client:
            assert await queues(client) == ["mine"]


async def test_client_survives_its_mock() -> None:
    """A client that was created during one mock is answered by the next, and by the innermost of two."""
    with mock_batch() as first:
        first.provision(job_queue="first")
        async with get_session().create_client("batch") as client:
            with mock_batch() as second:
                second.provision(job_queue="second")
                assert await queues(client) == ["second"]
            assert await queues(client) == ["first"]
            first.stop()
            with mock_batch() as third:
                third.provision(job_queue="third")
                assert await queues(client) == ["third"]
            first.start()


MADE_BEFORE_THE_IMPORT = """
import asyncio, json, sys
from aiobotocore.session import get_session

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}

async def main():
    session = get_session()
    async with session.create_client("batch", "us-east-1", **KEYS) as old:
        assert "batchmock" not in sys.modules
        from batchmock import mock_batch

        with mock_batch(region="us-east-1") as batch_mock:
            batch_mock.provision(job_queue="mine")
            async with session.create_client("batch") as new:
                for client in (old, new):
                    reply = await client.describe_job_queues()
                    print(reply["jobQueues"][0]["jobQueueName"])

asyncio.run(main())
"""


def test_made_before_batchmock_was_imported() -> None:
    """The mock answers clients and sessions that were created before `import batchmock`."""
    done = subprocess.run(
        [sys.executable, "-c", MADE_BEFORE_THE_IMPORT], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["mine", "mine"]


@pytest.fixture
def batch_mock() -> Any:
    """A started mock with a queue and a definition."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        mock.provision()
        yield mock


async def test_lifecycle(batch_mock: BatchMock) -> None:
    """A client sees a job submitted, failed, retried and ended."""
    batch_mock.script("job", fail(3))
    async with get_session().create_client("batch") as client:
        job_id = await submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        (job,) = (await client.describe_jobs(jobs=[job_id]))["jobs"]
        assert job["status"] == "RUNNING"
        batch_mock.run()
        (job,) = (await client.describe_jobs(jobs=[job_id]))["jobs"]
    assert job["status"] == "FAILED"
    assert job["container"]["exitCode"] == 3
    assert [call.operation for call in batch_mock.calls] == [
        "SubmitJob",
        "DescribeJobs",
        "DescribeJobs",
    ]


async def test_same_reply_as_a_sync_client(batch_mock: BatchMock) -> None:
    """An async and a sync client get the same replies, including headers."""
    sync_client = boto3.client("batch")
    async with get_session().create_client("batch") as client:
        replies = [await client.describe_job_queues(), sync_client.describe_job_queues()]
    for reply in replies:
        request_id = reply["ResponseMetadata"]["RequestId"]
        assert reply["ResponseMetadata"]["HTTPHeaders"].pop("x-amzn-requestid") == request_id
        reply["ResponseMetadata"].pop("RequestId")
    assert replies[0] == replies[1]


async def test_modelled_exception(batch_mock: BatchMock) -> None:
    """A refusal is raised as an exception class of the client."""
    async with get_session().create_client("batch") as client:
        with pytest.raises(client.exceptions.ClientException) as caught:
            await client.submit_job(jobName="job", jobQueue="other", jobDefinition="definition")
    assert isinstance(caught.value, ClientError)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Error"]["Code"] == "ClientException"
    assert len(batch_mock.jobs) == 0


async def test_parameters_are_checked_by_the_client(batch_mock: BatchMock) -> None:
    """A request that botocore rejects does not reach the mock."""
    async with get_session().create_client("batch") as client:
        with pytest.raises(ParamValidationError, match="jobQueue"):
            await client.submit_job(jobName="job", jobDefinition="definition")
    assert len(batch_mock.calls) == 0


async def test_calls_at_once(batch_mock: BatchMock) -> None:
    """Concurrent calls each get a reply, and each submits a job."""
    async with get_session().create_client("batch") as client:
        job_ids = await asyncio.gather(*(submit(client, f"job-{n}") for n in range(20)))
        batch_mock.run()
        jobs = (await client.describe_jobs(jobs=job_ids))["jobs"]
    assert [job["jobName"] for job in jobs] == [f"job-{n}" for n in range(20)]
    assert {job["status"] for job in jobs} == {"SUCCEEDED"}


async def test_clients_at_once(batch_mock: BatchMock) -> None:
    """Each task can have its own client."""

    async def submit_alone(n: int) -> str:
        async with get_session().create_client("batch") as client:
            return await submit(client, f"job-{n}")

    job_ids = await asyncio.gather(*map(submit_alone, range(5)))
    assert sorted(job_ids) == sorted(job.id for job in batch_mock.jobs)


async def pages_of(paginator: Any, **question: Any) -> list[int]:
    """Return the lengths of the pages of a list of jobs."""
    pages: AsyncIterator[Any] = paginator.paginate(jobQueue="job-queue", **question)
    return [len(page["jobSummaryList"]) async for page in pages]


async def test_paginator(batch_mock: BatchMock) -> None:
    """An async paginator iterates over pages, and combines them into one result."""
    async with get_session().create_client("batch") as client:
        for n in range(5):
            await submit(client, f"job-{n}")
        paginator = client.get_paginator("list_jobs")
        question = {"jobStatus": "SUBMITTED", "PaginationConfig": {"PageSize": 2}}
        assert await pages_of(paginator, **question) == [2, 2, 1]
        result = await paginator.paginate(jobQueue="job-queue", **question).build_full_result()
    names = sorted(summary["jobName"] for summary in result["jobSummaryList"])
    assert names == [f"job-{n}" for n in range(5)]


async def test_decorated_function() -> None:
    """`@mock_batch` on an async function covers every await in it."""

    @mock_batch(region="eu-west-1")
    async def look(batch_mock: BatchMock, name: str) -> list[str]:
        batch_mock.provision(job_queue=name)
        async with get_session().create_client("batch") as client:
            await asyncio.sleep(0)
            return await queues(client)

    given: Any = look
    assert await given(name="first") == ["first"]
    assert await given(name="second") == ["second"]


async def test_handler_of_the_users_own(batch_mock: BatchMock) -> None:
    """Event handlers of the user, including async ones, see a call as they would without a mock."""
    seen = []

    async def look(**event: Any) -> None:
        await asyncio.sleep(0)
        seen.append(event["event_name"])

    async with get_session().create_client("batch") as client:
        client.meta.events.register("before-parameter-build.batch", look)
        client.meta.events.register("after-call.batch", look)
        await client.describe_job_queues()
    assert seen == [
        "before-parameter-build.batch.DescribeJobQueues",
        "after-call.batch.DescribeJobQueues",
    ]


async def test_request_that_got_past(batch_mock: BatchMock) -> None:
    """A client that lost its handler is answered all the same, and sends nothing."""
    batch_mock.provision()
    async with get_session().create_client("batch", "us-east-1", **KEYS) as client:
        client.meta.events.unregister(hooks.BEFORE_CALL, hooks.answer_call)
        assert await queues(client) == ["job-queue"]


async def test_no_mock_is_active() -> None:
    """Without an active mock, a Batch request is sent."""

    class Sent(Exception): ...

    def note(request: Any, **_: Any) -> None:
        raise Sent(request.url)

    with mock_batch():
        pass
    async with get_session().create_client("batch", "us-east-1", **KEYS) as client:
        client.meta.events.register("before-send.batch", note)
        with pytest.raises(Sent, match=r"https://batch\.us-east-1\.amazonaws\.com/"):
            await client.describe_job_queues()


async def test_accounts_of_clients_are_apart() -> None:
    """A client whose credentials name an account belongs to that account."""
    with mock_batch(region="us-east-1", account_id="111111111111") as batch_mock:
        batch_mock.provision(job_queue="first")
        try:
            making = get_session().create_client("batch", **KEYS, aws_account_id="222222222222")
            async with making as client:
                assert await queues(client) == []
        except TypeError as error:
            pytest.skip(f"this aiobotocore can't be told the account of its keys: {error}")
