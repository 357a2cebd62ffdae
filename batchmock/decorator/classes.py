"""Decorating classes: `unittest.TestCase`, and the plain classes that pytest collects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partialmethod
from typing import TYPE_CHECKING, Any, Final

from batchmock.decorator.class_set_ups import guard_class_set_ups
from batchmock.decorator.functions import (
    DECORATED,
    PARAMETER,
    Starter,
    call_with_mock,
    decorate_function,
    like,
)
from batchmock.decorator.instances import TestState, call_with_method, state_of
from batchmock.errors import BatchMockError

if TYPE_CHECKING:
    from unittest import TestCase

#: The attribute of a method that already uses the mock of its test.
_COVERED: Final = "_batchmock_covered"


def decorate_class(decorated: type, mock: Starter) -> type:
    """
    Start a separate mock for every test of a class, which also covers set-up and tear-down.

    So have the tests of its subclasses, with the options of the most derived decorated class, and those of
    test classes defined in it.
    """
    for name in _test_names(decorated):
        _check_examples_have_their_own(decorated, name)
    is_first = not hasattr(decorated, DECORATED)
    try:
        # Of two decorators of one class, the inner one answers, as for functions.
        setattr(decorated, DECORATED, vars(decorated).get(DECORATED, mock))
    except TypeError as error:
        raise BatchMockError(
            f"batchmock: mock_batch can't decorate the built-in class {decorated.__name__}. Decorate a class "
            "of tests, or a function."
        ) from error
    _cover(decorated)
    if is_first:
        _cover_subclasses_of(decorated)
    for nested in _nested_test_classes(decorated):
        decorate_class(nested, mock)
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


def _cover(decorated: type) -> None:
    """Wrap the methods of a class that do not use the mock yet."""
    from unittest import TestCase

    guard_class_set_ups(decorated, lambda: starter_of(decorated).options.get("region"))
    if issubclass(decorated, TestCase):
        _cover_test_case(decorated)
    else:
        _cover_plain_class(decorated)


def _cover_subclasses_of(decorated: type[Any]) -> None:
    """Cover each subclass when it is defined, because it may override methods and not call `super()`."""
    own = vars(decorated).get("__init_subclass__")

    def __init_subclass__(cls: type[Any], /, **kwargs: Any) -> None:
        if own is None:
            super(decorated, cls).__init_subclass__(**kwargs)
        else:
            own.__get__(None, cls)(**kwargs)
        _cover(cls)

    setattr(decorated, "__init_subclass__", classmethod(__init_subclass__))  # noqa: B010


def _nested_test_classes(decorated: type) -> Iterator[type]:
    """Yield the test classes that are defined in a class and not decorated."""
    for nested in list(vars(decorated).values()):
        if not inspect.isclass(nested) or hasattr(nested, DECORATED):
            continue
        is_defined_here = nested.__qualname__ == f"{decorated.__qualname__}.{nested.__name__}"
        if is_defined_here and (_test_names(nested) or any(_nested_test_classes(nested))):
            yield nested


def starter_of(test_class: type) -> Starter:
    """Return what starts the mocks of a class: the decorator of the most derived decorated class."""
    starter: Starter = getattr(test_class, DECORATED)
    return starter


def _test_names(decorated: type) -> list[str]:
    return [
        name
        for name in dir(decorated)
        if name.startswith("test") and inspect.isfunction(inspect.getattr_static(decorated, name))
    ]


def _is_covered(decorated: type, name: str) -> bool:
    method = inspect.getattr_static(decorated, name, None)
    return hasattr(getattr(method, "func", method), _COVERED)


def _covering(wrapper: Callable[..., Any]) -> Callable[..., Any]:
    vars(wrapper)[_COVERED] = True
    return wrapper


# Test cases of unittest


def _cover_test_case(decorated: type[TestCase]) -> None:
    for name in ("run", "debug"):
        if not _is_covered(decorated, name):
            setattr(decorated, name, _with_mock_as_attribute(getattr(decorated, name)))
    is_strict = starter_of(decorated).options.get("strict")
    for name in _test_names(decorated):
        method = getattr(decorated, name)
        if getattr(method, "is_hypothesis_test", False) or _is_covered(decorated, name):
            continue
        if PARAMETER in inspect.signature(method).parameters or is_strict:
            setattr(decorated, name, _covering(_given_attribute(method)))


def _with_mock_as_attribute(method: Callable[..., Any]) -> partialmethod[Any]:
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        if state_of(self) is not None:  # called by `super()`, or pytest called `setup_method`
            return method(self, *args, **kwargs)
        starter = starter_of(type(self))
        state = TestState.begin(self, starter)
        try:
            if starter.options.get("strict"):
                state.has_failed = True
                # A clean-up, because an exception from `run` itself would end the run of all tests.
                self.addCleanup(state.check_unless_failed)
            return method(self, *args, **kwargs)
        finally:
            state.end(self, quiet=True)

    # Not a plain function: moto's class decorator would wrap that as a method of the user's.
    return partialmethod(_covering(run))


# Plain classes


def _cover_plain_class(decorated: type) -> None:
    """Start the mock before pytest's `setup_method`, or around a test that is called without it."""
    for name, wrapped in (("setup_method", _set_up), ("teardown_method", _tear_down)):
        if not _is_covered(decorated, name):
            setattr(decorated, name, _covering(wrapped(getattr(decorated, name, None))))
    for name in _test_names(decorated):
        if not _is_covered(decorated, name):
            setattr(decorated, name, _covering(_around_or_within(getattr(decorated, name))))


def _set_up(function: Callable[..., Any] | None) -> Callable[..., Any]:
    def setup_method(self: Any, method: Any = None) -> None:
        state = state_of(self)
        if state is None:
            state = TestState.begin(self, starter_of(type(self)))
        elif not state.is_calling:
            # pytest calls it for the class around a nested class as well, on the same instance.
            state.set_ups += 1
            return
        try:
            state.call(function, self, method)
        except BaseException:
            if not state.is_calling:
                state.end(self, quiet=True)
            raise
        if not state.is_calling:
            state.set_ups += 1

    return setup_method


def _tear_down(function: Callable[..., Any] | None) -> Callable[..., Any]:
    def teardown_method(self: Any, method: Any = None) -> None:
        state = state_of(self)
        if state is None:
            call_with_method(function, self, method)
            return
        if not state.is_calling:
            state.set_ups -= 1
            if state.set_ups > 0:
                return
        try:
            state.call(function, self, method)
        except BaseException:
            if not state.is_calling:
                state.end(self, quiet=True)
            raise
        if not state.is_calling:
            state.end(self, quiet=state.has_failed)

    return teardown_method


def _around_or_within(method: Callable[..., Any]) -> Callable[..., Any]:
    """Use the mock that `setup_method` started, or start one if pytest did not call it."""
    if getattr(method, "is_hypothesis_test", False):  # its examples start their own mocks
        return method
    within = _given_attribute(method)

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        if state_of(self) is not None:
            return within(self, *args, **kwargs)
        return decorate_function(method, starter_of(type(self)))(self, *args, **kwargs)

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


def _noting_failure(test: Any) -> AbstractContextManager[None]:
    state = state_of(test)
    return nullcontext() if state is None else state.noting_failure()
