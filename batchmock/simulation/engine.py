"""
The simulation: time, and the life of every job.

Whatever happens later is an entry on the agenda; `_move` alone changes a job's status. What to do
after a failure, a dependency or a stop is decided elsewhere (`retry`, `holds`, `queues`) or in the
short `_on_*` methods here, and carried out through `_move`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from batchmock.outcomes import (
    ESSENTIAL_CONTAINER_EXITED,
    FARGATE_SPOT_INTERRUPTED,
    SIGKILL_EXIT_CODE,
    UNSCRIPTED,
    CallContext,
    CallResult,
    Outcome,
    Scripts,
)
from batchmock.simulation.agenda import Agenda
from batchmock.simulation.calling import context_of, run_function
from batchmock.simulation.clock import Clock
from batchmock.simulation.holds import Hold, Holds, means
from batchmock.simulation.identifiers import Identifiers
from batchmock.simulation.job import Attempt, Job
from batchmock.simulation.lifecycle import (
    ATTEMPT_TIMED_OUT,
    DEPENDENT_JOB_FAILED,
    FAILED,
    JOB_QUEUE_DELETED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
    TERMINAL,
    Transition,
    check_move,
)
from batchmock.simulation.policies import Policies
from batchmock.simulation.queues import FARGATE, ComputeEnvironment, JobQueue
from batchmock.simulation.retry import Failure, RetryDecision, decide

Listener = Callable[[Job, Transition], None]
CallFunction = Callable[[CallContext], CallResult]


class Simulation:
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
    ) -> None:
        self.clock = Clock(start_ms)
        self.agenda = Agenda()
        self.identifiers = Identifiers(seed)
        self.jobs: dict[str, Job] = {}
        self.transitions: list[Transition] = []
        self.listeners: list[Listener] = []
        self.holds = Holds()
        self.scripts = scripts
        self.policies = policies
        self._stage_ms = stage_ms
        self._stop_grace_ms = stop_grace_ms
        self._retention_ms = retention_ms
        self._ended: deque[Job] = deque()
        self._busy = False

    # Time

    @property
    def is_busy(self) -> bool:
        """Whether time is being moved just now (a user's function may be running)."""
        return self._busy

    def after(self, delay_ms: int, action: Callable[[object], None], subject: object) -> None:
        """Plan something that is not a job's: what resources do while they are CREATING and the like."""
        self.agenda.add(self.clock.epoch_ms + delay_ms, action, subject)

    def move_to(self, target_ms: int) -> None:
        """Move the clock to an instant; all that is due by then happens, in order, at its own time."""
        while (due_ms := self.agenda.next_due_ms()) is not None and due_ms <= target_ms:
            self._happen(due_ms)
        self.clock.set(target_ms)

    def step(self) -> bool:
        """Move to the next thing due and let it happen; False when nothing is left to happen."""
        due_ms = self.agenda.next_due_ms()
        if due_ms is None:
            return False
        self._happen(due_ms)
        return True

    def _happen(self, due_ms: int) -> None:
        self.clock.set(due_ms)
        action, subject = self.agenda.take()
        self._busy = True
        try:
            action(subject)
        finally:
            self._busy = False

    # Jobs come and go

    def submit(self, job: Job) -> None:
        """Take in a new job: SUBMITTED now, on its way from the next stage on."""
        job.sequence = len(self.jobs)
        job.created_at_ms = self.clock.epoch_ms
        self.jobs[job.id] = job
        job.queue.add(job)
        job.holds = self.holds.statuses_for(job)
        for dependency in job.dependencies:
            self._depend(job, dependency)
        self._next(job, self._stage_ms, self._leave_submitted)

    def forget_expired(self) -> None:
        """Drop the jobs whose retention is over from what the service shows; views keep them."""
        horizon = self.clock.epoch_ms - self._retention_ms
        while self._ended and self._ended[0].history[-1].at_ms <= horizon:
            job = self._ended.popleft()
            job.expired = True
            job.queue.remove(job)

    def visible_job(self, job_id: str) -> Job | None:
        """Give the job with an id, as long as the service shows it."""
        job = self.jobs.get(job_id)
        return None if job is None or job.expired else job

    # Stages

    def _next(self, job: Job, delay_ms: int, action: Callable[[Job], None]) -> None:
        job.entry = self.agenda.add(self.clock.epoch_ms + delay_ms, action, job)

    def _is_kept(self, job: Job) -> bool:
        """Park the job when it is held at its status; `release` plans the same step again."""
        job.parked = job.status in job.holds
        return job.parked

    def _leave_submitted(self, job: Job) -> None:
        if self._is_kept(job):
            return
        if not job.dependencies or self._dependencies_succeeded(job):
            self._enter_runnable(job)
        else:
            self._move(job, PENDING)
            self._leave_pending(job)

    def _leave_pending(self, job: Job) -> None:
        """Go on from PENDING if the dependencies allow or forbid it; otherwise wait for them."""
        if job.status != PENDING or self._is_kept(job):
            return
        if job.stop_reason is not None and not job.unfinished_dependencies:
            self._finish(job, FAILED, job.stop_reason)
        elif job.failed_dependency is not None and job.stop_reason is None:
            self._finish(job, FAILED, DEPENDENT_JOB_FAILED)
        elif self._dependencies_succeeded(job):
            self._enter_runnable(job)

    def _enter_runnable(self, job: Job) -> None:
        job.attempt_number += 1
        job.attempt = job.last_attempt = None
        job.started_at_ms = None
        self._move(job, RUNNABLE)
        self._next(job, self._stage_time(self._outcome(job).runnable_ms), self._leave_runnable)

    def _leave_runnable(self, job: Job) -> None:
        if self._is_kept(job):
            return
        if job.refusal is not None:
            self._finish(job, FAILED, job.refusal)
            return
        environment = job.queue.environment_for(job)
        if environment is None:
            job.queue.waiting[job.sequence] = job
            job.waits_for_environment = True
        else:
            self._start(job, environment)

    def environments_changed(self, queue: JobQueue) -> None:
        """Let the jobs that no environment took try again, in the order in which they came to wait."""
        waiting, queue.waiting = queue.waiting, {}
        for job in waiting.values():
            job.waits_for_environment = False
            self._next(job, 0, self._leave_runnable)

    def _start(self, job: Job, environment: ComputeEnvironment) -> None:
        digits = self.identifiers.hex("attempt", 41)
        job.attempt = Attempt(job.attempt_number, environment, digits)
        self._move(job, STARTING)
        self._next(job, self._stage_time(self._outcome(job).starting_ms), self._leave_starting)

    def _leave_starting(self, job: Job) -> None:
        if self._is_kept(job):
            return
        attempt = _live_attempt(job)
        outcome = attempt.outcome = self._outcome(job)
        if outcome.kind == "never_starts":
            self._end_attempt(job, outcome)
            return
        job.started_at_ms = attempt.started_at_ms = self.clock.epoch_ms
        self._move(job, RUNNING)
        self._run(job, attempt, outcome)

    def _run(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        attempt.logs = outcome.logs
        if outcome.function is None:
            self._plan_end(job, outcome)
        else:
            self._call(job, attempt, outcome, outcome.function)

    def _call(self, job: Job, attempt: Attempt, called: Outcome, function: CallFunction) -> None:
        """Run the user's function; should it take the test down with it, the attempt ends by itself."""
        ending = replace(UNSCRIPTED, after_ms=called.after_ms)
        try:
            ending, attempt.logs = run_function(function, context_of(job, attempt))
            if ending.after_ms is None:
                ending = replace(ending, after_ms=called.after_ms)
        finally:
            if job.attempt is attempt:
                attempt.outcome = ending
                self._plan_end(job, ending)

    def _plan_end(self, job: Job, outcome: Outcome) -> None:
        """Plan the end of the run, and its time-out behind it: who exits at the limit has exited."""
        job.entry = None
        if outcome.kind != "hang":
            self._next(job, self._stage_time(outcome.after_ms), self._leave_running)
        if job.timeout_ms is not None:
            due_ms = self.clock.epoch_ms + job.timeout_ms
            job.timeout_entry = self.agenda.add(due_ms, self._on_timeout, job)

    def _leave_running(self, job: Job) -> None:
        if not self._is_kept(job):
            self._end_attempt(job, _live_attempt(job).outcome or UNSCRIPTED)

    # The end of an attempt

    def _end_attempt(self, job: Job, outcome: Outcome) -> None:
        attempt = _live_attempt(job)
        attempt.exit_code = outcome.exit_code
        attempt.reason = _fill_in(outcome.reason, job, attempt)
        status_reason = _fill_in(outcome.status_reason, job, attempt)
        if outcome.kind == "host_lost" and attempt.environment.platform == FARGATE:
            status_reason = FARGATE_SPOT_INTERRUPTED
        if attempt.timed_out:
            self._fail_for_good(job, ATTEMPT_TIMED_OUT, "the attempt timed out")
        elif outcome.exit_code == 0:
            self._close_attempt(job, status_reason)
            self._finish(job, SUCCEEDED, status_reason)
        elif job.stop_reason is not None:
            self._fail_for_good(job, job.stop_reason, "the job was terminated")
        else:
            self._on_failed_attempt(job, attempt, status_reason)

    def _on_failed_attempt(self, job: Job, attempt: Attempt, status_reason: str | None) -> None:
        self._close_attempt(job, status_reason)
        attempt.decision = decision = decide(
            job.retry,
            attempt.number,
            Failure(status_reason, attempt.reason, attempt.exit_code),
            case_sensitive=self.policies.case_sensitive_patterns,
        )
        if decision.retry:
            self._enter_runnable(job)
        else:
            self._finish(job, FAILED, status_reason)

    def _fail_for_good(self, job: Job, status_reason: str, why: str) -> None:
        attempt = _live_attempt(job)
        attempt.decision = RetryDecision(False, f"{why}, which is never retried")
        self._close_attempt(job, status_reason)
        self._finish(job, FAILED, status_reason)

    def _close_attempt(self, job: Job, status_reason: str | None) -> None:
        attempt = _live_attempt(job)
        attempt.status_reason = status_reason
        attempt.stopped_at_ms = self.clock.epoch_ms
        self._strike_entries(job)
        job.attempts.append(attempt)
        job.last_attempt, job.attempt = attempt, None

    def _finish(self, job: Job, status: str, reason: str | None) -> None:
        self._strike_entries(job)
        if job.last_attempt is not None or self.policies.stopped_at_without_attempt:
            job.stopped_at_ms = self.clock.epoch_ms
        self._move(job, status, reason)
        self._ended.append(job)
        dependents, job.dependents = job.dependents, []
        for dependent in dependents:
            self._on_dependency_ended(dependent, job)

    def _strike_entries(self, job: Job) -> None:
        for entry in (job.entry, job.timeout_entry):
            if entry is not None:
                self.agenda.cancel(entry)
        job.entry = job.timeout_entry = None
        job.parked = False
        if job.waits_for_environment:
            del job.queue.waiting[job.sequence]
            job.waits_for_environment = False

    # Dependencies

    def _depend(self, job: Job, dependency: Job) -> None:
        if not dependency.is_terminal:
            job.unfinished_dependencies += 1
            dependency.dependents.append(job)
        elif dependency.status == FAILED:
            job.failed_dependency = job.failed_dependency or dependency

    @staticmethod
    def _dependencies_succeeded(job: Job) -> bool:
        return not job.unfinished_dependencies and job.failed_dependency is None

    def _on_dependency_ended(self, job: Job, dependency: Job) -> None:
        """Count, and look at the job at once but on the agenda: a long chain must not be a deep one."""
        job.unfinished_dependencies -= 1
        if dependency.status == FAILED and job.failed_dependency is None:
            job.failed_dependency = dependency
        if job.status == PENDING:
            self.agenda.add(self.clock.epoch_ms, self._leave_pending, job)

    # Stops

    def cancel(self, job: Job, reason: str) -> None:
        """
        Accept a CancelJob: no effect from STARTING on; otherwise the job ends FAILED with the reason.

        Source: CancelJob (documented). A later reason does not replace the first (assumed).
        """
        if job.status in (SUBMITTED, PENDING, RUNNABLE) and job.stop_reason is None:
            job.is_cancelled = True
            self._stop(job, reason)

    def terminate(self, job: Job, reason: str) -> None:
        """Accept a TerminateJob: as a cancellation before STARTING, SIGTERM from then on."""
        if not job.is_terminal and job.stop_reason is None:
            job.is_terminated = True
            self._stop(job, reason)

    def _stop(self, job: Job, reason: str) -> None:
        job.stop_reason = reason
        if job.status in (SUBMITTED, RUNNABLE):
            # Its next stage may be due at this very instant; it must not come first.
            self._strike_entries(job)
        grace_ms = self._stop_grace_ms if job.status in (STARTING, RUNNING) else 0
        self.agenda.add(self.clock.epoch_ms + grace_ms, self._on_stop, job)

    def _on_stop(self, job: Job) -> None:
        """End a stopped job; one that waits for dependencies does so until they have finished."""
        reason = job.stop_reason or ""
        if job.status in TERMINAL:
            return
        if job.attempt is not None:
            self._kill(job)
            if job.attempt.exit_code == 0:
                # Seen live: a container that ends well when it is asked to stop has succeeded.
                self._close_attempt(job, ESSENTIAL_CONTAINER_EXITED)
                self._finish(job, SUCCEEDED, ESSENTIAL_CONTAINER_EXITED)
            else:
                self._fail_for_good(job, reason, "the job was terminated")
        elif job.status != PENDING or not job.unfinished_dependencies:
            self._finish(job, FAILED, reason)

    def _on_timeout(self, job: Job) -> None:
        """SIGTERM at the limit, SIGKILL after the grace; neither is retried (AWS Batch: job timeouts)."""
        job.timeout_entry = None
        _live_attempt(job).timed_out = job.stop_reason is None
        if self._stop_grace_ms:
            due_ms = self.clock.epoch_ms + self._stop_grace_ms
            job.timeout_entry = self.agenda.add(due_ms, self._on_timeout_kill, job)
        else:
            self._on_timeout_kill(job)

    def _on_timeout_kill(self, job: Job) -> None:
        job.is_terminated = job.is_terminated or self.policies.timeout_sets_is_terminated
        self._kill(job)
        self._fail_for_good(job, ATTEMPT_TIMED_OUT, "the attempt timed out")

    @staticmethod
    def _kill(job: Job) -> None:
        attempt = _live_attempt(job)
        if attempt.started_at_ms is not None:
            outcome = attempt.outcome
            attempt.exit_code = SIGKILL_EXIT_CODE if outcome is None else outcome.on_sigterm

    def delete_queue(self, queue: JobQueue) -> None:
        """End all jobs of a queue that is being deleted: FAILED, `JobQueue deleted`, never retried."""
        for job in list(queue.jobs.values()):
            if job.is_terminal:
                continue
            job.stop_reason = job.stop_reason or JOB_QUEUE_DELETED
            if job.attempt is not None:
                self._kill(job)
                self._fail_for_good(job, JOB_QUEUE_DELETED, "the job queue was deleted")
            else:
                self._finish(job, FAILED, JOB_QUEUE_DELETED)

    # Holds

    def hold(self, pattern: str, status: str) -> None:
        """Keep the jobs that an id, a name or a glob means at a status, those still to come included."""
        self.holds.add(Hold(pattern, status))
        for job in self.jobs.values():
            if not job.is_terminal and means(pattern, job):
                job.holds |= {status}

    def release(self, pattern: str) -> list[Job]:
        """Let the jobs go that an id, a name or a glob means; those parked go on at once."""
        self.holds.remove(pattern)
        released = [job for job in self.jobs.values() if job.holds and means(pattern, job)]
        for job in released:
            job.holds = frozenset()
            if job.parked:
                job.parked = False
                self._next(job, 0, self._way_out(job))
        return released

    def _way_out(self, job: Job) -> Callable[[Job], None]:
        return {
            SUBMITTED: self._leave_submitted,
            PENDING: self._leave_pending,
            RUNNABLE: self._leave_runnable,
            STARTING: self._leave_starting,
            RUNNING: self._leave_running,
        }[job.status]

    # Moving

    def _move(self, job: Job, to_status: str, reason: str | None = None) -> None:
        """Move a job: check the table, keep the queue's lists, note it, announce it."""
        from_status = job.status
        check_move(from_status, to_status)
        job.status = to_status
        job.status_reason = reason
        job.queue.moved(job, from_status)
        transition = Transition(
            self.clock.epoch_ms, job.id, from_status, to_status, reason, job.attempt_number
        )
        job.history.append(transition)
        self.transitions.append(transition)
        for listener in self.listeners:
            listener(job, transition)

    def _outcome(self, job: Job) -> Outcome:
        return self.scripts.outcome(job.attempt_number, job.name, job.queue.name, job.definition)

    def _stage_time(self, scripted_ms: int | None) -> int:
        return self._stage_ms if scripted_ms is None else scripted_ms


def _live_attempt(job: Job) -> Attempt:
    if job.attempt is None:
        raise AssertionError(f"{job!r} has no attempt under way")
    return job.attempt


def _fill_in(text: str | None, job: Job, attempt: Attempt) -> str | None:
    """Put the job's image and its host's instance id into a text of the catalogue."""
    if text is None or "{" not in text:
        return text
    return text.replace("{image}", job.container.image).replace("{instance}", attempt.instance_id)
