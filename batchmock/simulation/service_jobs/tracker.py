"""
The life of every service job: the stages it passes through, from SUBMITTED to the start of each attempt.

`ServiceDispatcher` starts jobs, `ServiceJobRuns` runs them, and `ServiceJobEndings`, `ServiceJobPreemptions`
and `ServiceJobStops` end them.

Source: AWS Batch user guide, "Service jobs", "Service job status", "Service job retries" (documented).
Undocumented choices are marked as assumed.
"""

from __future__ import annotations

from collections.abc import Callable

from batchmock.outcomes import Outcome, cannot_start
from batchmock.simulation.jobs.lifecycle import RUNNABLE, RUNNING, STARTING, SUBMITTED
from batchmock.simulation.service_jobs.dispatcher import ServiceDispatcher
from batchmock.simulation.service_jobs.endings import ServiceJobEndings
from batchmock.simulation.service_jobs.job import SCHEDULED, ServiceAttempt, ServiceJob
from batchmock.simulation.service_jobs.preemptions import ServiceJobPreemptions
from batchmock.simulation.service_jobs.queue_monitor import ServiceQueueMonitor
from batchmock.simulation.service_jobs.queues import ServiceEnvironment, ServiceQueue, UnitCounts
from batchmock.simulation.service_jobs.runs import ServiceJobRuns
from batchmock.simulation.service_jobs.scheduling import NO_INSTANCE_CAPACITY
from batchmock.simulation.service_jobs.stops import ServiceJobStops
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.tracker import Tracker
from batchmock.simulation.tracking.world import World

#: Called with a service job and the reason why it is blocked.
ServiceNoticeListener = Callable[[ServiceJob, str], None]


