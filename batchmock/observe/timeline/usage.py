"""The vCPUs used by jobs over time."""

from __future__ import annotations

from collections.abc import Iterable

from batchmock.observe.timeline.record import Record
from batchmock.simulation.jobs.families import ArrayJob, MultiNodeJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import RUNNING, STARTING
from batchmock.simulation.tracking.records import TrackedJob


def milli_vcpus(job: TrackedJob) -> int:
    """Return the vCPUs that a job uses during an attempt, in thousandths."""
    if not isinstance(job, Job) or isinstance(job, ArrayJob):
        return 0
    if isinstance(job, MultiNodeJob):
        return sum(milli_vcpus(node) for node in job.nodes.values())
    containers = [item.container for item in job.containers] or [job.container]
    return round(1000 * sum(container.vcpus for container in containers))


def usage(record: Record, jobs: Iterable[TrackedJob]) -> list[tuple[int, int]]:
    """Return the vCPUs in use, in thousandths, at each time at which they change."""
    changes: dict[int, int] = {}
    for job in jobs:
        vcpus = milli_vcpus(job)
        for stage in record.stages(job) if vcpus else ():
            if stage.status in (STARTING, RUNNING):
                changes[stage.from_ms] = changes.get(stage.from_ms, 0) + vcpus
                changes[stage.to_ms] = changes.get(stage.to_ms, 0) - vcpus
    used, found = 0, []
    for at_ms, change in sorted(changes.items()):
        if change:
            used += change
            found.append((at_ms, used))
    return found
