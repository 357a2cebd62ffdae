from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, cannot_start, fail, succeed

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
Submit = Callable[..., str]


def second(number: float) -> datetime:
    """Return the instant this many seconds after the start."""
    return START + timedelta(seconds=number)


def test_new_job(submit: Submit, batch_mock: BatchMock) -> None:
    """The view of a new job shows its request and an empty history."""
    first = submit("first")
    batch_mock.tick(1)
    job = batch_mock.job(
        submit(
            "job",
            dependsOn=[{"jobId": first}],
            parameters={"size": "5"},
            retryStrategy={"attempts": 3},
            timeout={"attemptDurationSeconds": 90},
            containerOverrides={
                "command": ["run", "Ref::size"],
                "environment": [{"name": "MODE", "value": "fast"}],
                "resourceRequirements": [
                    {"type": "VCPU", "value": "2"},
                    {"type": "MEMORY", "value": "512"},
                    {"type": "GPU", "value": "1"},
                ],
            },
        )
    )
    shown = {
        "name": "job",
        "status": "SUBMITTED",
        "status_reason": None,
        "job_queue": "job-queue",
        "job_definition": "job-definition:1",
        "attempts": [],
        "current_attempt": None,
        "history": [],
        "created_at": second(1),
        "started_at": None,
        "stopped_at": None,
        "image": "busybox",
        "command": ["run", "5"],
        "environment": {"MODE": "fast"},
        "vcpus": 2,
        "memory_mib": 512,
        "gpus": 1,
        "parameters": {"size": "5"},
        "depends_on": [first],
        "timeout_seconds": 90,
        "max_attempts": 3,
        "is_cancelled": False,
        "is_terminated": False,
    }
    assert {name: getattr(job, name) for name in shown} == shown
    assert repr(job) == f"<Job 'job' {job.id} SUBMITTED>"


def test_defaults_of_a_job(submit: Submit, batch_mock: BatchMock) -> None:
    """A job without overrides has the values of its definition."""
    job = batch_mock.job(submit())
    assert (job.command, job.vcpus, job.memory_mib, job.gpus) == (["true"], 1, 128, 0)
    assert (job.timeout_seconds, job.max_attempts, job.depends_on) == (None, 1, [])


def test_share_priority_and_tags(batch_mock: BatchMock, batch_client: Any) -> None:
    """A view has the share, the priority and the current tags of a job, and a child has no tags."""
    batch_mock.provision(shares={"red": 0.5})
    request = {"jobName": "job", "jobQueue": "job-queue", "jobDefinition": "job-definition"}
    reply = batch_client.submit_job(
        **request,
        shareIdentifier="red",
        schedulingPriorityOverride=7,
        tags={"team": "a"},
        arrayProperties={"size": 2},
    )
    batch_client.tag_resource(resourceArn=reply["jobArn"], tags={"cost": "low"})
    job = batch_mock.job(reply["jobId"])
    assert (job.share_identifier, job.scheduling_priority) == ("red", 7)
    assert (job.tags, job.children[0].tags) == ({"team": "a", "cost": "low"}, {})
    job.tags["team"] = "b"
    assert job.tags["team"] == "a"


def test_view_follows_the_job(submit: Submit, batch_mock: BatchMock) -> None:
    """A view shows the job as it is when a property is read."""
    job = batch_mock.job(submit())
    batch_mock.run()
    assert (job.status, job.started_at, job.stopped_at) == ("SUCCEEDED", second(3), second(4))
    assert [move.to_status for move in job.history] == [
        "RUNNABLE",
        "STARTING",
        "RUNNING",
        "SUCCEEDED",
    ]


def test_current_attempt(submit: Submit, batch_mock: BatchMock) -> None:
    """The current attempt exists from STARTING on, and moves to `attempts` when it ends."""
    job = batch_mock.job(submit())
    batch_mock.run_until(job.id, "RUNNABLE")
    assert job.current_attempt is None
    batch_mock.run_until(job.id, "STARTING")
    current = job.current_attempt
    assert current is not None
    assert (current.number, current.started_at, current.stopped_at) == (1, None, None)
    batch_mock.run()
    assert job.current_attempt is None
    assert job.attempts == [current]


