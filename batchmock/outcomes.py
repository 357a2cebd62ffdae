"""
What the attempts of a job do: plain values, which scripts name and the simulation acts on.

How a job moves is not told here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict, Union

from batchmock.durations import Duration, milliseconds, optional_milliseconds
from batchmock.errors import BatchMockError

ESSENTIAL_CONTAINER_EXITED = "Essential container in task exited"
TASK_FAILED_TO_START = "Task failed to start"
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
DOCKER_TIMEOUT = "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s"
IMAGE_NOT_FOUND = (
    "CannotPullContainerError: Error response from daemon: manifest for {image} not found: "
    "manifest unknown: Requested image not found"
)
HOST_TERMINATED = "Host EC2 (instance {instance}) terminated."
# Captured of jobs on Fargate Spot, as the text of Amazon ECS.
FARGATE_SPOT_INTERRUPTED = "Your Spot Task was interrupted."

# Captured up to the first colon; the rest is assumed.
CANNOT_CREATE_CONTAINER = (
    "CannotCreateContainerError: Error response from daemon: No such container: {image}"
)

# Captured of Amazon ECS.
# Captured.
CANNOT_INSPECT_CONTAINER = (
    "CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s"
)
RESOURCE_INITIALIZATION = (
    "ResourceInitializationError: unable to pull secrets or registry auth: "
    "execution resource retrieval failed"
)

SIGKILL_EXIT_CODE = 137


class CallContext(NamedTuple):
    """
    What a function given to `call` sees of its attempt.

    `command` is the container's command after `Ref::` substitution and overrides; `environment` maps
    names to values and holds the `AWS_BATCH_*` variables that the service adds at run time.
    """

    job_id: str
    job_name: str
    attempt: int
    command: list[str]
    environment: dict[str, str]
    job_queue: str
    job_definition: str
    array_index: int | None = None
    node_index: int | None = None
    parameters: Mapping[str, str] = MappingProxyType({})


class LogLine(NamedTuple):
    """A line of a log, and how long after the start of its container it is written; None: see `written`."""

    text: str
    at_ms: int | None = None


#: What a user may give for a line: its text, or `(seconds, text)`.
LogEntry: TypeAlias = "str | tuple[Duration, str]"

CallResult = Union[None, int, "Outcome"]
OutcomeKind = Literal[
    "exit", "never_starts", "host_lost", "hang", "call", "containers", "no_capacity"
]


class Outcome(NamedTuple):
    """
    How one attempt ends. Made by `succeed`, `fail`, `hang`, `call` and the rest of the catalogue.

    Durations are milliseconds, None meaning the mock's `stage_seconds`. `status_reason` and `reason`
    may name `{image}` and `{instance}`, which the simulation fills in. `needs_containers` marks what
    happens to containers on ECS only, and not to the training job of a service job.
    """

    kind: OutcomeKind
    description: str
    exit_code: int | None = None
    reason: str | None = None
    status_reason: str | None = None
    after_ms: int | None = None
    runnable_ms: int | None = None
    scheduled_ms: int | None = None
    starting_ms: int | None = None
    logs: tuple[LogLine, ...] = ()
    function: Callable[[CallContext], CallResult] | None = None
    on_sigterm: int = SIGKILL_EXIT_CODE
    stops_after_ms: int | None = None
    containers: tuple[tuple[str, Outcome], ...] | None = None
    needs_containers: bool = False

    def __repr__(self) -> str:
        return f"<Outcome {self.description}>"


def _lines(logs: str | Iterable[LogEntry]) -> tuple[LogLine, ...]:
    """
    Turn what a user gave for a log into lines.

    As soon as one has a time all have: a line without one comes with the line before it.
    """
    if isinstance(logs, str):
        logs = logs.splitlines()
    entries = tuple(logs)
    timed = any(not isinstance(entry, str) for entry in entries)
    lines: list[LogLine] = []
    at_ms = 0 if timed else None
    for entry in entries:
        text, entry_ms = _entry(entry)
        if entry_ms is not None:
            if at_ms is not None and entry_ms < at_ms:
                raise BatchMockError(
                    f"batchmock: logs holds {entry!r} behind a line of a later time. "
                    "Give the lines in the order in which they are written."
                )
            at_ms = entry_ms
        lines.append(LogLine(text, at_ms))
    return tuple(lines)


def _entry(entry: Any) -> tuple[str, int | None]:
    if isinstance(entry, str):
        return entry, None
    if isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[1], str):
        return entry[1], milliseconds(entry[0], "the time of a line in logs")
    raise BatchMockError(
        f"batchmock: logs holds {entry!r}, which is no line of text. "
        'Give strings: logs=["first line", "second line"], or with the seconds after the start: '
        'logs=[(0, "first line"), (10, "second line")].'
    )


def _exit_code(exit_code: int, least: int, what: str) -> int:
    is_number = isinstance(exit_code, int) and not isinstance(exit_code, bool)
    if is_number and least <= exit_code <= 255:
        return exit_code
    advice = " Use succeed() for exit code 0." if least else ""
    raise BatchMockError(
        f"batchmock: {what} is {exit_code!r}; a container exits with a whole number from {least} "
        f"to 255.{advice}"
    )


class _Timing(TypedDict):
    after_ms: int | None
    runnable_ms: int | None
    scheduled_ms: int | None
    starting_ms: int | None


def _timing(
    after: Duration | None,
    runnable: Duration | None,
    starting: Duration | None,
    scheduled: Duration | None = None,
) -> _Timing:
    return {
        "after_ms": optional_milliseconds(after, "after"),
        "runnable_ms": optional_milliseconds(runnable, "runnable"),
        "scheduled_ms": optional_milliseconds(scheduled, "scheduled"),
        "starting_ms": optional_milliseconds(starting, "starting"),
    }


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
        on_sigterm: the exit code with which it answers SIGTERM, on a timeout or TerminateJob; 137
            is that of a container which had to be killed.
        stops_after: seconds from SIGTERM to that exit, by default the whole `stop_grace_seconds`. A
            container that needs longer than these is killed: 137.
    """
    return Outcome(
        "exit",
        "succeed()",
        exit_code=0,
        status_reason=ESSENTIAL_CONTAINER_EXITED,
        logs=_lines(logs),
        on_sigterm=_exit_code(on_sigterm, 0, "on_sigterm"),
        stops_after_ms=optional_milliseconds(stops_after, "stops_after"),
        **_timing(after, runnable, starting, scheduled),
    )


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
    The container ends with an exit code that is not 0, or with none.

    Args:
        exit_code: 1 to 255; None for a container that ran and left no exit code.
        after: seconds in RUNNING; the mock's `stage_seconds` if not given.
        reason: the container's `reason`, absent on ordinary exits.
        status_reason: the attempt's `statusReason`, by default `Essential container in task exited`.
        logs: the lines that it writes, spread evenly over the run, or as `(seconds, text)`.
        runnable: seconds in RUNNABLE before it is placed.
        starting: seconds in STARTING.
        scheduled: seconds in SCHEDULED, which only service jobs have.
        on_sigterm: the exit code with which it answers SIGTERM.
        stops_after: seconds from SIGTERM to that exit, by default the whole `stop_grace_seconds`.

    Raises:
        BatchMockError: `exit_code` is 0 or not an exit code.
    """
    return Outcome(
        "exit",
        f"fail({exit_code})",
        exit_code=None if exit_code is None else _exit_code(exit_code, 1, "exit_code"),
        reason=reason,
        status_reason=status_reason or ESSENTIAL_CONTAINER_EXITED,
        logs=_lines(logs),
        on_sigterm=_exit_code(on_sigterm, 0, "on_sigterm"),
        stops_after_ms=optional_milliseconds(stops_after, "stops_after"),
        **_timing(after, runnable, starting, scheduled),
    )


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
        on_sigterm: the exit code with which it answers SIGTERM. With 0, the job has SUCCEEDED after
            TerminateJob, and FAILED all the same at a time limit.
        stops_after: seconds from SIGTERM to that exit, by default the whole `stop_grace_seconds`. A
            container that needs longer than these is killed: 137.
    """
    return Outcome(
        "hang",
        "hang()",
        logs=_lines(logs),
        on_sigterm=_exit_code(on_sigterm, 0, "on_sigterm"),
        stops_after_ms=optional_milliseconds(stops_after, "stops_after"),
        **_timing(None, runnable, starting, scheduled),
    )


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

    Args:
        function: is given a `CallContext`. What it returns decides: None is exit code 0, an int is
            the exit code, an outcome is that outcome. What it prints is the log. An exception is
            exit code 1, with the traceback in the log; `SystemExit` is its code.
        after: simulated seconds in RUNNING, unless a returned outcome names its own.
        runnable: seconds in RUNNABLE before it is placed.
        starting: seconds in STARTING.
        scheduled: seconds in SCHEDULED, which only service jobs have.
        on_sigterm: the exit code with which it answers SIGTERM.
        stops_after: seconds from SIGTERM to that exit, by default the whole `stop_grace_seconds`.
    """
    if not callable(function):
        raise BatchMockError(
            f"batchmock: call() was given {function!r}, which can't be called. "
            "Give a function of one argument: call(lambda context: main(context.command))."
        )
    return Outcome(
        "call",
        f"call({getattr(function, '__name__', type(function).__name__)})",
        function=function,
        on_sigterm=_exit_code(on_sigterm, 0, "on_sigterm"),
        stops_after_ms=optional_milliseconds(stops_after, "stops_after"),
        **_timing(after, runnable, starting, scheduled),
    )


def cannot_start(
    reason: str,
    *,
    status_reason: str = TASK_FAILED_TO_START,
    runnable: Duration | None = None,
    starting: Duration | None = None,
    scheduled: Duration | None = None,
) -> Outcome:
    """
    The attempt fails in STARTING: no exit code, no start time.

    Args:
        reason: the container's `reason`, e.g. `CannotPullContainerError: ...`.
        status_reason: the attempt's `statusReason`.
        runnable: seconds in RUNNABLE before it is placed.
        starting: seconds in STARTING.
        scheduled: seconds in SCHEDULED, which only service jobs have.
    """
    return Outcome(
        "never_starts",
        f"cannot_start({reason!r})",
        reason=reason,
        status_reason=status_reason,
        **_timing(None, runnable, starting, scheduled),
    )


def no_service_capacity(
    *, runnable: Duration | None = None, scheduled: Duration | None = None
) -> Outcome:
    """
    SageMaker has no instances for a service job: from SCHEDULED it goes back to RUNNABLE.

    That uses up no attempt of the job's retry strategy, but this outcome of the script: the next one is
    for the next try, so that there must be one behind it.

    Args:
        runnable: seconds in RUNNABLE before it is dispatched.
        scheduled: seconds in SCHEDULED before SageMaker gives up.
    """
    return Outcome(
        "no_capacity", "no_service_capacity()", **_timing(None, runnable, None, scheduled)
    )


def _named(name: str, outcome: Outcome) -> Outcome:
    """Give the same outcome under the name by which it was asked for: it happens to containers only."""
    return outcome._replace(description=f"{name}()", needs_containers=True)


def cannot_pull_image(
    *, runnable: Duration | None = None, starting: Duration | None = None
) -> Outcome:
    """The image does not exist: `CannotPullContainerError`, naming the job's own image."""
    outcome = cannot_start(IMAGE_NOT_FOUND, runnable=runnable, starting=starting)
    return _named("cannot_pull_image", outcome)


