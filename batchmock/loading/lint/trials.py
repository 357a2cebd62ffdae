"""Trials: run jobs of each definition in a copy of the region, so that the simulation finds mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import dumps
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.loading.carry_out import carry_out
from batchmock.loading.descriptions import reading
from batchmock.loading.sources import Document
from batchmock.observe.jobs.waiting import why_it_waits
from batchmock.operations import Handler
from batchmock.operations.compute_environments.environments import (
    describe_compute_environments,
)
from batchmock.operations.consumable_resources import (
    CONSUMABLE_RESOURCES,
    describe_consumable_resource,
)
from batchmock.operations.job_definitions.definitions import describe_job_definitions
from batchmock.operations.job_queues.queues import JOB_QUEUES, describe_job_queues
from batchmock.operations.job_queues.scheduling_policies import (
    SCHEDULING_POLICIES,
    describe_scheduling_policies,
)
from batchmock.operations.jobs.stops import terminate_job
from batchmock.operations.jobs.submit import submit_job
from batchmock.operations.region import Region
from batchmock.outcomes import FARGATE_SPOT_INTERRUPTED, HOST_TERMINATED
from batchmock.scripts import Scripts
from batchmock.simulation.assumptions import Policies
from batchmock.simulation.engine import Simulation
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import SUCCEEDED
from batchmock.simulation.jobs.retry import Failure, decide

_STAGE_MS: Final = 1000
_PARAMETER: Final = re.compile(r"Ref::([A-Za-z0-9_-]+)")
#: The status reason of an attempt that loses its Spot capacity, by the type of the environment.
SPOT_LOSSES: Final = {
    "SPOT": HOST_TERMINATED.format(instance="i-0123456789abcdef0"),
    "FARGATE_SPOT": FARGATE_SPOT_INTERRUPTED,
}


class Trials:
    """
    A copy of a region, in which jobs can be tried.

    Args:
        region: the region; it is not changed.
    """

    def __init__(self, region: Region) -> None:
        self._simulation = Simulation(
            start_ms=region.simulation.clock.epoch_ms,
            stage_ms=_STAGE_MS,
            stop_grace_ms=0,
            retention_ms=_STAGE_MS,
            seed=0,
            scripts=Scripts(),
            policies=Policies(),
        )
        self._region = Region(region.account_id, region.name, self._simulation, 0)
        document = Document("the region", "region", [_description_of(region)])
        carry_out(self._region, reading(document, self._region, {}).in_order())

    def obstacle_to(self, definition: dict[str, Any], queue: str) -> str | None:
        """Return why a job of a definition cannot run in a queue; None if it can."""
        try:
            job = self._submitted("tried", definition, queue)
        except ServiceError as refusal:
            return refusal.message
        self._simulation.run(until=lambda: job.is_terminal or job.waits_for_capacity)
        if job.is_terminal:
            return None if job.status == SUCCEEDED else job.status_reason
        sentences = [text for text in why_it_waits(job) if not text.startswith("It is ")]
        self._discard(job)
        return " ".join(sentences)

    def fatal_spot_loss(self, definition: dict[str, Any], queue: str) -> str | None:
        """
        Return the status reason of a Spot loss that ends a job for good at its first attempt.

        Returns:
            The reason; None if the job is retried, or if the queue has no Spot capacity.
        """
        record = JOB_QUEUES.of(self._region)[queue]
        kinds = [
            item.detail.get("computeResources", {}).get("type") for item in record.environments
        ]
        losses = [reason for kind, reason in SPOT_LOSSES.items() if kind in kinds]
        if not losses:
            return None
        job = self._submitted("tried", definition, queue)
        self._discard(job)
        for reason in losses:
            failure = Failure(reason, None, None)
            is_exact = Policies().case_sensitive_patterns
            if not decide(job.retry, 1, failure, case_sensitive=is_exact).retry:
                return reason
        return None

    def _discard(self, job: Job) -> None:
        terminate_job(self._region, {"jobId": job.id, "reason": "tried"})
        self._simulation.run()

    def takes_jobs(self, queue: str) -> bool:
        """Return whether a queue is for jobs in containers, and ENABLED."""
        record = JOB_QUEUES.of(self._region).get(queue)
        return record is not None and record.simulated.enabled

    def definition(self, arn: str) -> dict[str, Any]:
        """Return the description of a job definition."""
        found = describe_job_definitions(self._region, {"jobDefinitions": [arn]})["jobDefinitions"]
        definition: dict[str, Any] = found[0]
        return definition

    def _submitted(self, name: str, definition: dict[str, Any], queue: str) -> Job:
        request: dict[str, Any] = {
            "jobName": name,
            "jobQueue": queue,
            "jobDefinition": definition["jobDefinitionArn"],
            "parameters": dict.fromkeys(_PARAMETER.findall(dumps(definition)), "1"),
        }
        if JOB_QUEUES.of(self._region)[queue].policy is not None:
            request["shareIdentifier"] = "tried"
            if "schedulingPriority" not in definition:
                request["schedulingPriorityOverride"] = 0
        reply = submit_job(self._region, request)
        return self._simulation.jobs.by_id[reply["jobId"]]


def _description_of(region: Region) -> dict[str, Any]:
    """Return the descriptions of a region's resources, except those only for service jobs."""
    policies = [record.arn for record in SCHEDULING_POLICIES.of(region).values()]
    described = describe_scheduling_policies(region, {"arns": policies})
    queues = _pages(describe_job_queues, region, "jobQueues")
    return {
        **described,
        "computeEnvironments": list(
            _pages(describe_compute_environments, region, "computeEnvironments")
        ),
        "consumableResources": [
            describe_consumable_resource(region, {"consumableResource": name})
            for name in CONSUMABLE_RESOURCES.of(region)
        ],
        "jobQueues": [queue for queue in queues if "serviceEnvironmentOrder" not in queue],
        "jobDefinitions": list(_pages(describe_job_definitions, region, "jobDefinitions")),
    }


def _pages(operation: Handler, region: Region, member: str) -> Iterator[dict[str, Any]]:
    request: dict[str, Any] = {}
    while True:
        reply = operation(region, request)
        yield from reply[member]
        if "nextToken" not in reply:
            return
        request = {"nextToken": reply["nextToken"]}
