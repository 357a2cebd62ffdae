from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError

Submit = Callable[..., str]


@pytest.fixture
def ids(submit: Submit) -> list[str]:
    """Submit five jobs and return their ids."""
    return [submit(f"job-{number}") for number in range(5)]


def complaint(batch_mock: BatchMock, **options: Any) -> str:
    """Return the message about impolite calls."""
    with pytest.raises(AssertionError) as caught:
        batch_mock.assert_polite(**options)
    return str(caught.value)


def test_polite(ids: list[str], client: Any, batch_mock: BatchMock) -> None:
    """Polling all jobs in one call every few seconds, and reading every page, is polite."""
    for _ in range(20):
        client.describe_jobs(jobs=ids)
        batch_mock.tick(5)
    for page in client.get_paginator("list_jobs").paginate(
        jobQueue="job-queue", jobStatus="SUCCEEDED", PaginationConfig={"PageSize": 2}
    ):
        assert page["jobSummaryList"]
    batch_mock.assert_polite()


def test_no_calls(batch_mock: BatchMock) -> None:
    """A test without calls is polite."""
    batch_mock.assert_polite()


def test_one_job_at_a_time(ids: list[str], client: Any, batch_mock: BatchMock) -> None:
    """A loop that describes one job at a time is reported with its calls."""
    for _ in range(3):
        batch_mock.tick(30)
        for job_id in ids:
            client.describe_jobs(jobs=[job_id])
    calls = "\n".join(f"         30s  DescribeJobs(jobs=['{job_id}'])" for job_id in ids)
    assert complaint(batch_mock) == (
        "batchmock: the calls are not polite: they would cause 1 problem in production.\n"
        "1. 5 DescribeJobs in a row, from 30s on, for 5 jobs. A call takes 100 ids: 1 call would do. "
        f"There are 3 such loops.\n{calls}"
    )


@pytest.mark.parametrize(("seconds", "is_polite"), [(0, False), (1, False), (1.5, True)])
def test_loop_in_which_time_passes(
    ids: list[str], client: Any, batch_mock: BatchMock, seconds: float, is_polite: bool
) -> None:
    """Calls up to a second apart belong to one loop, as with `advance="poll"`."""
    for job_id in ids:
        client.describe_jobs(jobs=[job_id])
        batch_mock.tick(seconds)
    if is_polite:
        batch_mock.assert_polite()
        assert "5 DescribeJobs in a row" in complaint(batch_mock, within=timedelta(seconds=2))
    else:
        assert "5 DescribeJobs in a row, from 0s on" in complaint(batch_mock)


def test_two_calls_are_no_loop(ids: list[str], client: Any, batch_mock: BatchMock) -> None:
    """Two calls in a row are not a loop, nor are repeated calls about the same job."""
    for job_id in (ids[0], ids[1], ids[0], ids[1], ids[1]):
        client.describe_jobs(jobs=[job_id])
    batch_mock.assert_polite()


