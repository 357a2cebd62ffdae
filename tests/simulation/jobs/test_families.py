"""The transitions of array jobs, multi-node jobs, their children and their nodes."""

from __future__ import annotations

import pytest

from batchmock.simulation.jobs.families import ArrayChild, ArrayJob, MultiNodeJob, Node
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import JOB_STATUSES, LEGAL_MOVES

PAIRS = [(one, other) for one in JOB_STATUSES for other in JOB_STATUSES]

#: An array parent waits in PENDING for its children, unless it is stopped before.
PARENT_PAIRS = {
    ("SUBMITTED", "PENDING"),
    ("SUBMITTED", "FAILED"),
    ("PENDING", "SUCCEEDED"),
    ("PENDING", "FAILED"),
}


def test_moves_of_an_array_parent() -> None:
    """An array parent has no attempts and none of the statuses of an attempt."""
    moves = {(one, other) for one, others in ArrayJob.moves.items() for other in others}
    assert moves == PARENT_PAIRS


@pytest.mark.parametrize("kind", [ArrayChild, MultiNodeJob])
def test_moves_like_any_job(kind: type[Job]) -> None:
    """Array children and multi-node jobs have the transitions of single-container jobs."""
    assert kind.moves == LEGAL_MOVES


def test_moves_of_a_node() -> None:
    """A node that has ended can become RUNNABLE again, with a new attempt of its job."""
    more = {
        (one, other)
        for one, other in PAIRS
        if other in Node.moves[one] and other not in LEGAL_MOVES[one]
    }
    assert more == {("SUCCEEDED", "RUNNABLE"), ("FAILED", "RUNNABLE")}
