"""What an attempt does from RUNNING on: by its script, by a user's function, alone or of several containers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from batchmock.errors import BatchMockError
from batchmock.outcomes import UNSCRIPTED, CallContext, CallResult, Outcome
from batchmock.simulation.jobs.attempts import (
    as_called,
    outcome_of_call,
    outcome_without_call,
)
from batchmock.simulation.jobs.calling import context_of, run_function
from batchmock.simulation.jobs.job import Attempt, Job, TaskContainer
from batchmock.simulation.jobs.tasks import (
    ONLY_CONTAINER,
    TaskPlan,
    outcome_of_only,
    outcomes_by_container,
    plan_task,
)
from batchmock.simulation.placement.environments import EKS

if TYPE_CHECKING:
    from batchmock.simulation.engine import Simulation

CallFunction = Callable[[CallContext], CallResult]


def misfit_of(job: Job, outcome: Outcome) -> str | None:
    """Say why an outcome is none that a job can have; None if it can, as almost all can."""
    if outcome.kind == "no_capacity":
        return (
            f"batchmock: job {job.name!r} was scripted with {outcome.description}, which happens to "
            "service jobs only; it goes on as if nothing were scripted. Of a compute environment use "
            "exhaust(name)."
        )
    if outcome.containers is None:
        return None
    names = [item.name for item in job.containers] or [ONLY_CONTAINER]
    unknown = [repr(name) for name, _ in outcome.containers if name not in names]
    if unknown:
        return (
            f"batchmock: job {job.name!r} was scripted with {outcome.description}, and has no container "
            f"{', '.join(unknown)}; it goes on as if nothing were scripted. Its containers are "
            f"{', '.join(map(repr, names))}."
        )
    return None


class Runs:
    """Lets attempts run, and plans how they end."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        #: The misfits that the test was told of: an outcome, and a job definition.
        self._told: set[tuple[str, str]] = set()

    def begin(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        """
        Let a job that has become RUNNING do what its outcome says.

        Raises:
            BatchMockError: the outcome is none that this job can have; told once of a job definition.
        """
        misfit = misfit_of(job, outcome)
        # The job goes on as if nothing were scripted: a mistake in a script stops no clock.
        self._begin(job, attempt, outcome if misfit is None else UNSCRIPTED)
        if misfit is not None:
            self._tell(misfit, (outcome.description, job.definition))

    def _tell(self, misfit: str, what: tuple[str, str]) -> None:
        if what not in self._told:
            self._told.add(what)
            raise BatchMockError(misfit)

    def _begin(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        if job.containers:
            self._run_task(job, attempt, outcome)
            return
        if outcome.containers is not None:
            outcome = outcome_of_only(outcome)
        attempt.outcome = outcome
        attempt.logs = outcome.logs
        if outcome.function is None:
            self._plan_end(job, attempt, outcome)
        else:
            self._call(job, attempt, outcome, outcome.function)

    def _run_task(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        """Run several containers: what each will do is worked out now, and what the task does of it."""
        plan = partial(
            plan_task,
            job.containers,
            outcomes_by_container(job.containers, outcome),
            self._simulation.stage_ms,
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
        with self._simulation.opened():
            return outcome_of_call(job, attempt, container, called)

    def _follow_plan(self, job: Job, attempt: Attempt, plan: TaskPlan) -> None:
        """Let the attempt end as the container that decides does, when the task does."""
        decider = plan.decided_by().outcome
        attempt.plan = plan
        attempt.logs = decider.logs
        attempt.outcome = decider._replace(after_ms=plan.ends_ms)
        if plan.ends_ms is None:
            attempt.outcome = decider._replace(kind="hang")
        self._plan_end(job, attempt, attempt.outcome)

    def _call(self, job: Job, attempt: Attempt, called: Outcome, function: CallFunction) -> None:
        """Run the user's function; should it take the test down with it, the attempt ends by itself."""
        ending = UNSCRIPTED
        try:
            context = context_of(job, attempt)
            with self._simulation.opened():
                ending, attempt.logs = run_function(function, context)
        finally:
            if job.attempt is attempt:
                attempt.outcome = as_called(called, ending)
                self._plan_end(job, attempt, attempt.outcome)

    def _plan_end(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        """Plan the end of the run, and its time-out behind it: who exits at the limit has exited."""
        if outcome.kind == "hang":
            job.entry = None
        else:
            lasts_ms = outcome.after_ms
            if lasts_ms is None:
                lasts_ms = self._simulation.stage_ms
                if job.stages_of_a_run != 1:
                    lasts_ms *= job.stages_of_a_run
            attempt.lasts_ms = lasts_ms
            self._simulation.plan(job, lasts_ms, self._simulation.leave_running)
        if job.timeout_ms is not None:
            self._simulation.stops.plan_timeout(job, job.timeout_ms)
