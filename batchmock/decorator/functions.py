"""Decorating functions: plain and async functions, generators, and Hypothesis tests."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import AbstractContextManager, aclosing
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from batchmock.errors import BatchMockError

if TYPE_CHECKING:
    from batchmock.mock import BatchMock

#: The parameter, and the attribute of a test class, that receives the mock.
PARAMETER: Final = "batch_mock"
#: The attribute that marks decorated functions and classes.
DECORATED: Final = "__batchmock_decorated__"


class Starter(Protocol):
    """The part of `MockBatch` that decorators use."""

    options: dict[str, Any]

    def start_apart(self) -> BatchMock:
        """Start a new mock that the caller must stop."""

    def apart(self) -> AbstractContextManager[BatchMock]:
        """Start a new mock for a block, and stop it afterwards."""


#: Calls a function with a mock, which is passed on if the function has a parameter for it.
CallWithMock: TypeAlias = Callable[["BatchMock", "tuple[Any, ...]", "dict[str, Any]"], Any]


def call_with_mock(function: Callable[..., Any]) -> CallWithMock:
    """
    Return a function that calls another with a mock in the position of its mock parameter.

    Raises:
        BatchMockError: the position is among the arguments that `mock.patch` adds.
    """
    parameters = inspect.signature(function).parameters
    if PARAMETER not in parameters:
        return lambda batch_mock, args, kwargs: function(*args, **kwargs)
    position = list(parameters).index(PARAMETER)
    by_name = parameters[PARAMETER].kind is inspect.Parameter.KEYWORD_ONLY

    def call(batch_mock: BatchMock, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if by_name or len(args) < position:
            if not by_name and position < len(args) + _patched_arguments(function):
                raise BatchMockError(_among_patches(function))
            return function(*args, **kwargs, batch_mock=batch_mock)
        return function(*args[:position], batch_mock, *args[position:], **kwargs)

    return call


def _patched_arguments(function: Callable[..., Any]) -> int:
    """Return how many arguments the decorators `mock.patch` of a function add, in whatever order."""
    patchings = getattr(function, "patchings", ())
    if not patchings:
        return 0
    from unittest.mock import DEFAULT

    return sum(each.new is DEFAULT and each.attribute_name is None for each in patchings)


def _among_patches(function: Callable[..., Any]) -> str:
    others = [name for name in inspect.signature(function).parameters if name != PARAMETER]
    first = others[:1] if others[:1] == ["self"] else []
    order = ", ".join([*first, PARAMETER, *others[len(first) :]])
    return (
        f"batchmock: {function.__name__} has the parameter batch_mock among those for mock.patch, which adds "
        f"its arguments next to one another. Write def {function.__name__}({order})."
    )


def decorate_function(function: Callable[..., Any], mock: Starter) -> Callable[..., Any]:
    """Wrap a function so that each call, or each example of Hypothesis, has its own mock."""
    if getattr(function, "is_hypothesis_test", False):
        wrapper = _with_mock_for_each_example(function, mock)
    else:
        wrapper = like(function, _wrapper_for(function, mock))
    vars(wrapper)[DECORATED] = mock
    return wrapper


def _with_mock_for_each_example(function: Callable[..., Any], mock: Starter) -> Callable[..., Any]:
    """Decorate the function under `@given`, which Hypothesis calls once per example."""
    handle: Any = vars(function)["hypothesis"]
    signature = inspect.signature(handle.inner_test)
    within = decorate_function(handle.inner_test, mock)
    if PARAMETER not in inspect.signature(function).parameters:
        handle.inner_test = within
        return function

    @functools.wraps(within)
    def without_placeholder(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        del bound.arguments[PARAMETER]
        return within(*bound.args, **bound.kwargs)

    def run(*args: Any, **kwargs: Any) -> Any:
        # Hypothesis passes every parameter; each example replaces this one with its mock.
        return function(*args, **kwargs, **{PARAMETER: None})

    vars(without_placeholder)["__signature__"] = signature
    handle.inner_test = without_placeholder
    return like(function, run)


def like(function: Callable[..., Any], wrapper: Callable[..., Any]) -> Callable[..., Any]:
    """Make a wrapper look like its function, without the parameter for the mock."""
    wrapper = functools.wraps(function)(wrapper)
    if PARAMETER in inspect.signature(function).parameters:
        # Otherwise pytest would look for a fixture of this name.
        vars(wrapper)["__signature__"] = _signature_without_mock(function)
    return wrapper


def _async_generator_for(call: CallWithMock, mock: Starter) -> Callable[..., Any]:
    """Return an async generator function that delegates to another one within its mock."""

    async def run_async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with mock.apart() as batch_mock:
            async with aclosing(call(batch_mock, args, kwargs)) as items:
                # The equivalent of `yield from`, which async generators do not have.
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


def _wrapper_for(function: Callable[..., Any], mock: Starter) -> Callable[..., Any]:
    call = call_with_mock(function)
    if inspect.iscoroutinefunction(function):

        async def run_coroutine(*args: Any, **kwargs: Any) -> Any:
            with mock.apart() as batch_mock:
                return await call(batch_mock, args, kwargs)

        return run_coroutine
    if inspect.isasyncgenfunction(function):
        return _async_generator_for(call, mock)
    if inspect.isgeneratorfunction(function):

        def run_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with mock.apart() as batch_mock:
                return (yield from call(batch_mock, args, kwargs))

        return run_generator

    def run(*args: Any, **kwargs: Any) -> Any:
        batch_mock = mock.start_apart()
        try:
            result = call(batch_mock, args, kwargs)
        except BaseException:
            batch_mock.stop(quiet=True)
            raise
        if inspect.iscoroutine(result):
            batch_mock.stop(quiet=True)
            return _awaited_with(batch_mock, result)
        batch_mock.stop()
        return result

    return run


async def _awaited_with(batch_mock: BatchMock, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Await a coroutine returned by a function that is not declared async."""
    batch_mock.start()
    try:
        result = await coroutine
    except BaseException:
        batch_mock.stop(quiet=True)
        raise
    batch_mock.stop()
    return result


def _signature_without_mock(function: Callable[..., Any]) -> inspect.Signature:
    signature = inspect.signature(function)
    kept = [item for name, item in signature.parameters.items() if name != PARAMETER]
    return signature.replace(parameters=kept)
