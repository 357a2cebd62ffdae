"""Assertions about submitted jobs and calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from batchmock.durations import Duration, milliseconds
from batchmock.mock.looking import Looking
from batchmock.nearest import suggests_parameters
from batchmock.observe.jobs.views import Jobs, JobView


class Asserting(Looking):
    """Assertions whose message shows what happened instead."""

    def assert_scripts_used(self) -> None:
        """
        Check that each script was matched by an attempt of some job.

        Raises:
            AssertionError: a script is unused; the message lists it and the submitted jobs.
        """
        __tracebackhide__ = True
        unused = self.unused_scripts
        if unused:
            listed = "".join(f"\n  {script!r}" for script in unused)
            submitted = [*self.jobs[:10], *self.service_jobs[:10]]
            names = ", ".join(dict.fromkeys(repr(job.name) for job in submitted)) or "none"
            raise AssertionError(
                f"batchmock: no attempt of any job has matched{listed}\nJobs that were submitted: "
                f"{names}. A script is matched when an attempt becomes RUNNABLE, and the newest matching "
                "script wins."
            )

    @suggests_parameters
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
        depends_on: str | JobView | Iterable[str | JobView] | None = None,
        array_size: int | None = None,
        attempts: int | None = None,
        timeout_seconds: float | None = None,
        tags: Mapping[str, Any] | None = None,
        times: int | None = None,
    ) -> Jobs:
        """
        Check that a job was submitted, as Batch sees it: after overrides, parameters and defaults.

        Omitted parameters match anything; values may be any object that compares, such as
        `unittest.mock.ANY`.

        Args:
            job_name: a name or glob.
            job_queue: the name or ARN of its queue, or a glob.
            job_definition: a name, `name:revision`, an ARN, or a glob of these.
            parameters: a subset of its parameters.
            command: the whole command, as a list, after `Ref::` substitution.
            environment: a subset of its environment.
            vcpus: the vCPUs that it requests.
            memory_mib: the memory that it requests.
            gpus: the GPUs that it requests.
            depends_on: the ids or names of all jobs that it depends on, in any order; one may stand alone.
            array_size: the size of the array job; 0 for other jobs.
            attempts: the number in its retry strategy.
            timeout_seconds: the limit of each attempt.
            tags: a subset of its tags.
            times: the exact number of such jobs; by default at least one.

        Returns:
            The matching jobs.

        Raises:
            AssertionError: no job matches, or a different number; the message shows the closest job, how it
            differs, and the submitted jobs.
            BatchMockError: `times` is not a number, `command` is not a list, `parameters`, `environment` or
            `tags` is not a mapping, or `depends_on` does not have ids and names.
        """
        __tracebackhide__ = True
        asked = {
            "job_name": job_name,
            "job_queue": job_queue,
            "job_definition": job_definition,
            "parameters": parameters,
            "command": command if isinstance(command, str) else _listed(command),
            "environment": environment,
            "vcpus": vcpus,
            "memory_mib": memory_mib,
            "gpus": gpus,
            "depends_on": _listed(
                [depends_on] if isinstance(depends_on, (str, JobView)) else depends_on
            ),
            "array_size": array_size,
            "attempts": attempts,
            "timeout_seconds": timeout_seconds,
            "tags": tags,
        }
        expected = {name: value for name, value in asked.items() if value is not None}
        return self._submitted_as(expected, times)

    def _submitted_as(self, expected: Mapping[str, Any], times: int | None) -> Jobs:
        from batchmock.observe.jobs.submissions import (
            check_expectations,
            check_times,
            complaint,
            matching,
        )

        __tracebackhide__ = True
        check_expectations(expected)
        check_times(times)
        with self._lock:
            jobs = self._simulation.jobs.submitted
            found = matching(jobs, expected)
            if len(found) != times if times is not None else not found:
                service_jobs = len(self._simulation.service_jobs)
                start_ms = self._simulation.start_ms
                raise AssertionError(
                    complaint(jobs, found, expected, times, start_ms, service_jobs)
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
        Check that in production the calls would not be throttled and would read every page.

        Fails if three or more consecutive DescribeJobs could have been fewer calls, if a next page was not
        requested, or if there were more calls per minute of simulated time than the budget.

        Args:
            calls_per_minute: the budget of each reading operation, or a mapping of budgets by operation.
                By default 60 for a reading operation (not counting further pages, and DescribeJobs with the
                maximum number of ids), and the documented rates of SubmitJob (50 per second) and
                SubmitServiceJob (5 per second).
            within: the longest pause, in seconds, between DescribeJobs calls of one loop.
            unread_pages: whether the next page may be left unread.

        Raises:
            AssertionError: the message shows the calls and their times.
            BatchMockError: a budget is not a number of calls, or `within` is negative.
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


def _listed(items: Any) -> Any:
    """Return a list of items; anything else, such as `unittest.mock.ANY`, is compared as it is."""
    return list(items) if isinstance(items, Iterable) else items
