"""
The scheduler: which job starts next, and in which compute environment.

A job whose time in RUNNABLE is over starts at once where nobody competes for room. Otherwise it joins the
line of its queue, and whatever may change who can start, wakes the scheduler: one pass at the end of
that instant goes through all queues in which jobs wait.

Source: CreateJobQueue, CreateComputeEnvironment and the user guide's "Job scheduling" (documented):
queues by priority, environments by order, jobs first in, first out or by fair share. Assumed: a job at
the head that does not fit holds back those behind it, and keeps the room it waits for from queues of
lower priority.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from heapq import heapify, heappop, heapreplace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import Node
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import RUNNABLE
from batchmock.simulation.placement.backlog import Lane, Place
from batchmock.simulation.placement.capacity import Ask, ask_of
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.queue_monitor import WatchedTracker, Watchman
from batchmock.simulation.placement.queues import JobQueue

if TYPE_CHECKING:
    from batchmock.simulation.assumptions import Policies
    from batchmock.simulation.placement.consumable_resources import ConsumableResource
    from batchmock.simulation.time.agenda import Entry

#: The one lane of a queue that is first in, first out.
_ONLY_LANE: Final = None


class StartsJobs(WatchedTracker, Protocol):
    """What the scheduler needs of the tracker of jobs."""

    policies: Policies

    def is_kept(self, job: Job) -> bool:
        """Park a job that is held at its status and return True."""

    def start(self, job: Job, environment: ComputeEnvironment) -> None:
        """Begin an attempt in a compute environment."""


class Scheduler:
    """Starts the jobs of a simulation."""

    def __init__(self, simulation: StartsJobs) -> None:
        self._simulation = simulation
        self._watchman = Watchman(simulation)
        #: The queues in which jobs wait.
        self._waiting: dict[JobQueue, None] = {}
        #: The pass to come, if there is one.
        self.entry: Entry | None = None

    def wake(self) -> None:
        """Have the jobs that wait looked at again, at the end of this instant."""
        if self._waiting and self.entry is None:
            simulation = self._simulation
            now_ms = simulation.now_ms
            self.entry = simulation.agenda.add_last(now_ms, self._look_at_all, None)

    # What becomes of jobs

    def withdraw(self, job: Job) -> None:
        """Let a job go from the line in which it stands, and those behind it move up."""
        self._leave_line(job)
        self.wake()

    def _leave_line(self, job: Job) -> None:
        queue = job.queue
        queue.line.leave(job)
        if not queue.line.count:
            del self._waiting[queue]
            self._watchman.watch(queue, None)

    def place(self, job: Job) -> None:
        """Start a job whose time in RUNNABLE is over, or let it wait until it can be."""
        queue = job.queue
        if not queue.line.count and not job.consumes and queue.policy is None:
            environment = self._environment_for(job, _NOTHING_KEPT)
            if environment is not None and environment.has_room_for_all():
                self._start(job, environment)
                return
        # What brought it here is over; an entry for each of many that wait would take memory.
        job.entry = None
        self._waiting[queue] = None
        queue.line.join(job, self._lane_of(job), queue.place_of(job))
        self.wake()

    def _lane_of(self, job: Job) -> Hashable:
        if self._simulation.policies.head_of_line_blocks:
            return job.share_identifier if job.queue.policy else _ONLY_LANE
        return (job.share_identifier, ask_of(job), job.consumes)

    def _start(self, job: Job, environment: ComputeEnvironment) -> None:
        queue, milli_vcpus = job.queue, (job.ask or ask_of(job)).milli_vcpus
        queue.leave_runnable(job, self._simulation.now_ms)
        if job.waits_for_capacity:
            self._leave_line(job)
        environment.take(job, milli_vcpus)
        queue.dispatched_milli_vcpus += milli_vcpus
        if queue.policy is not None and job.share_identifier is not None:
            now_ms = self._simulation.now_ms
            queue.shares.ledger.take(job.share_identifier, milli_vcpus, now_ms, queue.policy)
        if job.consumes and not job.has_consumables:
            job.has_consumables = True
            for resource, quantity in job.consumes:
                resource.take(quantity)
        self._simulation.start(job, environment)

    def give_back(self, job: Job, attempt: Attempt) -> None:
        """Take back what the attempt of a job used, now that it has ended; nodes share their job's."""
        if isinstance(job, Node):
            return
        queue, milli_vcpus = job.queue, (job.ask or ask_of(job)).milli_vcpus
        attempt.environment.give_back(job, milli_vcpus)
        queue.dispatched_milli_vcpus -= milli_vcpus
        if queue.policy is not None and job.share_identifier is not None:
            now_ms = self._simulation.now_ms
            queue.shares.ledger.give_back(job.share_identifier, milli_vcpus, now_ms, queue.policy)
        if self._waiting:
            self.wake()

    def finish(self, job: Job) -> None:
        """Let go of a job that ends for good, and take back the consumable resources that it had."""
        if job.status == RUNNABLE and not isinstance(job, Node):
            job.queue.leave_runnable(job, self._simulation.now_ms)
        if job.has_consumables:
            job.has_consumables = False
            for resource, quantity in job.consumes:
                resource.give(quantity)
            self.wake()

    # Passes

    def _look_at_all(self, _: object) -> None:
        self.entry = None
        kept = _Kept()
        try:
            for queue in sorted(self._waiting, key=lambda queue: queue.rank):
                self._look_at(queue, kept)
        except BaseException:
            # A listener has raised: what was not looked at must be, once time moves on.
            self.wake()
            raise

    def _look_at(self, queue: JobQueue, kept: _Kept) -> None:
        """Start what can be started of a queue, and keep for its head what that waits for."""
        # Of one instant: what is started meanwhile is in what the shares use already.
        usage_of = queue.weigher(self._simulation.now_ms)
        turns = [turn for lane in queue.line.lanes() if (turn := _turn(lane, usage_of))]
        heapify(turns)
        blocked: Job | None = None
        while turns:
            lane = turns[0].lane
            turn = _turn(lane, usage_of)
            if turn is not None and turn == turns[0]:
                if self._may_go(turn, kept):
                    turn = _turn(lane, usage_of)
                else:
                    blocked = blocked or turn.job
                    if self._simulation.policies.head_of_line_blocks:
                        kept.keep_for(turn.job)
                        break
                    turn = None
            if turn is None:
                heappop(turns)
            else:
                heapreplace(turns, turn)
        queue.looked_at_ms = self._simulation.now_ms
        self._watchman.watch(queue, blocked)

    def _may_go(self, turn: _Turn, kept: _Kept) -> bool:
        """Start a job, or put it aside if it is held; False if it has to go on waiting."""
        job = turn.job
        if job.holds and self._simulation.is_kept(job):
            turn.lane.drop_head()
            self._leave_line(job)
            return True
        environment = None if kept.lacks_for(job) else self._environment_for(job, kept)
        if environment is None:
            return False
        turn.lane.drop_head()
        self._start(job, environment)
        return True

    def _environment_for(self, job: Job, kept: _Kept) -> ComputeEnvironment | None:
        """Give the first environment, in the queue's order, that takes the job and has room for it."""
        ask, queue = job.ask or ask_of(job), job.queue
        for environment in queue.environments:
            if (
                environment.has_room(ask.milli_vcpus)
                and environment.suits(ask)
                and environment not in kept.environments
                and not (queue.policy is not None and self._is_reserved(queue, environment, ask))
            ):
                return environment
        return None

    def _is_reserved(self, queue: JobQueue, environment: ComputeEnvironment, ask: Ask) -> bool:
        now_ms = self._simulation.now_ms
        return queue.is_reserved(environment, ask.milli_vcpus, now_ms)


