from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest

from batchmock import BatchMock, fail, hang, succeed

from .pictures import NASTY, busy_mock

Submit = Callable[..., str]
VOID = {"meta", "input", "br"}


class PageJob(NamedTuple):
    """A job of a page, with its texts."""

    name: str
    id: str
    born: int
    status: str
    queue: str
    share: str
    environment: str
    history: list[int]
    reason: str
    milli_vcpus: int
    definition: list[str]
    attempts: list[list[Any]]
    host: str
    why: str
    needs: list[int]


class Page(HTMLParser):
    """The parsed page: its properly closed elements, its texts by element, and its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.data: dict[str, Any] = json.loads(self.texts["script"][0])

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Record an element."""
        self.names.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Record an empty element."""
        self.names.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that the innermost element is closed."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Record text."""
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def jobs(self) -> dict[str, PageJob]:
        """Return the jobs by name, for jobs with a unique name."""
        return {job.name: job for job in self.all_jobs()}

    def all_jobs(self) -> Iterator[PageJob]:
        """Yield all jobs of the page."""
        texts, found = self.data["texts"], []
        for first, second, kind, born, *more in self.data["jobs"]:
            attempts, host, why, needs = [*more, *[0, 0, 0, []][len(more) :]]
            name, job_id = first, second
            if isinstance(first, int):
                name, job_id = found[first].name, f"{found[first].id}:{second}"
            status, queue, share, environment, history, reason, vcpus, *definition = self.data[
                "kinds"
            ][kind]
            job = PageJob(
                name,
                job_id,
                born,
                self.data["statuses"][status],
                texts[queue],
                texts[share],
                texts[environment],
                self.data["histories"][history],
                texts[abs(reason)],
                vcpus,
                [texts[text] for text in definition],
                self.data["attempts"][attempts],
                texts[host],
                texts[why],
                needs,
            )
            found.append(job)
            yield job


def test_same_bytes() -> None:
    """Equal runs yield equal bytes."""
    with busy_mock() as one, busy_mock() as other:
        assert one.timeline().to_html() == other.timeline().to_html()


def test_needs_nothing_else() -> None:
    """All elements are closed, the page has no external references, and its policy forbids all fetches."""
    with busy_mock() as mock:
        html = mock.timeline().to_html()
    page = Page(html)
    assert page.open == []
    assert set(re.findall(r'(?:href|src)="(.)', html)) == {"#"}
    assert (
        "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\""
        in html
    )
    assert "http" not in html.replace("http-equiv", "")


def test_reasons_come_first() -> None:
    """The page begins with failed jobs by reason, unfinished jobs, and retried ones."""
    with busy_mock() as mock:
        page = Page(mock.timeline().to_html())
    assert page.texts["h2"] == ["Failed", "Not finished", "Retried"]
    assert page.texts["b"] == [
        "3 × exit code 3, Essential container in task exited",
        "1 × exit code 137, Job attempt duration exceeded timeout",
        f"1 × exit code 1, {NASTY}",
        "1 × Dependent Job failed (after map)",
        "1 × held at RUNNABLE",
        page.texts["b"][-1],
    ]
    assert page.texts["b"][-1].startswith("1 × Host EC2 (instance i-")


def test_last_log_line(submit: Submit, batch_mock: BatchMock) -> None:
    """A failed job shows its last log line."""
    batch_mock.script("job", fail(logs=["loading", "no space left"]))
    submit()
    batch_mock.run()
    assert Page(batch_mock.timeline().to_html()).texts["code"] == ["no space left"]


def test_title(submit: Submit, batch_mock: BatchMock) -> None:
    """The title is the number of jobs and the time, or the given one."""
    submit()
    batch_mock.run()
    timeline = batch_mock.timeline()
    assert Page(timeline.to_html()).texts["h1"] == ["1 job, 4s"]
    page = Page(timeline.to_html(title="test_it[<a>]"))
    assert page.texts["h1"] == page.texts["title"] == ["test_it[<a>]"]
    assert page.texts["p"][0].startswith("1 job, 4s, from 2026-01-02 03:04:05 on")


