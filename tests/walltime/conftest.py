"""Mocks whose clock the code under test moves by sleeping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from batchmock import BatchMock

from ..builders import provisioned_mock


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock with `advance="sleep"`, which has `queue` and `definition`."""
    with provisioned_mock(advance="sleep") as (mock, _):
        yield mock


@pytest.fixture
def client(batch_mock: BatchMock) -> Any:
    """A boto3 client of AWS Batch on the mock."""
    return boto3.client("batch", region_name="us-east-1")
