"""What a mock shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchmock.mock.finding import Finding
from batchmock.observe.calls import Calls
from batchmock.observe.events.events import Events
from batchmock.observe.events.patterns import EventPattern
from batchmock.observe.events.subscriptions import Handler, Subscription
from batchmock.observe.jobs.service_views import ServiceJobs, ServiceJobView
from batchmock.observe.jobs.views import Jobs, JobView
from batchmock.scripts import Script
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.tracking.records import TrackedJob

if TYPE_CHECKING:
    from batchmock.observe.jobs.hosts import HostView
    from batchmock.observe.report import Report
    from batchmock.observe.timeline import Timeline


class Looking(Finding):
    """Views of jobs, calls, events, logs, and the pictures and reports made of them."""

    def job(self, job_id: str) -> JobView:
        """
        Give a read-only view of a job, of those too that the service no longer shows.

        Raises:
            UnknownJobError: there is no such job.
        """
        self._time.catch_up()
        with self._lock:
            return JobView(self._find_job(job_id), self._clock)

    @property
    def jobs(self) -> Jobs:
        """All jobs, in the order of submission; array children and nodes are their parents'."""
        self._time.catch_up()
        with self._lock:
            return Jobs(JobView(job, self._clock) for job in self._simulation.jobs.submitted)

    @property
    def hosts(self) -> list[HostView]:
        """
        The EC2 instances of all managed compute environments, in the order in which they were launched.

        Use it to see how jobs share instances, and with `lose_host()` to end one with all its jobs.
        Fargate and unmanaged environments have none.
        """
        from batchmock.observe.jobs.hosts import HostView

        self._time.catch_up()
        with self._lock:
            return [HostView(host, self._clock) for host in self._simulation.hosts.live()]

    def service_job(self, job_id: str) -> ServiceJobView:
        """
        Give a read-only view of a service job, of those too that the service no longer shows.

        Raises:
            UnknownJobError: there is no such service job.
        """
        with self._lock:
            return ServiceJobView(self._find_service_job(job_id), self._clock)

    @property
    def service_jobs(self) -> ServiceJobs:
        """All service jobs, in the order of submission."""
        with self._lock:
            jobs = self._simulation.service_jobs.values()
            return ServiceJobs(ServiceJobView(job, self._clock) for job in jobs)

    @property
    def calls(self) -> Calls:
        """Every API call that was answered, oldest first."""
        return self._calls

    @property
    def transitions(self) -> list[Transition]:
        """Every transition of every job and service job, oldest first."""
        self._time.catch_up()
        with self._lock:
            return list(self._simulation.transitions)

    @property
    def events(self) -> Events:
        """The EventBridge events of all that has happened, oldest first, as a rule would deliver them."""
        self._time.catch_up()
        with self._lock:
            return self._events.events

    def subscribe(
        self, handler: Handler, pattern: EventPattern | None = None, duplicates: bool = False
    ) -> Subscription:
        """
        Hand each EventBridge event to a function from now on, as it happens in simulated time.

        Args:
            handler: is given the event, e.g. `lambda event: lambda_function.handler(event, None)`. It may
                use a Batch client, and may not move time. What it raises reaches the test, from what
                moved time; everything else goes on from there when time is moved again.
            pattern: which events, as an EventBridge rule says it, a dict or JSON; all if not given.
            duplicates: whether each event comes twice, the same one, as EventBridge may deliver it.

        Returns:
            What ends it again, by `cancel()` or as a context manager.

        Raises:
            BatchMockError: the pattern is one that EventBridge would refuse, or the handler no function.
        """
        with self._lock:
            return self._events.subscribe(handler, pattern, duplicates=duplicates)

    def logs(
        self, job_id: str, attempt: int | None = None, container: str | None = None
    ) -> list[str]:
        """
        Give the lines that an attempt (1 for the first; by default the latest) of a job has written.

        Args:
            job_id: the job.
            attempt: 1 for the first; the latest if not given.
            container: the name of one of several containers; by default the one that decides.

        Raises:
            UnknownJobError: there is no such job.
            BatchMockError: there is no such attempt, or no such container.
        """
        from batchmock.observe.logs.lines import lines

        self._time.catch_up()
        with self._lock:
            job = self._simulation.service_jobs.get(job_id) or self._find_job(job_id)
            return lines(job, attempt, container, self._clock.epoch_ms)

    def timeline(self) -> Timeline:
        """Give a picture of all jobs, service jobs and calls over simulated time; print it."""
        from batchmock.observe.timeline import Timeline

        self._time.catch_up()
        with self._lock:
            start_ms = self._simulation.start_ms
            return Timeline(self._jobs_of_both_kinds(), self._calls[:], start_ms, self._time.now_ms)

    def _jobs_of_both_kinds(self) -> list[TrackedJob]:
        """Give all jobs and service jobs in the order of submission, of one instant the jobs first."""
        jobs: list[TrackedJob] = [*self._simulation.jobs.submitted]
        service_jobs = self._simulation.service_jobs
        if service_jobs:
            jobs += service_jobs.values()
            jobs.sort(key=lambda job: job.created_at_ms)
        return jobs

    def report(self, *, whole: bool = False, width: int = 100) -> Report:
        """
        Tell what has happened so far, as the report of a failed test does.

        Args:
            whole: all jobs, calls and explanations, up to a thousand, instead of what fits a screen.
            width: the longest line, in columns.

        Returns:
            A `str` with the failed jobs by reason, the unfinished and retried ones, the timeline, the
            calls, and the scripts that no attempt has matched. Its `coloured` is the same text with ANSI
            colours, its `is_whole` whether nothing was left out.
        """
        from batchmock.observe.report import report

        self._time.catch_up()
        with self._lock:
            jobs, unused = self._jobs_of_both_kinds(), self._scripts.unused
            return report(
                jobs,
                self._calls,
                unused,
                self._simulation.start_ms,
                self._time.now_ms,
                whole=whole,
                width=width,
            )

    @property
    def unused_scripts(self) -> list[Script]:
        """The scripts that no attempt of any job has matched so far, in the order in which they were given."""
        with self._lock:
            return self._scripts.unused
