from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    CallContext,
    Outcome,
    StuckError,
    UnknownJobError,
    call,
    cannot_start,
    fail,
    hang,
    mock_batch,
    out_of_memory,
    succeed,
)
from batchmock.options import make_options
from batchmock.provisioning.for_jobs import DEFAULT_INSTANCE_TYPES
from batchmock.provisioning.job_requests import compute_environment_request

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
Submit = Callable[..., str]


@pytest.fixture
def submit(batch_mock: BatchMock, client: Any) -> Submit:
    """Submit a job to an existing queue and return its id."""
    batch_mock.provision()

    def submit_job(name: str = "job", **members: Any) -> str:
        request = {"jobName": name, "jobQueue": "job-queue", "jobDefinition": "job-definition"}
        job_id: str = client.submit_job(**{**request, **members})["jobId"]
        return job_id

    return submit_job


def message_of(error: type[BatchMockError], function: Any, *args: Any, **kwargs: Any) -> str:
    """Return the text of the error that a call raises."""
    with pytest.raises(BatchMockError) as caught:
        function(*args, **kwargs)
    assert type(caught.value) is error
    return str(caught.value)


def moves(batch_mock: BatchMock) -> list[tuple[float, str]]:
    """Return all transitions as seconds since the start, and the status reached."""
    return [((move.at - START).total_seconds(), move.to_status) for move in batch_mock.transitions]


# Start and stop


def test_without_mock_batch() -> None:
    """A `BatchMock` can be started and stopped repeatedly and keeps its state."""
    mock = BatchMock(make_options({"region": "eu-west-1"}))
    mock.start()
    mock.provision()
    mock.stop()
    assert mock.start() is mock
    assert len(boto3.client("batch").describe_job_queues()["jobQueues"]) == 1
    mock.stop()


def test_start_twice(batch_mock: BatchMock) -> None:
    """A started mock cannot be started again."""
    assert message_of(BatchMockError, batch_mock.start) == (
        "batchmock: this mock is already started. Stop it first, or make another with mock_batch()."
    )


def test_stop_twice() -> None:
    """A stopped mock cannot be stopped again."""
    assert message_of(BatchMockError, BatchMock().stop) == (
        "batchmock: this mock is not started, so there is nothing to stop."
    )


def test_looking_after_the_end(submit: Submit, batch_mock: BatchMock) -> None:
    """After the mock has stopped, its history can be read and time can move."""
    with mock_batch(start=START) as mock:
        mock.provision()
        boto3.client("batch").submit_job(
            jobName="n", jobQueue="job-queue", jobDefinition="job-definition"
        )
    mock.run()
    assert mock.jobs.only().status == "SUCCEEDED"
    assert mock.calls.count("SubmitJob") == 1


def test_repr(submit: Submit, batch_mock: BatchMock) -> None:
    """The repr of a mock shows its number of jobs and its time."""
    submit()
    assert repr(batch_mock) == ("<BatchMock started, 1 job, <Clock 2026-01-02T03:04:05.000+00:00>>")


# Time


def test_clock_starts(batch_mock: BatchMock) -> None:
    """The clock starts at the requested instant."""
    assert batch_mock.clock.now == START
    assert batch_mock.clock.epoch_ms == 1767323045000


def test_clock_stands_still(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """API calls do not move the clock."""
    job_id = submit()
    for _ in range(10):
        client.describe_jobs(jobs=[job_id])
    assert batch_mock.clock.now == START


@pytest.mark.parametrize(
    ("delta", "seconds"),
    [(5, 5.0), (0.25, 0.25), (0, 0.0), (timedelta(minutes=1), 60.0)],
)
def test_tick(batch_mock: BatchMock, delta: Any, seconds: float) -> None:
    """`tick` moves the clock by seconds or a `timedelta`."""
    batch_mock.tick(delta)
    assert (batch_mock.clock.now - START).total_seconds() == seconds


def test_tick_by_default(submit: Submit, batch_mock: BatchMock) -> None:
    """Without an argument, a tick is one second, which is one stage."""
    submit()
    seen = []
    for _ in range(4):
        batch_mock.tick()
        seen.append(batch_mock.jobs.only().status)
    assert seen == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]


def test_tick_over_much(submit: Submit, batch_mock: BatchMock) -> None:
    """All events due within a tick happen in order, each at its own time."""
    submit()
    batch_mock.tick(100)
    assert moves(batch_mock) == [
        (1.0, "RUNNABLE"),
        (2.0, "STARTING"),
        (3.0, "RUNNING"),
        (4.0, "SUCCEEDED"),
    ]
    assert (batch_mock.clock.now - START).total_seconds() == 100


def test_tick_up_to_the_instant(submit: Submit, batch_mock: BatchMock) -> None:
    """An event due at the very end of a tick happens, and one due a millisecond later does not."""
    submit()
    batch_mock.tick(0.999)
    assert batch_mock.transitions == []
    batch_mock.tick(0.001)
    assert moves(batch_mock) == [(1.0, "RUNNABLE")]


def test_tick_backwards(batch_mock: BatchMock) -> None:
    """A negative tick is refused."""
    assert message_of(BatchMockError, batch_mock.tick, -1) == (
        "batchmock: delta is -1; time can't go backwards. "
        "Pass zero or more seconds, or a datetime.timedelta of zero or more."
    )
    assert batch_mock.clock.now == START


@pytest.mark.parametrize("delta", [1e12, timedelta.max])
def test_tick_out_of_the_calendar(batch_mock: BatchMock, delta: Any) -> None:
    """A tick beyond the range of `datetime` is refused."""
    message = message_of(BatchMockError, batch_mock.tick, delta)
    assert message.startswith(f"batchmock: delta is {delta!r}; ")
    assert batch_mock.clock.now == START


