"""Logs, timelines, reports and calls of service jobs."""

from __future__ import annotations

import re
import sys
from typing import Any

import boto3
import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    call,
    fail,
    hang,
    no_service_capacity,
    succeed,
)

from ...builders import needs_todays_model
from ...operations.service_requests import described, submit
from ..timeline.test_html import Page
from ..timeline.test_svg import rows, titles

pytestmark = needs_todays_model


@pytest.fixture(autouse=True)
def _services(batch_mock: BatchMock) -> None:
    batch_mock.provision_service_jobs(job_queue="queue", max_instances=2)


class TestLogs:
    def test_of_each_attempt(self, batch_mock: BatchMock, client: Any) -> None:
        """Each attempt has its own lines, and the default is the latest attempt."""
        batch_mock.script("train", fail(1, logs=["diverged"]), succeed(logs="1\n2"))
        job_id = submit(client, retryStrategy={"attempts": 2})
        assert batch_mock.logs(job_id) == []
        batch_mock.run()
        assert batch_mock.logs(job_id) == ["1", "2"]
        assert batch_mock.logs(job_id, attempt=1) == ["diverged"]
        attempts = batch_mock.service_job(job_id).attempts
        assert [attempt.logs for attempt in attempts] == [["diverged"], ["1", "2"]]

    def test_at_their_times(self, batch_mock: BatchMock, client: Any) -> None:
        """Lines appear as time passes, from RUNNING on, and none after the end."""
        batch_mock.script(succeed(after=10, logs=[(0, "epoch 1"), (5, "epoch 2"), (99, "never")]))
        job_id = submit(client)
        batch_mock.run_until(job_id, "STARTING")
        seen = [batch_mock.logs(job_id)]
        batch_mock.run_until(job_id, "RUNNING")
        attempt = batch_mock.service_job(job_id).current_attempt
        assert attempt is not None
        for _ in range(3):
            seen.append(attempt.logs)
            batch_mock.tick(5)
        assert seen == [[], ["epoch 1"], ["epoch 1", "epoch 2"], ["epoch 1", "epoch 2"]]

    def test_one_that_hangs(self, batch_mock: BatchMock, client: Any) -> None:
        """The lines written before a termination are kept."""
        batch_mock.script(hang(logs=["started", (3, "stuck")]))
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        batch_mock.tick(1)
        client.terminate_service_job(jobId=job_id, reason="no")
        batch_mock.run()
        assert batch_mock.logs(job_id) == ["started"]

    def test_of_a_function(self, batch_mock: BatchMock, client: Any) -> None:
        """The output of a function is the log."""
        batch_mock.script(call(lambda context: sys.stdout.write(f"attempt {context.attempt}\n")))
        job_id = submit(client)
        batch_mock.run()
        assert batch_mock.logs(job_id) == ["attempt 1"]

    @pytest.mark.parametrize(
        ("asked", "text"),
        [
            ({"attempt": 2}, r"has no attempt 2; it has had 1\."),
            (
                {"container": "app"},
                r"is a service job, and AWS Batch does not know the containers",
            ),
        ],
    )
    def test_what_there_is_not(
        self, batch_mock: BatchMock, client: Any, asked: dict[str, Any], text: str
    ) -> None:
        """An unknown attempt and any container are errors."""
        job_id = submit(client)
        batch_mock.run()
        with pytest.raises(BatchMockError, match=text):
            batch_mock.logs(job_id, **asked)

    def test_none_of_the_log_groups_of_jobs(self, batch_mock: BatchMock, client: Any) -> None:
        """SageMaker has its own log groups, and those of Batch contain only the lines of jobs."""
        batch_mock.provision(job_queue="jobs", job_definition="definition")
        batch_mock.script(succeed(logs=["line"]))
        submit(client)
        client.submit_job(jobName="job", jobQueue="jobs", jobDefinition="definition")
        batch_mock.run()
        logs = boto3.client("logs", region_name="us-east-1")
        events = logs.filter_log_events(logGroupName="/aws/batch/job")["events"]
        assert [event["message"] for event in events] == ["line"]
        assert events[0]["logStreamName"].startswith("definition/default/")


