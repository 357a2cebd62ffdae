from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batchmock import cannot_start, fail, hang, mock_batch, succeed

from ..builders import shared_client
from ..observe.timeline.test_html import Page

SECONDS = st.sampled_from([0, 0.001, 1, 59, 3600, 100_000])
OUTCOMES = st.one_of(
    st.builds(lambda after, runnable: succeed(after, runnable=runnable), SECONDS, SECONDS),
    st.builds(lambda after: fail(3, after=after, reason="r" * 90), SECONDS),
    st.builds(lambda starting: cannot_start("no <image>", starting=starting), SECONDS),
    st.just(hang()),
)
JOBS = st.lists(
    st.tuples(st.lists(OUTCOMES, min_size=1, max_size=3), st.integers(1, 12)), max_size=6
)


@example([([fail(3), succeed(after=59, runnable=3600.001)], 1)], 100_000, 60, 0)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JOBS, SECONDS, st.integers(60, 160), st.integers(0, 30))
def test_pictures_hold_whatever_happens(
    jobs: list[tuple[list[object], int]], seconds: float, width: int, alike: int
) -> None:
    """No line is too long, each job has a row, and no bar of the SVG leaves its column."""
    with mock_batch(start=0, region="us-east-1") as mock:
        mock.provision(job_queue="queue", job_definition="step")
        client = shared_client()
        for number, (outcomes, size) in enumerate(jobs):
            mock.script(f"job-{number}", *outcomes)  # type: ignore[arg-type]
            array = {"arrayProperties": {"size": size}} if size > 1 else {}
            client.submit_job(
                jobName=f"job-{number}",
                jobQueue="queue",
                jobDefinition="step",
                retryStrategy={"attempts": 3},
                **array,
            )
        for number in range(alike):
            client.submit_job(jobName=f"like-{number}", jobQueue="queue", jobDefinition="step")
        mock.tick(seconds)
        timeline = mock.timeline()

    lines = timeline.text(width).split("\n")
    assert max(map(len, lines)) <= width
    folded = len(jobs) + alike > 20
    for number in range(len(jobs)):
        alone = any(line.startswith(f"job-{number} ") for line in lines)
        assert alone or (folded and any(line.startswith("job-* ") for line in lines))
    for rect in ElementTree.fromstring(timeline.to_svg()).iter("{http://www.w3.org/2000/svg}rect"):
        if f"{rect.get('x')}".endswith("%"):
            begin, length = (float(f"{rect.get(name)}".rstrip("%")) for name in ("x", "width"))
            assert 0 <= begin <= begin + length <= 100.002
    assert set(Page(timeline.to_html()).jobs()) == {job.name for job in mock.jobs}