class ServiceJobTracker(Tracker[ServiceJob]):
    """
    All service jobs of one mock.

    Args:
        world: the time, scripts, holds and policies of the mock.
    """

    runs: ServiceJobRuns
    endings: ServiceJobEndings

    def __init__(self, world: World) -> None:
        super().__init__(world)
        #: Called once for each job and reason when a job that others wait for is blocked (assumed).
        self.blocked_listeners: list[ServiceNoticeListener] = []
        self.dispatcher = ServiceDispatcher(self)
        self.endings = ServiceJobEndings(self, self.dispatcher)
        self.stops = ServiceJobStops(self, self.endings)
        self.runs = ServiceJobRuns(self, self.stops)
        self.preemptions = ServiceJobPreemptions(self, self.endings)
        #: Called with a job and its status reason when its preemption starts.
        self.preempting_listeners = self.preemptions.listeners
        self.queue_monitor = ServiceQueueMonitor(self)

    # Stages

    def submit(self, job: ServiceJob) -> None:
        """Accept a new service job: SUBMITTED now, with its next stage scheduled."""
        self.enter(job)
        job.queue.add(job)
        job.queue.shares.join(job.share)
        self.plan(job, None, self._leave_submitted)

    def _leave_submitted(self, job: ServiceJob) -> None:
        if not self.is_kept(job):
            self.enter_runnable(job)

    def enter_runnable(self, job: ServiceJob) -> None:
        """Make a service job RUNNABLE for its next attempt."""
        job.attempt_number += 1
        self._wait(job, None)

    def _wait(self, job: ServiceJob, capacity_reason: str | None) -> None:
        job.attempt = job.last_attempt = None
        job.scheduled_at_ms = job.started_at_ms = None
        self.move(job, RUNNABLE, capacity_reason)
        job.capacity_reason = capacity_reason
        job.queue.backlog_of(job).join(job)
        self.plan(job, self.outcome_of(job).runnable_ms, self._become_ready)
        self.dispatch(job.queue.environment)

    def _become_ready(self, job: ServiceJob) -> None:
        """Allow a job to be dispatched as soon as there is room."""
        if not self.is_kept(job):
            # Drop the agenda entry: a waiting job needs none, and thousands would waste memory.
            job.entry = None
            job.queue.backlog_of(job).become_ready(job)
            self.dispatch(job.queue.environment)

    def start(self, job: ServiceJob, environment: ServiceEnvironment) -> None:
        """Hand a job to its service: SCHEDULED, with a new attempt."""
        digits = self.world.identifiers.hex("service-attempt", 16)
        attempt = ServiceAttempt(job.attempt_number, environment, digits)
        job.attempt = job.latest_attempt = attempt
        job.scheduled_at_ms = self.world.now_ms
        self.dispatcher.take(job, environment)
        self.move(job, SCHEDULED)
        self.plan(job, self.outcome_of(job).scheduled_ms, self._leave_scheduled)

    def _leave_scheduled(self, job: ServiceJob) -> None:
        if self.is_kept(job):
            return
        outcome = self.outcome_of(job)
        if outcome.kind == "no_capacity":
            self._find_no_capacity(job)
            return
        if job.payload.problem is not None:
            refusal = live_attempt(job).outcome = cannot_start(job.payload.problem)
            self.endings.end(job, refusal)
            return
        self.move(job, STARTING)
        self.plan(job, outcome.starting_ms, self.leave_starting)

    def _find_no_capacity(self, job: ServiceJob) -> None:
        """Make a job RUNNABLE again without using up an attempt: the service has no capacity (documented)."""
        attempt = live_attempt(job)
        self.dispatcher.release(job)
        attempt.status_reason = NO_INSTANCE_CAPACITY
        attempt.stopped_at_ms = self.world.now_ms
        job.capacity_failures += 1
        self._wait(job, NO_INSTANCE_CAPACITY)

    def _never_starts(self, outcome: Outcome) -> bool:
        return not outcome.needs_containers

    def _way_out(self, job: ServiceJob) -> Callable[[ServiceJob], None]:
        return {
            SUBMITTED: self._leave_submitted,
            RUNNABLE: self._become_ready,
            SCHEDULED: self._leave_scheduled,
            STARTING: self.leave_starting,
            RUNNING: self.leave_running,
        }[job.status]

    def outcome_of(self, job: ServiceJob) -> Outcome:
        """
        Return the scripted outcome of the current try.

        A try that found no capacity uses up an outcome, though no attempt; a preempted try does not, and is
        repeated with the same outcome.
        """
        number = job.tries_charged + job.capacity_failures
        return self.world.scripts.outcome(number, job.name, job.queue, "")

    # Moves and ends

    def move(self, job: ServiceJob, to_status: str, reason: str | None = None) -> None:
        """Move a service job, and clear its blocked reason."""
        job.blocked_reason = job.suspected_reason = job.capacity_reason = None
        job.is_ready = False
        if to_status == RUNNABLE:
            job.runnable_at_ms = self.world.now_ms
        if job.status == RUNNABLE:
            self.cancel_timeout(job)
        super().move(job, to_status, reason)
        job.queue.settle()

    def _on_hold(self, job: ServiceJob, status: str) -> None:
        if job.is_ready and status == RUNNABLE:
            job.is_ready = False
            job.parked = True

    def _after_end(self, job: ServiceJob) -> None:
        job.queue.shares.leave(job.share, self.world.now_ms)
        self.dispatch(job.queue.environment)

    def _hide(self, job: ServiceJob) -> None:
        job.queue.remove(job)

    # Requests

    def dispatch(self, environment: ServiceEnvironment | None) -> None:
        """Schedule another look at the waiting jobs of an environment, at the end of this instant."""
        self.dispatcher.wake(environment)

    def reprioritize(self, job: ServiceJob, priority: int) -> None:
        """Change the priority of a job, which affects its place and its preemption at once."""
        self.dispatcher.reprioritize(job, priority)

    def limit_capacity(self, environment: ServiceEnvironment, limits: UnitCounts) -> None:
        """Change the limits of an environment; running jobs are counted in the new units from now on."""
        self.dispatcher.limit_capacity(environment, limits)

    def limit_times(self, queue: ServiceQueue, time_limits: dict[str, int]) -> None:
        """Change the time limits of a queue; they count from now on (assumed)."""
        self.queue_monitor.limit_times(queue, time_limits)

    def terminate(self, job: ServiceJob, reason: str) -> None:
        """Accept a TerminateServiceJob: at once before SCHEDULED, otherwise the attempt is stopped."""
        self.stops.terminate(job, reason)

    def delete_queue(self, queue: ServiceQueue) -> None:
        """Fail all jobs of a queue that is being deleted with `JobQueue deleted`, without retries."""
        environment = queue.environment
        self.stops.delete_queue(queue)
        self.dispatch(environment)

    def delete_share(self, queue: ServiceQueue, name: str) -> None:
        """Fail all jobs of a quota share that is being deleted (documented; text assumed)."""
        self.stops.delete_share(queue, name)
        self.dispatch(queue.environment)
