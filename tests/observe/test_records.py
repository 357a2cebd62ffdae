"""Comparisons of the sequences that a mock shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batchmock import BatchMock

Submit = Callable[..., str]


@pytest.mark.parametrize("name", ["jobs", "service_jobs", "calls", "events"])
def test_empty(batch_mock: BatchMock, name: str) -> None:
    """An empty sequence equals an empty list and an empty tuple."""
    records = getattr(batch_mock, name)
    assert records == []
    assert records == ()
    assert records != [None]
    assert records != {}


@pytest.mark.parametrize("name", ["jobs", "calls", "events"])
def test_content(submit: Submit, batch_mock: BatchMock, name: str) -> None:
    """A sequence equals a list and another sequence of the same items in the same order."""
    submit("first")
    submit("second")
    batch_mock.run()
    records = getattr(batch_mock, name)
    items = list(records)
    assert records == items
    assert items == records[:]
    assert records != []
    assert records != items[:-1]
    assert records != items[::-1]


def test_not_hashable(batch_mock: BatchMock) -> None:
    """A sequence is not hashable, as a list is not: it may equal one, and may grow."""
    with pytest.raises(TypeError, match="unhashable type: 'Calls'"):
        hash(batch_mock.calls)
