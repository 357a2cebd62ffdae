"""
The life of every job: the stages it passes through, from SUBMITTED to the start of each attempt.

`Scheduler` starts jobs, `JobRuns` runs them, and `JobEndings` and `JobStops` end them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from batchmock.outcomes import UNSCRIPTED, Outcome, terminate_host
from batchmock.simulation.jobs.arrays import end_with_last_child, spawn_children
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.dependencies import (
    depend_on,
    dependencies_succeeded,
    failed_dependency_of,
    notify_dependents,
    waits_for_dependencies,
)
from batchmock.simulation.jobs.endings import JobEndings
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob, MultiNodeJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import (
    DEPENDENT_JOB_FAILED,
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
)
from batchmock.simulation.jobs.losses import lose_hosts, replace_hosts
from batchmock.simulation.jobs.multinode import follow
from batchmock.simulation.jobs.runs import JobRuns
from batchmock.simulation.jobs.stops import JobStops
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.host_pool import HostPool
from batchmock.simulation.placement.hosts import DeferredHost, Host
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.placement.scheduler import Scheduler
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.tracker import Tracker
from batchmock.simulation.tracking.world import World

#: Called with the job at the head of a queue, the queue, the reason why it is blocked, and the instant.
BlockedListener = Callable[[Job, JobQueue, str, int], None]


class JobTracker(Tracker[Job]):
    """
    All jobs of one mock, array children and nodes included.

    Args:
        world: the time, scripts, holds and policies of the mock.
    """

    runs: JobRuns
    endings: JobEndings

    def __init__(self, world: World) -> None:
        super().__init__(world)
        #: Called once for each job that blocks its queue and each reason.
        self.blocked_listeners: list[BlockedListener] = []
        self.scheduler = Scheduler(self)
        self.endings = JobEndings(self, self.scheduler)
        self.stops = JobStops(self, self.endings)
        self.runs = JobRuns(self, self.stops)
        #: The number of attempts begun, over all jobs.
        self._attempts = 0

    # Stages

    def submit(self, job: Job) -> None:
        """Accept a new job: SUBMITTED now, with its next stage scheduled."""
        self.enter(job)
        job.queue.add(job)
        if job.share_identifier is not None:
            job.queue.shares.join(job.share_identifier)
        if isinstance(job, ArrayJob):
            spawn_children(self, job)
        for dependency in job.dependencies:
            depend_on(job, dependency)
        self.plan(job, None, self._leave_submitted)

    def _leave_submitted(self, job: Job) -> None:
        if job.holds and self.is_kept(job):
            return
        if isinstance(job, ArrayJob):
            self._open_array(job)
        elif dependencies_succeeded(job):
            self.enter_runnable(job)
        else:
            # Drop the agenda entry: a waiting job needs none, and thousands would waste memory.
            job.entry = None
            self.move(job, PENDING)
            self.leave_pending(job)

    def _open_array(self, parent: ArrayJob) -> None:
        """Move the children of an array job out of SUBMITTED, each as far as its dependencies allow."""
        parent.entry = None
        self.move(parent, PENDING)
        for child in parent.children:
            if child.status == SUBMITTED:
                self._leave_submitted(child)

    def leave_pending(self, job: Job) -> None:
        """Move a job on from PENDING, or end it, unless it still waits for its dependencies."""
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
            if job.entry is not None and job.entry.action is not None:
                # A release has scheduled this step as well.
                self.agenda.cancel(job.entry)
                job.entry = None
            self.enter_runnable(job)

    def enter_runnable(self, job: Job) -> None:
        """Make a job RUNNABLE for its next attempt."""
        job.attempt_number += 1
        job.attempt = job.last_attempt = None
        job.started_at_ms = None
        self.move(job, RUNNABLE)
        job.queue.enter_runnable(job, self.world.now_ms)
        is_scripted = not self.world.scripts.are_empty
        delay_ms = self.outcome_of(job).runnable_ms if is_scripted else None
        self.plan(job, delay_ms, self._leave_runnable)

    def _leave_runnable(self, job: Job) -> None:
        if job.holds and self.is_kept(job):
            self.scheduler.wake()
            return
        if job.refusal is not None:
            self.finish(job, FAILED, job.refusal)
            return
        self.scheduler.place(job)

    def start(
        self, job: Job, environment: ComputeEnvironment, host: Host | DeferredHost | None = None
    ) -> None:
        """Begin an attempt in a compute environment, on a host if it has any: STARTING."""
        serial = self._attempts
        self._attempts = serial + 1
        job.attempt = Attempt(job.attempt_number, environment, self.world.identifiers, serial, host)
        self.move(job, STARTING)
        is_scripted = not self.world.scripts.are_empty
        delay_ms = self.outcome_of(job).starting_ms if is_scripted else None
        self.plan(job, delay_ms, self.leave_starting)

    def _way_out(self, job: Job) -> Callable[[Job], None]:
        return {
            SUBMITTED: self._leave_submitted,
            PENDING: self.leave_pending,
            RUNNABLE: self._leave_runnable,
            STARTING: self.leave_starting,
            RUNNING: self.leave_running,
        }[job.status]

    def outcome_of(self, job: Job) -> Outcome:
        """Return the scripted outcome of the current attempt."""
        if self.world.scripts.are_empty:
            return UNSCRIPTED
        attempt = job.attempt
        return self._outcome_in(job, None if attempt is None else attempt.environment)

    def _outcome_in(
        self, job: Job, environment: ComputeEnvironment | None, *, is_met: bool = True
    ) -> Outcome:
        """Return the outcome of the current attempt if it is placed in a compute environment."""
        return self.world.scripts.outcome(
            job.attempt_number,
            job.name,
            job.queue,
            job.definition,
            job.array_index,
            job.node_index,
            environment,
            is_met=is_met,
        )

    # Moves and ends

    def _withdraw(self, job: Job) -> None:
        self.scheduler.withdraw(job)

    def _follow(self, job: Job, from_status: str) -> None:
        if isinstance(job, MultiNodeJob):
            follow(self, job, from_status)

    def _before_end(self, job: Job) -> None:
        if job.status == RUNNABLE or job.reservation is not None:
            self.scheduler.finish(job)

    def _after_end(self, job: Job) -> None:
        if job.parent is None:
            if job.share_identifier is not None:
                job.queue.shares.leave(job.share_identifier, self.world.now_ms)
            if job.dependents is not None:
                notify_dependents(self, job)
        elif isinstance(job, ArrayChild):
            notify_dependents(self, job)
            end_with_last_child(self, job.parent)

    def _hide(self, job: Job) -> None:
        job.queue.remove(job)

    # Requests

    def capacity_changed(self) -> None:
        """
        Schedule another look at the waiting jobs, at the end of this instant.

        Call it after a change of what environments offer or accept, of the environments, priority, policy or
        time limits of a queue, and of the quantity of a consumable resource.
        """
        self.world.changes += 1
        self.scheduler.wake()

    def cancel(self, job: Job, reason: str) -> None:
        """Accept a CancelJob: a no-op from STARTING on, otherwise the job ends FAILED with the reason."""
        self.stops.cancel(job, reason)

    def terminate(self, job: Job, reason: str) -> None:
        """Accept a TerminateJob: like a cancellation before STARTING, SIGTERM from then on."""
        self.stops.terminate(job, reason)

    def kill(self, job: Job, reason: str) -> None:
        """Stop the attempt under way at once, and end the job with it."""
        self.stops.kill(job, reason)

    def delete_queue(self, queue: JobQueue) -> None:
        """Fail all jobs of a queue that is being deleted with `JobQueue deleted`, without retries."""
        self.stops.delete_queue(queue)

    def lose_host(self, job: Job) -> None:
        """End the attempt under way because its host is lost; the job is retried according to its rules."""
        live_attempt(job).outcome = lost = terminate_host()
        self.endings.end(job, lost)

    def loses_its_host(self, job: Job, environment: ComputeEnvironment) -> bool:
        """Return whether the next attempt is scripted to lose its host in a compute environment."""
        return self._outcome_in(job, environment, is_met=False).kind == "host_lost"

    def lose_hosts(self, hosts: Iterable[Host]) -> None:
        """End EC2 instances, and every attempt on them."""
        lose_hosts(self, hosts)
        self.world.changes += 1

    def replace_hosts(self, pool: HostPool, delay_ms: int) -> None:
        """Place jobs on new hosts only, and end the attempts on the old hosts after a delay."""
        replace_hosts(self, pool, delay_ms)

    def lose_host_after(self, delay_ms: int, job: Job) -> None:
        """Schedule the loss of the host of the attempt under way, unless an earlier one is scheduled."""
        attempt, due_ms = live_attempt(job), self.world.now_ms + delay_ms
        if attempt.host_entry is not None:
            due_ms = min(due_ms, attempt.host_entry.due_ms)
            self.agenda.cancel(attempt.host_entry)
        attempt.host_entry = self.agenda.add(due_ms, self.lose_host, job)
