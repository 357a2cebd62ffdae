"""
The life of service jobs, on the clock and agenda of the simulation they belong to.

`ServiceEngine.move` alone changes a service job's status. Its parts carry out the rest through it, each in
the module of its name: dispatching, running, ending, stopping, preempting, and the watch over queues.

Source: AWS Batch user guide, "Service jobs", "Service job status", "Service job retries" (documented).
Choices where they are silent are marked as assumed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from batchmock.outcomes import UNSCRIPTED, Outcome
from batchmock.simulation.jobs.holds import means
from batchmock.simulation.jobs.lifecycle import (
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    Transition,
    check_move,
)
from batchmock.simulation.service_jobs.dispatcher import ServiceDispatcher
from batchmock.simulation.service_jobs.endings import ServiceEndings
from batchmock.simulation.service_jobs.job import (
    SCHEDULED,
    SERVICE_JOB_MOVES,
    ServiceAttempt,
    ServiceJob,
    live_attempt,
)
from batchmock.simulation.service_jobs.preemptions import ServicePreemptions
from batchmock.simulation.service_jobs.queue_monitor import ServiceQueueMonitor
from batchmock.simulation.service_jobs.queues import ServiceEnvironment, ServiceQueue, UnitCounts
from batchmock.simulation.service_jobs.runs import ServiceRuns
from batchmock.simulation.service_jobs.stops import ServiceStops

if TYPE_CHECKING:
    from batchmock.simulation.engine import Simulation

ServiceListener = Callable[[ServiceJob, Transition], None]
ServiceNoticeListener = Callable[[ServiceJob, str], None]


class ServiceEngine:
    """
    All service jobs of one mock.

    `listeners` are called with (service job, transition) after each move: what EventBridge announces as
    `Batch Service Job State Change`. `blocked_listeners` are called with (service job, reason) when a job
    that others wait for is found to be blocked, once for each job and reason (assumed): `Batch Service Job
    Queue Blocked`. `preempting_listeners` are called with (service job, status reason) when a training job
    begins to be stopped for another: no change of status, and announced nevertheless.

    Args:
        simulation: whose clock, agenda, identifiers, scripts and holds these are too.
        stage_ms: how long SUBMITTED, RUNNABLE, SCHEDULED, STARTING and an unscripted run take.
        stop_grace_ms: how long a training job takes to stop.
        retention_ms: how long a finished job stays visible.
    """

    def __init__(
        self, simulation: Simulation, *, stage_ms: int, stop_grace_ms: int, retention_ms: int
    ) -> None:
        self.simulation = simulation
        self._stage_ms = stage_ms
        self._retention_ms = retention_ms
        #: Every service job by id, in the order of submission.
        self.jobs: dict[str, ServiceJob] = {}
        self.listeners: list[ServiceListener] = []
        self.blocked_listeners: list[ServiceNoticeListener] = []
        self.preempting_listeners: list[ServiceNoticeListener] = []
        self.dispatcher = ServiceDispatcher(self)
        self.runs = ServiceRuns(self)
        self.endings = ServiceEndings(self)
        self.preemptions = ServicePreemptions(self, stop_grace_ms)
        self.stops = ServiceStops(self, stop_grace_ms)
        self.queue_monitor = ServiceQueueMonitor(self)
        #: Those that have ended and are shown still, in that order.
        self.ended: deque[ServiceJob] = deque()

    @property
    def now_ms(self) -> int:
        """The simulated instant: milliseconds since the epoch."""
        return self.simulation.now_ms

    # Service jobs come and go

    def submit(self, job: ServiceJob) -> None:
        """Take in a new service job: SUBMITTED now, on its way from the next stage on."""
        job.sequence = len(self.jobs)
        job.created_at_ms = self.now_ms
        self.jobs[job.id] = job
        job.holds = self.simulation.holds.statuses_for(job)
        job.queue.add(job)
        job.queue.shares.join(job.share)
        self.plan(job, self._stage_ms, self._leave_submitted)

    def forget_expired(self) -> None:
        """Drop the jobs whose retention is over from what the service shows; views keep them."""
        horizon = self.now_ms - self._retention_ms
        while self.ended and self.ended[0].history[-1].at_ms <= horizon:
            job = self.ended.popleft()
            job.expired = True
            job.queue.remove(job)

    def visible_job(self, job_id: str) -> ServiceJob | None:
        """Give the job with an id, as long as the service shows it."""
        job = self.jobs.get(job_id)
        return None if job is None or job.expired else job

    # Entries on the agenda

    def plan(self, job: ServiceJob, delay_ms: int, action: Callable[[ServiceJob], None]) -> None:
        """Plan what the job does next, so many milliseconds from now."""
        job.entry = self.simulation.agenda.add(self.now_ms + delay_ms, action, job)

    def plan_timeout(
        self, job: ServiceJob, delay_ms: int, action: Callable[[ServiceJob], None]
    ) -> None:
        """Plan what comes of a job that has not moved by then."""
        job.timeout_entry = self.simulation.agenda.add(self.now_ms + delay_ms, action, job)

    def cancel_timeout(self, job: ServiceJob) -> None:
        """Strike what would have come of a job that does not move."""
        if job.timeout_entry is not None:
            self.simulation.agenda.cancel(job.timeout_entry)
            job.timeout_entry = None

    def strike_entries(self, job: ServiceJob) -> None:
        """Strike whatever is planned for a job."""
        for entry in (job.entry, job.timeout_entry):
            if entry is not None:
                self.simulation.agenda.cancel(entry)
        job.entry = job.timeout_entry = None
        job.parked = False

    # Stages

    def _is_kept(self, job: ServiceJob) -> bool:
        """Park the job when it is held at its status; `release` plans the same step again."""
        job.entry = None
        job.parked = job.status in job.holds
        return job.parked

    def _leave_submitted(self, job: ServiceJob) -> None:
        if not self._is_kept(job):
            self.enter_runnable(job)

    def enter_runnable(self, job: ServiceJob, capacity_reason: str | None = None) -> None:
        """Put a job into its line, for another attempt unless just capacity was missing."""
        if capacity_reason is None:
            job.attempt_number += 1
        job.attempt = job.last_attempt = None
        job.scheduled_at_ms = job.started_at_ms = None
        self.move(job, RUNNABLE, capacity_reason)
        job.capacity_reason = capacity_reason
        job.queue.backlog_of(job).join(job)
        self.plan(job, self.stage_time(self._outcome(job).runnable_ms), self._become_ready)
        self.dispatch(job.queue.environment)

    def _become_ready(self, job: ServiceJob) -> None:
        """Let a job be dispatched once there is room."""
        if not self._is_kept(job):
            job.queue.backlog_of(job).become_ready(job)
            self.dispatch(job.queue.environment)

    def start(self, job: ServiceJob, environment: ServiceEnvironment) -> None:
        """Hand a job to SageMaker: SCHEDULED, with a training job of its own."""
        digits = self.simulation.identifiers.hex("service-attempt", 16)
        attempt = ServiceAttempt(job.attempt_number, environment, digits)
        job.attempt = job.latest_attempt = attempt
        job.scheduled_at_ms = self.now_ms
        self.dispatcher.take(job, environment)
        self.move(job, SCHEDULED)
        self.plan(job, self.stage_time(self._outcome(job).scheduled_ms), self._leave_scheduled)

    def _leave_scheduled(self, job: ServiceJob) -> None:
        if self._is_kept(job):
            return
        if self._outcome(job).kind == "no_capacity":
            self.endings.find_no_capacity(job)
            return
        if job.submission.refusal is not None:
            live_attempt(job).outcome = job.submission.refusal
            self.endings.end(job, job.submission.refusal)
            return
        self.move(job, STARTING)
        self.plan(job, self.stage_time(self._outcome(job).starting_ms), self._leave_starting)

    def _leave_starting(self, job: ServiceJob) -> None:
        if self._is_kept(job):
            return
        attempt = live_attempt(job)
        outcome = attempt.outcome = self._outcome(job)
        if outcome.kind == "never_starts" and not outcome.needs_containers:
            self.endings.end(job, outcome)
            return
        job.started_at_ms = attempt.started_at_ms = self.now_ms
        self.move(job, RUNNING)
        self.runs.begin(job, attempt, outcome)

    def leave_running(self, job: ServiceJob) -> None:
        """End the attempt under way, unless the job is held at RUNNING."""
        if not self._is_kept(job):
            self.endings.end(job, live_attempt(job).outcome or UNSCRIPTED)

    def finish(self, job: ServiceJob, status: str, reason: str) -> None:
        """End a job for good."""
        self.strike_entries(job)
        job.stopped_at_ms = self.now_ms
        self.move(job, status, reason)
        self.ended.append(job)
        job.queue.shares.leave(job.share, self.now_ms)

    # What operations ask for

    def dispatch(self, environment: ServiceEnvironment | None) -> None:
        """Look at the end of this instant, when all who come with it are there, for what can start."""
        self.dispatcher.wake(environment)

    def reprioritize(self, job: ServiceJob, priority: int) -> None:
        """Give a job another priority: it counts at once, for its place and for preemption."""
        self.dispatcher.reprioritize(job, priority)

    def limit_capacity(self, environment: ServiceEnvironment, limits: UnitCounts) -> None:
        """Take other limits for an environment; what runs is counted in their units from now on."""
        self.dispatcher.limit_capacity(environment, limits)

    def limit_times(self, queue: ServiceQueue, time_limits: dict[str, int]) -> None:
        """Take other time limits for a queue; they count from now on (assumed)."""
        self.queue_monitor.limit_times(queue, time_limits)

    def terminate(self, job: ServiceJob, reason: str) -> None:
        """Accept a TerminateServiceJob: at once before SCHEDULED, otherwise the training job is stopped."""
        self.stops.terminate(job, reason)

    def delete_queue(self, queue: ServiceQueue) -> None:
        """End all jobs of a queue that is being deleted: FAILED, `JobQueue deleted`, never retried."""
        self.stops.delete_queue(queue)

    def delete_share(self, queue: ServiceQueue, name: str) -> None:
        """End all jobs of a quota share that is being deleted (documented; text assumed)."""
        self.stops.delete_share(queue, name)

    # Holds

    def hold(self, pattern: str, status: str) -> None:
        """Keep the service jobs that an id, a name or a glob means at a status."""
        for job in self.jobs.values():
            if not job.is_terminal and means(pattern, job):
                job.holds |= {status}
                if job.is_ready and status == RUNNABLE:
                    job.is_ready = False
                    job.parked = True

    def release(self, pattern: str) -> int:
        """Let the service jobs go that an id, a name or a glob means, and give how many."""
        released = [job for job in self.jobs.values() if job.holds and means(pattern, job)]
        for job in released:
            job.holds = frozenset()
            if job.parked:
                job.parked = False
                self.plan(job, 0, self._way_out(job))
        return len(released)

    def _way_out(self, job: ServiceJob) -> Callable[[ServiceJob], None]:
        return {
            SUBMITTED: self._leave_submitted,
            RUNNABLE: self._become_ready,
            SCHEDULED: self._leave_scheduled,
            STARTING: self._leave_starting,
            RUNNING: self.leave_running,
        }[job.status]

    # Moving

    def move(self, job: ServiceJob, to_status: str, reason: str | None = None) -> None:
        """Move a service job: check the table, keep the queue's lists, note it, announce it."""
        from_status = job.status
        check_move(SERVICE_JOB_MOVES, from_status, to_status)
        now_ms = self.now_ms
        job.status = to_status
        job.status_reason = reason
        job.blocked_reason = job.suspected_reason = job.capacity_reason = None
        job.is_ready = False
        if to_status == RUNNABLE:
            job.runnable_at_ms = now_ms
        if from_status == RUNNABLE:
            self.cancel_timeout(job)
        transition = Transition(now_ms, job.id, from_status, to_status, reason, job.attempt_number)
        job.history.append(transition)
        job.queue.moved(job, from_status, now_ms)
        self.simulation.transitions.append(transition)
        for listener in self.listeners:
            listener(job, transition)

    def _outcome(self, job: ServiceJob) -> Outcome:
        """
        Give what a script says of the job's present try.

        A try that found no capacity, which uses up no attempt, uses up an outcome; a preempted one does
        not, so that it is tried again as it was.
        """
        number = job.tries_charged + job.capacity_failures
        return self.simulation.scripts.outcome(number, job.name, job.queue.name, "")

    def stage_time(self, scripted_ms: int | None) -> int:
        """Give how long a stage takes: as its script says, or as usual."""
        return self._stage_ms if scripted_ms is None else scripted_ms
