from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock, fail, succeed

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
        f"{batch_mock.timeline()}\n\n"
        "Calls:\n"
        "       0s  SubmitJob(jobName='train', jobQueue='job-queue', jobDefinition='job-definition')\n"
        "       4s  SubmitJob(jobName='x', jobQueue='nowhere', jobDefinition='job-definition')\n"
        "           -> ClientException: JobQueue nowhere not found.\n"
        "           -> job queue 'nowhere' does not exist in us-east-1. It has 'job-queue'. Create another: "
        "batch_mock.provision(job_queue='nowhere').\n\n"
        f"Not finished:\njob 'train' ({job_id}) has been RUNNABLE since 2026-01-02 03:04:06.\n"
        "It is held at RUNNABLE; release('train') lets it go on, and nothing else will.\n\n"
        "Never used:\n"
        "  script('tarin', fail(3), succeed(), job_queue='q', array_index=2): no attempt of any job matched "
        "it. Did you mean 'train'?"
    )


def test_nothing_happened(batch_mock: BatchMock) -> None:
    """The report of an unused mock has no jobs and no calls."""
    assert batch_mock.report() == "0 jobs since 2026-01-02 03:04:05\n\nNo call was made."


def test_short_and_whole(submit: Submit, batch_mock: BatchMock) -> None:
    """The default report is short; the whole report has each job, call, explanation and script."""
    for number in range(30):
        submit(f"job-{chr(97 + number % 26)}{'x' * number}")
        batch_mock.script(f"other-{number}", fail())
    short, whole = batch_mock.report(), batch_mock.report(whole=True)
    assert "and 18 more: 18 SUBMITTED" in short
    assert "Last 8 of 30 calls:\n" in short
    assert short.count("has been SUBMITTED since") == 3
    assert "\nand 27 more\n" in short
    assert short.endswith(
        "script('other-4', fail(1)): no attempt of any job matched it.\n  and 25 more"
    )
    assert "more" not in whole.replace("# ten or more calls", "")
    assert whole.count("SubmitJob(") == 30
    assert whole.count("has been SUBMITTED since") == 30
    assert whole.count("  script(") == 30


def test_long_values_in_calls(client: Any, batch_mock: BatchMock) -> None:
    """A long list is shown as its first item and its length."""
    client.describe_jobs(jobs=[f"{number:08}-0000-4000-8000-000000000000" for number in range(100)])
    assert (
        "  DescribeJobs(jobs=['00000000-0000-4000-8000-000000000000', ... 100 in all])"
        in batch_mock.report()
    )


def test_long_calls(client: Any, batch_mock: BatchMock) -> None:
    """Long values are cut, and so are long lines."""
    queue, definition = "q" * 60, "d" * 60
    with pytest.raises(client.exceptions.ClientException):
        client.submit_job(jobName="x" * 30, jobQueue=queue, jobDefinition=definition)
    (line,) = (line for line in batch_mock.report().split("\n") if "SubmitJob(" in line)
    assert line == f"       0s  SubmitJob(jobName='{'x' * 30}', jobQueue='{'q' * 24}..."


def test_unused_scripts(submit: Submit, batch_mock: BatchMock) -> None:
    """A script is used once it matches an attempt; unused scripts are named."""
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
    assert "\nLast 1000 of 1,101 calls:\n" in report
    assert report.count("has been SUBMITTED since") == 200
    assert report.endswith("\nand 901 more")
    assert len(report.split("\n")) < 2000
