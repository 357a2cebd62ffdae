from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from batchmock import BatchMock, fail, hang, succeed
from batchmock.observe.timeline import Timeline

from .pictures import NASTY, busy_mock

Submit = Callable[..., str]
SVG = "{http://www.w3.org/2000/svg}"


def rows(svg: str) -> list[ElementTree.Element]:
    """Return the rows of an image, which must be well-formed."""
    root = ElementTree.fromstring(svg)
    return [group for group in root.iter(f"{SVG}g") if group.get("class") == "row"]


def titles(row: ElementTree.Element) -> list[str]:
    """Return the tooltips of a row's stages."""
    return [f"{title.text}" for title in row.iter(f"{SVG}title")]


def test_same_bytes() -> None:
    """Equal runs yield equal bytes."""
    pictures = []
    for _ in range(2):
        with busy_mock() as mock:
            pictures.append(mock.timeline().to_svg())
    assert pictures[0] == pictures[1]


def test_needs_nothing_else() -> None:
    """The image is self-contained: no scripts, no URLs but the SVG namespace, no external styles."""
    with busy_mock() as mock:
        svg = mock.timeline().to_svg()
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    assert {name for name in ("<script", "@import", "<image", "onload") if name in svg} == set()
    assert set(re.findall(r"url\((.)", svg)) == {"#"}
    defined = set(re.findall(r'id="([^"]+)"', svg))
    assert (
        set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#(.+?)\)", svg)) <= defined
    )


def test_can_be_read_without_seeing_it() -> None:
    """The image has a title, a description, and labelled rows that can take the focus."""
    with busy_mock() as mock:
        svg = mock.timeline().to_svg()
    root = ElementTree.fromstring(svg)
    assert root.findtext(f"{SVG}title") == "68 jobs, 2h"
    assert f"{root.findtext(f'{SVG}desc')}".startswith(
        "A timeline from 2026-01-05 09:00:00 on, in simulated time (UTC). extract: SUCCEEDED. train: "
    )
    assert root.get("aria-labelledby") == "title desc"
    found = rows(svg)
    assert [row.get("tabindex") for row in found] == ["0"] * 10
    assert [row.get("role") for row in found] == ["listitem"] * 10
    label = next(
        f"{row.get('aria-label')}" for row in found if "audit" in f"{row.get('aria-label')}"
    )
    assert label == (
        "audit: FAILED; ran 30m; submitted at 0s, ended at 31m; "
        "attempt 1, 1m to 31m: exit code 137, Job attempt duration exceeded timeout; "
        "SUBMITTED: 0s to 20s (20s); RUNNABLE, attempt 1: 20s to 40s (20s); "
        "STARTING, attempt 1: 40s to 1m (20s); RUNNING, attempt 1: 1m to 31m (30m); FAILED at 31m"
    )


def test_stages_are_told(submit: Submit, batch_mock: BatchMock) -> None:
    """Each stage has a tooltip and starts and ends at its times."""
    batch_mock.script("job", fail(after=2), succeed(after=3))
    submit(retryStrategy={"attempts": 2})
    batch_mock.run()
    calls, row = rows(batch_mock.timeline().to_svg())
    assert titles(calls) == ["at 0s: 1 SubmitJob"]
    assert titles(row) == [
        "SUBMITTED: 0s to 1s (1s)",
        "RUNNABLE, attempt 1: 1s to 2s (1s)",
        "STARTING, attempt 1: 2s to 3s (1s)",
        "RUNNING, attempt 1: 3s to 5s (2s)",
        "RUNNABLE, attempt 2: 5s to 6s (1s)",
        "STARTING, attempt 2: 6s to 7s (1s)",
        "RUNNING, attempt 2: 7s to 10s (3s)",
        "SUCCEEDED at 10s",
    ]
    bars = [
        (rect.get("x"), rect.get("width"), rect.get("fill"))
        for rect in row.iter(f"{SVG}rect")
        if f"{rect.get('fill')}".startswith("url")
    ]
    assert bars[3] == ("30%", "20%", "url(#fill-FAILED)")
    assert bars[6] == ("70%", "30%", "url(#fill-RUNNING)")
    assert [rect.get("x") for rect in row.iter(f"{SVG}rect") if rect.get("class") == "failed"] == [
        "30%"
    ]
    assert [f"{use.get('href')} {use.get('x')}" for use in row.iter(f"{SVG}use")] == [
        "#retry-mark 50%",
        "#SUCCEEDED-mark 100%",
    ]


