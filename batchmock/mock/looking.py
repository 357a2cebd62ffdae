"""The views of a mock: jobs, calls, events, logs, timeline, report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchmock.arguments import MOST_COLUMNS, checked_size
from batchmock.mock.arguments import id_of
from batchmock.mock.unused import Unused
from batchmock.observe.calls import Calls
from batchmock.observe.events.delays import Delay
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
    from batchmock.observe.summary import Summary
    from batchmock.observe.timeline import Timeline


class Looking(Unused):
    """Views of jobs, calls, events and logs, and the timeline and reports."""

    def job(self, job_id: str | JobView) -> JobView:
        """
        Return a read-only view of a job, including jobs that the service no longer shows.

        Raises:
            UnknownJobError: no job has this id.
        """
        self._time.catch_up()
        with self._lock:
            return JobView(self._find_job(job_id, "job"), self._clock)

    @property
    def jobs(self) -> Jobs:
        """All jobs, in the order of submission; array children and nodes are found through their parents."""
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

    def service_job(self, job_id: str | ServiceJobView) -> ServiceJobView:
        """
        Return a read-only view of a service job, including those that the service no longer shows.

        Raises:
            UnknownJobError: no service job has this id.
        """
        with self._lock:
            return ServiceJobView(self._find_service_job(job_id, "service_job"), self._clock)

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
        """All EventBridge events so far, oldest first, as a rule would deliver them."""
        self._time.catch_up()
        with self._lock:
            return self._events.events

    def subscribe(
        self,
        handler: Handler,
        pattern: EventPattern | None = None,
        duplicates: bool = False,
        *,
        delay: Delay = 0.0,
    ) -> Subscription:
        """
        Call a function with each EventBridge event from now on, as it happens in simulated time.

        Args:
            handler: a function of `(event)`, or of `(event, context)` as on AWS Lambda. It may use a
                Batch client, but may not move time. An exception in it propagates from the method that moved
                time; remaining events continue when time moves again.
            pattern: the pattern of an EventBridge rule, as a dict or JSON; by default it matches all events.
            duplicates: whether each event is delivered twice, as EventBridge may do.
            delay: how late each event arrives, in simulated time: seconds or a `timedelta`, or a function of
                the event that returns one, for events out of order. It is called for each delivery.

        Returns:
            The subscription; end it with `cancel()`, or use it as a context manager.

        Raises:
            BatchMockError: EventBridge would refuse the pattern, the handler's signature does not fit, or the
            delay is negative.
        """
        with self._lock:
            return self._events.subscribe(handler, pattern, duplicates=duplicates, delay=delay)

    def logs(
        self,
        job_id: str | JobView | ServiceJobView,
        attempt: int | None = None,
        container: str | None = None,
    ) -> list[str]:
        """
        Return the lines that an attempt of a job has written.

        Args:
            job_id: the id of a job or service job, or its view.
            attempt: 1 for the first; by default the latest.
            container: the name of one of several containers; by default the deciding one.

        Raises:
            UnknownJobError: no job has this id.
            BatchMockError: the attempt or the container does not exist.
        """
        from batchmock.observe.logs.lines import lines

        self._time.catch_up()
        with self._lock:
            job_id = id_of(job_id, "logs")
            job = self._simulation.service_jobs.get(job_id) or self._find_job(job_id, "logs")
            return lines(job, attempt, container, self._clock.epoch_ms)

    def timeline(self) -> Timeline:
        """Return a printable timeline of all jobs, service jobs and calls over simulated time."""
        from batchmock.observe.timeline import Timeline

        self._time.catch_up()
        with self._lock:
            start_ms = self._simulation.start_ms
            hosts = self._simulation.hosts.ever_launched()
            return Timeline(
                self._jobs_of_both_kinds(), self._calls[:], start_ms, self._time.now_ms, hosts
            )

    def _jobs_of_both_kinds(self) -> list[TrackedJob]:
        """Return all jobs and service jobs in the order of submission; jobs before service jobs."""
        jobs: list[TrackedJob] = [*self._simulation.jobs.submitted]
        service_jobs = self._simulation.service_jobs
        if service_jobs:
            jobs += service_jobs.values()
            jobs.sort(key=lambda job: job.created_at_ms)
        return jobs

    def report(self, *, whole: bool = False, width: int = 100) -> Report:
        """
        Return a report of what has happened so far, as in the report of a failed test.

        Args:
            whole: include all jobs, calls and explanations, up to a thousand, instead of one screenful.
            width: the longest line, in columns.

        Raises:
            BatchMockError: `width` is not a number of columns.

        Returns:
            A `str` with the failed jobs by reason, unfinished and retried jobs, the timeline, the calls, and
            prepared items that were never used. Its attribute `coloured` is the same text with ANSI colours;
            `is_whole` is true if nothing was omitted; `standstill` is what to do if the code under test polls
            while nobody moves the clock.
        """
        from batchmock.observe.report import report

        self._time.catch_up()
        with self._lock:
            jobs, unused = self._jobs_of_both_kinds(), self._unused()
            return report(
                jobs,
                self._calls,
                unused,
                self._simulation.start_ms,
                self._time.now_ms,
                whole=whole,
                width=checked_size(width, "report(width=)", MOST_COLUMNS),
                standstill=self._polls.standstill(),
            )

    def summary(self) -> Summary:
        """
        Summarise the cost of the jobs so far, in simulated time.

        Returns:
            Makespan, vCPU-seconds, wasted attempts, and waits by job queue; `after - before` compares two.
        """
        from batchmock.observe.summary import summary

        self._time.catch_up()
        with self._lock:
            return summary(self._jobs_of_both_kinds(), self._simulation.start_ms, self._time.now_ms)

    def _repr_html_(self) -> str:
        """Draw the timeline for a notebook."""
        return self.timeline()._repr_html_()

    @property
    def unused_scripts(self) -> list[Script]:
        """The scripts that no attempt of any job has matched so far, oldest first."""
        with self._lock:
            return self._scripts.unused