def cannot_create_container(
    *, runnable: Duration | None = None, starting: Duration | None = None
) -> Outcome:
    """The container agent can't create the container: `CannotCreateContainerError`."""
    outcome = cannot_start(CANNOT_CREATE_CONTAINER, runnable=runnable, starting=starting)
    return _named("cannot_create_container", outcome)


def docker_timeout(
    *, runnable: Duration | None = None, starting: Duration | None = None
) -> Outcome:
    """The host's Docker daemon is too slow: `DockerTimeoutError`."""
    outcome = cannot_start(DOCKER_TIMEOUT, runnable=runnable, starting=starting)
    return _named("docker_timeout", outcome)


def cannot_initialize_resources(
    *, runnable: Duration | None = None, starting: Duration | None = None
) -> Outcome:
    """Secrets or registry credentials can't be had: `ResourceInitializationError`, as on Fargate."""
    outcome = cannot_start(RESOURCE_INITIALIZATION, runnable=runnable, starting=starting)
    return _named("cannot_initialize_resources", outcome)


def out_of_memory(
    *,
    after: Duration | None = None,
    logs: str | Iterable[LogEntry] = (),
    runnable: Duration | None = None,
    starting: Duration | None = None,
) -> Outcome:
    """The container is killed for its memory: exit code 137, `OutOfMemoryError: ...` as its reason."""
    outcome = fail(
        SIGKILL_EXIT_CODE,
        after=after,
        reason=OUT_OF_MEMORY,
        logs=logs,
        runnable=runnable,
        starting=starting,
    )
    return _named("out_of_memory", outcome)


