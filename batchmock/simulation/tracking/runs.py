"""Attempts from RUNNING on: the common base of jobs and service jobs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import Generic, TypeVar

from batchmock.errors import BatchMockError
from batchmock.outcomes import UNSCRIPTED, CallContext, Outcome
from batchmock.simulation.tracking.functions import CallFunction, FunctionRun, as_called
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
        if outcome is UNSCRIPTED and not job.containers:
            self._plan_end(job, job.attempt or live_attempt(job), outcome)
            return
        misfit = None if outcome is UNSCRIPTED else self._misfit_of(job, outcome)
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
        if outcome.logs:
            attempt.logs = outcome.logs
        if outcome.function is None:
            self._plan_end(job, attempt, outcome)
        else:
            self._call(job, attempt, outcome, outcome.function)

    def _call(
        self, job: JobT, attempt: TrackedAttempt, called: Outcome, function: CallFunction
    ) -> None:
        """Run a function of the test as an attempt, which ends when the function has returned."""
        takes_time = called.after_ms is None
        run = self._tracker.world.run_function(function, self._context_of(job), takes_time)
        if run.is_over:
            self._end_call(job, attempt, called, run)
        elif job.attempt is not attempt:
            run.kill()
        else:
            job.entry = None
            attempt.functions = (run,)
            run.on_end = partial(self._end_call, job, attempt, called, run)
            if job.timeout_ms is not None:
                self._plan_limit(job, job.timeout_ms, 0)

    def _end_call(
        self, job: JobT, attempt: TrackedAttempt, called: Outcome, run: FunctionRun
    ) -> None:
        """Schedule the end of an attempt; if its function ends the test, it still succeeds by itself."""
        attempt.functions = ()
        ending = UNSCRIPTED
        try:
            result = run.ending()
            attempt.logs = result.logs
            misfit = self._misfit_of(job, result)
            if misfit is not None:
                raise BatchMockError(misfit)
            ending = result
        finally:
            # The end of a service job that is being stopped is scheduled already.
            is_ending = job.entry is not None and job.entry.action is not None
            if job.attempt is attempt and not is_ending:
                attempt.outcome = as_called(called, ending, run.took_ms)
                self._plan_end(job, attempt, attempt.outcome)

    def _plan_end(self, job: JobT, attempt: TrackedAttempt, outcome: Outcome) -> None:
        """Schedule the end of the run, then its time limit: an exit at the limit counts as an exit."""
        tracker, started_ms = self._tracker, attempt.started_at_ms
        elapsed_ms = 0 if started_ms is None else tracker.world.now_ms - started_ms
        if outcome.kind == "hang":
            job.entry = None
        else:
            lasts_ms = outcome.after_ms
            if lasts_ms is None:
                lasts_ms = tracker.world.stage_ms * job.stages_of_a_run
            attempt.lasts_ms = lasts_ms
            left_ms = lasts_ms - elapsed_ms if lasts_ms > elapsed_ms else 0
            tracker.plan(job, left_ms, tracker.leave_running)
        if job.timeout_ms is not None:
            self._plan_limit(job, job.timeout_ms, elapsed_ms)
        if job.is_terminated:
            self._stops.note_running(job)

    def _plan_limit(self, job: JobT, timeout_ms: int, elapsed_ms: int) -> None:
        """Schedule the time limit of a run, unless it has passed."""
        if elapsed_ms <= timeout_ms:
            self._tracker.cancel_timeout(job)
            self._stops.plan_timeout(job, timeout_ms - elapsed_ms)

    @abstractmethod
    def _misfit_of(self, job: JobT, outcome: Outcome) -> str | None:
        """Return why a job can't have an outcome; None if it can."""

    @abstractmethod
    def _alike(self, job: JobT) -> str:
        """Return a key of the jobs for which a misfit is reported only once."""

    @abstractmethod
    def _context_of(self, job: JobT) -> CallContext:
        """Return the context of a function that runs as the attempt of a job."""
