"""What a mock checks for a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from batchmock.durations import Duration, milliseconds
from batchmock.mock.looking import Looking
from batchmock.observe.jobs.views import Jobs, JobView


class Asserting(Looking):
    """Checks that raise AssertionError, with a message that shows what was there instead."""

    def assert_scripts_used(self) -> None:
        """
        Check that each script was for an attempt of some job.

        Raises:
            AssertionError: one was not; the message lists them, and the jobs that there are.
        """
        __tracebackhide__ = True
        unused = self.unused_scripts
        if unused:
            listed = "".join(f"\n  {script!r}" for script in unused)
            submitted = [*self.jobs[:10], *self.service_jobs[:10]]
            names = ", ".join(dict.fromkeys(repr(job.name) for job in submitted)) or "none"
            raise AssertionError(
                f"batchmock: no attempt of any job has matched{listed}\nJobs that were submitted: "
                f"{names}. A script is matched when an attempt becomes RUNNABLE, and the newest that "
                "fits wins."
            )

    def assert_submitted(
        self,
        job_name: str = "*",
        *,
        job_queue: str | None = None,
        job_definition: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        command: Sequence[Any] | None = None,
        environment: Mapping[str, Any] | None = None,
        vcpus: float | None = None,
        memory_mib: int | None = None,
        gpus: int | None = None,
        depends_on: Iterable[str | JobView] | None = None,
        array_size: int | None = None,
        attempts: int | None = None,
        timeout_seconds: float | None = None,
        tags: Mapping[str, Any] | None = None,
        times: int | None = None,
    ) -> Jobs:
        """
        Check that a job was submitted, as Batch sees it: after overrides, parameters and defaults.

        What is not given may be anything; values may be anything that compares, `unittest.mock.ANY` for one.

        Args:
            job_name: a name or glob.
            job_queue: the name of its queue, or a glob.
            job_definition: a name, `name:revision`, or a glob of either.
            parameters: what its parameters hold at least.
            command: the whole command, after `Ref::` substitution.
            environment: what its environment holds at least.
            vcpus: what it asks for.
            memory_mib: what it asks for.
            gpus: what it asks for.
            depends_on: the ids or names of all jobs that it depends on, in any order.
            array_size: the size of the array job; 0 for a job that is none.
            attempts: of its retry strategy.
            timeout_seconds: the limit of each attempt.
            tags: what its tags hold at least.
            times: how many such jobs there are; once or more if not given.

        Returns:
            The jobs that match.

        Raises:
            AssertionError: there are none, or not so many; the message shows the nearest, in what it
                differs, and what was submitted.
            BatchMockError: `times` is no number of times.
        """
        from batchmock.observe.jobs.submissions import check_times, complaint, matching

        __tracebackhide__ = True
        asked = {
            "job_name": job_name,
            "job_queue": job_queue,
            "job_definition": job_definition,
            "parameters": parameters,
            "command": None if command is None else list(command),
            "environment": environment,
            "vcpus": vcpus,
            "memory_mib": memory_mib,
            "gpus": gpus,
            "depends_on": None if depends_on is None else list(depends_on),
            "array_size": array_size,
            "attempts": attempts,
            "timeout_seconds": timeout_seconds,
            "tags": tags,
        }
        expected = {name: value for name, value in asked.items() if value is not None}
        check_times(times)
        with self._lock:
            jobs = self._simulation.jobs.submitted
            found = matching(jobs, expected)
            if len(found) != times if times is not None else not found:
                raise AssertionError(
                    complaint(jobs, found, expected, times, self._simulation.start_ms)
                )
            return Jobs(JobView(job, self._clock) for job in found)

    def assert_polite(
        self,
        *,
        calls_per_minute: int | Mapping[str, int] | None = None,
        within: Duration = 1.0,
        unread_pages: bool = False,
    ) -> None:
        """
        Check that the calls would not be throttled, nor miss anything, in production.

        Impolite are three or more DescribeJobs in a row that fewer calls could have done; a page that
        nobody asked for; and more calls in a minute of simulated time than the budget.

        Args:
            calls_per_minute: the budget of each reading operation, or a mapping of budgets by operation.
                By default 60 for an operation that reads (pages that are read on, and DescribeJobs of as many
                ids as it takes, do not count), and the documented rates of SubmitJob (50 a second) and
                SubmitServiceJob (5 a second).
            within: seconds; DescribeJobs that are no further apart belong to one loop.
            unread_pages: whether it is polite not to ask for the next page.

        Raises:
            AssertionError: the calls are impolite; the message shows which, and when.
            BatchMockError: a budget is no number of calls, or `within` is negative.
        """
        from batchmock.observe.politeness import impoliteness

        __tracebackhide__ = True
        with self._lock:
            found = impoliteness(
                self._calls,
                self._simulation.start_ms,
                calls_per_minute=calls_per_minute,
                within_ms=milliseconds(within, "within"),
                unread_pages=unread_pages,
            )
        if found:
            raise AssertionError(found)