@pytest.mark.parametrize(
    "when",
    [
        datetime(2026, 1, 2, 4, tzinfo=timezone.utc),
        datetime(2026, 1, 2, 4),
        datetime(2026, 1, 2, 6, tzinfo=timezone(timedelta(hours=2))),
        "2026-01-02T04:00:00Z",
        "2026-01-02T04:00:00",
        "2026-01-02 06:00:00+02:00",
        1767326400,
        1767326400.0,
    ],
)
def test_move_to(batch_mock: BatchMock, when: Any) -> None:
    """`move_to` takes a `datetime` (UTC if naive), an ISO 8601 string, or Unix seconds."""
    batch_mock.move_to(when)
    assert batch_mock.clock.now == datetime(2026, 1, 2, 4, tzinfo=timezone.utc)


def test_move_to_now(batch_mock: BatchMock) -> None:
    """Moving to the present instant is allowed."""
    batch_mock.move_to(START)
    assert batch_mock.clock.now == START


def test_move_to_the_past(batch_mock: BatchMock) -> None:
    """Moving back in time is refused, however short the distance."""
    assert message_of(BatchMockError, batch_mock.move_to, "2026-01-02T03:04:04.500Z") == (
        "batchmock: time can't go backwards. The clock is at 2026-01-02 03:04:05, and move_to() "
        "got 2026-01-02 03:04:04.500. Pass a later instant, or call reset()."
    )


@pytest.mark.parametrize("when", ["soon", None, True, float("nan"), float("inf"), 1e300])
def test_move_to_no_instant(batch_mock: BatchMock, when: Any) -> None:
    """A value that is not an instant is refused, and the message says what to pass."""
    assert message_of(BatchMockError, batch_mock.move_to, when) == (
        f"batchmock: when is {when!r}, which is not a point in time. Pass a datetime, "
        'an ISO 8601 string such as "2026-01-02T03:04:05Z", or Unix seconds.'
    )


def test_step(submit: Submit, batch_mock: BatchMock) -> None:
    """A step moves to the next due event and returns its transitions."""
    job_id = submit()
    (move,) = batch_mock.step()
    assert (move.job_id, move.from_status, move.to_status) == (job_id, "SUBMITTED", "RUNNABLE")
    assert move.at == batch_mock.clock.now == START + timedelta(seconds=1)
    assert repr(move) == (
        f"<Transition 2026-01-02T03:04:06.000+00:00 {job_id} SUBMITTED -> RUNNABLE>"
    )


def test_step_with_nothing_due(batch_mock: BatchMock) -> None:
    """A step is a no-op if nothing is due."""
    assert batch_mock.step() == []
    assert batch_mock.clock.now == START


def test_step_that_moves_no_job(batch_mock: BatchMock) -> None:
    """A step may cause something other than a transition, as when a queue becomes VALID."""
    with mock_batch(start=START, resource_seconds=5) as mock:
        mock.provision()
        client = boto3.client("batch")
        client.update_job_queue(jobQueue="job-queue", priority=2)
        assert mock.step() == []
        assert mock.clock.now == START + timedelta(seconds=5)


def test_run(submit: Submit, batch_mock: BatchMock) -> None:
    """`run` continues until nothing is due, and returns the transitions."""
    submit()
    batch_mock.tick(2)
    assert [move.to_status for move in batch_mock.run()] == ["RUNNING", "SUCCEEDED"]
    assert batch_mock.run() == []
    assert batch_mock.clock.now == START + timedelta(seconds=4)


def test_run_past_what_hangs(submit: Submit, batch_mock: BatchMock) -> None:
    """`run` ends although jobs hang or are held."""
    batch_mock.script("hung", hang())
    batch_mock.hold("held")
    hung, held = submit("hung"), submit("held")
    batch_mock.run()
    assert batch_mock.job(hung).status == "RUNNING"
    assert batch_mock.job(held).status == "RUNNABLE"


@pytest.mark.parametrize(
    ("status", "seconds"),
    [
        ("SUBMITTED", 0),
        ("RUNNABLE", 1),
        ("STARTING", 2),
        ("RUNNING", 3),
        ("SUCCEEDED", 4),
    ],
)
def test_run_until(submit: Submit, batch_mock: BatchMock, status: str, seconds: int) -> None:
    """`run_until` moves to the instant at which the job reaches the status, and no further."""
    job_id = submit()
    batch_mock.run_until(job_id, status)
    batch_mock.run_until(job_id, status)
    assert batch_mock.job(job_id).status == status
    assert batch_mock.clock.now == START + timedelta(seconds=seconds)


def test_run_until_no_status(submit: Submit, batch_mock: BatchMock) -> None:
    """An unknown status is refused, and the message lists the known ones."""
    assert message_of(BatchMockError, batch_mock.run_until, submit(), "DONE") == (
        "batchmock: 'DONE' is not a status of this kind of job. Use one of SUBMITTED, PENDING, RUNNABLE, "
        "STARTING, RUNNING, SUCCEEDED, FAILED."
    )


# StuckError


