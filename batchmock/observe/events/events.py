"""The events of a mock as a sequence, and the detail types that they have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, overload

from batchmock.observe.events.patterns import EventPattern, Pattern

Event = dict[str, Any]
JOB_STATE_CHANGE: Final = "Batch Job State Change"
JOB_QUEUE_BLOCKED: Final = "Batch Job Queue Blocked"
SERVICE_JOB_STATE_CHANGE: Final = "Batch Service Job State Change"
SERVICE_JOB_QUEUE_BLOCKED: Final = "Batch Service Job Queue Blocked"
SERVICE_JOB_PREEMPTION_STARTED: Final = "Batch Service Job Preemption Started"
SERVICE_JOB_PREEMPTION_COMPLETED: Final = "Batch Service Job Preemption Completed"

#: What an event is built from: the index of a transition, or a callable for any other event.
EventSource: TypeAlias = "int | Callable[[], Event]"


class Events(Sequence[Event]):
    """
    Events in the order in which they happened.

    Each access builds the event anew, as a dict of JSON values.
    """

    def __init__(
        self, sources: Sequence[EventSource], build: Callable[[EventSource], Event]
    ) -> None:
        self._sources = sources
        self._build = build

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> Events: ...

    def __getitem__(self, index: int | slice) -> Event | Events:
        if isinstance(index, slice):
            return Events(self._sources[index], self._build)
        return self._build(self._sources[index])

    def __len__(self) -> int:
        return len(self._sources)

    def __repr__(self) -> str:
        return f"<Events, {len(self)} of them>"

    def matching(self, pattern: EventPattern) -> Events:
        """
        Return the events that a rule with this pattern would match.

        Raises:
            BatchMockError: the pattern is not valid.
        """
        matches = Pattern(pattern).matches
        return Events(
            [source for source in self._sources if matches(self._build(source))], self._build
        )
