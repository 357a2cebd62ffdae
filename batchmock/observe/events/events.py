"""The events of a mock as a sequence, and their detail types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from json import loads
from typing import Any, Final, NamedTuple, TypeAlias, overload

from batchmock.arguments import no_index
from batchmock.errors import BatchMockError
from batchmock.nearest import did_you_mean
from batchmock.observe.events.patterns import EventPattern, Pattern
from batchmock.observe.records import Records
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES
from batchmock.uncopied import Uncopied

Event = dict[str, Any]
SOURCE: Final = "aws.batch"
JOB_STATE_CHANGE: Final = "Batch Job State Change"
JOB_QUEUE_BLOCKED: Final = "Batch Job Queue Blocked"
SERVICE_JOB_STATE_CHANGE: Final = "Batch Service Job State Change"
SERVICE_JOB_QUEUE_BLOCKED: Final = "Batch Service Job Queue Blocked"
SERVICE_JOB_PREEMPTION_STARTED: Final = "Batch Service Job Preemption Started"
SERVICE_JOB_PREEMPTION_COMPLETED: Final = "Batch Service Job Preemption Completed"

DETAIL_TYPES: Final = (
    JOB_STATE_CHANGE,
    JOB_QUEUE_BLOCKED,
    SERVICE_JOB_STATE_CHANGE,
    SERVICE_JOB_QUEUE_BLOCKED,
    SERVICE_JOB_PREEMPTION_STARTED,
    SERVICE_JOB_PREEMPTION_COMPLETED,
)

#: The source of an event: the index of a transition, or a callable for any other event.
EventSource: TypeAlias = "int | Callable[[], Event]"


class Events(Uncopied, Records[Event]):
    """
    Events in the order in which they happened.

    Each access builds a new dict of JSON values.
    """

    def __init__(
        self,
        sources: Sequence[EventSource],
        build: Callable[[EventSource], Event],
        known_of: Callable[[EventSource], Event],
    ) -> None:
        self._sources = sources
        self._build = build
        #: Returns some fields of an event, in much less time than it takes to build the event.
        self._known_of = known_of

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> Events: ...

    def __getitem__(self, index: int | slice) -> Event | Events:
        if isinstance(index, slice):
            return Events(self._sources[index], self._build, self._known_of)
        try:
            source = self._sources[index]
        except TypeError as error:
            advice = (
                'Select events by a pattern: events.matching({"detail": {"status": ["FAILED"]}}).'
            )
            raise no_index(index, "events", advice) from error
        return self._build(source)

    def __iter__(self) -> Iterator[Event]:
        return map(self._build, self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __repr__(self) -> str:
        return f"<Events, {len(self)} of them>"

    def matching(self, pattern: EventPattern) -> Events:
        """
        Return the events that a rule with this pattern would match.

        Raises:
            BatchMockError: the pattern is not valid, or requires a detail-type or status that no event has.
        """
        checked = Pattern(pattern)
        _check_possible(checked)
        matches, may_match, is_decided_by = (
            checked.matches,
            checked.may_match,
            checked.is_decided_by,
        )
        found = []
        for source in self._sources:
            known = self._known_of(source)
            if may_match(known) and (is_decided_by(known) or matches(self._build(source))):
                found.append(source)
        return Events(found, self._build, self._known_of)


class Impossible(NamedTuple):
    """A field of a pattern whose values occur in no event."""

    field: str
    value: str
    known: tuple[str, ...]


def impossible_in(pattern: Pattern) -> Impossible | None:
    """Return the field of a pattern that no event can match, because all its values are misspelt."""
    fields: dict[str, Any] = loads(pattern.text)
    for place, field, known in (
        (fields, "detail-type", DETAIL_TYPES),
        (fields.get("detail"), "status", SERVICE_JOB_STATUSES),
    ):
        values = place.get(field) if isinstance(place, dict) else None
        if isinstance(values, list) and values and not any(_may_be(item, known) for item in values):
            return Impossible(field, values[0], known)
    return None


def _may_be(value: object, known: tuple[str, ...]) -> bool:
    return not isinstance(value, str) or value in known


def _check_possible(pattern: Pattern) -> None:
    found = impossible_in(pattern)
    if found is not None:
        raise BatchMockError(
            f"batchmock: events.matching() got the {found.field} {found.value!r}, which no event has."
            f"{did_you_mean(found.value, found.known)} Use one of {', '.join(found.known)}."
        )
