"""Drawings with a row for each host: as text and as SVG."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest

from batchmock import BatchMock, BatchMockError, hang, mock_batch, reclaim_spot, succeed

from ...simulation.placement.builders import asks

SVG = "{http://www.w3.org/2000/svg}"


def submit(client: Any, name: str, vcpus: int = 1, memory_mib: int = 128, **members: Any) -> None:
    """Submit a job of a number of vCPUs."""
    client.submit_job(
        jobName=name,
        jobQueue="queue",
        jobDefinition="step",
        containerOverrides=asks(vcpus, memory_mib),
        **members,
    )


@pytest.fixture(scope="module")
def drawn() -> BatchMock:
    """A mock with two instances, one of which is lost with its job."""
    with mock_batch(region="us-east-1", start=0, launch_seconds=60) as mock:
        mock.provision("queue", "step", instance_types=["m5.large"], max_vcpus=4)
        mock.script("lost", reclaim_spot(after=500), succeed(after=100))
        mock.script("short", succeed(after=200))
        client = boto3.client("batch")
        submit(client, "lost", 2, retryStrategy={"attempts": 2})
        submit(client, "short", arrayProperties={"size": 5})
        mock.run()
        return mock


def test_text(drawn: BatchMock) -> None:
    """Each host has a row with its launch, its attempts and its loss, below the vCPUs of its environment."""
    assert drawn.timeline().text(100, by="host").split("\n") == [
        "2 jobs, 12m5s from 1970-01-01 00:00:00 on",
        "host                 |0s                   |5m                   |10m         type          left",
        "[compute environment compute-environment]",
        "vCPUs in use         0000##############################77777775222277755555",
        "  most in use 4, most offered 4; 76% of the offered time in use",
        "i-4c3c2c5af80341036  ,,,,1111111111111111111111111111111111111x               m5.large      9m23s",
        "  ran lost",
        "i-e6610a43789f3aeec  ,,,,222222222222222222222222222222111111111111111.....   m5.large",
        "  ran short:0, short:1, short:2, short:3, short:4",
        "i-881e3d6501764d0a0                                            ,,,,11111111   m5.large",
        "  ran lost",
        "vCPUs in use: 0-9 tenths of those offered, # all of them   , launching   . idle   1-9 attempts at a",
        "time   x lost",
    ]


def test_loss_at_the_last_instant(batch_mock: BatchMock) -> None:
    """A host that is lost in the last column, where it was launched, has its mark there."""
    batch_mock.provision("queue", "step", instance_types=["m5.large"])
    submit(boto3.client("batch", region_name="us-east-1"), "job")
    batch_mock.run_until(batch_mock.jobs[0].id, "STARTING")
    batch_mock.lose_host(batch_mock.hosts[0])
    row = batch_mock.timeline().text(100, by="host").split("\n")[5]
    assert row.split() == ["i-4c3c2c5af80341036", "x", "m5.large", "2s"]


def test_colours_and_width(drawn: BatchMock) -> None:
    """The method show() draws hosts too, within the width."""
    output = io.StringIO()
    drawn.timeline().show(output, width=80, by="host")
    lines = output.getvalue().rstrip("\n").split("\n")
    assert max(map(len, lines)) <= 80
    assert lines[2] == "[compute environment compute-environment]"


def test_svg(drawn: BatchMock) -> None:
    """The image names the hosts, and its bars stay in their column."""
    image = drawn.timeline().to_svg(by="host")
    root = ElementTree.fromstring(image)
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert [text for text in texts if text and text.startswith("i-")] == [
        host.instance_id for host in drawn._simulation.hosts.ever_launched()
    ]
    assert "m5.large, 2 vCPUs" in texts
    assert {"lost", "short:0"} <= set(texts)
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert "lost, attempt 1: 1m2s to 9m23s" in titles
    for rect in root.iter(f"{SVG}rect"):
        if f"{rect.get('x')}".endswith("%"):
            begin, length = (float(f"{rect.get(name)}".rstrip("%")) for name in ("x", "width"))
            assert 0 <= begin <= begin + length <= 100.002
    assert image == drawn.timeline().to_svg(by="host")


def test_many_hosts(client: Any, batch_mock: BatchMock) -> None:
    """Further hosts are counted."""
    batch_mock.provision("queue", "step", instance_types=["m5.large"])
    for number in range(5):
        submit(client, f"job-{number}", 2)
    batch_mock.run()
    timeline = batch_mock.timeline()
    assert "and 3 more hosts" in timeline.text(limit=2, by="host")
    assert "and 1 more host" in timeline.text(limit=4, by="host")
    assert "and 3 more hosts" in timeline.to_svg(limit=2, by="host")
    assert timeline.text(limit=2, by="host").count("m5.large") == 2


def test_attempts_without_a_gap_of_their_size(client: Any, batch_mock: BatchMock) -> None:
    """Attempts that fit between others only in parts are drawn in equal slots."""
    batch_mock.provision("queue", "step", instance_types=["m5.xlarge"])
    batch_mock.script("short", succeed(after=10))
    batch_mock.script("long", succeed(after=100))
    for name in ("short", "long", "short", "long"):
        submit(client, name)
    batch_mock.tick(30)
    submit(client, "wide", 2)
    batch_mock.run()
    root = ElementTree.fromstring(batch_mock.timeline().to_svg(by="host"))
    heights = {
        rect.get("height") for rect in root.iter(f"{SVG}rect") if rect.get("class") == "edge"
    }
    assert heights == {"7.5"}


@pytest.mark.parametrize("max_vcpus", [None, 4])
def test_environment_without_hosts(
    client: Any, batch_mock: BatchMock, max_vcpus: int | None
) -> None:
    """An environment without hosts has its vCPUs only, relative to maxvCpus if it has a limit."""
    if max_vcpus is None:
        client.create_compute_environment(
            computeEnvironmentName="compute-environment", type="UNMANAGED", serviceRole="role"
        )
        batch_mock.provision("queue", "step")
    else:
        batch_mock.provision("queue", "step", fargate=True, max_vcpus=max_vcpus)
    batch_mock.script(hang())
    submit(client, "a", 2, 4096, timeout={"attemptDurationSeconds": 60})
    batch_mock.run()
    text = batch_mock.timeline().text(by="host")
    assert ("most in use 2, without a limit" in text) is (max_vcpus is None)
    assert ("most in use 2, most offered 4; 48% of" in text) is (max_vcpus is not None)
    assert "vCPUs" in batch_mock.timeline().to_svg(by="host")


def test_nothing(batch_mock: BatchMock) -> None:
    """Without hosts and attempts there is only the heading."""
    assert batch_mock.timeline().text(by="host") == "0 jobs since 2026-01-02 03:04:05"
    assert "0 hosts" in batch_mock.timeline().to_svg(by="host")


def test_unknown_rows(batch_mock: BatchMock) -> None:
    """Rows of another kind are refused."""
    by: Any = "queue"
    for draw in (batch_mock.timeline().text, batch_mock.timeline().show):
        with pytest.raises(BatchMockError) as caught:
            draw(by=by)
        assert str(caught.value) == "batchmock: timeline(): by='queue' must be 'job' or 'host'."
    with pytest.raises(BatchMockError, match="by='queue' must be"):
        batch_mock.timeline().to_svg(by=by)
