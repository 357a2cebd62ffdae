"""The attempts in a dump of jobs or of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from batchmock.errors import BatchMockError
from batchmock.learning.texts import neutral
from batchmock.loading.sources import Document

_ENDED: Final = ("SUCCEEDED", "FAILED")


class EndedAttempt(NamedTuple):
    """
    An attempt that has ended.

    `seconds` is its run time; None if it never started. `was_stopped` is whether a request ended it, and
    `succeeded` whether its job did by it: one that a timeout ended can exit with 0. Its texts contain no names.
    """

    definition: str
    exit_code: int | None
    reason: str | None
    status_reason: str | None
    seconds: float | None
    was_stopped: bool
    succeeded: bool


def attempts_in(document: Document) -> list[EndedAttempt]:
    """
    Return the attempts of all jobs that have ended, each once.

    Raises:
        BatchMockError: there are none, or the document has something else.
    """
    jobs: dict[str, Mapping[str, Any]] = {}
    for job in _jobs(document.contents, document.file):
        if job.get("status") in _ENDED:
            jobs[str(job.get("jobId", len(jobs)))] = job
    found = [attempt for job in jobs.values() for attempt in _attempts_of(job)]
    if not found:
        raise BatchMockError(
            f"batchmock: {document.file} has no attempts that have ended, of jobs in containers. Pass the "
            "output of `aws batch describe-jobs`, or events of AWS Batch."
        )
    return found


def _jobs(contents: Any, file: str) -> Iterator[Mapping[str, Any]]:
    """Yield the jobs of replies, of lists, and of the details of events."""
    if isinstance(contents, list):
        for item in contents:
            yield from _jobs(item, file)
    elif isinstance(contents, Mapping) and "jobs" in contents:
        yield from _jobs(contents["jobs"], file)
    elif isinstance(contents, Mapping) and isinstance(contents.get("detail"), Mapping):
        yield contents["detail"]
    elif isinstance(contents, Mapping) and "jobId" in contents:
        yield contents
    else:
        raise BatchMockError(
            f"batchmock: {file} has something that is neither a job nor an event. Pass the output of "
            "`aws batch describe-jobs`, or events of AWS Batch."
        )


def _attempts_of(job: Mapping[str, Any]) -> Iterator[EndedAttempt]:
    image = (job.get("container") or {}).get("image")
    definition = str(job.get("jobDefinition", "")).rpartition("/")[2].partition(":")[0]
    attempts = job.get("attempts") or ()
    for number, attempt in enumerate(attempts, start=1):
        if "taskProperties" in attempt:
            # Several containers have no single exit code.
            continue
        container = attempt.get("container") or {}
        status_reason = attempt.get("statusReason")
        is_last = number == len(attempts)
        yield EndedAttempt(
            definition,
            _exit_code(container),
            neutral(container.get("reason"), image),
            neutral(status_reason, image),
            _seconds(attempt),
            bool(is_last and (job.get("isTerminated") or job.get("isCancelled"))),
            is_last and job["status"] == "SUCCEEDED",
        )


def _exit_code(container: Mapping[str, Any]) -> int | None:
    code = container.get("exitCode")
    if code is not None and type(code) is not int:
        raise TypeError(f"exitCode is {code!r}")
    return code


def _seconds(attempt: Mapping[str, Any]) -> float | None:
    started, stopped = attempt.get("startedAt"), attempt.get("stoppedAt")
    if not started or not stopped:
        return None
    return max(0, int(stopped) - int(started)) / 1000
