"""
batchmock: AWS Batch in process, for unit tests of code that uses boto3.

Public names are imported on first use: every pytest run in an environment with batchmock loads the plugin, and
with it this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchmock.decorator import mock_batch
    from batchmock.errors import (
        BatchMockError,
        BatchMockWarning,
        ProgramKilled,
        StuckError,
        UnknownJobError,
        UnsupportedError,
    )
    from batchmock.exploring import Exploration, Finding, explore
    from batchmock.faults import (
        Fault,
        PendingFault,
        client_error,
        connect_timeout,
        connection_error,
        lost_reply,
        program_killed,
        read_timeout,
        server_error,
        slow_reply,
        throttled,
    )
    from batchmock.mock import BatchMock
    from batchmock.names import HoldStage, JobStatus, Operation, ServiceJobStatus
    from batchmock.observe.calls import Call, Calls
    from batchmock.observe.events.events import Event, Events
    from batchmock.observe.events.subscriptions import Subscription
    from batchmock.observe.jobs.service_views import ServiceJobs, ServiceJobView
    from batchmock.observe.jobs.views import Jobs, JobView
    from batchmock.observe.timeline import Timeline
    from batchmock.options import MockOptions
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
    from batchmock.provisioning.results import Provisioned, ProvisionedServiceJobs
    from batchmock.simulation.assumptions import Policies
    from batchmock.simulation.jobs.lifecycle import Transition

__all__ = [
    "BatchMock",
    "BatchMockError",
    "BatchMockWarning",
    "Call",
    "CallContext",
    "Calls",
    "Event",
    "Events",
    "Exploration",
    "Fault",
    "Finding",
    "HoldStage",
    "JobStatus",
    "JobView",
    "Jobs",
    "MockOptions",
    "Operation",
    "Outcome",
    "PendingFault",
    "Policies",
    "ProgramKilled",
    "Provisioned",
    "ProvisionedServiceJobs",
    "ServiceJobStatus",
    "ServiceJobView",
    "ServiceJobs",
    "StuckError",
    "Subscription",
    "Timeline",
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
    "explore",
    "fail",
    "hang",
    "in_containers",
    "lost_reply",
    "mock_batch",
    "no_service_capacity",
    "out_of_memory",
    "program_killed",
    "read_timeout",
    "reclaim_spot",
    "server_error",
    "slow_reply",
    "succeed",
    "terminate_host",
    "throttled",
]

_HOMES = {
    "BatchMock": "mock",
    "BatchMockError": "errors",
    "BatchMockWarning": "errors",
    "Call": "observe.calls",
    "Calls": "observe.calls",
    "Event": "observe.events.events",
    "Events": "observe.events.events",
    "Exploration": "exploring",
    "Fault": "faults",
    "Finding": "exploring",
    "HoldStage": "names",
    "JobStatus": "names",
    "JobView": "observe.jobs.views",
    "Jobs": "observe.jobs.views",
    "MockOptions": "options",
    "Operation": "names",
    "PendingFault": "faults",
    "Policies": "simulation.assumptions",
    "ProgramKilled": "errors",
    "Provisioned": "provisioning.results",
    "ProvisionedServiceJobs": "provisioning.results",
    "ServiceJobStatus": "names",
    "ServiceJobView": "observe.jobs.service_views",
    "ServiceJobs": "observe.jobs.service_views",
    "StuckError": "errors",
    "Subscription": "observe.events.subscriptions",
    "Timeline": "observe.timeline",
    "Transition": "simulation.jobs.lifecycle",
    "UnknownJobError": "errors",
    "UnsupportedError": "errors",
    "client_error": "faults",
    "connect_timeout": "faults",
    "connection_error": "faults",
    "explore": "exploring",
    "lost_reply": "faults",
    "mock_batch": "decorator",
    "program_killed": "faults",
    "read_timeout": "faults",
    "server_error": "faults",
    "slow_reply": "faults",
    "throttled": "faults",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home; the other names are outcomes."""
    if name not in __all__:
        raise AttributeError(f"module 'batchmock' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"batchmock.{_HOMES.get(name, 'outcomes')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})
