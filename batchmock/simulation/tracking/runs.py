"""Attempts from RUNNING on: the common base of jobs and service jobs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from batchmock.errors import BatchMockError
from batchmock.outcomes import UNSCRIPTED, CallContext, Outcome
from batchmock.simulation.tracking.functions import CallFunction, as_called, run_function
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob, live_attempt
from batchmock.simulation.tracking.stops import Stops
from batchmock.simulation.tracking.tracker import Tracker

JobT = TypeVar("JobT", bound=TrackedJob)


class Runs(ABC, Generic[JobT]):
    """
    Runs attempts, and schedules their ends.

    Args:
        tracker: the tracker of the jobs.
        stops: schedules their time limits.
    """

    def __init__(self, tracker: Tracker[JobT], stops: Stops[JobT]) -> None:
        self._tracker = tracker
        self._stops = stops
        #: The misfits that have been reported: an outcome, and the jobs it was scripted for.
        self._reported: set[tuple[str, str]] = set()

    def begin(self, job: JobT, outcome: Outcome) -> None:
        """
        Run the attempt of a job that has just become RUNNING.

        Raises:
            BatchMockError: a job of this kind cannot have the outcome; raised once for similar jobs.
        """
        misfit = self._misfit_of(job, outcome)
        # A mistake in a script must not stop the clock: the attempt runs as if it were not scripted.
        self._begin(job, outcome if misfit is None else UNSCRIPTED)
        if misfit is not None:
            self._report(misfit, (outcome.description, self._alike(job)))

    def _report(self, misfit: str, key: tuple[str, str]) -> None:
        if key not in self._reported:
            self._reported.add(key)
            raise BatchMockError(misfit)

    def _begin(self, job: JobT, outcome: Outcome) -> None:
        attempt: TrackedAttempt = live_attempt(job)
        attempt.outcome = outcome
        attempt.logs = outcome.logs
        if outcome.function is None:
            self._plan_end(job, attempt, outcome)
        else:
            self._call(job, attempt, outcome, outcome.function)

    def _call(
        self, job: JobT, attempt: TrackedAttempt, called: Outcome, function: CallFunction
    ) -> None:
        """Run a function of the test; if it ends the test, the attempt still succeeds by itself."""
        ending = UNSCRIPTED
        try:
            context = self._context_of(job)
            with self._tracker.world.opened():
                result, attempt.logs = run_function(function, context)
            misfit = self._misfit_of(job, result)
            if misfit is not None:
                raise BatchMockError(misfit)
            ending = result
        finally:
            if job.attempt is attempt:
                attempt.outcome = as_called(called, ending)
                self._plan_end(job, attempt, attempt.outcome)

    def _plan_end(self, job: JobT, attempt: TrackedAttempt, outcome: Outcome) -> None:
        """Schedule the end of the run, then its time limit: an exit at the limit counts as an exit."""
        if outcome.kind == "hang":
            job.entry = None
        else:
            lasts_ms = outcome.after_ms
            if lasts_ms is None:
                lasts_ms = self._tracker.world.stage_ms * job.stages_of_a_run
            attempt.lasts_ms = lasts_ms
            self._tracker.plan(job, lasts_ms, self._tracker.leave_running)
        if job.timeout_ms is not None:
            self._stops.plan_timeout(job, job.timeout_ms)

    @abstractmethod
    def _misfit_of(self, job: JobT, outcome: Outcome) -> str | None:
        """Return why a job can't have an outcome; None if it can."""

    @abstractmethod
    def _alike(self, job: JobT) -> str:
        """Return a key of the jobs for which a misfit is reported only once."""

    @abstractmethod
    def _context_of(self, job: JobT) -> CallContext:
        """Return the context of a function that runs as the attempt of a job."""
