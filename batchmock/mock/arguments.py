"""Checks of arguments that several methods of a mock take: jobs, statuses, indexes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from batchmock.errors import BatchMockError
from batchmock.globs import is_arn
from batchmock.nearest import counted, did_you_mean
from batchmock.observe.jobs.service_views import ServiceJobView
from batchmock.observe.jobs.views import JobView
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES

#: What else has an ARN that tests have at hand.
_OTHER_RESOURCES: Final = ("compute-environment", "job-definition", "job-queue")

#: The largest index that a child of an array job can have.
LARGEST_ARRAY_INDEX: Final = 9_999


def check_status(status: object, possible: tuple[str, ...]) -> None:
    """
    Check that a status exists.

    Raises:
        BatchMockError: the status does not exist.
    """
    if status not in possible:
        suggestion = "" if status in SERVICE_JOB_STATUSES else did_you_mean(status, possible)
        raise BatchMockError(
            f"batchmock: {status!r} is not a status of this kind of job."
            f"{suggestion} Use one of {', '.join(possible)}."
        )


def id_of(job: object, verb: str) -> str:
    """
    Return the id of a job that was passed as an id, as an ARN or as a view.

    Args:
        job: the argument.
        verb: the method that was called, for the message.

    Raises:
        BatchMockError: the argument is neither; for a reply or several jobs, the message shows what to write.
    """
    if isinstance(job, str):
        return _id_in_arn(job, verb) if is_arn(job) else job
    if isinstance(job, (JobView, ServiceJobView)):
        return job.id
    if isinstance(job, Mapping):
        members = ", ".join(
            repr(name) for name in sorted(map(str, job)) if name != "ResponseMetadata"
        )
        raise BatchMockError(
            f"batchmock: {verb}() got a dict with {members} instead of a job. "
            f'Pass the id in it: {verb}(reply["jobId"], ...).'
        )
    if isinstance(job, Iterable) and not isinstance(job, bytes):
        number = len(list(job))
        raise BatchMockError(
            f"batchmock: {verb}() got {counted(number, 'job')} in a {_kind(job)}, and takes one job. "
            f"Call it once for each: for job in jobs: {verb}(job, ...)."
        )
    raise BatchMockError(
        f"batchmock: {verb}() got {job!r}, which is not a job. Pass the jobId that submit_job returned, "
        "or a job of batch_mock.jobs."
    )


def _id_in_arn(arn: str, verb: str) -> str:
    before, _, job_id = arn.rpartition("/")
    kind = before.rpartition(":")[2]
    if kind in _OTHER_RESOURCES:
        raise BatchMockError(
            f"batchmock: {verb}() got the ARN of a {kind.replace('-', ' ')} instead of a job: {arn!r}. "
            "Pass the jobId or the jobArn that submit_job returned."
        )
    return job_id


def _kind(job: object) -> str:
    return type(job).__name__ if isinstance(job, (list, tuple, set, dict)) else "sequence"


def check_index(index: object, name: str, verb: str, largest: int | None = None) -> None:
    """
    Check the index of an array child or of a node.

    Raises:
        BatchMockError: no job can have this index.
    """
    if index is None:
        return
    if type(index) is int and index >= 0 and (largest is None or index <= largest):
        return
    up_to = "0 or more" if largest is None else f"from 0 to {largest:,}"
    what = "child of an array job" if name == "array_index" else "node of a multi-node job"
    raise BatchMockError(
        f"batchmock: {verb}() got {name}={index!r}, and no {what} has that index. "
        f"Pass a whole number, {up_to}."
    )
