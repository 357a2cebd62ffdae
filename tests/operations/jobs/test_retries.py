from __future__ import annotations

from typing import Any

import pytest

from batchmock import (
    BatchMock,
    Policies,
    cannot_pull_image,
    docker_timeout,
    fail,
    hang,
    out_of_memory,
    reclaim_spot,
    succeed,
)

from ...builders import ESSENTIAL, START_MS, described, provisioned_mock, register, submit

PULL = {"action": "EXIT", "onReason": "CannotPullContainerError:*"}
SPOT = {"action": "RETRY", "onStatusReason": "Host EC2*"}
REST = {"action": "EXIT", "onReason": "*"}
MEMORY = {"action": "RETRY", "onReason": "OutOfMemoryError: Container killed due to memory usage"}


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def ran(client: Any, batch_mock: BatchMock, strategy: dict[str, Any], *outcomes: Any) -> Any:
    """Return a job with a retry strategy after its attempts have ended with these outcomes."""
    batch_mock.script("job", *outcomes)
    job_id = submit(client, retryStrategy=strategy)
    batch_mock.run()
    return described(client, job_id)


def exit_codes(job: dict[str, Any]) -> list[int | None]:
    """Return the exit code of each attempt, or None."""
    return [attempt["container"].get("exitCode") for attempt in job["attempts"]]


@pytest.mark.parametrize("attempts", [1, 2, 3, 10])
def test_attempts_are_used_up(client: Any, batch_mock: BatchMock, attempts: int) -> None:
    """A job that always fails becomes RUNNABLE once per attempt, the first included."""
    job = ran(client, batch_mock, {"attempts": attempts}, fail(1))
    history = batch_mock.job(job["jobId"]).history
    assert job["status"] == "FAILED"
    assert exit_codes(job) == [1] * attempts
    assert [move.to_status for move in history].count("RUNNABLE") == attempts


def test_one_attempt_by_default(client: Any, batch_mock: BatchMock) -> None:
    """Without a strategy there is one attempt, and no strategy is described."""
    batch_mock.script("job", fail(1))
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    assert exit_codes(job) == [1]
    assert "retryStrategy" not in job


def test_success_ends_the_attempts(client: Any, batch_mock: BatchMock) -> None:
    """The first attempt that exits 0 is the last, and attempts are in order, oldest first."""
    job = ran(client, batch_mock, {"attempts": 5}, fail(1), fail(2), succeed())
    assert (job["status"], exit_codes(job)) == ("SUCCEEDED", [1, 2, 0])


def test_straight_back_to_runnable(client: Any, batch_mock: BatchMock) -> None:
    """A retried job goes back to RUNNABLE at once, without SUBMITTED or PENDING."""
    first = submit(client, "first")
    batch_mock.script("job", fail(), succeed())
    job_id = submit(client, retryStrategy={"attempts": 2}, dependsOn=[{"jobId": first}])
    batch_mock.run()
    assert [(move.to_status, move.at_ms - START_MS) for move in batch_mock.job(job_id).history] == [
        ("PENDING", 1000),
        ("RUNNABLE", 4000),
        ("STARTING", 5000),
        ("RUNNING", 6000),
        ("RUNNABLE", 7000),
        ("STARTING", 8000),
        ("RUNNING", 9000),
        ("SUCCEEDED", 10000),
    ]


@pytest.mark.parametrize(
    ("rules", "first", "attempts"),
    [
        ([], fail(1), 2),
        ([{"action": "EXIT", "onExitCode": "1"}], fail(1), 1),
        ([{"action": "EXIT", "onExitCode": "1"}], fail(11), 2),
        ([{"action": "EXIT", "onExitCode": "1*"}], fail(11), 1),
        ([{"action": "EXIT", "onExitCode": "*"}], fail(42), 1),
        ([{"action": "RETRY", "onExitCode": "1"}], fail(1), 2),
        ([{"action": "RETRY", "onExitCode": "1"}], fail(2), 2),
        ([{"action": "RETRY", "onExitCode": "1"}, REST], fail(2), 1),
        ([REST, {"action": "RETRY", "onExitCode": "1"}], fail(1), 1),
        ([REST], fail(1), 1),
        ([REST], out_of_memory(), 1),
        ([MEMORY, REST], out_of_memory(), 2),
        ([MEMORY, REST], fail(137), 1),
        ([PULL], cannot_pull_image(), 1),
        ([PULL], docker_timeout(), 2),
        ([{"action": "EXIT", "onStatusReason": "Task failed to start"}], docker_timeout(), 1),
        ([{"action": "EXIT", "onReason": "Task failed to start"}], docker_timeout(), 2),
        ([SPOT, REST], reclaim_spot(), 2),
        ([{"action": "EXIT", "onStatusReason": "Host EC2"}], reclaim_spot(), 2),
        ([{"action": "EXIT", "onExitCode": "137"}], reclaim_spot(), 2),
        ([{"action": "EXIT", "onStatusReason": ESSENTIAL, "onExitCode": "1"}], fail(1), 1),
        ([{"action": "EXIT", "onStatusReason": ESSENTIAL, "onExitCode": "1"}], fail(2), 2),
        ([{"action": "exit", "onExitCode": "1"}], fail(1), 1),
        ([{"action": "Exit", "onExitCode": "1"}], fail(1), 1),
        ([{"action": "EXIT", "onStatusReason": ESSENTIAL.lower()}], fail(1), 2),
    ],
    ids=str,
)
def test_rules(
    client: Any, batch_mock: BatchMock, rules: list[dict[str, str]], first: Any, attempts: int
) -> None:
    """The first rule whose conditions all match decides, and without a match the job is retried."""
    strategy = {"attempts": 2, "evaluateOnExit": rules}
    job = ran(client, batch_mock, strategy, first, succeed())
    assert len(job["attempts"]) == attempts
    assert job["status"] == {1: "FAILED", 2: "SUCCEEDED"}[attempts]