def test_data_of_a_job(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """The page has a job's stages, attempts, logs, command, environment, explanation and calls."""
    batch_mock.script("job", fail(3, after=2, logs=["bad"]), succeed(after=5))
    first = submit("first")
    job_id = submit(
        "job",
        dependsOn=[{"jobId": first}],
        retryStrategy={"attempts": 2},
        containerOverrides={"command": ["run", "it"], "environment": [{"name": "A", "value": "b"}]},
    )
    client.describe_jobs(jobs=[job_id])
    batch_mock.run()
    page = Page(batch_mock.timeline().to_html())
    data, texts = page.data, page.data["texts"]
    job = page.jobs()["job"]
    assert job.id == job_id
    assert (job.queue, job.share, job.environment) == ("job-queue", "", "compute-environment")
    assert job.host.startswith("i-")
    assert job.needs == [0]
    statuses = [data["statuses"][status] for status in job.history[1::4]]
    assert statuses == [
        "SUBMITTED",
        "PENDING",
        *["RUNNABLE", "STARTING", "RUNNING"] * 2,
        "SUCCEEDED",
    ]
    assert job.history[3::4] == [0, 0, 0, 0, 2, 1, 0, 0, 0]
    assert "It was retried" in job.why
    assert [(attempt[0], attempt[3]) for attempt in job.attempts] == [(1, 3), (2, 0)]
    assert [texts[line] for line in job.attempts[0][8]] == ["bad"]
    definition, _, command, *environment = job.definition
    assert definition == "job-definition:1"
    assert json.loads(command) == ["run", "it"]
    assert environment == ["A=b"]
    calls = [(texts[call[1]], call[4]) for call in data["calls"]]
    assert calls == [("SubmitJob", 0), ("SubmitJob", 1), ("DescribeJobs", -1)]


def test_children(submit: Submit, batch_mock: BatchMock) -> None:
    """The children of an array job have its name, its id with their index, and their own reasons and hosts."""
    batch_mock.script("map", fail(3), array_index=1)
    job_id = submit("map", arrayProperties={"size": 2})
    batch_mock.run()
    parent, first, second = Page(batch_mock.timeline().to_html()).all_jobs()
    assert [job.id for job in (parent, first, second)] == [job_id, f"{job_id}:0", f"{job_id}:1"]
    assert (first.name, first.status, first.reason) == ("map", "SUCCEEDED", "")
    assert (second.name, second.status) == ("map", "FAILED")
    assert second.reason.startswith("exit code 3")
    assert first.host.startswith("i-")


def test_submissions_share_their_text(submit: Submit, batch_mock: BatchMock) -> None:
    """Requests that differ only in the job's name are written once, with a mark in place of the name."""
    submit("one")
    submit("another")
    data = Page(batch_mock.timeline().to_html()).data
    (body,) = {call[2] for call in data["calls"]}
    assert '"jobName": "\0"' in data["texts"][body].replace('":"', '": "')


def test_many_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """Rows appear up to the limit, and the rest is counted."""
    for number in range(30):
        submit(f"job-{number}")
    page = Page(batch_mock.timeline().to_html(limit=5, fold=False))
    assert len(page.data["groups"]) == 5
    assert "and 25 more: 25 SUBMITTED" in page.texts["p"]


def test_many_calls(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """The page has the last 5,000 calls, and all failed ones."""
    with pytest.raises(client.exceptions.ClientException):
        client.submit_job(jobName="x", jobQueue="nowhere", jobDefinition="x")
    submit()
    calls = list(batch_mock.calls)
    batch_mock._calls._calls += [calls[1]] * 6000
    data = Page(batch_mock.timeline().to_html()).data
    assert len(data["calls"]) == 5001
    assert data["allCalls"] == 6002
    assert data["texts"][data["calls"][0][3]] == "ClientException: JobQueue nowhere not found."


def test_many_waiting_jobs(client: Any, batch_mock: BatchMock) -> None:
    """The explanations of hundreds of waiting jobs are limited."""
    batch_mock.provision(
        job_queue="q", job_definition="d", compute_environment="small", max_vcpus=2
    )
    batch_mock.script("*", hang())
    for number in range(400):
        client.submit_job(jobName=f"job-{number}", jobQueue="q", jobDefinition="d")
    batch_mock.tick(10)
    page = Page(batch_mock.timeline().to_html())
    assert sum(job.why != "" for job in page.all_jobs()) == 300


def test_positions_of_waiting_jobs(client: Any, batch_mock: BatchMock) -> None:
    """Each explanation on a page has the position of its job in its queue and share, as `explain()` has it."""
    batch_mock.provision(job_queue="q", job_definition="d", max_vcpus=1)
    policy = client.create_scheduling_policy(name="fair")["arn"]
    client.create_job_queue(
        jobQueueName="fair",
        priority=1,
        schedulingPolicyArn=policy,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "compute-environment"}],
    )
    batch_mock.script("*", hang())
    for number in range(12):
        in_share = {"shareIdentifier": "ab"[number % 2], "schedulingPriorityOverride": number % 3}
        client.submit_job(jobName=f"fair-{number}", jobQueue="fair", jobDefinition="d", **in_share)
        client.submit_job(jobName=f"plain-{number}", jobQueue="q", jobDefinition="d")
    batch_mock.tick(10)
    jobs = Page(batch_mock.timeline().to_html()).jobs()
    waiting = [job for job in batch_mock.jobs if job.status == "RUNNABLE"]
    assert len(waiting) == 23
    for job in waiting:
        (position,) = re.findall(r"^It is (?:number|the first).*", job.explain(), re.MULTILINE)
        assert position in jobs[job.name].why.splitlines()


def test_environments(client: Any, batch_mock: BatchMock) -> None:
    """The page has the vCPUs of each environment over time, its limit, its hosts and what ran on these."""
    batch_mock.provision(
        job_queue="q", job_definition="d", max_vcpus=4, instance_types=["m5.large"]
    )
    batch_mock.script("b", fail(1, after=5))
    for name in "ab":
        client.submit_job(jobName=name, jobQueue="q", jobDefinition="d")
    batch_mock.run()
    data = Page(batch_mock.timeline().to_html()).data
    (environment,) = data["environments"]
    name, limit, used, offered, ((_, kind, vcpus, launched, ready, left, runs),) = environment
    assert (name, limit) == ("compute-environment", 4000)
    assert used == [[2000, 2000], [4000, 1000], [8000, 0]]
    assert offered == [[2000, 2000]]
    assert (data["texts"][kind], vcpus, launched, ready, left) == (
        "m5.large",
        2000,
        2000,
        2000,
        None,
    )
    assert runs == [[0, 1, 2000, 4000, 1000, 0], [1, 1, 2000, 8000, 1000, 2]]


def test_what_users_wrote_is_escaped() -> None:
    """Markup in reasons is escaped."""
    with busy_mock() as mock:
        html = mock.timeline().to_html()
    assert '<b>"no"' not in html
    assert '<b>\\"no' not in html
    assert NASTY in Page(html).jobs()["shard-33"].reason


def test_empty(batch_mock: BatchMock) -> None:
    """Without jobs, the page has no rows and no sections."""
    page = Page(batch_mock.timeline().to_html())
    assert page.data["groups"] == []
    assert "h2" not in page.texts