def test_attempts(submit: Submit, batch_mock: BatchMock) -> None:
    """Each attempt shows how it ended, and values that the service omits are None."""
    no_image = "CannotPullContainerError: no"
    batch_mock.script(
        "job", cannot_start(no_image), fail(3, reason="bad", logs=["oh"]), succeed(after=5)
    )
    job = batch_mock.job(submit(retryStrategy={"attempts": 3}))
    batch_mock.run()
    exited = "Essential container in task exited"
    assert [
        (a.number, a.exit_code, a.reason, a.status_reason, a.started_at, a.stopped_at, a.logs)
        for a in job.attempts
    ] == [
        (1, None, no_image, "Task failed to start", None, second(3), []),
        (2, 3, "bad", exited, second(5), second(6), ["oh"]),
        (3, 0, None, exited, second(8), second(13), []),
    ]
    assert {attempt.compute_environment for attempt in job.attempts} == {"compute-environment"}
    assert repr(job.attempts[1]) == (
        f"<Attempt 2 exit_code=3 reason='bad' status_reason='{exited}'>"
    )


@pytest.mark.parametrize(
    ("operation", "flags"),
    [("cancel_job", (True, False)), ("terminate_job", (False, True))],
)
def test_stopped_job(
    submit: Submit, batch_mock: BatchMock, client: Any, operation: str, flags: tuple[bool, bool]
) -> None:
    """A view shows whether a cancellation or termination was accepted."""
    job = batch_mock.job(submit())
    getattr(client, operation)(jobId=job.id, reason="enough")
    batch_mock.run()
    assert (job.is_cancelled, job.is_terminated) == flags
    assert (job.status, job.status_reason) == ("FAILED", "enough")


def test_equality(submit: Submit, batch_mock: BatchMock) -> None:
    """Two views of one job, or of one attempt, are equal and have equal hashes, and others differ."""
    first, other = submit(), submit()
    batch_mock.run()
    views = {batch_mock.job(first), batch_mock.job(first), batch_mock.jobs[0]}
    attempts = {*batch_mock.job(first).attempts, *batch_mock.job(first).attempts}
    assert len(views) == len(attempts) == 1
    assert batch_mock.job(first) != batch_mock.job(other)
    assert batch_mock.job(first) != first
    assert batch_mock.job(first).attempts[0] != 1


def test_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """Jobs are a sequence in the order of submission."""
    ids = [submit(name) for name in ("a", "b", "c")]
    jobs = batch_mock.jobs
    assert [job.id for job in jobs] == ids
    assert [job.name for job in jobs[1:]] == ["b", "c"]
    assert jobs[1] in jobs
    assert repr(jobs[:1]) == f"<Jobs [<Job 'a' {ids[0]} SUBMITTED>]>"


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("train-*", ["train-1", "train-2"]),
        ("train-1", ["train-1"]),
        ("*", ["train-1", "report", "train-2"]),
        ("[!t]*", ["report"]),
        ("Train-*", []),
    ],
)
def test_named(submit: Submit, batch_mock: BatchMock, glob: str, names: list[str]) -> None:
    """`named` selects jobs by a name or a case-sensitive glob."""
    for name in ("train-1", "report", "train-2"):
        submit(name)
    assert [job.name for job in batch_mock.jobs.named(glob)] == names


