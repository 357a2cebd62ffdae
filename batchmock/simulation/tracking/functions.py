"""Functions of a test that run in place of containers: their output and resulting outcomes."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Protocol

from batchmock.errors import BatchMockError
from batchmock.outcomes import (
    SIGKILL_EXIT_CODE,
    CallContext,
    CallResult,
    LogLine,
    Outcome,
    fail,
    succeed,
)


class Output(StringIO):
    """What a function prints."""

    def end_line(self) -> None:
        """End a line that has no end yet, before text that is not the function's."""
        printed = self.getvalue()
        if printed and not printed.endswith("\n"):
            self.write("\n")


CallFunction = Callable[[CallContext], CallResult]


class FunctionRun:
    """
    One run of a function of the test in place of a container.

    Args:
        function: the function.
        context: its argument.
    """

    def __init__(self, function: CallFunction, context: CallContext) -> None:
        self._function = function
        self._context = context
        self._ending: Outcome | None = None
        self._error: BaseException | None = None
        self._is_over = False
        #: How long it ran, in simulated milliseconds.
        self.took_ms = 0
        #: Called after the end of a run that was not over when it was handed back.
        self.on_end: Callable[[], None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether the function has returned or raised."""
        return self._is_over

    @property
    def lines(self) -> Sequence[LogLine]:
        """The lines printed so far."""
        return ()

    @property
    def wakes_ms(self) -> int | None:
        """The instant at which the function wakes up; None if it does not sleep."""
        return None

    def run(self) -> None:
        """Run the function to its end."""
        try:
            ending, lines = run_function(self._function, self._context)
            self._ending = ending._replace(logs=lines)
        except BaseException as error:
            self._error = error
        self._is_over = True

    def run_with_output(self, output: Output) -> None:
        """Run the function to its end; it prints by itself, and batchmock writes its traceback."""
        try:
            self._ending = _outcome_of_function(self._function, self._context, output)
        except BaseException as error:
            self._error = error

    def _add_lines(self, printed: tuple[LogLine, ...]) -> None:
        if self._ending is not None:
            self._ending = self._ending._replace(logs=(*printed, *self._ending.logs))

    def ending(self) -> Outcome:
        """
        Return the resulting outcome, with the printed lines.

        Raises:
            BaseException: what the function raised, if it ends the test.
        """
        if self._error is not None:
            raise self._error
        if self._ending is None:
            raise AssertionError("the function has not returned")
        return self._ending

    def kill(self) -> None:
        """End a run that is not over: the attempt has ended."""


class FunctionRunner(Protocol):
    """Runs functions of the test in place of containers."""

    def __call__(
        self, function: CallFunction, context: CallContext, takes_time: bool, /
    ) -> FunctionRun:
        """
        Run a function, or its first part if it sleeps in simulated time.

        Args:
            function: the function.
            context: its argument.
            takes_time: whether the attempt lasts as long as the function sleeps, where it can.
        """


def run_inline(
    function: CallFunction, context: CallContext, takes_time: bool = False
) -> FunctionRun:
    """Run a function of the test to its end in the current thread."""
    run = FunctionRun(function, context)
    run.run()
    return run


def run_function(
    function: CallFunction, context: CallContext
) -> tuple[Outcome, tuple[LogLine, ...]]:
    """
    Run a function of the test; return the resulting outcome and the printed lines.

    An exception means exit code 1, as in a Python program. Anything that is not an `Exception`
    (KeyboardInterrupt, pytest's own outcomes) propagates, and so does a misuse of batchmock itself.
    """
    output = Output()
    with redirect_stdout(output), redirect_stderr(output):
        outcome = _outcome_of_function(function, context, output)
    printed = (LogLine(line, 0) for line in output.getvalue().splitlines())
    return outcome, (*printed, *outcome.logs)


def _outcome_of_function(function: CallFunction, context: CallContext, output: Output) -> Outcome:
    try:
        return outcome_of(function(context))
    except SystemExit as exit_request:
        return outcome_of_exit(exit_request.code, output)
    except BatchMockError:
        raise
    except Exception as error:
        output.end_line()
        traceback.print_exc(file=output)
        last_line = traceback.format_exception_only(type(error), error)[-1].strip()
        return fail(1)._replace(raised=last_line)


def outcome_of(result: CallResult) -> Outcome:
    """
    Convert the return value of a function to an outcome: None is success, an int the exit code.

    Raises:
        BatchMockError: the value is neither of these, nor an outcome of a running container.
    """
    if result is None or result == 0:
        return succeed()
    if isinstance(result, Outcome) and result.kind not in (
        "call",
        "never_starts",
        "containers",
        "no_capacity",
    ):
        return result
    if isinstance(result, int):
        return fail(int(result) & 255) if int(result) & 255 else succeed()
    raise BatchMockError(
        f"batchmock: the function given to call() returned {result!r}; return None, "
        "an exit code, or an outcome of a running container such as fail(3)."
    )


def outcome_of_exit(code: object, output: Output) -> Outcome:
    """Convert the code of a `SystemExit` to an outcome, as the interpreter does: text is exit code 1."""
    if code is None or isinstance(code, int):
        return outcome_of(code)
    output.end_line()
    output.write(f"{code}\n")
    return fail(1)


def as_called(called: Outcome, ending: Outcome, took_ms: int = 0) -> Outcome:
    """
    Fill in the length and the answer to SIGTERM of a function's outcome from its `call`.

    Args:
        called: the outcome that has the function.
        ending: the outcome that resulted from it.
        took_ms: how long the function ran in simulated time; the attempt lasts no shorter.
    """
    own_answer = ending.on_sigterm != SIGKILL_EXIT_CODE or ending.stops_after_ms is not None
    after_ms = called.after_ms if ending.after_ms is None else ending.after_ms
    return ending._replace(
        after_ms=max(after_ms or 0, took_ms) if took_ms else after_ms,
        on_sigterm=ending.on_sigterm if own_answer else called.on_sigterm,
        stops_after_ms=ending.stops_after_ms if own_answer else called.stops_after_ms,
    )
