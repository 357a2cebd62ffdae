"""Attempts from RUNNING on, with one container or several, according to their scripts."""

from __future__ import annotations

from functools import partial

from batchmock.outcomes import CallContext, Outcome
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.calling import (
    context_of,
    outcome_of_call,
    outcome_without_call,
)
from batchmock.simulation.jobs.job import Job, TaskContainer
from batchmock.simulation.jobs.tasks import (
    ONLY_CONTAINER,
    TaskPlan,
    outcome_of_only,
    outcomes_by_container,
    plan_task,
)
from batchmock.simulation.placement.environments import EKS
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.runs import Runs


class JobRuns(Runs[Job]):
    """Runs the attempts of jobs, and schedules their ends."""

    def _begin(self, job: Job, outcome: Outcome) -> None:
        if job.containers:
            self._run_task(job, live_attempt(job), outcome)
        else:
            super()._begin(job, outcome if outcome.containers is None else outcome_of_only(outcome))

    def _run_task(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        """Plan the runs of several containers, and schedule the end of their task."""
        plan = partial(
            plan_task,
            job.containers,
            outcomes_by_container(job.containers, outcome),
            self._tracker.world.stage_ms * job.stages_of_a_run,
            is_pod=attempt.environment.platform == EKS,
        )
        # If a function of the test ends the test, the attempt still ends by itself.
        planned = None
        try:
            planned = plan(call=partial(self._call_of_container, job, attempt))
        finally:
            if job.attempt is attempt:
                self._follow_plan(job, attempt, planned or plan(call=outcome_without_call))

    def _call_of_container(
        self, job: Job, attempt: Attempt, container: TaskContainer, called: Outcome
    ) -> Outcome:
        with self._tracker.world.opened():
            return outcome_of_call(job, attempt, container, called)

    def _follow_plan(self, job: Job, attempt: Attempt, plan: TaskPlan) -> None:
        """End the attempt with its task, as the container that decides ends."""
        decider = plan.decided_by().outcome
        attempt.plan = plan
        attempt.logs = decider.logs
        attempt.outcome = decider._replace(after_ms=plan.ends_ms)
        if plan.ends_ms is None:
            attempt.outcome = decider._replace(kind="hang")
        self._plan_end(job, attempt, attempt.outcome)

    def _misfit_of(self, job: Job, outcome: Outcome) -> str | None:
        if outcome.kind == "no_capacity":
            return (
                f"batchmock: job {job.name!r} was scripted with {outcome.description}, which happens to "
                "service jobs only; the job runs as if nothing were scripted. For a compute environment, "
                "use exhaust(name)."
            )
        if outcome.containers is None:
            return None
        names = [item.name for item in job.containers] or [ONLY_CONTAINER]
        unknown = [repr(name) for name, _ in outcome.containers if name not in names]
        if not unknown:
            return None
        return (
            f"batchmock: job {job.name!r} was scripted with {outcome.description}, and has no container "
            f"{', '.join(unknown)}; the job runs as if nothing were scripted. Its containers are "
            f"{', '.join(map(repr, names))}."
        )

    def _alike(self, job: Job) -> str:
        return job.definition

    def _context_of(self, job: Job) -> CallContext:
        return context_of(job, live_attempt(job))
