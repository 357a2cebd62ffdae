from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    Outcome,
    cannot_pull_image,
    fail,
    hang,
    mock_batch,
    out_of_memory,
    reclaim_spot,
    succeed,
)
from batchmock.commands import learn as command
from batchmock.learning import learn
from batchmock.learning.scripts import quantile
from batchmock.learning.texts import neutral


def production() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the output of describe-jobs for an account, and its events."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        mock.provision(job_queue="queue", job_definition="secret-project")
        for name, outcome in (
            ("fast", succeed(after=10)),
            ("slow", succeed(after=100)),
            ("bad", fail(3, after=20)),
            ("worse", fail(3, after=30)),
            ("memory", out_of_memory(after=5)),
            ("image", cannot_pull_image()),
            ("spot", reclaim_spot(after=7)),
            ("stuck", hang()),
        ):
            mock.script(name, outcome)
        batch = boto3.client("batch", region_name="us-east-1")
        ids = [
            submit(batch, name)
            for name in ("fast", "slow", "bad", "worse", "memory", "image", "spot")
        ]
        ids.append(submit(batch, "stuck", timeout={"attemptDurationSeconds": 60}))
        ids.append(submit(batch, "stuck"))
        mock.run()
        batch.terminate_job(jobId=ids[-1], reason="tired of secret-project")
        mock.run()
        reply = batch.describe_jobs(jobs=ids)
        return {"jobs": reply["jobs"]}, list(mock.events)


def submit(batch: Any, name: str, **members: Any) -> str:
    """Submit a job and return its id."""
    request = {"jobQueue": "queue", "jobDefinition": "secret-project", **members}
    return str(batch.submit_job(jobName=name, **request)["jobId"])


def outcomes_in(module: str) -> dict[str, dict[str, Outcome]]:
    """Return the outcomes of a written module."""
    namespace: dict[str, Any] = {}
    exec(module, namespace)
    found: dict[str, dict[str, Outcome]] = namespace["OUTCOMES"]
    return found


def test_outcomes() -> None:
    """Durations are written as quantiles, and each distinct failure once, the most frequent first."""
    jobs, _ = production()
    (outcomes,) = outcomes_in(learn(jobs)).values()
    assert list(outcomes)[:4] == [
        "succeeds, 10%",
        "succeeds, 50%",
        "succeeds, 90%",
        "succeeds, longest",
    ]
    assert outcomes["succeeds, 10%"].after_ms == 10_000
    assert outcomes["succeeds, longest"].after_ms == 100_000
    assert outcomes["fails 1"].exit_code == 3
    assert len([name for name in outcomes if name.startswith("fails")]) == 5


def test_learned_failures_look_like_the_true_ones() -> None:
    """Jobs scripted with learned outcomes fail with the same messages."""
    jobs, _ = production()
    (outcomes,) = outcomes_in(learn(jobs)).values()
    with mock_batch(region="us-east-1") as mock:
        mock.provision(job_queue="queue", job_definition="secret-project")
        failures = [one for name, one in outcomes.items() if name.startswith("fails")]
        mock.script("job", *[one for one in failures if one.kind != "hang"])
        batch = boto3.client("batch", region_name="us-east-1")
        submit(batch, "job", retryStrategy={"attempts": 5}, timeout={"attemptDurationSeconds": 60})
        mock.run()
        attempts = mock.jobs.only().attempts
    reasons = {
        (attempt.reason or attempt.status_reason or "").split(":")[0] for attempt in attempts
    }
    assert {"OutOfMemoryError", "CannotPullContainerError"} <= reasons


def test_no_names() -> None:
    """Names, accounts and ids of the dump do not reach the module, and stopped jobs are only counted."""
    jobs, _ = production()
    module = learn(jobs)
    assert "secret-project" not in module
    assert "of which 1 ended by CancelJob or TerminateJob" in module
    assert "tired" not in module


def test_names_on_request() -> None:
    """Names of job definitions can be kept."""
    jobs, _ = production()
    assert list(outcomes_in(learn(jobs, keep_names=True))) == ["secret-project"]


def test_events_are_equal_to_jobs() -> None:
    """An archive of events, which has each job several times, yields the same module as describe-jobs."""
    jobs, events = production()
    lines = "\n".join(json.dumps(event) for event in events)
    assert sorted(learn(lines).splitlines()) == sorted(learn(jobs).splitlines())


@pytest.mark.parametrize(
    "contents", [{"jobs": []}, {"jobs": [{"jobId": "a", "status": "RUNNING"}]}]
)
def test_nothing_to_learn(contents: dict[str, Any]) -> None:
    """A dump without ended attempts is an error."""
    with pytest.raises(BatchMockError, match="has no attempts that have ended"):
        learn(contents)


def test_several_containers_are_left_out() -> None:
    """Attempts of several containers are left out, since they have no single exit code."""
    attempt = {
        "taskProperties": [{"containers": [{"exitCode": 0}]}],
        "startedAt": 1,
        "stoppedAt": 2,
    }
    with pytest.raises(
        BatchMockError, match="has no attempts that have ended, of jobs in containers"
    ):
        learn({"jobs": [{"jobId": "a", "status": "SUCCEEDED", "attempts": [attempt]}]})