class _Turn(NamedTuple):
    """The head of a lane. Turns compare by usage, then by place, which no two jobs share."""

    usage: float
    place: Place
    job: Job
    lane: Lane


def _turn(lane: Lane, usage_of: Callable[[str | None], float]) -> _Turn | None:
    """Give the head of a lane with what decides when it is its turn; None if nobody waits there."""
    head = lane.head()
    return None if head is None else _Turn(usage_of(lane.share), *head, lane)


class _Kept:
    """What is kept, in the course of a pass, for jobs that came to their turn and have to wait."""

    def __init__(self) -> None:
        self.environments: set[ComputeEnvironment] = set()
        self.resources: set[ConsumableResource] = set()

    def lacks_for(self, job: Job) -> bool:
        """Say whether a job has to wait for consumable resources."""
        return not job.has_consumables and any(
            resource.is_short(quantity) or resource in self.resources
            for resource, quantity in job.consumes
        )

    def keep_for(self, job: Job) -> None:
        """Keep for a job the resources that are short, or else the environments that it fits in."""
        if self.lacks_for(job):
            self.resources.update(
                resource for resource, quantity in job.consumes if resource.is_short(quantity)
            )
        else:
            ask = ask_of(job)
            self.environments.update(
                environment for environment in job.queue.environments if environment.suits(ask)
            )


_NOTHING_KEPT: Final = _Kept()
