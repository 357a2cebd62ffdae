"""A chain of dependent jobs stops at its first failure."""

from __future__ import annotations

from collections.abc import Sequence

import boto3

from batchmock import BatchMock, fail


def submit(name: str, after: Sequence[str] = ()) -> str:
    """Submit a job that starts when others have succeeded."""
    reply = boto3.client("batch").submit_job(
        jobName=name,
        jobQueue="q",
        jobDefinition="jd",
        dependsOn=[{"jobId": job_id} for job_id in after],
    )
    return str(reply["jobId"])


def test_a_failure_stops_the_chain(batch_mock: BatchMock) -> None:
    """Jobs after the failed one fail without an attempt, with a reason that names the dependency."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    m = submit("map")
    r = submit("reduce", after=[m])
    p = submit("publish", after=[r])
    batch_mock.script("map", fail(2, after=60))
    batch_mock.run()
    assert [batch_mock.job(x).status for x in (m, r, p)] == ["FAILED"] * 3
    assert batch_mock.job(p).attempts == []
    assert batch_mock.job(p).status_reason == "Dependent Job failed"
    assert "'reduce'" in batch_mock.job(p).explain()


def test_a_success_lets_the_chain_run(batch_mock: BatchMock) -> None:
    """Without a failure the jobs run one after another."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    m = submit("map")
    r = submit("reduce", after=[m])
    batch_mock.run()
    first, second = batch_mock.job(m), batch_mock.job(r)
    assert (first.status, second.status) == ("SUCCEEDED", "SUCCEEDED")
    assert first.stopped_at is not None
    assert second.started_at is not None
    assert first.stopped_at < second.started_at
