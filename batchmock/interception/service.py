"""The service model of AWS Batch in the installed botocore."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.session import get_session

SERVICE = "batch"


@cache
def service_model(service: str = SERVICE) -> Any:
    """Return the installed service model of Batch, or of another service."""
    return get_session().get_service_model(service)


@cache
def operation_names() -> frozenset[str]:
    """Return the names of all operations, e.g. `SubmitJob`."""
    return frozenset(service_model().operation_names)