def cannot_inspect(
    *,
    after: Duration | None = None,
    logs: str | Iterable[LogEntry] = (),
    runnable: Duration | None = None,
    starting: Duration | None = None,
) -> Outcome:
    """The container ran, and left no exit code: the agent failed with `CannotInspectContainerError`."""
    outcome = fail(
        None,
        after=after,
        reason=CANNOT_INSPECT_CONTAINER,
        logs=logs,
        runnable=runnable,
        starting=starting,
    )
    return _named("cannot_inspect", outcome)


def terminate_host(
    *,
    after: Duration | None = None,
    logs: str | Iterable[LogEntry] = (),
    runnable: Duration | None = None,
    starting: Duration | None = None,
) -> Outcome:
    """The host dies under the running container: `Host EC2 (instance i-...) terminated.`, no exit code."""
    return Outcome(
        "host_lost",
        "terminate_host()",
        status_reason=HOST_TERMINATED,
        logs=_lines(logs),
        needs_containers=True,
        **_timing(after, runnable, starting),
    )


def reclaim_spot(
    *,
    after: Duration | None = None,
    logs: str | Iterable[LogEntry] = (),
    runnable: Duration | None = None,
    starting: Duration | None = None,
) -> Outcome:
    """EC2 takes the spot host back while the container runs; Batch reports it as a terminated host."""
    outcome = terminate_host(after=after, logs=logs, runnable=runnable, starting=starting)
    return _named("reclaim_spot", outcome)


