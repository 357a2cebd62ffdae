"""Code that goes on for ever in a disturbed run, and how soon a run of it ends."""

import time
from contextlib import suppress
from time import monotonic, sleep

import boto3
import pytest

from batchmock import BatchMockError, explore
from batchmock.exploring import runner, traces

from . import programs

DEATHS = {"tiers": ("deaths",), "depth": 1, "seconds": 300}


def poll_and_drop_errors(job_id):
    """Wait for a job that may be gone, and drop the errors of the mock."""
    client = boto3.client("batch")

    def status():
        with suppress(Exception):
            return client.describe_jobs(jobs=[job_id])["jobs"][0]["status"]

    while (found := status()) not in programs.ENDED:
        if found:
            time.sleep(10)
    return found


def sleep_and_drop_errors(job_id):
    """Sleep before each look at a job that may be gone, and drop the errors of the mock."""
    client = boto3.client("batch")

    def status():
        with suppress(Exception):
            time.sleep(10)
            return client.describe_jobs(jobs=[job_id])["jobs"][0]["status"]

    while (found := status()) not in programs.ENDED:
        pass
    return found


def poll_until(job_id, is_over):
    """Poll a job, with pauses once it is gone."""
    client = boto3.client("batch")
    while not is_over():
        jobs = client.describe_jobs(jobs=[job_id])["jobs"]
        if not jobs:
            sleep(60)
        elif jobs[0]["status"] in programs.ENDED:
            return jobs[0]["status"]
    raise programs.JobFailed("no end")


def poll_until_a_deadline(job_id):
    """Poll a job for an hour."""
    deadline = monotonic() + 3_600
    return poll_until(job_id, lambda: monotonic() >= deadline)


def poll_for_ever(job_id):
    """Poll a job without a deadline."""
    return poll_until(job_id, lambda: False)


def wait_for_a_success(batch_mock):
    """Wait for an event that does not come if the job fails."""
    batch_mock.provision(job_queue="queue", job_definition="work")
    success = programs.Success()
    batch_mock.subscribe(success.handle)
    programs.submit()
    success.wait()


def test_sleeps_without_requests_after_all_jobs_have_ended(fails):
    """Code that sleeps on, and asks for nothing, waits for ever, though no job is unfinished."""
    found = explore(
        wait_for_a_success,
        options={"advance": "sleep", "stuck_after": 10},
        without=("expire", "cannot_inspect", "cannot_pull_image", "reclaim_spot", "out_of_memory"),
        **DEATHS,
    ).findings

    assert [item.kind for item in found] == ["waits for ever"]
    assert "stuck_after=10" in found[0].as_test()
    assert "waits in vain" in str(fails(found[0]))


def test_the_first_endless_run_alone_makes_all_requests(monkeypatch, find):
    """Once a line has made too many requests, further runs of it end much sooner."""
    requests = []
    watched = traces.Watch.trace

    def trace(watch):
        found = watched(watch)
        requests.append(len(found.calls))
        return found

    monkeypatch.setattr(traces.Watch, "trace", trace)
    found = find(poll_and_drop_errors, tiers=("deaths",)).findings

    assert [item.kind for item in found] == ["waits for ever"]
    assert [count > 5_000 for count in requests].count(True) == 1


def test_errors_that_are_dropped_without_a_request(find):
    """Code that drops all errors of its sleeps, and makes no request in between, is ended as well."""
    found = find(sleep_and_drop_errors, **DEATHS).findings

    assert {item.kind for item in found} == {"waits for ever"}


def test_real_sleeps_until_a_deadline(find):
    """Where polls move the clock, sleeps are short, and the code's own clocks are ahead: it ends in time."""
    found = find(poll_until_a_deadline, options={"advance": "poll"}, **DEATHS)

    assert found.findings == []


def test_real_sleeps_for_ever(find, monkeypatch):
    """A wait that looks endless is confirmed with real sleeps, up to a sum of seconds."""
    monkeypatch.setattr(runner, "CONFIRMING_SECONDS", 0.1)

    found = find(poll_for_ever, options={"advance": "poll"}, **DEATHS).findings

    assert [item.kind for item in found] == ["waits for ever"]


def test_code_that_does_not_end_undisturbed(monkeypatch):
    """An undisturbed run that makes too many requests is an error, which tells how many."""
    monkeypatch.setattr(runner, "MOST_REQUESTS", 20)

    def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        while True:
            boto3.client("batch").list_jobs(jobQueue="queue")
            batch_mock.tick(1)

    with pytest.raises(BatchMockError, match="stopped it after 20 requests"):
        explore(program)
