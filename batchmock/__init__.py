"""batchmock: AWS Batch in process, for unit tests of code that uses boto3."""

from __future__ import annotations

from batchmock.decorator import mock_batch
from batchmock.errors import BatchMockError, StuckError, UnknownJobError, UnsupportedError
from batchmock.mock import BatchMock
from batchmock.outcomes import (
    CallContext,
    Outcome,
    call,
    cannot_create_container,
    cannot_initialize_resources,
    cannot_pull_image,
    cannot_start,
    docker_timeout,
    fail,
    hang,
    out_of_memory,
    reclaim_spot,
    succeed,
    terminate_host,
)
from batchmock.simulation.lifecycle import Transition
from batchmock.simulation.policies import Policies

__all__ = [
    "BatchMock",
    "BatchMockError",
    "CallContext",
    "Outcome",
    "Policies",
    "StuckError",
    "Transition",
    "UnknownJobError",
    "UnsupportedError",
    "call",
    "cannot_create_container",
    "cannot_initialize_resources",
    "cannot_pull_image",
    "cannot_start",
    "docker_timeout",
    "fail",
    "hang",
    "mock_batch",
    "out_of_memory",
    "reclaim_spot",
    "succeed",
    "terminate_host",
]
