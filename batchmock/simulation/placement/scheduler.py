"""
The scheduler: which job starts next, and in which compute environment.

A job whose RUNNABLE stage is over starts at once if no other job competes for the room. Otherwise it joins
the backlog of its queue. Every change that may let a job start wakes the scheduler, which then goes through
all queues with a backlog in one pass at the end of the instant.

Source: CreateJobQueue, JobQueueDetail, CreateComputeEnvironment and the user guide's "Job scheduling"
(documented): queues by priority, environments by order, jobs first in, first out or by fair share; what a
queue of higher priority cannot use goes to the next queue; a multi-node job waits for the first environment
that suits it. Assumed: a head that does not fit holds up the jobs behind it in its own queue.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from heapq import heapify, heappop, heapreplace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from batchmock.simulation.jobs.families import Node
from batchmock.simulation.jobs.lifecycle import RUNNABLE
from batchmock.simulation.placement.backlog import JobHeap, Place
from batchmock.simulation.placement.capacity import ask_of
from batchmock.simulation.placement.decisions import Decision, decide, short_of
from batchmock.simulation.placement.queue_monitor import MonitoredSimulation, QueueMonitor
from batchmock.simulation.placement.reservations import Reservation

if TYPE_CHECKING:
    from batchmock.simulation.assumptions import Policies
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.environments import ComputeEnvironment
    from batchmock.simulation.placement.queues import JobQueue
    from batchmock.simulation.time.agenda import Entry

#: The key of the only heap of a first-in-first-out queue.
_ONLY_HEAP: Final = None


class ScheduledSimulation(MonitoredSimulation, Protocol):
    """What the scheduler uses of the simulation."""

    policies: Policies

    def is_kept(self, job: Job) -> bool:
        """Park a job that is held at its status; return whether it is."""

    def start(self, job: Job, environment: ComputeEnvironment) -> None:
        """Begin an attempt."""


class Scheduler:
    """Starts the jobs of a simulation."""

    def __init__(self, simulation: ScheduledSimulation) -> None:
        self._simulation = simulation
        self._monitor = QueueMonitor(simulation)
        #: The queues with a backlog.
        self._waiting: dict[JobQueue, None] = {}
        #: The planned pass, if any.
        self.entry: Entry | None = None

    def wake(self) -> None:
        """Plan a pass at the end of this instant, if jobs are waiting."""
        if self._waiting and self.entry is None:
            simulation = self._simulation
            now_ms = simulation.now_ms
            self.entry = simulation.agenda.add_last(now_ms, self._run_pass, None)

    # Jobs

    def place(self, job: Job) -> None:
        """Start a job whose RUNNABLE stage is over, or add it to the backlog of its queue."""
        queue = job.queue
        if not queue.backlog.count and not job.consumes and queue.policy is None:
            environment = self._environment_for(job)
            if environment is not None and environment.has_room_for_all():
                self._start(job, environment)
                return
        queue.returning.pop(job, None)
        # Drop the agenda entry: a waiting job needs none, and thousands would waste memory.
        job.entry = None
        self._waiting[queue] = None
        queue.backlog.add(job, self._heap_key(job), queue.place_of(job))
        self.wake()

    def _heap_key(self, job: Job) -> Hashable:
        if self._simulation.policies.head_of_line_blocks:
            return job.share_identifier if job.queue.policy else _ONLY_HEAP
        return (job.share_identifier, ask_of(job), job.consumes)

    def withdraw(self, job: Job) -> None:
        """Remove a job from the backlog of its queue."""
        self._leave_backlog(job)
        self.wake()

    def _leave_backlog(self, job: Job) -> None:
        queue = job.queue
        queue.backlog.remove(job)
        if not queue.backlog.count:
            del self._waiting[queue]
            self._monitor.note(queue, None, None)

    def _start(self, job: Job, environment: ComputeEnvironment) -> None:
        now_ms = self._simulation.now_ms
        job.queue.leave_runnable(job, now_ms)
        if job.waits_for_capacity:
            self._leave_backlog(job)
        if job.reservation is None:
            job.reservation = Reservation(job)
        job.reservation.take_room(environment, now_ms)
        self._simulation.start(job, environment)

    def end_attempt(self, job: Job) -> None:
        """Release the room of an attempt that has ended; the nodes of a job use the room of their job."""
        reservation = job.reservation
        if reservation is None:
            return
        reservation.release_room(self._simulation.now_ms)
        if not job.consumes:
            job.reservation = None
        if self._waiting:
            self.wake()

    def finish(self, job: Job) -> None:
        """Drop a job that ends for good, and release the consumable resources that it held."""
        if job.status == RUNNABLE and not isinstance(job, Node):
            job.queue.leave_runnable(job, self._simulation.now_ms)
        if job.reservation is not None:
            job.reservation.release_consumables()
            job.reservation = None
        self.wake()

    # Passes

    def _run_pass(self, _: object) -> None:
        self.entry = None
        try:
            for queue in sorted(self._waiting, key=lambda queue: queue.rank):
                self._visit(queue)
        except BaseException:
            # A listener has raised: visit the other queues once time moves on.
            self.wake()
            raise

    def _visit(self, queue: JobQueue) -> None:
        """Start the jobs of a queue that can start, and record the decision about the first that cannot."""
        # One instant: the shares already count what this visit starts.
        usage_of = queue.weigher(self._simulation.now_ms)
        turns = [turn for heap in queue.backlog.heaps() if (turn := _turn(heap, usage_of))]
        heapify(turns)
        returning = queue.first_returning() if queue.returning else {}
        blocked: Job | None = None
        while turns:
            heap = turns[0].heap
            turn = _turn(heap, usage_of)
            if turn is not None and turn == turns[0]:
                before = returning.get(heap.share)
                if before is not None and before[0] < turn.place:
                    turn = None
                elif self._proceed(turn):
                    turn = _turn(heap, usage_of)
                else:
                    blocked = blocked or turn.job
                    if self._simulation.policies.head_of_line_blocks:
                        break
                    turn = None
            if turn is None:
                heappop(turns)
            else:
                heapreplace(turns, turn)
        now_ms = queue.visited_ms = self._simulation.now_ms
        decision: Decision | None = None if blocked is None else decide(blocked, now_ms)
        self._monitor.note(queue, blocked, decision)

    def _proceed(self, turn: _Turn) -> bool:
        """Start a job, or park it if it is held; return False if it must go on waiting."""
        job = turn.job
        if job.holds and self._simulation.is_kept(job):
            turn.heap.pop()
            self._leave_backlog(job)
            return True
        environment = None if job.consumes and short_of(job) else self._environment_for(job)
        if environment is None:
            return False
        turn.heap.pop()
        self._start(job, environment)
        return True

    def _environment_for(self, job: Job) -> ComputeEnvironment | None:
        """Return the first environment, in the order of the queue, that takes the job now."""
        ask, queue = job.ask or ask_of(job), job.queue
        for environment in queue.environments:
            if (
                environment.has_room(ask.milli_vcpus)
                and environment.suits(ask)
                and not (
                    queue.policy is not None
                    and queue.is_reserved(environment, ask.milli_vcpus, self._simulation.now_ms)
                )
            ):
                return environment
            if ask.is_multinode and environment.is_reached_by(ask):
                return None
        return None


class _Turn(NamedTuple):
    """The head of a heap. Turns compare by usage, then by place, which is unique."""

    usage: float
    place: Place
    job: Job
    heap: JobHeap


def _turn(heap: JobHeap, usage_of: Callable[[str | None], float]) -> _Turn | None:
    """Return the turn of the head of a heap, or None if the heap is empty."""
    head = heap.head()
    return None if head is None else _Turn(usage_of(heap.share), *head, heap)
