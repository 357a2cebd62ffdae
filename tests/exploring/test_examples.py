"""The programs in `examples/` and in the README hold whatever goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, explore, fail, out_of_memory, succeed

ROOT = Path(__file__).parent.parent.parent
ALL = ("weather", "losses", "deaths", "crashes")


@pytest.fixture(scope="module", autouse=True)
def examples() -> Iterator[None]:
    """Make the examples importable."""
    sys.path.insert(0, str(ROOT / "examples"))
    yield
    sys.path.remove(str(ROOT / "examples"))


def poll(batch_mock: BatchMock) -> None:
    """Submit a report and wait for it."""
    import poller

    batch_mock.provision(job_queue="nightly", job_definition="report")
    batch_mock.script("report-*", succeed(after=600))
    assert poller.submit_and_wait("report-monday", "nightly", "report") == 600


def join(batch_mock: BatchMock) -> None:
    """Process shards, and submit the bad one again."""
    import array_pipeline

    batch_mock.provision(job_queue="work", job_definition="shard")
    batch_mock.provision(job_queue="work", job_definition="join")
    batch_mock.script("shards-*", fail(3), array_index=1)
    shard_id, _ = array_pipeline.start("monday", 3)
    batch_mock.run()
    array_pipeline.retry_bad_shards("monday", shard_id)
    batch_mock.assert_submitted("shard-monday-1-again", times=1)


def handle(batch_mock: BatchMock) -> None:
    """Double the memory of a job when it has run out of it."""
    import event_handler

    batch_mock.provision(job_queue="queue", job_definition="train", memory_mib=4096)
    batch_mock.script("train*", out_of_memory(after=60))
    batch_mock.subscribe(lambda event: event_handler.handler(event, None), event_handler.PATTERN)
    if not batch_mock.jobs:
        boto3.client("batch").submit_job(jobName="train", jobQueue="queue", jobDefinition="train")
    batch_mock.run()
    assert [job.memory_mib for job in batch_mock.jobs] == [4096, 8192, 16384]


def wait(batch_mock: BatchMock) -> None:
    """Wait for a job with the loop of the README."""
    batch_mock.provision(job_queue="queue", job_definition="train")
    batch_mock.script("train", succeed(after=600))
    if not batch_mock.jobs:
        boto3.client("batch").submit_job(jobName="train", jobQueue="queue", jobDefinition="train")
    assert readme().wait_for(batch_mock.jobs.only().id)["status"] == "SUCCEEDED"


def readme() -> Any:
    """Return the names defined in the first block of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(compile(text.partition("```python\n")[2].partition("```")[0], "README.md", "exec"), names)
    return SimpleNamespace(**names)


@pytest.mark.parametrize("tier", ALL)
@pytest.mark.parametrize(
    ("program", "advance"), [(poll, "sleep"), (join, "sleep"), (handle, "manual"), (wait, "sleep")]
)
def test_a_careful_program(program: Any, advance: str, tier: str) -> None:
    """A program of the documentation does what it should, with any one thing going wrong."""
    import poller

    found = explore(
        program,
        options={"advance": advance},
        tiers=(tier,),
        expected=(TimeoutError, poller.JobFailed),
        depth=1,
        seconds=300,
    )

    assert [str(finding) for finding in found.findings] == []
