import pytest

import poller
from batchmock import cannot_pull_image, out_of_memory, reclaim_spot, succeed

pytestmark = pytest.mark.batch_mock(advance="sleep")


@pytest.fixture(autouse=True)
def queue(batch_mock):
    batch_mock.provision(job_queue="nightly", job_definition="report")


def test_returns_the_run_time(batch_mock):
    batch_mock.script("report-*", succeed(after=1800))

    assert poller.submit_and_wait("report-monday", "nightly", "report") == 1800


def test_a_lost_host_is_retried(batch_mock):
    batch_mock.script("report-*", reclaim_spot(after=600), succeed(after=300))

    assert poller.submit_and_wait("report-monday", "nightly", "report") == 300


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (out_of_memory(), "OutOfMemoryError: Container killed due to memory usage"),
        (cannot_pull_image(), "CannotPullContainerError: "),
    ],
    ids=repr,
)
def test_raises_with_the_reason(batch_mock, outcome, reason):
    batch_mock.script("report-*", outcome)

    with pytest.raises(poller.JobFailed, match=reason):
        poller.submit_and_wait("report-monday", "nightly", "report")


def test_a_job_that_is_shown_late(batch_mock):
    batch_mock.script("report-*", succeed(after=1800))
    batch_mock.lag("report-*", 4)

    assert poller.submit_and_wait("report-monday", "nightly", "report") == 1800


def test_a_job_that_has_vanished(batch_mock):
    batch_mock.script("report-*", succeed(after=1800))
    batch_mock.expire("report-*")

    with pytest.raises(poller.JobFailed, match="is not shown"):
        poller.submit_and_wait("report-monday", "nightly", "report")


def test_backs_off_while_polling(batch_mock):
    batch_mock.script("report-*", succeed(after=1800))

    poller.submit_and_wait("report-monday", "nightly", "report")

    assert batch_mock.sleeps[:5] == [5, 10, 20, 40, 60]
    batch_mock.assert_polite(calls_per_minute=5)
    batch_mock.assert_submitted("report-*", attempts=2, times=1)
