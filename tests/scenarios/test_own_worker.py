"""The project's own worker runs in place of the container."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import boto3

from batchmock import BatchMock, call


def worker_main(command: list[str], env: Mapping[str, str]) -> int:
    """Do the container's work: write the square of the shard's number; shard 2 has no input."""
    _, out = command
    shard = int(env["SHARD"])
    print(f"shard {shard}, attempt {env['AWS_BATCH_JOB_ATTEMPT']}")  # noqa: T201
    if shard == 2:
        return 3
    Path(out, f"{shard}.txt").write_text(str(shard**2))
    return 0


def submit_shards(size: int, out: Path) -> list[str]:
    """Submit a job for each shard."""
    client = boto3.client("batch")
    return [
        client.submit_job(
            jobName="shard",
            jobQueue="q",
            jobDefinition="jd",
            containerOverrides={
                "command": ["work", str(out)],
                "environment": [{"name": "SHARD", "value": str(shard)}],
            },
        )["jobId"]
        for shard in range(size)
    ]


def test_runs_the_worker(batch_mock: BatchMock, tmp_path: Path) -> None:
    """The worker gets the command and environment of its job, and its files, exit code and log are real."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    batch_mock.script(
        "shard", call(lambda context: worker_main(context.command, env=context.environment))
    )
    job_ids = submit_shards(size=4, out=tmp_path)
    batch_mock.run()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "0.txt": "0",
        "1.txt": "1",
        "3.txt": "9",
    }
    endings = [(job.status, job.attempts[0].exit_code) for job in batch_mock.jobs]
    assert endings == [("SUCCEEDED", 0), ("SUCCEEDED", 0), ("FAILED", 3), ("SUCCEEDED", 0)]
    assert batch_mock.logs(job_ids[3]) == ["shard 3, attempt 1"]
