"""
The events that AWS Batch sends to Amazon EventBridge, and the functions that they are handed to.

Events are made when somebody looks: a run that nobody watches pays for next to nothing. What an event
shows is the job at that moment all the same, see `moments`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any, Final, TypeAlias, overload

from batchmock.errors import BatchMockError
from batchmock.monitor import Monitor
from batchmock.observe.events.handlers import caller_of, name_of
from batchmock.observe.events.patterns import Pattern
from batchmock.observe.jobs.moments import Beside
from batchmock.simulation.engine import Simulation
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.service_jobs.job import ServiceJob

if TYPE_CHECKING:
    from batchmock.operations.region import Region

Event = dict[str, Any]
JOB_STATE_CHANGE: Final = "Batch Job State Change"
JOB_QUEUE_BLOCKED: Final = "Batch Job Queue Blocked"
SERVICE_JOB_STATE_CHANGE: Final = "Batch Service Job State Change"
SERVICE_JOB_QUEUE_BLOCKED: Final = "Batch Service Job Queue Blocked"

#: A function of `(event)`, or of `(event, context)` as on AWS Lambda.
Handler: TypeAlias = "Callable[[Event], object] | Callable[[Event, Any], object]"
EventPattern: TypeAlias = "Mapping[str, Any] | str"

_NOTHING_BESIDE: Final = Beside()
#: Of an event: the place of its move among all moves, or what makes it for one that is no move.
_Record: TypeAlias = "int | Callable[[], Event]"


class Events(Sequence[Event]):
    """
    Events in the order in which they happened.

    Each is made anew when it is looked at, as a dict of what JSON can hold.
    """

    def __init__(self, records: Sequence[_Record], make: Callable[[_Record], Event]) -> None:
        self._records = records
        self._make = make

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> Events: ...

    def __getitem__(self, index: int | slice) -> Event | Events:
        if isinstance(index, slice):
            return Events(self._records[index], self._make)
        return self._make(self._records[index])

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"<Events, {len(self)} of them>"

    def matching(self, pattern: EventPattern) -> Events:
        """
        Give the events that a rule with this pattern would match.

        Raises:
            BatchMockError: the pattern is not valid.
        """
        matches = Pattern(pattern).matches
        return Events([item for item in self._records if matches(self._make(item))], self._make)


class Subscription:
    """A function that events are handed to, until it is cancelled. Also a context manager."""

    def __init__(self, handler: Handler, pattern: EventPattern | None, duplicates: bool) -> None:
        self._call = caller_of(handler)
        self._handler = handler
        self._pattern = None if pattern is None else Pattern(pattern)
        #: How often each event is handed over.
        self.deliveries = 2 if duplicates else 1
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
    def pattern_text(self) -> str:
        """The pattern in JSON; an empty object if there is none."""
        return "{}" if self._pattern is None else self._pattern.text

    @property
    def description(self) -> str:
        """The call that made it."""
        pattern = "" if self._pattern is None else f", {self._pattern.text}"
        return f"subscribe({name_of(self._handler)}{pattern})"

    def cancel(self) -> None:
        """Hand over no more events, not even those on their way; again does nothing."""
        self.is_active = False

    def wants(self, event: Event) -> bool:
        """Say whether an event is for this function."""
        return self._pattern is None or self._pattern.matches(event)

    def may_want(self, part: Event) -> bool:
        """Say whether an event could be, of which only some fields are known."""
        return self._pattern is None or self._pattern.may_match(part)

    def hand_over(self, event: Event) -> None:
        """
        Call the function.

        Raises:
            BatchMockError: what it returned is a coroutine, which nothing would run.
        """
        if not self.is_active:
            return
        result = self._call(event)
        if iscoroutine(result):
            result.close()
            raise BatchMockError(
                f"batchmock: the handler {name_of(self._handler)}() returned a coroutine, which nothing "
                "awaits. Run it inside: subscribe(lambda event: asyncio.run(handler(event)))."
            )


class EventLog:
    """
    All events of one mock.

    Args:
        simulation: whose moves are its events.
        lock: held while an event is made, and open while a function of the test's author has it.
    """

    def __init__(self, simulation: Simulation, lock: Monitor) -> None:
        self._simulation = simulation
        self._lock = lock
        #: By the place of the move, where there was anything to note.
        self._beside: dict[int, Beside] = {}
        #: Events that are no moves of jobs, each with the number of moves before it.
        self._others: list[tuple[int, Callable[[], Event]]] = []
        self._subscriptions: list[Subscription] = []
        #: All subscriptions, those that are cancelled too.
        self.given: list[Subscription] = []
        #: Of the moves of service jobs, by place.
        self._of_service_jobs: dict[int, Event] = {}
        simulation.listeners.append(self.on_move)
        simulation.blocked_listeners.append(self.on_blocked)
        services = simulation.service_jobs
        services.listeners.append(self.on_service_move)
        services.blocked_listeners.append(self.on_service_blocked)
        services.preempting_listeners.append(self.on_preempting)

    def on_move(self, job: Job, move: Transition) -> None:
        """Note what a move does not tell by itself, and see to it that the event is handed over."""
        # A `JobRequest`. To `cast` it would take as long as all of the rest.
        request: Any = job.request
        region: Region = request.region
        if (
            job.id in region.job_tags
            or job.is_cancelled
            or job.is_terminated
            or job.__class__ is ArrayJob
        ):
            self._note(job, region)
        if self._subscriptions:
            detail = {"status": move.to_status, "jobName": job.name, "jobQueue": job.queue.arn}
            known = {"detail-type": JOB_STATE_CHANGE, "detail": detail}
            self._send(len(self._simulation.transitions) - 1, known)

    def _note(self, job: Job, region: Region) -> None:
        tags = region.job_tags.get(job.id, {})
        beside = Beside(job.is_cancelled, job.is_terminated, dict(tags))
        if isinstance(job, ArrayJob):
            beside = beside._replace(summary=dict(job.summary), summary_at_ms=job.summary_at_ms)
        self._beside[len(self._simulation.transitions) - 1] = beside

    def on_blocked(self, job: Job, queue: JobQueue, reason: str, at_ms: int) -> None:
        """Take in that a RUNNABLE job was found to block its queue."""
        from batchmock.observe.events.details import queue_blocked

        self.add(lambda event_id: queue_blocked(job, queue, reason, at_ms, event_id))

    def on_service_move(self, job: ServiceJob, move: Transition) -> None:
        """Make the event of a service job's move: there are few, and nothing could tell of it later."""
        from batchmock.observe.events.details import service_job_changed

        place = len(self._simulation.transitions) - 1
        event = service_job_changed(
            job, move.at_ms, self._simulation.identifiers.uuid_of("event", place)
        )
        self._of_service_jobs[place] = event
        if self._subscriptions:
            self._send(place, event)

    def on_service_blocked(self, job: ServiceJob, reason: str) -> None:
        """Take in that a RUNNABLE service job was found to block its queue."""
        from batchmock.observe.events.details import service_job_blocked

        at_ms = self._simulation.clock.epoch_ms
        self.add(lambda event_id: service_job_blocked(job, reason, at_ms, event_id))

    def on_preempting(self, job: ServiceJob, reason: str) -> None:
        """Take in that a service job is being preempted: its status stays, its reason is another."""
        from batchmock.observe.events.details import service_job_changed

        at_ms = self._simulation.clock.epoch_ms
        self.add(lambda event_id: service_job_changed(job, at_ms, event_id, reason))

    def add(self, make: Callable[[str], Event]) -> None:
        """Take in an event that is no move of a job: it is made now, with the id that it is given."""
        from batchmock.copies import copy_of

        event_id = self._simulation.identifiers.uuid_of("other event", len(self._others))
        event = make(event_id)
        self._others.append((len(self._simulation.transitions), lambda: dict(copy_of(event))))
        if self._subscriptions:
            self._send(self._others[-1][1], event)

    @property
    def events(self) -> Events:
        """All events until now."""
        return Events(self._records(), self._make)

    def _records(self) -> Sequence[_Record]:
        moves = range(len(self._simulation.transitions))
        if not self._others:
            return moves
        records: list[_Record] = []
        done = 0
        for before, make in self._others:
            records += [*moves[done:before], make]
            done = before
        return [*records, *moves[done:]]

    def _make(self, record: _Record) -> Event:
        with self._lock:
            return self._event_of_move(record) if isinstance(record, int) else record()

    def _event_of_move(self, place: int) -> Event:
        from batchmock.copies import copy_of
        from batchmock.observe.events.details import state_change

        of_service_job = self._of_service_jobs.get(place)
        if of_service_job is not None:
            return dict(copy_of(of_service_job))
        move = self._simulation.transitions[place]
        job = self._simulation.jobs[move.job_id]
        beside = self._beside.get(place, _NOTHING_BESIDE)
        event_id = self._simulation.identifiers.uuid_of("event", place)
        return state_change(move, job, beside, event_id)

    # Handing over

    def subscribe(
        self, handler: Handler, pattern: EventPattern | None, *, duplicates: bool
    ) -> Subscription:
        """Hand each matching event to a function from now on."""
        subscription = Subscription(handler, pattern, duplicates=duplicates)
        self._subscriptions.append(subscription)
        self.given.append(subscription)
        return subscription

    def _send(self, record: _Record, known: Event) -> None:
        """
        Plan to hand an event over, once what happens just now is over.

        Args:
            record: the event.
            known: those of its fields that are cheap to tell; most patterns decide on them alone.
        """
        self._subscriptions = [item for item in self._subscriptions if item.is_active]
        for subscription in self._subscriptions:
            subscription.has_seen = True
            if subscription.may_want(known):
                deliver = partial(self._deliver, subscription, record)
                self._simulation.afterwards.extend([deliver] * subscription.deliveries)

    def _deliver(self, subscription: Subscription, record: _Record) -> None:
        event = self._make(record)
        if subscription.wants(event):
            subscription.has_matched = True
            with self._lock.opened():
                subscription.hand_over(event)