def test_as_many_ids_as_a_call_takes(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """Calls with a hundred jobs each are polite, however many there are."""
    ids = [submit() for _ in range(250)]
    for _ in range(30):
        for first in range(0, 250, 100):
            client.describe_jobs(jobs=ids[first : first + 100])
    batch_mock.assert_polite()


def test_unread_page(ids: list[str], client: Any, batch_mock: BatchMock) -> None:
    """An unread page is reported unless that is allowed."""
    batch_mock.tick(1)
    client.list_jobs(jobQueue="job-queue", jobStatus="RUNNABLE", maxResults=4)
    assert complaint(batch_mock) == (
        "batchmock: the calls are not polite: they would cause 1 problem in production.\n"
        "1. ListJobs returned a nextToken that no later call passed, 1 time: the next page was not read. "
        "Use the client's paginator, or allow it with unread_pages=True.\n"
        "          1s  ListJobs(jobQueue='job-queue', jobStatus='RUNNABLE', maxResults=4)"
    )
    batch_mock.assert_polite(unread_pages=True)
    assert len(ids) == 5


def test_unread_pages_of_two_operations(ids: list[str], client: Any, batch_mock: BatchMock) -> None:
    """Each operation is reported on its own, in the order of the calls."""
    batch_mock.provision(job_queue="another", job_definition="another")
    client.describe_job_queues(maxResults=1)
    client.describe_job_definitions(maxResults=1)
    found = complaint(batch_mock)
    assert "\n1. DescribeJobQueues returned a nextToken that no later call passed, 1 time" in found
    assert "\n2. DescribeJobDefinitions returned" in found
    assert len(ids) == 5


def test_polling_too_often(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """More than one read call a second for a minute is reported with count and time."""
    job_id = submit()
    batch_mock.tick(60)
    for _ in range(200):
        client.describe_jobs(jobs=[job_id])
        batch_mock.tick(0.5)
    assert complaint(batch_mock).split("\n   ")[0] == (
        "batchmock: the calls are not polite: they would cause 1 problem in production.\n"
        "1. 120 DescribeJobs in one minute of simulated time, from 1m to 1m59.5s; the budget is 60. "
        "Wait longer between calls, request more in each call, or pass calls_per_minute."
    )
    assert complaint(batch_mock).endswith("\n              and 115 more")


@pytest.mark.parametrize("budget", [6, {"DescribeJobs": 6}])
def test_budget_of_ones_own(
    submit: Submit, client: Any, batch_mock: BatchMock, budget: int | dict[str, int]
) -> None:
    """A budget applies to each read operation, or to the one that it names."""
    job_id = submit()
    for _ in range(20):
        client.describe_jobs(jobs=[job_id])
        batch_mock.tick(10)
    batch_mock.assert_polite(calls_per_minute=budget)
    client.describe_jobs(jobs=[job_id])
    client.describe_jobs(jobs=[job_id])
    found = complaint(batch_mock, calls_per_minute=budget)
    assert (
        "7 DescribeJobs in one minute of simulated time, from 2m30s to 3m20s; the budget is 6."
        in found
    )


def test_budget_of_a_writing_operation(submit: Submit, batch_mock: BatchMock) -> None:
    """Write operations have a budget if one is documented or given."""
    for _ in range(4):
        submit()
    batch_mock.assert_polite(calls_per_minute=0)
    found = complaint(batch_mock, calls_per_minute={"SubmitJob": 3})
    assert "4 SubmitJob in one minute of simulated time, from 0s to 0s; the budget is 3." in found


@pytest.mark.parametrize("budget", [-1, 1.5, True, {"DescribeJobs": "6"}])
def test_budget_that_is_none(submit: Submit, batch_mock: BatchMock, budget: Any) -> None:
    """A budget that is not an integer is refused."""
    submit()
    wrong = "6" if isinstance(budget, dict) else budget
    with pytest.raises(BatchMockError) as caught:
        batch_mock.assert_polite(calls_per_minute=budget)
    assert str(caught.value) == (
        f"batchmock: assert_polite() was given the budget {wrong!r}. Pass a whole number of calls, or "
        'one for each operation: calls_per_minute={"DescribeJobs": 6}.'
    )


@pytest.mark.parametrize("token", ["", "later"])
def test_polling_with_a_token(client: Any, batch_mock: BatchMock, token: str) -> None:
    """Calls with an empty token are first pages, which count; later pages do not."""
    for name in ("polled", "other"):
        batch_mock.provision(job_queue=name, compute_environment=name)
    given = client.describe_job_queues(maxResults=1)["nextToken"] if token else ""
    for _ in range(70):
        client.describe_job_queues(maxResults=1, nextToken=given)
    if token:
        batch_mock.assert_polite(unread_pages=True)
    else:
        found = complaint(batch_mock, unread_pages=True)
        assert "70 DescribeJobQueues in one minute" in found


@pytest.mark.parametrize("jobs", [b"null", b"5", b'[["a"]]', b"{}"])
def test_refused_calls_of_another_form(batch_mock: BatchMock, jobs: bytes) -> None:
    """A call that was refused for the form of its ids is one of no ids."""
    body = b'{"jobs": ' + jobs + b"}"
    batch_mock.reply_to("POST", "/v1/describejobs", {}, body)
    batch_mock.assert_polite()
