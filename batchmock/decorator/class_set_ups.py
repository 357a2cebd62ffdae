"""Refuse requests in `setUpClass`, in which the mocks of the tests of a class are not started."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

from batchmock.options import default_region

_METHODS: Final = ("setUpClass", "tearDownClass", "setup_class", "teardown_class")
_GUARDED: Final = "_batchmock_guarded"


def guard_class_set_ups(test_class: type, region: Callable[[], object]) -> None:
    """
    Refuse the requests that the set-up and tear-down of a class send while no mock is started.

    They would reach AWS. Clients may be created there, and are answered later by the mocks of the tests.

    Args:
        test_class: a class each test of which has its own mock.
        region: returns the region of these mocks, or None for the default.
    """
    for name in _METHODS:
        method = inspect.getattr_static(test_class, name, None)
        function = getattr(method, "__func__", method)
        if not inspect.isfunction(function) or function.__module__ == "unittest.case":
            continue
        if name in vars(test_class) and hasattr(function, _GUARDED):
            continue
        guarded = _guarded(function, f"{test_class.__name__}.{name}", region)
        kind = type(method) if isinstance(method, (classmethod, staticmethod)) else _unchanged
        setattr(test_class, name, kind(guarded))


def _unchanged(function: Any) -> Any:
    return function


def _guarded(
    function: Callable[..., Any], name: str, region: Callable[[], object]
) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        from batchmock.interception.refusing import refuse_requests

        with refuse_requests(_no_mock_in(name), str(region() or default_region())):
            return function(*args)

    # pytest passes the class to a function that has a parameter for it.
    def with_class(cls: Any) -> Any:
        return call(cls)

    def without_class() -> Any:
        return call()

    wrapper = with_class if inspect.signature(function).parameters else without_class
    wrapper = functools.wraps(function)(wrapper)
    vars(wrapper)[_GUARDED] = True
    return wrapper


def _no_mock_in(name: str) -> str:
    return (
        f"batchmock: {name} sent a request to AWS Batch, and no mock is started there: each test of the class "
        "has its own. Send the request in setUp or setup_method, which belong to a test. To share a mock "
        "among the tests, start one in setUpClass or setup_class, and do not decorate or mark the class."
    )
