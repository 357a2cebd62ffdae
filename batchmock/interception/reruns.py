"""Make many runs of the same code in one process equal, and quick."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.client
import botocore.endpoint


class _SteadyTime:
    """The module `time`, with another `sleep`, for the pauses of botocore between two tries."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@contextmanager
def equal_and_quick(sleep: Callable[[float], None]) -> Iterator[None]:
    """
    Replace botocore's random pauses, and let its clients share their service models, for a block.

    Args:
        sleep: called instead of `time.sleep` before a client tries a request again.
    """
    creator = botocore.client.ClientCreator
    load = creator._load_service_model
    models: dict[Any, Any] = {}

    def load_once(self: Any, service_name: str, api_version: Any = None) -> Any:
        # The loader finds the files of a model, which differ between the sessions of a test.
        key = (id(self._loader), service_name, api_version)
        if key not in models:
            models[key] = load(self, service_name, api_version), self._loader
        return models[key][0]

    original = botocore.endpoint.time
    botocore.endpoint.time = _SteadyTime(sleep)
    creator._load_service_model = load_once
    try:
        yield
    finally:
        creator._load_service_model = load
        botocore.endpoint.time = original