def test_stuck_hanging(submit: Submit, batch_mock: BatchMock) -> None:
    """A job that hangs without a timeout is stuck in RUNNING."""
    batch_mock.script("job", hang())
    job_id = submit()
    assert message_of(StuckError, batch_mock.run_until, job_id, "SUCCEEDED") == (
        f"batchmock: job 'job' ({job_id}) did not reach SUCCEEDED; it is stuck "
        "(clock is at 2026-01-02 03:04:08).\n"
        f"job 'job' ({job_id}) has been RUNNING since 2026-01-02 03:04:08.\n"
        "Attempt 1 of 1 hangs.\n"
        "It has no timeout, so only a TerminateJob ends it.\n"
        "Nothing is scheduled that could change this: terminate it, or give it a timeout."
    )


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING"])
def test_stuck_held(submit: Submit, batch_mock: BatchMock, status: str) -> None:
    """A held job is stuck at its hold, and the message says how to release it."""
    batch_mock.hold("job", at=status)
    job_id = submit()
    since = {"SUBMITTED": 5, "RUNNABLE": 6, "STARTING": 7, "RUNNING": 8}[status]
    now = since + 1
    message = message_of(StuckError, batch_mock.run_until, job_id, "SUCCEEDED")
    assert message == (
        f"batchmock: job 'job' ({job_id}) did not reach SUCCEEDED; it is stuck "
        f"(clock is at 2026-01-02 03:04:0{now}).\n"
        f"job 'job' ({job_id}) has been {status} since 2026-01-02 03:04:0{since}.\n"
        f"It is held at {status}; release('job') lets it continue, and nothing else does.\n"
        "Release it first: batch_mock.release('job')."
    )


def test_stuck_waiting_for_a_hanging_job(submit: Submit, batch_mock: BatchMock) -> None:
    """A job that waits for one that hangs is stuck in PENDING."""
    batch_mock.script("first", hang())
    first = submit("first")
    second = submit("second", dependsOn=[{"jobId": first}])
    assert message_of(StuckError, batch_mock.run_until, second, "RUNNING") == (
        f"batchmock: job 'second' ({second}) did not reach RUNNING; it is stuck "
        "(clock is at 2026-01-02 03:04:08).\n"
        f"job 'second' ({second}) has been PENDING since 2026-01-02 03:04:06.\n"
        f"It waits for job 'first' ({first}), which is RUNNING.\n"
        "To let it start: script an outcome that ends for 'first', which hangs.\n"
        "Nothing is scheduled that could change this."
    )


def test_stuck_without_an_environment(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """A job whose queue has no enabled environment is stuck in RUNNABLE."""
    job_id = submit()
    client.update_compute_environment(computeEnvironment="compute-environment", state="DISABLED")
    assert message_of(StuckError, batch_mock.run_until, job_id, "STARTING") == (
        f"batchmock: job 'job' ({job_id}) did not reach STARTING; it is stuck "
        "(clock is at 2026-01-02 03:07:07).\n"
        f"job 'job' ({job_id}) has been RUNNABLE since 2026-01-02 03:04:06.\n"
        "It is the first in job queue 'job-queue'.\n"
        "Compute environment 'compute-environment' takes no jobs: its state is DISABLED.\n"
        "To let it start: enable compute environment 'compute-environment'.\n"
        "Nothing is scheduled that could change this."
    )


def test_stuck_ended_otherwise(submit: Submit, batch_mock: BatchMock) -> None:
    """Waiting for a failed job to succeed raises StuckError."""
    batch_mock.script("job", fail(3))
    job_id = submit()
    assert message_of(StuckError, batch_mock.run_until, job_id, "SUCCEEDED") == (
        f"batchmock: job 'job' ({job_id}) did not reach SUCCEEDED; it has ended "
        "(clock is at 2026-01-02 03:04:09).\n"
        f"job 'job' ({job_id}) has been FAILED since 2026-01-02 03:04:09.\n"
        "Attempt 1 of 1 exited with code 3 (Essential container in task exited). "
        "It was not retried: attempt 1 of 1 was the last.\n"
        "Script another outcome for it, or wait for the status that it has."
    )


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE"])
def test_stuck_behind_it(submit: Submit, batch_mock: BatchMock, status: str) -> None:
    """Waiting for a status that the job has already left raises StuckError."""
    job_id = submit()
    batch_mock.run()
    assert message_of(StuckError, batch_mock.run_until, job_id, status) == (
        f"batchmock: job 'job' ({job_id}) did not reach {status}; it has ended "
        "(clock is at 2026-01-02 03:04:09).\n"
        f"job 'job' ({job_id}) has been SUCCEEDED since 2026-01-02 03:04:09.\n"
        "Attempt 1 of 1 exited with code 0.\n"
        f"It was {status} before: wait for that status earlier, or look at history."
    )


# From inside a job


def during(batch_mock: BatchMock, submit: Submit, function: Any, **members: Any) -> str:
    """Run a function as a job and return the id of the job."""
    batch_mock.script("job", call(function))
    job_id = submit(**members)
    batch_mock.run()
    return job_id


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("tick", (1,)),
        ("move_to", ("2027-01-01",)),
        ("step", ()),
        ("run", ()),
        ("run_until", ("id", "RUNNING")),
        ("reset", ()),
    ],
)
def test_time_is_not_moved_from_inside(
    submit: Submit, batch_mock: BatchMock, name: str, args: tuple[Any, ...]
) -> None:
    """A job's function cannot move time: the test gets the error, and the job continues."""
    batch_mock.script("job", call(lambda context: getattr(batch_mock, name)(*args)))
    job_id = submit()
    assert message_of(BatchMockError, batch_mock.run) == (
        f"batchmock: {name}() was called while time is being moved, "
        "from a function that runs as a job or handles an event. Set the duration of a job with "
        "call(function, after=seconds), and move time in the test itself."
    )
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"


