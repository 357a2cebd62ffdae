"""
Code that only has to pass `mypy --strict`: the public interface as users write it.

It is never run. A `type: ignore` here marks an expected error, and unused ones are reported.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from unittest import TestCase

import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    CallContext,
    Exploration,
    Outcome,
    Policies,
    ProgramKilled,
    StuckError,
    Transition,
    call,
    cannot_start,
    explore,
    fail,
    hang,
    mock_batch,
    no_service_capacity,
    out_of_memory,
    program_killed,
    slow_reply,
    succeed,
)


@mock_batch
def bare(batch_mock: BatchMock) -> int:
    """Keep the signature under the bare decorator."""
    return len(batch_mock.jobs)


@mock_batch(region="us-east-1", seed=5)
def with_options(batch_mock: BatchMock, name: str) -> str:
    """Keep the signature under the decorator with options."""
    return name


@mock_batch
async def asynchronous(batch_mock: BatchMock) -> float:
    """Keep the signature of an async function."""
    return batch_mock.jobs.only().vcpus


@mock_batch(stage_seconds=timedelta(minutes=1))
class Tests(TestCase):
    """Keep the class."""

    client: object

    def test_it(self) -> None:
        """A test."""


@pytest.fixture
def queue(batch_mock: BatchMock) -> str:
    """Build a fixture on the plugin's."""
    return batch_mock.provision(fargate=True, vcpus=0.25).job_queue_arn


def decorated_functions_keep_their_types(mock: BatchMock) -> None:
    """Call decorated functions with wrong arguments."""
    number: int = bare(mock)
    text: str = with_options(mock, "name")
    wrong: str = bare(mock)  # type: ignore[assignment]
    with_options(mock, 5)  # type: ignore[arg-type]
    tests: Tests = Tests("test_it")
    print(number, text, wrong, tests)  # noqa: T201


async def async_uses(mock: BatchMock) -> None:
    """Await a decorated function, and use the block."""
    number: float = await asynchronous(mock)
    async with mock_batch(account_id="123456789012") as batch_mock:
        batch_mock.tick(number)


def first_screen(job_id: str) -> None:
    """Use the block, scripts and time as the first screen of the documentation does."""
    with mock_batch(region="us-east-1") as batch_mock:
        batch_mock.provision(job_queue="queue", job_definition="train")
        batch_mock.script("train-*", fail(137, reason="OutOfMemoryError"), succeed(after=30))
        batch_mock.tick()
        batch_mock.run_until(job_id, "RUNNING")
        moves: list[Transition] = batch_mock.run() + batch_mock.step()
        assert moves[0].at < datetime.now(timezone.utc)


def start_and_stop() -> BatchMock:
    """Start and stop explicitly."""
    starter = mock_batch(policies=Policies(case_sensitive_patterns=False))
    batch_mock = starter.start()
    starter.stop()
    return batch_mock


def function_of_a_job(context: CallContext) -> int | Outcome | None:
    """A job's function."""
    if context.command == ["fail"]:
        return 3
    return out_of_memory() if context.attempt == 1 else None


def outcomes(batch_mock: BatchMock) -> None:
    """Create outcomes."""
    batch_mock.script("*", call(function_of_a_job, after=timedelta(seconds=5)))
    batch_mock.script("a", call(lambda context: None), hang(runnable=0.5), cannot_start("no"))
    batch_mock.script("a", "succeed")  # type: ignore[arg-type]
    batch_mock.script("a", succeed("soon"))  # type: ignore[arg-type]
    batch_mock.hold("train-*", at="STARTING")
    batch_mock.release("train-*")


def adversities(batch_mock: BatchMock, job_id: str) -> None:
    """Make things go wrong."""
    batch_mock.inject("SubmitJob", slow_reply(30), times=2, skip=1)
    batch_mock.inject("SubmitJob", slow_reply(timedelta(minutes=1)))
    batch_mock.inject("*", program_killed("before"))
    batch_mock.lag(batch_mock.job(job_id), 10)
    batch_mock.expire("train-*", after=timedelta(days=1))
    batch_mock.override("train-*", out_of_memory(), attempt=1)
    batch_mock.script("train-*", fail(1), compute_environment="spot")
    batch_mock.subscribe(lambda event: None, {"detail": {"status": ["FAILED"]}}, delay=5)
    batch_mock.subscribe(lambda event: None, duplicates=True, delay=lambda event: len(event) / 2)
    batch_mock.disturb_events(duplicates=True, delay=lambda event: timedelta(seconds=len(event)))


