"""The tracks of vCPUs in the text and in the SVG image."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, succeed

from .test_svg import rows, titles


@pytest.fixture
def full(client: Any, batch_mock: BatchMock) -> BatchMock:
    """Return a mock whose environment of 4 vCPUs was full, and then half full."""
    batch_mock.provision("queue", "step", compute_environment="small", max_vcpus=4)
    batch_mock.script("job-?", succeed(after=10))
    for number in range(6):
        client.submit_job(jobName=f"job-{number}", jobQueue="queue", jobDefinition="step")
    batch_mock.run()
    return batch_mock


def test_text(full: BatchMock) -> None:
    """The vCPUs in use are shown in tenths of maxvCpus, and an asterisk shows that all are in use."""
    lines = full.timeline().text(100).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("vCPUs"))
    track = lines[first].removeprefix("vCPUs").strip()
    assert set(track[:-1]) == {"*", "5"}
    assert track.startswith("*")
    assert lines[first + 1] == "  small: tenths of 4 vCPUs in use, 4 at most"
    assert lines[-1].endswith("* all vCPUs in use")


def test_svg(full: BatchMock) -> None:
    """A row of the image shows the vCPUs in use, with their times."""
    row = rows(full.timeline().to_svg())[1]
    assert f"{row.get('aria-label')}".startswith("vCPUs in use: up to 4")
    assert [title.partition(": ")[2] for title in titles(row)] == [
        "4 of 4 vCPUs in use",
        "2 of 4 vCPUs in use",
    ]


def test_environment_that_was_not_half_full(client: Any, batch_mock: BatchMock) -> None:
    """There is no track for an environment in which vCPUs were never scarce."""
    batch_mock.provision("queue", "step", max_vcpus=4)
    client.submit_job(jobName="job", jobQueue="queue", jobDefinition="step")
    batch_mock.run()
    assert "vCPUs" not in batch_mock.timeline().text()
    assert "vCPUs" not in batch_mock.timeline().to_svg()


def test_environments_have_tracks_of_their_own(client: Any, batch_mock: BatchMock) -> None:
    """Each environment has its own track, on Fargate too."""
    batch_mock.provision("one", "step", compute_environment="a", max_vcpus=1)
    batch_mock.provision("two", "other", compute_environment="b", max_vcpus=1, fargate=True)
    for queue, definition in (("one", "step"), ("two", "other")):
        client.submit_job(jobName=queue, jobQueue=queue, jobDefinition=definition)
    batch_mock.run()
    text = batch_mock.timeline().text()
    for name in "ab":
        assert f"\n  {name}: tenths of 1 vCPUs in use, 1 at most\n" in text