def learned(exit_code: int | None, status_reason: str) -> str:
    """Return the lines about the only attempt of a failed job."""
    attempt = {
        "startedAt": 1000,
        "stoppedAt": 61_000,
        "statusReason": status_reason,
        "container": {"exitCode": exit_code},
    }
    module = learn({"jobs": [{"jobId": "a", "status": "FAILED", "attempts": [attempt]}]})
    outcomes_in(module)
    return "\n".join(line.strip() for line in module.splitlines()[-5:-2])


@pytest.mark.parametrize(
    ("exit_code", "expected"),
    [
        (0, "hang(on_sigterm=0)"),
        (143, "hang(on_sigterm=143)"),
        (137, "hang()"),
        (None, "hang()"),
        (3221225786, "hang()"),
    ],
)
def test_timed_out(exit_code: int | None, expected: str) -> None:
    """An attempt that a timeout ended hangs, whatever its exit code."""
    lines = learned(exit_code, "Job attempt duration exceeded timeout")
    assert lines == f"'definition-1': {{\n# 1 attempt.\n'fails 1': {expected},"


def test_an_exit_with_0_of_a_failed_job() -> None:
    """Not every attempt that exits with 0 is a success: its host can be lost, for example."""
    host = "Host EC2 (instance i-0123456789abcdef0) terminated."
    assert "terminate_host(after=60.0)" in learned(0, host)
    assert "fail(None, status_reason='other', after=60.0)" in learned(0, "other")


@pytest.mark.parametrize("exit_code", [3221225786, -1, 256])
def test_exit_codes_of_windows(exit_code: int) -> None:
    """An exit code that outcomes do not have becomes 255, and a comment has the true one."""
    lines = learned(exit_code, "Essential container in task exited")
    assert f"# 1 attempt, with exit code {exit_code}, which fail() does not have." in lines
    assert "fail(255, " in lines


def test_an_earlier_attempt_that_exits_with_0() -> None:
    """An attempt that was retried is no success."""
    attempts = [
        {
            "startedAt": 0,
            "stoppedAt": 60_000,
            "statusReason": "Job attempt duration exceeded timeout",
            "container": {"exitCode": 0},
        },
        {"startedAt": 1000, "stoppedAt": 5000, "container": {"exitCode": 0}},
    ]
    module = learn({"jobs": [{"jobId": "a", "status": "SUCCEEDED", "attempts": attempts}]})
    (outcomes,) = outcomes_in(module).values()
    assert outcomes["succeeds, longest"].after_ms == 4000
    assert outcomes["fails 1"].kind == "hang"


@pytest.mark.parametrize(
    "attempts",
    [
        5,
        [5],
        [{"startedAt": "x", "stoppedAt": "y"}],
        [{"container": {"exitCode": "1"}}],
    ],
)
def test_another_structure(attempts: Any) -> None:
    """A malformed dump is an error, never a traceback from inside."""
    with pytest.raises(BatchMockError, match="is not well-formed output of describe-jobs"):
        learn({"jobs": [{"jobId": "a", "status": "FAILED", "attempts": attempts}]})


def test_something_else() -> None:
    """A dump of another kind is an error."""
    with pytest.raises(BatchMockError, match="neither a job nor an event"):
        learn({"functions": []})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        (
            "Host EC2 (instance i-00c8a1f2b3d4e5f60) terminated.",
            "Host EC2 (instance i-0123456789abcdef0) terminated.",
        ),
        (
            "pull 999999999999.dkr.ecr.eu-west-1.amazonaws.com/secret/app:7: denied",
            "pull image: denied",
        ),
        ("manifest for secret/tool:1 not found", "manifest for secret/tool:1 not found"),
        ("arn:aws:iam::999999999999:role/secret is not allowed", "arn is not allowed"),
        ("dial tcp 10.1.2.3:443", "dial tcp 192.0.2.1:443"),
    ],
)
def test_neutral_texts(text: str | None, expected: str | None) -> None:
    """Text that identifies an account is replaced, and the rest of the failure's message stays."""
    image = "999999999999.dkr.ecr.eu-west-1.amazonaws.com/secret/app:7"
    assert neutral(text, image) == expected


def test_a_short_image() -> None:
    """The name of an image is replaced only where it is a word of its own."""
    assert neutral("no data: bad a:7, a", "a:7") == "no data: bad image, image"


@pytest.mark.parametrize(("share", "expected"), [(0.1, 1), (0.5, 5), (0.9, 9), (1.0, 10)])
def test_quantiles(share: float, expected: float) -> None:
    """A quantile is one of the values."""
    assert quantile(list(range(10, 0, -1)), share) == expected


def test_the_command(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], batch_mock: BatchMock
) -> None:
    """The command prints the module, or an error with exit code 2."""
    from argparse import ArgumentParser

    parser = ArgumentParser()
    command.add_arguments(parser)
    dump = tmp_path / "dump.json"
    dump.write_text(json.dumps(production()[0]), encoding="utf-8")
    assert command.run(parser.parse_args([str(dump)])) == 0
    assert "definition-1" in outcomes_in(capsys.readouterr().out)
    assert command.run(parser.parse_args(["nowhere.json"])) == 2
    assert "learn cannot read 'nowhere.json'" in capsys.readouterr().err
