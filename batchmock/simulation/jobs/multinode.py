"""
How the nodes of a multi-node parallel job follow it.

The job itself goes through the stages as any other; its main node goes with it, attempt for attempt.
The other nodes are started once the main node is RUNNING, end by their own exit codes, and are stopped
when the main node has ended. Source: AWS Batch user guide, "Multi-node parallel jobs" (documented),
order of events as captured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchmock.simulation.jobs.dependencies import tell_dependents
from batchmock.simulation.jobs.families import MultiNodeJob, Node
from batchmock.simulation.jobs.lifecycle import RUNNABLE, RUNNING, STARTING, SUBMITTED, TERMINAL

if TYPE_CHECKING:
    from batchmock.simulation.engine import Simulation

#: Assumed: why a node ends that is stopped because the main node has.
MAIN_NODE_ENDED: Final = "Main node of the multi-node parallel job exited"


def follow(simulation: Simulation, job: MultiNodeJob, from_status: str) -> None:
    """Let the nodes follow a move of their job."""
    if job.status == STARTING:
        _start_main(simulation, job)
    elif job.status == RUNNING:
        main = job.main
        main.started_at_ms = job.started_at_ms
        simulation.move(main, RUNNING)
        _start_others(simulation, job)
    elif from_status in (STARTING, RUNNING):
        _end_others(simulation, job)
        _end_main(simulation, job)
    elif job.status in TERMINAL and job.nodes:
        _end_between_attempts(simulation, job)
    if job.status in TERMINAL:
        for index in sorted(job.nodes):
            tell_dependents(simulation, job.nodes[index])


def _node(simulation: Simulation, job: MultiNodeJob, index: int) -> Node:
    node = job.nodes.get(index)
    if node is None:
        node = job.nodes[index] = Node(job, index)
        simulation.register(node)
    return node


def _start_main(simulation: Simulation, job: MultiNodeJob) -> None:
    main = _node(simulation, job, job.main_index)
    if main.status == SUBMITTED:
        main.attempt_number = job.attempt_number
        simulation.move(main, RUNNABLE)
    main.attempt = job.attempt
    simulation.move(main, STARTING)


def _start_others(simulation: Simulation, job: MultiNodeJob) -> None:
    if job.attempt is None:
        raise AssertionError(f"{job!r} is RUNNING without an attempt")
    for index in range(len(job.contents)):
        if index != job.main_index:
            node = _node(simulation, job, index)
            node.attempt_number = job.attempt_number
            node.last_attempt = node.started_at_ms = node.stopped_at_ms = None
            simulation.move(node, RUNNABLE)
            hosts = () if job.reservation is None else job.reservation.hosts
            host = hosts[index] if hosts else None
            simulation.start(node, job.attempt.environment, host)


def _end_main(simulation: Simulation, job: MultiNodeJob) -> None:
    """Give the main node the attempt that has just ended, and the status of the job."""
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
    simulation.move(main, job.status, job.status_reason)


def _end_between_attempts(simulation: Simulation, job: MultiNodeJob) -> None:
    """End the main node, which waits for its next attempt as the job did; the others have ended."""
    job.main.stopped_at_ms = job.stopped_at_ms
    simulation.move(job.main, job.status, job.status_reason)


def _end_others(simulation: Simulation, job: MultiNodeJob) -> None:
    reason = job.stop_reason or MAIN_NODE_ENDED
    for index in sorted(job.nodes):
        node = job.nodes[index]
        if index != job.main_index and node.attempt is not None:
            simulation.kill(node, reason)
