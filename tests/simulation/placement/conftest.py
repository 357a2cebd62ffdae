"""A mock with a small job definition, to which each test adds its environments and queues."""

from __future__ import annotations

from typing import Any

import pytest

from ...builders import register


@pytest.fixture
def client(client: Any) -> Any:
    """A client on a mock with the job definition `definition`, of 1 vCPU and 128 MiB."""
    register(client)
    return client
