"""The programs in `examples/`, the README and the docs hold whatever goes wrong."""

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
    assert readme().wait_for(submitted(batch_mock))["status"] == "SUCCEEDED"


def wait_with_pauses(batch_mock: BatchMock) -> None:
    """Wait for a job with the loop of the page about polling."""
    module = page("how-to/test-code-that-polls.md", "waiting.py")
    assert module.wait_for(submitted(batch_mock)) == "SUCCEEDED"


def wait_until_a_deadline(batch_mock: BatchMock) -> None:
    """Wait for a job with the loop of the page about polling that has a deadline."""
    module = page("how-to/test-code-that-polls.md", "patience.py")
    assert module.wait_at_most(submitted(batch_mock), 7200) == "SUCCEEDED"


def watch(batch_mock: BatchMock) -> None:
    """Submit a job and wait for it with the program of the page about adversities."""
    module = page("how-to/make-things-go-wrong.md", "watcher.py")
    batch_mock.provision(job_queue="queue", job_definition="train")
    batch_mock.script("train", succeed(after=600))
    assert module.wait(module.submit("train")) == "SUCCEEDED"


def submitted(batch_mock: BatchMock) -> str:
    """Return the id of a job, submitted by the test itself."""
    batch_mock.provision(job_queue="queue", job_definition="train")
    batch_mock.script("train", succeed(after=600))
    if not batch_mock.jobs:
        boto3.client("batch").submit_job(jobName="train", jobQueue="queue", jobDefinition="train")
    return batch_mock.jobs.only().id


def readme() -> Any:
    """Return the names defined in the first block of the README."""
    return defined_in(ROOT / "README.md", "")


def page(name: str, file_name: str) -> Any:
    """Return the names defined in a file on a page."""
    return defined_in(ROOT / "docs" / name, f"# {file_name}\n")


def defined_in(path: Path, first_line: str) -> Any:
    """Return the names defined in the first block that begins with a line."""
    text = path.read_text(encoding="utf-8").partition(f"```python\n{first_line}")[2]
    names: dict[str, Any] = {}
    exec(compile(text.partition("```")[0], path.name, "exec"), names)
    return SimpleNamespace(**names)


@pytest.mark.parametrize("tier", ALL)
@pytest.mark.parametrize(
    "program", [poll, join, handle, wait, wait_with_pauses, wait_until_a_deadline, watch]
)
def test_a_careful_program(program: Any, tier: str) -> None:
    """A program of the documentation does what it should, with any one thing going wrong."""
    import poller

    found = explore(
        program,
        options={"advance": "manual" if program is handle else "sleep"},
        tiers=(tier,),
        expected=(TimeoutError, poller.JobFailed),
        depth=1,
        seconds=300,
    )

    assert found.runs > 2
    assert [str(finding) for finding in found.findings] == []
