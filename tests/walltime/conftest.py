"""Mocks whose clock the code under test moves by sleeping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, hang

from ..builders import provisioned_mock, submit
from .deadlines import Poll


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock with `advance="sleep"`, which has `queue` and `definition`."""
    with provisioned_mock(advance="sleep") as (mock, _):
        yield mock


@pytest.fixture
def client(batch_mock: BatchMock) -> Any:
    """A boto3 client of AWS Batch on the mock."""
    return boto3.client("batch", region_name="us-east-1")


@pytest.fixture
def poll(batch_mock: BatchMock, client: Any) -> Poll:
    """Return a function that asks for a job which never ends."""
    batch_mock.script("*", hang())
    job_id = submit(client)
    return lambda: client.describe_jobs(jobs=[job_id])
