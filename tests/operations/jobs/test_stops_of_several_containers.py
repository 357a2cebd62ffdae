"""Jobs of several containers or nodes that are stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import BatchMock, Outcome, hang, in_containers, succeed

from ...builders import described, provisioned_mock, register_nodes, requirements, submit

GRACE = 30


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock that has `queue` and `definition`, and a grace period."""
    with provisioned_mock(stop_grace_seconds=GRACE) as (mock, _):
        yield mock


def register_task(client: Any, essential: bool = True) -> None:
    """Register a job definition of two containers, of which the first is essential."""
    containers = [
        {
            "name": name,
            "image": "busybox",
            "essential": name == "a" or essential,
            "resourceRequirements": requirements(1, 128),
        }
        for name in "ab"
    ]
    client.register_job_definition(
        jobDefinitionName="two",
        type="container",
        ecsProperties={"taskProperties": [{"containers": containers}]},
    )


def exit_codes(client: Any, job_id: str) -> list[int | None]:
    """Return the exit codes of the containers of the last attempt."""
    task = described(client, job_id)["attempts"][-1]["taskProperties"][0]
    return [container.get("exitCode") for container in task["containers"]]


@pytest.mark.parametrize(
    ("a", "b", "codes", "decided"),
    [
        (hang(on_sigterm=3, stops_after=10), hang(on_sigterm=4, stops_after=2), [3, 4], 4),
        (hang(on_sigterm=3, stops_after=2), hang(on_sigterm=4, stops_after=10), [3, 4], 3),
        (hang(on_sigterm=0, stops_after=50), hang(on_sigterm=0, stops_after=50), [137, 137], 137),
        (hang(on_sigterm=5), hang(), [5, 137], 5),
    ],
)
def test_a_terminated_task(
    batch_mock: BatchMock,
    client: Any,
    a: Outcome,
    b: Outcome,
    codes: list[int],
    decided: int,
) -> None:
    """The first essential container to end decides; one that needs longer than the grace is killed."""
    register_task(client)
    batch_mock.script("*", in_containers({"a": a, "b": b}))
    job_id = submit(client, jobDefinition="two")
    batch_mock.run_until(job_id, "RUNNING")
    client.terminate_job(jobId=job_id, reason="enough")
    batch_mock.run()

    assert exit_codes(client, job_id) == codes
    assert batch_mock.job(job_id).attempts[0].exit_code == decided


@pytest.mark.parametrize(("stops_after", "code"), [(None, 0), (GRACE, 0), (GRACE + 1, 137)])
def test_a_container_that_ends_with_its_task(
    batch_mock: BatchMock, client: Any, stops_after: int | None, code: int
) -> None:
    """A container that is stopped at the end of its task is killed too if it needs longer."""
    register_task(client, essential=False)
    outcome = hang(on_sigterm=0, stops_after=stops_after)
    batch_mock.script("*", in_containers({"a": succeed(after=10), "b": outcome}))
    job_id = submit(client, jobDefinition="two")
    batch_mock.run()
    assert exit_codes(client, job_id) == [0, code]
    assert batch_mock.job(job_id).status == "SUCCEEDED"


@pytest.mark.parametrize(("code", "status"), [(0, "SUCCEEDED"), (143, "FAILED")])
@pytest.mark.parametrize("stop", ["end of the main node", "TerminateJob"])
def test_a_stopped_node(
    batch_mock: BatchMock, client: Any, stop: str, code: int, status: str
) -> None:
    """A stopped node ends by its exit code."""
    register_nodes(client)
    main = succeed(after=30) if stop == "end of the main node" else hang()
    batch_mock.script("*", main, node_index=0)
    batch_mock.script("*", hang(on_sigterm=code), node_index=1)
    job_id = submit(client, jobDefinition="nodes")
    if stop == "TerminateJob":
        batch_mock.run_until(job_id, "RUNNING")
        batch_mock.tick(5)
        client.terminate_job(jobId=job_id, reason="enough")
    batch_mock.run()

    node = described(client, f"{job_id}#1")
    assert (node["status"], node["container"]["exitCode"]) == (status, code)


@pytest.mark.parametrize("as_view", [False, True])
def test_hold_of_a_main_node(batch_mock: BatchMock, client: Any, as_view: bool) -> None:
    """A main node is held and released with its job."""
    register_nodes(client)
    job_id = submit(client, jobDefinition="nodes")
    batch_mock.run_until(job_id, "RUNNING")
    main = batch_mock.job(f"{job_id}#0") if as_view else f"{job_id}#0"
    batch_mock.hold(main, at="RUNNING")
    batch_mock.run()
    assert batch_mock.job(job_id).status == "RUNNING"
    batch_mock.release(main)
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("stops_after", "ends_after", "status", "code"),
    [(5, 15, "SUCCEEDED", 0), (20, 30, "SUCCEEDED", 0), (21, 30, "FAILED", 137)],
)
def test_terminated_before_the_container_runs(
    stops_after: float, ends_after: float, status: str, code: int
) -> None:
    """A container that was STARTING handles the signal once it runs, if the grace period allows."""
    with provisioned_mock(stop_grace_seconds=GRACE, stage_seconds=10) as (mock, client):
        mock.script("*", hang(on_sigterm=0, stops_after=stops_after))
        job_id = submit(client)
        mock.run_until(job_id, "STARTING")
        asked_ms = mock.clock.epoch_ms
        client.terminate_job(jobId=job_id, reason="enough")
        mock.run()
        job = described(client, job_id)
        assert (job["status"], job["container"]["exitCode"]) == (status, code)
        assert job["stoppedAt"] - asked_ms == ends_after * 1000
