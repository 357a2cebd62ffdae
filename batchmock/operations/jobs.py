"""
SubmitJob, CancelJob, TerminateJob.

Source: those operations (documented); texts as captured from SubmitJob unless a constant says
otherwise. What is checked on the request body alone is `validation`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from json import dumps
from typing import Any, Final

from batchmock.errors import ServiceError, UnsupportedError
from batchmock.operations.containers import simulated_container, with_overrides
from batchmock.operations.job_definitions import JobDefinition, find_definition_to_run
from batchmock.operations.job_queues import JobQueueRecord, find_job_queue
from batchmock.operations.region import Region
from batchmock.operations.retry_strategies import shown_strategy, simulated_strategy
from batchmock.simulation.job import Container, Job
from batchmock.validation.rules.resources import (
    below_minimum,
    fargate_pair,
    gpu_on_fargate,
    not_a_number,
)

# Captured.
QUEUE_NOT_FOUND: Final = "JobQueue {given} not found."
WRONG_CAPABILITY: Final = (
    "Job Queue is attached to Compute Environment that can not run Jobs with capability "
    "{capability}."
)
SHARE_ON_FIFO_QUEUE: Final = (
    "Job with shareIdentifier or schedulingPriority can onlybe submitted to job queue with fair "
    "share scheduling policy."
)
NO_PARAMETER: Final = "Unable to substitute value. No parameter found for reference {name}"
NOT_ON_FARGATE: Final = "{name} is not applicable for Fargate. Use resource requirements instead."
OVERRIDES_TOO_LONG: Final = "Container Overrides length must be at most 8192"
# Assumed: the service refuses these; its words are not known.
QUEUE_NOT_ENABLED: Final = "JobQueue {arn} is not in ENABLED state."
UNKNOWN_DEPENDENCY: Final = "Dependent job {job_id} does not exist."
WRONG_OVERRIDES: Final = "{name} is not applicable for a job definition with containerProperties."
CONSUMABLE_RESOURCE_NOT_FOUND: Final = "ConsumableResource {name} not found."
TOO_MANY_PROPAGATED_TAGS: Final = "The combined tags of the job and its job definition exceed 50."

# Shared by the many jobs that were given nothing; never changed.
_NOTHING: Final[dict[str, Any]] = {}
_NO_LIST: Final[list[Any]] = []

MAX_OVERRIDES_LENGTH: Final = 8192
MAX_PROPAGATED_TAGS: Final = 50
_WHOLE_REFERENCE: Final = re.compile(r"\ARef::(.*)\Z", re.DOTALL)
_REFERENCE: Final = re.compile(r"Ref::([A-Za-z0-9_-]+)")
_OTHER_OVERRIDES: Final = ("nodeOverrides", "eksPropertiesOverride", "ecsPropertiesOverride")


class JobRequest:
    """What DescribeJobs shows of a job and the simulation does not need. Never changed once made."""

    __slots__ = (
        "arn",
        "consumable_resources",
        "definition",
        "depends_on",
        "parameters",
        "propagate_tags",
        "properties",
        "region",
        "retry_strategy",
        "tags",
        "timeout",
    )

    def __init__(
        self,
        region: Region,
        definition: JobDefinition,
        properties: dict[str, Any],
        request: Mapping[str, Any],
    ) -> None:
        shown = definition.shown
        self.region = region
        self.definition = definition
        self.properties = properties
        self.arn = ""
        self.depends_on: list[dict[str, str]] = request.get("dependsOn", _NO_LIST)
        self.tags: dict[str, str] = request.get("tags", _NOTHING)
        self.parameters: dict[str, str] = request.get("parameters", _NOTHING)
        if region.simulation.policies.show_merged_parameters:
            self.parameters = _parameters(definition, request)
        self.timeout: dict[str, int] | None = request.get("timeout", shown.get("timeout"))
        self.propagate_tags: bool | None = request.get("propagateTags", shown.get("propagateTags"))
        self.consumable_resources: dict[str, Any] | None = request.get(
            "consumableResourcePropertiesOverride", shown.get("consumableResourceProperties")
        )
        self.retry_strategy: dict[str, Any] | None = shown.get("retryStrategy")
        if "retryStrategy" in request:
            self.retry_strategy = shown_strategy(request["retryStrategy"])


def submit_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Take in a job: SUBMITTED, and on its way as simulated time passes.

    Args:
        region: where.
        request: a validated SubmitJobRequest.

    Returns:
        `jobArn`, `jobName` and `jobId`.

    Raises:
        ServiceError: the queue or the job definition is unknown or does not take jobs, the overrides
            don't fit the definition, a `Ref::` has no parameter, a dependency does not exist.
        UnsupportedError: it is not a job of one container.

    Source:
        SubmitJob (documented). Queue before job definition: assumed.
    """
    queue = _queue_for(region, request)
    definition = find_definition_to_run(region, request["jobDefinition"])
    _check_family(queue, definition, request)
    properties, container = _what_runs(region, definition, request)
    details = JobRequest(region, definition, properties, request)
    _check_consumable_resources(details)
    dependencies = _dependencies(region, details.depends_on)
    simulation = region.simulation
    timeout = details.timeout.get("attemptDurationSeconds") if details.timeout else None
    job = Job(
        simulation.identifiers.uuid("job"),
        request["jobName"],
        queue.simulated,
        definition.label,
        container,
        parameters=details.parameters,
        retry=_retry(definition, request, details),
        timeout_ms=None if timeout is None else timeout * 1000,
        dependencies=dependencies,
        request=details,
    )
    job.refusal = _refusal_at_dispatch(definition, details, request)
    details.arn = region.arn("job", job.id)
    simulation.submit(job)
    return {"jobArn": details.arn, "jobName": job.name, "jobId": job.id}


