"""
`mock_batch`: one name for a decorator, a context manager, and start/stop.

The simulation is imported when the first mock starts: a test run that collects tests and runs none of
these needs the name alone.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from contextlib import aclosing, contextmanager
from functools import partialmethod
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from batchmock.errors import BatchMockError
from batchmock.options import make_options

if TYPE_CHECKING:
    from unittest import TestCase

    from batchmock.mock import BatchMock

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
        mock = self.start_apart()
        self._started.append(mock)
        return mock

    def start_apart(self) -> BatchMock:
        """Start a new mock that whoever asked for it stops: decorated functions may overlap."""
        from batchmock.mock import BatchMock

        return BatchMock(make_options(self._options)).start()

    @contextmanager
    def apart(self) -> Iterator[BatchMock]:
        """Start a new mock for a block, and stop that one behind it."""
        mock = self.start_apart()
        try:
            yield mock
        finally:
            mock.stop()

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
        options: those of `Options`: region, account_id, start, stage_seconds, resource_seconds, advance,
            speed, freeze, seed, retention, visibility_lag, stop_grace_seconds,
            launch_seconds, policies.

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


#: How to call a function with a mock, which is passed on if there is a parameter for it.
CallWithMock = Callable[["BatchMock", "tuple[Any, ...]", "dict[str, Any]"], Any]


def _call_with_mock(function: Callable[..., Any]) -> CallWithMock:
    parameters = inspect.signature(function).parameters
    if PARAMETER not in parameters:
        return lambda batch_mock, args, kwargs: function(*args, **kwargs)
    position = list(parameters).index(PARAMETER)
    by_name = parameters[PARAMETER].kind is inspect.Parameter.KEYWORD_ONLY

    def call(batch_mock: BatchMock, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if by_name or len(args) <= position:
            return function(*args, **kwargs, batch_mock=batch_mock)
        return function(*args[:position], batch_mock, *args[position:], **kwargs)

    return call


def _decorate_function(function: Callable[..., Any], mock: MockBatch) -> Callable[..., Any]:
    return _like(function, _wrapper_for(function, mock))


def _like(function: Callable[..., Any], wrapper: Callable[..., Any]) -> Callable[..., Any]:
    """Let a wrapper look like its function, less the parameter for the mock."""
    wrapper = functools.wraps(function)(wrapper)
    if PARAMETER in inspect.signature(function).parameters:
        # Without this pytest would take the parameter for a fixture of its own.
        vars(wrapper)["__signature__"] = _signature_without_mock(function)
    return wrapper


def _wrapper_for(function: Callable[..., Any], mock: MockBatch) -> Callable[..., Any]:
    call = _call_with_mock(function)
    if inspect.iscoroutinefunction(function):

        async def run_coroutine(*args: Any, **kwargs: Any) -> Any:
            with mock.apart() as batch_mock:
                return await call(batch_mock, args, kwargs)

        return run_coroutine
    if inspect.isasyncgenfunction(function):

        async def run_async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            with mock.apart() as batch_mock:
                async with aclosing(call(batch_mock, args, kwargs)) as items:
                    # What `yield from` does, which async generators have not.
                    step = items.asend(None)
                    while True:
                        try:
                            item = await step
                        except StopAsyncIteration:
                            return
                        try:
                            step = items.asend((yield item))
                        except GeneratorExit:
                            raise
                        except BaseException as error:
                            step = items.athrow(error)

        return run_async_generator
    if inspect.isgeneratorfunction(function):

        def run_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with mock.apart() as batch_mock:
                return (yield from call(batch_mock, args, kwargs))

        return run_generator

    def run(*args: Any, **kwargs: Any) -> Any:
        with mock.apart() as batch_mock:
            result = call(batch_mock, args, kwargs)
        if inspect.iscoroutine(result):
            return _awaited_with(batch_mock, result)
        return result

    return run


async def _awaited_with(batch_mock: BatchMock, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Await, with its mock, what a function returned that does not say that it is async."""
    batch_mock.start()
    try:
        return await coroutine
    finally:
        batch_mock.stop()


def _signature_without_mock(function: Callable[..., Any]) -> inspect.Signature:
    signature = inspect.signature(function)
    kept = [item for name, item in signature.parameters.items() if name != PARAMETER]
    return signature.replace(parameters=kept)


def _decorate_class(decorated: type, mock: MockBatch) -> type:
    """Give every test of a class a mock of its own, set-up and tear-down included."""
    from unittest import TestCase

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


def _with_mock_as_attribute(method: Callable[..., Any], mock: MockBatch) -> partialmethod[Any]:
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        with mock.apart() as batch_mock:
            self.batch_mock = batch_mock
            return method(self, *args, **kwargs)

    # Not a plain function: those moto's class decorator takes for methods of the user's, and wraps.
    return partialmethod(run)


def _given_attribute(method: Callable[..., Any]) -> Callable[..., Any]:
    """Give a method the mock of its instance as an argument."""
    call = _call_with_mock(method)
    if inspect.iscoroutinefunction(method):

        async def run_coroutine(self: Any, *args: Any, **kwargs: Any) -> Any:
            return await call(self.batch_mock, (self, *args), kwargs)

        return _like(method, run_coroutine)

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(self.batch_mock, (self, *args), kwargs)

    return _like(method, run)


def _test_names(decorated: type) -> list[str]:
    return [
        name
        for name in dir(decorated)
        if name.startswith("test") and inspect.isfunction(inspect.getattr_static(decorated, name))
    ]


def _cover_plain_class(decorated: type, mock: MockBatch) -> None:
    """Start the mock before pytest's `setup_method`, or around a test that is called without it."""
    set_up = getattr(decorated, "setup_method", None)
    tear_down = getattr(decorated, "teardown_method", None)

    def setup_method(self: Any, method: Any = None) -> None:
        self.batch_mock = mock.start_apart()
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
        self.batch_mock.stop()
        del self.batch_mock

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


def _around_or_within(method: Callable[..., Any], mock: MockBatch) -> Callable[..., Any]:
    """Use the mock that `setup_method` started; without pytest there is none, so start one."""
    alone, within = _decorate_function(method, mock), _given_attribute(method)

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        chosen = within if hasattr(self, PARAMETER) else alone
        return chosen(self, *args, **kwargs)

    if not inspect.iscoroutinefunction(method):
        return _like(method, run)

    async def run_coroutine(self: Any, *args: Any, **kwargs: Any) -> Any:
        return await run(self, *args, **kwargs)

    return _like(method, run_coroutine)
