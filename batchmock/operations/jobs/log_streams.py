"""
The log groups and log streams of a job's containers in Amazon CloudWatch Logs.

Source: AWS Batch user guide, "Use CloudWatch Logs with AWS Batch" and the awslogs log driver
(documented); names of streams as captured. Pods on Amazon EKS have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from batchmock.operations.job_definitions.attempt_details import log_stream_name
from batchmock.operations.job_definitions.containers import ContainerContents
from batchmock.operations.job_definitions.contents import Contents
from batchmock.operations.job_definitions.ecs_tasks import EcsContents
from batchmock.operations.job_definitions.nodes import NodesContents
from batchmock.operations.jobs.describe import contents_of
from batchmock.operations.jobs.find import request_of
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.tasks import ONLY_CONTAINER

DEFAULT_GROUP: Final = "/aws/batch/job"
AWSLOGS: Final = "awslogs"


class LogGroupKey(NamedTuple):
    """A log group of one account in one region."""

    account_id: str
    region: str
    name: str


class LogStreamKey(NamedTuple):
    """A log stream, and the name of the container that writes it; None for a single container."""

    group: LogGroupKey
    name: str
    container: str | None


def log_groups(job: Job) -> set[LogGroupKey]:
    """Return the log groups of the containers of a job or of its nodes."""
    request = request_of(job)
    return {
        group
        for contents in _members(request.contents)
        for _, properties in _containers(contents)
        for group in _group(job, properties)
    }


def log_streams(job: Job, attempt: Attempt) -> list[LogStreamKey]:
    """Return the log streams of an attempt, one for each container."""
    contents = contents_of(job)
    several = isinstance(contents, EcsContents)
    return [
        LogStreamKey(
            group,
            log_stream_name(request_of(job).definition.name, properties, attempt, name),
            name if several else None,
        )
        for name, properties in _containers(contents)
        for group in _group(job, properties)
    ]


def _members(contents: Contents) -> tuple[Contents, ...]:
    return contents.ranges if isinstance(contents, NodesContents) else (contents,)


def _containers(contents: Contents) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the containers that may log to CloudWatch, each with its name and properties."""
    if isinstance(contents, ContainerContents):
        yield ONLY_CONTAINER, contents.properties
    elif isinstance(contents, EcsContents):
        names = (item.name for item in contents.runs().containers)
        yield from zip(names, contents.properties["taskProperties"][0]["containers"], strict=True)


def _group(job: Job, properties: Mapping[str, Any]) -> Iterator[LogGroupKey]:
    """Return the log group of a container; None for log drivers other than awslogs."""
    configuration = properties.get("logConfiguration") or {}
    options = configuration.get("options") or {}
    if (configuration.get("logDriver") or AWSLOGS) == AWSLOGS:
        region = request_of(job).region
        yield LogGroupKey(
            region.account_id,
            options.get("awslogs-region", region.name),
            options.get("awslogs-group", DEFAULT_GROUP),
        )