def exploring() -> Exploration:
    """Explore a function, with typed arguments."""
    found = explore(
        killed,
        options={"advance": "sleep"},
        tiers=("weather", "deaths"),
        expected=(ValueError,),
        seconds=5,
        without={"lag": "all jobs are shown at once here"},
    )
    for finding in found.findings:
        text: str = finding.as_test()
        finding.adversities[0].tier.upper()
        assert text
    return found


def killed(batch_mock: BatchMock) -> None:
    """Expect the end of the program."""
    with pytest.raises(ProgramKilled):
        batch_mock.run()


def looking(batch_mock: BatchMock, job_id: str) -> None:
    """Read what happened."""
    job = batch_mock.job(job_id)
    code: int | None = job.attempts[-1].exit_code
    started: datetime | None = job.started_at
    wrong: datetime = job.stopped_at  # type: ignore[assignment]
    names: list[str] = [other.name for other in batch_mock.jobs.named("train-*")]
    count: int = batch_mock.calls.count("SubmitJob") + len(batch_mock.calls.of("ListJobs")[1:])
    lines: list[str] = batch_mock.logs(job_id, attempt=1, container="app")
    error: str = job.as_sfn_error()["Error"]
    output: dict[str, object] = job.as_sfn_output()
    text: str = f"{batch_mock.timeline()}{job.explain()}"
    slept: float = sum(batch_mock.sleeps)
    print(code, started, wrong, names, count, lines, text, slept, error, output)  # noqa: T201


def seeing(batch_mock: BatchMock) -> None:
    """Draw and assert what happened."""
    text: str = batch_mock.timeline().text(80, limit=5, fold=False) + batch_mock.report(whole=True)
    files: list[str] = [batch_mock.timeline().to_svg(width=900), batch_mock.timeline().to_html()]
    batch_mock.timeline().show(width=80, by="host")
    files.append(batch_mock.timeline().to_svg(by="host"))
    first = batch_mock.assert_submitted("train-*", vcpus=2, tags={"team": "a"}, times=1).only()
    batch_mock.assert_submitted(depends_on=[first, "prepare"], command=("run", "5"))
    batch_mock.assert_submitted(vcpus="2")  # type: ignore[arg-type]
    batch_mock.assert_polite(calls_per_minute={"DescribeJobs": 6}, within=timedelta(seconds=1))
    batch_mock.assert_scripts_used()
    print(text, files, batch_mock.unused_scripts)  # noqa: T201


def listening(batch_mock: BatchMock) -> None:
    """Read events and subscribe to them."""
    ids: list[str] = [
        event["id"] for event in batch_mock.events.matching({"source": ["aws.batch"]})
    ]
    with batch_mock.subscribe(lambda event: ids.append(event["id"]), '{"source": ["aws.batch"]}'):
        batch_mock.run()
    batch_mock.subscribe(print, {"detail": {"status": ["FAILED"]}}, duplicates=True).cancel()
    batch_mock.subscribe("handler")  # type: ignore[arg-type]
    batch_mock.script("a", succeed(logs=["one", (1, "two")]), fail(logs="text"))
    batch_mock.script("a", succeed(logs=[1]))  # type: ignore[list-item]


def time(batch_mock: BatchMock, job_id: str) -> None:
    """Move time."""
    batch_mock.tick(timedelta(hours=1))
    batch_mock.move_to("2026-01-02T03:04:05Z")
    batch_mock.move_to(datetime(2026, 1, 2, tzinfo=timezone.utc))
    batch_mock.move_to(batch_mock.clock.epoch_ms / 1000)
    try:
        batch_mock.run_until(job_id, "SUCCEEDED")
    except StuckError as error:
        raise BatchMockError(str(error)) from error


def service_jobs(batch_mock: BatchMock) -> str | None:
    """Script and read service jobs."""
    provisioned = batch_mock.provision_service_jobs("queue", quota_shares={"team": 1})
    batch_mock.script("train-*", no_service_capacity(scheduled=5), succeed(scheduled=1))
    job = batch_mock.service_jobs.named("train-*").only()
    attempts: list[bool] = [attempt.was_preempted for attempt in job.attempts]
    name: str = provisioned.job_queue
    return name if attempts else batch_mock.service_job(job.id).status_reason


def infrastructure(batch_mock: BatchMock) -> None:
    """Load, check and serve."""
    loaded = batch_mock.load({"Resources": {}}, {"Vpc": "vpc-1"}, region="us-east-1")
    arn: str = loaded.queues["Queue"].arn
    rules: list[str] = [finding.rule for finding in loaded.check(waive=["no-timeout"], longest=60)]
    with batch_mock.serve() as server:
        environment: dict[str, str] = server.environment
    reply = batch_mock.reply_to("POST", "/v1/describejobs", {}, b"{}")
    status: int = 0 if reply is None else reply.status
    assert [arn, rules, environment, status]
