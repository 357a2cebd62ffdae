"""
Mistakes that type checkers find: each line with a `type: ignore` is an error of mypy and of pyright.

It is never run. An ignore without an error is itself an error for both.
"""

from __future__ import annotations

from batchmock import (
    BatchMock,
    HoldStage,
    JobStatus,
    MockOptions,
    Operation,
    call,
    fail,
    mock_batch,
    program_killed,
    succeed,
    throttled,
)


def options() -> None:
    """Pass unknown options or invalid values."""
    mock_batch(regoin="us-east-1")  # type: ignore[call-overload]
    mock_batch(advance="sleeping")  # type: ignore[call-overload]
    mock_batch(policies={})  # type: ignore[call-overload]
    mock_batch(strict="yes")  # type: ignore[call-overload]
    mock_batch(account_id=123456789012)  # type: ignore[call-overload]
    mock_batch("us-east-1")  # type: ignore[call-overload]
    BatchMock(region="us-east-1")  # type: ignore[arg-type]
    given: MockOptions = {"regoin": "us-east-1"}  # type: ignore[typeddict-unknown-key]
    print(given)  # noqa: T201


def names(batch_mock: BatchMock, job_id: str) -> None:
    """Misspell statuses, stages and operations."""
    batch_mock.run_until(job_id, "SUCEEDED")  # type: ignore[arg-type]
    batch_mock.hold("train", at="SUCCEEDED")  # type: ignore[arg-type]
    batch_mock.inject("submit_job", throttled())  # type: ignore[arg-type]
    program_killed("during")  # type: ignore[arg-type]
    batch_mock.calls.of("TerminateJobs_typo")  # type: ignore[arg-type]
    batch_mock.calls.count("submit_job")  # type: ignore[arg-type]
    status: JobStatus = "DONE"  # type: ignore[assignment]
    stage: HoldStage = "FAILED"  # type: ignore[assignment]
    operation: Operation = "SubmitJobs"  # type: ignore[assignment]
    print(status, stage, operation)  # noqa: T201


def statuses(batch_mock: BatchMock) -> bool:
    """Compare a status with one that no job has."""
    return batch_mock.jobs.only().status == "SUCEEDED"  # type: ignore[comparison-overlap]


def jobs(batch_mock: BatchMock, ids: list[str], reply: dict[str, str]) -> None:
    """Pass other objects in place of a job."""
    batch_mock.run_until(reply, "RUNNING")  # type: ignore[arg-type]
    batch_mock.run_until(ids, "RUNNING")  # type: ignore[arg-type]
    batch_mock.job(None)  # type: ignore[arg-type]


def functions(batch_mock: BatchMock) -> None:
    """Pass functions with a wrong number of parameters."""
    batch_mock.script("*", call(lambda: 0))  # type: ignore[arg-type,misc]
    batch_mock.subscribe(lambda: None)  # type: ignore[arg-type]


def arguments(batch_mock: BatchMock) -> None:
    """Pass arguments of a wrong type or name."""
    batch_mock.script("*", succeed(), array_index="3")  # type: ignore[arg-type]
    batch_mock.script("*", succeed(), job_que="x")  # type: ignore[call-arg]
    batch_mock.script("*", fail(code=3))  # type: ignore[call-arg]