@pytest.fixture
def drawn(batch_mock: BatchMock, client: Any) -> BatchMock:
    """A mock with a service job of three attempts and one that is too large."""
    batch_mock.script("train", no_service_capacity(), fail(1), succeed(after=4))
    job_id = submit(client, retryStrategy={"attempts": 2})
    submit(client, "large", 3)
    batch_mock.run_until(job_id, "SUCCEEDED")
    return batch_mock


class TestPictures:
    def test_text(self, drawn: BatchMock) -> None:
        """SCHEDULED has its own mark, and an attempt without capacity ends like a retried one."""
        lines = str(drawn.timeline()).split("\n")
        assert lines[4:8] == [
            "train  ,,,,,.....:::::!....:::::-----=====!....:::::-----====================+  "
            "SUCCEEDED   14s",
            "  attempt 1, 6s to 7s: Received status from SageMaker: AlgorithmError: , exit code: 1",
            "  attempt 2, 10s to 14s: Received status from SageMaker: Training job completed",
            "large  ,,,,,..................................................................  RUNNABLE",
        ]
        assert lines[-1] == (
            ", submitted   . runnable   : scheduled   - starting   = running   + succeeded   ! retried"
        )

    def test_svg(self, drawn: BatchMock) -> None:
        """Each stage has a tooltip, and SCHEDULED its own pattern."""
        svg = drawn.timeline().to_svg()
        _, train, large = rows(svg)
        assert titles(train)[:6] == [
            "SUBMITTED: 0s to 1s (1s)",
            "RUNNABLE, attempt 1: 1s to 2s (1s)",
            "SCHEDULED, attempt 1: 2s to 3s (1s)",
            "RUNNABLE, attempt 1: 3s to 4s (1s)",
            "SCHEDULED, attempt 1: 4s to 5s (1s)",
            "STARTING, attempt 1: 5s to 6s (1s)",
        ]
        assert titles(large) == ["SUBMITTED: 0s to 1s (1s)", "RUNNABLE, attempt 1: 1s to 14s (13s)"]
        patterns = re.findall(r'<pattern id="fill-(\w+)"[^>]*>(.*?)</pattern>', svg)
        of_scheduled = [content for status, content in patterns if status == "SCHEDULED"]
        others = [content for status, content in patterns if status != "SCHEDULED"]
        assert len(of_scheduled) == 1
        assert of_scheduled[0] not in others

    def test_html(self, drawn: BatchMock) -> None:
        """The page has attempts, stages and explanations of service jobs."""
        page = Page(drawn.timeline().to_html())
        train, large = page.jobs()["train"], page.jobs()["large"]
        statuses = [page.data["statuses"][status] for status in train.history[1::4]]
        assert statuses[2:5] == ["SCHEDULED", "RUNNABLE", "SCHEDULED"]
        assert "SageMaker had no capacity for it once" in train.why
        assert "3 instances" in large.why

    def test_many(self, batch_mock: BatchMock, client: Any) -> None:
        """Service jobs with similar names share a row, separate from the jobs."""
        batch_mock.provision(job_queue="jobs", job_definition="definition")
        batch_mock.script("train-*", succeed(after=10))
        for number in range(30):
            submit(client, f"train-{number}")
        client.submit_job(jobName="job", jobQueue="jobs", jobDefinition="definition")
        batch_mock.tick(2.5)
        text = str(batch_mock.timeline())
        assert "30 jobs: 28 RUNNABLE, 2 SCHEDULED" in text
        assert len([line for line in text.split("\n") if line.startswith("train-*")]) == 1


