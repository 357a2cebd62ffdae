"""Outcomes caused by the service: a missing image, exhausted memory, a lost host."""

from __future__ import annotations

from collections.abc import Iterable

from batchmock.durations import Duration
from batchmock.outcomes.arguments import checked_reason, lines_of_log, timing
from batchmock.outcomes.endings import fail
from batchmock.outcomes.values import SIGKILL_EXIT_CODE, LogEntry, Outcome

TASK_FAILED_TO_START = "Task failed to start"
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
# Captured.
DOCKER_TIMEOUT = "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s"
IMAGE_NOT_FOUND = (
    "CannotPullContainerError: Error response from daemon: manifest for {image} not found: "
    "manifest unknown: Requested image not found"
)
HOST_TERMINATED = "Host EC2 (instance {instance}) terminated."
# Captured for jobs on Fargate Spot, as the text of Amazon ECS.
FARGATE_SPOT_INTERRUPTED = "Your Spot Task was interrupted."

# Captured up to the first colon; the rest is assumed.
CANNOT_CREATE_CONTAINER = (
    "CannotCreateContainerError: Error response from daemon: No such container: {image}"
)

# Captured.
CANNOT_INSPECT_CONTAINER = (
    "CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s"
)

# Captured for Amazon ECS.
RESOURCE_INITIALIZATION = (
    "ResourceInitializationError: unable to pull secrets or registry auth: "
    "execution resource retrieval failed"
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

    Raises:
        BatchMockError: a reason is not text.
    """
    return Outcome(
        "never_starts",
        f"cannot_start({reason!r})",
        reason=checked_reason(reason, "reason"),
        status_reason=checked_reason(status_reason, "status_reason") or TASK_FAILED_TO_START,
        **timing(None, runnable, starting, scheduled),
    )


def no_service_capacity(
    *, runnable: Duration | None = None, scheduled: Duration | None = None
) -> Outcome:
    """
    SageMaker has no instances for a service job: it goes back from SCHEDULED to RUNNABLE.

    This does not count as an attempt of the retry strategy, but the next try uses the next outcome of the
    script, so another outcome must follow.

    Args:
        runnable: seconds in RUNNABLE before it is dispatched.
        scheduled: seconds in SCHEDULED before SageMaker gives up.
    """
    return Outcome(
        "no_capacity", "no_service_capacity()", **timing(None, runnable, None, scheduled)
    )


def _named(name: str, outcome: Outcome) -> Outcome:
    """Return an outcome under its public name, limited to containers on ECS."""
    return outcome._replace(description=f"{name}()", needs_containers=True)


def cannot_pull_image(
    *, runnable: Duration | None = None, starting: Duration | None = None
) -> Outcome:
    """The image does not exist: `CannotPullContainerError` with the name of the job's image."""
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
    """Secrets or registry credentials are not available: `ResourceInitializationError`, as on Fargate."""
    outcome = cannot_start(RESOURCE_INITIALIZATION, runnable=runnable, starting=starting)
    return _named("cannot_initialize_resources", outcome)


def out_of_memory(
    *,
    after: Duration | None = None,
    logs: str | Iterable[LogEntry] = (),
    runnable: Duration | None = None,
    starting: Duration | None = None,
) -> Outcome:
    """The container runs out of memory: exit code 137, `OutOfMemoryError: ...` as its reason."""
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
    """The container ran but has no exit code: the agent failed with `CannotInspectContainerError`."""
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
    """The host dies while the container runs: `Host EC2 (instance i-...) terminated.`, no exit code."""
    return Outcome(
        "host_lost",
        "terminate_host()",
        status_reason=HOST_TERMINATED,
        logs=lines_of_log(logs),
        needs_containers=True,
        **timing(after, runnable, starting),
    )


def reclaim_spot(
    *,
    after: Duration | None = None,
    logs: str | Iterable[LogEntry] = (),
    runnable: Duration | None = None,
    starting: Duration | None = None,
) -> Outcome:
    """
    EC2 reclaims the Spot host while the container runs; Batch reports it as a terminated host.

    It never happens to an attempt that is placed On-Demand: in a compute environment that the test has created
    or loaded with the type `EC2` or `FARGATE`. One of `provision()` stands for any kind of capacity.
    """
    outcome = terminate_host(after=after, logs=logs, runnable=runnable, starting=starting)
    return _named("reclaim_spot", outcome)._replace(needs_spot=True)