def _queue_for(region: Region, request: Mapping[str, Any]) -> JobQueueRecord:
    given = request["jobQueue"]
    queue = find_job_queue(region, given)
    if queue is None:
        raise ServiceError(QUEUE_NOT_FOUND.format(given=given))
    if queue.state != "ENABLED":
        raise ServiceError(QUEUE_NOT_ENABLED.format(arn=queue.arn))
    return queue


def _check_family(
    queue: JobQueueRecord, definition: JobDefinition, request: Mapping[str, Any]
) -> None:
    capability = "FARGATE" if definition.is_fargate else "EC2"
    if queue.environment_platform not in (None, capability):
        raise ServiceError(WRONG_CAPABILITY.format(capability=capability))
    if "shareIdentifier" in request or "schedulingPriorityOverride" in request:
        raise ServiceError(SHARE_ON_FIFO_QUEUE)
    for name in _OTHER_OVERRIDES:
        if name in request:
            raise ServiceError(WRONG_OVERRIDES.format(name=name))
    if request.get("arrayProperties"):
        raise UnsupportedError(
            "batchmock: this version runs jobs of one container only, and "
            f"{request['jobName']!r} has arrayProperties. Submit it once for each child instead."
        )


def _what_runs(
    region: Region, definition: JobDefinition, request: Mapping[str, Any]
) -> tuple[dict[str, Any], Container]:
    """Give container properties after overrides and substitution; the definition's own if unchanged."""
    properties = definition.properties
    overrides = request.get("containerOverrides")
    if overrides:
        if definition.is_fargate:
            _refuse_legacy_overrides(overrides)
        properties = with_overrides(properties, overrides)
        if "resourceRequirements" in overrides or "vcpus" in overrides or "memory" in overrides:
            _check_resources(properties, "FARGATE" if definition.is_fargate else "EC2")
    if any("Ref::" in element for element in properties["command"]):
        anywhere = region.simulation.policies.substitute_inside_strings
        parameters = _parameters(definition, request)
        command = substituted(properties["command"], parameters, anywhere=anywhere)
        properties = {**properties, "command": command}
    if properties is definition.properties:
        return properties, definition.container
    return properties, simulated_container(properties)


def _check_resources(properties: dict[str, Any], platform: str) -> None:
    """Hold what a job asks for after overrides against what a job definition may ask for (assumed)."""
    for check in (gpu_on_fargate, not_a_number, below_minimum, fargate_pair):
        text = check(properties, platform)
        if text is not None:
            raise ServiceError(text, wrapped=True)


