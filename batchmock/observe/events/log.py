"""
All events of a mock, in order, and their delivery to subscriptions.

Events are built on access, so a run without subscriptions costs next to nothing. An event still shows the job
as it was at that time; see `moments`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from batchmock.monitor import Monitor
from batchmock.observe.events.delays import Delay
from batchmock.observe.events.events import (
    JOB_STATE_CHANGE,
    SOURCE,
    Event,
    Events,
    EventSource,
)
from batchmock.observe.events.patterns import EventPattern
from batchmock.observe.events.subscriptions import Disturbance, Handler, Subscription
from batchmock.observe.jobs.moments import StateAtMove
from batchmock.simulation.engine import Simulation
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.service_jobs.job import ServiceJob

if TYPE_CHECKING:
    from batchmock.operations.region import Region

_DEFAULT_STATE: Final = StateAtMove()


@cache
def _state_change() -> Callable[[Transition, Job, StateAtMove, str], Event]:
    """Return the function that builds the events of transitions, imported when the first one is read."""
    from batchmock.observe.events.details import state_change

    return state_change


def _known_of(job: Job, move: Transition) -> Event:
    """Return the fields by which most patterns select events, in a tenth of the time of the whole event."""
    return {
        "detail-type": JOB_STATE_CHANGE,
        "source": SOURCE,
        "detail": {
            "jobId": job.id,
            "jobName": job.name,
            "jobQueue": job.queue.arn,
            "status": move.to_status,
        },
    }


class EventLog:
    """
    The events of one mock.

    Args:
        simulation: the simulation whose transitions become events.
        lock: held while an event is built, and released while a handler runs.
    """

    def __init__(self, simulation: Simulation, lock: Monitor) -> None:
        self._simulation = simulation
        self._lock = lock
        #: By index of the transition, where it differs from the default.
        self._states: dict[int, StateAtMove] = {}
        #: Events other than transitions of jobs, each with the number of transitions before it.
        self._others: list[tuple[int, Callable[[], Event]]] = []
        self._subscriptions: list[Subscription] = []
        #: All subscriptions, including cancelled ones.
        self.given: list[Subscription] = []
        #: Duplicates and delays for all subscriptions.
        self.disturbances: list[Disturbance] = []
        #: Events of service jobs' transitions, by index of the transition.
        self._of_service_jobs: dict[int, Event] = {}
        simulation.jobs.listeners.append(self.on_move)
        simulation.jobs.blocked_listeners.append(self.on_blocked)
        services = simulation.service_jobs
        services.listeners.append(self.on_service_move)
        services.blocked_listeners.append(self.on_service_blocked)
        services.preempting_listeners.append(self.on_preempting)
        services.preemptions.completed_listeners.append(self.on_preempted)

    def on_move(self, job: Job, move: Transition) -> None:
        """Record the state that a job does not keep after a transition, and schedule the event's delivery."""
        # A `JobRequest`; a `cast` would take as long as the rest of this function.
        request: Any = job.request
        region: Region = request.region
        if (
            job.id in region.job_tags
            or job.is_cancelled
            or job.is_terminated
            or job.__class__ is ArrayJob
        ):
            self._record_state(job, region)
        if self._subscriptions:
            self._send(len(self._simulation.transitions) - 1, _known_of(job, move))

    def _record_state(self, job: Job, region: Region) -> None:
        tags = region.job_tags.get(job.id, {})
        state = StateAtMove(job.is_cancelled, job.is_terminated, dict(tags))
        if isinstance(job, ArrayJob):
            state = state._replace(summary=dict(job.summary), summary_at_ms=job.summary_at_ms)
        self._states[len(self._simulation.transitions) - 1] = state

    def on_blocked(self, job: Job, queue: JobQueue, reason: str, at_ms: int) -> None:
        """Record that a RUNNABLE job blocks its queue."""
        from batchmock.observe.events.details import queue_blocked

        self.add(lambda event_id: queue_blocked(job, queue, reason, at_ms, event_id))

    def on_service_move(self, job: ServiceJob, move: Transition) -> None:
        """Build the event of a service job's transition at once: a service job does not keep its past."""
        from batchmock.observe.events.details import service_job_changed

        place = len(self._simulation.transitions) - 1
        event = service_job_changed(
            job, move.at_ms, self._simulation.identifiers.uuid_of("event", place)
        )
        self._of_service_jobs[place] = event
        if self._subscriptions:
            self._send(place, event)

    def on_service_blocked(self, job: ServiceJob, reason: str) -> None:
        """Record that a RUNNABLE service job blocks its queue."""
        from batchmock.observe.events.details import service_job_blocked

        at_ms = self._simulation.clock.epoch_ms
        self.add(lambda event_id: service_job_blocked(job, reason, at_ms, event_id))

    def on_preempting(self, job: ServiceJob, reason: str) -> None:
        """Record the start of a service job's preemption."""
        from batchmock.observe.events.details import preemption_started

        at_ms = self._simulation.clock.epoch_ms
        self.add(lambda event_id: preemption_started(job, reason, at_ms, event_id))

    def on_preempted(self, job: ServiceJob) -> None:
        """Record the end of a service job's preemption."""
        from batchmock.observe.events.details import preemption_completed

        at_ms = self._simulation.clock.epoch_ms
        self.add(lambda event_id: preemption_completed(job, at_ms, event_id))

    def add(self, build: Callable[[str], Event]) -> None:
        """
        Record an event that is not a transition.

        Args:
            build: builds the event from its id; called at once.
        """
        from batchmock.copies import copy_of

        event_id = self._simulation.identifiers.uuid_of("other event", len(self._others))
        event = build(event_id)
        self._others.append((len(self._simulation.transitions), lambda: dict(copy_of(event))))
        if self._subscriptions:
            self._send(self._others[-1][1], event)

    @property
    def events(self) -> Events:
        """All events so far."""
        return Events(self._sources(), self._build, self._known_of)

    def _sources(self) -> Sequence[EventSource]:
        moves = range(len(self._simulation.transitions))
        if not self._others:
            return moves
        sources: list[EventSource] = []
        done = 0
        for before, build in self._others:
            sources += [*moves[done:before], build]
            done = before
        return [*sources, *moves[done:]]

    def _build(self, source: EventSource) -> Event:
        # Two calls less than a block of the monitor itself.
        with self._lock.lock:
            return self._event_of_move(source) if isinstance(source, int) else source()

    def _event_of_move(self, place: int) -> Event:
        if place in self._of_service_jobs:
            from batchmock.copies import copy_of

            return dict(copy_of(self._of_service_jobs[place]))
        simulation = self._simulation
        move = simulation.transitions[place]
        job = simulation.jobs.by_id[move.job_id]
        state = self._states.get(place, _DEFAULT_STATE)
        event_id = simulation.identifiers.uuid_of("event", place)
        return _state_change()(move, job, state, event_id)

    def _known_of(self, source: EventSource) -> Event:
        """Return the fields of an event that are cheap to build, which is all of it for service jobs."""
        if not isinstance(source, int):
            return {}
        event = self._of_service_jobs.get(source)
        if event is not None:
            return event
        move = self._simulation.transitions[source]
        return _known_of(self._simulation.jobs.by_id[move.job_id], move)

    # Delivery

    def subscribe(
        self,
        handler: Handler,
        pattern: EventPattern | None,
        *,
        duplicates: bool = False,
        delay: Delay = 0.0,
    ) -> Subscription:
        """Deliver each matching event to a function from now on."""
        subscription = Subscription(handler, pattern, duplicates=duplicates, delay=delay)
        self._subscriptions.append(subscription)
        self.given.append(subscription)
        return subscription

    def _send(self, source: EventSource, known: Event) -> None:
        """
        Schedule the delivery of an event for the end of the current entry of the agenda.

        Args:
            source: the event.
            known: the fields that are cheap to build, which are enough to evaluate most patterns.
        """
        self._subscriptions = [item for item in self._subscriptions if item.is_active]
        for subscription in self._subscriptions:
            subscription.has_seen = True
            if subscription.may_want(known):
                deliver = partial(self._deliver, subscription, source)
                if self.disturbances or subscription.delay is not None:
                    disturb = partial(self._disturb, subscription, source, deliver)
                    self._simulation.afterwards.append(disturb)
                else:
                    self._simulation.afterwards.extend([deliver] * subscription.deliveries)

    def _disturb(
        self, subscription: Subscription, source: EventSource, deliver: Callable[[], None]
    ) -> None:
        """Deliver an event as often and as late as its subscription and the disturbances say."""
        event = self._build(source)
        if not subscription.is_active or not subscription.wants(event):
            return
        subscription.has_matched = True
        disturbances = [item for item in self.disturbances if item.covers(event)]
        for item in disturbances:
            item.is_met = True
        causes: list[Subscription | Disturbance] = [subscription, *disturbances]
        now_ms, prompt = self._simulation.now_ms, 0
        for _ in range(max(cause.deliveries for cause in causes)):
            delays = [cause.delay for cause in causes if cause.delay is not None]
            with self._lock.opened():
                delay_ms = sum(delay(self._build(source)) for delay in delays)
            if delay_ms:
                self._simulation.agenda.add(now_ms + delay_ms, _arrive, (self._simulation, deliver))
            else:
                prompt += 1
        # Before the callbacks of later events.
        self._simulation.afterwards.extendleft([deliver] * prompt)

    def _deliver(self, subscription: Subscription, source: EventSource) -> None:
        event = self._build(source)
        if subscription.wants(event):
            subscription.has_matched = True
            with self._lock.opened():
                subscription.deliver(event)


def _arrive(late: tuple[Simulation, Callable[[], None]]) -> None:
    """Deliver a late event at the end of the entry of the agenda, like any other."""
    simulation, deliver = late
    simulation.afterwards.append(deliver)
