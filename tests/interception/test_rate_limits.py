from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import botocore.retries.bucket
import pytest
from botocore.config import Config
from botocore.exceptions import CapacityNotAvailableError

from batchmock import BatchMock, mock_batch, throttled

BUCKET = botocore.retries.bucket.TokenBucket
CLOCK = botocore.retries.bucket.Clock


def adaptive_client() -> Any:
    """Return a client that applies a rate limit once it has been throttled."""
    retries = {"mode": "adaptive", "total_max_attempts": 4}
    return boto3.client("batch", region_name="us-east-1", config=Config(retries=retries))


@pytest.fixture
def no_real_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail when a client waits on a condition variable."""
    # The first mock of a process starts a thread, which is waited for.
    with mock_batch(region="us-east-1", advance="sleep"):
        pass

    def wait(*args: Any) -> None:
        raise AssertionError("waited for real")

    monkeypatch.setattr("threading.Condition.wait", wait)


@pytest.mark.usefixtures("no_real_wait")
@pytest.mark.parametrize("freeze", [False, True])
def test_slept_for(freeze: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A throttled client in adaptive mode waits for its token in simulated time, like its back-off."""
    # botocore's back-off is random, and a long one fills the bucket.
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.1)
    with mock_batch(region="us-east-1", advance="sleep", freeze=freeze) as batch_mock:
        batch_mock.inject("*", throttled(), times=3)
        before = batch_mock.clock.epoch_ms
        adaptive_client().describe_job_queues()
        assert [call.try_number for call in batch_mock.calls] == [1, 2, 3, 4]
        passed = (batch_mock.clock.epoch_ms - before) / 1000
        assert len(batch_mock.sleeps) > 3
        assert passed == pytest.approx(sum(batch_mock.sleeps), abs=0.01)


@pytest.mark.usefixtures("no_real_wait")
def test_calls_that_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later calls wait for their tokens too, at about the configured rate."""
    monkeypatch.setattr(CLOCK, "current_time", lambda self: 1000.0)
    with mock_batch(region="us-east-1", advance="sleep") as batch_mock:
        batch_mock.inject("*", throttled())
        client = adaptive_client()
        client.describe_job_queues()
        del batch_mock.sleeps[:]
        batch_mock.inject("*", throttled())
        client.describe_job_queues()
        assert all(0 < slept <= 2.001 for slept in batch_mock.sleeps)


def bucket_of_one() -> Any:
    """Return an exhausted rate limiter with one token every two seconds."""
    bucket = BUCKET(max_rate=0.5, clock=CLOCK())
    bucket._current_capacity = 0
    return bucket


def start_sleeping(batch_mock: BatchMock) -> None:
    """Make rate limiters sleep, as a fault that hits a request does."""
    batch_mock.inject("DescribeJobQueues", throttled())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", lambda seconds: None)
        boto3.client("batch", region_name="us-east-1").describe_job_queues()


def test_not_waited_for(batch_mock: BatchMock) -> None:
    """A rate limiter asked not to block raises when no token is available."""
    start_sleeping(batch_mock)
    with pytest.raises(CapacityNotAvailableError):
        bucket_of_one().acquire(block=False)


def test_open_while_one_sleeps(batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread waits for its token, another can acquire one and the rate can change."""
    start_sleeping(batch_mock)
    bucket = bucket_of_one()

    def sleep(seconds: float) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(setattr, bucket, "max_rate", 2).result(timeout=5)

    monkeypatch.setattr("time.sleep", sleep)
    assert bucket.acquire()


def test_put_back() -> None:
    """After the last mock, clients wait as botocore does, and an ordinary call changes nothing."""
    before = BUCKET._acquire
    with mock_batch(region="us-east-1"):
        with mock_batch(region="us-east-1") as inner:
            boto3.client("batch").describe_job_queues()
            assert BUCKET._acquire is before
            start_sleeping(inner)
            start_sleeping(inner)
        assert BUCKET._acquire is not before
    assert BUCKET._acquire is before