def test_patterns_without_case() -> None:
    """The policy case_sensitive_patterns=False lets patterns match in any letter case."""
    rule = {"action": "EXIT", "onStatusReason": ESSENTIAL.upper()}
    strategy = {"attempts": 2, "evaluateOnExit": [rule]}
    with provisioned_mock(policies=Policies(case_sensitive_patterns=False)) as (mock, client):
        assert len(ran(client, mock, strategy, fail(1))["attempts"]) == 1


def test_retry_adds_no_attempts(client: Any, batch_mock: BatchMock) -> None:
    """RETRY retries only while attempts remain."""
    strategy = {"attempts": 2, "evaluateOnExit": [{"action": "RETRY", "onExitCode": "*"}]}
    assert exit_codes(ran(client, batch_mock, strategy, fail(1))) == [1, 1]


def test_rules_look_at_failures_only(client: Any, batch_mock: BatchMock) -> None:
    """Exit code 0 ends the job as SUCCEEDED, regardless of rules."""
    strategy = {"attempts": 2, "evaluateOnExit": [{"action": "RETRY", "onExitCode": "0"}]}
    job = ran(client, batch_mock, strategy, succeed())
    assert (job["status"], exit_codes(job)) == ("SUCCEEDED", [0])


@pytest.mark.parametrize("outcome", [cannot_pull_image(), docker_timeout(), reclaim_spot()])
def test_what_uses_up_attempts(client: Any, batch_mock: BatchMock, outcome: Any) -> None:
    """Failed starts and lost hosts use up attempts like exits do."""
    job = ran(client, batch_mock, {"attempts": 2}, outcome)
    assert (job["status"], exit_codes(job)) == ("FAILED", [None, None])


def test_worked_example(client: Any, batch_mock: BatchMock) -> None:
    """A reclaimed host is retried by the first rule, exit code 1 ends the job by the second."""
    strategy = {"attempts": 3, "evaluateOnExit": [SPOT, REST]}
    job = ran(client, batch_mock, strategy, reclaim_spot(), fail(1), succeed())
    lost, failed = (attempt["statusReason"] for attempt in job["attempts"])
    assert lost.startswith("Host EC2 (instance i-")
    assert failed == ESSENTIAL
    assert (job["status"], exit_codes(job)) == ("FAILED", [None, 1])


def test_two_attempts_after_a_lost_host(client: Any, batch_mock: BatchMock) -> None:
    """A job that lost its host and then succeeded shows both reasons."""
    job = ran(client, batch_mock, {"attempts": 2}, reclaim_spot(), succeed())
    lost, ended = (attempt["statusReason"] for attempt in job["attempts"])
    assert lost.startswith("Host EC2 (instance i-")
    assert lost.endswith(") terminated.")
    assert (ended, job["statusReason"], job["status"]) == (ESSENTIAL, ESSENTIAL, "SUCCEEDED")


@pytest.mark.parametrize(
    ("registered", "submitted", "shown", "count"),
    [
        ({"attempts": 3}, None, {"attempts": 3, "evaluateOnExit": []}, 3),
        ({"attempts": 3}, {"attempts": 2}, {"attempts": 2, "evaluateOnExit": []}, 2),
        (
            {"attempts": 5, "evaluateOnExit": [SPOT, REST]},
            {"attempts": 1},
            {"attempts": 1, "evaluateOnExit": []},
            1,
        ),
        (
            {"attempts": 5, "evaluateOnExit": [REST]},
            {"attempts": 2},
            {"attempts": 2, "evaluateOnExit": []},
            2,
        ),
        (
            {"attempts": 5},
            {"attempts": 3, "evaluateOnExit": [REST]},
            {"attempts": 3, "evaluateOnExit": [{"action": "exit", "onReason": "*"}]},
            1,
        ),
    ],
)
def test_submit_replaces_as_a_whole(
    client: Any,
    batch_mock: BatchMock,
    registered: dict[str, Any],
    submitted: dict[str, Any] | None,
    shown: dict[str, Any],
    count: int,
) -> None:
    """A strategy given at submission replaces the definition's, rules included."""
    batch_mock.script("job", fail(1))
    register(client, "retrying", retryStrategy=registered)
    members = {"retryStrategy": submitted} if submitted else {}
    job_id = submit(client, jobDefinition="retrying", **members)
    batch_mock.run()
    job = described(client, job_id)
    assert (job["retryStrategy"], len(job["attempts"])) == (shown, count)


def test_timeout_is_never_retried(client: Any, batch_mock: BatchMock) -> None:
    """A timed-out attempt is the last, regardless of the strategy."""
    batch_mock.script("job", hang())
    rules = [{"action": "RETRY", "onStatusReason": "*"}]
    job_id = submit(
        client,
        retryStrategy={"attempts": 10, "evaluateOnExit": rules},
        timeout={"attemptDurationSeconds": 60},
    )
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], len(job["attempts"])) == ("FAILED", 1)


def test_termination_is_never_retried(client: Any, batch_mock: BatchMock) -> None:
    """A terminated attempt is the last, regardless of the strategy."""
    batch_mock.script("job", hang())
    rules = [{"action": "RETRY", "onExitCode": "137"}]
    job_id = submit(client, retryStrategy={"attempts": 10, "evaluateOnExit": rules})
    batch_mock.tick(10)
    client.terminate_job(jobId=job_id, reason="enough")
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], len(job["attempts"])) == ("FAILED", 1)
