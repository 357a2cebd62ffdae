"""The log of a job is followed while it runs."""

from __future__ import annotations

import boto3

from batchmock import BatchMock, cannot_pull_image, fail, succeed


class Tail:
    """Code under test: it follows the log of a job with a boto3 client of CloudWatch Logs."""

    def __init__(self, job_id: str) -> None:
        self._batch = boto3.client("batch")
        self._logs = boto3.client("logs")
        self._job_id = job_id
        self._token: dict[str, str] = {}
        self.lines: list[str] = []

    def poll(self) -> str:
        """Read new messages and return the status of the job."""
        (job,) = self._batch.describe_jobs(jobs=[self._job_id])["jobs"]
        stream = job["container"].get("logStreamName")
        if stream is not None:
            self._read(stream)
        status: str = job["status"]
        return status

    def _read(self, stream: str) -> None:
        try:
            reply = self._logs.get_log_events(
                logGroupName="/aws/batch/job",
                logStreamName=stream,
                startFromHead=True,
                **self._token,
            )
        except self._logs.exceptions.ResourceNotFoundException:
            return  # not started yet
        self.lines += [event["message"] for event in reply["events"]]
        self._token = {"nextToken": reply["nextForwardToken"]}


def submit(name: str) -> str:
    """Submit a job."""
    reply = boto3.client("batch").submit_job(jobName=name, jobQueue="q", jobDefinition="jd")
    return str(reply["jobId"])


def test_follows_the_log(batch_mock: BatchMock) -> None:
    """Lines arrive as time passes, each once, the last ones after the job has ended."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    batch_mock.script("x", succeed(after=20, logs=["step 1", "step 2"]))
    tail = Tail(submit("x"))
    seen = []
    while tail.poll() != "SUCCEEDED":
        seen.append(len(tail.lines))
        batch_mock.tick(5)
    assert tail.lines == ["step 1", "step 2"]
    assert seen == [0, 1, 1, 2, 2]


def test_shows_why_a_job_failed(batch_mock: BatchMock) -> None:
    """The log of a failed job can be read after its end, and a job that never started has none."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    batch_mock.script("bad", fail(1, logs="ValueError: no such file"))
    batch_mock.script("worse", cannot_pull_image())
    bad, worse = Tail(submit("bad")), Tail(submit("worse"))
    batch_mock.run()
    assert [bad.poll(), worse.poll()] == ["FAILED", "FAILED"]
    assert (bad.lines, worse.lines) == (["ValueError: no such file"], [])
