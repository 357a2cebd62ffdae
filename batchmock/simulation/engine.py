"""
The simulation: time, and the life of every job.

Whatever happens later is an entry on the agenda; `move` alone changes a job's status. What to do
after a failure, a dependency or a stop is decided elsewhere (`retry`, `holds`, `queues`) or in the
short `_on_*` methods here, and carried out through `move`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

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
from batchmock.simulation.attempts import (
    as_called,
    container_runs,
    fill_in,
    live_attempt,
    outcome_of_call,
    outcome_without_call,
)
from batchmock.simulation.calling import context_of, run_function
from batchmock.simulation.clock import Clock
from batchmock.simulation.dependencies import (
    dependencies_succeeded,
    failed_dependency_of,
    waits_for_dependencies,
)
from batchmock.simulation.families import ArrayChild, ArrayJob, MultiNodeJob, Node
from batchmock.simulation.holds import Hold, Holds, means
from batchmock.simulation.identifiers import Identifiers
from batchmock.simulation.job import Attempt, Job, TaskContainer
from batchmock.simulation.lifecycle import (
    ARRAY_CHILD_JOB_FAILED,
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
from batchmock.simulation.multinode import STAGES_OF_A_MAIN_NODE, follow
from batchmock.simulation.policies import Policies
from batchmock.simulation.queues import EKS, FARGATE, ComputeEnvironment, JobQueue
from batchmock.simulation.retry import Failure, RetryDecision, decide
from batchmock.simulation.tasks import (
    TaskPlan,
    outcome_of_only,
    outcomes_by_container,
    plan_task,
)

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
        visibility_lag_ms: for how long after it was submitted a job is not shown yet.
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
        opened: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.start_ms = start_ms
        self.clock = Clock(start_ms)
        self.agenda = Agenda()
        self.identifiers = Identifiers(seed)
        #: Every job by id, array children and nodes included.
        self.jobs: dict[str, Job] = {}
        #: Every job that was submitted, in that order.
        self.submitted: list[Job] = []
        self.transitions: list[Transition] = []
        self.listeners: list[Listener] = []
        #: What listeners want done once what happens just now is over, so that they find it whole.
        self.afterwards: deque[Callable[[], None]] = deque()
        self.holds = Holds()
        self.scripts = scripts
        self.policies = policies
        self.opened = opened
        self._stage_ms = stage_ms
        self._stop_grace_ms = stop_grace_ms
        self._retention_ms = retention_ms
        self._visibility_lag_ms = visibility_lag_ms
        self._ended: deque[Job] = deque()
        self._busy = False

    # Time

    @property
    def is_busy(self) -> bool:
        """Whether time is being moved just now (a user's function may be running)."""
        return self._busy

    @property
    def is_untouched(self) -> bool:
        """Whether nothing has happened yet, and nothing is going to."""
        return not self.submitted and not self.agenda and self.clock.epoch_ms == self.start_ms

    def begin_at(self, start_ms: int) -> None:
        """Begin at another instant than was thought, before anything has happened."""
        self.start_ms = start_ms
        self.clock.begin_at(start_ms)

    def after(self, delay_ms: int, action: Callable[[object], None], subject: object) -> None:
        """Plan something that is not a job's: what resources do while they are CREATING and the like."""
        self.agenda.add(self.clock.epoch_ms + delay_ms, action, subject)

    def move_to(self, target_ms: int) -> None:
        """Move the clock to an instant; all that is due by then happens, in order, at its own time."""
        self._finish_up()
        while (due_ms := self.agenda.next_due_ms()) is not None and due_ms <= target_ms:
            self._happen(due_ms)
        self.clock.set(target_ms)

    def step(self) -> bool:
        """Move to the next thing due and let it happen; False when nothing is left to happen."""
        self._finish_up()
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
        if self.afterwards:
            self._finish_up()

    def _finish_up(self) -> None:
        """Do what listeners put off; should one of them fail, the rest is done when time moves on."""
        while self.afterwards:
            self._busy = True
            try:
                self.afterwards.popleft()()
            finally:
                self._busy = False

    # Jobs come and go

    def submit(self, job: Job) -> None:
        """Take in a new job: SUBMITTED now, on its way from the next stage on."""
        job.sequence = len(self.submitted)
        self.submitted.append(job)
        self.register(job)
        job.queue.add(job)
        if isinstance(job, ArrayJob):
            self._spawn_children(job)
        for dependency in job.dependencies:
            self._depend(job, dependency)
        self.plan(job, self._stage_ms, self._leave_submitted)

    def register(self, job: Job) -> None:
        """Make a job known by its id, created now."""
        job.created_at_ms = self.clock.epoch_ms
        self.jobs[job.id] = job
        job.holds = self.holds.statuses_for(job)

    def _spawn_children(self, parent: ArrayJob) -> None:
        parent.summary_at_ms = self.clock.epoch_ms
        for index in range(parent.size):
            dependencies: list[Job] = [other.children[index] for other in parent.n_to_n]
            if parent.sequential and index:
                dependencies.append(parent.children[index - 1])
            child = ArrayChild(parent, index, tuple(dependencies))
            parent.children.append(child)
            self.register(child)
            for dependency in dependencies:
                self._depend(child, dependency)

    def forget_expired(self) -> None:
        """Drop the jobs whose retention is over from what the service shows; views keep them."""
        horizon = self.clock.epoch_ms - self._retention_ms
        while self._ended and self._ended[0].history[-1].at_ms <= horizon:
            job = self._ended.popleft()
            job.expired = True
            job.queue.remove(job)

    def visible_job(self, job_id: str) -> Job | None:
        """Give the job with an id, as long as the service shows it; children go with their parent."""
        job = self.jobs.get(job_id)
        return None if job is None or (job.parent or job).expired else job

    def shows(self, job: Job) -> bool:
        """Whether a job is shown by now to those who look; children and nodes are with their parent."""
        if not self._visibility_lag_ms:
            return True
        return self.clock.epoch_ms - (job.parent or job).created_at_ms >= self._visibility_lag_ms

    def only_shown(self, jobs: Iterator[Job]) -> Iterator[Job]:
        """Give those of some jobs that are shown by now."""
        return filter(self.shows, jobs) if self._visibility_lag_ms else jobs

    # Stages

    def plan(self, job: Job, delay_ms: int, action: Callable[[Job], None]) -> None:
        """Plan what the job does next, so many milliseconds from now."""
        job.entry = self.agenda.add(self.clock.epoch_ms + delay_ms, action, job)

    def _is_kept(self, job: Job) -> bool:
        """Park the job when it is held at its status; `release` plans the same step again."""
        job.parked = job.status in job.holds
        return job.parked

    def _leave_submitted(self, job: Job) -> None:
        if self._is_kept(job):
            return
        if isinstance(job, ArrayJob):
            self._open_array(job)
        elif dependencies_succeeded(job):
            self._enter_runnable(job)
        else:
            self.move(job, PENDING)
            self._leave_pending(job)

    def _open_array(self, parent: ArrayJob) -> None:
        """Let the children leave SUBMITTED, each to where its own dependencies allow."""
        self.move(parent, PENDING)
        for child in parent.children:
            if child.status == SUBMITTED:
                self._leave_submitted(child)

    def _leave_pending(self, job: Job) -> None:
        """Go on from PENDING if the dependencies allow or forbid it; otherwise wait for them."""
        if job.status != PENDING or self._is_kept(job):
            return
        if isinstance(job, ArrayJob):
            for child in job.children:
                self._leave_pending(child)
        elif job.stop_reason is not None:
            if not waits_for_dependencies(job):
                self._finish(job, FAILED, job.stop_reason)
        elif failed_dependency_of(job) is not None:
            self._finish(job, FAILED, DEPENDENT_JOB_FAILED)
        elif not waits_for_dependencies(job):
            self._enter_runnable(job)

    def _enter_runnable(self, job: Job) -> None:
        job.attempt_number += 1
        job.attempt = job.last_attempt = None
        job.started_at_ms = None
        self.move(job, RUNNABLE)
        self.plan(job, self._stage_time(self._outcome(job).runnable_ms), self._leave_runnable)

    def _leave_runnable(self, job: Job) -> None:
        if self._is_kept(job):
            return
        if job.refusal is not None:
            self._finish(job, FAILED, job.refusal)
            return
        environment = job.queue.environment_for(job)
        if environment is None:
            job.queue.waiting[job.id] = job
            job.waits_for_environment = True
        else:
            self.start(job, environment)

    def environments_changed(self, queue: JobQueue) -> None:
        """Let the jobs that no environment took try again, in the order in which they came to wait."""
        waiting, queue.waiting = queue.waiting, {}
        for job in waiting.values():
            job.waits_for_environment = False
            self.plan(job, 0, self._leave_runnable)

    def start(self, job: Job, environment: ComputeEnvironment) -> None:
        """Begin an attempt in an environment: STARTING, on its way to RUNNING."""
        digits = self.identifiers.hex("attempt", 41)
        job.attempt = Attempt(job.attempt_number, environment, digits)
        self.move(job, STARTING)
        self.plan(job, self._stage_time(self._outcome(job).starting_ms), self._leave_starting)

    def _leave_starting(self, job: Job) -> None:
        if self._is_kept(job):
            return
        attempt = live_attempt(job)
        outcome = attempt.outcome = self._outcome(job)
        if outcome.kind == "never_starts":
            self._end_attempt(job, outcome)
            return
        job.started_at_ms = attempt.started_at_ms = self.clock.epoch_ms
        self.move(job, RUNNING)
        self._run(job, attempt, outcome)

    def _run(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        if job.containers:
            self._run_task(job, attempt, outcome)
            return
        outcome = attempt.outcome = outcome_of_only(outcome)
        attempt.logs = outcome.logs
        if outcome.function is None:
            self._plan_end(job, outcome)
        else:
            self._call(job, attempt, outcome, outcome.function)

    def _run_task(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        """Run several containers: what each will do is worked out now, and what the task does of it."""
        plan = partial(
            plan_task,
            job.containers,
            outcomes_by_container(job.containers, outcome),
            self._stage_ms,
            is_pod=attempt.environment.platform == EKS,
        )
        # Should a user's function take the test down with it, the attempt ends by itself.
        planned = None
        try:
            planned = plan(call=partial(self._call_of_container, job, attempt))
        finally:
            if job.attempt is attempt:
                self._follow_plan(job, attempt, planned or plan(call=outcome_without_call))

    def _call_of_container(
        self, job: Job, attempt: Attempt, container: TaskContainer, called: Outcome
    ) -> Outcome:
        with self.opened():
            return outcome_of_call(job, attempt, container, called)

    def _follow_plan(self, job: Job, attempt: Attempt, plan: TaskPlan) -> None:
        """Let the attempt end as the container that decides does, when the task does."""
        decider = plan.decided_by().outcome
        attempt.plan = plan
        attempt.logs = decider.logs
        attempt.outcome = replace(decider, after_ms=plan.ends_ms)
        if plan.ends_ms is None:
            attempt.outcome = replace(decider, kind="hang")
        self._plan_end(job, attempt.outcome)

    def _call(self, job: Job, attempt: Attempt, called: Outcome, function: CallFunction) -> None:
        """Run the user's function; should it take the test down with it, the attempt ends by itself."""
        ending = UNSCRIPTED
        try:
            context = context_of(job, attempt)
            with self.opened():
                ending, attempt.logs = run_function(function, context)
        finally:
            if job.attempt is attempt:
                attempt.outcome = as_called(called, ending)
                self._plan_end(job, attempt.outcome)

    def _plan_end(self, job: Job, outcome: Outcome) -> None:
        """Plan the end of the run, and its time-out behind it: who exits at the limit has exited."""
        job.entry = None
        if outcome.kind != "hang":
            lasts_ms = self._usual_run_ms(job) if outcome.after_ms is None else outcome.after_ms
            live_attempt(job).lasts_ms = lasts_ms
            self.plan(job, lasts_ms, self._leave_running)
        if job.timeout_ms is not None:
            due_ms = self.clock.epoch_ms + job.timeout_ms
            job.timeout_entry = self.agenda.add(due_ms, self._on_timeout, job)

    def _usual_run_ms(self, job: Job) -> int:
        """Give how long a run takes of which nothing is known; a main node gives the others their time."""
        if isinstance(job, MultiNodeJob) and len(job.contents) > 1:
            return self._stage_ms * STAGES_OF_A_MAIN_NODE
        return self._stage_ms

    def _leave_running(self, job: Job) -> None:
        if not self._is_kept(job):
            self._end_attempt(job, live_attempt(job).outcome or UNSCRIPTED)

    # The end of an attempt

    def _end_attempt(self, job: Job, outcome: Outcome) -> None:
        attempt = live_attempt(job)
        attempt.exit_code = outcome.exit_code
        attempt.reason = fill_in(outcome.reason, job, attempt)
        status_reason = fill_in(outcome.status_reason, job, attempt)
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
        attempt = live_attempt(job)
        attempt.decision = RetryDecision(False, f"{why}, which is never retried")
        self._close_attempt(job, status_reason)
        self._finish(job, FAILED, status_reason)

    def _close_attempt(self, job: Job, status_reason: str | None) -> None:
        attempt = live_attempt(job)
        attempt.status_reason = status_reason
        attempt.stopped_at_ms = self.clock.epoch_ms
        if job.containers:
            attempt.runs = container_runs(job, attempt)
        self._strike_entries(job)
        job.attempts.append(attempt)
        job.last_attempt, job.attempt = attempt, None

    def _finish(self, job: Job, status: str, reason: str | None) -> None:
        self._strike_entries(job)
        if job.last_attempt is not None or self.policies.stopped_at_without_attempt:
            job.stopped_at_ms = self.clock.epoch_ms
        self.move(job, status, reason)
        if job.parent is None:
            self._ended.append(job)
        if not isinstance(job, Node):
            self.tell_dependents(job)
        if isinstance(job, ArrayChild):
            self._on_child_ended(job.parent)

    def tell_dependents(self, job: Job) -> None:
        """Let what depends on the job know that it has ended for good: a node, once its job has."""
        dependents, job.dependents = job.dependents, []
        for dependent in dependents:
            self._on_dependency_ended(dependent, job)

    def _on_child_ended(self, parent: ArrayJob) -> None:
        """End an array job with its last child, never earlier."""
        parent.unfinished -= 1
        if parent.unfinished:
            return
        if not parent.summary[FAILED]:
            self._finish(parent, SUCCEEDED, None)
        elif parent.stop_reason is not None:
            self._finish(parent, FAILED, parent.stop_reason)
        elif parent.failed_dependency is not None:
            self._finish(parent, FAILED, DEPENDENT_JOB_FAILED)
        else:
            self._finish(parent, FAILED, ARRAY_CHILD_JOB_FAILED)

    def _strike_entries(self, job: Job) -> None:
        for entry in (job.entry, job.timeout_entry):
            if entry is not None:
                self.agenda.cancel(entry)
        job.entry = job.timeout_entry = None
        job.parked = False
        if job.waits_for_environment:
            del job.queue.waiting[job.id]
            job.waits_for_environment = False

    # Dependencies

    def _depend(self, job: Job, dependency: Job) -> None:
        ends_with = dependency.parent if isinstance(dependency, Node) else dependency
        if not ends_with.is_terminal:
            job.unfinished_dependencies += 1
            dependency.dependents.append(job)
        elif dependency.status == FAILED:
            job.failed_dependency = job.failed_dependency or dependency

    def _on_dependency_ended(self, job: Job, dependency: Job) -> None:
        """Count, and look at the job at once but on the agenda: a long chain must not be a deep one."""
        job.unfinished_dependencies -= 1
        if dependency.status == FAILED and job.failed_dependency is None:
            job.failed_dependency = dependency
        if job.status == PENDING and (
            not job.unfinished_dependencies or job.failed_dependency is dependency
        ):
            self.agenda.add(self.clock.epoch_ms, self._leave_pending, job)

    # Stops

    def cancel(self, job: Job, reason: str) -> None:
        """
        Accept a CancelJob: no effect from STARTING on; otherwise the job ends FAILED with the reason.

        Source: CancelJob (documented). A later reason does not replace the first (assumed).
        """
        if job.status in (SUBMITTED, PENDING, RUNNABLE) and job.stop_reason is None:
            job.is_cancelled = True
            self._stop(job, reason, self.cancel)

    def terminate(self, job: Job, reason: str) -> None:
        """Accept a TerminateJob: as a cancellation before STARTING, SIGTERM from then on."""
        if not job.is_terminal and job.stop_reason is None:
            job.is_terminated = True
            self._stop(job, reason, self.terminate)

    def _stop(self, job: Job, reason: str, stop_child: Callable[[Job, str], None]) -> None:
        job.stop_reason = reason
        if isinstance(job, ArrayJob):
            for child in job.children:
                stop_child(child, reason)
            return
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
        elif job.status != PENDING or not waits_for_dependencies(job):
            self._finish(job, FAILED, reason)

    def _on_timeout(self, job: Job) -> None:
        """SIGTERM at the limit, SIGKILL after the grace; neither is retried (AWS Batch: job timeouts)."""
        job.timeout_entry = None
        live_attempt(job).timed_out = job.stop_reason is None
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
        attempt = live_attempt(job)
        if attempt.started_at_ms is not None:
            outcome = attempt.outcome
            attempt.exit_code = SIGKILL_EXIT_CODE if outcome is None else outcome.on_sigterm

    def kill(self, job: Job, reason: str) -> None:
        """End the attempt under way with SIGKILL, and the job with it."""
        self._kill(job)
        self._fail_for_good(job, reason, "it was stopped")

    def delete_queue(self, queue: JobQueue) -> None:
        """End all jobs of a queue that is being deleted: FAILED, `JobQueue deleted`, never retried."""
        members = [
            member
            for job in queue.jobs.values()
            for member in (job.children if isinstance(job, ArrayJob) else (job,))
        ]
        for job in members:
            if job.is_terminal:
                continue
            if isinstance(job, ArrayChild):
                job.parent.stop_reason = job.parent.stop_reason or JOB_QUEUE_DELETED
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
                self.plan(job, 0, self._way_out(job))
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

    def move(self, job: Job, to_status: str, reason: str | None = None) -> None:
        """Move a job: check the table, keep the queue's lists, note it, announce it."""
        from_status = job.status
        check_move(job.moves, from_status, to_status)
        job.status = to_status
        job.status_reason = reason
        transition = Transition(
            self.clock.epoch_ms, job.id, from_status, to_status, reason, job.attempt_number
        )
        job.history.append(transition)
        job.listing.moved(job, from_status)
        self.transitions.append(transition)
        for listener in self.listeners:
            listener(job, transition)
        if isinstance(job, MultiNodeJob):
            follow(self, job, from_status)

    def _outcome(self, job: Job) -> Outcome:
        return self.scripts.outcome(
            job.attempt_number,
            job.name,
            job.queue.name,
            job.definition,
            job.array_index,
            job.node_index,
        )

    def _stage_time(self, scripted_ms: int | None) -> int:
        return self._stage_ms if scripted_ms is None else scripted_ms
