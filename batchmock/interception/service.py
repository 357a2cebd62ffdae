"""What the service model of the botocore at hand says about AWS Batch as a whole."""

from __future__ import annotations

from functools import cache

from botocore.session import get_session

SERVICE = "batch"


@cache
def operation_names() -> frozenset[str]:
    """Give the names of all operations, e.g. `SubmitJob`."""
    return frozenset(get_session().get_service_model(SERVICE).operation_names)
