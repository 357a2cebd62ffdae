"""Jobs of several containers or nodes that are stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import BatchMock, Outcome, fail, hang, in_containers, succeed

from ...builders import described, provisioned_mock, requirements, submit

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


def register_nodes(client: Any) -> None:
    """Register a job definition of two nodes."""
    container = {"image": "busybox", "vcpus": 1, "memory": 128}
    client.register_job_definition(
        jobDefinitionName="nodes",
        type="multinode",
        nodeProperties={
            "numNodes": 2,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
        },
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


def test_explain_of_a_main_node(batch_mock: BatchMock, client: Any) -> None:
    """The explanation of a main node agrees with that of its job; another node ends with it."""
    register_nodes(client)
    batch_mock.script("*", fail(1, after=300), node_index=0)
    batch_mock.script("*", hang(), node_index=1)
    job_id = submit(client, jobDefinition="nodes", timeout={"attemptDurationSeconds": 900})
    batch_mock.run_until(job_id, "RUNNING")
    batch_mock.tick(1)
    job, main, other = (batch_mock.job(job_id + end).explain() for end in ("", "#0", "#1"))
    assert job.splitlines()[1:] == main.splitlines()[1:]
    assert other.splitlines()[1:] == [
        "Attempt 1 of 1 hangs.",
        "It is stopped when the main node ends.",
    ]
    batch_mock.run()
    assert batch_mock.job(f"{job_id}#1").explain().splitlines()[1:] == [
        "Attempt 1 of 1 exited with code 137 (Main node of the multi-node parallel job exited)."
    ]


@pytest.mark.parametrize("stop", ["TerminateJob", "timeout"])
def test_explain_of_a_job_that_is_being_stopped(
    batch_mock: BatchMock, client: Any, stop: str
) -> None:
    """It says so, and that dependents cannot start."""
    batch_mock.script("first", hang())
    timeout = {"timeout": {"attemptDurationSeconds": 60}} if stop == "timeout" else {}
    job_id = submit(client, "first", **timeout)
    dependent = submit(client, "then", dependsOn=[{"jobId": job_id}])
    batch_mock.run_until(job_id, "RUNNING")
    if stop == "TerminateJob":
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.tick(1)
    else:
        batch_mock.tick(61)
    assert "Attempt 1 of 1 is being stopped" in batch_mock.job(job_id).explain()
    assert (
        batch_mock.job(dependent)
        .explain()
        .endswith("To let it start: nothing does, because 'first' is being stopped.")
    )


def test_explain_of_a_dependent_of_a_cancelled_job(batch_mock: BatchMock, client: Any) -> None:
    """A job that was cancelled while PENDING fails its dependents, whatever it waits for."""
    batch_mock.script("first", succeed(after=20))
    first = submit(client, "first")
    second = submit(client, "second", dependsOn=[{"jobId": first}])
    third = submit(client, "third", dependsOn=[{"jobId": second}])
    batch_mock.tick(5)
    client.cancel_job(jobId=second, reason="no")
    batch_mock.tick(1)
    assert "nothing does, because 'second' is being stopped." in batch_mock.job(third).explain()


def test_explain_after_a_change(batch_mock: BatchMock, client: Any) -> None:
    """Between a change and the next move of time, explanations speak of the present."""
    batch_mock.exhaust("compute-environment")
    job_id = submit(client)
    batch_mock.tick(5)
    batch_mock.restore("compute-environment")
    assert "let time move, with tick() or run()" in batch_mock.job(job_id).explain()
    assert "let time move" in batch_mock.report()


def test_explain_of_a_hold_with_a_timeout(batch_mock: BatchMock, client: Any) -> None:
    """A hold at RUNNING does not keep a job from its timeout."""
    batch_mock.hold("job", at="RUNNING")
    job_id = submit(client, timeout={"attemptDurationSeconds": 60})
    batch_mock.run_until(job_id, "RUNNING")
    batch_mock.tick(30)
    explained = batch_mock.job(job_id).explain()
    assert "release('job') lets it continue.\nIts timeout is due at" in explained


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
