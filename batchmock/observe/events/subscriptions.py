"""Functions that receive the events of a mock."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutine, iscoroutinefunction

from batchmock.errors import BatchMockError
from batchmock.observe.events.events import Event
from batchmock.observe.events.patterns import EventPattern, Pattern

#: Called with each event, e.g. `lambda event: lambda_function.handler(event, None)`.
Handler = Callable[[Event], object]


class Subscription:
    """A function that receives events until it is cancelled. Also a context manager."""

    def __init__(self, handler: Handler, pattern: EventPattern | None, duplicates: bool) -> None:
        if not callable(handler) or iscoroutinefunction(handler):
            raise BatchMockError(
                f"batchmock: subscribe() was given {handler!r}, which is not an ordinary function. "
                "Pass a function of one argument: subscribe(lambda event: handler(event, None)); wrap "
                "a coroutine function: subscribe(lambda event: asyncio.run(handler(event)))."
            )
        self._handler = handler
        self._pattern = None if pattern is None else Pattern(pattern)
        #: How often each event is delivered.
        self.deliveries = 2 if duplicates else 1
        self.is_active = True

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()

    def __repr__(self) -> str:
        state = "active" if self.is_active else "cancelled"
        return f"<Subscription of {self._handler!r}, {state}>"

    def cancel(self) -> None:
        """Stop the delivery of events, including those in flight. Cancelling again is a no-op."""
        self.is_active = False

    def wants(self, event: Event) -> bool:
        """Return whether the pattern matches an event."""
        return self._pattern is None or self._pattern.matches(event)

    def may_want(self, part: Event) -> bool:
        """Return whether the pattern may match an event of which only some fields are known."""
        return self._pattern is None or self._pattern.may_match(part)

    def deliver(self, event: Event) -> None:
        """
        Call the function with an event.

        Raises:
            BatchMockError: the function returned a coroutine, which nothing would await.
        """
        if not self.is_active:
            return
        result = self._handler(event)
        if iscoroutine(result):
            result.close()
            raise BatchMockError(
                f"batchmock: the handler {self._handler!r} returned {result!r}, which nothing would "
                "await. Run the coroutine in the handler: "
                "subscribe(lambda event: asyncio.run(handler(event)))."
            )
