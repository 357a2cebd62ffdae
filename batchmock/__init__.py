"""
batchmock: AWS Batch in process, for unit tests of code that uses boto3.

The names are imported when they are first used: every pytest run of an environment that has batchmock
loads its plugin, and with it this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchmock.decorator import mock_batch
    from batchmock.errors import (
        BatchMockError,
        BatchMockWarning,
        StuckError,
        UnknownJobError,
        UnsupportedError,
    )
    from batchmock.faults import (
        Fault,
        PendingFault,
        client_error,
        connect_timeout,
        connection_error,
        lost_reply,
        read_timeout,
        server_error,
        throttled,
    )
    from batchmock.mock import BatchMock
    from batchmock.outcomes import (
        CallContext,
        Outcome,
        call,
        cannot_create_container,
        cannot_initialize_resources,
        cannot_inspect,
        cannot_pull_image,
        cannot_start,
        docker_timeout,
        fail,
        hang,
        in_containers,
        no_service_capacity,
        out_of_memory,
        reclaim_spot,
        succeed,
        terminate_host,
    )
    from batchmock.simulation.assumptions import Policies
    from batchmock.simulation.jobs.lifecycle import Transition

__all__ = [
    "BatchMock",
    "BatchMockError",
    "BatchMockWarning",
    "CallContext",
    "Fault",
    "Outcome",
    "PendingFault",
    "Policies",
    "StuckError",
    "Transition",
    "UnknownJobError",
    "UnsupportedError",
    "call",
    "cannot_create_container",
    "cannot_initialize_resources",
    "cannot_inspect",
    "cannot_pull_image",
    "cannot_start",
    "client_error",
    "connect_timeout",
    "connection_error",
    "docker_timeout",
    "fail",
    "hang",
    "in_containers",
    "lost_reply",
    "mock_batch",
    "no_service_capacity",
    "out_of_memory",
    "read_timeout",
    "reclaim_spot",
    "server_error",
    "succeed",
    "terminate_host",
    "throttled",
]

_HOMES = {
    "BatchMock": "mock",
    "BatchMockError": "errors",
    "BatchMockWarning": "errors",
    "Fault": "faults",
    "PendingFault": "faults",
    "Policies": "simulation.assumptions",
    "StuckError": "errors",
    "Transition": "simulation.jobs.lifecycle",
    "UnknownJobError": "errors",
    "UnsupportedError": "errors",
    "client_error": "faults",
    "connect_timeout": "faults",
    "connection_error": "faults",
    "lost_reply": "faults",
    "mock_batch": "decorator",
    "read_timeout": "faults",
    "server_error": "faults",
    "throttled": "faults",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home; what is not named there is an outcome."""
    if name not in __all__:
        raise AttributeError(f"module 'batchmock' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"batchmock.{_HOMES.get(name, 'outcomes')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})
