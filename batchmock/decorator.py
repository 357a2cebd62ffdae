"""`mock_batch`: one name for a decorator, a context manager, and start/stop."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from types import TracebackType
from typing import Any, TypeVar, cast, overload
from unittest import TestCase

from batchmock.errors import BatchMockError
from batchmock.mock import BatchMock
from batchmock.options import make_options

PARAMETER = "batch_mock"

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class MockBatch:
    """
    A mock to be: each use as a decorator, context manager or by `start` makes a new `BatchMock`.

    Args:
        options: the keyword arguments of `mock_batch`.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._started: list[BatchMock] = []

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self._options.items())
        return f"mock_batch({given})"

    def start(self) -> BatchMock:
        """Start a new mock and give it."""
        mock = BatchMock(make_options(self._options))
        mock.start()
        self._started.append(mock)
        return mock

    def stop(self) -> None:
        """
        Stop the mock that was started last.

        Raises:
            BatchMockError: none is started.
        """
        if not self._started:
            raise BatchMockError(
                f"batchmock: {self!r} is not started, so there is nothing to stop. Call start() first."
            )
        self._started.pop().stop()

    def __enter__(self) -> BatchMock:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> BatchMock:
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __call__(self, decorated: Decorated) -> Decorated:
        """Decorate a function or class."""
        if inspect.isclass(decorated):
            return cast("Decorated", _decorate_class(decorated, self))
        return cast("Decorated", _decorate_function(decorated, self))


@overload
def mock_batch(decorated: Decorated, /) -> Decorated: ...


@overload
def mock_batch(**options: Any) -> MockBatch: ...


def mock_batch(decorated: Any = None, /, **options: Any) -> Any:
    """
    Simulate AWS Batch in this process, for the length of a function, a class's tests or a block.

    Use it as `@mock_batch`, `@mock_batch(region=...)`, `with mock_batch() as batch_mock:`,
    `async with`, or by `start()` and `stop()`. A decorated function is given the `BatchMock` if it
    has a parameter named `batch_mock`; each call of it, and each test of a decorated class, has a mock
    of its own.

    Args:
        decorated: a function, async function, generator function or class.
        options: those of `Options`: region, account_id, start, stage_seconds, resource_seconds, seed,
            retention, stop_grace_seconds, policies.

    Raises:
        BatchMockError: there is no such option, or no such value for it.
    """
    make_options(options)
    mock = MockBatch(options)
    if decorated is None:
        return mock
    if not callable(decorated):
        raise BatchMockError(
            f"batchmock: mock_batch() was given {decorated!r}. Options go by name: "
            'mock_batch(region="eu-west-1").'
        )
    return mock(decorated)


def _decorate_function(function: Callable[..., Any], mock: MockBatch) -> Callable[..., Any]:
    wants_mock = PARAMETER in inspect.signature(function).parameters

    def arguments(batch_mock: BatchMock, given: dict[str, Any]) -> dict[str, Any]:
        return {**given, PARAMETER: batch_mock} if wants_mock else given

    wrapper = functools.wraps(function)(_wrapper_for(function, mock, arguments))
    if wants_mock:
        # Without this pytest would take the parameter for a fixture of its own.
        wrapper.__signature__ = _signature_without_mock(function)  # type: ignore[attr-defined]
    return wrapper


Arguments = Callable[[BatchMock, "dict[str, Any]"], "dict[str, Any]"]


def _wrapper_for(
    function: Callable[..., Any], mock: MockBatch, arguments: Arguments
) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        async def run_coroutine(*args: Any, **kwargs: Any) -> Any:
            with mock as batch_mock:
                return await function(*args, **arguments(batch_mock, kwargs))

        return run_coroutine
    if inspect.isasyncgenfunction(function):

        async def run_async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
            with mock as batch_mock:
                async for item in function(*args, **arguments(batch_mock, kwargs)):
                    yield item

        return run_async_generator
    if inspect.isgeneratorfunction(function):

        def run_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with mock as batch_mock:
                return (yield from function(*args, **arguments(batch_mock, kwargs)))

        return run_generator

    def run(*args: Any, **kwargs: Any) -> Any:
        with mock as batch_mock:
            return function(*args, **arguments(batch_mock, kwargs))

    return run