def test_context(submit: Submit, batch_mock: BatchMock) -> None:
    """The context has the container's command, environment and attempt number."""
    seen: list[CallContext] = []
    job_id = during(
        batch_mock,
        submit,
        seen.append,
        parameters={"size": "5"},
        containerOverrides={
            "command": ["run", "Ref::size"],
            "environment": [{"name": "MODE", "value": "fast"}],
        },
    )
    assert seen == [
        CallContext(
            job_id=job_id,
            job_name="job",
            attempt=1,
            command=["run", "5"],
            environment={
                "MODE": "fast",
                "AWS_BATCH_JOB_ID": job_id,
                "AWS_BATCH_JOB_ATTEMPT": "1",
                "AWS_BATCH_CE_NAME": "compute-environment",
                "AWS_BATCH_JQ_NAME": "job-queue",
            },
            job_queue="job-queue",
            job_definition="job-definition:1",
            parameters={"size": "5"},
        )
    ]


def test_attempt_of_the_context(submit: Submit, batch_mock: BatchMock) -> None:
    """The function is called once for each attempt, with its number."""
    job_id = during(
        batch_mock,
        submit,
        lambda context: 0 if context.attempt == 3 else context.attempt,
        retryStrategy={"attempts": 5},
    )
    assert [attempt.exit_code for attempt in batch_mock.job(job_id).attempts] == [1, 2, 0]


def leave(code: Any) -> Callable[[CallContext], None]:
    """Return a function that raises `SystemExit`."""

    def function(context: CallContext) -> None:
        raise SystemExit(code)

    return function


def gives(result: Any) -> Callable[[CallContext], Any]:
    """Return a function that returns a result."""
    return lambda context: result


@pytest.mark.parametrize(
    ("function", "exit_code", "log"),
    [
        (gives(None), 0, []),
        (gives(0), 0, []),
        (gives(3), 3, []),
        (gives(256), 0, []),
        (gives(-1), 255, []),
        (gives(True), 1, []),
        (gives(succeed(logs=["good"])), 0, ["good"]),
        (gives(fail(7, logs="one\ntwo")), 7, ["one", "two"]),
        (gives(out_of_memory()), 137, []),
        (leave(None), 0, []),
        (leave(0), 0, []),
        (leave(4), 4, []),
        (leave("no such file"), 1, ["no such file"]),
        (lambda context: print("hello"), 0, ["hello"]),  # noqa: T201
        (lambda context: sys.stderr.write("bad\n") and 5, 5, ["bad"]),
    ],
)
def test_what_a_function_comes_to(
    submit: Submit, batch_mock: BatchMock, function: Any, exit_code: int, log: list[str]
) -> None:
    """The return value, output or `SystemExit` of the function sets the exit code and log of the attempt."""
    job_id = during(batch_mock, submit, function)
    assert batch_mock.job(job_id).attempts[0].exit_code == exit_code
    assert batch_mock.logs(job_id) == log


def test_function_that_raises(submit: Submit, batch_mock: BatchMock) -> None:
    """An exception means exit code 1, and the log has the earlier output and the traceback."""

    def function(context: CallContext) -> None:
        print("before")  # noqa: T201
        raise ValueError("no good")

    job_id = during(batch_mock, submit, function)
    log = batch_mock.logs(job_id)
    assert batch_mock.job(job_id).attempts[0].exit_code == 1
    assert log[:2] == ["before", "Traceback (most recent call last):"]
    assert log[-1] == "ValueError: no good"


@pytest.mark.parametrize("result", ["done", [1], cannot_start("late"), call(gives(0))])
def test_function_that_returns_nonsense(submit: Submit, batch_mock: BatchMock, result: Any) -> None:
    """An invalid return value raises an error in the test that says what to return."""
    batch_mock.script("job", call(gives(result)))
    submit()
    assert message_of(BatchMockError, batch_mock.run) == (
        f"batchmock: the function given to call() returned {result!r}; return None, "
        "an exit code, or an outcome of a running container such as fail(3)."
    )


def test_length_of_a_function(submit: Submit, batch_mock: BatchMock) -> None:
    """The attempt lasts as long as `call` specifies, unless the returned outcome overrides it."""
    batch_mock.script("short", call(gives(None), after=10))
    batch_mock.script("long", call(gives(succeed(after=100)), after=10))
    short, long = submit("short"), submit("long")
    batch_mock.run()
    lengths = [
        job.attempts[0].stopped_at - job.attempts[0].started_at  # type: ignore[operator]
        for job in (batch_mock.job(short), batch_mock.job(long))
    ]
    assert lengths == [timedelta(seconds=10), timedelta(seconds=100)]


def test_function_that_hangs(submit: Submit, batch_mock: BatchMock) -> None:
    """A function can return an outcome that hangs."""
    job_id = during(batch_mock, submit, gives(hang(logs=["deaf"])))
    assert batch_mock.job(job_id).status == "RUNNING"
    assert batch_mock.logs(job_id) == ["deaf"]


def test_function_that_submits(submit: Submit, batch_mock: BatchMock) -> None:
    """A function can use boto3 and submit the next job."""

    def function(context: CallContext) -> None:
        submit("next", dependsOn=[{"jobId": context.job_id}])

    during(batch_mock, submit, function)
    assert [(job.name, job.status) for job in batch_mock.jobs] == [
        ("job", "SUCCEEDED"),
        ("next", "SUCCEEDED"),
    ]


def test_function_that_describes_itself(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """While the function runs, its job is RUNNING."""
    seen = []

    def function(context: CallContext) -> None:
        seen.append(client.describe_jobs(jobs=[context.job_id])["jobs"][0]["status"])

    during(batch_mock, submit, function)
    assert seen == ["RUNNING"]


def test_function_that_terminates_itself(
    submit: Submit, batch_mock: BatchMock, client: Any
) -> None:
    """A function that terminates its own job ends FAILED, whatever it returns."""

    def function(context: CallContext) -> int:
        client.terminate_job(jobId=context.job_id, reason="enough")
        return 0

    job = batch_mock.job(during(batch_mock, submit, function, retryStrategy={"attempts": 3}))
    assert (job.status, job.status_reason, len(job.attempts)) == ("FAILED", "enough", 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit])