def test_stages_differ_in_more_than_colour(submit: Submit, batch_mock: BatchMock) -> None:
    """Stages differ in pattern, not only in colour."""
    submit()
    svg = batch_mock.timeline().to_svg()
    patterns = re.findall(r'<pattern id="fill-(\w+)"[^>]*>(.*?)</pattern>', svg)
    assert len(patterns) == 8
    assert len({re.sub(r' (width|height)="\d+"', "", shape) for _, shape in patterns}) == 8


def test_many_jobs_are_piled_up(submit: Submit, batch_mock: BatchMock) -> None:
    """The row of an array job shows the number of children in each status over time."""
    batch_mock.script("map", succeed(after=6))
    batch_mock.script("map", fail(after=2), array_index=1)
    submit("map", arrayProperties={"size": 4})
    batch_mock.run()
    _, row = rows(batch_mock.timeline().to_svg())
    said = [title.partition(": ")[2] for title in titles(row)]
    counts = ["4 SUBMITTED", "4 RUNNABLE", "4 STARTING", "4 RUNNING", "1 FAILED, 3 RUNNING"]
    assert said == [*counts, "1"]
    fills = [rect.get("fill") for rect in row.iter(f"{SVG}rect")][-2:]
    assert fills == ["url(#fill-FAILED)", "url(#fill-RUNNING)"]
    (mark,) = (use.get("href") for use in row.iter(f"{SVG}use"))
    assert mark == "#FAILED-mark"


def test_few_failures_among_many_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """Six failures among thousands are six ticks, not a band."""
    batch_mock.script("map", hang())
    for number in range(6):
        batch_mock.script("map", fail(after=1 + number), array_index=100 * number)
    submit("map", arrayProperties={"size": 3000})
    batch_mock.tick(20)
    _, row = rows(batch_mock.timeline().to_svg())
    ticks = [line.get("x1") for line in row.iter(f"{SVG}line") if line.get("class") == "tick"]
    assert ticks == ["20%", "25%", "30%", "35%", "40%", "45%"]
    assert "at 4s FAILED: 0" in titles(row)
    heights = [
        float(f"{rect.get('height')}")
        for rect in row.iter(f"{SVG}rect")
        if rect.get("fill") == "url(#fill-FAILED)"
    ]
    assert max(heights) < 0.1


def test_legend(submit: Submit, batch_mock: BatchMock) -> None:
    """The legend has exactly the marks that are drawn."""
    submit()
    batch_mock.run()
    assert legend(batch_mock) == ["Submitted", "Runnable", "Starting", "Running", "Succeeded"]
    batch_mock.script("retried", fail(), succeed())
    submit("retried", retryStrategy={"attempts": 2})
    batch_mock.run()
    assert legend(batch_mock)[5:] == ["Retried", "Failed attempt"]
    batch_mock.script("map", fail(), array_index=1)
    submit("map", arrayProperties={"size": 2})
    batch_mock.run()
    assert legend(batch_mock)[5:] == ["Failed", "Retried", "Failed attempt", "Failures"]


