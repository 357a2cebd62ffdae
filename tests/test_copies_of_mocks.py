"""Copies of mocks, and of what belongs to one."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, mock_batch

from .builders import shared_client, submit


@pytest.fixture
def ended(batch_mock: BatchMock) -> BatchMock:
    """A mock whose job has ended."""
    batch_mock.provision("queue", "definition")
    submit(shared_client())
    batch_mock.run()
    return batch_mock


@pytest.mark.parametrize("copied", [copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize(
    ("get", "name"),
    [
        (lambda mock: mock, "BatchMock"),
        (lambda mock: mock.jobs, "JobView"),
        (lambda mock: mock.jobs[0], "JobView"),
        (lambda mock: mock.jobs[0].attempts[0], "AttemptView"),
        (lambda mock: mock.events, "Events"),
        (lambda mock: mock.timeline(), "Timeline"),
        (lambda mock: mock.hosts[0], "HostView"),
        (lambda mock: mock.clock, "LiveClock"),
    ],
)
def test_not_copied(
    ended: BatchMock, get: Callable[[BatchMock], Any], name: str, copied: Callable[[Any], Any]
) -> None:
    """What belongs to a running mock is not copied, and the error says what can be."""
    with pytest.raises(BatchMockError) as caught:
        copied(get(ended))
    assert str(caught.value) == (
        f"batchmock: {name} belongs to a running mock, and can't be copied or pickled. Copy values instead, "
        "such as job.status, job.history, str(timeline) or summary()."
    )


def test_shallow_copy(ended: BatchMock) -> None:
    """A shallow copy of a mock or a view is the mock or view itself."""
    job = ended.jobs[0]
    assert copy.copy(job) is job
    assert copy.copy(ended) is ended


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_mocks_that_are_not_started(copied: Callable[[Any], Any]) -> None:
    """A copy of a `mock_batch()` that is not started starts mocks with the same options."""
    with copied(mock_batch(region="eu-west-1")) as mock:
        assert ":eu-west-1:" in mock.provision().job_queue_arn


def test_a_mock_that_is_started() -> None:
    """A `mock_batch()` that is started cannot be copied, because its mock cannot."""
    mocked = mock_batch()
    mocked.start()
    with pytest.raises(BatchMockError, match=r"^batchmock: BatchMock belongs to a running mock"):
        copy.deepcopy(mocked)
    mocked.stop()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_plain_values(ended: BatchMock, copied: Callable[[Any], Any]) -> None:
    """Values that a mock has returned can be copied."""
    for value in (ended.summary(), ended.report(), ended.transitions, ended.jobs[0].history):
        assert copied(value) == value