class TestReport:
    def test_of_a_failed_test(self, drawn: BatchMock) -> None:
        """The report has the timeline, the calls, explanations of unfinished jobs, and unused scripts."""
        drawn.script("tarin", fail())
        large = drawn.service_jobs.named("large").only()
        report = " ".join(drawn.report().split())
        assert (
            f"service job 'large' ({large.id}) has been RUNNABLE since 1s. "
            "It is the first in job queue 'queue'. "
            "It requests 3 instances; service environment 'service-environment' has 2, of which 0 are "
            "in use. It can't start: "
            "MISCONFIGURATION:SERVICE_ENVIRONMENT_MAX_RESOURCE - Service environment(s) associated with "
            "the job queue cannot meet the capacity requirement of the job. To start it: raise the "
            "capacity limit of service environment 'service-environment' to 3 instances or more"
        ) in report
        assert "Calls: 0s SubmitServiceJob(jobName='train'" in report
        assert report.endswith(
            "Never used: script('tarin', fail(1)): no attempt of any job matched it. "
            "Did you mean 'train'?"
        )

    def test_unused_scripts(self, batch_mock: BatchMock, client: Any) -> None:
        """A script that a service job has matched counts as used."""
        batch_mock.script("train", fail(1), job_queue="queue")
        batch_mock.script("train", fail(1), job_queue="another")
        submit(client)
        batch_mock.run()
        assert [repr(script) for script in batch_mock.unused_scripts] == [
            "script('train', fail(1), job_queue='another')"
        ]
        with pytest.raises(
            AssertionError, match=r"Jobs that were submitted: 'train'\. A script is"
        ):
            batch_mock.assert_scripts_used()


class TestPoliteness:
    def complaint(self, batch_mock: BatchMock) -> str:
        """Return the message about impolite calls."""
        with pytest.raises(AssertionError) as caught:
            batch_mock.assert_polite()
        return str(caught.value)

    def test_polite(self, batch_mock: BatchMock, client: Any) -> None:
        """Five submissions a second and a request every few seconds are polite."""
        for _ in range(20):
            ids = [submit(client) for _ in range(5)]
            batch_mock.tick(1)
            described(client, ids[0])
        batch_mock.assert_polite()

    def test_too_many_submissions(self, batch_mock: BatchMock, client: Any) -> None:
        """More than five SubmitServiceJob a second for a minute are throttled (documented quota)."""
        for _ in range(301):
            submit(client)
        assert "301 SubmitServiceJob in one minute of simulated time" in self.complaint(batch_mock)

    def test_polling_too_often(self, batch_mock: BatchMock, client: Any) -> None:
        """More than one DescribeServiceJob a second is impolite."""
        job_id = submit(client)
        for _ in range(61):
            described(client, job_id)
        assert "61 DescribeServiceJob in one minute of simulated" in self.complaint(batch_mock)

    def test_unread_page(self, batch_mock: BatchMock, client: Any) -> None:
        """An unread page of ListServiceJobs is impolite."""
        for _ in range(2):
            submit(client)
        client.list_service_jobs(jobQueue="queue", jobStatus="SUBMITTED", maxResults=1)
        assert "ListServiceJobs returned a nextToken" in self.complaint(batch_mock)


def test_started_is_told_in_words(batch_mock: BatchMock, client: Any) -> None:
    """The explanation of a service job that waits for another names the other."""
    batch_mock.script(hang())
    first = submit(client, "first", 2)
    second = submit(client, "second")
    third = submit(client, "third")
    batch_mock.run()
    assert batch_mock.service_job(first).status == "RUNNING"
    text = batch_mock.service_job(third).explain()
    assert text.split("\n")[1:] == [
        f"It is number 2 in job queue 'queue'; the first is service job 'second' ({second}), which "
        "requests 1 instance.",
        "It requests 1 instance; service environment 'service-environment' has 2, of which 2 are in use by "
        "'first'.",
        "To start it: terminate 'first', which hangs; the job ahead of it starts first.",
    ]