def test_interrupt_inside_a_function(
    submit: Submit, batch_mock: BatchMock, error: type[BaseException]
) -> None:
    """An exception that is not an `Exception` reaches the test once, and the mock remains usable."""

    def function(context: CallContext) -> None:
        raise error

    batch_mock.script("job", call(function))
    job_id, other = submit(), submit("other")
    with pytest.raises(error):
        batch_mock.run()
    assert batch_mock.job(job_id).status == "RUNNING"
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"
    assert batch_mock.job(other).status == "SUCCEEDED"


# Hold and release


@pytest.mark.parametrize("status", ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"])
@pytest.mark.parametrize("way", ["id", "name", "glob"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_hold(submit: Submit, batch_mock: BatchMock, status: str, way: str, when: str) -> None:
    """A job stays where it is held, by id, name or glob, and continues at once when released."""
    first = submit("first")
    if when == "before" and way != "id":
        batch_mock.hold({"name": "train-1", "glob": "train-*"}[way], at=status)
    job_id = submit("train-1", dependsOn=[{"jobId": first}])
    pattern = {"id": job_id, "name": "train-1", "glob": "train-*"}[way]
    if when == "after" or way == "id":
        batch_mock.hold(pattern, at=status)
    batch_mock.tick(1000)
    assert batch_mock.job(job_id).status == status
    batch_mock.release(pattern)
    assert batch_mock.job(job_id).status == status
    batch_mock.tick(0)
    assert batch_mock.job(job_id).history[-1].at == batch_mock.clock.now
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"


def test_hold_at_several_statuses(submit: Submit, batch_mock: BatchMock) -> None:
    """A job can be held at several statuses, and a release lifts all holds."""
    batch_mock.hold("job", at="STARTING")
    batch_mock.hold("*", at="RUNNABLE")
    job_id = submit()
    batch_mock.run()
    assert batch_mock.job(job_id).status == "RUNNABLE"
    batch_mock.release("job")
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"


def test_hold_others(submit: Submit, batch_mock: BatchMock) -> None:
    """Jobs of other names are not held."""
    batch_mock.hold("train-*")
    job_id = submit("Train-1")
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"


def test_release_of_future_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """A hold that no job has reached can be released and then holds none."""
    batch_mock.hold("train-1")
    batch_mock.release("train-*")
    job_id = submit("train-1")
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"


def test_hold_goes_on_after_a_release_of_one(submit: Submit, batch_mock: BatchMock) -> None:
    """Releasing one job by id leaves the others of the glob held, including later ones."""
    batch_mock.hold("train-*")
    first, second = submit("train-1"), submit("train-2")
    batch_mock.run()
    batch_mock.release(first)
    third = submit("train-3")
    batch_mock.run()
    assert [batch_mock.job(job).status for job in (first, second, third)] == [
        "SUCCEEDED",
        "RUNNABLE",
        "RUNNABLE",
    ]


def test_held_job_is_terminated(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """A held job can be terminated."""
    batch_mock.hold("job")
    job_id = submit()
    batch_mock.run()
    client.terminate_job(jobId=job_id, reason="enough")
    batch_mock.run()
    assert batch_mock.job(job_id).status == "FAILED"


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "DONE"])
def test_hold_where_none_can_be(batch_mock: BatchMock, status: str) -> None:
    """A job cannot be held at a final status or at an unknown one."""
    assert message_of(BatchMockError, batch_mock.hold, "job", status) == (
        f"batchmock: {status!r} is not a status of this kind of job. Use one of SUBMITTED, PENDING, RUNNABLE, "
        "SCHEDULED, STARTING, RUNNING."
    )


@pytest.mark.parametrize(("at", "status"), [("SUBMITTED", "RUNNING"), ("RUNNING", "SUCCEEDED")])
def test_hold_too_late(submit: Submit, batch_mock: BatchMock, at: str, status: str) -> None:
    """A job cannot be held at a status that it has already left."""
    job_id = submit()
    batch_mock.run_until(job_id, status)
    assert message_of(BatchMockError, batch_mock.hold, job_id, at) == (
        f"batchmock: job 'job' ({job_id}) can't be held at {at}: it is already {status}. "
        "Hold it earlier, or by its name before it is submitted."
    )


@pytest.mark.parametrize(
    ("held", "exists"),
    [
        ((), " Nothing is held."),
        (("a", "trian-*"), " Did you mean 'trian-*'? The holds are 'a', 'trian-*'."),
    ],
)
def test_release_of_nothing(batch_mock: BatchMock, held: tuple[str, ...], exists: str) -> None:
    """The error of a release that matches nothing lists the holds."""
    for pattern in held:
        batch_mock.hold(pattern)
    assert message_of(BatchMockError, batch_mock.release, "train") == (
        f"batchmock: release('train') found no hold to release.{exists} "
        'Hold a job first: hold("train-*", at="RUNNABLE").'
    )


# Scripts


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("train",),
            "batchmock: script('train') has no outcome, so nothing would change. "
            'Pass one for each attempt: script("train", fail(1), succeed(after=30)).',
        ),
        (
            ("train", 5),
            "batchmock: script('train') got 5, which is not an outcome. Make outcomes with "
            "succeed(), fail(), hang(), call(function), cannot_start(reason), in_containers({name: outcome}), "
            "out_of_memory(), reclaim_spot() and the others of batchmock.",
        ),
    ],
)
def test_script_misused(batch_mock: BatchMock, args: tuple[Any, ...], message: str) -> None:
    """An empty script is refused, and the message shows what to write instead."""
    assert message_of(BatchMockError, batch_mock.script, *args) == message


