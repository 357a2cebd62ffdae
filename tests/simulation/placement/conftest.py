"""A mock with a small job definition; each test makes the environments and queues that it needs."""

from __future__ import annotations

from typing import Any

import pytest

from ...builders import register


@pytest.fixture
def client(client: Any) -> Any:
    """A client on a mock that has the job definition `definition`, of 1 vCPU and 128 MiB."""
    register(client)
    return client
