from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, call, cannot_start, fail, hang, succeed
from batchmock.outcomes import CallContext
from batchmock.simulation.tracking.functions import outcome_of, run_function

from ...builders import START_MS, described, provisioned_mock, register, submit

CONTEXT = CallContext("id", "job", 1, ["true"], {}, "queue", "definition:1")


def ends(function: Callable[[CallContext], Any]) -> tuple[int | None, tuple[str, ...]]:
    """Run a function in place of a container and return its exit code and its lines."""
    outcome, lines = run_function(function, CONTEXT)
    return outcome.exit_code, tuple(line.text for line in lines)


def leave(code: object) -> Callable[[CallContext], None]:
    """Return a function that calls sys.exit."""

    def function(context: CallContext) -> None:
        sys.exit(code)  # type: ignore[arg-type]

    return function


@pytest.mark.parametrize(
    ("result", "exit_code"),
    [
        (None, 0),
        (0, 0),
        (False, 0),
        (True, 1),
        (3, 3),
        (255, 255),
        (256, 0),
        (-1, 255),
        (fail(9), 9),
        (succeed(), 0),
    ],
    ids=str,
)
def test_returned(result: Any, exit_code: int) -> None:
    """None is exit code 0, a number is the exit code (modulo 256), and an outcome is used as it is."""
    assert ends(lambda context: result) == (exit_code, ())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (None, (0, ())),
        (0, (0, ())),
        (4, (4, ())),
        ("went wrong", (1, ("went wrong",))),
    ],
)
def test_exited(code: object, expected: tuple[int, tuple[str, ...]]) -> None:
    """SystemExit ends the container like a Python program: text is printed and the code is 1."""
    assert ends(leave(code)) == expected


def test_printed() -> None:
    """The log is what the function prints on either stream, followed by the lines of its outcome."""

    def function(context: CallContext) -> Any:
        print("one")  # noqa: T201
        print("two", file=sys.stderr)  # noqa: T201
        return fail(3, logs=["three"])

    assert ends(function) == (3, ("one", "two", "three"))


def test_raised() -> None:
    """An exception is exit code 1, with its traceback at the end of the log."""

    def function(context: CallContext) -> None:
        raise ValueError("no such file")

    exit_code, lines = ends(function)
    assert exit_code == 1
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError: no such file"


@pytest.mark.parametrize(
    ("error", "line"),
    [(ValueError("x"), "Traceback (most recent call last):"), (SystemExit("x"), "x")],
)
def test_raised_within_a_line(error: BaseException, line: str) -> None:
    """A traceback or the text of SystemExit begins a line of its own."""

    def function(context: CallContext) -> None:
        sys.stdout.write("half")
        raise error

    assert ends(function)[1][:2] == ("half", line)


@pytest.mark.parametrize("result", ["done", 1.5, call(lambda context: None), cannot_start("x")])
def test_returned_what_is_no_result(result: Any) -> None:
    """A return value that is not None, a number or an outcome of a running container is an error."""
    with pytest.raises(BatchMockError) as caught:
        outcome_of(result)
    assert str(caught.value) == (
        f"batchmock: the function given to call() returned {result!r}; return None, an exit code, "
        "or an outcome of a running container such as fail(3)."
    )


@pytest.mark.parametrize("raised", [KeyboardInterrupt, pytest.fail.Exception])
def test_what_is_not_the_containers(raised: type[BaseException]) -> None:
    """KeyboardInterrupt and the outcomes of pytest reach the test."""

    def function(context: CallContext) -> None:
        raise raised

    with pytest.raises(raised):
        run_function(function, CONTEXT)


@pytest.fixture
def contexts(batch_mock: BatchMock) -> list[CallContext]:
    """Return the contexts of a function that runs as all jobs and raises on its first call."""
    seen: list[CallContext] = []

    def function(context: CallContext) -> int:
        seen.append(context)
        return 1 if context.attempt == 1 else 0

    batch_mock.provision(job_queue="queue")
    batch_mock.script("*", call(function, after=5))
    return seen


def test_context(client: Any, batch_mock: BatchMock, contexts: list[CallContext]) -> None:
    """The function sees its job, attempt, queue, definition, parameters and the command to run."""
    register(client, "d", {"command": ["run", "Ref::in"]}, parameters={"in": "x"})
    job_id = submit(client, "train", jobDefinition="d", retryStrategy={"attempts": 2})
    batch_mock.run()
    first, second = contexts
    assert (first.job_id, first.job_name, first.attempt) == (job_id, "train", 1)
    assert (first.job_queue, first.job_definition) == ("queue", "d:1")
    assert (first.command, first.parameters) == (["run", "x"], {"in": "x"})
    assert (first.array_index, first.node_index) == (None, None)
    assert second.attempt == 2


def test_environment(client: Any, batch_mock: BatchMock, contexts: list[CallContext]) -> None:
    """The environment is the container's plus Batch's run-time variables, and attempts begin at 1."""
    register(client, "d", {"environment": [{"name": "A", "value": "1"}]})
    job_id = submit(client, jobDefinition="d", retryStrategy={"attempts": 2})
    batch_mock.run()
    first, second = (context.environment for context in contexts)
    assert first == {
        "A": "1",
        "AWS_BATCH_JOB_ID": job_id,
        "AWS_BATCH_JOB_ATTEMPT": "1",
        "AWS_BATCH_CE_NAME": "compute-environment",
        "AWS_BATCH_JQ_NAME": "queue",
    }
    assert second["AWS_BATCH_JOB_ATTEMPT"] == "2"


