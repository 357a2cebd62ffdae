"""Functions that receive the events of a mock."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutine
from typing import Any, TypeAlias

from batchmock.callables import name_of
from batchmock.errors import BatchMockError
from batchmock.observe.events.delays import Delay, delay_function, described_delay
from batchmock.observe.events.events import Event
from batchmock.observe.events.handlers import caller_of
from batchmock.observe.events.patterns import EventPattern, Pattern

#: A function of `(event)`, or of `(event, context)` as on AWS Lambda.
Handler: TypeAlias = Callable[[Event], object] | Callable[[Event, Any], object]


class Disturbance:
    """Duplicates or delays of the events that a pattern matches, for all subscriptions."""

    def __init__(self, pattern: EventPattern | None, *, duplicates: bool, delay: Delay) -> None:
        self._pattern = None if pattern is None else Pattern(pattern)
        self.deliveries = 2 if duplicates else 1
        self.delay = delay_function(delay, "disturb_events")
        self._delay = described_delay(delay)
        #: Whether the delivery of any event was disturbed.
        self.is_met = False

    @property
    def pattern(self) -> Pattern | None:
        """The pattern of the events that are disturbed; None for all."""
        return self._pattern

    @property
    def description(self) -> str:
        """The call that created it."""
        pattern = [] if self._pattern is None else [self._pattern.text]
        duplicates = ["duplicates=True"] if self.deliveries > 1 else []
        delay = [self._delay.removeprefix(", ")] if self._delay else []
        return f"disturb_events({', '.join([*pattern, *duplicates, *delay])})"

    def covers(self, event: Event) -> bool:
        """Return whether an event is disturbed."""
        return self._pattern is None or self._pattern.matches(event)


class Subscription:
    """A function that receives events until it is cancelled. Also a context manager."""

    def __init__(
        self,
        handler: Handler,
        pattern: EventPattern | None,
        *,
        duplicates: bool = False,
        delay: Delay = 0.0,
    ) -> None:
        self._call = caller_of(handler)
        self._handler = handler
        #: The pattern of the events that it receives; None for all.
        self.pattern = None if pattern is None else Pattern(pattern)
        #: The number of deliveries of each event.
        self.deliveries = 2 if duplicates else 1
        #: The delay of each delivery in milliseconds, as a function of the event; None for none.
        self.delay = delay_function(delay, "subscribe")
        #: Whether any event happened while it was active, and whether one matched.
        self.has_seen = self.has_matched = False
        self.is_active = True

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()

    def __repr__(self) -> str:
        state = "active" if self.is_active else "cancelled"
        return f"<Subscription of {self._handler!r}, {state}>"

    @property
    def description(self) -> str:
        """The call that created it."""
        pattern = "" if self.pattern is None else f", {self.pattern.text}"
        return f"subscribe({name_of(self._handler)}{pattern})"

    def cancel(self) -> None:
        """Stop the delivery of events, including those in flight. Cancelling again is a no-op."""
        self.is_active = False

    def wants(self, event: Event) -> bool:
        """Return whether the pattern matches an event."""
        return self.pattern is None or self.pattern.matches(event)

    def may_want(self, part: Event) -> bool:
        """Return whether the pattern may match an event of which only some fields are known."""
        return self.pattern is None or self.pattern.may_match(part)

    def deliver(self, event: Event) -> None:
        """
        Call the function with an event.

        Raises:
            BatchMockError: the function returned a coroutine, which nothing would await.
        """
        if not self.is_active:
            return
        result = self._call(event)
        if iscoroutine(result):
            result.close()
            raise BatchMockError(
                f"batchmock: the handler {name_of(self._handler)}() returned a coroutine, which nothing "
                "would await. Run the coroutine in the handler: "
                "subscribe(lambda event: asyncio.run(handler(event)))."
            )
