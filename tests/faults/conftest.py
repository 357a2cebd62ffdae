"""Clients whose retries take no time, on a mock with a queue and a definition."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Protocol

import boto3
import botocore.retries.bucket
import pytest
from botocore.config import Config

from batchmock import BatchMock

from ..offline import go_offline


class MakeClient(Protocol):
    """Create a client with a retry mode and a total number of attempts."""

    def __call__(self, mode: str = "standard", tries: int = 3, **settings: Any) -> Any:
        """Create the client."""


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove credentials and the network, which no test here needs."""
    go_offline(monkeypatch, tmp_path)


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that clients would have slept between attempts; none sleeps."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    bucket = botocore.retries.bucket.TokenBucket
    monkeypatch.setattr(bucket, "acquire", lambda *args, **kwargs: True)
    return slept


@pytest.fixture
def make_client(batch_mock: BatchMock) -> MakeClient:
    """Return a function that creates clients, on a mock with a queue and a definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")

    def make(mode: str = "standard", tries: int = 3, **settings: Any) -> Any:
        retries = {"mode": mode, "total_max_attempts": tries}
        return boto3.client("batch", config=Config(retries=retries, **settings))

    return make