def test_script_for_queue_and_definition(submit: Submit, batch_mock: BatchMock) -> None:
    """A script can apply to the jobs of one queue or definition only."""
    batch_mock.provision(job_queue="other")
    batch_mock.script(fail(2), job_queue="other")  # type: ignore[arg-type]
    batch_mock.script("*", fail(3), job_definition="job-definition:2")
    first, second = submit(), submit(jobQueue="other")
    batch_mock.run()
    assert batch_mock.job(first).status == "SUCCEEDED"
    assert batch_mock.job(second).attempts[0].exit_code == 2


# Inspection


def test_unknown_job(batch_mock: BatchMock) -> None:
    """Without jobs, the error for an unknown id says that there are none."""
    for look in (batch_mock.job, batch_mock.logs):
        assert message_of(UnknownJobError, look, "id") == (
            "batchmock: no job has the id 'id'. No job exists yet.\n"
            "Pass the jobId that submit_job returned; jobs.named(glob) finds jobs by name."
        )


def test_unknown_job_among_others(submit: Submit, batch_mock: BatchMock) -> None:
    """The error for an unknown id lists the first ten existing ids."""
    ids = [submit(f"job-{number}") for number in range(12)]
    listed = "".join(f"\n  {job_id} 'job-{number}'" for number, job_id in enumerate(ids[:10]))
    assert message_of(UnknownJobError, batch_mock.run_until, "1", "RUNNING") == (
        f"batchmock: no job has the id '1'. There are 12 jobs:{listed}\n  and 2 more\n"
        "Pass the jobId that submit_job returned; jobs.named(glob) finds jobs by name."
    )


def test_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """Jobs are listed in the order of submission, including those that ended long ago."""
    names = ["c", "a", "b"]
    for name in names:
        submit(name)
    batch_mock.tick(timedelta(days=30))
    assert [job.name for job in batch_mock.jobs] == names


def test_transitions_are_a_copy(submit: Submit, batch_mock: BatchMock) -> None:
    """Changing the list of transitions changes nothing else."""
    submit()
    batch_mock.run()
    batch_mock.transitions.clear()
    batch_mock.jobs.only().history.clear()
    assert len(batch_mock.transitions) == len(batch_mock.jobs.only().history) == 4


def test_logs_by_attempt(submit: Submit, batch_mock: BatchMock) -> None:
    """Each attempt has a log, and the default is that of the latest attempt, even if it is running."""
    batch_mock.script("job", fail(logs=["one"]), succeed(logs=["two", "three"]))
    job_id = submit(retryStrategy={"attempts": 2})
    assert batch_mock.logs(job_id) == []
    batch_mock.tick(3)
    assert batch_mock.logs(job_id) == batch_mock.logs(job_id, 1) == ["one"]
    batch_mock.run()
    assert batch_mock.logs(job_id, attempt=1) == ["one"]
    assert batch_mock.logs(job_id) == batch_mock.logs(job_id, 2) == ["two", "three"]
    assert batch_mock.job(job_id).attempts[1].logs == ["two", "three"]


@pytest.mark.parametrize("attempt", [0, -1, 2])
def test_logs_of_no_attempt(submit: Submit, batch_mock: BatchMock, attempt: int) -> None:
    """An attempt that never ran has no log."""
    job_id = submit()
    batch_mock.run()
    assert message_of(BatchMockError, batch_mock.logs, job_id, attempt) == (
        f"batchmock: job 'job' ({job_id}) has no attempt {attempt}; it has had 1. "
        "Pass a number from 1 on, or leave it out for the latest."
    )


# Provision and reset


def test_provision(batch_mock: BatchMock, client: Any) -> None:
    """Queue, definition and environment exist, and their names and ARNs are returned."""
    batch = "arn:aws:batch:us-east-1:123456789012:"
    made = batch_mock.provision("q", "d", "e", max_vcpus=16, vcpus=2, memory_mib=512)
    assert made == ("q", f"{batch}job-queue/q", "d", f"{batch}job-definition/d:1", "e", made[5])
    assert made.compute_environment_arn == f"{batch}compute-environment/e"
    (environment,) = client.describe_compute_environments()["computeEnvironments"]
    (definition,) = client.describe_job_definitions()["jobDefinitions"]
    assert (environment["status"], environment["state"]) == ("VALID", "ENABLED")
    assert environment["computeResources"]["maxvCpus"] == 16
    assert definition["containerProperties"]["resourceRequirements"] == [
        {"type": "VCPU", "value": "2"},
        {"type": "MEMORY", "value": "512"},
    ]


def test_provision_a_fair_share_queue(batch_mock: BatchMock, client: Any) -> None:
    """With shares, the queue has a scheduling policy of its name, and jobs need only a share."""
    for _ in range(2):
        batch_mock.provision(shares={"A*": 0.5, "B": 1})
    (queue,) = client.describe_job_queues()["jobQueues"]
    arn = queue["schedulingPolicyArn"]
    assert arn == "arn:aws:batch:us-east-1:123456789012:scheduling-policy/job-queue"
    (policy,) = client.describe_scheduling_policies(arns=[arn])["schedulingPolicies"]
    assert policy["fairsharePolicy"]["shareDistribution"] == [
        {"shareIdentifier": "A*", "weightFactor": 0.5},
        {"shareIdentifier": "B", "weightFactor": 1.0},
    ]
    client.submit_job(
        jobName="a", jobQueue="job-queue", jobDefinition="job-definition", shareIdentifier="A1"
    )