def message_of_only(batch_mock: BatchMock, glob: str = "*") -> str:
    """Return the message of the error of `only`."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.jobs.named(glob).only()
    return str(caught.value)


def test_only(submit: Submit, batch_mock: BatchMock) -> None:
    """`only` returns the only job."""
    submit("report")
    job_id = submit("train-1")
    assert batch_mock.jobs.named("train-*").only().id == job_id


def test_only_of_none(batch_mock: BatchMock) -> None:
    """The error of `only` says that there is no job."""
    assert message_of_only(batch_mock) == (
        "batchmock: only() found no job. None was named '*', and none was submitted at all. "
        "Submit one first, or correct the name: jobs.named(glob).only()."
    )


def test_only_of_several(submit: Submit, batch_mock: BatchMock) -> None:
    """The error of `only` lists the first ten of several jobs."""
    ids = [submit(f"job-{number}") for number in range(12)]
    listed = "".join(
        f"\n  'job-{number}' ({job_id}) SUBMITTED" for number, job_id in enumerate(ids[:10])
    )
    assert message_of_only(batch_mock) == (
        f"batchmock: only() found 12 jobs instead of one.{listed}\n  and 2 more\n"
        "Narrow the selection: jobs.named(glob).only()."
    )


def test_end_and_duration(submit: Submit, batch_mock: BatchMock) -> None:
    """A view shows whether and when the job ended, and how long its latest attempt ran."""
    batch_mock.script("job", fail(after=10), succeed(after=30))
    view = batch_mock.job(submit("job", retryStrategy={"attempts": 2}))
    assert (view.has_ended, view.ended_at, view.duration) == (False, None, None)
    batch_mock.tick(8)
    assert view.duration == 5.0
    batch_mock.run()
    assert (view.has_ended, view.duration) == (True, 30.0)
    assert view.ended_at == view.stopped_at
    assert (view.queue, view.definition) == (view.job_queue, view.job_definition)


def test_end_of_a_job_that_never_ran(submit: Submit, batch_mock: BatchMock) -> None:
    """A job that never ran has an end but no duration."""
    batch_mock.script("first", fail())
    view = batch_mock.job(submit("second", dependsOn=[{"jobId": submit("first")}]))
    batch_mock.run()
    assert (view.has_ended, view.duration) == (True, None)
    assert view.ended_at == view.history[-1].at


def test_notebook(submit: Submit, batch_mock: BatchMock) -> None:
    """A notebook shows a job as a table with its explanation."""
    batch_mock.script("job", fail(reason="<b>"))
    view = batch_mock.job(submit("job"))
    batch_mock.run()
    html = view._repr_html_()
    assert "<caption>Job job</caption>" in html
    assert '<th scope="row">status</th><td>FAILED</td>' in html
    assert "<b>" not in html


def test_dependencies_child_by_child(submit: Submit, batch_mock: BatchMock) -> None:
    """An array job depends on the one on which its children depend one by one; pictures show that, too."""
    first = submit(jobName="first", arrayProperties={"size": 2})
    second = submit(
        jobName="second",
        arrayProperties={"size": 2},
        dependsOn=[{"jobId": first, "type": "N_TO_N"}],
    )
    assert batch_mock.job(second).depends_on == [first]
    assert batch_mock.job(f"{second}:1").depends_on == [f"{first}:1"]
    batch_mock.run()
    assert "after first" in str(batch_mock.timeline())
    assert '"name": "dependency"' in json.dumps(json.loads(batch_mock.timeline().to_trace()))


def test_arns(submit: Submit, batch_mock: BatchMock) -> None:
    """Wherever a job id goes, the ARN of the job may be passed: to find, hold, hide and expect it."""
    job = batch_mock.job(submit())
    arn = f"arn:aws:batch:us-east-1:123456789012:job/{job.id}"
    other = submit(jobName="other", dependsOn=[{"jobId": arn}])
    assert batch_mock.job(arn).id == job.id
    assert batch_mock.assert_submitted("other", depends_on=arn).only().id == other
    assert batch_mock.assert_submitted("other", depends_on=[job.id]).only().id == other
    batch_mock.hold(arn)
    batch_mock.run()
    assert job.status == "RUNNABLE"
    batch_mock.release(arn)
    batch_mock.run_until(arn, "RUNNING")
    batch_mock.lose_host(arn)
    assert job.status == "FAILED"
    batch_mock.expire(arn)
    assert batch_mock.logs(arn) == []
