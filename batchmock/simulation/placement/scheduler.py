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
    from batchmock.scripts import Scripts
    from batchmock.simulation.assumptions import Policies
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.capacity import Ask
    from batchmock.simulation.placement.environments import ComputeEnvironment
    from batchmock.simulation.placement.hosts import DeferredHost, Host
    from batchmock.simulation.placement.queues import JobQueue
    from batchmock.simulation.time.agenda import Entry

#: Where a job is placed: on no host on Fargate, on one for each node of a multi-node job.
_Placement = tuple["ComputeEnvironment", tuple["Host | DeferredHost", ...]]

#: The key of the only heap of a first-in-first-out queue.
_ONLY_HEAP: Final = None


class ScheduledWorld(Protocol):
    """The time and the scripts of a simulation."""

    now_ms: int
    scripts: Scripts


class ScheduledSimulation(MonitoredSimulation, Protocol):
    """The part of the simulation that the scheduler uses."""

    policies: Policies

    @property
    def world(self) -> ScheduledWorld:
        """The time and the scripts of the simulation."""

    def is_kept(self, job: Job) -> bool:
        """Park a job that is held at its status; return whether it is."""

    def start(
        self, job: Job, environment: ComputeEnvironment, host: Host | DeferredHost | None
    ) -> None:
        """Begin an attempt."""

    def plan(self, job: Job, delay_ms: int | None, action: Callable[[Job], None]) -> None:
        """Schedule the next step of a job."""

    def loses_its_host(self, job: Job, environment: ComputeEnvironment) -> bool:
        """Return whether the next attempt is scripted to lose its host in a compute environment."""


class Scheduler:
    """Starts the jobs of a simulation."""

    def __init__(self, simulation: ScheduledSimulation) -> None:
        self._simulation = simulation
        self._world = simulation.world
        self._monitor = QueueMonitor(simulation)
        #: The queues with a backlog.
        self._waiting: dict[JobQueue, None] = {}
        #: The planned pass, if any.
        self.entry: Entry | None = None

    def wake(self) -> None:
        """Plan a pass at the end of this instant, if jobs are waiting."""
        if self._waiting and self.entry is None:
            agenda = self._simulation.agenda
            self.entry = agenda.add_last(self._world.now_ms, self._run_pass, None)

    # Jobs

    def place(self, job: Job) -> None:
        """Start a job whose RUNNABLE stage is over, or add it to the backlog of its queue."""
        queue, now_ms = job.queue, self._world.now_ms
        if job.reservation is not None and job.reservation.environment is not None:
            self._begin(job)
            return
        if not queue.backlog.count and not job.consumes and queue.policy is None:
            ask = job.ask or ask_of(job)
            for environment in queue.environments:
                if environment.suits(ask):
                    # Without a look at turns: there is room for this job beside all other RUNNABLE jobs.
                    if environment.has_room_for_all():
                        hosts = self._hosts_in(environment, job, ask, now_ms)
                        if hosts is not None:
                            self._start(job, environment, hosts, now_ms)
                            return
                    break
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

    def _start(
        self,
        job: Job,
        environment: ComputeEnvironment,
        hosts: tuple[Host | DeferredHost, ...],
        now_ms: int,
    ) -> None:
        """Reserve what a job needs, and begin its attempt once its hosts are ready."""
        if job.waits_for_capacity:
            self._leave_backlog(job)
        reservation = job.reservation
        if reservation is None:
            reservation = job.reservation = Reservation(job)
        reservation.take_room(environment, hosts, now_ms)
        if hosts:
            ready_ms = hosts[0].ready_at_ms
            if len(hosts) > 1:
                ready_ms = max(host.ready_at_ms for host in hosts)
            if ready_ms > now_ms:
                self._simulation.plan(job, ready_ms - now_ms, self._begin)
                return
        self._begin(job)

    def _begin(self, job: Job) -> None:
        """Begin the attempt of a job that has room, unless the job is held."""
        if job.holds and self._simulation.is_kept(job):
            return
        reservation = job.reservation
        if reservation is None or reservation.environment is None:
            raise AssertionError(f"{job!r} has no room")
        job.queue.leave_runnable(job, self._world.now_ms)
        hosts = reservation.hosts
        # A multi-node job runs where its main node does.
        host = hosts[job.node_index or 0] if hosts else None
        self._simulation.start(job, reservation.environment, host)

    def place_again(self, job: Job) -> None:
        """Release the room of a RUNNABLE job whose host was lost before it started, and place it again."""
        if job.entry is not None:
            self._simulation.agenda.cancel(job.entry)
            job.entry = None
        if job.reservation is not None:
            self._release_room(job, job.reservation)
        if not job.parked:
            self.place(job)

    def end_attempt(self, job: Job) -> None:
        """Release the room of an attempt that has ended; the nodes of a job use the room of their job."""
        if job.reservation is not None:
            self._release_room(job, job.reservation)
            if self._waiting:
                self.wake()

    def _release_room(self, job: Job, reservation: Reservation) -> None:
        reservation.release_room(self._world.now_ms)
        if not job.consumes:
            job.reservation = None

    def finish(self, job: Job) -> None:
        """Drop a job that ends for good, and release the consumable resources that it held."""
        if job.status == RUNNABLE and not isinstance(job, Node):
            job.queue.leave_runnable(job, self._world.now_ms)
        if job.reservation is not None:
            if job.reservation.environment is not None:
                job.reservation.release_room(self._world.now_ms)
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
        usage_of = queue.weigher(self._world.now_ms)
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
        now_ms = queue.visited_ms = self._world.now_ms
        decision: Decision | None = None if blocked is None else decide(blocked, now_ms)
        self._monitor.note(queue, blocked, decision)

    def _proceed(self, turn: _Turn) -> bool:
        """Start a job, or park it if it is held; return False if it must go on waiting."""
        job = turn.job
        if job.holds and self._simulation.is_kept(job):
            turn.heap.pop()
            self._leave_backlog(job)
            return True
        now_ms = self._world.now_ms
        placement = None if job.consumes and short_of(job) else self._place_now(job, now_ms)
        if placement is None:
            return False
        turn.heap.pop()
        self._start(job, *placement, now_ms)
        return True

    # Environments

    def _place_now(self, job: Job, now_ms: int) -> _Placement | None:
        """Place a job in the first environment, in the order of the queue, that has room for it."""
        ask, queue = job.ask or ask_of(job), job.queue
        for environment in queue.environments:
            if environment.suits(ask) and not (
                queue.policy is not None and queue.is_reserved(environment, ask.milli_vcpus, now_ms)
            ):
                hosts = self._hosts_in(environment, job, ask, now_ms)
                if hosts is not None:
                    return environment, hosts
            if ask.is_multinode and environment.is_reached_by(ask):
                return None
        return None

    def _hosts_in(
        self, environment: ComputeEnvironment, job: Job, ask: Ask, now_ms: int
    ) -> tuple[Host | DeferredHost, ...] | None:
        """Return the hosts that a job is placed on now in an environment; None without room."""
        pool, alone = environment.pool, ask.is_multinode
        if pool is None:
            return () if environment.has_vcpus(ask.milli_vcpus) else None
        if not alone and (
            self._world.scripts.lose_hosts and self._simulation.loses_its_host(job, environment)
        ):
            # A scripted loss takes no other job with it, if there is room for a host of its own.
            hosts = pool.place(job, ask.demands, now_ms, alone=True)
            if hosts is not None:
                return hosts
        return pool.place(job, ask.demands, now_ms, alone=alone)


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
