"""
The simulation: the life of every job, in simulated time.

Whatever happens later is an entry on the agenda; `move` alone changes a job's status. Here are the stages;
the rest is carried out through `move` in modules of its own: whose turn it is (`scheduler`), what an attempt
does (`runs`), how it ends (`endings`), what stops it (`stops`), what depends on it (`dependencies`), and what
array jobs and multi-node jobs make of it (`arrays`, `multinode`). `service_engine` does the same for service
jobs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from batchmock.outcomes import UNSCRIPTED, Outcome, terminate_host
from batchmock.scripts import Scripts
from batchmock.simulation.assumptions import Policies
from batchmock.simulation.identifiers import Identifiers
from batchmock.simulation.jobs.arrays import end_with_last_child, spawn_children
from batchmock.simulation.jobs.attempts import live_attempt
from batchmock.simulation.jobs.dependencies import (
    depend_on,
    dependencies_succeeded,
    failed_dependency_of,
    tell_dependents,
    waits_for_dependencies,
)
from batchmock.simulation.jobs.endings import Endings
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob, MultiNodeJob
from batchmock.simulation.jobs.holds import Hold, Holds, means
from batchmock.simulation.jobs.job import Attempt, Job
from batchmock.simulation.jobs.lifecycle import (
    DEPENDENT_JOB_FAILED,
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    Transition,
    check_move,
    new_transition,
)
from batchmock.simulation.jobs.multinode import follow
from batchmock.simulation.jobs.runs import Runs
from batchmock.simulation.jobs.stops import Stops
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.host_pool import HostPool
from batchmock.simulation.placement.hosts import Host, HostRegistry
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.placement.scheduler import Scheduler
from batchmock.simulation.service_jobs.engine import ServiceEngine
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.time.timekeeper import Timekeeper

AnyJob = TypeVar("AnyJob", Job, ServiceJob)
Listener = Callable[[Job, Transition], None]
#: Called with the job at the head of a queue, the queue, why it is blocked, and the instant.
BlockedListener = Callable[[Job, JobQueue, str, int], None]


class Simulation(Timekeeper):
    """
    All jobs of one mock, and their time. Durations and instants are whole milliseconds.

    Args:
        start_ms: the clock's first instant.
        stage_ms: how long SUBMITTED, RUNNABLE, STARTING and an unscripted run take.
        stop_grace_ms: from SIGTERM to SIGKILL, when a running attempt is stopped.
        retention_ms: how long a finished job stays visible.
        seed: what all ids derive from.
        scripts: what the attempts of jobs do.
        policies: choices where the real service is not known.
        visibility_lag_ms: for how long after it was submitted a job is not shown yet.
        launch_ms: how long a new EC2 instance takes until it takes jobs.
        opened: what a user's function runs within, so that other threads may come in meanwhile.
    """

    def __init__(
        self,
        *,
        start_ms: int,
        stage_ms: int,
        stop_grace_ms: int,
        retention_ms: int,
        seed: int,
        scripts: Scripts,
        policies: Policies,
        visibility_lag_ms: int = 0,
        launch_ms: int = 0,
        opened: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        super().__init__(start_ms)
        self.identifiers = Identifiers(seed)
        #: Every job by id, array children and nodes included.
        self.jobs: dict[str, Job] = {}
        #: Every job that was submitted, in that order.
        self.submitted: list[Job] = []
        self.transitions: list[Transition] = []
        self.listeners: list[Listener] = []
        #: Told once of each job that blocks its queue, and of each reason why.
        self.blocked_listeners: list[BlockedListener] = []
        self.holds = Holds()
        self.scripts = scripts
        self.policies = policies
        self.opened = opened
        self.stage_ms = stage_ms
        self.hosts = HostRegistry(self.identifiers, self.clock, launch_ms)
        self.scheduler = Scheduler(self)
        self.runs = Runs(self)
        self.endings = Endings(self)
        self.stops = Stops(self, stop_grace_ms)
        self.service_jobs = ServiceEngine(
            self, stage_ms=stage_ms, stop_grace_ms=stop_grace_ms, retention_ms=retention_ms
        )
        self._retention_ms = retention_ms
        self._visibility_lag_ms = visibility_lag_ms
        self._ended: deque[Job] = deque()
        #: How many attempts have begun, of all jobs together.
        self._attempts = 0

    # Jobs come and go

    @property
    def is_untouched(self) -> bool:
        """Whether nothing has happened yet, and nothing is going to."""
        return not self.submitted and not self.agenda and self.now_ms == self.start_ms

    def submit(self, job: Job) -> None:
        """Take in a new job: SUBMITTED now, on its way from the next stage on."""
        job.sequence = len(self.submitted)
        self.submitted.append(job)
        self.register(job)
        job.queue.add(job)
        if job.share_identifier is not None:
            job.queue.shares.join(job.share_identifier)
        if isinstance(job, ArrayJob):
            spawn_children(self, job)
        for dependency in job.dependencies:
            depend_on(job, dependency)
        self.plan(job, self.stage_ms, self._leave_submitted)

    def register(self, job: Job) -> None:
        """Make a job known by its id, created now."""
        job.created_at_ms = self.now_ms
        self.jobs[job.id] = job
        job.holds = self.holds.statuses_for(job)

    def forget_expired(self) -> None:
        """Drop the jobs whose retention is over from what the service shows; views keep them."""
        if self._ended:
            horizon = self.now_ms - self._retention_ms
            while self._ended and self._ended[0].history[-1].at_ms <= horizon:
                job = self._ended.popleft()
                job.expired = True
                job.queue.remove(job)
                self.changes += 1
        if self.service_jobs.ended:
            self.service_jobs.forget_expired()

    def visible_job(self, job_id: str) -> Job | None:
        """Give the job with an id, as long as the service shows it; children go with their parent."""
        job = self.jobs.get(job_id)
        return None if job is None or (job.parent or job).expired else job

    @property
    def shows_depend_on_time(self) -> bool:
        """Whether jobs come to be shown without anything that happens."""
        return self._visibility_lag_ms > 0

    def shows(self, job: Job | ServiceJob) -> bool:
        """Whether a job is shown by now to those who look; children and nodes are with their parent."""
        if not self._visibility_lag_ms:
            return True
        return self.now_ms - (job.parent or job).created_at_ms >= self._visibility_lag_ms

    def only_shown(self, jobs: Iterator[AnyJob]) -> Iterator[AnyJob]:
        """Give those of some jobs that are shown by now."""
        return filter(self.shows, jobs) if self._visibility_lag_ms else jobs

    # Stages

    def plan(self, job: Job, delay_ms: int | None, action: Callable[[Job], None]) -> None:
        """Plan what the job does next, so many milliseconds from now; None for as many as usual."""
        if delay_ms is None:
            delay_ms = self.stage_ms
        if job.entry is None:
            job.entry = self.agenda.add(self.now_ms + delay_ms, action, job)
        else:
            self.agenda.add_again(job.entry, self.now_ms + delay_ms, action)

    def is_kept(self, job: Job) -> bool:
        """Park a job that has holds when one is at its status; `release` plans the same step again."""
        if job.status not in job.holds:
            return False
        # What brought it here is over; an entry for each of many that are held would take memory.
        job.entry = None
        job.parked = True
        return True

    def _leave_submitted(self, job: Job) -> None:
        if job.holds and self.is_kept(job):
            return
        if isinstance(job, ArrayJob):
            self._open_array(job)
        elif dependencies_succeeded(job):
            self.enter_runnable(job)
        else:
            # What brought it here is over; an entry for each of many that wait would take memory.
            job.entry = None
            self.move(job, PENDING)
            self.leave_pending(job)

    def _open_array(self, parent: ArrayJob) -> None:
        """Let the children leave SUBMITTED, each to where its own dependencies allow."""
        parent.entry = None
        self.move(parent, PENDING)
        for child in parent.children:
            if child.status == SUBMITTED:
                self._leave_submitted(child)

    def leave_pending(self, job: Job) -> None:
        """Go on from PENDING if the dependencies allow or forbid it; otherwise wait for them."""
        if job.status != PENDING or (job.holds and self.is_kept(job)):
            return
        if isinstance(job, ArrayJob):
            for child in job.children:
                self.leave_pending(child)
        elif job.stop_reason is not None:
            if not waits_for_dependencies(job):
                self.finish(job, FAILED, job.stop_reason)
        elif failed_dependency_of(job) is not None:
            self.finish(job, FAILED, DEPENDENT_JOB_FAILED)
        elif not waits_for_dependencies(job):
            self.enter_runnable(job)

    def enter_runnable(self, job: Job) -> None:
        """Let a job become RUNNABLE for its next attempt."""
        job.attempt_number += 1
        job.attempt = job.last_attempt = None
        job.started_at_ms = None
        self.move(job, RUNNABLE)
        job.queue.enter_runnable(job, self.now_ms)
        self.plan(job, self._outcome(job).runnable_ms, self._leave_runnable)

    def _leave_runnable(self, job: Job) -> None:
        if job.holds and self.is_kept(job):
            self.scheduler.wake()
            return
        if job.refusal is not None:
            self.finish(job, FAILED, job.refusal)
            return
        self.scheduler.place(job)

    def capacity_changed(self) -> None:
        """
        Let the jobs that wait be looked at again at the end of this instant, whatever has changed.

        To be called after a change of what environments offer or accept, of a queue's environments,
        priority, policy or time limits, and of what there is of a consumable resource.
        """
        self.scheduler.wake()

    def start(self, job: Job, environment: ComputeEnvironment, host: Host | None = None) -> None:
        """Begin an attempt in an environment, on a host if it has any: STARTING, on its way to RUNNING."""
        job.attempt = Attempt(job.attempt_number, environment, self.identifiers, self._attempts)
        job.attempt.host = host
        self._attempts += 1
        self.move(job, STARTING)
        self.plan(job, self._outcome(job).starting_ms, self._leave_starting)

    def _leave_starting(self, job: Job) -> None:
        if job.holds and self.is_kept(job):
            return
        attempt = live_attempt(job)
        outcome = attempt.outcome = self._outcome(job)
        if outcome.kind == "never_starts":
            self.endings.end(job, attempt, outcome)
            return
        job.started_at_ms = attempt.started_at_ms = self.now_ms
        self.move(job, RUNNING)
        self.runs.begin(job, attempt, outcome)

    def leave_running(self, job: Job) -> None:
        """End the attempt under way, unless the job is held at RUNNING."""
        if job.holds and self.is_kept(job):
            return
        attempt = live_attempt(job)
        self.endings.end(job, attempt, attempt.outcome or UNSCRIPTED)

    # The end of a job

    def finish(self, job: Job, status: str, reason: str | None) -> None:
        """End a job for good, and let those that depend on it know."""
        self.strike_entries(job)
        if job.status == RUNNABLE or job.reservation is not None:
            self.scheduler.finish(job)
        if job.last_attempt is not None or self.policies.stopped_at_without_attempt:
            job.stopped_at_ms = self.now_ms
        self.move(job, status, reason)
        if job.parent is None:
            self._ended.append(job)
            if job.share_identifier is not None:
                job.queue.shares.leave(job.share_identifier, self.now_ms)
            if job.dependents is not None:
                tell_dependents(self, job)
        elif isinstance(job, ArrayChild):
            tell_dependents(self, job)
            end_with_last_child(self, job.parent)

    def strike_entries(self, job: Job) -> None:
        """Strike whatever is planned for a job; it waits for nothing any more."""
        if job.entry is not None:
            self.agenda.cancel(job.entry)
            job.entry = None
        if job.timeout_entry is not None:
            self.agenda.cancel(job.timeout_entry)
            job.timeout_entry = None
        job.parked = False
        if job.waits_for_capacity:
            self.scheduler.withdraw(job)

    # Stops

    def cancel(self, job: Job, reason: str) -> None:
        """Accept a CancelJob: no effect from STARTING on; otherwise the job ends FAILED with the reason."""
        self.stops.cancel(job, reason)

    def terminate(self, job: Job, reason: str) -> None:
        """Accept a TerminateJob: as a cancellation before STARTING, SIGTERM from then on."""
        self.stops.terminate(job, reason)

    def kill(self, job: Job, reason: str) -> None:
        """End the attempt under way with SIGKILL, and the job with it."""
        self.stops.kill(job, reason)

    def lose_host(self, job: Job) -> None:
        """End the attempt under way as when its host is lost; the job is retried as its rules say."""
        attempt = live_attempt(job)
        attempt.outcome = lost = terminate_host()
        self.endings.end(job, attempt, lost)

    def lose_hosts(self, hosts: Iterable[Host]) -> None:
        """Drop hosts that EC2 has ended, and end every attempt on them."""
        lost = list(hosts)
        for host in lost:
            host.pool.lose(host, self.now_ms)
        for host in lost:
            for job in list(host.jobs):
                self._lose_host_of(job, host)
        self.changes += 1
        self.capacity_changed()

    def _lose_host_of(self, job: Job, host: Host) -> None:
        members = [job, *job.nodes.values()] if isinstance(job, MultiNodeJob) else [job]
        for member in members:
            if member.attempt is not None and member.attempt.host is host:
                self.lose_host(member)
                return
        if job.status == RUNNABLE:
            self.scheduler.place_again(job)

    def replace_hosts(self, pool: HostPool, delay_ms: int) -> None:
        """Let a pool place jobs on new hosts only; attempts on the old ones lose them after a time."""
        old = list(pool.hosts)
        pool.retire_all(self.now_ms)
        for host in old:
            for job in list(host.jobs):
                if job.attempt is None:
                    self.scheduler.place_again(job)
                else:
                    self.lose_host_after(delay_ms, job)

    def leave_lost_host(self, job: Job, attempt: Attempt) -> None:
        """Drop the host of an attempt that is scripted to lose it, without other jobs that are on it."""
        host = attempt.host
        if host is None or host.terminated_at_ms is not None:
            return
        if len(host.jobs) == 1:
            host.pool.lose(host, self.now_ms)
        else:
            attempt.host = self.hosts.new_host(
                host.pool, host.instance_type, host.total, self.now_ms
            )

    def loses_its_host(self, job: Job) -> bool:
        """Return whether the next attempt is scripted to lose its host."""
        return bool(self.scripts.newest_first) and self._outcome(job).kind == "host_lost"

    def lose_host_after(self, delay_ms: int, job: Job) -> None:
        """Plan that the attempt under way loses its host, unless it has ended by then or loses it earlier."""
        attempt, due_ms = live_attempt(job), self.now_ms + delay_ms
        if attempt.host_entry is not None:
            due_ms = min(due_ms, attempt.host_entry.due_ms)
            self.agenda.cancel(attempt.host_entry)
        attempt.host_entry = self.agenda.add(due_ms, self.lose_host, job)

    def delete_queue(self, queue: JobQueue) -> None:
        """End all jobs of a queue that is being deleted: FAILED, `JobQueue deleted`, never retried."""
        self.stops.delete_queue(queue)

    # Holds

    def hold(self, pattern: str, status: str) -> None:
        """Keep the jobs that an id, a name or a glob means at a status, those still to come included."""
        self.holds.add(Hold(pattern, status))
        for job in self.jobs.values():
            if not job.is_terminal and means(pattern, job):
                job.holds |= {status}
        self.service_jobs.hold(pattern, status)

    def release(self, pattern: str) -> int:
        """Let the jobs go that an id, a name or a glob means, and give how many; those parked go on at once."""
        self.holds.remove(pattern)
        released = [job for job in self.jobs.values() if job.holds and means(pattern, job)]
        for job in released:
            job.holds = frozenset()
            if job.parked:
                job.parked = False
                self.plan(job, 0, self._way_out(job))
        return len(released) + self.service_jobs.release(pattern)

    def _way_out(self, job: Job) -> Callable[[Job], None]:
        return {
            SUBMITTED: self._leave_submitted,
            PENDING: self.leave_pending,
            RUNNABLE: self._leave_runnable,
            STARTING: self._leave_starting,
            RUNNING: self.leave_running,
        }[job.status]

    # Moving

    def move(self, job: Job, to_status: str, reason: str | None = None) -> None:
        """Move a job: check the table, keep the queue's lists, note it, announce it."""
        from_status = job.status
        check_move(job.moves, from_status, to_status)
        job.status = to_status
        job.status_reason = reason
        transition = new_transition(
            (self.now_ms, job.id, from_status, to_status, reason, job.attempt_number)
        )
        job.history += (transition,)
        job.listing.moved(job, from_status)
        self.transitions.append(transition)
        for listener in self.listeners:
            listener(job, transition)
        if isinstance(job, MultiNodeJob):
            follow(self, job, from_status)

    def _outcome(self, job: Job) -> Outcome:
        if not self.scripts.newest_first:
            return UNSCRIPTED
        return self.scripts.outcome(
            job.attempt_number,
            job.name,
            job.queue.name,
            job.definition,
            job.array_index,
            job.node_index,
        )