def in_containers(
    containers: Mapping[str, Outcome],
    *,
    runnable: Duration | None = None,
    starting: Duration | None = None,
) -> Outcome:
    """
    Say how each container of a job of several ends, by its name.

    Args:
        containers: outcomes of running containers (`succeed`, `fail`, `hang`, `call`, ...). One that is
            not named here exits with code 0: when the task ends, or earlier if another waits for it.
        runnable: seconds in RUNNABLE before the task is placed.
        starting: seconds in STARTING.

    Raises:
        BatchMockError: there is none, or something that is no outcome of a running container.
    """
    for name, outcome in containers.items():
        if not isinstance(outcome, Outcome) or outcome.kind not in ("exit", "hang", "call"):
            raise BatchMockError(
                f"batchmock: in_containers() was given {outcome!r} for {name!r}. Give outcomes of "
                'running containers by name: in_containers({"app": fail(3), "proxy": succeed()}).'
            )
    if not containers:
        raise BatchMockError(
            "batchmock: in_containers() names no container. Give outcomes by name: "
            'in_containers({"app": fail(3)}).'
        )
    return Outcome(
        "containers",
        f"in_containers({', '.join(containers)})",
        containers=tuple(containers.items()),
        needs_containers=True,
        **_timing(None, runnable, starting),
    )


UNSCRIPTED = succeed()
