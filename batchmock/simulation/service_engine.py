"""
The life of service jobs, on the clock and agenda of the simulation they belong to.

`ServiceEngine.move` alone changes a service job's status. Which job is next, and which are preempted, is
decided by `service_scheduling` and `quota_shares`, and carried out here.

Source: AWS Batch user guide, "Service jobs", "Service job status", "Service job retries", "Preemption"
(documented). Choices where they are silent are marked as assumed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from batchmock.outcomes import UNSCRIPTED, CallContext, CallResult, Outcome
from batchmock.simulation.attempts import as_called
from batchmock.simulation.blocked import (
    BLOCKED_DETECTION_MS,
    INSUFFICIENT_INSTANCE_CAPACITY,
    code_of,
)
from batchmock.simulation.calling import run_function
from batchmock.simulation.holds import means
from batchmock.simulation.lifecycle import (
    ATTEMPT_TIMED_OUT,
    FAILED,
    JOB_QUEUE_DELETED,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
    Transition,
    check_move,
)
from batchmock.simulation.retry import Failure, RetryDecision, decide
from batchmock.simulation.service_jobs import (
    SCHEDULED,
    SERVICE_JOB_MOVES,
    ServiceAttempt,
    ServiceJob,
)
from batchmock.simulation.service_outcomes import check_suits, ended_well, status_reason_of
from batchmock.simulation.service_queues import Capacity, ServiceEnvironment, ServiceQueue
from batchmock.simulation.service_scheduling import (
    first_jobs,
    next_to_start,
    preemptions,
    waiting_for_room,
    why_blocked,
)

if TYPE_CHECKING:
    from batchmock.simulation.engine import Simulation

# Assumed: formed like JobQueue deleted.
QUOTA_SHARE_DELETED: Final = "QuotaShare deleted"
# Documented in an example of an event: what is shown while the training job is being stopped.
PREEMPTION_IN_PROGRESS: Final = "PREEMPTION_IN_PROGRESS: {reason}"
# Captured.
TIME_LIMIT: Final = "Terminated by JobStateTimeLimit action due to reason: {code}"

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
        self._simulation = simulation
        self._stage_ms = stage_ms
        self._stop_grace_ms = stop_grace_ms
        self._retention_ms = retention_ms
        #: Every service job by id, in the order of submission.
        self.jobs: dict[str, ServiceJob] = {}
        self.listeners: list[ServiceListener] = []
        self.blocked_listeners: list[ServiceNoticeListener] = []
        self.preempting_listeners: list[ServiceNoticeListener] = []
        self._ended: deque[ServiceJob] = deque()

    @property
    def _now_ms(self) -> int:
        return self._simulation.clock.epoch_ms

    # Service jobs come and go

    def submit(self, job: ServiceJob) -> None:
        """Take in a new service job: SUBMITTED now, on its way from the next stage on."""
        job.sequence = len(self.jobs)
        job.created_at_ms = self._now_ms
        self.jobs[job.id] = job
        job.holds = self._simulation.holds.statuses_for(job)
        job.queue.add(job)
        job.queue.shares.join(job.share)
        self._plan(job, self._stage_ms, self._leave_submitted)

    def forget_expired(self) -> None:
        """Drop the jobs whose retention is over from what the service shows; views keep them."""
        horizon = self._now_ms - self._retention_ms
        while self._ended and self._ended[0].history[-1].at_ms <= horizon:
            job = self._ended.popleft()
            job.expired = True
            job.queue.remove(job)

    def visible_job(self, job_id: str) -> ServiceJob | None:
        """Give the job with an id, as long as the service shows it."""
        job = self.jobs.get(job_id)
        return None if job is None or job.expired else job

    # Stages

    def _plan(self, job: ServiceJob, delay_ms: int, action: Callable[[ServiceJob], None]) -> None:
        job.entry = self._simulation.agenda.add(self._now_ms + delay_ms, action, job)

    def _is_kept(self, job: ServiceJob) -> bool:
        """Park the job when it is held at its status; `release` plans the same step again."""
        job.entry = None
        job.parked = job.status in job.holds
        return job.parked

    def _leave_submitted(self, job: ServiceJob) -> None:
        if not self._is_kept(job):
            self._enter_runnable(job)

    def _enter_runnable(self, job: ServiceJob, capacity_reason: str | None = None) -> None:
        """Put a job into its line, for another attempt unless just capacity was missing."""
        if capacity_reason is None:
            job.attempt_number += 1
        job.attempt = job.last_attempt = None
        job.scheduled_at_ms = job.started_at_ms = None
        self.move(job, RUNNABLE, capacity_reason)
        job.capacity_reason = capacity_reason
        job.queue.line_of(job).join(job)
        self._plan(job, self._stage_time(self._outcome(job).runnable_ms), self._become_ready)
        self.dispatch(job.queue.environment)

    def _become_ready(self, job: ServiceJob) -> None:
        """Let a job be dispatched once there is room."""
        if not self._is_kept(job):
            job.queue.line_of(job).become_ready(job)
            self.dispatch(job.queue.environment)

    def dispatch(self, environment: ServiceEnvironment | None) -> None:
        """Look at the end of this instant, when all who come with it are there, for what can start."""
        if environment is not None and not environment.is_due:
            environment.is_due = True
            self._simulation.agenda.add_last(self._now_ms, self._dispatch, environment)

    def _dispatch(self, environment: ServiceEnvironment) -> None:
        """
        Start what has room, queue by queue: of higher priority first (documented), then older ones.

        What the first job of a queue waits for is kept from the queues behind it (assumed).
        """
        environment.is_due = False
        blocks = self._simulation.policies.head_of_line_blocks
        for queue in sorted(environment.queues, key=lambda queue: -queue.priority):
            while job := next_to_start(queue, self._now_ms, head_of_line_blocks=blocks):
                self._start(job, environment)
            for victim, reason in preemptions(queue):
                self._preempt(victim, reason)
            for job in first_jobs(queue, self._now_ms):
                self._note_blocked(job)
            waiting = waiting_for_room(queue, self._now_ms) if blocks else None
            if waiting is not None:
                environment.keep(environment.demand_of(waiting))
        environment.kept = {}

    def _start(self, job: ServiceJob, environment: ServiceEnvironment) -> None:
        """Hand a job to SageMaker: SCHEDULED, with a training job of its own."""
        digits = self._simulation.identifiers.hex("service-attempt", 16)
        attempt = ServiceAttempt(job.attempt_number, environment, digits)
        job.attempt = job.latest_attempt = attempt
        job.scheduled_at_ms = self._now_ms
        self._take(job, attempt)
        self.move(job, SCHEDULED)
        self._plan(job, self._stage_time(self._outcome(job).scheduled_ms), self._leave_scheduled)

    def _take(self, job: ServiceJob, attempt: ServiceAttempt) -> None:
        demand = attempt.environment.demand_of(job)
        attempt.environment.usage.take(job, demand)
        job.queue.line_of(job).usage.take(job, demand)
        self._charge(job, attempt.environment.usage.jobs[job], job.queue.shares.ledger.take)

    def _give_back(self, job: ServiceJob, attempt: ServiceAttempt) -> None:
        self._charge(job, attempt.environment.usage.jobs[job], job.queue.shares.ledger.give_back)
        job.queue.line_of(job).usage.give_back(job)
        attempt.environment.usage.give_back(job)

    def _charge(self, job: ServiceJob, demand: Capacity, change: Callable[..., None]) -> None:
        policy = job.queue.policy
        if policy is not None:
            change(job.share, sum(demand.values()), self._now_ms, policy)

    def _leave_scheduled(self, job: ServiceJob) -> None:
        if self._is_kept(job):
            return
        if self._outcome(job).kind == "no_capacity":
            self._on_missing_capacity(job)
            return
        self.move(job, STARTING)
        self._plan(job, self._stage_time(self._outcome(job).starting_ms), self._leave_starting)

    def _on_missing_capacity(self, job: ServiceJob) -> None:
        """Wait in RUNNABLE again, without using up an attempt (documented)."""
        attempt = _live_attempt(job)
        self._give_back(job, attempt)
        attempt.status_reason = INSUFFICIENT_INSTANCE_CAPACITY.format(
            instance_type=job.instances[0][0]
        )
        attempt.stopped_at_ms = self._now_ms
        job.capacity_failures += 1
        self._enter_runnable(job, attempt.status_reason)

    def _leave_starting(self, job: ServiceJob) -> None:
        if self._is_kept(job):
            return
        attempt = _live_attempt(job)
        outcome = attempt.outcome = self._outcome(job)
        if outcome.kind == "never_starts" and not outcome.needs_containers:
            self._end_attempt(job, outcome)
            return
        job.started_at_ms = attempt.started_at_ms = self._now_ms
        self.move(job, RUNNING)
        self._run(job, attempt, outcome)

    def _run(self, job: ServiceJob, attempt: ServiceAttempt, outcome: Outcome) -> None:
        attempt.logs = outcome.logs
        if outcome.needs_containers:
            # The job goes on as if nothing were scripted: a mistake in a script stops no clock.
            attempt.outcome = UNSCRIPTED
            self._plan_end(job, UNSCRIPTED)
            check_suits(outcome, job.name)
        elif outcome.function is None:
            self._plan_end(job, outcome)
        else:
            self._call(job, attempt, outcome, outcome.function)

    def _call(
        self,
        job: ServiceJob,
        attempt: ServiceAttempt,
        outcome: Outcome,
        function: Callable[[CallContext], CallResult],
    ) -> None:
        ending = UNSCRIPTED
        try:
            context = _context_of(job, attempt)
            with self._simulation.opened():
                result, attempt.logs = run_function(function, context)
            check_suits(result, job.name)
            ending = result
        finally:
            # Should the function take the test down with it, the attempt ends by itself.
            if job.attempt is attempt:
                attempt.outcome = as_called(outcome, ending)
                self._plan_end(job, attempt.outcome)

    def _plan_end(self, job: ServiceJob, outcome: Outcome) -> None:
        """Plan the end of the run, and its time-out behind it: who ends at the limit has ended."""
        if outcome.kind != "hang":
            lasts_ms = _live_attempt(job).lasts_ms = self._stage_time(outcome.after_ms)
            self._plan(job, lasts_ms, self._leave_running)
        if job.submission.timeout_ms is not None:
            self._plan_timeout(job, job.submission.timeout_ms, self._on_timeout)

    def _leave_running(self, job: ServiceJob) -> None:
        if not self._is_kept(job):
            self._end_attempt(job, _live_attempt(job).outcome or UNSCRIPTED)

    # The end of an attempt

    def _end_attempt(self, job: ServiceJob, outcome: Outcome) -> None:
        attempt = _live_attempt(job)
        status_reason = status_reason_of(outcome)
        if ended_well(outcome):
            environment = self._close_attempt(job, status_reason)
            self._finish(job, SUCCEEDED, status_reason)
            self.dispatch(environment)
        else:
            self._on_failed_attempt(job, attempt, status_reason)

    def _on_failed_attempt(
        self, job: ServiceJob, attempt: ServiceAttempt, status_reason: str
    ) -> None:
        environment = self._close_attempt(job, status_reason)
        attempt.decision = decide(
            job.retry,
            job.tries_charged,
            Failure(status_reason),
            case_sensitive=self._simulation.policies.case_sensitive_patterns,
        )
        if attempt.decision.retry:
            job.tries_charged += 1
            self._enter_runnable(job)
        else:
            self._finish(job, FAILED, status_reason)
        self.dispatch(environment)

    def _close_attempt(self, job: ServiceJob, status_reason: str) -> ServiceEnvironment:
        """End the attempt, and give where its capacity is free again."""
        attempt = _live_attempt(job)
        self._give_back(job, attempt)
        attempt.status_reason = status_reason
        attempt.stopped_at_ms = self._now_ms
        self._strike_entries(job)
        job.attempts.append(attempt)
        job.last_attempt, job.attempt = attempt, None
        job.is_stopping, job.preempted_by = False, None
        return attempt.environment

    def _finish(self, job: ServiceJob, status: str, reason: str) -> None:
        self._strike_entries(job)
        job.stopped_at_ms = self._now_ms
        self.move(job, status, reason)
        self._ended.append(job)
        job.queue.shares.leave(job.share, self._now_ms)

    def _strike_entries(self, job: ServiceJob) -> None:
        for entry in (job.entry, job.timeout_entry):
            if entry is not None:
                self._simulation.agenda.cancel(entry)
        job.entry = job.timeout_entry = None
        job.parked = False

    def _fail_for_good(self, job: ServiceJob, reason: str, why: str) -> None:
        """End a job, and the attempt under way if there is one, without another attempt."""
        environment = job.queue.environment
        if job.attempt is not None:
            job.attempt.decision = RetryDecision(False, f"{why}, which is never retried")
            environment = self._close_attempt(job, reason)
        self._finish(job, FAILED, reason)
        self.dispatch(environment)

    # Preemption

    def _preempt(self, job: ServiceJob, reason: str) -> None:
        """Begin to stop a training job for another service job."""
        self._strike_entries(job)
        job.is_stopping = True
        job.preempted_by = reason
        job.status_reason = PREEMPTION_IN_PROGRESS.format(reason=reason)
        for listener in self.preempting_listeners:
            listener(job, job.status_reason)
        self._plan(job, self._stop_grace_ms, self._on_preempted)

    def _on_preempted(self, job: ServiceJob) -> None:
        """Let the job wait again; it ends when that has happened more often than it allows (documented)."""
        attempt, reason = _live_attempt(job), job.preempted_by or ""
        attempt.was_preempted = True
        environment = self._close_attempt(job, reason)
        allowed, count = job.submission.preemption_retries, len(job.preempted_attempts)
        goes_on = allowed is None or count <= allowed
        limit = (
            "no limit" if allowed is None else f"preemptionRetriesBeforeTermination is {allowed}"
        )
        attempt.decision = RetryDecision(goes_on, f"it was preempted ({count} so far, {limit})")
        if goes_on:
            self._enter_runnable(job)
        else:
            self._finish(job, FAILED, reason)
        self.dispatch(environment)

    # Blocked jobs

    def _note_blocked(self, job: ServiceJob) -> None:
        """
        Note why a job that holds up others is blocked, if it is.

        What SageMaker has said is known at once; what is wrong otherwise takes the service as long to
        notice as of jobs (assumed).
        """
        reason = why_blocked(job) or job.capacity_reason
        if job.suspected_reason == reason:
            return
        job.suspected_reason = reason
        self._cancel_timeout(job)
        if reason is None:
            job.blocked_reason = job.status_reason = None
        elif reason == job.capacity_reason:
            self._tell_blocked(job)
        else:
            self._plan_timeout(job, BLOCKED_DETECTION_MS, self._tell_blocked)

    def _tell_blocked(self, job: ServiceJob) -> None:
        """Say why a job is blocked, once for each reason; its time limit begins to count."""
        job.timeout_entry = None
        reason = job.suspected_reason
        if reason is None or job not in first_jobs(job.queue, self._now_ms):
            # It will be noticed again when it is first again.
            job.suspected_reason = None
            return
        job.blocked_reason = job.status_reason = reason
        for listener in self.blocked_listeners:
            listener(job, reason)
        self._limit_time(job)

    def _limit_time(self, job: ServiceJob) -> None:
        """Let the time limit for the job's blocking reason begin now, if there is one."""
        limit_ms = job.queue.time_limits.get(code_of(job.blocked_reason or ""))
        if limit_ms is not None:
            self._plan_timeout(job, limit_ms, self._on_time_limit)

    def _plan_timeout(
        self, job: ServiceJob, delay_ms: int, action: Callable[[ServiceJob], None]
    ) -> None:
        job.timeout_entry = self._simulation.agenda.add(self._now_ms + delay_ms, action, job)

    def _cancel_timeout(self, job: ServiceJob) -> None:
        if job.timeout_entry is not None:
            self._simulation.agenda.cancel(job.timeout_entry)
            job.timeout_entry = None

    def _on_time_limit(self, job: ServiceJob) -> None:
        """End a job whose time limit is over, if it still is the one that others wait for."""
        job.timeout_entry = None
        code = code_of(job.blocked_reason or "")
        if code in job.queue.time_limits and job in first_jobs(job.queue, self._now_ms):
            self._fail_for_good(job, TIME_LIMIT.format(code=code), "its time limit was over")

    def limit_times(self, queue: ServiceQueue, time_limits: dict[str, int]) -> None:
        """Take other time limits for a queue; they count from now on (assumed)."""
        queue.time_limits = time_limits
        for job in first_jobs(queue, self._now_ms):
            if job.blocked_reason is not None:
                self._cancel_timeout(job)
                self._limit_time(job)

    # Stops

    def terminate(self, job: ServiceJob, reason: str) -> None:
        """
        Accept a TerminateServiceJob: at once before SCHEDULED, otherwise the training job is stopped.

        Source: TerminateServiceJob (documented). A later reason does not replace the first (assumed).
        """
        if job.is_terminal or job.stop_reason is not None:
            return
        job.is_terminated = job.is_stopping = True
        job.stop_reason = reason
        self._strike_entries(job)
        job.is_ready = False
        grace_ms = self._stop_grace_ms if job.is_dispatched else 0
        self._plan(job, grace_ms, self._on_stop)

    def _on_stop(self, job: ServiceJob) -> None:
        self._fail_for_good(job, job.stop_reason or "", "the service job was terminated")

    def _on_timeout(self, job: ServiceJob) -> None:
        """Stop the training job at its limit; as for jobs, a time-out is not retried (assumed)."""
        self._strike_entries(job)
        job.is_stopping = True
        self._plan(job, self._stop_grace_ms, self._on_stopped_at_timeout)

    def _on_stopped_at_timeout(self, job: ServiceJob) -> None:
        self._fail_for_good(job, ATTEMPT_TIMED_OUT, "the attempt timed out")

    def delete_queue(self, queue: ServiceQueue) -> None:
        """End all jobs of a queue that is being deleted: FAILED, `JobQueue deleted`, never retried."""
        environment = queue.environment
        queue.attach(None)
        self._end_all(queue.jobs.values(), JOB_QUEUE_DELETED, "the job queue was deleted")
        self.dispatch(environment)

    def delete_share(self, queue: ServiceQueue, name: str) -> None:
        """End all jobs of a quota share that is being deleted (documented; text assumed)."""
        members = [job for job in queue.jobs.values() if job.share == name]
        self._end_all(members, QUOTA_SHARE_DELETED, "the quota share was deleted")
        queue.lines.pop(name, None)
        (queue.quota_shares or {}).pop(name, None)
        self.dispatch(queue.environment)

    def _end_all(self, jobs: Iterable[ServiceJob], reason: str, why: str) -> None:
        unfinished = [job for job in jobs if not job.is_terminal]
        for job in unfinished:
            # Whoever ends first must not make room for one that ends too.
            job.is_ready = False
        for job in unfinished:
            job.stop_reason = job.stop_reason or reason
            self._fail_for_good(job, reason, why)

    # What changes around them

    def reprioritize(self, job: ServiceJob, priority: int) -> None:
        """Give a job another priority: it counts at once, for its place and for preemption."""
        queue = job.queue
        if job.status == RUNNABLE:
            queue.note_change(job, self._now_ms)
        job.priority = priority
        if job.status == RUNNABLE:
            queue.note_change(job, self._now_ms)
            queue.line_of(job).join(job)
        self.dispatch(queue.environment)

    def limit_capacity(self, environment: ServiceEnvironment, limits: Capacity) -> None:
        """Take other limits for an environment; what runs is counted in their units from now on."""
        running = list(environment.usage.jobs)
        for job in running:
            self._give_back(job, _live_attempt(job))
        environment.limits = limits
        for job in running:
            self._take(job, _live_attempt(job))
        self.dispatch(environment)

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
                self._plan(job, 0, self._way_out(job))
        return len(released)

    def _way_out(self, job: ServiceJob) -> Callable[[ServiceJob], None]:
        return {
            SUBMITTED: self._leave_submitted,
            RUNNABLE: self._become_ready,
            SCHEDULED: self._leave_scheduled,
            STARTING: self._leave_starting,
            RUNNING: self._leave_running,
        }[job.status]

    # Moving

    def move(self, job: ServiceJob, to_status: str, reason: str | None = None) -> None:
        """Move a service job: check the table, keep the queue's lists, note it, announce it."""
        from_status = job.status
        check_move(SERVICE_JOB_MOVES, from_status, to_status)
        now_ms = self._now_ms
        job.status = to_status
        job.status_reason = reason
        job.blocked_reason = job.suspected_reason = job.capacity_reason = None
        job.is_ready = False
        if to_status == RUNNABLE:
            job.runnable_at_ms = now_ms
        if from_status == RUNNABLE:
            self._cancel_timeout(job)
        transition = Transition(now_ms, job.id, from_status, to_status, reason, job.attempt_number)
        job.history.append(transition)
        job.queue.moved(job, from_status, now_ms)
        self._simulation.transitions.append(transition)
        for listener in self.listeners:
            listener(job, transition)

    def _outcome(self, job: ServiceJob) -> Outcome:
        """
        Give what a script says of the job's present try.

        A try that found no capacity, which uses up no attempt, uses up an outcome; a preempted one does
        not, so that it is tried again as it was.
        """
        number = job.tries_charged + job.capacity_failures
        return self._simulation.scripts.outcome(number, job.name, job.queue.name, "")

    def _stage_time(self, scripted_ms: int | None) -> int:
        return self._stage_ms if scripted_ms is None else scripted_ms


def _live_attempt(job: ServiceJob) -> ServiceAttempt:
    if job.attempt is None:
        raise AssertionError(f"{job!r} has no attempt under way")
    return job.attempt


def _context_of(job: ServiceJob, attempt: ServiceAttempt) -> CallContext:
    """Give what the function of `call` is told of its training job."""
    submission = job.submission
    return CallContext(
        job_id=job.id,
        job_name=job.name,
        attempt=attempt.number,
        command=list(submission.command),
        environment={
            **submission.environment,
            "TRAINING_JOB_NAME": training_job_name(job, attempt),
        },
        job_queue=job.queue.name,
        job_definition="",
        parameters=dict(submission.parameters),
    )


def training_job_name(job: ServiceJob, attempt: ServiceAttempt) -> str:
    """Give the name of an attempt's training job (documented: prefix, payload's name, attempt id)."""
    return f"AWSBatch{job.submission.training_job_name}{attempt.digits}"
