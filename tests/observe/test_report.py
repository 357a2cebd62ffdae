from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock, fail, hang, out_of_memory, reclaim_spot, succeed

Submit = Callable[..., str]


def test_report(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """The report has the timeline, the calls, why jobs have not finished, and unused scripts."""
    batch_mock.script("tarin", fail(3), succeed(), job_queue="q", array_index=2)
    batch_mock.hold("train")
    job_id = submit("train")
    batch_mock.tick(4)
    with pytest.raises(client.exceptions.ClientException):
        client.submit_job(jobName="x", jobQueue="nowhere", jobDefinition="job-definition")
    assert batch_mock.report() == (
        "1 job, 4s from 2026-01-02 03:04:05 on\n\n"
        "Not finished:\n"
        "  1 × held at RUNNABLE: train\n"
        f"      job 'train' ({job_id}) has been RUNNABLE since 1s.\n"
        "      It is held at RUNNABLE; release('train') lets it continue, and nothing else does.\n\n"
        f"job    |0s{' ' * 14}|1s{' ' * 15}|2s{' ' * 14}|3s{' ' * 15}|  status      ended\n"
        f"train  {',' * 17}{'.' * 54}  RUNNABLE\n"
        "  held at RUNNABLE\n"
        ", submitted   . runnable\n\n"
        "Calls:\n"
        "       0s  SubmitJob(jobName='train', jobQueue='job-queue', jobDefinition='job-definition')\n"
        "       4s  SubmitJob(jobName='x', jobQueue='nowhere', jobDefinition='job-definition')\n"
        "           -> ClientException: JobQueue nowhere not found.\n"
        "           -> job queue 'nowhere' does not exist in us-east-1. It has 'job-queue'. Create another:\n"
        "              batch_mock.provision(job_queue='nowhere').\n\n"
        "Never used:\n"
        "  script('tarin', fail(3), succeed(), job_queue='q', array_index=2): no attempt of any job matched\n"
        "      it. Did you mean 'train'?"
    )


def test_nothing_happened(batch_mock: BatchMock) -> None:
    """The report of an unused mock has no jobs and no calls."""
    assert batch_mock.report() == "0 jobs since 2026-01-02 03:04:05\n\nNo call was made."


def test_short_and_whole(submit: Submit, batch_mock: BatchMock) -> None:
    """The default report is short, and the whole report has each job, call, explanation and script."""
    for number in range(30):
        submit(f"job-{chr(97 + number % 26)}{'x' * number}")
        batch_mock.script(f"other-{number}", fail())
    short, whole = batch_mock.report(), batch_mock.report(whole=True)
    assert "and 18 more: 18 SUBMITTED" in short
    assert "\nCalls (8 of 30):\n" in short
    assert short.count("has been SUBMITTED since") == 1
    assert (
        "  30 × SUBMITTED: job-a, job-bx, job-cxx, job-dxxx, job-exxxx, job-fxxxxx and 24 more\n"
        in short
    )
    assert short.endswith(
        "script('other-4', fail(1)): no attempt of any job matched it.\n  and 25 more"
    )
    assert "more" not in whole
    assert (short.is_whole, whole.is_whole) == (False, True)
    assert whole.count("SubmitJob(") == 30
    assert " ".join(whole.split()).count("has been SUBMITTED since") == 30
    assert whole.count("  script(") == 30


def test_long_values_in_calls(client: Any, batch_mock: BatchMock) -> None:
    """A long list is shown as its first item and its length."""
    client.describe_jobs(jobs=[f"{number:08}-0000-4000-8000-000000000000" for number in range(100)])
    assert (
        "  DescribeJobs(jobs=['00000000-0000-4000-8000-000000000000', ... 100 in all])"
        in batch_mock.report()
    )


def test_long_calls(client: Any, batch_mock: BatchMock) -> None:
    """Long values and long lines are cut."""
    queue, definition = "q" * 60, "d" * 60
    with pytest.raises(client.exceptions.ClientException):
        client.submit_job(jobName="x" * 30, jobQueue=queue, jobDefinition=definition)
    (line,) = (line for line in batch_mock.report().split("\n") if "SubmitJob(" in line)
    assert line == f"       0s  SubmitJob(jobName='{'x' * 30}', jobQueue='{'q' * 24}..."


def test_unused_scripts(submit: Submit, batch_mock: BatchMock) -> None:
    """A script is used once it matches an attempt, and unused scripts are named."""
    batch_mock.script("train-*", fail(1))
    batch_mock.script("train-1", fail(2), job_definition="job-*", node_index=1)
    batch_mock.script("train-2", succeed())
    submit("train-2")
    batch_mock.tick(0.5)
    assert len(batch_mock.unused_scripts) == 3
    batch_mock.run()
    assert [repr(script) for script in batch_mock.unused_scripts] == [
        "script('train-*', fail(1))",
        "script('train-1', fail(2), job_definition='job-*', node_index=1)",
    ]
    with pytest.raises(AssertionError) as caught:
        batch_mock.assert_scripts_used()
    assert str(caught.value) == (
        "batchmock: no attempt of any job has matched\n"
        "  script('train-*', fail(1))\n"
        "  script('train-1', fail(2), job_definition='job-*', node_index=1)\n"
        "Jobs that were submitted: 'train-2'. A script is matched when an attempt becomes RUNNABLE, and "
        "the newest matching script wins."
    )


def test_all_scripts_are_used(submit: Submit, batch_mock: BatchMock) -> None:
    """If every script has matched an attempt, none is unused."""
    batch_mock.script("job", fail(1), succeed())
    submit()
    batch_mock.run()
    assert batch_mock.unused_scripts == []
    batch_mock.assert_scripts_used()


def test_whole_of_very_many(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """Even the whole report about thousands of jobs and calls stays readable."""
    for number in range(1100):
        submit(f"job-{number}")
    submit("array", arrayProperties={"size": 2})
    report = batch_mock.report(whole=True)
    assert "\njob-*  " in report
    assert "\nCalls (1,000 of 1,101):\n" in report
    assert report.count("has been SUBMITTED since") == 200
    assert not report.is_whole
    assert len(report.split("\n")) < 2000


def test_failed_jobs_first(submit: Submit, batch_mock: BatchMock) -> None:
    """Failures come first by reason, causes before consequences, then stuck, retried and running jobs."""
    batch_mock.script("good-*", succeed(after=60))
    batch_mock.script("retried", out_of_memory(), succeed())
    batch_mock.script("hanging", hang())
    batch_mock.script("bad-*", fail(1, reason="disk full", logs=["first", "no space left"]))
    batch_mock.hold("held")
    for number in range(30):
        submit(f"good-{number}-{'x' * number}")
    submit("retried", retryStrategy={"attempts": 2})
    submit("hanging")
    submit("held")
    bad = [submit(f"bad-{number}") for number in range(7)]
    after = submit("after", dependsOn=[{"jobId": bad[3]}])
    submit("behind", dependsOn=[{"jobId": after}])
    batch_mock.tick(20)
    report = batch_mock.report()
    parts = report.split("\n\n")
    assert parts[1].split("\n") == [
        "Failed:",
        "  7 × exit code 1, disk full: bad-0, bad-1, bad-2, bad-3, bad-4, bad-5 and 1 more",
        "      bad-0 at 4s",
        "      last log line: no space left",
        "  2 × Dependent Job failed (after bad-3): after, behind",
    ]
    heads = [line for line in parts[2].split("\n") if "×" in line]
    assert heads[0] == "   1 × RUNNING, hangs without a timeout: hanging"
    assert heads[1] == "   1 × held at RUNNABLE: held"
    assert heads[2].startswith("  30 × RUNNING until 1m3s: good-0-, good-1-x, ")
    assert parts[3] == (
        "Retried:\n  1 × exit code 137, OutOfMemoryError: Container killed due to memory usage: retried"
    )
    names = [line.split("  ")[0] for line in parts[4].split("\n") if not line.startswith("  ")]
    assert names[1:7] == ["bad-*", "after", "behind", "hanging", "held", "retried"]


def test_children_that_failed(submit: Submit, batch_mock: BatchMock) -> None:
    """The failed children of an array job are named with their indices."""
    for index in (3, 7):
        batch_mock.script("map", fail(3), array_index=index)
    submit("map", arrayProperties={"size": 100})
    batch_mock.run()
    assert (
        "\nFailed:\n  2 × exit code 3, Essential container in task exited: map:3, map:7\n"
        in batch_mock.report()
    )


def test_waiting_for_capacity(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """Jobs that wait for capacity are one group, and only the first is explained."""
    batch_mock.provision(
        job_queue="small", job_definition="small", compute_environment="small", max_vcpus=4
    )
    batch_mock.script("*", hang())
    for number in range(100):
        client.submit_job(jobName=f"job-{number}", jobQueue="small", jobDefinition="small")
    batch_mock.tick(10)
    report = batch_mock.report()
    assert "\n  96 × RUNNABLE, waiting in job queue small" in report
    assert ": small has 4 of 4 vCPUs in use: job-4, job-5, " in report
    assert report.count("has been RUNNABLE since") == 1


def test_repeated_calls(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """Similar calls share a line with their count and times, and refused calls have their own."""
    ids = [submit(f"job-{number}") for number in range(30)]
    with pytest.raises(client.exceptions.ClientException):
        client.submit_job(jobName="x", jobQueue="nowhere", jobDefinition="job-definition")
    for _ in range(50):
        client.describe_jobs(jobs=ids[:1])
        batch_mock.tick(1)
    assert batch_mock.report().split("Calls:\n")[1].split("\n") == [
        "       0s  30 × SubmitJob(jobName='job-*', jobQueue='job-queue', "
        "jobDefinition='job-definition')",
        "       0s  SubmitJob(jobName='x', jobQueue='nowhere', jobDefinition='job-definition')",
        "           -> ClientException: JobQueue nowhere not found.",
        "           -> job queue 'nowhere' does not exist in us-east-1. It has 'job-queue'. Create another:",
        "              batch_mock.provision(job_queue='nowhere').",
        f"0s to 49s  50 × DescribeJobs(jobs=['{ids[0]}'])",
    ]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_width(submit: Submit, batch_mock: BatchMock, width: int) -> None:
    """No line is wider than the terminal, and reasons are wrapped instead of cut."""
    reason = " ".join(f"word-{number}" for number in range(30))
    batch_mock.script("*", fail(reason=reason))
    submit("n" * 128)
    batch_mock.run()
    report = batch_mock.report(width=width)
    assert max(map(len, report.split("\n"))) <= width
    assert f"exit code 1, {reason}" in " ".join(report.split())


def test_colours(submit: Submit, batch_mock: BatchMock) -> None:
    """`coloured` is the same text with ANSI colours."""
    batch_mock.script("bad", fail())
    submit("bad")
    batch_mock.run()
    report = batch_mock.report()
    assert "\x1b[1;31mFailed:\x1b[0m" in report.coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", report.coloured) == report


def test_waiting_for_a_consumable_resource(client: Any, batch_mock: BatchMock) -> None:
    """Jobs that wait for a consumable resource have its name as the reason."""
    batch_mock.provision(job_queue="q", job_definition="d", consumable_resources={"licence": 1})
    batch_mock.script("*", hang())
    properties = {"consumableResourceList": [{"consumableResource": "licence", "quantity": 1}]}
    for number in range(3):
        client.submit_job(
            jobName=f"job-{number}",
            jobQueue="q",
            jobDefinition="d",
            consumableResourcePropertiesOverride=properties,
        )
    batch_mock.tick(10)
    assert (
        "\n  2 × RUNNABLE, waiting in job queue q for licence: job-1, job-2\n"
        in batch_mock.report()
    )


def test_jobs_that_lost_different_hosts(submit: Submit, batch_mock: BatchMock) -> None:
    """A reason that several jobs share does not name the instance of the first."""
    batch_mock.script("*", reclaim_spot(after=5), succeed())
    for name in ("first", "second"):
        submit(name, retryStrategy={"attempts": 2})
    batch_mock.run()
    assert "2 × Host EC2 (instance i-...) terminated: first, second" in batch_mock.report()


def test_job_that_lost_its_host(submit: Submit, batch_mock: BatchMock) -> None:
    """The instance of a single job is named, and the colon follows no full stop."""
    batch_mock.script("*", reclaim_spot(after=5), succeed())
    submit("first", retryStrategy={"attempts": 2})
    batch_mock.run()
    assert re.search(
        r"1 × Host EC2 \(instance i-[0-9a-f]{17}\) terminated: first", batch_mock.report()
    )
