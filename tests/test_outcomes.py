from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    Outcome,
    call,
    cannot_create_container,
    cannot_initialize_resources,
    cannot_inspect,
    cannot_pull_image,
    cannot_start,
    docker_timeout,
    fail,
    hang,
    out_of_memory,
    reclaim_spot,
    succeed,
    terminate_host,
)

from .builders import ARN, ESSENTIAL, START_MS, described, status_of, submit

NOT_STARTED = "Task failed to start"
HOST_LOST = r"Host EC2 \(instance i-[0-9a-f]{17}\) terminated\."
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"

CATALOGUE = [
    (succeed(), 0, None, ESSENTIAL, True),
    (fail(), 1, None, ESSENTIAL, True),
    (fail(42), 42, None, ESSENTIAL, True),
    (fail(255), 255, None, ESSENTIAL, True),
    (fail(3, reason="because"), 3, "because", ESSENTIAL, True),
    (fail(3, status_reason="Went wrong"), 3, None, "Went wrong", True),
    (out_of_memory(), 137, OUT_OF_MEMORY, ESSENTIAL, True),
    (reclaim_spot(), None, None, HOST_LOST, True),
    (terminate_host(), None, None, HOST_LOST, True),
    (cannot_start("Because"), None, "Because", NOT_STARTED, False),
    (cannot_start("Because", status_reason="No"), None, "Because", "No", False),
    (
        cannot_pull_image(),
        None,
        "CannotPullContainerError: Error response from daemon: manifest for busybox not found: "
        "manifest unknown: Requested image not found",
        NOT_STARTED,
        False,
    ),
    (
        cannot_create_container(),
        None,
        "CannotCreateContainerError: Error response from daemon: No such container: busybox",
        NOT_STARTED,
        False,
    ),
    (
        docker_timeout(),
        None,
        "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s",
        NOT_STARTED,
        False,
    ),
    (
        cannot_initialize_resources(),
        None,
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
        "retrieval failed",
        NOT_STARTED,
        False,
    ),
]


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def exit_codes(client: Any, job_id: str) -> list[int]:
    """Return the exit code of each attempt."""
    return [item["container"]["exitCode"] for item in described(client, job_id)["attempts"]]


@pytest.mark.parametrize(
    ("outcome", "exit_code", "reason", "status_reason", "started"),
    CATALOGUE,
    ids=[repr(row[0])[:40] for row in CATALOGUE],
)
def test_catalogue(
    client: Any,
    batch_mock: BatchMock,
    outcome: Any,
    exit_code: int | None,
    reason: str | None,
    status_reason: str,
    started: bool,
) -> None:
    """Each outcome sets the exit code, reason, statusReason, and start, if any."""
    batch_mock.script("job", outcome)
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    (attempt,) = job["attempts"]
    assert job["status"] == ("SUCCEEDED" if exit_code == 0 else "FAILED")
    for container in (job["container"], attempt["container"]):
        assert (container.get("exitCode"), container.get("reason")) == (exit_code, reason)
    assert job["statusReason"] == attempt["statusReason"]
    assert status_reason == job["statusReason"] or re.fullmatch(status_reason, job["statusReason"])
    assert ("startedAt" in attempt, "startedAt" in job) == (started, started)


def test_hang(client: Any, batch_mock: BatchMock) -> None:
    """A hanging job stays RUNNING however long the test waits, and `run` still ends."""
    batch_mock.script("job", hang())
    job_id = submit(client)
    batch_mock.run()
    batch_mock.tick(timedelta(days=365))
    assert status_of(client, job_id) == "RUNNING"


def test_unscripted(client: Any, batch_mock: BatchMock) -> None:
    """A job without a script succeeds, and each of its stages takes a second."""
    job_id = submit(client)
    batch_mock.run()
    moves = [(move.to_status, move.at_ms - START_MS) for move in batch_mock.job(job_id).history]
    assert moves == [("RUNNABLE", 1000), ("STARTING", 2000), ("RUNNING", 3000), ("SUCCEEDED", 4000)]


def test_lost_host_on_fargate(client: Any, batch_mock: BatchMock) -> None:
    """On Fargate, a lost host is a Spot interruption, since there is no instance to name."""
    batch_mock.provision("fargate", "fargate", "fargate", fargate=True)
    batch_mock.script("job", reclaim_spot())
    job_id = submit(client, jobQueue="fargate", jobDefinition="fargate")
    batch_mock.run()
    assert described(client, job_id)["statusReason"] == "Your Spot Task was interrupted."


