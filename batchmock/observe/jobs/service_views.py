"""Read-only views of service jobs, for the author of a test."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from batchmock.names import ServiceJobStatus
from batchmock.observe.jobs.tracked_views import (
    TrackedAttemptView,
    TrackedJobs,
    TrackedJobView,
    optional_datetime,
)
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob
from batchmock.simulation.time.clock import Clock


class ServiceAttemptView(TrackedAttemptView[ServiceAttempt]):
    """One attempt of a service job, e.g. a training job. Instants are aware UTC `datetime`s, or None."""

    __slots__ = ("_job",)

    def __init__(self, job: ServiceJob, attempt: ServiceAttempt, clock: Clock) -> None:
        super().__init__(attempt, clock)
        self._job = job

    @property
    def training_job_name(self) -> str:
        """The name of its training job."""
        return self._job.kind.resource_name(self._job, self._attempt)

    @property
    def was_preempted(self) -> bool:
        """Whether it was stopped to make room for another service job."""
        return self._attempt.was_preempted

    def __repr__(self) -> str:
        return f"<ServiceAttempt {self.number} status_reason={self.status_reason!r}>"


class ServiceJobView(TrackedJobView[ServiceJob]):
    """One service job, as it is when a property is read."""

    __slots__ = ()

    _noun = "ServiceJob"

    @property
    def status(self) -> ServiceJobStatus:
        """SUBMITTED, RUNNABLE, SCHEDULED, STARTING, RUNNING, SUCCEEDED or FAILED."""
        return cast("ServiceJobStatus", self._job.status)

    @property
    def share(self) -> str | None:
        """Its share identifier, or the name of its quota share."""
        return self._job.share or None

    @property
    def scheduling_priority(self) -> int:
        """Its scheduling priority, as last updated."""
        return self._job.priority

    @property
    def instances(self) -> dict[str, int]:
        """The number of instances that it runs on, by type."""
        counts: dict[str, int] = {}
        for instance_type, count in self._job.instances:
            counts[instance_type] = counts.get(instance_type, 0) + count
        return counts

    @property
    def attempts(self) -> list[ServiceAttemptView]:
        """The attempts that have ended, oldest first."""
        return [
            ServiceAttemptView(self._job, attempt, self._clock) for attempt in self._job.attempts
        ]

    @property
    def current_attempt(self) -> ServiceAttemptView | None:
        """The attempt under way, from SCHEDULED on."""
        attempt = self._job.attempt
        return None if attempt is None else ServiceAttemptView(self._job, attempt, self._clock)

    @property
    def capacity_failures(self) -> int:
        """The number of times that its service had no capacity for it."""
        return self._job.capacity_failures

    @property
    def scheduled_at(self) -> datetime | None:
        """When its latest attempt became SCHEDULED."""
        return optional_datetime(self._job.scheduled_at_ms)

    def as_sfn_output(self) -> dict[str, Any]:
        """
        Return the output of a Step Functions task that ran the service job and waited for it.

        The output is what DescribeServiceJob shows, with keys in PascalCase (assumed, as for jobs).

        Raises:
            BatchMockError: the service job has not SUCCEEDED.
        """
        from batchmock.observe.jobs.step_functions import sfn_output

        return sfn_output(self._job)

    def as_sfn_error(self) -> dict[str, str]:
        """
        Return the error output of such a task: `Error` is States.TaskFailed, `Cause` the job in JSON.

        Raises:
            BatchMockError: the service job has not FAILED.
        """
        from batchmock.observe.jobs.step_functions import sfn_error

        return sfn_error(self._job)


class ServiceJobs(TrackedJobs[ServiceJobView]):
    """Service jobs in the order of submission."""

    _nouns = ("service job", "service jobs", "service_jobs")
