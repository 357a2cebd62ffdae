"""A worker that sums the numbers of a file runs as the container of a job."""

import json
import sys
from pathlib import Path

from batchmock import call


def worker(arguments, environment):
    """The program under test: adds up a file of numbers, and complains about anything else."""
    source, target = (Path(argument) for argument in arguments)
    numbers = [int(line) for line in source.read_text().split()]
    attempt, shard = environment["AWS_BATCH_JOB_ATTEMPT"], environment["SHARD"]
    sys.stdout.write(f"attempt {attempt} of {shard}\n")
    target.write_text(json.dumps(sum(numbers)))


def submit(client, shard, *command, **more):
    """Submit a job for one shard."""
    overrides = {"command": list(command), "environment": [{"name": "SHARD", "value": shard}]}
    return client.submit_job(
        jobName=f"sum-{shard}",
        jobQueue="queue",
        jobDefinition="sum",
        containerOverrides=overrides,
        **more,
    )["jobId"]


def test_the_worker_does_its_work(batch_mock, batch_client, tmp_path):
    """The worker gets its command and environment, and its result is there."""
    batch_mock.provision(job_queue="queue", job_definition="sum")
    batch_mock.script("sum-*", call(lambda context: worker(context.command, context.environment)))
    (tmp_path / "numbers").write_text("1 2 3")

    job_id = submit(batch_client, "a", str(tmp_path / "numbers"), str(tmp_path / "sum"))
    batch_mock.run()

    assert batch_mock.job(job_id).status == "SUCCEEDED"
    assert batch_mock.logs(job_id) == ["attempt 1 of a"]
    assert (tmp_path / "sum").read_text() == "6"


def test_an_exception_fails_the_attempt(batch_mock, batch_client, tmp_path):
    """A worker that dies of an exception exits with 1, and leaves its traceback in the log."""
    batch_mock.provision(job_queue="queue", job_definition="sum")
    batch_mock.script("sum-*", call(lambda context: worker(context.command, context.environment)))
    (tmp_path / "numbers").write_text("1 two 3")

    job_id = submit(
        batch_client,
        "b",
        str(tmp_path / "numbers"),
        str(tmp_path / "sum"),
        retryStrategy={"attempts": 2},
    )
    batch_mock.run()

    job = batch_mock.job(job_id)
    assert [attempt.exit_code for attempt in job.attempts] == [1, 1]
    assert batch_mock.logs(job_id)[-1].startswith("ValueError: invalid literal")
