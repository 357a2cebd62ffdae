"""Functions of a test that run in place of containers: their output and resulting outcomes."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

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

CallFunction = Callable[[CallContext], CallResult]


def run_function(
    function: CallFunction, context: CallContext
) -> tuple[Outcome, tuple[LogLine, ...]]:
    """
    Run a function of the test; return the resulting outcome and the printed lines.

    An exception means exit code 1, as in a Python program. Anything that is not an `Exception`
    (KeyboardInterrupt, pytest's own outcomes) propagates, and so does a misuse of batchmock itself.
    """
    output = StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        try:
            outcome = outcome_of(function(context))
        except SystemExit as exit_request:
            outcome = outcome_of_exit(exit_request.code, output)
        except BatchMockError:
            raise
        except Exception as error:
            traceback.print_exc(file=output)
            last_line = traceback.format_exception_only(type(error), error)[-1].strip()
            outcome = fail(1)._replace(raised=last_line)
    printed = (LogLine(line, 0) for line in output.getvalue().splitlines())
    return outcome, (*printed, *outcome.logs)


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


def outcome_of_exit(code: object, output: StringIO) -> Outcome:
    """Convert the code of a `SystemExit` to an outcome, as the interpreter does: text is exit code 1."""
    if code is None or isinstance(code, int):
        return outcome_of(code)
    output.write(f"{code}\n")
    return fail(1)


def as_called(called: Outcome, ending: Outcome) -> Outcome:
    """Fill in the length and the answer to SIGTERM of a function's outcome from its `call`."""
    own_answer = ending.on_sigterm != SIGKILL_EXIT_CODE or ending.stops_after_ms is not None
    return ending._replace(
        after_ms=called.after_ms if ending.after_ms is None else ending.after_ms,
        on_sigterm=ending.on_sigterm if own_answer else called.on_sigterm,
        stops_after_ms=ending.stops_after_ms if own_answer else called.stops_after_ms,
    )
