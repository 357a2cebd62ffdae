from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock, fail, succeed

from .pictures import busy_mock

Submit = Callable[..., str]


def events(batch_mock: BatchMock, phase: str) -> list[dict[str, Any]]:
    """Return the events of a phase."""
    found = json.loads(batch_mock.timeline().to_trace())["traceEvents"]
    return [event for event in found if event["ph"] == phase]


def test_slices(submit: Submit, batch_mock: BatchMock) -> None:
    """Each stage is a slice, in microseconds, and failed attempts have their own category."""
    batch_mock.script("job", fail(3, after=2), succeed(after=5))
    submit("job", retryStrategy={"attempts": 2})
    batch_mock.run()
    slices = [
        (event["name"], event["ts"], event["dur"], event["cat"])
        for event in events(batch_mock, "X")
    ]
    assert slices[:5] == [
        ("SUBMITTED", 0, 1_000_000, "stage"),
        ("RUNNABLE", 1_000_000, 1_000_000, "stage"),
        ("STARTING", 2_000_000, 1_000_000, "stage"),
        ("RUNNING", 3_000_000, 2_000_000, "failed attempt"),
        ("RUNNABLE", 5_000_000, 1_000_000, "stage"),
    ]
    ends = [event["name"] for event in events(batch_mock, "i") if event["cat"] == "stage"]
    assert ends == ["SUCCEEDED"]


def test_tracks(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """Queues are processes and jobs are threads, and the children of an array job have their own."""
    batch_mock.provision(job_queue="other")
    submit("map", arrayProperties={"size": 2})
    client.submit_job(jobName="job", jobQueue="other", jobDefinition="job-definition")
    batch_mock.run()
    names = [(event["pid"], event["args"]["name"]) for event in events(batch_mock, "M")]
    assert names[:6] == [
        (1, "API calls"),
        (2, "job queue job-queue"),
        (3, "job queue other"),
        (2, "map:0"),
        (2, "map:1"),
        (3, "job"),
    ]


def in_environment(batch_mock: BatchMock, phase: str) -> list[dict[str, Any]]:
    """Return the events of the only compute environment in a phase."""
    names = {event["pid"]: event["args"]["name"] for event in events(batch_mock, "M")[::-1]}
    (process,) = (
        event["pid"]
        for event in events(batch_mock, "M")
        if event["args"]["name"].startswith("compute environment ")
    )
    assert names[process] == "compute environment compute-environment"
    return [event for event in events(batch_mock, phase) if event["pid"] == process]


def test_tracks_of_hosts(submit: Submit, batch_mock: BatchMock) -> None:
    """An environment is a process, with a track for each attempt that runs on a host at a time."""
    batch_mock.script("b", fail(1, after=5))
    for name in "abc":
        submit(name)
    batch_mock.run()
    names = [event["args"]["name"].partition(" ")[2] for event in in_environment(batch_mock, "M")]
    assert names[1:] == ["c6i.large"] * 3
    attempts = [
        (event["name"], event["tid"], event["cat"], event["dur"])
        for event in in_environment(batch_mock, "X")
    ]
    assert attempts == [
        ("a", 1, "attempt", 2_000_000),
        ("b", 2, "failed attempt", 6_000_000),
        ("c", 3, "attempt", 2_000_000),
    ]
    lives = [(event["name"], event["tid"]) for event in in_environment(batch_mock, "i")]
    assert lives == [("launched", 1), ("launched", 3)]


def test_counters_of_an_environment(submit: Submit, batch_mock: BatchMock) -> None:
    """An environment counts the vCPUs in use and those of its hosts."""
    submit("one")
    batch_mock.run()
    levels = [(event["ts"], event["args"]) for event in in_environment(batch_mock, "C")]
    assert levels == [
        (2_000_000, {"in use": 1.0, "offered": 2.0}),
        (4_000_000, {"in use": 0.0, "offered": 2.0}),
    ]


def test_flows(submit: Submit, batch_mock: BatchMock) -> None:
    """A flow connects a dependency with the job that waited for it."""
    first = submit("first")
    submit("second", dependsOn=[{"jobId": first}])
    batch_mock.run()
    (start,), (end,) = events(batch_mock, "s"), events(batch_mock, "f")
    assert start["id"] == end["id"]
    assert (start["tid"], end["tid"]) == (1, 2)
    assert start["ts"] <= end["ts"]


def test_counters(submit: Submit, batch_mock: BatchMock) -> None:
    """A queue has a counter of the vCPUs that its jobs use."""
    submit("one")
    submit("two")
    batch_mock.run()
    used = [(event["ts"], event["args"]["in use"]) for event in events(batch_mock, "C")]
    assert used[:2] == [(2_000_000, 2.0), (4_000_000, 0.0)]


def test_calls(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """Calls are instants with their request, and failed ones have their error."""
    submit()
    with pytest.raises(client.exceptions.ClientException):
        client.submit_job(jobName="x", jobQueue="nowhere", jobDefinition="x")
    calls = [event for event in events(batch_mock, "i") if event["pid"] == 1]
    assert [event["cat"] for event in calls] == ["call", "failed call"]
    assert calls[0]["args"]["request"]["jobQueue"] == "job-queue"
    assert calls[1]["args"]["error"] == "ClientException: JobQueue nowhere not found."


def test_everything() -> None:
    """Jobs of every kind can be traced, and equal runs yield equal traces."""
    with busy_mock() as one, busy_mock() as other:
        assert one.timeline().to_trace() == other.timeline().to_trace()


def test_notebook(submit: Submit, batch_mock: BatchMock) -> None:
    """Notebooks show a mock and its timeline as the SVG image."""
    submit()
    assert batch_mock._repr_html_() == batch_mock.timeline().to_svg()
