"""Programs to explore: a function that takes a mock. pytest's tests are programs of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from inspect import isasyncgen, isawaitable, iscoroutine, iscoroutinefunction, isgenerator
from typing import Any, Protocol

from batchmock.callables import name_of, signature_of, takes
from batchmock.errors import BatchMockError
from batchmock.exploring.adversities import Plan
from batchmock.exploring.oracles import Verdict
from batchmock.exploring.stacks import Boundary
from batchmock.mock import BatchMock
from batchmock.options import make_options


class Program(Protocol):
    """Code that can run again and again, each time with a new mock, or once more with the mock of a run."""

    boundary: Boundary

    @property
    def runs_again(self) -> bool:
        """Whether a run can be repeated with the mock of an earlier one."""

    def run(self, world: BatchMock | None, *, start: float | None, quiet: bool) -> object:
        """
        Run once.

        Args:
            world: the mock to use again; None for a new one.
            start: the first instant of a new mock, unless the program sets one.
            quiet: whether to skip the check of strict mocks.
        """

    def source(self) -> CallSource:
        """Return the source of the call, for a plain test."""


class CallSource(Protocol):
    """Writes plain tests around the call of a program."""

    def file(self, plan: Plan, verdict: Verdict) -> str:
        """Return a whole file with one test, which breaks the rule of a verdict."""


class FunctionProgram:
    """
    A function that takes a mock.

    Args:
        function: a function or coroutine function of one parameter.
        options: the options of the mock.

    Raises:
        BatchMockError: the function can't be called, or an option does not exist.
    """

    def __init__(self, function: Callable[[BatchMock], object], options: Mapping[str, Any]) -> None:
        if not callable(function):
            raise BatchMockError(
                f"batchmock: explore() got {function!r}, which can't be called. Pass a function of one "
                "parameter, the mock: explore(lambda batch_mock: main())."
            )
        parameters = signature_of(function)
        if parameters is not None and not takes(parameters, 1):
            raise BatchMockError(
                f"batchmock: explore() got {name_of(function)}{parameters}, which can't be called with one "
                "argument. Pass a function of one parameter, the mock: explore(lambda batch_mock: main())."
            )
        if not isinstance(options, Mapping):
            raise BatchMockError(
                f"batchmock: explore() got options={options!r}; pass a dict of the options of mock_batch: "
                'options={"advance": "sleep"}.'
            )
        make_options(options)
        self.function = function
        self.options = dict(options)
        self.boundary = Boundary([function], may_be_the_code=True)
        self._is_async = iscoroutinefunction(function)
        self.runs_again = True

    def run(self, world: BatchMock | None, *, start: float | None, quiet: bool) -> object:
        """Run once, in a mock of its own or in that of an earlier run."""
        mock = world
        if mock is None:
            options = self.options
            if start is not None and options.get("start") is None:
                options = {**options, "start": start}
            mock = BatchMock(make_options(options))
        mock.start()
        try:
            result = self._result_of(self.function(mock))
        except BaseException:
            mock.stop(quiet=True)
            raise
        mock.stop(quiet=quiet)
        return result

    def _result_of(self, returned: Any) -> object:
        """Return what the function has returned, or the result of its coroutine."""
        if isgenerator(returned) or isasyncgen(returned):
            consumed = "list(main())" if isgenerator(returned) else "consume(main())"
            raise BatchMockError(
                f"batchmock: explore() got {name_of(self.function)}, which returned a generator: none of its "
                f"code has run. Pass a function that consumes it: explore(lambda batch_mock: {consumed})."
            )
        if not isawaitable(returned):
            return returned
        if asyncio._get_running_loop() is not None:
            if iscoroutine(returned):
                returned.close()
            raise BatchMockError(
                f"batchmock: explore() can't run the coroutine of {name_of(self.function)} inside a running "
                "event loop. Call explore() from a function that is not async, or in a thread: "
                "await asyncio.to_thread(explore, main)."
            )
        self._is_async = True
        return asyncio.run(_awaited(returned))

    def source(self) -> CallSource:
        """Return the source of the call."""
        from batchmock.exploring.source import FunctionSource

        return FunctionSource(self.function, self.options, is_async=self._is_async)


async def _awaited(result: Any) -> object:
    return await result
