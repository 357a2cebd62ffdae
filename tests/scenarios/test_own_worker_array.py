"""The project's own worker runs in place of each child's container in an array."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, call

# The code under test, as a project would write it: a worker and the code that submits it.


def work(command: list[str], env: dict[str, str]) -> int:
    """Write the squares of this shard's numbers to the folder named in the command."""
    folder, last = Path(command[0]), int(command[1])
    index, size = int(env["AWS_BATCH_JOB_ARRAY_INDEX"]), int(env["AWS_BATCH_JOB_ARRAY_SIZE"])
    numbers = range(index, last, size)
    if not numbers:
        print(f"shard {index} of {size} is empty")  # noqa: T201
        return 3
    (folder / f"{index}.json").write_text(json.dumps([number**2 for number in numbers]))
    print(f"shard {index} of {size}: {len(numbers)} numbers")  # noqa: T201
    return 0


def submit_map(size: int, out: Path, last: int) -> str:
    """Submit one worker for each shard."""
    client = boto3.client("batch", region_name="us-east-1")
    job_id: str = client.submit_job(
        jobName="shard",
        jobQueue="q",
        jobDefinition="worker",
        parameters={"out": str(out), "last": str(last)},
        arrayProperties={"size": size},
        retryStrategy={"attempts": 2},
    )["jobId"]
    return job_id


def collect(out: Path) -> list[int]:
    """Combine the output of all workers."""
    squares: list[int] = []
    for path in out.glob("*.json"):
        squares += json.loads(path.read_text())
    return sorted(squares)


# The tests.


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock, client: Any) -> None:
    batch_mock.provision(job_queue="q")
    client.register_job_definition(
        jobDefinitionName="worker",
        type="container",
        containerProperties={
            "image": "worker",
            "command": ["Ref::out", "Ref::last"],
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "128"},
            ],
        },
    )
    batch_mock.script("shard", call(lambda context: work(context.command, context.environment)))


def test_all_shards(batch_mock: BatchMock, tmp_path: Path) -> None:
    """Every child works on the shard of its own index, and together they process all shards."""
    parent = submit_map(size=4, out=tmp_path, last=10)
    batch_mock.run()
    assert batch_mock.job(parent).status == "SUCCEEDED"
    assert collect(tmp_path) == [number**2 for number in range(10)]


def test_logs(batch_mock: BatchMock, tmp_path: Path) -> None:
    """A worker's output is the log of its own child."""
    parent = submit_map(size=4, out=tmp_path, last=10)
    batch_mock.run()
    assert batch_mock.logs(f"{parent}:3") == ["shard 3 of 4: 2 numbers"]


def test_empty_shard(batch_mock: BatchMock, tmp_path: Path) -> None:
    """A worker that returns an exit code fails its child, after all attempts, and so the array."""
    parent = submit_map(size=4, out=tmp_path, last=3)
    batch_mock.run()
    children = batch_mock.job(parent).children
    assert [child.status for child in children] == ["SUCCEEDED"] * 3 + ["FAILED"]
    assert [attempt.exit_code for attempt in children[3].attempts] == [3, 3]
    assert batch_mock.job(parent).status_reason == "Array Child Job failed"


def test_worker_raises(batch_mock: BatchMock, tmp_path: Path) -> None:
    """A worker that raises exits with 1, and its traceback is in the log."""
    parent = submit_map(size=2, out=tmp_path / "missing", last=3)
    batch_mock.run()
    (attempt, _) = batch_mock.job(f"{parent}:0").attempts
    assert attempt.exit_code == 1
    assert attempt.logs[-1].startswith("FileNotFoundError: ")