def test_queues_have_lanes(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """The rows of each of several queues stay together below its name."""
    batch_mock.provision(job_queue="other")
    submit("a")
    client.submit_job(jobName="b", jobQueue="other", jobDefinition="job-definition")
    submit("c")
    svg = batch_mock.timeline().to_svg()
    assert re.findall(r'class="lane">([^<]+)<', svg) == ["queue job-queue", "queue other"]
    names = re.findall(r'class="mono name">(\w+)<', svg)
    assert names == ["a", "c", "b"]


@pytest.mark.slow
def test_numbers_have_no_exponent(submit: Submit, batch_mock: BatchMock) -> None:
    """Coordinates of a very tall image are plain numbers."""
    for number in range(2):
        submit(f"job-{number}")
    jobs = [*batch_mock._simulation.jobs.submitted] * 13_000
    timeline = Timeline(jobs, [], batch_mock._start_ms, batch_mock.clock.epoch_ms)
    assert "e+0" not in timeline.to_svg(limit=30_000, fold=False)


def legend(batch_mock: BatchMock) -> list[str]:
    """Return the entries of the legend."""
    svg = batch_mock.timeline().to_svg()
    found = ElementTree.fromstring(svg).findall(f"{SVG}g")
    texts = next(group for group in found if group.get("aria-hidden") == "true").iter(f"{SVG}text")
    return [f"{text.text}" for text in texts]


def test_what_users_wrote_is_escaped() -> None:
    """Markup in reasons is escaped."""
    with busy_mock() as mock:
        svg = mock.timeline().to_svg()
    (row,) = (row for row in rows(svg) if f"{row.get('aria-label')}".startswith("shard-*"))
    assert NASTY in f"{row.get('aria-label')}"
    assert "<b>" not in svg


def test_many_rows(submit: Submit, batch_mock: BatchMock) -> None:
    """Rows are drawn up to the limit, and the rest is counted."""
    for number in range(30):
        submit(f"job-{number}")
    svg = batch_mock.timeline().to_svg(limit=5, fold=False)
    assert len(rows(svg)) == 1 + 5
    assert ">and 25 more: 25 SUBMITTED</text>" in svg


def test_empty(batch_mock: BatchMock) -> None:
    """Without jobs, only the axis is drawn."""
    svg = batch_mock.timeline().to_svg()
    assert rows(svg) == []
    assert ElementTree.fromstring(svg).findtext(f"{SVG}title") == "0 jobs, 0s"


@pytest.mark.parametrize(("width", "drawn"), [(100, 640), (640, 640), (1500, 1500)])
def test_width(submit: Submit, batch_mock: BatchMock, width: int, drawn: int) -> None:
    """The image has the given width, but at least the minimum."""
    submit()
    root = ElementTree.fromstring(batch_mock.timeline().to_svg(width=width))
    assert root.get("width") == str(drawn)


def test_narrow_picture() -> None:
    """The legend wraps to a second line, and long names are shortened."""
    with busy_mock() as mock:
        svg = mock.timeline().to_svg(width=640)
    places = re.findall(r'<text x="[\d.]+" y="(\d+)" class="muted">([\w ]+)</text>', svg)
    assert len({y for y, _ in places}) == 2
    assert [name for _, name in places if name in ("Submitted", "Retried")] == [
        "Submitted",
        "Retried",
    ]
    assert re.search(r">held-[a-z-]+\.\.\.[a-z-]+-name<", svg)


def test_many_jobs_that_came_late(submit: Submit, batch_mock: BatchMock) -> None:
    """A shared row is empty before its jobs were submitted."""
    batch_mock.tick(10)
    for number in range(30):
        submit(f"job-{number}")
    batch_mock.run()
    _, row = rows(batch_mock.timeline().to_svg())
    first = next(rect for rect in row.iter(f"{SVG}rect") if f"{rect.get('x')}".endswith("%"))
    assert first.get("x") == "71.25%"
    assert titles(row)[0].endswith(": 30 SUBMITTED")


def test_many_details(submit: Submit, batch_mock: BatchMock) -> None:
    """Hovering a row shows its first details, and its label has them all."""
    batch_mock.script("job", fail())
    submit(retryStrategy={"attempts": 10})
    batch_mock.run()
    svg = batch_mock.timeline().to_svg()
    _, row = rows(svg)
    assert f"{row.get('aria-label')}".count("RUNNING, attempt") == 10
    assert re.findall(r">(and \d+ more)</text>", svg) == ["and 28 more"]
