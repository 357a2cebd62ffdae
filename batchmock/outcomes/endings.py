"""Outcomes of containers that run: `succeed`, `fail`, `hang`, `call`, and `in_containers` for several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import iscoroutinefunction
from typing import Final

from batchmock.arguments import checked_mapping
from batchmock.callables import name_of, signature_of, takes
from batchmock.durations import Duration, optional_milliseconds
from batchmock.errors import BatchMockError
from batchmock.nearest import suggests_parameters
from batchmock.outcomes.arguments import checked_exit_code, checked_reason, lines_of_log, timing
from batchmock.outcomes.values import (
    SIGKILL_EXIT_CODE,
    CallContext,
    CallResult,
    LogEntry,
    Outcome,
)

ESSENTIAL_CONTAINER_EXITED: Final = "Essential container in task exited"


@suggests_parameters
def succeed(
    after: Duration | None = None,
    logs: str | Iterable[LogEntry] = (),
    *,
    runnable: Duration | None = None,
    starting: Duration | None = None,
    scheduled: Duration | None = None,
    on_sigterm: int = SIGKILL_EXIT_CODE,
    stops_after: Duration | None = None,
) -> Outcome:
    """
    The container exits with code 0.

    Args:
        after: seconds in RUNNING; the mock's `stage_seconds` if not given.
        logs: the lines that it writes, spread evenly over the run, or as `(seconds, text)`.
        runnable: seconds in RUNNABLE before it is placed.
        starting: seconds in STARTING.
        scheduled: seconds in SCHEDULED, which only service jobs have.
        on_sigterm: the exit code after SIGTERM, on a timeout or TerminateJob; 137 means that the container was
            killed with SIGKILL.
        stops_after: seconds from SIGTERM to that exit, by default the whole `stop_grace_seconds`. A
            container that needs longer than that is killed: 137.
    """
    return Outcome(
        "exit",
        "succeed()",
        exit_code=0,
        status_reason=ESSENTIAL_CONTAINER_EXITED,
        logs=lines_of_log(logs),
        on_sigterm=checked_exit_code(on_sigterm, 0, "on_sigterm"),
        stops_after_ms=optional_milliseconds(stops_after, "stops_after"),
        **timing(after, runnable, starting, scheduled),
    )


@suggests_parameters
def fail(
    exit_code: int | None = 1,
    *,
    after: Duration | None = None,
    reason: str | None = None,
    status_reason: str | None = None,
    logs: str | Iterable[LogEntry] = (),
    runnable: Duration | None = None,
    starting: Duration | None = None,
    scheduled: Duration | None = None,
    on_sigterm: int = SIGKILL_EXIT_CODE,
    stops_after: Duration | None = None,
) -> Outcome:
    """
    The container ends with a nonzero exit code, or with none.

    Args:
        exit_code: 1 to 255; None for a container that ran but has no exit code.
        after: seconds in RUNNING; the mock's `stage_seconds` if not given.
        reason: the container's `reason`, absent on ordinary exits.
        status_reason: the attempt's `statusReason`, by default `Essential container in task exited`.
        logs: the lines that it writes, spread evenly over the run, or as `(seconds, text)`.
        runnable: seconds in RUNNABLE before it is placed.
        starting: seconds in STARTING.
        scheduled: seconds in SCHEDULED, which only service jobs have.
        on_sigterm: the exit code after SIGTERM.
        stops_after: seconds from SIGTERM to that exit, by default the whole `stop_grace_seconds`.

    Raises:
        BatchMockError: `exit_code` is 0 or not an exit code, or a reason is not text.
    """
    return Outcome(
        "exit",
        f"fail({exit_code})",
        exit_code=None if exit_code is None else checked_exit_code(exit_code, 1, "exit_code"),
        reason=checked_reason(reason, "reason"),
        status_reason=checked_reason(status_reason, "status_reason") or ESSENTIAL_CONTAINER_EXITED,
        logs=lines_of_log(logs),
        on_sigterm=checked_exit_code(on_sigterm, 0, "on_sigterm"),
        stops_after_ms=optional_milliseconds(stops_after, "stops_after"),
        **timing(after, runnable, starting, scheduled),
    )


@suggests_parameters
def hang(
    *,
    logs: str | Iterable[LogEntry] = (),
    runnable: Duration | None = None,
    starting: Duration | None = None,
    scheduled: Duration | None = None,
    on_sigterm: int = SIGKILL_EXIT_CODE,
    stops_after: Duration | None = None,
) -> Outcome:
    """
    The container runs until a timeout or a TerminateJob ends it.

    Args:
        logs: the lines that it writes, at its start or as `(seconds, text)`.
        runnable: seconds in RUNNABLE before it is placed.
        starting: seconds in STARTING.
        scheduled: seconds in SCHEDULED, which only service jobs have.
        on_sigterm: the exit code after SIGTERM. With 0, the job has SUCCEEDED after
            TerminateJob, but FAILED at a time limit.
        stops_after: seconds from SIGTERM to that exit, by default the whole `stop_grace_seconds`. A
            container that needs longer than that is killed: 137.
    """
    return Outcome(
        "hang",
        "hang()",
        logs=lines_of_log(logs),
        on_sigterm=checked_exit_code(on_sigterm, 0, "on_sigterm"),
        stops_after_ms=optional_milliseconds(stops_after, "stops_after"),
        **timing(None, runnable, starting, scheduled),
    )


@suggests_parameters
def call(
    function: Callable[[CallContext], CallResult],
    *,
    after: Duration | None = None,
    runnable: Duration | None = None,
    starting: Duration | None = None,
    scheduled: Duration | None = None,
    on_sigterm: int = SIGKILL_EXIT_CODE,
    stops_after: Duration | None = None,
) -> Outcome:
    """
    Run a Python function in place of the container, in process, when the attempt reaches RUNNING.

    Under `advance="sleep"` and without `after`, the function may sleep and wait for jobs that it submits: it
    runs in a thread of its own, and the attempt lasts as long as it sleeps.

    Args:
        function: called with a `CallContext`. It returns None for exit code 0, an int for that exit
            code, or an outcome. Its output is the log. An exception means exit code 1, with the traceback in
            the log; `SystemExit` sets the exit code.
        after: simulated seconds in RUNNING, unless a returned outcome names its own; the function's own
            sleeps take no time then.
        runnable: seconds in RUNNABLE before it is placed.
        starting: seconds in STARTING.
        scheduled: seconds in SCHEDULED, which only service jobs have.
        on_sigterm: the exit code after SIGTERM.
        stops_after: seconds from SIGTERM to that exit, by default the whole `stop_grace_seconds`.

    Raises:
        BatchMockError: the function can't be called with one argument, or is a coroutine function.
    """
    if not callable(function):
        raise BatchMockError(
            f"batchmock: call() got {function!r}, which can't be called. "
            "Pass a function of one parameter: call(lambda context: main(context.command))."
        )
    if iscoroutinefunction(function):
        raise BatchMockError(
            f"batchmock: call() got the coroutine function {name_of(function)}, which nothing would await. Run "
            f"it in a function: call(lambda context: asyncio.run({name_of(function)}(context)))."
        )
    _check_takes_context(function)
    return Outcome(
        "call",
        f"call({getattr(function, '__name__', type(function).__name__)})",
        function=function,
        on_sigterm=checked_exit_code(on_sigterm, 0, "on_sigterm"),
        stops_after_ms=optional_milliseconds(stops_after, "stops_after"),
        **timing(after, runnable, starting, scheduled),
    )


def _check_takes_context(function: Callable[..., object]) -> None:
    parameters = signature_of(function)
    if parameters is not None and not takes(parameters, 1):
        raise BatchMockError(
            f"batchmock: call() got {name_of(function)}{parameters}, which can't be called with one argument. "
            "Pass a function of one parameter, the CallContext: "
            "call(lambda context: main(context.command))."
        )


def in_containers(
    containers: Mapping[str, Outcome],
    *,
    runnable: Duration | None = None,
    starting: Duration | None = None,
) -> Outcome:
    """
    Each of several containers of a job has its own outcome.

    Args:
        containers: by name, outcomes of running containers (`succeed`, `fail`, `hang`, `call`). A container
            without an outcome exits with code 0: when the task ends, or earlier if another depends on it.
        runnable: seconds in RUNNABLE before the task is placed.
        starting: seconds in STARTING.

    Raises:
        BatchMockError: the mapping is empty, or a value is not the outcome of a running container.
    """
    checked_mapping(
        containers,
        "in_containers(containers=)",
        'Pass outcomes by name: in_containers({"app": fail(3)}).',
    )
    for name, outcome in containers.items():
        if not isinstance(outcome, Outcome) or outcome.kind not in ("exit", "hang", "call"):
            raise BatchMockError(
                f"batchmock: in_containers() got {outcome!r} for {name!r}. Pass outcomes of "
                'running containers by name: in_containers({"app": fail(3), "proxy": succeed()}).'
            )
    if not containers:
        raise BatchMockError(
            "batchmock: in_containers() names no container. Pass outcomes by name: "
            'in_containers({"app": fail(3)}).'
        )
    return Outcome(
        "containers",
        f"in_containers({', '.join(containers)})",
        containers=tuple(containers.items()),
        needs_containers=True,
        **timing(None, runnable, starting),
    )


#: The outcome of an attempt that no script matches.
UNSCRIPTED: Final = succeed()
