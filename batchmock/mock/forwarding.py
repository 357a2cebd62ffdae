"""Events, forwarded to other mocks."""

from __future__ import annotations

from typing import Any

from batchmock.arguments import checked_text
from batchmock.mock.parts import Parts
from batchmock.observe.events.patterns import EventPattern
from batchmock.observe.events.subscriptions import Subscription


class Forwarding(Parts):
    """EventBridge rules and targets of moto."""

    def forward_events(
        self,
        pattern: EventPattern | None = None,
        *,
        event_bus: str = "default",
        client: Any = None,
    ) -> Subscription:
        """
        Put each event from now on into EventBridge, so that rules and targets of moto receive it.

        Use it while moto's `mock_aws` is active, to test rules together with their targets: queues, log
        groups, other buses.

        Args:
            pattern: the pattern of the events to forward; by default all. The rules decide for themselves.
            event_bus: the name of the event bus.
            client: a client of EventBridge, e.g. of LocalStack; by default one of the event's region.

        Returns:
            The subscription, which ends by `cancel()` or as a context manager.

        Raises:
            BatchMockError: EventBridge would refuse the pattern, the name of the bus is not text, or the client
                is of another service. While time moves: moto is not active, or the bus refuses an event.
        """
        from batchmock.interception.event_bus import EventBus

        checked_text(
            event_bus, "forward_events(event_bus=)", 'Pass the name of a bus: event_bus="default".'
        )
        bus = EventBus(event_bus, client)
        with self._lock:
            return self._events.subscribe(bus.put, pattern)