def test_provision_shares_of_a_queue_without(batch_mock: BatchMock, client: Any) -> None:
    """Shares for an existing FIFO queue are refused, and nothing is created."""
    batch_mock.provision("q")
    with pytest.raises(
        BatchMockError, match="'q', which already exists as a first-in, first-out queue"
    ):
        batch_mock.provision("q", compute_environment="other", shares={"A": 1})
    environments = client.describe_compute_environments()["computeEnvironments"]
    assert [item["computeEnvironmentName"] for item in environments] == ["compute-environment"]


def test_provision_shares_alike(batch_mock: BatchMock, client: Any) -> None:
    """An empty list of shares makes a fair-share queue too, with an existing policy of its name if any."""
    client.create_scheduling_policy(name="q", fairsharePolicy={"computeReservation": 5})
    batch_mock.provision("q", shares={})
    (queue,) = client.describe_job_queues()["jobQueues"]
    assert queue["schedulingPolicyArn"].endswith("scheduling-policy/q")


def test_provision_instance_types(batch_mock: BatchMock, client: Any) -> None:
    """The environment has the requested instance types."""
    batch_mock.provision(instance_types=["c5", "m5.large"])
    (environment,) = client.describe_compute_environments()["computeEnvironments"]
    assert environment["computeResources"]["instanceTypes"] == ["c5", "m5.large"]


def test_provision_consumable_resources(batch_mock: BatchMock, client: Any) -> None:
    """Consumable resources are created with their totals, and existing ones keep theirs."""
    batch_mock.provision(consumable_resources={"licence": 2})
    batch_mock.provision(consumable_resources={"licence": 5, "seat": 1})
    found = client.list_consumable_resources()["consumableResources"]
    totals = [(item["consumableResourceName"], item["totalQuantity"]) for item in found]
    assert totals == [("licence", 2), ("seat", 1)]


def test_provision_keeps_what_exists(batch_mock: BatchMock, client: Any) -> None:
    """Provisioning again changes nothing and returns the same."""
    first = batch_mock.provision()
    assert batch_mock.provision(vcpus=4, max_vcpus=4) == first
    assert len(client.describe_job_definitions()["jobDefinitions"]) == 1


def test_provision_after_deregistering(batch_mock: BatchMock, client: Any) -> None:
    """A definition without an active revision gets a new one."""
    batch_mock.provision()
    client.deregister_job_definition(jobDefinition="job-definition:1")
    assert batch_mock.provision().job_definition_arn.endswith("job-definition/job-definition:2")


@pytest.mark.parametrize(
    ("vcpus", "memory_mib", "memory"),
    [(0.25, 128, "512"), (1, 128, "2048"), (1, 2048, "2048"), (1, 2049, "3072"), (2, 5000, "5120")],
)
def test_provision_fargate(
    batch_mock: BatchMock, client: Any, vcpus: float, memory_mib: int, memory: str
) -> None:
    """On Fargate, the memory is the next size that the number of vCPUs allows."""
    batch_mock.provision(fargate=True, vcpus=vcpus, memory_mib=memory_mib)
    (definition,) = client.describe_job_definitions()["jobDefinitions"]
    assert definition["platformCapabilities"] == ["FARGATE"]
    assert definition["containerProperties"]["resourceRequirements"] == [
        {"type": "VCPU", "value": f"{vcpus:g}"},
        {"type": "MEMORY", "value": memory},
    ]
    client.submit_job(jobName="n", jobQueue="job-queue", jobDefinition="job-definition")
    batch_mock.run()
    assert batch_mock.jobs.only().status == "SUCCEEDED"


def test_provision_fargate_in_its_own_account(client: Any) -> None:
    """The role of a Fargate definition belongs to the mock's account and partition."""
    with mock_batch(account_id="222222222222", region="cn-north-1") as mock:
        mock.provision(fargate=True)
        (definition,) = boto3.client("batch").describe_job_definitions()["jobDefinitions"]
    assert definition["containerProperties"]["executionRoleArn"] == (
        "arn:aws-cn:iam::222222222222:role/ecsTaskExecutionRole"
    )


@pytest.mark.parametrize(("vcpus", "memory_mib"), [(3, 128), (0.25, 4096)])
def test_provision_no_fargate_size(
    batch_mock: BatchMock, client: Any, vcpus: float, memory_mib: int
) -> None:
    """A size that Fargate does not offer is refused, and nothing is created."""
    message = message_of(
        BatchMockError, batch_mock.provision, fargate=True, vcpus=vcpus, memory_mib=memory_mib
    )
    assert message.startswith(
        f"batchmock: provision() was asked for a Fargate job of {vcpus:g} vCPU and {memory_mib} MiB, "
        "which Fargate does not offer. It offers 0.25, 0.5, 1, 2, 4, 8, 16"
    )
    assert client.describe_compute_environments()["computeEnvironments"] == []
    assert client.describe_job_queues()["jobQueues"] == []


def test_provision_takes_no_time() -> None:
    """Provisioned resources are VALID at once, whatever time resources otherwise take."""
    with mock_batch(resource_seconds=60) as mock:
        mock.provision()
        (queue,) = boto3.client("batch").describe_job_queues()["jobQueues"]
    assert queue["status"] == "VALID"


