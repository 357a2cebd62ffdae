"""
DescribeJobs: the keys that a job shows, and when.

Source: DescribeJobs (documented); which keys are present is captured from jobs in every status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from batchmock.copies import copy_of
from batchmock.operations.job_definitions.containers import ContainerContents
from batchmock.operations.job_definitions.contents import Contents
from batchmock.operations.job_definitions.retry_strategies import shown_strategy
from batchmock.operations.jobs.find import request_of, shown_jobs
from batchmock.operations.jobs.request import JobRequest
from batchmock.operations.member_order import in_model_order
from batchmock.operations.region import Region
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob, Node
from batchmock.simulation.jobs.job import Job

_PLAIN: Final = frozenset({Job, ArrayJob, ArrayChild})


def describe_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe up to 100 jobs by id or ARN, in request order (assumed); unknown ids are left out.

    Returns:
        `{"jobs": [JobDetail, ...]}`; times are milliseconds since the epoch.

    Source:
        DescribeJobs (documented).
    """
    return {"jobs": [job_detail(job) for job in shown_jobs(region, request["jobs"])]}


def described_state(region: Region, request: Mapping[str, Any]) -> list[object] | None:
    """
    Return what the reply to a DescribeJobs request depends on: equal states have equal replies.

    Returns:
        For each job, all that its details are made of and that can change; None if jobs are among them whose
        details also depend on how their containers or nodes run.
    """
    states: list[object] = []
    for job in shown_jobs(region, request["jobs"]):
        state = _state_of(job)
        if state is None:
            return None
        states.append(state)
    return states


def _state_of(job: Job) -> tuple[object, ...] | None:
    """Return the mutable parts of a job of one container; None for other jobs."""
    # A `JobRequest`; `request_of` would take as long as a third of this function.
    request: Any = job.request
    if job.__class__ not in _PLAIN or request.contents.member != ContainerContents.member:
        return None
    attempt = job.attempt or job.last_attempt
    tags = request.region.job_tags.get(job.id)
    return (
        job,
        job.status,
        job.status_reason,
        job.started_at_ms,
        job.stopped_at_ms,
        # Ended attempts do not change.
        job.attempts,
        attempt,
        None if attempt is None else (attempt.exit_code, attempt.reason, attempt.placed_on),
        job.is_cancelled,
        job.is_terminated,
        tags and tuple(tags.items()),
        (job.summary_at_ms, *job.summary.values()) if isinstance(job, ArrayJob) else None,
    )


class JobState(Protocol):
    """
    What the details of a job show that changes: the job itself has it, and a record of its past.

    That of an array job also has `summary` and `summary_at_ms`.
    """

    @property
    def status(self) -> str:
        """The status."""

    @property
    def status_reason(self) -> str | None:
        """The reason of the status, if it has one."""

    @property
    def started_at_ms(self) -> int | None:
        """The start of the attempt that it shows, if it has started."""

    @property
    def stopped_at_ms(self) -> int | None:
        """The end of the job, if it has ended."""

    @property
    def attempt(self) -> Attempt | None:
        """The attempt under way."""

    @property
    def last_attempt(self) -> Attempt | None:
        """The attempt with which the job ended."""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts that have ended."""

    @property
    def is_cancelled(self) -> bool:
        """Whether a cancellation was accepted."""

    @property
    def is_terminated(self) -> bool:
        """Whether a termination was accepted."""


def job_detail(job: Job, past: JobState | None = None) -> dict[str, Any]:
    """
    Return a copy of a job as DescribeJobs shows it, now or at another time.

    The members of a job of one container are in the order of the model, which saves reordering them.

    Args:
        job: the job.
        past: its state then; None for now.
    """
    state: JobState = past or job
    request = request_of(job)
    region = request.region
    contents = contents_of(job) if job.__class__ is Node else request.contents
    detail: dict[str, Any] = {
        "jobArn": region.job_arns + job.id,
        "jobName": job.name,
        "jobId": job.id,
        "jobQueue": job.queue.arn,
        "status": state.status,
    }
    if job.share_identifier is not None:
        detail["shareIdentifier"] = job.share_identifier
    if request.scheduling_priority is not None:
        detail["schedulingPriority"] = request.scheduling_priority
    detail["attempts"] = []
    _add_progress(detail, job, state, request)
    detail["jobDefinition"] = request.definition.arn
    detail["parameters"] = request.parameters.copy()
    detail.update(contents.job_members(region, job, state.attempt or state.last_attempt))
    if job.__class__ is not Job:
        _add_family(detail, job, state)
    _add_settings(detail, job, request)
    if state.attempts:
        detail[contents.attempts_member] = [
            contents.attempt_detail(region, job, attempt) for attempt in state.attempts
        ]
    if state.is_cancelled:
        detail["isCancelled"] = True
    if state.is_terminated:
        detail["isTerminated"] = True
    if request.consumable_resources is not None:
        detail["consumableResourceProperties"] = copy_of(request.consumable_resources)
    return detail


def _add_progress(detail: dict[str, Any], job: Job, state: JobState, request: JobRequest) -> None:
    """
    Add the reason, the retry strategy, the times and the dependencies.

    The times of an array parent are left out, and children and nodes have no dependencies (captured).
    """
    if state.status_reason is not None:
        detail["statusReason"] = state.status_reason
    detail["createdAt"] = job.created_at_ms
    if request.retry is not None and job.__class__ is not Node:
        detail["retryStrategy"] = shown_strategy(request.retry)
    if job.__class__ is not ArrayJob:
        if state.started_at_ms is not None:
            detail["startedAt"] = state.started_at_ms
        if state.stopped_at_ms is not None:
            detail["stoppedAt"] = state.stopped_at_ms
    depends_on = request.depends_on
    if depends_on and job.parent is None:
        depends_on = copy_of(in_model_order("JobDependency", depends_on))
    else:
        depends_on = []
    detail["dependsOn"] = depends_on


def _add_settings(detail: dict[str, Any], job: Job, request: JobRequest) -> None:
    """Add the time limit, the tags and the platform."""
    if request.timeout is not None:
        detail["timeout"] = copy_of(request.timeout)
    # Captured: children and nodes have none.
    tags = request.region.job_tags.get(job.id)
    detail["tags"] = tags.copy() if tags else {}
    if request.propagate_tags is not None:
        detail["propagateTags"] = request.propagate_tags
    platforms = request.definition.shown.get("platformCapabilities")
    detail["platformCapabilities"] = platforms.copy() if platforms else []
    detail["eksAttempts"] = []


def contents_of(job: Job) -> Contents:
    """Return the contents of a job; those of its range for a node."""
    # The type of the simulation is `object`; a `cast` would take as long as the rest of this function.
    source: Any = job
    of_job: Contents = source.contents.request if job.__class__ is Node else source.request.contents
    return of_job


def _add_family(detail: dict[str, Any], job: Job, state: Any) -> None:
    """Add the members that only array parents, array children and nodes show (captured)."""
    if isinstance(job, ArrayJob):
        detail["arrayProperties"] = array_properties(job, state)
    elif isinstance(job, ArrayChild):
        detail["arrayProperties"] = {"statusSummary": {}, "index": job.array_index}
    elif isinstance(job, Node):
        detail["nodeDetails"] = {"nodeIndex": job.node_index, "isMainNode": job.is_main}


def array_properties(job: ArrayJob, state: Any) -> dict[str, Any]:
    """Return `arrayProperties` of an array parent, with the counts of all seven statuses in a state of it."""
    return {
        "size": job.size,
        "statusSummary": dict(state.summary),
        "statusSummaryLastUpdatedAt": state.summary_at_ms,
    }
