"""The end of an attempt, and of its job unless it is retried: the common base."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from batchmock.outcomes import Outcome
from batchmock.simulation.jobs.lifecycle import FAILED
from batchmock.simulation.jobs.retry import Failure, RetryDecision, decide
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob
from batchmock.simulation.tracking.tracker import Tracker

JobT = TypeVar("JobT", bound=TrackedJob)
AttemptT = TypeVar("AttemptT", bound=TrackedAttempt)


class Endings(ABC, Generic[JobT, AttemptT]):
    """
    Ends attempts.

    Args:
        tracker: the tracker of the jobs.
    """

    def __init__(self, tracker: Tracker[JobT]) -> None:
        self._tracker = tracker

    @abstractmethod
    def end(self, job: JobT, outcome: Outcome) -> None:
        """End the attempt under way with an outcome, and end or retry its job."""

    @abstractmethod
    def _release(self, job: JobT, attempt: AttemptT) -> None:
        """Release the capacity used by the attempt under way."""

    def retry_or_fail(self, job: JobT, attempt: AttemptT, failure: Failure, tried: int) -> None:
        """
        Close a failed attempt, and retry its job or fail it, as the retry strategy decides.

        Args:
            job: the job.
            attempt: its attempt under way.
            failure: the value to match with the rules of the retry strategy.
            tried: the number of the attempt, counted as the retry strategy counts.
        """
        self.close(job, attempt, failure.status_reason)
        attempt.decision = decision = decide(
            job.retry,
            tried,
            failure,
            case_sensitive=self._tracker.policies.case_sensitive_patterns,
        )
        if decision.retry:
            self._tracker.enter_runnable(job)
        else:
            self._tracker.finish(job, FAILED, failure.status_reason)

    def fail_for_good(self, job: JobT, status_reason: str, why: str) -> None:
        """Fail a job for a cause that is never retried, with the attempt under way if there is one."""
        attempt: Any = job.attempt
        if attempt is not None:
            attempt.decision = RetryDecision(False, f"{why}, which is never retried")
            self.close(job, attempt, status_reason)
        self._tracker.finish(job, FAILED, status_reason)

    def close(self, job: JobT, attempt: AttemptT, status_reason: str | None) -> None:
        """Record the end of the attempt under way, and release its capacity."""
        attempt.status_reason = status_reason
        attempt.stopped_at_ms = self._tracker.world.now_ms
        if attempt.functions:
            attempt.logs = tuple(attempt.functions[0].lines)
            for function in attempt.functions:
                function.kill()
            attempt.functions = ()
        self._tracker.strike_entries(job)
        self._release(job, attempt)
        job.attempts += (attempt,)
        job.last_attempt, job.attempt = attempt, None
