"""Late events: how long the delivery of each event takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from batchmock.callables import name_of, signature_of, takes
from batchmock.durations import Duration, milliseconds
from batchmock.errors import BatchMockError

#: How long the delivery of an event takes: a time for all events, or a function of the event that returns one.
Delay: TypeAlias = "Duration | Callable[[dict[str, Any]], Duration]"

DelayFunction: TypeAlias = Callable[[dict[str, Any]], int]


def delay_function(delay: Delay, verb: str) -> DelayFunction | None:
    """
    Return a function from an event to its delay in milliseconds; None if no event is late.

    Args:
        delay: as a test passes it.
        verb: the method that was called, for messages.

    Raises:
        BatchMockError: the delay is negative, no length of time, or no function of one parameter.
    """
    if not callable(delay):
        delay_ms = milliseconds(delay, f"{verb}(delay=)")
        return (lambda _: delay_ms) if delay_ms else None
    function = delay
    _check_takes_event(function, verb)
    what = f"{verb}(delay={name_of(function)}), for an event,"
    return lambda event: milliseconds(function(event), what)


def described_delay(delay: Delay) -> str:
    """Return the argument as it stands in a call, for messages; nothing for the default."""
    if callable(delay):
        return f", delay={name_of(delay)}"
    return f", delay={delay!r}" if delay else ""


def _check_takes_event(function: Callable[..., object], verb: str) -> None:
    parameters = signature_of(function)
    if parameters is not None and not takes(parameters, 1):
        raise BatchMockError(
            f"batchmock: {verb}() got delay={name_of(function)}{parameters}, which can't be called with one "
            "argument. Pass seconds, or a function of the event that returns seconds: "
            'delay=lambda event: 60 if event["detail"]["status"] == "RUNNING" else 0.'
        )
