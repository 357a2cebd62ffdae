"""
The base class of the trackers of jobs and service jobs.

Only `Tracker.move` changes a status. Future steps are entries on the agenda, and each job has at most
one entry for its next stage and one for its time limit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar

from batchmock.outcomes import UNSCRIPTED, Outcome
from batchmock.simulation.jobs.holds import Hold, includes
from batchmock.simulation.jobs.lifecycle import (
    RUNNABLE,
    RUNNING,
    Transition,
    check_move,
    new_transition,
)
from batchmock.simulation.time.agenda import Entry
from batchmock.simulation.tracking.records import TrackedJob, live_attempt
from batchmock.simulation.tracking.visibility import Expiry
from batchmock.simulation.tracking.world import World

JobT = TypeVar("JobT", bound=TrackedJob)
ContraJobT = TypeVar("ContraJobT", bound=TrackedJob, contravariant=True)


class Runner(Protocol[ContraJobT]):
    """Runs attempts."""

    def begin(self, job: ContraJobT, outcome: Outcome) -> None:
        """Run the attempt of a job that has just become RUNNING."""


class Ender(Protocol[ContraJobT]):
    """Ends attempts."""

    def end(self, job: ContraJobT, outcome: Outcome) -> None:
        """End the attempt under way with an outcome."""


class Tracker(ABC, Mapping[str, JobT], Generic[JobT]):
    """
    All jobs of one kind, by id, and their life.

    Args:
        world: the time, scripts, holds and policies of the mock.
    """

    runs: Runner[JobT]
    endings: Ender[JobT]

    def __init__(self, world: World) -> None:
        self.world = world
        self.agenda = world.agenda
        self.policies = world.policies
        #: Every job, array children and nodes included, by id.
        self.by_id: dict[str, JobT] = {}
        #: Every job that was submitted, in that order.
        self.submitted: list[JobT] = []
        #: The number of these that have not ended.
        self.unfinished = 0
        #: Called with the job and the transition after each move.
        self.listeners: list[Callable[[JobT, Transition], None]] = []
        #: Finished jobs that are still visible, in the order in which they ended.
        self.ended: deque[JobT] = deque()
        #: A heap of finished jobs that expire before their retention is over: instant, number, job.
        self._expiring: list[tuple[int, int, int, JobT, Expiry]] = []

    @property
    def now_ms(self) -> int:
        """The simulated instant: milliseconds since the epoch."""
        return self.world.now_ms

    # Jobs by id

    def __getitem__(self, job_id: str) -> JobT:
        return self.by_id[job_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    def visible_job(self, job_id: str) -> JobT | None:
        """Return the job with an id while the service shows it; children expire with their parent."""
        job = self.by_id.get(job_id)
        return None if job is None or (job.parent or job).expired else job

    # Submission and expiry

    def enter(self, job: JobT) -> None:
        """Number a submitted job and register it."""
        job.sequence = len(self.submitted)
        self.submitted.append(job)
        self.unfinished += 1
        self.register(job)

    def register(self, job: JobT) -> None:
        """Register a job by its id, created now."""
        job.created_at_ms = self.world.now_ms
        self.by_id[job.id] = job
        job.holds = self.world.holds.statuses_for(job)
        if job.status in job.holds:
            self._meet_hold(job)

    def forget_expired(self) -> None:
        """Hide the jobs whose retention is over from the service; views keep them."""
        now_ms = self.world.now_ms
        forgotten: tuple[int, JobT] | None = None
        while self._expiring and self._expiring[0][0] <= now_ms:
            due_ms, _, _, job, expiry = heappop(self._expiring)
            if not job.expired:
                self._forget(job)
                forgotten = due_ms, job
            # Of several expiries that are due at the same instant, each would have sufficed.
            expiry.is_met = expiry.is_met or (due_ms, job) == forgotten
        if self.ended:
            horizon = now_ms - self.world.retention_ms
            while self.ended and self.ended[0].since_ms <= horizon:
                self._forget(self.ended.popleft())

    def _forget(self, job: JobT) -> None:
        if not job.expired:
            job.expired = True
            self._hide(job)
            self.world.changes += 1

    def expire(self, expiry: Expiry) -> None:
        """Schedule the expiry of the finished jobs that are still visible."""
        for job in self.ended:
            self._expire_by(expiry, job)

    def _expire_by(self, expiry: Expiry, job: JobT) -> None:
        if not job.expired and expiry.covers(job):
            due_ms = job.since_ms + expiry.after_ms
            heappush(self._expiring, (due_ms, job.sequence, expiry.number, job, expiry))

    # The agenda

    def plan(self, job: JobT, delay_ms: int | None, action: Callable[[JobT], None]) -> None:
        """
        Schedule the next stage of a job after a delay; None is the default length of a stage.

        Raises:
            AssertionError: the stage before it has not run yet.
        """
        world, entry = self.world, job.entry
        # The same as `agenda.add`, without a call and a new entry for each stage.
        due_ms = world.now_ms + (world.stage_ms if delay_ms is None else delay_ms)
        moment = self.agenda.moments[due_ms]
        if entry is None:
            entry = job.entry = Entry(moment, action, job)
        elif entry.action is None:
            entry.moment = moment
            entry.action = action
        else:
            raise AssertionError(f"{entry.action!r} has not run yet")
        moment.entries.append(entry)

    def plan_timeout(self, job: JobT, delay_ms: int, action: Callable[[JobT], None]) -> None:
        """Schedule the time limit of a job in its current status."""
        job.timeout_entry = self.agenda.add(self.world.now_ms + delay_ms, action, job)

    def cancel_timeout(self, job: JobT) -> None:
        """Cancel the time limit of a job."""
        if job.timeout_entry is not None:
            self.agenda.cancel(job.timeout_entry)
            job.timeout_entry = None

    def strike_entries(self, job: JobT) -> None:
        """Cancel all scheduled events of a job, which then waits neither for capacity nor for a release."""
        if job.entry is not None:
            if job.entry.action is not None:
                self.agenda.cancel(job.entry)
            job.entry = None
        if job.timeout_entry is not None:
            self.agenda.cancel(job.timeout_entry)
            job.timeout_entry = None
        job.parked = False
        if job.waits_for_capacity:
            self._withdraw(job)

    # Holds

    def is_kept(self, job: JobT) -> bool:
        """Park a job that is held at its status and return True; `release` schedules the same step again."""
        if job.status not in job.holds:
            return False
        # Drop the agenda entry: a parked job needs none, and thousands would waste memory.
        job.entry = None
        job.parked = True
        reason = self.world.holds.reason_for(job, job.status)
        if reason is not None:
            job.status_reason = reason
        return True

    def hold(self, hold: Hold) -> None:
        """Hold the existing jobs that a hold covers."""
        for job in self.by_id.values():
            if not job.is_terminal and hold.covers(job):
                job.holds |= {hold.status}
                if job.status == hold.status:
                    self._meet_hold(job)
                self._on_hold(job, hold.status)

    def _meet_hold(self, job: JobT) -> None:
        if not job.has_children:
            self.world.holds.meet(job, job.status)

    def release(self, pattern: str) -> int:
        """Release the jobs that an id, a name or a glob matches; return their number."""
        released = [job for job in self.by_id.values() if job.holds and includes(pattern, job)]
        for job in released:
            job.holds = frozenset()
            if job.parked:
                job.parked = False
                if job.status == RUNNABLE:
                    # The status reason set by the hold.
                    job.status_reason = None
                self.plan(job, 0, self._way_out(job))
        return len(released)

    # Stages

    def leave_starting(self, job: JobT) -> None:
        """Begin the run of a job, or end an attempt that never starts."""
        if job.holds and self.is_kept(job):
            return
        attempt = job.attempt or live_attempt(job)
        outcome = UNSCRIPTED if self.world.scripts.are_empty else self.outcome_of(job)
        attempt.outcome = outcome
        if outcome.kind == "never_starts" and self._never_starts(outcome):
            self.endings.end(job, outcome)
            return
        job.started_at_ms = attempt.started_at_ms = self.world.now_ms
        self.move(job, RUNNING)
        self.runs.begin(job, outcome)

    def leave_running(self, job: JobT) -> None:
        """End the attempt under way, unless the job is held at RUNNING."""
        if job.holds and self.is_kept(job):
            return
        attempt = job.attempt
        outcome = None if attempt is None else attempt.outcome
        self.endings.end(job, outcome or UNSCRIPTED)

    def move(self, job: JobT, to_status: str, reason: str | None = None) -> None:
        """Move a job: check the move, update the lists, record the transition, notify the listeners."""
        from_status = job.status
        if to_status not in job.moves[from_status]:
            check_move(job.moves, from_status, to_status)
        job.status = to_status
        job.status_reason = reason
        if job.holds and to_status in job.holds:
            self._meet_hold(job)
        world = self.world
        transition = new_transition(
            (world.now_ms, job.id, from_status, to_status, reason, job.attempt_number)
        )
        job.history += (transition,)
        if job.parent is None:
            job.queue.moved.append(job)
        else:
            job.parent.member_moved(job, from_status)
        world.transitions.append(transition)
        for listener in self.listeners:
            listener(job, transition)
        if job.is_followed:
            self._follow(job, from_status)

    def finish(self, job: JobT, status: str, reason: str | None) -> None:
        """End a job for good."""
        if job.last_attempt is None:
            # The entries of an attempt were cancelled when it ended.
            self.strike_entries(job)
        self._before_end(job)
        if job.last_attempt is not None or self.policies.stopped_at_without_attempt:
            job.stopped_at_ms = self.world.now_ms
        self.move(job, status, reason)
        if job.parent is None:
            self.unfinished -= 1
            self.ended.append(job)
            for expiry in self.world.visibility.expiries:
                self._expire_by(expiry, job)
        self._after_end(job)

    # Implemented by each kind

    @abstractmethod
    def submit(self, job: JobT) -> None:
        """Accept a new job: SUBMITTED now, with its next stage scheduled."""

    @abstractmethod
    def enter_runnable(self, job: JobT) -> None:
        """Make a job RUNNABLE for its next attempt."""

    @abstractmethod
    def outcome_of(self, job: JobT) -> Outcome:
        """Return the scripted outcome of the current attempt."""

    @abstractmethod
    def _way_out(self, job: JobT) -> Callable[[JobT], None]:
        """Return the stage at which a parked job continues."""

    @abstractmethod
    def _hide(self, job: JobT) -> None:
        """Remove an expired job from the lists of its queue."""

    def _never_starts(self, outcome: Outcome) -> bool:
        """Return whether an outcome of this kind applies to the jobs of this tracker."""
        return True

    def _withdraw(self, job: JobT) -> None:
        """Remove a job that waits for capacity from the backlog of its queue."""

    def _on_hold(self, job: JobT, status: str) -> None:
        """React to a new hold on an existing job."""

    def _before_end(self, job: JobT) -> None:
        """Take a job that is about to end off the lists it is on."""

    def _after_end(self, job: JobT) -> None:
        """React to the end of a job."""

    def _follow(self, job: JobT, from_status: str) -> None:
        """Move the jobs that follow a job with `is_followed`."""
