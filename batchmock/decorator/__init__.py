"""
`mock_batch`: one name for a decorator, a context manager, and start/stop.

The simulation is imported when the first mock starts: a test run that only collects decorated tests
needs none of it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar, cast, overload
from weakref import ref

from batchmock.decorator.classes import decorate_class
from batchmock.decorator.functions import decorate_function
from batchmock.errors import BatchMockError
from batchmock.options import MockOptions, Options, make_options, options_now

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from batchmock.mock import BatchMock

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


#: The mocks of the blocks around the code of a thread or task, innermost last.
_entered_here: Final[ContextVar[tuple[ref[BatchMock], ...]]] = ContextVar(
    "_entered_here", default=()
)


class MockBatch:
    """
    A mock that is not started yet: each use as a decorator or context manager creates a `BatchMock`.

    Args:
        options: the keyword arguments of `mock_batch`.
        checked: the options that they make.
        place: where in the test `mock_batch` was called, as `file:line`.
    """

    def __init__(self, options: dict[str, Any], checked: Options, place: str) -> None:
        self.options = options
        self._checked = checked
        self._place = place
        self._started: BatchMock | None = None
        self._started_at = ""
        self._entered: list[BatchMock] = []

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"mock_batch({given})"

    def start(self) -> BatchMock:
        """
        Start a new mock and return it.

        Raises:
            BatchMockError: the mock is already started.
        """
        if self._started is not None:
            raise BatchMockError(
                f"batchmock: {self!r} is already started, since {self._started_at}. Call stop() first, or "
                "make a second mock with another mock_batch(); mocks may be nested."
            )
        self._started = self.start_apart()
        self._started_at = _place_of_caller()
        return self._started

    def start_apart(self) -> BatchMock:
        """Start a new mock that the caller must stop; for decorated functions, whose calls may overlap."""
        from batchmock.mock import BatchMock

        self._checked = options_now(self._checked, self.options)
        return BatchMock(self._checked, place=self._place).start()

    @contextmanager
    def apart(self) -> Iterator[BatchMock]:
        """Start a new mock for a block, and stop it afterwards."""
        mock = self.start_apart()
        try:
            yield mock
        except BaseException:
            mock.stop(quiet=True)
            raise
        mock.stop()

    def stop(self) -> None:
        """
        Stop the mock.

        Raises:
            BatchMockError: the mock is not started; or, under `strict`, something was left unused.
        """
        if self._started is None:
            raise BatchMockError(
                f"batchmock: {self!r} is not started, so there is nothing to stop. Call start() first."
            )
        mock, self._started = self._started, None
        mock.stop()

    def __enter__(self) -> BatchMock:
        mock = self.start_apart()
        self._entered.append(mock)
        _entered_here.set(
            (*(each for each in _entered_here.get() if each() is not None), ref(mock))
        )
        return mock

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._left().stop(quiet=error is not None)

    async def __aenter__(self) -> BatchMock:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def _left(self) -> BatchMock:
        """Return the mock of the block that ends, of several that overlap in threads or tasks."""
        here = [mock for each in _entered_here.get() if (mock := each()) in self._entered]
        # A fixture may be set up and torn down in different tasks.
        mock = here[-1] if here else self._entered[-1]
        self._entered.remove(mock)
        _entered_here.set(tuple(each for each in _entered_here.get() if each() is not mock))
        return mock

    def __call__(self, decorated: Decorated) -> Decorated:
        """
        Decorate a function or class.

        Raises:
            BatchMockError: it is neither.
        """
        if isinstance(decorated, (classmethod, staticmethod)):
            return cast("Decorated", type(decorated)(self(decorated.__func__)))
        _check_can_be_decorated(decorated)
        if inspect.isclass(decorated):
            return cast("Decorated", decorate_class(decorated, self))
        return cast("Decorated", decorate_function(decorated, self))


def _check_can_be_decorated(decorated: object) -> None:
    """
    Check that something is a function or class.

    Raises:
        BatchMockError: it is neither, or it is a fixture of pytest.
    """
    is_fixture = type(decorated).__module__ == "_pytest.fixtures"
    if is_fixture or hasattr(decorated, "_pytestfixturefunction"):
        name = getattr(decorated, "__name__", "it")
        raise BatchMockError(
            f"batchmock: mock_batch is above @pytest.fixture of {name}. Write @pytest.fixture above "
            "@mock_batch."
        )
    if not callable(decorated):
        raise BatchMockError(
            f"batchmock: mock_batch decorates functions and classes, and got {decorated!r}. If this is the "
            "result of another decorator, write that one above @mock_batch."
        )


def _place_of_caller() -> str:
    """Return the position of the caller's caller, as `file:line`."""
    frame = sys._getframe(2)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