def _refuse_legacy_overrides(overrides: Mapping[str, Any]) -> None:
    for name in ("vcpus", "memory"):
        if name in overrides:
            raise ServiceError(NOT_ON_FARGATE.format(name=name))


def _parameters(definition: JobDefinition, request: Mapping[str, Any]) -> dict[str, str]:
    given: dict[str, str] = request.get("parameters", _NOTHING)
    defaults: dict[str, str] = definition.shown["parameters"]
    return {**defaults, **given} if given else defaults


def substituted(
    command: list[str], parameters: Mapping[str, str], *, anywhere: bool = False
) -> list[str]:
    """
    Replace each element `Ref::name` by the parameter's value, inside longer strings too if `anywhere`.

    Raises:
        ServiceError: a reference has no parameter.
    """

    def value(reference: re.Match[str]) -> str:
        if reference[1] not in parameters:
            raise ServiceError(NO_PARAMETER.format(name=reference[1]))
        return parameters[reference[1]]

    pattern = _REFERENCE if anywhere else _WHOLE_REFERENCE
    return [pattern.sub(value, element) for element in command]


def _retry(definition: JobDefinition, request: Mapping[str, Any], details: JobRequest) -> Any:
    """A strategy given at submit replaces the definition's as a whole (captured)."""
    if "retryStrategy" in request:
        return simulated_strategy(details.retry_strategy)
    return definition.retry


def _check_consumable_resources(details: JobRequest) -> None:
    wanted = (details.consumable_resources or {}).get("consumableResourceList", [])
    for entry in wanted:
        name = entry.get("consumableResource")
        raise ServiceError(CONSUMABLE_RESOURCE_NOT_FOUND.format(name=name))


def _dependencies(region: Region, depends_on: list[dict[str, str]]) -> tuple[Job, ...]:
    if not depends_on:
        return ()
    jobs = [find_job(region, entry["jobId"]) for entry in depends_on if "jobId" in entry]
    for job, entry in zip(jobs, depends_on, strict=True):
        if job is None:
            raise ServiceError(UNKNOWN_DEPENDENCY.format(job_id=entry["jobId"]))
    return tuple({job.id: job for job in jobs if job is not None}.values())


def _refusal_at_dispatch(
    definition: JobDefinition, details: JobRequest, request: Mapping[str, Any]
) -> str | None:
    """Give the reason for which the service takes the job and then fails it without an attempt."""
    overrides = request.get("containerOverrides")
    if overrides and _serialized_length(overrides) > MAX_OVERRIDES_LENGTH:
        return OVERRIDES_TOO_LONG
    if details.propagate_tags:
        tags = {**definition.shown["tags"], **details.tags}
        if len(tags) > MAX_PROPAGATED_TAGS:
            return TOO_MANY_PROPAGATED_TAGS
    return None


def _serialized_length(overrides: Mapping[str, Any]) -> int:
    """Give the length of overrides as JSON; of short ones an estimate, which costs a fifth."""
    estimate = len(repr(overrides))
    # One character becomes six at the most, as in "\\u00e9".
    if estimate * 6 <= MAX_OVERRIDES_LENGTH:
        return estimate
    return len(dumps(overrides, separators=(",", ":")))


def find_job(region: Region, job_id: str) -> Job | None:
    """Give the job of this account and region with an id or ARN, as long as the service shows it."""
    prefix = region.arn("job", "")
    job = region.simulation.visible_job(job_id.removeprefix(prefix))
    if job is None or not isinstance(job.request, JobRequest):
        return None
    return job if job.request.region is region else None


def cancel_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Cancel a job that has not reached STARTING; anything else, unknown ids included, changes nothing.

    Source:
        CancelJob (documented). Success for an unknown id: inferred from the bulk operation.
    """
    job = find_job(region, request["jobId"])
    if job is not None:
        region.simulation.cancel(job, request["reason"])
    return {}


def terminate_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    End a job in whatever status: cancelled before STARTING, stopped from then on, never retried.

    Source:
        TerminateJob (documented). Success for an unknown id: inferred from the bulk operation.
    """
    job = find_job(region, request["jobId"])
    if job is not None:
        region.simulation.terminate(job, request["reason"])
    return {}
