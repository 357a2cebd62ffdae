from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from batchmock import BatchMock, BatchMockError, Policies, fail, hang, mock_batch
from batchmock.options import Options, epoch_ms_of, make_options

NO_INSTANT = (
    "which is not a point in time. Pass a datetime, "
    'an ISO 8601 string such as "2026-01-02T03:04:05Z", or Unix seconds.'
)


def submit(batch_mock: BatchMock, **members: Any) -> str:
    """Submit a job to an existing queue and return its id."""
    batch_mock.provision()
    request = {"jobName": "job", "jobQueue": "job-queue", "jobDefinition": "job-definition"}
    return str(boto3.client("batch").submit_job(**{**request, **members})["jobId"])


def seconds_of(batch_mock: BatchMock) -> list[float]:
    """Return the seconds from the start to each transition."""
    start = batch_mock.jobs[0].created_at
    return [(move.at - start).total_seconds() for move in batch_mock.transitions]


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each option has the default that the documentation names."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    options = make_options({})
    assert options == Options(
        region="us-east-1",
        account_id="123456789012",
        start=None,
        stage_seconds=1.0,
        resource_seconds=0.0,
        advance="manual",
        speed=1.0,
        freeze=None,
        seed=0,
        retention=timedelta(days=7),
        visibility_lag=0.0,
        stop_grace_seconds=0.0,
        launch_seconds=0.0,
        policies=Policies(),
    )


def test_equal_arguments_of_other_types() -> None:
    """An argument that equals an earlier one of another type is checked like any other."""
    make_options({"strict": True, "seed": 1})
    with pytest.raises(BatchMockError, match="strict is 1; pass True or False"):
        make_options({"strict": 1, "seed": 1})
    with pytest.raises(BatchMockError, match="seed is True; pass a whole number"):
        make_options({"strict": True, "seed": True})


def test_equal_instants_that_differ() -> None:
    """Of two instants that compare equal, each mock begins at its own."""
    berlin = ZoneInfo("Europe/Berlin")
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    winter = summer.replace(fold=1)
    assert summer == winter
    starts = [make_options({"start": start}).start_ms() for start in (summer, winter)]
    assert starts[1] - starts[0] == 3_600_000


@pytest.mark.parametrize(("variable", "expected"), [("eu-west-1", "eu-west-1"), ("", "us-east-1")])
def test_region_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, expected: str
) -> None:
    """Without the option, the region is that of the environment at the time of use."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", variable)
    assert make_options({}).region == expected


def test_region_of_the_environment_when_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is read when the mock starts and not when it is created."""
    mock = mock_batch()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock:
        assert boto3.client("batch").meta.region_name == "eu-west-1"


@pytest.mark.parametrize(
    "region", ["", None, 5, "eu west", "eu_west_1", " eu-west-1", "eu-west-1\n", "-eu", "1"]
)
def test_no_region(region: Any) -> None:
    """A region must be a name that clients accept, and is checked when the mock is made."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(region=region)
    assert str(caught.value) == (
        f'batchmock: region is {region!r}; pass a name such as "eu-west-1".'
    )


@pytest.mark.parametrize("account_id", [123456789012, "1", "12345678901a", "1234567890123", None])
def test_no_account_id(account_id: Any) -> None:
    """An account id must be a string of twelve digits."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(account_id=account_id)
    assert str(caught.value) == (
        f"batchmock: account_id is {account_id!r}; AWS account ids are strings of twelve digits, "
        'e.g. "123456789012".'
    )


@pytest.mark.parametrize("seed", ["0", 1.5, None])
def test_no_seed(seed: Any) -> None:
    """A seed must be an integer."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(seed=seed)
    assert str(caught.value) == f"batchmock: seed is {seed!r}; pass a whole number."


@pytest.mark.parametrize(
    "name",
    [
        "stage_seconds",
        "resource_seconds",
        "retention",
        "visibility_lag",
        "stop_grace_seconds",
        "launch_seconds",
    ],
)
@pytest.mark.parametrize("value", [-1, "1", None])
def test_no_duration(name: str, value: Any) -> None:
    """Options that are durations are validated, and errors name the option."""
    with pytest.raises(BatchMockError, match=f"^batchmock: {name} is {value!r}[,;] "):
        mock_batch(**{name: value})


@pytest.mark.parametrize(
    ("advance", "suggestion"),
    [("Sleep", " Did you mean 'sleep'?"), ("", ""), (None, ""), (True, "")],
)
def test_no_advance(advance: Any, suggestion: str) -> None:
    """`advance` has one of four values."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(advance=advance)
    assert str(caught.value) == (
        f"batchmock: advance is {advance!r}.{suggestion} Pass what "
        'moves the clock: "manual" (only the test), "poll" (each look at a job), "sleep" '
        '(time.sleep and asyncio.sleep), or "wall" (the wall clock).'
    )


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf"), "2", True, None])
def test_no_speed(speed: Any) -> None:
    """A speed must be a number above zero."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(advance="wall", speed=speed)
    assert str(caught.value) == f"batchmock: speed is {speed!r}; pass a number above zero."


def test_speed_without_a_wall_clock() -> None:
    """A speed is accepted only with a running clock."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(speed=60)
    assert str(caught.value) == (
        'batchmock: speed is 60, the speed of the clock under advance="wall", and advance is '
        "'manual'. Pass advance=\"wall\", or leave speed out."
    )