@pytest.mark.parametrize(
    "made",
    [
        lambda **timing: succeed(after=30, **timing),
        lambda **timing: fail(after=30, **timing),
        lambda **timing: out_of_memory(after=30, **timing),
        lambda **timing: terminate_host(after=30, **timing),
        lambda **timing: reclaim_spot(after=timedelta(seconds=30), **timing),
        lambda **timing: call(lambda context: None, after=30, **timing),
    ],
    ids=["succeed", "fail", "out_of_memory", "terminate_host", "reclaim_spot", "call"],
)
def test_times(client: Any, batch_mock: BatchMock, made: Callable[..., Any]) -> None:
    """`runnable`, `starting` and `after` are the seconds in RUNNABLE, STARTING and RUNNING."""
    batch_mock.script("job", made(runnable=10, starting=timedelta(seconds=20)))
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    times = [move.at_ms - START_MS for move in batch_mock.job(job_id).history]
    assert times == [1000, 11000, 31000, 61000]
    assert (job["startedAt"], job["stoppedAt"]) == (START_MS + 31000, START_MS + 61000)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (
            cannot_inspect(after=5),
            "CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s",
        ),
        (fail(None, after=5), None),
    ],
)
def test_no_exit_code(
    client: Any, batch_mock: BatchMock, outcome: Outcome, reason: str | None
) -> None:
    """An attempt can run and leave no exit code."""
    batch_mock.script("job", outcome, succeed())
    job_id = submit(client, retryStrategy={"attempts": 2})
    batch_mock.run()
    job = described(client, job_id)
    first = job["attempts"][0]
    assert job["status"] == "SUCCEEDED"
    assert first["startedAt"] == START_MS + 3000
    assert first["statusReason"] == ESSENTIAL
    assert "exitCode" not in first["container"]
    assert first["container"].get("reason") == reason


@pytest.mark.parametrize(
    "made",
    [
        lambda **timing: cannot_start("no", **timing),
        cannot_pull_image,
        cannot_create_container,
        docker_timeout,
        cannot_initialize_resources,
    ],
)
def test_times_of_a_failed_start(
    client: Any, batch_mock: BatchMock, made: Callable[..., Any]
) -> None:
    """A failed start takes its time in RUNNABLE and STARTING."""
    batch_mock.script("job", made(runnable=10, starting=20))
    job_id = submit(client)
    batch_mock.run()
    assert [move.at_ms - START_MS for move in batch_mock.job(job_id).history] == [
        1000,
        11000,
        31000,
    ]


@pytest.mark.parametrize(
    ("logs", "lines"),
    [
        ((), []),
        (["a", "b"], ["a", "b"]),
        ("a\nb\n", ["a", "b"]),
        ((line for line in ("a", "b")), ["a", "b"]),
    ],
    ids=["none", "list", "text", "generator"],
)
def test_logs(client: Any, batch_mock: BatchMock, logs: Any, lines: list[str]) -> None:
    """`logs` are the lines that an attempt writes, as a list or as one text."""
    batch_mock.script("job", fail(logs=logs))
    job_id = submit(client)
    batch_mock.run()
    assert batch_mock.logs(job_id) == lines


def test_one_outcome_for_each_attempt(client: Any, batch_mock: BatchMock) -> None:
    """Outcomes apply to attempts in order, and the last one to all later attempts."""
    batch_mock.script("job", fail(1), fail(2))
    job_id = submit(client, retryStrategy={"attempts": 4})
    batch_mock.run()
    assert exit_codes(client, job_id) == [1, 2, 2, 2]


def test_each_job_begins_with_the_first(client: Any, batch_mock: BatchMock) -> None:
    """Outcomes are not consumed: every job that matches a script begins with the first."""
    batch_mock.script("job", fail(1), succeed())
    ids = [submit(client, retryStrategy={"attempts": 2}) for _ in range(2)]
    batch_mock.run()
    assert [exit_codes(client, job_id) for job_id in ids] == [[1, 0], [1, 0]]


def test_name_can_be_left_out(client: Any, batch_mock: BatchMock) -> None:
    """A script without a name applies to all jobs."""
    batch_mock.script(fail(7))
    job_id = submit(client)
    batch_mock.run()
    assert exit_codes(client, job_id) == [7]


@pytest.mark.parametrize(
    ("name", "options", "covered"),
    [
        ("train-1", {}, True),
        ("train-*", {}, True),
        ("train-[0-9]", {}, True),
        ("train-?", {}, True),
        ("*", {}, True),
        ("train", {}, False),
        ("Train-1", {}, False),
        ("TRAIN-*", {}, False),
        ("*", {"job_queue": "queue"}, True),
        ("*", {"job_queue": "q*"}, True),
        ("*", {"job_queue": "other"}, False),
        ("*", {"job_definition": "definition"}, True),
        ("*", {"job_definition": "definition:1"}, True),
        ("*", {"job_definition": "def*"}, True),
        ("*", {"job_definition": "definition:2"}, False),
        ("*", {"job_definition": "other"}, False),
        ("*", {"job_queue": f"{ARN}job-queue/queue"}, True),
        ("*", {"job_queue": "arn:*:job-queue/q*"}, True),
        ("*", {"job_queue": f"{ARN}job-queue/other"}, False),
        ("*", {"job_queue": f"{ARN}job-queue/queue".replace("us-east-1", "eu-west-1")}, False),
        ("*", {"job_definition": f"{ARN}job-definition/definition:1"}, True),
        ("*", {"job_definition": f"{ARN}job-definition/definition"}, True),
        ("*", {"job_definition": f"{ARN}job-definition/definition:2"}, False),
        ("train-*", {"job_queue": "queue", "job_definition": "other"}, False),
        ("*", {"array_index": 0}, False),
        ("*", {"node_index": 0}, False),
    ],
)
def test_which_jobs(
    client: Any, batch_mock: BatchMock, name: str, options: dict[str, Any], covered: bool
) -> None:
    """A script matches jobs by name, queue and definition: names, ARNs, or case-sensitive globs."""
    batch_mock.script(name, fail(9), **options)
    job_id = submit(client, "train-1")
    batch_mock.run()
    assert exit_codes(client, job_id) == [9 if covered else 0]


