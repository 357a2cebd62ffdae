from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from batchmock import BatchMock, StuckError, Transition, UnknownJobError, fail, hang
from batchmock.simulation.jobs.lifecycle import (
    ARRAY_PARENT_MOVES,
    JOB_STATUSES,
    LEGAL_MOVES,
    NODE_MOVES,
    TERMINAL,
    check_move,
)

from ...builders import START_MS, provisioned_mock, submit

LEGAL = {
    ("SUBMITTED", "PENDING"),
    ("SUBMITTED", "RUNNABLE"),
    ("SUBMITTED", "FAILED"),
    ("PENDING", "RUNNABLE"),
    ("PENDING", "FAILED"),
    ("RUNNABLE", "STARTING"),
    ("RUNNABLE", "FAILED"),
    ("STARTING", "RUNNING"),
    ("STARTING", "RUNNABLE"),
    ("STARTING", "FAILED"),
    ("RUNNING", "SUCCEEDED"),
    ("RUNNING", "RUNNABLE"),
    ("RUNNING", "FAILED"),
}


ARRAY_PARENT = {
    ("SUBMITTED", "PENDING"),
    ("SUBMITTED", "FAILED"),
    ("PENDING", "SUCCEEDED"),
    ("PENDING", "FAILED"),
}
NODE = LEGAL | {("SUCCEEDED", "RUNNABLE"), ("FAILED", "RUNNABLE")}


@pytest.mark.parametrize("to_status", JOB_STATUSES)
@pytest.mark.parametrize("from_status", JOB_STATUSES)
@pytest.mark.parametrize(
    ("moves", "legal"),
    [(LEGAL_MOVES, LEGAL), (ARRAY_PARENT_MOVES, ARRAY_PARENT), (NODE_MOVES, NODE)],
    ids=["job", "array parent", "node"],
)
def test_moves(
    moves: dict[str, frozenset[str]],
    legal: set[tuple[str, str]],
    from_status: str,
    to_status: str,
) -> None:
    """A job makes exactly the transitions of the user guide's diagram for its kind."""
    if (from_status, to_status) in legal:
        check_move(moves, from_status, to_status)
    else:
        with pytest.raises(AssertionError) as caught:
            check_move(moves, from_status, to_status)
        assert str(caught.value) == f"a job can't move from {from_status} to {to_status}"


def test_terminal() -> None:
    """SUCCEEDED and FAILED are the two terminal statuses."""
    assert {"SUCCEEDED", "FAILED"} == TERMINAL
    assert {start for start, _ in LEGAL} == set(JOB_STATUSES) - TERMINAL


def test_transition() -> None:
    """The repr of a transition has its instant, its job, both statuses, the reason and the attempt."""
    move = Transition(START_MS, "id", "RUNNING", "FAILED", "because", 2)
    assert move.at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert repr(move) == (
        "<Transition 2026-01-02T03:04:05.000+00:00 id RUNNING -> FAILED (because)>"
    )


def test_history() -> None:
    """The history of a job is its transitions, each with the number of its attempt."""
    with provisioned_mock() as (mock, client):
        mock.script("job", fail())
        job_id = submit(client, retryStrategy={"attempts": 2})
        mock.run()
        history = [(move.to_status, move.attempt) for move in mock.job(job_id).history]
        assert mock.job(job_id).history == mock.transitions
    assert history == [
        ("RUNNABLE", 1),
        ("STARTING", 1),
        ("RUNNING", 1),
        ("RUNNABLE", 2),
        ("STARTING", 2),
        ("RUNNING", 2),
        ("FAILED", 2),
    ]


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"])
def test_run_until(status: str) -> None:
    """`run_until` stops at the instant at which the job reaches the status."""
    with provisioned_mock() as (mock, client):
        job_id = submit(client)
        mock.run_until(job_id, status)
        assert mock.job(job_id).status == status
        at = ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"].index(status)
        assert mock.clock.epoch_ms == START_MS + 1000 * at


def test_stuck_job() -> None:
    """The error of `run_until` explains why a job will never reach a status."""
    with provisioned_mock() as (mock, client):
        mock.script("job", hang())
        job_id = submit(client)
        with pytest.raises(StuckError) as caught:
            mock.run_until(job_id, "SUCCEEDED")
    assert str(caught.value) == (
        f"batchmock: job 'job' ({job_id}) did not reach SUCCEEDED; it is stuck "
        "(clock is at 2026-01-02 03:04:08).\n"
        f"job 'job' ({job_id}) has been RUNNING since 2026-01-02 03:04:08.\n"
        "Attempt 1 of 1 hangs.\n"
        "It has no timeout, so only a TerminateJob ends it.\n"
        "Nothing is scheduled that could change this: terminate it, or give it a timeout."
    )


def test_ended_job() -> None:
    """The error of `run_until` explains how a job ended that did not reach the status."""
    with provisioned_mock() as (mock, client):
        mock.script("job", fail(3))
        job_id = submit(client)
        with pytest.raises(StuckError) as caught:
            mock.run_until(job_id, "SUCCEEDED")
    assert str(caught.value) == (
        f"batchmock: job 'job' ({job_id}) did not reach SUCCEEDED; it has ended "
        "(clock is at 2026-01-02 03:04:09).\n"
        f"job 'job' ({job_id}) has been FAILED since 2026-01-02 03:04:09.\n"
        "Attempt 1 of 1 exited with code 3 (Essential container in task exited). "
        "It was not retried: attempt 1 of 1 was the last.\n"
        "Script another outcome for it, or wait for the status that it has."
    )


def test_unknown_job(batch_mock: BatchMock) -> None:
    """The error for an unknown job id lists the existing jobs."""
    with pytest.raises(UnknownJobError) as caught:
        batch_mock.run_until("nope", "RUNNING")
    assert str(caught.value) == (
        "batchmock: no job has the id 'nope'. No job exists yet.\n"
        "Pass the jobId that submit_job returned; jobs.named(glob) finds jobs by name."
    )


def test_listeners() -> None:
    """Each listener is called for every transition, in order."""
    with provisioned_mock() as (mock, client):
        told = []
        mock._simulation.jobs.listeners.append(lambda job, move: told.append((job.status, move)))
        submit(client)
        mock.run()
        assert [move for _, move in told] == mock.transitions
        assert all(status == move.to_status for status, move in told)


def test_a_stage_that_has_not_run(batch_mock: BatchMock, client: Any) -> None:
    """Scheduling the next stage of a job before its present one has run is an internal error."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    jobs = batch_mock._simulation.jobs
    job = jobs[submit(client)]
    with pytest.raises(AssertionError, match=r"JobTracker\._leave_submitted .* has not run yet"):
        jobs.plan(job, 0, jobs.leave_running)
