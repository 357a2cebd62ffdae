"""Array jobs: creating the children, and ending with the last of them."""

from __future__ import annotations

from batchmock.simulation.jobs.dependencies import depend_on
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import (
    ARRAY_CHILD_JOB_FAILED,
    DEPENDENT_JOB_FAILED,
    FAILED,
    SUCCEEDED,
)
from batchmock.simulation.tracking.tracker import Tracker


def spawn_children(tracker: Tracker[Job], parent: ArrayJob) -> None:
    """Create the children of an array job, each with its own dependencies."""
    parent.summary_at_ms = tracker.now_ms
    for index in range(parent.size):
        dependencies: list[Job] = [other.children[index] for other in parent.n_to_n]
        if parent.sequential and index:
            dependencies.append(parent.children[index - 1])
        child = ArrayChild(parent, index, tuple(dependencies))
        parent.children.append(child)
        tracker.register(child)
        for dependency in dependencies:
            depend_on(child, dependency)


def end_with_last_child(tracker: Tracker[Job], parent: ArrayJob) -> None:
    """Count the end of a child, and end the array job with its last child."""
    parent.unfinished -= 1
    if parent.unfinished:
        return
    if not parent.summary[FAILED]:
        tracker.finish(parent, SUCCEEDED, None)
    elif parent.stop_reason is not None:
        tracker.finish(parent, FAILED, parent.stop_reason)
    elif parent.failed_dependency is not None:
        tracker.finish(parent, FAILED, DEPENDENT_JOB_FAILED)
    else:
        tracker.finish(parent, FAILED, ARRAY_CHILD_JOB_FAILED)
