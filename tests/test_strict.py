"""Prepared things that are never used: an error under `strict`, otherwise a section of the report."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    fail,
    hang,
    mock_batch,
    slow_reply,
    succeed,
    throttled,
)

from .builders import shared_client, submit

Prepare = Callable[[BatchMock], object]
OPTIONS: dict[str, Any] = {"region": "us-east-1", "strict": True}


def prepared(batch_mock: BatchMock, prepare: Prepare) -> Any:
    """Provision resources, prepare something, and return a client."""
    batch_mock.provision("queue", "definition")
    prepare(batch_mock)
    return shared_client()


@pytest.mark.parametrize(
    ("prepare", "unused"),
    [
        (
            lambda mock: mock.script("tarin", fail()),
            "script('tarin', fail(1)): no attempt of any job matched it. Did you mean 'train'?",
        ),
        (
            lambda mock: mock.script("train", fail(), job_queue="other"),
            "script('train', fail(1), job_queue='other'): no attempt of any job matched it. Job 'train' "
            "matches the name, but not the other conditions.",
        ),
        (
            lambda mock: (mock.script("train", fail()), mock.script("train", succeed())),
            "script('train', fail(1)): no attempt of any job matched it. Job 'train' matches, but none of "
            "its attempts became RUNNABLE, or a newer script matched them.",
        ),
        (
            lambda mock: mock.script("train", fail(), succeed()),
            "script('train', fail(1), succeed()): no attempt met outcome 2, succeed(). Its jobs may have "
            "1 attempt: submit them with retryStrategy={'attempts': 2}, or remove the outcome.",
        ),
        (
            lambda mock: (mock.hold("trian", at="STARTING"), mock.release("trian")),
            "hold('trian', at='STARTING'): no job matched it. Did you mean 'train'?",
        ),
        (
            lambda mock: mock.hold("train", at="PENDING"),
            "hold('train', at='PENDING'): job 'train' matches, but was not PENDING meanwhile.",
        ),
        (
            lambda mock: (mock.hold("train"), mock.release("train")),
            "hold('train', at='RUNNABLE'): job 'train' matches, but was not RUNNABLE meanwhile.",
        ),
        (
            lambda mock: mock.inject("ListJobs", throttled(), times=2, skip=1),
            "inject('ListJobs', throttled(), times=2, skip=1): no request met it.",
        ),
        (
            lambda mock: mock.inject("ListJobs", slow_reply(5)),
            "inject('ListJobs', slow_reply(5)): no request met it.",
        ),
        (
            lambda mock: mock.lag("trian", 10),
            "lag('trian', 10): no job matched it. Did you mean 'train'?",
        ),
        (
            lambda mock: mock.lag("train", 10),
            "lag('train', 10): job 'train' matches, but it hid the job from no request.",
        ),
        (
            lambda mock: mock.expire("train", after=5),
            "expire('train', after=5): job 'train' has ended, but has not been forgotten yet.",
        ),
        (
            lambda mock: (mock.expire("train"), mock.expire("train", after=5)),
            "expire('train', after=5): job 'train' matches, but was forgotten before.",
        ),
        (
            lambda mock: mock.expire("trian", after=5),
            "expire('trian', after=5): no finished job matched it. Did you mean 'train'?",
        ),
        (
            lambda mock: mock.override("trian", fail()),
            "override('trian', fail(1)): no attempt of any job met it. Did you mean 'train'?",
        ),
        (
            lambda mock: mock.override("tr*", fail(), attempt=2),
            "override('tr*', fail(1), attempt=2): no attempt of any job met it. Its jobs had 1 attempt.",
        ),
        (
            lambda mock: mock.script("train", fail(), compute_environment="spot"),
            "script('train', fail(1), compute_environment='spot'): no attempt of any job matched it. Job "
            "'train' matches, but none of its attempts was placed in that compute environment.",
        ),
        (
            lambda mock: mock.disturb_events({"detail": {"status": ["SUCEEDED"]}}, delay=5),
            'disturb_events({"detail": {"status": ["SUCEEDED"]}}, delay=5): no event was delivered that '
            "matches it. No event has the status 'SUCEEDED'. Did you mean 'SUCCEEDED'?",
        ),
        (
            lambda mock: mock.disturb_events(duplicates=True),
            "disturb_events(duplicates=True): no event was delivered that matches it. Nothing subscribes "
            "to events.",
        ),
        (
            lambda mock: (mock.exhaust("compute-environment"), mock.restore("compute-environment")),
            "exhaust('compute-environment'): no job waited for that compute environment meanwhile.",
        ),
        (
            lambda mock: mock.subscribe(print, {"detail": {"status": ["SUCEEDED"]}}),
            'subscribe(print, {"detail": {"status": ["SUCEEDED"]}}): no event matched it. No event has '
            "the status 'SUCEEDED'. Did you mean 'SUCCEEDED'?",
        ),
        (
            lambda mock: mock.subscribe(print, {"detail-type": ["Batch Job State change"]}),
            'subscribe(print, {"detail-type": ["Batch Job State change"]}): no event matched it. No event '
            "has the detail-type 'Batch Job State change'. Did you mean 'Batch Job State Change'?",
        ),
        (
            lambda mock: mock.subscribe(print, {"detail": {"status": ["PENDING"]}}),
            'subscribe(print, {"detail": {"status": ["PENDING"]}}): no event matched it. The events were '
            "4 'Batch Job State Change'.",
        ),
    ],
    ids=[
        "script",
        "conditions",
        "shadowed",
        "outcome",
        "hold",
        "hold at another status",
        "hold before",
        "fault",
        "slow reply",
        "lag",
        "lag unseen",
        "expiry not due",
        "expiry after another",
        "expiry",
        "override",
        "attempt",
        "compute environment",
        "events",
        "no subscription",
        "mishap",
        "status",
        "detail-type",
        "pattern",
    ],
)
def test_unused(prepare: Prepare, unused: str) -> None:
    """Each unused preparation is an error at the end, and in the report."""
    batch_mock = mock_batch(**OPTIONS).start()
    client = prepared(batch_mock, prepare)
    submit(client, "train")
    batch_mock.run()
    assert batch_mock.report(width=500).endswith(f"\n\nNever used:\n  {unused}")
    with pytest.raises(BatchMockError) as caught:
        batch_mock.stop()
    assert str(caught.value) == (
        f"batchmock: 1 thing was prepared and never used:\n  {unused}\nThe submitted jobs are 'train'. "
        "Correct the names, remove what is not needed, or leave out strict=True."
    )


@pytest.mark.parametrize(
    "prepare",
    [
        lambda mock: mock.script("train", fail(), succeed()),
        lambda mock: mock.script("tr*", succeed(), job_definition="definition:1"),
        lambda mock: mock.inject("SubmitJob", throttled()),
        lambda mock: mock.inject("DescribeJobs", throttled(), skip=1),
        lambda mock: mock.subscribe(lambda event: None, {"detail": {"status": ["FAILED"]}}),
        lambda mock: mock.inject("SubmitJob", slow_reply(1)),
        lambda mock: mock.lag("train", 60),
        lambda mock: mock.expire("tr*"),
        lambda mock: (mock.expire("*"), mock.expire("train")),
        lambda mock: mock.override("train", succeed(), attempt=2),
        lambda mock: mock.override("*", fail(3)),
        lambda mock: mock.script("train", fail(), compute_environment="compute-environment"),
        lambda mock: (mock.subscribe(lambda event: None), mock.disturb_events(delay=1)),
    ],
)
def test_used(prepare: Prepare) -> None:
    """A preparation that an attempt, job, request or event has met is not an error."""
    with mock_batch(**OPTIONS) as batch_mock:
        client = prepared(batch_mock, prepare)
        batch_mock.script("train", fail(), fail()) if not batch_mock.unused_scripts else None
        job_id = submit(client, "train", retryStrategy={"attempts": 2})
        batch_mock.run()
        for _ in range(2):
            client.describe_jobs(jobs=[job_id])


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING"])
@pytest.mark.parametrize("members", [{}, {"arrayProperties": {"size": 2}}])
def test_hold_that_a_job_met(status: Any, members: dict[str, Any]) -> None:
    """A hold counts as used if a job or a child was at its status meanwhile, whatever it did there."""
    with mock_batch(**OPTIONS, stage_seconds=0) as batch_mock:
        client = prepared(batch_mock, lambda mock: mock.script("train", hang()))
        batch_mock.hold("train", at=status)
        submit(client, "train", **members)
        batch_mock.run()
        batch_mock.release("train")
        batch_mock.run()


def test_hold_of_a_job_at_its_status() -> None:
    """A hold counts as used if a job is at its status when it begins."""
    with mock_batch(**OPTIONS) as batch_mock:
        job_id = submit(prepared(batch_mock, lambda mock: None))
        batch_mock.run_until(job_id, "RUNNABLE")
        batch_mock.hold(job_id)


def test_hold_of_an_array_job_at_pending() -> None:
    """An array job is always PENDING, and its children are held there only if they have dependencies."""
    with mock_batch(region="us-east-1") as batch_mock:
        client = prepared(batch_mock, lambda mock: mock.hold("train", at="PENDING"))
        submit(client, "train", arrayProperties={"size": 2})
        batch_mock.run()
        unused = "array job 'train' matches, but no child was PENDING meanwhile."
        assert unused in batch_mock.report()
        depends_on = [{"jobId": submit(client, "first")}]
        submit(client, "train", arrayProperties={"size": 2}, dependsOn=depends_on)
        batch_mock.run()
        assert "Never used" not in batch_mock.report()


def test_forecast_meets_no_hold() -> None:
    """A forecast of a start, which runs ahead, does not count as a use of a hold."""
    with mock_batch(region="us-east-1") as batch_mock:
        batch_mock.provision("queue", "definition", max_vcpus=1)
        batch_mock.hold("first", at="RUNNING")
        client = shared_client()
        first, second = submit(client, "first"), submit(client, "second")
        batch_mock.run_until(first, "STARTING")
        batch_mock.job(second).explain()
        assert "hold('first', at='RUNNING')" in batch_mock.report()


def test_lag_that_shows_a_job() -> None:
    """A lag of zero counts as used if a job was seen that `visibility_lag` would have hidden."""
    with mock_batch(**OPTIONS, visibility_lag=10) as batch_mock:
        client = prepared(batch_mock, lambda mock: mock.lag("train", 0))
        job_id = submit(client, "train")
        assert len(client.describe_jobs(jobs=[job_id])["jobs"]) == 1


def test_expiry_without_a_request() -> None:
    """An expiry counts as used once a job is forgotten, though no request has looked for it."""
    with mock_batch(**OPTIONS) as batch_mock:
        client = prepared(batch_mock, lambda mock: mock.expire("train", after=60))
        submit(client, "train")
        batch_mock.run()
        batch_mock.tick(60)


def test_expiry_of_an_array_job_that_was_forgotten_before() -> None:
    """The children of an array job are forgotten with it."""
    with mock_batch(region="us-east-1") as batch_mock:
        client = prepared(batch_mock, lambda mock: mock.expire("train", after=60))
        batch_mock.expire("train", after=5)
        submit(client, "train", arrayProperties={"size": 2})
        batch_mock.run()
        batch_mock.tick(5)
        unused = "expire('train', after=60): job 'train' matches, but was forgotten before."
        assert unused in batch_mock.report()


def test_mishap_that_a_job_waited_for() -> None:
    """A mishap counts as used if a job waited for the environment meanwhile."""
    with mock_batch(**OPTIONS) as batch_mock:
        client = prepared(batch_mock, lambda mock: mock.exhaust("compute-environment"))
        submit(client)
        batch_mock.tick(60)
        batch_mock.restore("compute-environment")
        batch_mock.run()


def test_subscription_without_events() -> None:
    """A subscription is not an error if no event happened at all."""
    with mock_batch(**OPTIONS) as batch_mock:
        batch_mock.subscribe(print, {"detail": {"status": ["FAILED"]}})


def test_not_strict() -> None:
    """By default, unused preparations are not errors."""
    with mock_batch(region="us-east-1") as batch_mock:
        batch_mock.script("nothing", fail())
        with pytest.raises(BatchMockError, match="1 thing was prepared"):
            batch_mock.check_all_used()


def test_error_of_a_function_wins() -> None:
    """An exception of a decorated function is not replaced by the error."""

    @mock_batch(**OPTIONS)
    def function(batch_mock: BatchMock) -> None:
        batch_mock.script("nothing", fail())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        function()


def test_error_of_a_block_wins() -> None:
    """An exception in a block is not replaced by the error."""
    starter = mock_batch(**OPTIONS)
    batch_mock = starter.__enter__()
    batch_mock.script("nothing", fail())
    starter.__exit__(KeyError, KeyError(), None)


def test_decorated_function() -> None:
    """A decorated function that leaves something unused raises at its end."""

    @mock_batch(**OPTIONS)
    def function(batch_mock: BatchMock) -> None:
        batch_mock.script("nothing", fail())

    with pytest.raises(BatchMockError, match="never used"):
        function()


def test_test_case() -> None:
    """A test of a decorated TestCase fails at its end, unless it has already failed."""

    @mock_batch(**OPTIONS)
    class Case(unittest.TestCase):
        batch_mock: BatchMock

        def test_unused(self) -> None:
            self.batch_mock.script("nothing", fail())

        def test_failing(self) -> None:
            self.batch_mock.script("nothing", fail())
            self.fail("by itself")

        def test_fine(self) -> None: ...

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert len(result.errors) == 1, result.errors
    ((_, error),) = result.errors
    ((_, failure),) = result.failures
    assert "batchmock: 1 thing was prepared and never used" in error
    assert "by itself" in failure
    assert result.testsRun == 3


def test_pytest(pytester: pytest.Pytester) -> None:
    """With the fixture, plain classes and the ini option, passed tests raise the error at teardown."""
    pytester.makeini("[pytest]\nbatchmock_strict = true\n")
    pytester.makepyfile(
        """
        import pytest
        from batchmock import fail, mock_batch

        def test_unused(batch_mock):
            batch_mock.script("nothing", fail())

        def test_failing(batch_mock):
            batch_mock.script("nothing", fail())
            assert False

        @pytest.mark.batch_mock(strict=False)
        def test_not_strict(batch_mock):
            batch_mock.script("nothing", fail())

        @mock_batch(strict=True)
        class TestPlain:
            def test_unused(self):
                self.batch_mock.script("nothing", fail())

            def test_failing(self):
                self.batch_mock.script("nothing", fail())
                assert False
        """
    )
    result = pytester.runpytest("-p", "no:hypothesispytest")
    result.assert_outcomes(passed=3, failed=2, errors=2)
    result.stdout.fnmatch_lines(["batchmock: 1 thing was prepared and never used:"])
