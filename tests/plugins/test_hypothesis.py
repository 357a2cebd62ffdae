"""Hypothesis tests: each example has its own mock, and only the last one's is kept."""

from __future__ import annotations

import gc
from typing import Any
from weakref import WeakSet

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchmock import BatchMock, BatchMockError, mock_batch
from batchmock.observe.started import STARTED

few = settings(max_examples=20, deadline=None, database=None)


@few
@given(count=st.integers(1, 3))
@mock_batch(region="us-east-1")
def test_decorator_below_given(batch_mock: BatchMock, count: int) -> None:
    """A mock below `@given` is started for each example."""
    assert len(batch_mock.calls) == 0
    for _ in range(count):
        boto3.client("batch").describe_job_queues()


@mock_batch(region="us-east-1")
@few
@given(count=st.integers(1, 3))
def test_decorator_above_given(batch_mock: BatchMock, count: int) -> None:
    """A mock above `@given` is started for each example too."""
    assert len(batch_mock.calls) == 0
    for _ in range(count):
        boto3.client("batch").describe_job_queues()


@mock_batch(region="us-east-1")
class TestClass:
    """A decorated class can have Hypothesis tests that are decorated themselves."""

    @few
    @given(count=st.integers(1, 3))
    @mock_batch(region="eu-west-1")
    def test_method(self, batch_mock: BatchMock, count: int) -> None:
        """Each example has its own mock."""
        assert len(batch_mock.calls) == 0
        client = boto3.client("batch")
        client.describe_job_queues()
        assert client.meta.region_name == "eu-west-1"


def test_class_whose_examples_would_share_a_mock() -> None:
    """A Hypothesis test without its own decorator is refused."""

    class Case:
        @given(st.integers())
        def test_it(self, number: int) -> None: ...

    with pytest.raises(BatchMockError) as caught:
        mock_batch(Case)
    assert str(caught.value) == (
        "batchmock: Case.test_it is a test of Hypothesis, and mock_batch on its class starts one mock for "
        "all of its examples. Decorate the method, so that each example has its own mock: @given(...), "
        "below it @mock_batch, and below that def test_it(self, batch_mock, ...)."
    )


def test_mocks_of_earlier_examples_are_not_kept() -> None:
    """Of many examples, only the mock of the last is kept."""
    alive: WeakSet[Any] = WeakSet()
    most = 0

    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers())
    def check(number: int) -> None:
        nonlocal most
        with mock_batch(region="us-east-1") as batch_mock:
            alive.add(batch_mock)
        gc.collect()
        most = max(most, len(alive))

    with STARTED.keep_track() as kept:
        check()
        assert len(kept) == 1
    assert most <= 3


def test_many_mocks_one_after_another() -> None:
    """A test that starts very many mocks keeps the latest ten."""
    with STARTED.keep_track() as kept:
        for number in range(30):
            with mock_batch(seed=number) as batch_mock:
                pass
        assert len(kept) == 10
        assert kept[-1] is batch_mock


def test_report_of_a_failing_property(pytester: pytest.Pytester) -> None:
    """A failing property shows the mock of its last replay."""
    pytester.makepyfile(
        """
        import boto3
        from batchmock import mock_batch
        from hypothesis import given, settings, strategies as st

        @settings(deadline=None, database=None)
        @given(st.integers(0, 100))
        def test_it(number):
            with mock_batch(region="us-east-1") as batch_mock:
                batch_mock.provision("queue", "definition")
                boto3.client("batch").submit_job(
                    jobName=f"job-{number}", jobQueue="queue", jobDefinition="definition")
                assert number < 10
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    printed = str(result.stdout)
    assert printed.count("- batchmock -") == 1
    assert "job-10" in printed.partition("- batchmock -")[2]


@pytest.mark.parametrize("advance", ["manual", "sleep"])
def test_mocks_with_jobs_are_freed(advance: str) -> None:
    """Of many mocks with jobs in one test, nothing but the latest ten is alive after a collection."""
    alive: WeakSet[Any] = WeakSet()
    client = boto3.client("batch", region_name="us-east-1")
    with STARTED.keep_track() as kept:
        for _ in range(15):
            with mock_batch(advance=advance) as batch_mock:
                batch_mock.provision(job_queue="queue", job_definition="definition")
                client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")
                batch_mock.run()
            alive.add(batch_mock)
        gc.collect()
        assert set(map(id, alive)) == set(map(id, kept))
        assert len(kept) == 10
