from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import BatchMock, mock_batch

from ..builders import shared_client


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    """An empty mock."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        yield mock


@pytest.fixture
def client(mock: BatchMock) -> Any:
    """A client of the mock."""
    return shared_client()
