from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock, cannot_start, fail, hang, succeed
from batchmock.observe.summary import Summary, Waits

Submit = Callable[..., str]


def test_summary(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """A summary has makespan, vCPU-seconds, wasted attempts and waits by queue."""
    batch_mock.provision(
        job_queue="small", job_definition="small", compute_environment="small", max_vcpus=1
    )
    batch_mock.tick(10)
    batch_mock.script("job", fail(3, after=20), succeed(after=30))
    submit("job", retryStrategy={"attempts": 2})
    batch_mock.script("small-*", succeed(after=7))
    for number in range(2):
        client.submit_job(jobName=f"small-{number}", jobQueue="small", jobDefinition="small")
    batch_mock.run()
    summary = batch_mock.summary()
    assert summary == Summary(
        jobs=3,
        makespan=55.0,
        vcpu_seconds=20 + 1 + 30 + 1 + 2 * 8,
        wasted_attempts=1,
        wasted_seconds=20.0,
        waits={"job-queue": Waits(1, 2.0, 2.0), "small": Waits(2, 10.0, 9.0)},
    )
    assert summary.waits["small"].mean == 5.0
    assert str(summary) == (
        "jobs             3\n"
        "makespan         55s\n"
        "vCPU-seconds     68\n"
        "wasted attempts  1, 20s\n"
        "waits in job-queue: 1 job, mean 2s, longest 2s\n"
        "waits in small: 2 jobs, mean 5s, longest 9s"
    )


def test_nothing(batch_mock: BatchMock) -> None:
    """The summary of an unused mock has only zeros."""
    assert batch_mock.summary() == Summary()


def test_unfinished_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """Unfinished jobs count until now."""
    batch_mock.script("job", hang())
    submit()
    batch_mock.tick(13)
    summary = batch_mock.summary()
    assert (summary.makespan, summary.vcpu_seconds, summary.wasted_attempts) == (13.0, 11.0, 0)


def test_failures_that_never_ran(submit: Submit, batch_mock: BatchMock) -> None:
    """An attempt that never started is wasted and has no seconds."""
    batch_mock.script("map", cannot_start("no image"), array_index=1)
    submit("map", arrayProperties={"size": 3})
    batch_mock.run()
    summary = batch_mock.summary()
    assert (summary.jobs, summary.wasted_attempts, summary.wasted_seconds) == (3, 1, 0.0)


def test_difference(submit: Submit, batch_mock: BatchMock) -> None:
    """The difference of two summaries compares them queue by queue."""
    submit()
    batch_mock.run()
    before = batch_mock.summary()
    batch_mock.script("slow", fail(after=100))
    submit("slow")
    batch_mock.run()
    difference = batch_mock.summary() - before
    assert difference.jobs == 1
    assert difference.makespan == 103.0
    assert (difference.wasted_attempts, difference.wasted_seconds) == (1, 100.0)
    assert difference.waits == {"job-queue": Waits(1, 1.0, 0.0)}
    assert difference.waits["job-queue"].mean == 0.0
    assert str(before - batch_mock.summary()).startswith(
        "jobs             -1\nmakespan         -1m43s\n"
    )


def test_difference_of_means() -> None:
    """The mean of a difference is the difference of the means, though the number of jobs is the same."""
    waits = Waits(2, 10.0, 6.0) - Waits(2, 4.0, 3.0)
    assert (waits.jobs, waits.total, waits.longest, waits.mean) == (0, 6.0, 3.0, 3.0)


@pytest.mark.parametrize("is_difference", [False, True])
def test_copies(submit: Submit, batch_mock: BatchMock, is_difference: bool) -> None:
    """A summary can be copied, pickled, and turned into a dict of plain values."""
    submit()
    batch_mock.run()
    summary = batch_mock.summary()
    if is_difference:
        summary = summary - Summary()
    assert copy.deepcopy(summary) == summary
    assert pickle.loads(pickle.dumps(summary)) == summary
    assert dataclasses.asdict(summary)["waits"] == {
        "job-queue": {"jobs": 1, "total": 1.0, "longest": 1.0, "mean": 1.0}
    }
