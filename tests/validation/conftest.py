"""The client's own service model, and helpers that return the refusal of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from batchmock.errors import ServiceError
from batchmock.validation import Validators

Refusal = Callable[..., ServiceError | None]


OPERATIONS_OF_THE_BASELINE = 48


@pytest.fixture(scope="session")
def installed_model() -> Any:
    """Return the service model of a real Batch client of the installed botocore."""
    return boto3.client("batch", region_name="us-east-1").meta.service_model


@pytest.fixture(scope="session")
def service_model(installed_model: Any) -> Any:
    """Return the service model if it is as new as the one from which constraints.json was made."""
    if len(installed_model.operation_names) < OPERATIONS_OF_THE_BASELINE:
        pytest.skip("the tables need the members of botocore 1.44")
    return installed_model


@pytest.fixture(scope="session")
def refusal(service_model: Any) -> Refusal:
    """Return a function that returns the refusal of a request, or None."""
    validators = Validators(service_model)

    def refused_with(
        operation: str, params: dict[str, Any], body_size: int = 100
    ) -> ServiceError | None:
        try:
            validators.check(operation, params, body_size)
        except ServiceError as error:
            return error
        return None

    return refused_with


@pytest.fixture(scope="session")
def refused_text(refusal: Refusal) -> Callable[[str, dict[str, Any]], str | None]:
    """Return a function that returns the inner text of a wrapped refusal, or None."""

    def text(operation: str, params: dict[str, Any]) -> str | None:
        error = refusal(operation, params)
        if error is None:
            return None
        assert error.wrapped
        assert error.code == "ClientException"
        return error.message

    return text
