"""The service model of AWS Batch in the installed botocore."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore
from botocore.session import get_session

from batchmock.errors import UnsupportedError

SERVICE = "batch"


@cache
def service_model(service: str = SERVICE) -> Any:
    """Return the installed service model of Batch, or of another service."""
    return get_session().get_service_model(service)


@cache
def operation_names() -> frozenset[str]:
    """Return the names of all operations, e.g. `SubmitJob`."""
    return frozenset(service_model().operation_names)


def request_shape(operation: str) -> Any:
    """
    Return the shape of the requests of an operation of Batch.

    Raises:
        UnsupportedError: the installed botocore is older than the operation.
    """
    if operation not in operation_names():
        raise UnsupportedError(
            f"batchmock: botocore {botocore.__version__} does not know {operation}. Upgrade botocore."
        )
    return service_model().operation_model(operation).input_shape
