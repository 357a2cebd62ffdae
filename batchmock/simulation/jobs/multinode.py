"""
The nodes of a multi-node parallel job, which follow the job.

The job itself passes through the stages like any other, and its main node with it, attempt by attempt.
The other nodes start once the main node is RUNNING, end with their own exit codes, and are stopped when the
main node has ended. Source: AWS Batch user guide, "Multi-node parallel jobs" (documented); the order of
events is captured.
"""

from __future__ import annotations

from typing import Final, Protocol

from batchmock.simulation.jobs.dependencies import MovesDependents, notify_dependents
from batchmock.simulation.jobs.families import MultiNodeJob, Node
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import RUNNABLE, RUNNING, STARTING, SUBMITTED, TERMINAL
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.hosts import DeferredHost, Host

#: The reason of a node that is stopped because the main node has ended (assumed).
MAIN_NODE_ENDED: Final = "Main node of the multi-node parallel job exited"


class MovesNodes(MovesDependents, Protocol):
    """Moves the nodes of multi-node jobs."""

    def register(self, job: Job) -> None:
        """Register a job by its id, created now."""

    def move(self, job: Job, to_status: str, reason: str | None = None) -> None:
        """Move a job."""

    def start(
        self, job: Job, environment: ComputeEnvironment, host: Host | DeferredHost | None = None
    ) -> None:
        """Begin an attempt in a compute environment, on a host if it has any."""

    def kill(self, job: Job, reason: str) -> None:
        """Stop the attempt under way at once, and end the job with it."""


def follow(tracker: MovesNodes, job: MultiNodeJob, from_status: str) -> None:
    """Move the nodes of a job after a move of the job."""
    if job.status == STARTING:
        _start_main(tracker, job)
    elif job.status == RUNNING:
        main = job.main
        main.started_at_ms = job.started_at_ms
        tracker.move(main, RUNNING)
        _start_others(tracker, job)
    elif from_status in (STARTING, RUNNING):
        _end_others(tracker, job)
        _end_main(tracker, job)
    elif job.status in TERMINAL and job.nodes:
        _end_between_attempts(tracker, job)
    if job.status in TERMINAL:
        for index in sorted(job.nodes):
            notify_dependents(tracker, job.nodes[index])


def _node(tracker: MovesNodes, job: MultiNodeJob, index: int) -> Node:
    node = job.nodes.get(index)
    if node is None:
        node = job.nodes[index] = Node(job, index)
        tracker.register(node)
    return node


def _start_main(tracker: MovesNodes, job: MultiNodeJob) -> None:
    main = _node(tracker, job, job.main_index)
    if main.status == SUBMITTED:
        main.attempt_number = job.attempt_number
        tracker.move(main, RUNNABLE)
    main.attempt = job.attempt
    tracker.move(main, STARTING)


def _start_others(tracker: MovesNodes, job: MultiNodeJob) -> None:
    if job.attempt is None:
        raise AssertionError(f"{job!r} is RUNNING without an attempt")
    for index in range(len(job.contents)):
        if index != job.main_index:
            node = _node(tracker, job, index)
            node.attempt_number = job.attempt_number
            node.last_attempt = node.started_at_ms = node.stopped_at_ms = None
            tracker.move(node, RUNNABLE)
            hosts = () if job.reservation is None else job.reservation.hosts
            tracker.start(node, job.attempt.environment, hosts[index] if hosts else None)


def _end_main(tracker: MovesNodes, job: MultiNodeJob) -> None:
    """Copy the attempt that has just ended, and the status of the job, to the main node."""
    main = job.main
    ended = job.attempts[-1]
    main.attempts += (ended,)
    main.attempt = None
    if job.status in TERMINAL:
        main.last_attempt = ended
        main.stopped_at_ms = job.stopped_at_ms
    else:
        main.attempt_number = job.attempt_number
        main.started_at_ms = None
    tracker.move(main, job.status, job.status_reason)


def _end_between_attempts(tracker: MovesNodes, job: MultiNodeJob) -> None:
    """End the main node, which waits for its next attempt with the job; the other nodes have ended."""
    job.main.stopped_at_ms = job.stopped_at_ms
    tracker.move(job.main, job.status, job.status_reason)


def _end_others(tracker: MovesNodes, job: MultiNodeJob) -> None:
    reason = job.stop_reason or MAIN_NODE_ENDED
    for index in sorted(job.nodes):
        node = job.nodes[index]
        if index != job.main_index and node.attempt is not None:
            tracker.kill(node, reason)
