"""The plain values of outcomes, stored in scripts and carried out by the simulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias, Union

from batchmock.durations import Duration

#: The exit code of a container killed with SIGKILL.
SIGKILL_EXIT_CODE: Final = 137


class CallContext(NamedTuple):
    """
    The attempt, as a function passed to `call` sees it.

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
    """A line of a log and its time after the start of the container; None to spread lines evenly."""

    text: str
    at_ms: int | None = None


#: A line of a log in the public interface: its text, or `(seconds, text)`.
LogEntry: TypeAlias = "str | tuple[Duration, str]"

CallResult = Union[None, int, "Outcome"]
OutcomeKind = Literal[
    "exit", "never_starts", "host_lost", "hang", "call", "containers", "no_capacity"
]


class Outcome(NamedTuple):
    """
    How one attempt ends. Made by `succeed`, `fail`, `hang`, `call` and the rest of the catalogue.

    Durations are milliseconds; None means the mock's `stage_seconds`. `status_reason` and `reason`
    may contain `{image}` and `{instance}`, which the simulation fills in. `needs_containers` marks
    outcomes of containers on ECS, which the training job of a service job cannot have. `needs_spot` marks the
    loss of a Spot host. `raised` is the last line of the traceback of a function that raised.
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
    raised: str | None = None
    needs_spot: bool = False

    def __repr__(self) -> str:
        return f"<Outcome {self.description}>"

    def stops_within_ms(self, grace_ms: int) -> int:
        """Return the time from SIGTERM to the end of a container: its own, or the whole grace period."""
        return grace_ms if self.stops_after_ms is None else min(self.stops_after_ms, grace_ms)

    def exit_code_on_stop(self, grace_ms: int) -> int:
        """Return the exit code of a container that is sent SIGTERM, and SIGKILL after a grace period."""
        is_in_time = (self.stops_after_ms or 0) <= grace_ms
        return self.on_sigterm if is_in_time else SIGKILL_EXIT_CODE