@pytest.mark.parametrize("stuck_after", [0, -1, 1.5, True, None])
def test_no_stuck_after(stuck_after: Any) -> None:
    """`stuck_after` must be an integer above zero."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(stuck_after=stuck_after)
    assert str(caught.value) == (
        f"batchmock: stuck_after is {stuck_after!r}; pass a whole number above zero."
    )


@pytest.mark.parametrize("freeze", [1, "yes"])
def test_no_freeze(freeze: Any) -> None:
    """`freeze` must be a boolean."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(freeze=freeze)
    assert str(caught.value) == f"batchmock: freeze is {freeze!r}; pass True, False or None."


@pytest.mark.parametrize("start", ["yesterday", "", True, float("nan"), 1e300, (2026, 1, 2)])
def test_no_start(start: Any) -> None:
    """A start must be an instant."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(start=start)
    assert str(caught.value) == f"batchmock: start is {start!r}, {NO_INSTANT}"


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (0, 0),
        (1.5, 1500),
        (-1, -1000),
        (1767323045, 1767323045000),
        ("2026-01-02T03:04:05Z", 1767323045000),
        ("2026-01-02T03:04:05z", 1767323045000),
        ("2026-01-02T03:04:05.250+00:00", 1767323045250),
        ("2026-01-02T03:04:05", 1767323045000),
        ("2026-01-02", 1767312000000),
        (datetime(2026, 1, 2), 1767312000000),
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=1))), 1767308400000),
    ],
)
def test_instants(instant: Any, expected: int) -> None:
    """An instant is a `datetime` (UTC if naive), an ISO 8601 string, or Unix seconds."""
    assert epoch_ms_of(instant, "start") == expected


def test_start() -> None:
    """The clock starts at the requested instant and continues from there."""
    with mock_batch(start=datetime(2030, 1, 1)) as batch_mock:
        batch_mock.tick(1)
        assert batch_mock.clock.now == datetime(2030, 1, 1, 0, 0, 1, tzinfo=timezone.utc)


def test_start_is_now_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the option, the clock starts at the time of entry, and a reset returns to it."""
    monkeypatch.setattr("time.time", lambda: 1767323045.6789)
    with mock_batch() as batch_mock:
        assert batch_mock.clock.epoch_ms == 1767323045678
        monkeypatch.setattr("time.time", lambda: 1767399999)
        batch_mock.reset()
        assert batch_mock.clock.epoch_ms == 1767323045678


@pytest.mark.parametrize(
    ("stage_seconds", "expected"),
    [
        (1, [1, 2, 3, 4]),
        (0, [0, 0, 0, 0]),
        (0.5, [0.5, 1, 1.5, 2]),
        (timedelta(minutes=1), [60, 120, 180, 240]),
    ],
)
def test_stage_seconds(stage_seconds: Any, expected: list[float]) -> None:
    """Each stage, and an unscripted run, takes `stage_seconds`."""
    with mock_batch(stage_seconds=stage_seconds) as batch_mock:
        submit(batch_mock)
        batch_mock.run()
    assert seconds_of(batch_mock) == expected


def test_resource_seconds() -> None:
    """Resources take `resource_seconds` to become VALID."""
    with mock_batch(resource_seconds=5) as batch_mock:
        batch_mock.provision()
        client = boto3.client("batch")
        client.update_job_queue(jobQueue="job-queue", priority=2)
        seen = []
        for _ in range(2):
            seen += [queue["status"] for queue in client.describe_job_queues()["jobQueues"]]
            batch_mock.tick(5)
    assert seen == ["UPDATING", "VALID"]


def test_retention() -> None:
    """An ended job is visible for the duration of `retention` and no longer."""
    with mock_batch(retention=10) as batch_mock:
        job_id = submit(batch_mock)
        batch_mock.run()
        client = boto3.client("batch")
        seen = []
        for delta in (0, 9, 1):
            batch_mock.tick(delta)
            seen.append(len(client.describe_jobs(jobs=[job_id])["jobs"]))
    assert seen == [1, 1, 0]
    assert batch_mock.job(job_id).status == "SUCCEEDED"


@pytest.mark.parametrize(("grace", "length"), [(0, 60), (30, 90)])
def test_stop_grace_seconds(grace: float, length: float) -> None:
    """The SIGKILL of a timeout follows its SIGTERM after `stop_grace_seconds`."""
    with mock_batch(stop_grace_seconds=grace) as batch_mock:
        batch_mock.script("*", hang())
        job_id = submit(batch_mock, timeout={"attemptDurationSeconds": 60})
        batch_mock.run()
    (attempt,) = batch_mock.job(job_id).attempts
    assert attempt.started_at is not None
    assert attempt.stopped_at is not None
    assert (attempt.stopped_at - attempt.started_at).total_seconds() == length


@pytest.mark.parametrize(("case_sensitive", "attempts"), [(True, 2), (False, 1)])
def test_policies(case_sensitive: bool, attempts: int) -> None:
    """A policy changes a choice for which the service's behaviour is unknown."""
    policies = Policies(case_sensitive_patterns=case_sensitive)
    with mock_batch(policies=policies) as batch_mock:
        batch_mock.script("*", fail(1, reason="Oops"))
        rule = {"onReason": "oops", "action": "EXIT"}
        job_id = submit(batch_mock, retryStrategy={"attempts": 2, "evaluateOnExit": [rule]})
        batch_mock.run()
    assert len(batch_mock.job(job_id).attempts) == attempts
