"""Composite jobs: array jobs and their children, multi-node jobs and their nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from batchmock.simulation.jobs.job import Container, Job, Submission, TaskContainer
from batchmock.simulation.jobs.lifecycle import (
    ARRAY_PARENT_MOVES,
    JOB_STATUSES,
    NODE_MOVES,
    SUBMITTED,
)
from batchmock.simulation.jobs.retry import RetryStrategy
from batchmock.simulation.tracking.records import TrackedJob

_ONE_ATTEMPT = RetryStrategy()

#: The length of an unscripted run of a main node, in stages. The other nodes start with its run and end
#: before it: one stage in STARTING, one in RUNNING.
STAGES_OF_A_MAIN_NODE: Final = 3


class ArrayJob(Job):
    """
    An array job: it has no attempts of its own, and is PENDING until its last child has ended.

    `summary` counts the children by status, and is updated as they move.
    """

    __slots__ = (
        "children",
        "n_to_n",
        "sequential",
        "size",
        "submission",
        "summary",
        "summary_at_ms",
        "unfinished",
    )

    has_children = True

    moves = ARRAY_PARENT_MOVES

    def __init__(
        self,
        job_id: str,
        name: str,
        submission: Submission,
        dependencies: tuple[Job, ...] = (),
        *,
        size: int,
        sequential: bool,
        n_to_n: tuple[ArrayJob, ...],
    ) -> None:
        super().__init__(job_id, name, submission, dependencies)
        self.submission = submission
        self.size = size
        #: Whether each child waits for the one before it.
        self.sequential = sequential
        #: The array jobs of which each child waits for the child with its own index.
        self.n_to_n = n_to_n
        self.children: list[ArrayChild] = []
        self.unfinished = size
        self.summary = dict.fromkeys(JOB_STATUSES, 0)
        self.summary[SUBMITTED] = size
        self.summary_at_ms = 0

    def member_moved(self, job: Job, from_status: str) -> None:
        """Update the summary after a child has moved."""
        self.summary[from_status] -= 1
        self.summary[job.status] += 1
        self.summary_at_ms = job.history[-1].at_ms if job.history else self.created_at_ms


class ArrayChild(Job):
    """One child of an array job, with its own status, attempts and dependencies."""

    __slots__ = ("array_index", "parent")

    def __init__(self, parent: ArrayJob, index: int, dependencies: tuple[Job, ...]) -> None:
        super().__init__(f"{parent.id}:{index}", parent.name, parent.submission, dependencies)
        self.parent: ArrayJob = parent
        self.array_index = index
        self.sequence = parent.sequence
        self.refusal = parent.refusal


class NodeContents:
    """
    The contents of one node of a multi-node job; `request` is its form in replies.

    `instance_type` is the type that the node must run on, if its node range names one.
    """

    __slots__ = ("container", "containers", "instance_type", "request")

    def __init__(
        self,
        container: Container,
        containers: tuple[TaskContainer, ...],
        request: object,
        instance_type: str | None = None,
    ) -> None:
        self.container = container
        self.containers = containers
        self.request = request
        self.instance_type = instance_type


class MultiNodeJob(Job):
    """A multi-node parallel job. Its status is that of its main node; the other nodes have their own."""

    __slots__ = ("contents", "main_index", "node_index", "nodes", "stages_of_a_run", "submission")

    is_followed = True

    def __init__(
        self,
        job_id: str,
        name: str,
        submission: Submission,
        dependencies: tuple[Job, ...] = (),
        *,
        contents: Sequence[NodeContents],
        main_node: int,
    ) -> None:
        super().__init__(job_id, name, submission, dependencies)
        self.submission = submission
        self.contents = contents
        self.main_index = main_node
        self.node_index = main_node
        self.stages_of_a_run = STAGES_OF_A_MAIN_NODE if len(contents) > 1 else 1
        #: The nodes that have been created, by index.
        self.nodes: dict[int, Node] = {}

    @property
    def main(self) -> Node:
        """The main node; it exists from STARTING on."""
        return self.nodes[self.main_index]


class Node(Job):
    """One node of a multi-node job. It is created when it is started, and is never retried alone."""

    __slots__ = ("contents", "node_index", "parent")

    moves = NODE_MOVES

    def __init__(self, parent: MultiNodeJob, index: int) -> None:
        contents = parent.contents[index]
        submission = parent.submission._replace(
            container=contents.container,
            containers=contents.containers,
            retry=_ONE_ATTEMPT,
            timeout_ms=None,
            consumes=(),
        )
        super().__init__(f"{parent.id}#{index}", parent.name, submission)
        self.contents = contents
        self.parent: MultiNodeJob = parent
        self.node_index = index
        self.sequence = parent.sequence

    @property
    def is_main(self) -> bool:
        """Whether the job ends with this node."""
        return self.node_index == self.parent.main_index


def most_attempts(job: TrackedJob) -> int:
    """Return how many attempts a job may have; a node has those of its multi-node job."""
    return (job.parent if isinstance(job, Node) else job).retry.attempts


def dependencies_of(job: TrackedJob) -> Sequence[TrackedJob]:
    """Return the jobs that a job depends on; an array job also has those of its children, as whole jobs."""
    return (*job.dependencies, *job.n_to_n) if isinstance(job, ArrayJob) else job.dependencies