class MockBatchEntrance:
    """
    Simulate AWS Batch in this process during a function, the tests of a class, or a block.

    Use it as `@mock_batch`, `@mock_batch(region=...)`, `with mock_batch() as batch_mock:`,
    `async with`, or with `start()` and `stop()`. A decorated function receives the `BatchMock` if it
    has a parameter named `batch_mock`. Each call, and each test of a decorated class, has its own mock.

    Args:
        decorated: a function, async function, generator function or class.
        options: the fields of `Options`: region, account_id, start, stage_seconds, resource_seconds, advance,
            speed, freeze, seed, retention, visibility_lag, stop_grace_seconds, launch_seconds, policies,
            strict, pass_logs.

    Raises:
        BatchMockError: an option does not exist, or has an invalid value.
    """

    __name__ = "mock_batch"
    __qualname__ = "mock_batch"

    @overload
    def __call__(self, decorated: Decorated, /) -> Decorated: ...

    @overload
    def __call__(self, **options: Unpack[MockOptions]) -> MockBatch: ...

    def __call__(self, *decorated: Any, **options: Any) -> Any:
        """Create a mock with these options, or decorate a function or class."""
        mock = MockBatch(options, make_options(options), _place_of_caller())
        if not decorated:
            return mock
        if len(decorated) > 1 or not _may_be_decorated(decorated[0]):
            given = ", ".join(map(repr, decorated))
            raise BatchMockError(
                f"batchmock: mock_batch() got {given}. Pass options by name: "
                'mock_batch(region="eu-west-1").'
            )
        return mock(decorated[0])

    def __repr__(self) -> str:
        return "<function mock_batch>"

    if not TYPE_CHECKING:  # type checkers report these mistakes themselves

        def __enter__(self) -> NoReturn:
            raise BatchMockError(_without_parentheses("with mock_batch", "with mock_batch()"))

        def __exit__(self, *_: object) -> None: ...

        async def __aenter__(self) -> NoReturn:
            raise BatchMockError(
                _without_parentheses("async with mock_batch", "async with mock_batch()")
            )

        async def __aexit__(self, *_: object) -> None: ...

        def start(self) -> NoReturn:
            """Raise, because a mock is missing."""
            raise BatchMockError(
                _without_parentheses(
                    "mock_batch.start()", "starter = mock_batch(); starter.start()"
                )
            )

        def stop(self) -> NoReturn:
            """Raise, because a mock is missing."""
            raise BatchMockError(
                _without_parentheses("mock_batch.stop()", "starter = mock_batch(); starter.stop()")
            )


def _may_be_decorated(given: object) -> bool:
    """Return whether something is the result of a decorator, and not an option without its name."""
    return callable(given) or isinstance(given, (classmethod, property))


def _without_parentheses(wrong: str, right: str) -> str:
    as_name = " as batch_mock:" if right.endswith("with mock_batch()") else ""
    return (
        f"batchmock: {wrong!r} has no mock to start: mock_batch without parentheses is only a decorator. "
        f"Write {right}{as_name}"
    )


mock_batch: Final = MockBatchEntrance()
