from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import boto3
import pytest
from freezegun import freeze_time

from batchmock import BatchMock, BatchMockError, call, mock_batch, slow_reply, throttled

from ..builders import submit
from ..conftest import START
from .conftest import MakeClient


@pytest.fixture
def sleeps() -> list[float]:
    """Keep the real `time.sleep`, which is simulated where a test needs it."""
    return []


def test_the_reply_takes_simulated_time(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """The request is carried out when it arrives, and jobs move until its reply comes."""
    batch_mock.inject("SubmitJob", slow_reply(30))
    job_id = submit(make_client())
    assert (
        batch_mock.clock.epoch_ms - batch_mock.job(job_id).created_at.timestamp() * 1000 == 30_000
    )
    assert batch_mock.job(job_id).status == "SUCCEEDED"
    assert batch_mock.calls.of("SubmitJob")[0].at == batch_mock.job(job_id).created_at


def test_the_reply_shows_the_state_at_its_arrival(
    batch_mock: BatchMock, make_client: MakeClient
) -> None:
    """A slow reply is stale when it comes."""
    client = make_client()
    job_id = submit(client)
    batch_mock.inject("DescribeJobs", slow_reply(60))
    assert client.describe_jobs(jobs=[job_id])["jobs"][0]["status"] == "SUBMITTED"
    assert batch_mock.job(job_id).status == "SUCCEEDED"


@pytest.mark.parametrize("advance", ["manual", "poll", "wall", "sleep"])
def test_in_every_mode_of_time(advance: Any) -> None:
    """The clock moves by the delay, without a record of a sleep of the code under test."""
    with mock_batch(region="us-east-1", start=START, advance=advance) as mock:
        before = mock.clock.now
        mock.inject("DescribeJobQueues", slow_reply(timedelta(hours=1)))
        boto3.client("batch").describe_job_queues()
        assert mock.clock.now - before >= timedelta(hours=1)
        assert mock.sleeps == []


def test_with_a_frozen_time() -> None:
    """A time that the test has frozen moves along."""
    with freeze_time("2026-01-05T09:00:00Z") as frozen, mock_batch(region="us-east-1") as mock:
        mock.inject("DescribeJobQueues", slow_reply(90))
        boto3.client("batch").describe_job_queues()
        assert frozen().isoformat() == "2026-01-05T09:01:30"


def test_other_threads_run_meanwhile() -> None:
    """Under `advance="sleep"` another thread sleeps and works while the reply is on its way."""
    with mock_batch(region="us-east-1", start=START, advance="sleep") as mock:
        mock.inject("DescribeJobQueues", slow_reply(60))
        client, order = boto3.client("batch"), []

        def other() -> None:
            time.sleep(20)
            order.append("other")

        thread = threading.Thread(target=other)
        thread.start()
        client.describe_job_queues()
        order.append("reply")
        thread.join()
        assert order == ["other", "reply"]


def test_an_answer_is_no_failure(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """The call has its reply and its fault, and does not count as failed."""
    batch_mock.inject("DescribeJobQueues", slow_reply(5))
    make_client().describe_job_queues()
    (answered,) = batch_mock.calls.of("DescribeJobQueues")
    assert (answered.fault, answered.has_failed) == (slow_reply(5), False)
    assert answered.response is not None
    assert "slow_reply(5)" in str(batch_mock.report())


def test_a_refusal_is_slow_too(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """A request that the service refuses gets its error late."""
    client = make_client()
    batch_mock.inject("SubmitJob", slow_reply(5))
    before = batch_mock.clock.epoch_ms
    with pytest.raises(client.exceptions.ClientException):
        client.submit_job(jobName="a", jobQueue="nope", jobDefinition="nope")
    assert batch_mock.clock.epoch_ms - before == 5_000


def test_each_try_of_a_client(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """A retry may be slow as well."""
    batch_mock.inject("DescribeJobQueues", throttled())
    batch_mock.inject("DescribeJobQueues", slow_reply(7))
    before = batch_mock.clock.epoch_ms
    make_client().describe_job_queues()
    assert batch_mock.clock.epoch_ms - before == 7_000


def test_inside_the_function_of_a_job(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """Time stands still inside the function of a job, so the reply comes at once."""
    client = make_client()
    batch_mock.script("outer", call(lambda _: submit(client, "inner") and None))
    submit(client, "outer")
    batch_mock.inject("SubmitJob", slow_reply(3600))
    batch_mock.run()
    assert batch_mock.jobs.named("inner").only().status == "SUCCEEDED"
    assert batch_mock.clock.now - batch_mock.jobs[0].created_at < timedelta(minutes=1)


def test_inside_the_function_of_a_job_that_may_sleep() -> None:
    """Where the function of a job can sleep, it waits for its slow reply."""
    with mock_batch(region="us-east-1", start=START, advance="sleep") as mock:
        mock.provision("queue", "definition")
        client, passed = boto3.client("batch"), []

        def function(_: object) -> None:
            before = mock.clock.now
            submit(client, "inner")
            passed.append(mock.clock.now - before)

        mock.script("outer", call(function))
        submit(client, "outer")
        mock.inject("SubmitJob", slow_reply(3600))
        mock.run()
    assert passed == [timedelta(hours=1)]


@pytest.mark.parametrize("seconds", [-1, timedelta(seconds=-1), float("nan"), "5", True])
def test_no_length_of_time(seconds: Any) -> None:
    """A negative delay, or one that is no length of time, is an error."""
    with pytest.raises(BatchMockError, match=r"^batchmock: slow_reply\(seconds\) is "):
        slow_reply(seconds)
