"""
Defer what botocore looks up over a network, or in another process, when a client is created.

Batch requests are never signed here, so no credentials are needed. The providers of credentials that ask the
metadata service of an instance or container, or run a process, do so when a request to another service is
signed. An error of any other provider is raised then, too. The region of the instance, which botocore asks for
to choose defaults, counts as not known. aiobotocore's own providers are patched in the same way.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, Final

from botocore.credentials import (
    ContainerProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
    InstanceMetadataProvider,
    ProcessProvider,
)
from botocore.exceptions import BotoCoreError, NoCredentialsError
from botocore.utils import IMDSRegionProvider

_NEVER: Final = "9999-12-31T23:59:59Z"

#: Loads credentials: a method of a provider, or of the resolver that asks the providers in turn.
Load = Callable[[Any], Any]
#: Makes the replacement of a method.
Replace = Callable[[Any], Any]


class DeferredLookups:
    """The patched classes, and their original methods."""

    def __init__(self) -> None:
        self._is_active = False
        self._is_watching = False
        #: Each class to patch, or None if there may be new ones.
        self._kinds: list[tuple[Any, str, Replace]] | None = None
        self._originals: list[tuple[Any, str, Any]] = []

    def begin(self) -> None:
        """Patch each class and its subclasses."""
        self._is_active = True
        if not self._is_watching:
            self._watch_for_subclasses()
        if self._kinds is None:
            self._kinds = [
                (kind, name, replacement_of)
                for base, (name, replacement_of) in _REPLACEMENTS.items()
                for kind in _with_subclasses(base)
            ]
        for each in self._kinds:
            self._patch(*each)

    def end(self) -> None:
        """Restore each class."""
        self._is_active = False
        while self._originals:
            kind, name, original = self._originals.pop()
            setattr(kind, name, original)

    def _patch(self, kind: Any, name: str, replacement_of: Replace) -> None:
        original = vars(kind).get(name)
        if original is not None:
            self._originals.append((kind, name, original))
            setattr(kind, name, replacement_of(original))

    def _watch_for_subclasses(self) -> None:
        """Notice new subclasses: aiobotocore may be imported while a mock is active."""
        self._is_watching = True
        for base, (name, replacement_of) in _REPLACEMENTS.items():

            def notice(
                kind: Any,
                /,
                base: Any = base,
                name: str = name,
                replacement_of: Replace = replacement_of,
                **kwargs: Any,
            ) -> None:
                super(base, kind).__init_subclass__(**kwargs)
                self._kinds = None
                if self._is_active:
                    self._patch(kind, name, replacement_of)

            base.__init_subclass__ = classmethod(notice)


def _with_subclasses(kind: type) -> list[type]:
    children: list[type] = kind.__subclasses__()
    return [kind, *(below for child in children for below in _with_subclasses(child))]


# Replacements are cached, because each mock asks for the same ones.


@lru_cache(maxsize=32)
def _deferring(load: Load) -> Load:
    """Return a replacement of `load` that asks for credentials only when they are needed."""

    def load_later(provider: Any) -> Any:
        if not _has_something_to_ask(provider):
            return load(provider)
        if inspect.iscoroutinefunction(load):
            return _result(_later_async(lambda: load(provider), provider.METHOD))
        return _later(lambda: load(provider), provider.METHOD)

    return load_later


@lru_cache(maxsize=32)
def _deferring_errors(load: Load) -> Load:
    """Return a replacement of `load_credentials` that raises errors only when credentials are needed."""

    def load_now(resolver: Any) -> Any:
        try:
            return load(resolver)
        except BotoCoreError:
            return _later(lambda: load(resolver), "deferred")

    async def load_now_async(resolver: Any) -> Any:
        try:
            return await load(resolver)
        except BotoCoreError:
            return _later_async(lambda: load(resolver), "deferred")

    return load_now_async if inspect.iscoroutinefunction(load) else load_now


@lru_cache(maxsize=32)
def _knowing_nothing(provide: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a replacement of `provide` that returns None."""

    def provide_nothing(_: Any) -> Any:
        return _result(None) if inspect.iscoroutinefunction(provide) else None

    return provide_nothing


#: The replaced method of each class, and what makes the replacement.
_REPLACEMENTS: Final[dict[Any, tuple[str, Replace]]] = {
    InstanceMetadataProvider: ("load", _deferring),
    ContainerProvider: ("load", _deferring),
    ProcessProvider: ("load", _deferring),
    CredentialResolver: ("load_credentials", _deferring_errors),
    IMDSRegionProvider: ("provide", _knowing_nothing),
}


def _has_something_to_ask(provider: Any) -> bool:
    if isinstance(provider, ContainerProvider):
        environment = provider._environ
        return provider.ENV_VAR in environment or provider.ENV_VAR_FULL in environment
    return not isinstance(provider, ProcessProvider) or provider._credential_process is not None


def _later(load: Callable[[], Any], method: str) -> Any:
    def fetch() -> Any:
        if (keys := _keys_of_environment()) is not None:
            return keys
        found = load()
        return _as_metadata(found, found and found.get_frozen_credentials())

    return DeferredRefreshableCredentials(fetch, method)


def _later_async(load: Callable[[], Awaitable[Any]], method: str) -> Any:
    from aiobotocore.credentials import AioDeferredRefreshableCredentials

    async def fetch() -> Any:
        if (keys := _keys_of_environment()) is not None:
            return keys
        found = await load()
        return _as_metadata(found, found and await found.get_frozen_credentials())

    return AioDeferredRefreshableCredentials(fetch, method)


async def _result(value: Any) -> Any:
    return value


def _as_metadata(found: Any, frozen: Any) -> dict[str, Any]:
    """
    Return credentials in the form in which botocore refreshes others from them.

    Raises:
        NoCredentialsError: nothing was found.
    """
    if found is None:
        raise NoCredentialsError
    expiry = getattr(found, "_expiry_time", None)
    return {
        "access_key": frozen.access_key,
        "secret_key": frozen.secret_key,
        "token": frozen.token,
        "expiry_time": _NEVER if expiry is None else expiry.isoformat(),
        "account_id": getattr(frozen, "account_id", None),
    }


def _keys_of_environment() -> dict[str, Any] | None:
    """Return the keys now in the environment: moto sets some if it starts after the client was created."""
    access_key = os.environ.get("AWS_ACCESS_KEY_ID")
    secret_key = os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        return None
    return {
        "access_key": access_key,
        "secret_key": secret_key,
        "token": os.environ.get("AWS_SESSION_TOKEN"),
        "expiry_time": _NEVER,
    }
