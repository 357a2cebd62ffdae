"""How an array job begins with its children, and ends with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchmock.simulation.jobs.dependencies import depend_on
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import (
    ARRAY_CHILD_JOB_FAILED,
    DEPENDENT_JOB_FAILED,
    FAILED,
    SUCCEEDED,
)

if TYPE_CHECKING:
    from batchmock.simulation.engine import Simulation


def spawn_children(simulation: Simulation, parent: ArrayJob) -> None:
    """Make the children of an array job, each with its own dependencies."""
    parent.summary_at_ms = simulation.now_ms
    for index in range(parent.size):
        dependencies: list[Job] = [other.children[index] for other in parent.n_to_n]
        if parent.sequential and index:
            dependencies.append(parent.children[index - 1])
        child = ArrayChild(parent, index, tuple(dependencies))
        parent.children.append(child)
        simulation.register(child)
        for dependency in dependencies:
            depend_on(child, dependency)


def end_with_last_child(simulation: Simulation, parent: ArrayJob) -> None:
    """Note that a child has ended, and end the array job with its last child, never earlier."""
    parent.unfinished -= 1
    if parent.unfinished:
        return
    if not parent.summary[FAILED]:
        simulation.finish(parent, SUCCEEDED, None)
    elif parent.stop_reason is not None:
        simulation.finish(parent, FAILED, parent.stop_reason)
    elif parent.failed_dependency is not None:
        simulation.finish(parent, FAILED, DEPENDENT_JOB_FAILED)
    else:
        simulation.finish(parent, FAILED, ARRAY_CHILD_JOB_FAILED)
