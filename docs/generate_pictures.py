"""
Draw the picture and the live page of the documentation: a night of jobs on a simulated AWS Batch.

Run `python docs/generate_pictures.py` after a change of the drawings. tests/test_docs_pictures.py fails
while the picture is stale; docs/conf.py writes the live page when it builds the site.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3

from batchmock import BatchMock, fail, mock_batch, out_of_memory, reclaim_spot, succeed

PICTURE: Final = Path(__file__).parent / "_static" / "timeline.svg"
WIDTH: Final = 900
SHARDS: Final = 4
RETRY_STRATEGY: Final = {
    "attempts": 3,
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onReason": "OutOfMemory*", "action": "RETRY"},
        {"onExitCode": "*", "action": "EXIT"},
    ],
}


@contextmanager
def night() -> Iterator[BatchMock]:
    """Yield a mock after a night: retries, an array job with failed children, and jobs behind them."""
    with mock_batch(
        region="us-east-1", start="2026-01-05T01:00:00Z", stage_seconds=20, seed=0
    ) as mock:
        mock.provision(job_queue="nightly", job_definition="step", max_vcpus=32)
        _script(mock)
        client = boto3.client("batch")
        jobs = _submit(client)
        while any(not job.has_ended for job in mock.jobs):
            mock.tick(300)
            client.describe_jobs(jobs=jobs)
        yield mock


def _script(mock: BatchMock) -> None:
    mock.script("extract", succeed(after=900))
    for number in range(SHARDS):
        mock.script(f"clean-{number}", succeed(after=700 + 240 * number))
    mock.script("clean-2", reclaim_spot(after=500), succeed(after=1100))
    mock.script("train", out_of_memory(after=1500), succeed(after=4200))
    for index in range(100):
        mock.script("score", succeed(after=600 + 37 * index % 900), array_index=index)
    for index in (17, 48, 71):
        bad_input = fail(3, after=400 + 12 * index, logs=[f"row {index * 1000}: no customer id"])
        mock.script("score", bad_input, array_index=index)
    mock.script("evaluate", succeed(after=1200))
    mock.script("report", succeed(after=600))


def _submit(client: Any) -> list[str]:
    """Submit the jobs of the night, and return their ids."""
    ids: dict[str, str] = {}

    def submit(name: str, *after: str, **members: Any) -> None:
        ids[name] = client.submit_job(
            jobName=name,
            jobQueue="nightly",
            jobDefinition="step",
            dependsOn=[{"jobId": ids[other]} for other in after],
            retryStrategy=RETRY_STRATEGY,
            **members,
        )["jobId"]

    submit("extract")
    shards = [f"clean-{number}" for number in range(SHARDS)]
    for shard in shards:
        submit(shard, "extract")
    submit("train", *shards)
    submit("score", *shards, arrayProperties={"size": 100})
    submit("evaluate", "train")
    submit("report", "evaluate", "score")
    submit("publish", "report")
    return [*ids.values()]


def picture() -> str:
    """Return the picture of the night, as SVG."""
    with night() as mock:
        return mock.timeline().to_svg(width=WIDTH)


def page() -> str:
    """Return the live page of the night, as HTML."""
    with night() as mock:
        return mock.timeline().to_html(title="A night of jobs")


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
