"""Attempts from RUNNING on, with one container or several, according to their scripts."""

from __future__ import annotations

from functools import partial

from batchmock.outcomes import CallContext, Outcome
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.calling import context_of, outcome_without_call
from batchmock.simulation.jobs.job import Job, TaskContainer
from batchmock.simulation.jobs.tasks import (
    ONLY_CONTAINER,
    TaskPlan,
    outcome_of_only,
    outcomes_by_container,
    plan_task,
)
from batchmock.simulation.placement.environments import EKS
from batchmock.simulation.tracking.functions import FunctionRun, as_called
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.runs import Runs


class JobRuns(Runs[Job]):
    """Runs the attempts of jobs, and schedules their ends."""

    def _begin(self, job: Job, outcome: Outcome) -> None:
        if job.containers:
            self._run_task(job, live_attempt(job), outcome)
        else:
            super()._begin(job, outcome if outcome.containers is None else outcome_of_only(outcome))

    def _run_task(
        self,
        job: Job,
        attempt: Attempt,
        outcome: Outcome,
        runs: dict[str, FunctionRun] | None = None,
    ) -> None:
        """
        Plan the runs of several containers, and schedule the end of their task.

        Args:
            job: the job.
            attempt: its attempt under way.
            outcome: the scripted outcome.
            runs: the functions that run as containers, when one of them has returned.
        """
        started = {} if runs is None else runs
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
            planned = plan(call=partial(self._call_of_container, job, attempt, started))
        finally:
            goes_on = planned is not None and job.attempt is attempt
            running = [run for run in started.values() if not run.is_over]
            for run in running:
                run.on_end = partial(self._plan_again, job, attempt, outcome, started)
                if not goes_on:
                    run.kill()
            if job.attempt is attempt:
                attempt.functions = tuple(running) if goes_on else ()
                self._follow_plan(job, attempt, planned or plan(call=outcome_without_call))

    def _plan_again(
        self, job: Job, attempt: Attempt, outcome: Outcome, runs: dict[str, FunctionRun]
    ) -> None:
        """Plan the task again, now that the function of a container has returned."""
        if job.entry is not None:
            self._tracker.agenda.cancel(job.entry)
            job.entry = None
        self._run_task(job, attempt, outcome, runs)

    def _call_of_container(
        self,
        job: Job,
        attempt: Attempt,
        started: dict[str, FunctionRun],
        container: TaskContainer,
        called: Outcome,
    ) -> Outcome:
        """Return the outcome of the function of a container, or that it goes on until it returns."""
        run = started.get(container.name)
        if run is None:
            if called.function is None:
                raise AssertionError(f"{called!r} has no function")
            context = context_of(job, attempt, container.container)
            takes_time = called.after_ms is None
            run = self._tracker.world.run_function(called.function, context, takes_time)
            started[container.name] = run
        if run.is_over:
            return as_called(called, run.ending(), run.took_ms)
        return called._replace(kind="hang", logs=tuple(run.lines))

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
