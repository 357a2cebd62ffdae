"""The same calls with the same seed return the same bytes; another seed changes only ids."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from batchmock import BatchMock, call, fail, hang, mock_batch, reclaim_spot, succeed

from ..builders import shared_client

Action = Callable[[BatchMock, Any, list[str]], Any]

OUTCOMES = [
    succeed(after=30),
    fail(3),
    reclaim_spot(after=2),
    hang(),
    call(lambda context: len(context.environment) % 2),
]


@cache
def client() -> Any:
    """Return one client for all runs."""
    return shared_client()


def submit(name: str, attempts: int, depends: bool) -> Action:
    """Submit a job that may depend on the previous one; the job definition `missing` does not exist."""

    def act(mock: BatchMock, batch: Any, ids: list[str]) -> Any:
        reply = batch.submit_job(
            jobName=name,
            jobQueue="job-queue",
            jobDefinition="missing" if name == "refused" else "job-definition",
            retryStrategy={"attempts": attempts},
            timeout={"attemptDurationSeconds": 60},
            dependsOn=[{"jobId": job_id} for job_id in ids[-1:] if depends],
        )
        ids.append(reply["jobId"])
        return reply

    return act


def stop(operation: str, index: int) -> Action:
    """Cancel or terminate one of the jobs."""

    def act(mock: BatchMock, batch: Any, ids: list[str]) -> Any:
        job_id = ids[index % len(ids)] if ids else "none"
        return getattr(batch, operation)(jobId=job_id, reason="because")

    return act


def script(index: int) -> Action:
    """Script an outcome, then success."""
    return lambda mock, batch, ids: mock.script("*", OUTCOMES[index], succeed())


def tick(seconds: float) -> Action:
    """Move time."""
    return lambda mock, batch, ids: mock.tick(seconds)


def look(status: str) -> Action:
    """List jobs, and describe them all."""

    def act(mock: BatchMock, batch: Any, ids: list[str]) -> Any:
        listed = batch.list_jobs(jobQueue="job-queue", jobStatus=status, maxResults=2)
        return [listed, batch.describe_jobs(jobs=ids) if ids else None]

    return act


def register(name: str) -> Action:
    """Register a revision."""
    container = {"image": "busybox", "vcpus": 1, "memory": 64}
    return lambda mock, batch, ids: batch.register_job_definition(
        jobDefinitionName=name, type="container", containerProperties=container
    )


PROGRAMS = st.lists(
    st.one_of(
        st.builds(submit, st.sampled_from(["a", "b", "refused"]), st.integers(1, 3), st.booleans()),
        st.builds(stop, st.sampled_from(["cancel_job", "terminate_job"]), st.integers(0, 9)),
        st.builds(script, st.integers(0, len(OUTCOMES) - 1)),
        st.builds(tick, st.sampled_from([0, 0.5, 1, 3, 70])),
        st.builds(look, st.sampled_from(["RUNNABLE", "RUNNING", "SUCCEEDED", "FAILED"])),
        st.builds(register, st.sampled_from(["job-definition", "other"])),
    ),
    min_size=1,
    max_size=25,
)


def reply_of(action: Action, mock: BatchMock, ids: list[str]) -> Any:
    """Return the reply to an action, which may be a refusal."""
    try:
        return action(mock, client(), ids)
    except ClientError as refusal:
        return refusal.response


def record_of(program: list[Action], seed: int) -> tuple[bytes, list[Any], list[str]]:
    """Run a program, and return everything it shows as bytes, the part independent of the seed, and the ids."""
    ids: list[str] = []
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", seed=seed) as mock:
        replies = [list(mock.provision())]
        replies += [reply_of(action, mock, ids) for action in program]
        mock.run()
        if ids:
            replies.append(client().describe_jobs(jobs=ids))
        calls = [
            [each.operation, each.params, each.response, each.error, each.request_id, each.at_ms]
            for each in mock.calls
        ]
        seen = [replies, mock.transitions, calls, str(mock.timeline())]
        seen += [[job.explain(), mock.logs(job.id)] for job in mock.jobs]
        whatever_seed = [
            [(move.at_ms, move.from_status, move.to_status, move.attempt) for move in job.history]
            for job in mock.jobs
        ]
    return json.dumps(seen).encode(), whatever_seed, ids


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(PROGRAMS)
def test_same_seed_same_bytes(program: list[Action]) -> None:
    """Replies with metadata, transitions, calls, timeline and logs are byte-identical."""
    one, moves, ids = record_of(program, seed=7)
    again, _, _ = record_of(program, seed=7)
    assert one == again
    _, other_moves, other_ids = record_of(program, seed=8)
    assert moves == other_moves
    assert not set(ids) & set(other_ids)
