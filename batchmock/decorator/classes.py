"""Decorating classes: `unittest.TestCase`, and the plain classes that pytest collects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partialmethod
from typing import TYPE_CHECKING, Any, Final

from batchmock.decorator.functions import (
    DECORATED,
    PARAMETER,
    Starter,
    call_with_mock,
    decorate_function,
    like,
)
from batchmock.errors import BatchMockError

if TYPE_CHECKING:
    from unittest import TestCase

#: The attribute of a test that records whether its body raised or did not run.
_HAS_FAILED: Final = "_batchmock_has_failed"


def decorate_class(decorated: type, mock: Starter) -> type:
    """Start a separate mock for every test of a class, which also covers set-up and tear-down."""
    from unittest import TestCase

    for name in _test_names(decorated):
        _check_examples_have_their_own(decorated, name)
    try:
        setattr(decorated, DECORATED, mock)
    except TypeError as error:
        raise BatchMockError(
            f"batchmock: mock_batch can't decorate the built-in class {decorated.__name__}. Decorate a class "
            "of tests, or a function."
        ) from error
    if issubclass(decorated, TestCase):
        _cover_test_case(decorated, mock)
    else:
        _cover_plain_class(decorated, mock)
    return decorated


def _check_examples_have_their_own(decorated: type, name: str) -> None:
    """
    Refuse a Hypothesis test whose examples would share the mock of its class.

    Raises:
        BatchMockError: the method is such a test and is not decorated itself.
    """
    method = getattr(decorated, name)
    if not getattr(method, "is_hypothesis_test", False):
        return
    if not hasattr(method.hypothesis.inner_test, DECORATED):
        raise BatchMockError(
            f"batchmock: {decorated.__name__}.{name} is a test of Hypothesis, and mock_batch on its class "
            "starts one mock for all of its examples. Decorate the method, so that each example has its "
            f"own mock: @given(...), below it @mock_batch, and below that def {name}(self, batch_mock, ...)."
        )


def _cover_test_case(decorated: type[TestCase], mock: Starter) -> None:
    for name in ("run", "debug"):
        setattr(decorated, name, _with_mock_as_attribute(getattr(decorated, name), mock))
    for name in _test_names(decorated):
        method = getattr(decorated, name)
        if getattr(method, "is_hypothesis_test", False):
            continue
        if PARAMETER in inspect.signature(method).parameters or mock.options.get("strict"):
            setattr(decorated, name, _given_attribute(method))


def _with_mock_as_attribute(method: Callable[..., Any], mock: Starter) -> partialmethod[Any]:
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        self.batch_mock = batch_mock = mock.start_apart()
        try:
            if mock.options.get("strict"):
                vars(self)[_HAS_FAILED] = True
                # A clean-up, because an exception from `run` itself would end the run of all tests.
                self.addCleanup(_check_unless_failed, self)
            return method(self, *args, **kwargs)
        finally:
            batch_mock.stop(quiet=True)

    # Not a plain function: moto's class decorator would wrap that as a method of the user's.
    return partialmethod(run)


def _check_unless_failed(test: Any) -> None:
    if not vars(test)[_HAS_FAILED]:
        test.batch_mock.check_all_used()


def _test_names(decorated: type) -> list[str]:
    return [
        name
        for name in dir(decorated)
        if name.startswith("test") and inspect.isfunction(inspect.getattr_static(decorated, name))
    ]


def _cover_plain_class(decorated: type, mock: Starter) -> None:
    """Start the mock before pytest's `setup_method`, or around a test that is called without it."""
    set_up = getattr(decorated, "setup_method", None)
    tear_down = getattr(decorated, "teardown_method", None)

    def setup_method(self: Any, method: Any = None) -> None:
        self.batch_mock = mock.start_apart()
        vars(self)[_HAS_FAILED] = False
        try:
            _call_with_method(set_up, self, method)
        except BaseException:
            _stop(self, quiet=True)
            raise

    def teardown_method(self: Any, method: Any = None) -> None:
        try:
            _call_with_method(tear_down, self, method)
        except BaseException:
            _stop(self, quiet=True)
            raise
        _stop(self, quiet=vars(self)[_HAS_FAILED])

    def _stop(self: Any, *, quiet: bool) -> None:
        batch_mock = self.batch_mock
        del self.batch_mock
        batch_mock.stop(quiet=quiet)

    for wrapper in (setup_method, teardown_method):
        setattr(decorated, wrapper.__name__, wrapper)
    for name in _test_names(decorated):
        setattr(decorated, name, _around_or_within(getattr(decorated, name), mock))


def _call_with_method(function: Callable[..., Any] | None, self: Any, method: Any) -> None:
    if function is None:
        return
    if len(inspect.signature(function).parameters) > 1:
        function(self, method)
    else:
        function(self)


def _around_or_within(method: Callable[..., Any], mock: Starter) -> Callable[..., Any]:
    """Use the mock that `setup_method` started, or start one if pytest did not call it."""
    if getattr(method, "is_hypothesis_test", False):  # its examples start their own mocks
        return method
    alone, within = decorate_function(method, mock), _given_attribute(method)

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        chosen = within if hasattr(self, PARAMETER) else alone
        return chosen(self, *args, **kwargs)

    if not inspect.iscoroutinefunction(method):
        return like(method, run)

    async def run_coroutine(self: Any, *args: Any, **kwargs: Any) -> Any:
        return await run(self, *args, **kwargs)

    return like(method, run_coroutine)


def _given_attribute(method: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the instance's mock to a method as an argument, and record whether the method fails."""
    call = call_with_mock(method)
    if inspect.iscoroutinefunction(method):

        async def run_coroutine(self: Any, *args: Any, **kwargs: Any) -> Any:
            with _noting_failure(self):
                return await call(self.batch_mock, (self, *args), kwargs)

        return like(method, run_coroutine)

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _noting_failure(self):
            return call(self.batch_mock, (self, *args), kwargs)

    return like(method, run)


@contextmanager
def _noting_failure(test: Any) -> Iterator[None]:
    try:
        yield
    except BaseException:
        vars(test)[_HAS_FAILED] = True
        raise
    vars(test)[_HAS_FAILED] = False
