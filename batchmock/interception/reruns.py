"""Make many runs of the same code in one process equal, and quick."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import botocore.client
import botocore.endpoint
import botocore.loaders
import botocore.regions

from batchmock.interception.client_recipes.clients import QuickClients
from batchmock.interception.client_recipes.emitters import may_be_handled
from batchmock.interception.service import SERVICE

#: The packages whose data do not change while code runs again and again.
_SHIPPED_WITH: Final = ("boto3", "botocore")


class _SteadyTime:
    """The module `time`, with another `sleep`, for the pauses of botocore between two tries."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@contextmanager
def equal_and_quick(sleep: Callable[[float], None]) -> Iterator[None]:
    """
    Replace botocore's random pauses, and let its sessions and clients share what they load, for a block.

    Args:
        sleep: called instead of `time.sleep` before a client tries a request again.
    """
    with ExitStack() as block:
        block.enter_context(_replaced(botocore.endpoint, "time", _SteadyTime(sleep)))
        for kind, method, replacement in (
            (botocore.client.ClientCreator, "_load_service_model", _models_loaded_once),
            (botocore.loaders.JSONFileLoader, "load_file", _files_loaded_once),
            (botocore.loaders.Loader, "list_available_services", _services_listed_once),
            (botocore.regions.EndpointRulesetResolver, "construct_endpoint", _endpoints_built_once),
        ):
            original = vars(kind).get(method)
            if original is not None:
                block.enter_context(_replaced(kind, method, replacement(original)))
        block.enter_context(QuickClients().in_force())
        yield


@contextmanager
def _replaced(owner: Any, name: str, replacement: Any) -> Iterator[None]:
    original = vars(owner)[name]
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _models_loaded_once(load: Callable[..., Any]) -> Callable[..., Any]:
    """Return a replacement with which the clients of a session share a service model and its caches."""
    models: dict[Any, Any] = {}

    def load_once(self: Any, service_name: str, api_version: Any = None) -> Any:
        # The loader finds the files of a model, which differ between the sessions of a test.
        key = (id(self._loader), service_name, api_version)
        if key not in models:
            models[key] = load(self, service_name, api_version), self._loader
        return models[key][0]

    return load_once


def _files_loaded_once(load: Callable[..., Any]) -> Callable[..., Any]:
    """Return a replacement with which sessions share the contents of botocore's own files."""
    contents: dict[str, Any] = {}
    folders = _folders()

    def load_once(self: Any, file_path: str) -> Any:
        if not file_path.startswith(folders):
            return load(self, file_path)
        if file_path not in contents:
            contents[file_path] = load(self, file_path)
        return contents[file_path]

    return load_once


def _services_listed_once(list_services: Callable[..., Any]) -> Callable[..., Any]:
    """Return a replacement with which sessions share the list of services, if all are botocore's own."""
    services: dict[str, list[str]] = {}
    folders = _folders()

    def list_once(self: Any, type_name: str) -> Any:
        others = [path for path in self.search_paths if not f"{path}{os.sep}".startswith(folders)]
        if any(map(os.path.isdir, others)):
            return list_services(self, type_name)
        if type_name not in services:
            services[type_name] = list_services(self, type_name)
        return [*services[type_name]]

    return list_once


def _endpoints_built_once(construct: Callable[..., Any]) -> Callable[..., Any]:
    """
    Return a replacement with which the requests for an operation of AWS Batch share their endpoint.

    Its endpoint depends on the settings of the client, and not on the parameters of the request, unless
    something handles the event in which the settings can be changed.
    """
    endpoints: dict[object, Any] = {}

    def construct_once(
        self: Any, operation_model: Any, call_args: Any, request_context: Any
    ) -> Any:
        if (
            self._service_model.service_name != SERVICE
            or operation_model.context_parameters
            or getattr(operation_model, "operation_context_parameters", None)
            or may_be_handled(self._event_emitter, f"before-endpoint-resolution.{SERVICE}")
        ):
            return construct(self, operation_model, call_args, request_context)
        settings = [self._builtins.get(each.builtin) for each in self._param_definitions.values()]
        client_context = self._client_context.items()
        key = (self._provider, self._use_ssl, operation_model.name, *settings, *client_context)
        if key not in endpoints:
            endpoints[key] = construct(self, operation_model, call_args, request_context)
        return endpoints[key]

    return construct_once


def _folders() -> tuple[str, ...]:
    """Return the folders of the data that boto3 and botocore are shipped with."""
    files = [str(sys.modules[name].__file__) for name in _SHIPPED_WITH if name in sys.modules]
    return tuple(os.path.join(os.path.dirname(file), "data", "") for file in files)