def _signature_without_mock(function: Callable[..., Any]) -> inspect.Signature:
    signature = inspect.signature(function)
    kept = [item for name, item in signature.parameters.items() if name != PARAMETER]
    return signature.replace(parameters=kept)


def _decorate_class(decorated: type, mock: MockBatch) -> type:
    """Give every test of a class a mock of its own, set-up and tear-down included."""
    if issubclass(decorated, TestCase):
        _cover_test_case(decorated, mock)
    else:
        _cover_plain_class(decorated, mock)
    return decorated


def _cover_test_case(decorated: type[TestCase], mock: MockBatch) -> None:
    for name in ("run", "debug"):
        setattr(decorated, name, _with_mock_as_attribute(getattr(decorated, name), mock))
    for name in _test_names(decorated):
        method = getattr(decorated, name)
        if PARAMETER in inspect.signature(method).parameters:
            setattr(decorated, name, _given_attribute(method))


def _with_mock_as_attribute(method: Callable[..., Any], mock: MockBatch) -> Callable[..., Any]:
    @functools.wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        with mock as batch_mock:
            self.batch_mock = batch_mock
            return method(self, *args, **kwargs)

    return run


def _given_attribute(method: Callable[..., Any]) -> Callable[..., Any]:
    """Give a method the mock of its instance as an argument."""
    if inspect.iscoroutinefunction(method):

        async def run_coroutine(self: Any, *args: Any, **kwargs: Any) -> Any:
            return await method(self, *args, **kwargs, batch_mock=self.batch_mock)

        run: Callable[..., Any] = run_coroutine
    else:

        def run(self: Any, *args: Any, **kwargs: Any) -> Any:
            return method(self, *args, **kwargs, batch_mock=self.batch_mock)

    wrapper = functools.wraps(method)(run)
    wrapper.__signature__ = _signature_without_mock(method)  # type: ignore[attr-defined]
    return wrapper


def _test_names(decorated: type) -> list[str]:
    return [
        name
        for name in dir(decorated)
        if name.startswith("test") and callable(getattr(decorated, name))
    ]


def _cover_plain_class(decorated: type, mock: MockBatch) -> None:
    """Start the mock before pytest's `setup_method`, or around a test that is called without it."""
    set_up = getattr(decorated, "setup_method", None)
    tear_down = getattr(decorated, "teardown_method", None)

    def setup_method(self: Any, method: Any = None) -> None:
        self.batch_mock = mock.start()
        try:
            _call_with_method(set_up, self, method)
        except BaseException:
            _stop(self)
            raise

    def teardown_method(self: Any, method: Any = None) -> None:
        try:
            _call_with_method(tear_down, self, method)
        finally:
            _stop(self)

    def _stop(self: Any) -> None:
        mock.stop()
        del self.batch_mock

    decorated.setup_method = setup_method  # type: ignore[attr-defined]
    decorated.teardown_method = teardown_method  # type: ignore[attr-defined]
    for name in _test_names(decorated):
        setattr(decorated, name, _around_or_within(getattr(decorated, name), mock))


def _call_with_method(function: Callable[..., Any] | None, self: Any, method: Any) -> None:
    if function is None:
        return
    if len(inspect.signature(function).parameters) > 1:
        function(self, method)
    else:
        function(self)


def _around_or_within(method: Callable[..., Any], mock: MockBatch) -> Callable[..., Any]:
    """Use the mock that `setup_method` started; without pytest there is none, so start one."""
    wants_mock = PARAMETER in inspect.signature(method).parameters

    def arguments(self: Any, given: dict[str, Any]) -> dict[str, Any]:
        return {**given, PARAMETER: self.batch_mock} if wants_mock else given

    alone = _decorate_function(method, mock)
    if inspect.iscoroutinefunction(method):

        async def run_coroutine(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not hasattr(self, "batch_mock"):
                return await alone(self, *args, **kwargs)
            return await method(self, *args, **arguments(self, kwargs))

        run: Callable[..., Any] = run_coroutine
    else:

        def run(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not hasattr(self, "batch_mock"):
                return alone(self, *args, **kwargs)
            return method(self, *args, **arguments(self, kwargs))

    wrapper = functools.wraps(method)(run)
    if wants_mock:
        wrapper.__signature__ = _signature_without_mock(method)  # type: ignore[attr-defined]
    return wrapper
