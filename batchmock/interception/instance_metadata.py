"""
The search for credentials that ends at the instance metadata service, put off until something is signed.

botocore looks for credentials when a client is made, and without any that search ends in a request
over the network. Batch requests are never signed here, so none is sent; clients of other services
fetch the same credentials at their first request instead. aiobotocore has a provider of its own,
which is treated alike.
"""

from __future__ import annotations

import inspect
import os
from typing import Any

from botocore.credentials import DeferredRefreshableCredentials, InstanceMetadataProvider


class PutOff:
    """The providers as they were, while they put off their requests."""

    def __init__(self) -> None:
        self._loads: list[tuple[Any, Any]] = []

    def begin(self) -> None:
        """Let each kind of provider promise credentials instead of asking for them."""
        for kind in _kinds(InstanceMetadataProvider):
            self._put_off(kind)
        # aiobotocore may be imported while a mock is active.
        InstanceMetadataProvider.__init_subclass__ = classmethod(lambda kind: self._put_off(kind))

    def end(self) -> None:
        """Put each kind of provider back as it was."""
        del InstanceMetadataProvider.__init_subclass__
        while self._loads:
            kind, load = self._loads.pop()
            kind.load = load

    def _put_off(self, kind: Any) -> None:
        load = vars(kind).get("load")
        if load is not None:
            self._loads.append((kind, load))
            is_async = inspect.iscoroutinefunction(load)
            kind.load = _promise_async if is_async else _promise


def _kinds(kind: type) -> list[type]:
    children: list[type] = kind.__subclasses__()
    return [kind, *(below for child in children for below in _kinds(child))]


def _promise(provider: Any) -> Any:
    def fetch() -> Any:
        return _keys_of_environment() or provider._role_fetcher.retrieve_iam_role_credentials()

    return DeferredRefreshableCredentials(fetch, InstanceMetadataProvider.METHOD)


async def _promise_async(provider: Any) -> Any:
    from aiobotocore.credentials import AioDeferredRefreshableCredentials

    async def fetch() -> Any:
        found = _keys_of_environment()
        return found or await provider._role_fetcher.retrieve_iam_role_credentials()

    return AioDeferredRefreshableCredentials(fetch, InstanceMetadataProvider.METHOD)


def _keys_of_environment() -> dict[str, str | None] | None:
    """Give the keys that the environment has by now: moto, started after the client was made, sets some."""
    access_key = os.environ.get("AWS_ACCESS_KEY_ID")
    secret_key = os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        return None
    return {
        "access_key": access_key,
        "secret_key": secret_key,
        "token": os.environ.get("AWS_SESSION_TOKEN"),
        "expiry_time": "9999-12-31T23:59:59Z",
    }
