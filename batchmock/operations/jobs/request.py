"""The request of a job, merged with its definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.operations.job_definitions.contents import Contents
from batchmock.operations.job_definitions.definitions import JobDefinition
from batchmock.operations.job_definitions.retry_strategies import simulated_strategy
from batchmock.operations.region import Region
from batchmock.simulation.jobs.job import Submission

# Shared by all jobs without dependencies; never changed.
_NO_LIST: Final[list[Any]] = []


class JobRequest:
    """
    The members of a job that DescribeJobs shows and the simulation does not need.

    Its members don't change: jobs with equal requests share one, and children share their parent's.
    """

    __slots__ = (
        "consumable_resources",
        "contents",
        "definition",
        "depends_on",
        "parameters",
        "propagate_tags",
        "region",
        "retry",
        "scheduling_priority",
        "submission",
        "timeout",
        "timeout_ms",
    )

    def __init__(
        self,
        region: Region,
        definition: JobDefinition,
        contents: Contents,
        request: Mapping[str, Any],
        parameters: dict[str, str],
    ) -> None:
        shown = definition.shown
        self.region = region
        self.definition = definition
        self.contents = contents
        self.depends_on: list[dict[str, str]] = request.get("dependsOn", _NO_LIST)
        self.parameters = parameters
        self.timeout: dict[str, int] | None = request.get("timeout", shown.get("timeout"))
        self.timeout_ms: int | None = None
        if self.timeout and "attemptDurationSeconds" in self.timeout:
            self.timeout_ms = self.timeout["attemptDurationSeconds"] * 1000
        self.propagate_tags: bool | None = request.get("propagateTags", shown.get("propagateTags"))
        self.consumable_resources: dict[str, Any] | None = request.get(
            "consumableResourcePropertiesOverride", shown.get("consumableResourceProperties")
        )
        self.scheduling_priority: int | None = request.get(
            "schedulingPriorityOverride", shown.get("schedulingPriority")
        )
        #: The submission of the last job with this request, which the next one may share.
        self.submission: Submission | None = None
        self.retry = definition.retry
        if "retryStrategy" in request:
            # Captured: it replaces the definition's as a whole.
            self.retry = simulated_strategy(request["retryStrategy"])
