"""A job whose first attempt fails: the first test that a reader of the documentation might write."""

import boto3

from batchmock import fail, mock_batch, succeed


@mock_batch(region="us-east-1")
def test_retries(batch_mock):  # injected because the parameter is named so
    """A job that runs out of memory is retried and succeeds on the second attempt."""
    batch_mock.provision(job_queue="queue", job_definition="train")
    batch_mock.script(
        "train-*",
        fail(137, reason="OutOfMemoryError: Container killed due to memory usage"),
        succeed(after=30),  # attempt 1 fails, attempt 2 (and any later) succeeds
    )

    client = boto3.client("batch")
    job_id = client.submit_job(
        jobName="train-1",
        jobQueue="queue",
        jobDefinition="train",
        retryStrategy={"attempts": 2},
    )["jobId"]
    batch_mock.tick()  # one second, one lifecycle step: RUNNABLE
    batch_mock.run_until(job_id, "RUNNING")  # simulated time: nothing sleeps
    batch_mock.run()  # until nothing is left to happen

    job = client.describe_jobs(jobs=[job_id])["jobs"][0]
    assert job["status"] == "SUCCEEDED"
    assert [a["container"]["exitCode"] for a in job["attempts"]] == [137, 0]
