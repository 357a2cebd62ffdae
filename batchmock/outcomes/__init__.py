"""
Outcomes of attempts: plain values, stored in scripts and carried out by the simulation.

The simulation moves the jobs; an outcome only describes what their containers do.
"""

from __future__ import annotations

from batchmock.outcomes.catalogue import (
    CANNOT_CREATE_CONTAINER,
    CANNOT_INSPECT_CONTAINER,
    DOCKER_TIMEOUT,
    FARGATE_SPOT_INTERRUPTED,
    HOST_TERMINATED,
    IMAGE_NOT_FOUND,
    OUT_OF_MEMORY,
    RESOURCE_INITIALIZATION,
    TASK_FAILED_TO_START,
    cannot_create_container,
    cannot_initialize_resources,
    cannot_inspect,
    cannot_pull_image,
    cannot_start,
    docker_timeout,
    no_service_capacity,
    out_of_memory,
    reclaim_spot,
    terminate_host,
)
from batchmock.outcomes.endings import (
    ESSENTIAL_CONTAINER_EXITED,
    UNSCRIPTED,
    call,
    fail,
    hang,
    in_containers,
    succeed,
)
from batchmock.outcomes.values import (
    SIGKILL_EXIT_CODE,
    CallContext,
    CallResult,
    LogEntry,
    LogLine,
    Outcome,
    OutcomeKind,
)

__all__ = [
    "CANNOT_CREATE_CONTAINER",
    "CANNOT_INSPECT_CONTAINER",
    "DOCKER_TIMEOUT",
    "ESSENTIAL_CONTAINER_EXITED",
    "FARGATE_SPOT_INTERRUPTED",
    "HOST_TERMINATED",
    "IMAGE_NOT_FOUND",
    "OUT_OF_MEMORY",
    "RESOURCE_INITIALIZATION",
    "SIGKILL_EXIT_CODE",
    "TASK_FAILED_TO_START",
    "UNSCRIPTED",
    "CallContext",
    "CallResult",
    "LogEntry",
    "LogLine",
    "Outcome",
    "OutcomeKind",
    "call",
    "cannot_create_container",
    "cannot_initialize_resources",
    "cannot_inspect",
    "cannot_pull_image",
    "cannot_start",
    "docker_timeout",
    "fail",
    "hang",
    "in_containers",
    "no_service_capacity",
    "out_of_memory",
    "reclaim_spot",
    "succeed",
    "terminate_host",
]
