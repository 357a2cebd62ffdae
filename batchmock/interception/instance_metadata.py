"""
Defer the credential lookup at the instance metadata service until a request is signed.

botocore looks for credentials when a client is created; if there are none, the last place it asks is a network
service. Batch requests are never signed here, so no lookup is sent. Clients of other services fetch the same
credentials at their first request instead. aiobotocore's own provider is patched in the same way.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from botocore.credentials import DeferredRefreshableCredentials, InstanceMetadataProvider


class PutOff:
    """The original methods of the patched providers."""

    def __init__(self) -> None:
        self._loads: list[tuple[Any, Any]] = []

    def begin(self) -> None:
        """Patch each kind of provider to return deferred credentials."""
        for kind in _kinds(InstanceMetadataProvider):
            self._put_off(kind)
        # aiobotocore may be imported while a mock is active.
        InstanceMetadataProvider.__init_subclass__ = classmethod(lambda kind: self._put_off(kind))

    def end(self) -> None:
        """Restore each kind of provider."""
        del InstanceMetadataProvider.__init_subclass__
        while self._loads:
            kind, load = self._loads.pop()
            kind.load = load

    def _put_off(self, kind: Any) -> None:
        load = vars(kind).get("load")
        if load is not None:
            self._loads.append((kind, load))
            kind.load = _replacement_of(load)


@lru_cache(maxsize=16)
def _replacement_of(load: Callable[..., Any]) -> Callable[..., Any]:
    """Return the replacement of a method. Cached, because each mock asks for the same ones."""
    return _promise_async if inspect.iscoroutinefunction(load) else _promise


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
    """Return the keys now in the environment: moto sets some if it starts after the client was created."""
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