def test_reset(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """After a reset, the mock is at its start time without resources, jobs, scripts, holds or calls."""
    batch_mock.script("*", fail())
    batch_mock.hold("*")
    first = submit()
    batch_mock.run()
    batch_mock.reset()
    assert (len(batch_mock.jobs), len(batch_mock.calls), batch_mock.transitions) == (0, 0, [])
    assert batch_mock.clock.now == START
    assert client.describe_job_queues()["jobQueues"] == []
    batch_mock.provision()
    assert submit() == first
    batch_mock.run()
    assert batch_mock.jobs.only().status == "SUCCEEDED"


# Determinism

SCENARIO = """
import json, sys
import boto3
from batchmock import fail, mock_batch, reclaim_spot, succeed

with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", seed=int(sys.argv[1])) as mock:
    mock.provision()
    mock.script("train-*", reclaim_spot(), fail(3), succeed(after=30))
    client = boto3.client("batch")
    names = {"jobQueue": "job-queue", "jobDefinition": "job-definition"}
    replies = [
        client.submit_job(jobName=f"train-{n}", retryStrategy={"attempts": 3}, **names)
        for n in range(3)
    ]
    ids = [reply["jobId"] for reply in replies]
    for _ in range(20):
        mock.tick(3)
        replies.append(client.describe_jobs(jobs=ids))
        replies.append(client.list_jobs(jobQueue="job-queue", jobStatus="SUCCEEDED"))
    replies += [client.describe_compute_environments(), client.describe_job_queues()]
print(json.dumps(replies))
"""


def run_scenario(seed: int) -> str:
    """Run the scenario in a separate process and return all its replies."""
    command = [sys.executable, "-c", SCENARIO, str(seed)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def replies() -> str:
    """Return all replies of the scenario with seed 0."""
    return run_scenario(0)


@pytest.mark.slow
def test_same_calls_and_seed(replies: str) -> None:
    """The same calls with the same seed return the same bytes, request ids included."""
    assert len(json.loads(replies)) == 45
    assert replies == run_scenario(0)


@pytest.mark.slow
def test_another_seed(replies: str) -> None:
    """Another seed changes only the ids."""
    first, second = json.loads(replies), json.loads(run_scenario(1))
    assert {reply["jobId"] for reply in first[:3]} & {
        reply["jobId"] for reply in second[:3]
    } == set()
    assert [status(reply) for reply in first[3:]] == [status(reply) for reply in second[3:]]


def status(reply: dict[str, Any]) -> list[str]:
    """Return the statuses of the jobs in a reply."""
    return [job["status"] for job in reply.get("jobs", ())]


def test_outcomes_are_values() -> None:
    """Equivalent outcomes are equal."""
    assert (fail(3, after=1), repr(fail(3))) == (
        fail(3, after=timedelta(seconds=1)),
        "<Outcome fail(3)>",
    )
    assert isinstance(succeed(), Outcome)


@pytest.mark.parametrize("max_vcpus", [0, 256, 1_000_000])
@pytest.mark.parametrize("fargate", [False, True])
def test_the_environment_of_provision_is_acceptable(
    batch_mock: BatchMock, fargate: bool, max_vcpus: int
) -> None:
    """AWS Batch accepts the request for the compute environment that `provision` creates by default."""
    region = batch_mock._region(None)
    request = compute_environment_request(
        region, "environment", max_vcpus, fargate, DEFAULT_INSTANCE_TYPES
    )
    client = boto3.client("batch")

    client.create_compute_environment(**request)

    found = client.describe_compute_environments(computeEnvironments=["environment"])
    assert found["computeEnvironments"][0]["status"] == "VALID"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"job_queue": "my queue"},
            "batchmock: provision() got 'my queue' as a name. Pass up to 128 letters, "
            "digits, hyphens and underscores.",
        ),
        ({"vcpus": 0.5}, "batchmock: provision() got vcpus=0.5. Pass 1 or more."),
        ({"memory_mib": 3}, "batchmock: provision() got memory_mib=3. Pass 4 or more."),
        ({"max_vcpus": -1}, "batchmock: provision() got max_vcpus=-1. Pass 0 or more."),
        *(
            (
                {"instance_types": instance_types},
                f"batchmock: provision() got instance_types={instance_types!r}. Pass a list of "
                'types or families, e.g. ["c5", "m5.large"].',
            )
            for instance_types in ("c5", ["c5", "C5"], [5], 5, None)
        ),
        (
            {"instance_types": []},
            "batchmock: AWS Batch would refuse what provision() creates: Resource instanceTypes are "
            "required.",
        ),
        (
            {"shares": {"A*": 1, "A1": 1}},
            "batchmock: AWS Batch would refuse what provision() creates: Share identifier A1 matches "
            "another share identifier A*.",
        ),
        (
            {"consumable_resources": {"licence": -1}},
            "batchmock: provision() got a quantity of -1 for the consumable resource 'licence'. "
            "Pass a whole number, 0 or more.",
        ),
        (
            {"shares": {"a b": 1}},
            "batchmock: provision() got 'a b' as a share identifier. Pass up to 255 letters, "
            "digits, hyphens and underscores, optionally followed by an asterisk.",
        ),
        (
            {"shares": {"a": 1000}},
            "batchmock: provision() got a weight factor of 1000 for the share 'a'. Pass a number "
            "from 0.0001 to 999.9999.",
        ),
    ],
)
def test_provision_of_what_batch_refuses(
    batch_mock: BatchMock, given: dict[str, Any], message: str
) -> None:
    """Values that AWS Batch would refuse are refused, and nothing is created."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.provision(**given)
    assert str(caught.value) == message
    assert boto3.client("batch").describe_compute_environments()["computeEnvironments"] == []


def test_provision_many_vcpus(batch_mock: BatchMock, batch_client: Any) -> None:
    """Large sizes are written as numbers that AWS Batch accepts, not as 1e+06."""
    batch_mock.provision(vcpus=1_000_000, memory_mib=256.0)
    (definition,) = batch_client.describe_job_definitions()["jobDefinitions"]
    sizes = definition["containerProperties"]["resourceRequirements"]
    assert [size["value"] for size in sizes] == ["1000000", "256"]