def test_newest_script_wins(client: Any, batch_mock: BatchMock) -> None:
    """The newest matching script wins from then on, also for running jobs."""
    batch_mock.script("job", fail(1))
    job_id = submit(client, retryStrategy={"attempts": 3})
    batch_mock.run_until(job_id, "RUNNING")
    batch_mock.script("*", fail(2))
    batch_mock.run()
    assert exit_codes(client, job_id) == [1, 2, 2]


def test_repr() -> None:
    """The repr of an outcome is the call that creates it."""
    outcomes = (succeed(), fail(3), hang(), docker_timeout(), out_of_memory(), reclaim_spot())
    assert [repr(outcome) for outcome in outcomes] == [
        "<Outcome succeed()>",
        "<Outcome fail(3)>",
        "<Outcome hang()>",
        "<Outcome docker_timeout()>",
        "<Outcome out_of_memory()>",
        "<Outcome reclaim_spot()>",
    ]


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (
            lambda mock: mock.script("train-*"),
            "batchmock: script('train-*') has no outcome, so nothing would change. "
            'Pass one for each attempt: script("train-*", fail(1), succeed(after=30)).',
        ),
        (
            lambda mock: mock.script(7, fail()),
            "batchmock: script() got 7 as the job name. "
            'Pass a name or glob first, then outcomes: script("train-*", fail(1), succeed()).',
        ),
        *(
            (
                lambda mock, name=name, value=value: mock.script("*", fail(), **{name: value}),
                f"batchmock: script({name}=) is {value!r}, which is not text. Pass a name, a glob of names, "
                "or an ARN, and call script() once for each of several.",
            )
            for name in ("job_queue", "job_definition", "compute_environment")
            for value in (["queue"], 5, b"queue")
        ),
        (
            lambda mock: mock.script("train-*", 1),
            "batchmock: script('train-*') got 1, which is not an outcome. Make outcomes with "
            "succeed(), fail(), hang(), call(function), cannot_start(reason), in_containers({name: outcome}), "
            "out_of_memory(), reclaim_spot() and the others of batchmock.",
        ),
        (
            lambda mock: fail(0),
            "batchmock: exit_code is 0; a container exits with a whole number from 1 to 255. "
            "Use succeed() for exit code 0.",
        ),
        (
            lambda mock: fail(256),
            "batchmock: exit_code is 256; a container exits with a whole number from 1 to 255. "
            "Use succeed() for exit code 0.",
        ),
        (
            lambda mock: fail(True),
            "batchmock: exit_code is True; a container exits with a whole number from 1 to 255. "
            "Use succeed() for exit code 0.",
        ),
        (
            lambda mock: succeed(after=-1),
            "batchmock: after is -1; time can't go backwards. "
            "Pass zero or more seconds, or a datetime.timedelta of zero or more.",
        ),
        (
            lambda mock: succeed(after="5"),
            "batchmock: after is '5', which is not a length of time. "
            "Pass seconds (a number) or a datetime.timedelta.",
        ),
        (
            lambda mock: hang(starting=float("nan")),
            "batchmock: starting is nan; time can't go backwards. "
            "Pass zero or more seconds, or a datetime.timedelta of zero or more.",
        ),
        (
            lambda mock: succeed(logs=[1]),
            "batchmock: logs has 1, which is not a line of text. "
            'Pass strings: logs=["first line", "second line"], or with the seconds after the start: '
            'logs=[(0, "first line"), (10, "second line")].',
        ),
        (
            lambda mock: call(7),
            "batchmock: call() got 7, which can't be called. Pass a function of one parameter: "
            "call(lambda context: main(context.command)).",
        ),
    ],
)
def test_misuse(batch_mock: BatchMock, misuse: Callable[[BatchMock], Any], message: str) -> None:
    """Misuse raises an error that says what was passed and what to write instead."""
    with pytest.raises(BatchMockError) as caught:
        misuse(batch_mock)
    assert str(caught.value) == message


def test_misuse_of_on_sigterm() -> None:
    """An answer to SIGTERM is an exit code too, 0 included."""
    succeed(on_sigterm=0)
    with pytest.raises(BatchMockError) as caught:
        succeed(on_sigterm=300)
    assert str(caught.value) == (
        "batchmock: on_sigterm is 300; a container exits with a whole number from 0 to 255."
    )