def test_context_is_a_copy(client: Any, batch_mock: BatchMock) -> None:
    """Changes to the context do not affect the job."""

    def function(context: CallContext) -> None:
        context.command.append("x")
        context.environment["A"] = "2"

    batch_mock.provision(job_queue="queue", job_definition="definition")
    batch_mock.script("*", call(function))
    job_id = submit(client)
    batch_mock.run()
    assert described(client, job_id)["container"]["command"] == ["true"]
    assert batch_mock.job(job_id).environment == {}


def test_runs_when_the_attempt_reaches_running() -> None:
    """The function runs at the instant of RUNNING, and the attempt ends `after` seconds later."""
    seen = []
    with provisioned_mock() as (mock, client):

        def function(context: CallContext) -> None:
            seen.append((mock.clock.epoch_ms, mock.job(context.job_id).status))

        mock.script("*", call(function, after=30))
        job_id = submit(client)
        mock.run()
        assert described(client, job_id)["stoppedAt"] == START_MS + 33000
    assert seen == [(START_MS + 3000, "RUNNING")]


@pytest.mark.parametrize(
    ("returned", "seconds"), [(succeed(after=7), 7), (fail(2), 30), (None, 30), (3, 30)]
)
def test_length_of_the_run(returned: Any, seconds: int) -> None:
    """The `after` of a returned outcome takes precedence over that of the call."""
    with provisioned_mock() as (mock, client):
        mock.script("*", call(lambda context: returned, after=30))
        job_id = submit(client)
        mock.run()
        assert described(client, job_id)["stoppedAt"] == START_MS + 3000 + 1000 * seconds


def test_hang_returned() -> None:
    """A function can return an outcome that hangs."""
    with provisioned_mock() as (mock, client):
        mock.script("*", call(lambda context: hang(on_sigterm=143)))
        job_id = submit(client, timeout={"attemptDurationSeconds": 60})
        mock.run()
        assert described(client, job_id)["container"]["exitCode"] == 143


def test_calls_the_service() -> None:
    """The function can submit other jobs."""
    with provisioned_mock() as (mock, client):
        mock.script("parent", call(lambda context: submit(client, "child") and None))
        submit(client, "parent")
        mock.run()
        assert [job.status for job in mock.jobs.named("child")] == ["SUCCEEDED"]


@pytest.mark.parametrize(
    ("misuse", "what"),
    [
        (lambda mock: mock.tick(), "tick()"),
        (lambda mock: mock.run(), "run()"),
        (lambda mock: mock.step(), "step()"),
        (lambda mock: mock.move_to("2030-01-01"), "move_to()"),
        (lambda mock: mock.run_until("x", "RUNNING"), "run_until()"),
        (lambda mock: mock.reset(), "reset()"),
    ],
)
def test_moving_time_from_inside(misuse: Callable[[BatchMock], Any], what: str) -> None:
    """A job's function cannot move time: the test gets one error, and the job continues."""
    with provisioned_mock() as (mock, client):
        mock.script("*", call(lambda context: misuse(mock)))
        job_id = submit(client)
        with pytest.raises(BatchMockError) as caught:
            mock.run()
        assert str(caught.value) == (
            f"batchmock: {what} was called while time is being moved, from a function that runs as "
            "a job or handles an event. Set the duration of a job with call(function, after=seconds), "
            "and move time in the test itself."
        )
        mock.run()
        assert mock.job(job_id).status == "SUCCEEDED"


def test_test_failure_in_the_function() -> None:
    """An attempt ends by itself even if its function has ended the test."""

    def function(context: CallContext) -> None:
        pytest.fail("in the container")

    with provisioned_mock() as (mock, client):
        mock.script("*", call(function))
        job_id = submit(client)
        with pytest.raises(pytest.fail.Exception, match="in the container"):
            mock.run()
        mock.run()
        assert described(client, job_id)["status"] == "SUCCEEDED"


def test_logs_of_each_attempt(client: Any, batch_mock: BatchMock) -> None:
    """Each attempt has its own log, and the default is that of the latest."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    batch_mock.script("*", fail(logs=["first"]), succeed(logs=["second"]))
    job_id = submit(client, retryStrategy={"attempts": 2})
    assert batch_mock.logs(job_id) == []
    batch_mock.run()
    assert [batch_mock.logs(job_id, number) for number in (1, 2)] == [["first"], ["second"]]
    assert batch_mock.logs(job_id) == ["second"]


def test_logs_of_no_attempt(client: Any, batch_mock: BatchMock) -> None:
    """The log of an unknown attempt is an error."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    job_id = submit(client)
    batch_mock.run()
    with pytest.raises(BatchMockError) as caught:
        batch_mock.logs(job_id, 2)
    assert str(caught.value) == (
        f"batchmock: job 'job' ({job_id}) has no attempt 2; it has had 1. "
        "Pass a number from 1 on, or leave it out for the latest."
    )
