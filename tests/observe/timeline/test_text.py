from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from textwrap import dedent
from typing import Any

import pytest

from batchmock import BatchMock, cannot_start, fail, hang, out_of_memory, succeed
from batchmock.observe.timeline import Timeline
from batchmock.observe.times import elapsed

Submit = Callable[..., str]


def rows(batch_mock: BatchMock) -> list[str]:
    """Return the axis and the rows, without calls and legend."""
    _, axis, _, _, *jobs, _ = str(batch_mock.timeline()).split("\n")
    return [axis, *jobs]


def bar(batch_mock: BatchMock, name: str) -> str:
    """Return the marks of a job's stages in order, each once."""
    row = next(row for row in rows(batch_mock)[1:] if row.startswith(f"{name} "))
    drawn = row[len(name) :].strip().split("  ")[0].strip()
    return "".join(mark for mark, before in zip(drawn, " " + drawn, strict=False) if mark != before)


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (0, "0s"),
        (5, "0.005s"),
        (1500, "1.5s"),
        (60_000, "1m"),
        (61_000, "1m1s"),
        (7_120_000, "1h58m40s"),
        (86_400_000, "1d"),
        (90_000_000, "1d1h"),
    ],
)
def test_elapsed(duration_ms: int, text: str) -> None:
    """A duration is formatted in few characters."""
    assert elapsed(duration_ms) == text


def test_empty(batch_mock: BatchMock) -> None:
    """Without jobs, nothing is drawn."""
    assert str(batch_mock.timeline()) == "0 jobs since 2026-01-02 03:04:05"
    assert repr(batch_mock.timeline()) == "<Timeline of 0 jobs>"


def test_new_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """New jobs are drawn even if no time has passed."""
    submit("a")
    expected = f"""\
        1 job, 0s from 2026-01-02 03:04:05 on
        job    |0s{" " * 68}  status      ended
        calls  1
          1 SubmitJob
        a      {"," * 71}  SUBMITTED
        , submitted"""
    assert str(batch_mock.timeline()) == dedent(expected)


def test_picture(submit: Submit, batch_mock: BatchMock) -> None:
    """A pipeline is drawn with axis, stages, retries, dependencies and ends of attempts."""
    batch_mock.script("train", out_of_memory(after=5), succeed(after=20))
    batch_mock.script("bad", fail(3))
    batch_mock.script("render*", hang())
    batch_mock.hold("held")
    extract, bad = submit("extract"), submit("bad")
    submit("train", dependsOn=[{"jobId": extract}], retryStrategy={"attempts": 2})
    submit("after-bad", dependsOn=[{"jobId": bad}, {"jobId": extract}])
    submit("held")
    submit("render-with-a-name-that-is-quite-long")
    batch_mock.tick(40)
    assert str(batch_mock.timeline()) == PICTURE


PICTURE = """\
6 jobs, 40s from 2026-01-02 03:04:05 on
job                       |0s         |10s         |20s         |30s         |  status      ended
calls                     6
  6 SubmitJob
extract                   ,.-==+                                                SUCCEEDED   4s
bad                       ,.-==x                                                FAILED      4s
  attempt 1, 3s to 4s: exit code 3, Essential container in task exited
train                     ,~~~~.-=======!-==========================+           SUCCEEDED   33s
  after extract
  attempt 1, 6s to 11s: exit code 137, OutOfMemoryError: Container killed due to memory usage
  attempt 2, 13s to 33s: exit code 0
after-bad                 ,~~~~x                                                FAILED      4s
  after bad, extract
  Dependent Job failed (after bad)
held                      ,...................................................  RUNNABLE
  held at RUNNABLE
render-with...quite-long  ,.-=================================================  RUNNING
, submitted   ~ pending   . runnable   - starting   = running   + succeeded   x failed   ! retried"""


def test_failed_dependencies(submit: Submit, batch_mock: BatchMock) -> None:
    """Jobs that failed because of the same job share a note; one that also waits for others names them."""
    batch_mock.script("bad", fail(3))
    bad, good = submit("bad"), submit("good")
    for name in "ab":
        submit(name, dependsOn=[{"jobId": bad}])
    last = submit("c", dependsOn=[{"jobId": bad}, {"jobId": good}])
    submit("d", dependsOn=[{"jobId": last}])
    submit("e", dependsOn=[{"jobId": good}])
    batch_mock.run()
    lines = str(batch_mock.timeline()).splitlines()
    assert [line if line.startswith(" ") else line.split()[0] for line in lines[4:-1]] == [
        "bad",
        "  attempt 1, 3s to 4s: exit code 3, Essential container in task exited",
        "good",
        "a",
        "b",
        "c",
        "  after bad, good",
        "d",
        "  after c",
        "  these 4 jobs: Dependent Job failed (after bad)",
        "e",
        "  after good",
    ]


def test_dependency_that_has_just_failed(submit: Submit, batch_mock: BatchMock) -> None:
    """A job that is about to fail has no reason yet; the children of an array job are about to fail too."""
    batch_mock.script("bad", fail(3))
    bad = submit("bad")
    submit("a", dependsOn=[{"jobId": bad}])
    submit("b", dependsOn=[{"jobId": bad}], arrayProperties={"size": 2})
    batch_mock.run_until(bad, "FAILED")
    assert "None" not in batch_mock.timeline().text()
    assert "3 × PENDING, about to fail after bad: a, b:0, b:1" in batch_mock.report()
    batch_mock.run()
    assert "3 × Dependent Job failed (after bad): a, b:0, b:1" in batch_mock.report()


def test_all_jobs_have_ended(submit: Submit, batch_mock: BatchMock) -> None:
    """The timeline ends with the last job, however late that is."""
    submit()
    batch_mock.tick(timedelta(hours=1))
    assert str(batch_mock.timeline()).startswith("1 job, 4s from 2026-01-02 03:04:05 on\n")


def test_width(submit: Submit, batch_mock: BatchMock) -> None:
    """No line is longer than 100 columns, whatever the names and reasons."""
    batch_mock.script("*", fail(reason="r" * 200))
    first = submit("n" * 128)
    submit("m" * 128, dependsOn=[{"jobId": first}])
    batch_mock.run()
    lines = str(batch_mock.timeline()).split("\n")
    assert max(len(line) for line in lines) == 100
    assert "".join(line.strip() for line in lines).count("r" * 200) == 1


@pytest.mark.parametrize(
    ("seconds", "axis"),
    [
        (0.02, "|0s              |0.005s           |0.01s           |0.015s           |"),
        (4, "|0s              |1s               |2s              |3s               |"),
        (61, "|0s        |10s       |20s        |30s       |40s        |50s       |1m"),
        (3600, "|0s        |10m        |20m        |30m       |40m        |50m        |"),
        (
            timedelta(days=3),
            "|0s        |12h        |1d         |1d12h     |2d         |2d12h      |",
        ),
        (
            timedelta(days=400),
            "|0s      |56d      |112d     |168d     |224d     |280d    |336d     |",
        ),
    ],
)
def test_axis(submit: Submit, batch_mock: BatchMock, seconds: Any, axis: str) -> None:
    """The axis has round times at equal distances, and no clipped labels."""
    batch_mock.hold("job")
    submit()
    batch_mock.tick(seconds)
    row = rows(batch_mock)[0]
    assert row.removeprefix("job    ").removesuffix("  status      ended").rstrip() == axis


def test_retried_job(submit: Submit, batch_mock: BatchMock) -> None:
    """Each retry has a mark, however little room there is."""
    batch_mock.script("job", fail())
    submit(retryStrategy={"attempts": 10})
    batch_mock.run()
    assert bar(batch_mock, "job") == ",.-=" + "!.-=" * 9 + "x"


def test_short_stages_are_seen(submit: Submit, batch_mock: BatchMock) -> None:
    """A stage that is shorter than a column still gets one, if that does not move the job's end."""
    batch_mock.script("long", succeed(after=timedelta(hours=5)))
    batch_mock.script("quick", succeed(after=timedelta(minutes=30)))
    submit("short")
    submit("quick")
    submit("long")
    batch_mock.tick(timedelta(hours=4))
    submit("late")
    batch_mock.run()
    assert bar(batch_mock, "quick") == ",.-=+"
    assert bar(batch_mock, "long") == ",.-=+"
    assert bar(batch_mock, "short") == "=+"
    assert bar(batch_mock, "late") == "=+"


def test_end_of_a_bar(submit: Submit, batch_mock: BatchMock) -> None:
    """A bar ends at most one column later than its job."""
    batch_mock.script("long", succeed(after=timedelta(hours=5)))
    for number in range(10):
        submit(f"job-{number}")
        batch_mock.tick(timedelta(minutes=6))
    submit("long")
    batch_mock.run()
    axis, *drawn = rows(batch_mock)
    left = axis.index("|")
    width = axis.index("status") - 2 - left
    for number, row in enumerate(drawn[:10]):
        column = (360 * number + 4) * (width - 1) // (3600 + 3 + 5 * 3600)
        assert 0 <= row.index("+") - left - column <= 1


def test_folded_rows_keep_retries(submit: Submit, batch_mock: BatchMock) -> None:
    """The bar of several jobs has the marks of retries and failures, and the legend explains them."""
    batch_mock.script("job-7", fail(after=4), succeed(after=10))
    batch_mock.script("job-9", fail(after=6))
    for number in range(30):
        submit(f"job-{number}", **({"retryStrategy": {"attempts": 2}} if number == 7 else {}))
    batch_mock.run()
    lines = str(batch_mock.timeline()).split("\n")
    (row,) = [line for line in lines if line.startswith("job-*")]
    assert row.count("!") == 1
    assert row.count("x") == 2
    assert "x failed   ! retried" in "".join(lines[-2:])


def test_legend(submit: Submit, batch_mock: BatchMock) -> None:
    """The legend has exactly the marks that are drawn."""
    batch_mock.script("long", hang())
    submit("long")
    batch_mock.tick(timedelta(hours=5))
    submit("map", arrayProperties={"size": 2})
    batch_mock.tick(3)
    drawn = str(batch_mock.timeline()).split("\n")
    marks = {entry[0] for entry in drawn[-1].split("   ")}
    bars = "".join(line[7:-20] for line in drawn if line.startswith(("long", "map")))
    assert marks == set(bars) - {" "}


def test_lanes(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """The rows of each of several queues and shares stay together below their names."""
    batch_mock.provision(job_queue="fair", shares={"a": 1, "b": 2})
    submit("first")
    for share in "bab":
        client.submit_job(
            jobName=f"in-{share}",
            jobQueue="fair",
            jobDefinition="job-definition",
            shareIdentifier=share,
            schedulingPriorityOverride=1,
        )
    submit("last")
    names = [row.split("  ")[0] for row in rows(batch_mock)[1:]]
    assert names == [
        "[queue job-queue]",
        "first",
        "last",
        "[queue fair, share b]",
        "in-b",
        "in-b",
        "[queue fair, share a]",
        "in-a",
    ]


def test_job_with_more_stages_than_columns(submit: Submit, batch_mock: BatchMock) -> None:
    """If there is no room for all stages, stages that share a column hide one another."""
    submit()
    batch_mock.run()
    (job,) = batch_mock._simulation.jobs.values()
    move = job.history[1]._replace(to_status="RUNNING")
    moves = [move._replace(at_ms=move.at_ms + n) for n in range(200)]
    job.history = (*moves, job.history[-1])
    lines = str(Timeline([job], [], batch_mock._start_ms, batch_mock.clock.epoch_ms)).split("\n")
    assert max(len(line) for line in lines) <= 100
    assert lines[2].endswith("+  SUCCEEDED   4s")


def test_dependencies_are_folded(submit: Submit, batch_mock: BatchMock) -> None:
    """The first five dependencies are named."""
    ids = [submit(f"part-{number}") for number in range(8)]
    submit("all", dependsOn=[{"jobId": job_id} for job_id in ids])
    submit("five", dependsOn=[{"jobId": job_id} for job_id in ids[:5]])
    notes = [row for row in rows(batch_mock) if row.startswith("  after")]
    assert notes == [
        "  after part-0, part-1, part-2, part-3, part-4 and 3 more",
        "  after part-0, part-1, part-2, part-3, part-4",
    ]


def test_start_that_failed(submit: Submit, batch_mock: BatchMock) -> None:
    """An attempt that never started has only an end and no exit code."""
    batch_mock.script("job", cannot_start("CannotPullContainerError: no"))
    submit()
    batch_mock.run()
    assert rows(batch_mock)[2:] == ["  attempt 1, until 3s: CannotPullContainerError: no"]


def test_timed_out_and_exited_well(submit: Submit, batch_mock: BatchMock) -> None:
    """A timed-out attempt is marked so, even if its container exited with code 0."""
    batch_mock.script("job", hang(on_sigterm=0))
    submit(timeout={"attemptDurationSeconds": 60})
    batch_mock.run()
    assert rows(batch_mock)[2:] == [
        "  attempt 1, 3s to 1m3s: exit code 0, Job attempt duration exceeded timeout"
    ]


def test_attempts_are_folded(submit: Submit, batch_mock: BatchMock) -> None:
    """Of many attempts, the first two and the last four have a line."""
    batch_mock.script("job", fail())
    submit(retryStrategy={"attempts": 10})
    batch_mock.run()
    notes = [row.split(":")[0].strip() for row in rows(batch_mock)[2:]]
    assert notes == [
        "attempt 1, 3s to 4s",
        "attempt 2, 6s to 7s",
        "and 4 more attempts, then",
        "attempt 7, 21s to 22s",
        "attempt 8, 24s to 25s",
        "attempt 9, 27s to 28s",
        "attempt 10, 30s to 31s",
    ]


def test_array_job(submit: Submit, batch_mock: BatchMock) -> None:
    """The children of an array job share a row, with counts by status and failures by reason."""
    batch_mock.script("map", succeed(after=6))
    for index in (3, 17):
        batch_mock.script("map", fail(3), array_index=index)
    batch_mock.script("map", cannot_start("no image"), array_index=5)
    batch_mock.hold("map")
    submit("map", arrayProperties={"size": 100})
    batch_mock.tick(3)
    waiting = rows(batch_mock)[1:]
    batch_mock.release("map")
    batch_mock.run()
    assert waiting == [
        f"map    {',' * 23}{'.' * 48}  PENDING",
        "  100 children: 100 RUNNABLE",
        f"  held: {', '.join(map(str, range(10)))} and 90 more",
    ]
    assert rows(batch_mock)[1:] == [
        f"map    {',' * 7}{'.' * 14}{'-' * 7}x{'=' * 6}x{'=' * 34}x  FAILED      10s",
        "  100 children: 97 SUCCEEDED, 3 FAILED",
        "  failed: 3, 17: exit code 3, Essential container in task exited",
        "  failed: 5: no image",
    ]


def test_failures_of_many_kinds(submit: Submit, batch_mock: BatchMock) -> None:
    """The first three reasons for failures are named."""
    for index in range(5):
        batch_mock.script("map", fail(index + 1), array_index=index)
    submit("map", arrayProperties={"size": 5})
    batch_mock.run()
    assert rows(batch_mock)[2:] == [
        "  5 children: 5 FAILED",
        *(
            f"  failed: {n}: exit code {n + 1}, Essential container in task exited"
            for n in (0, 1, 2)
        ),
        "  failed for other reasons: 2",
    ]


def test_multinode_job(client: Any, batch_mock: BatchMock) -> None:
    """A multi-node job is drawn as its main node, and the other nodes are counted."""
    batch_mock.provision()
    client.register_job_definition(
        jobDefinitionName="mpi",
        type="multinode",
        nodeProperties={
            "numNodes": 3,
            "mainNode": 0,
            "nodeRangeProperties": [
                {"targetNodes": "0:2", "container": {"image": "i", "vcpus": 1, "memory": 128}}
            ],
        },
    )
    batch_mock.script("mpi", succeed(after=20))
    batch_mock.script("mpi", fail(9), node_index=2)
    client.submit_job(jobName="mpi", jobQueue="job-queue", jobDefinition="mpi")
    assert rows(batch_mock)[2:] == ["  3 nodes: none started yet"]
    batch_mock.run()
    assert rows(batch_mock)[2:] == [
        "  3 nodes: 1 SUCCEEDED, 2 FAILED",
        "  failed: 1: exit code 137, Main node of the multi-node parallel job exited",
        "  failed: 2: exit code 9, Essential container in task exited",
    ]


def test_like_named_jobs_share_a_row(submit: Submit, batch_mock: BatchMock) -> None:
    """Jobs whose names differ only in a number share a row, which names the failed ones."""
    batch_mock.script("job-7", fail(3))
    submit("before")
    for number in range(1053):
        submit(f"job-{number}")
    submit("shard-3f2a9c01-1b2c-4d5e-8f90-123456789abc")
    submit("after")
    batch_mock.run()
    lines = [row.split(" ")[0] for row in rows(batch_mock)[1:] if not row.startswith("  ")]
    assert lines == ["before", "job-*", "shard-3f2a9...3456789abc", "after"]
    assert rows(batch_mock)[2].endswith("  1 FAILED    4s")


def test_many_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """The first fifty rows are drawn, and the rest is counted."""
    batch_mock.script("job-60", fail())
    for number in range(1053):
        submit(f"job-{number}")
    batch_mock.run()
    lines = batch_mock.timeline().text(fold=False).split("\n")
    assert len(lines) == 4 + 50 + 2
    assert lines[0] == "1,053 jobs, 4s from 2026-01-02 03:04:05 on"
    assert lines[-3].startswith("job-49 ")
    assert lines[-2:] == [
        "and 1,003 more: 1,002 SUCCEEDED, 1 FAILED",
        ", submitted   . runnable   - starting   = running   + succeeded   # ten or more calls",
    ]
    assert len(batch_mock.timeline().text(fold=False, limit=3).split("\n")) == 4 + 3 + 2


def test_calls(submit: Submit, client: Any, batch_mock: BatchMock) -> None:
    """Calls are counted by time, and failed ones have their own mark."""
    batch_mock.hold("job")
    job_id = submit()
    batch_mock.tick(10)
    for _ in range(12):
        client.describe_jobs(jobs=[job_id])
    batch_mock.tick(10)
    with pytest.raises(client.exceptions.ClientException):
        client.describe_jobs(jobs=["?"] * 101)
    batch_mock.tick(10)
    _, _, calls, note, *_, legend = str(batch_mock.timeline()).split("\n")
    assert calls == f"calls  1{' ' * 22}#{' ' * 22}e"
    assert note == "  13 DescribeJobs, 1 SubmitJob; 1 ended in an error"
    assert legend.endswith("# ten or more calls   e a call ended in an error")


def test_calls_without_jobs(client: Any, batch_mock: BatchMock) -> None:
    """Calls are drawn even without jobs, and later ones are drawn at the end."""
    for _ in range(2):
        client.describe_job_queues()
    client.describe_job_definitions()
    lines = str(batch_mock.timeline()).split("\n")
    assert lines[0] == "0 jobs, 0s from 2026-01-02 03:04:05 on"
    assert lines[2:4] == ["calls  3", "  2 DescribeJobQueues, 1 DescribeJobDefinitions"]


@pytest.mark.parametrize(("width", "longest"), [(20, 60), (60, 60), (80, 80), (200, 200)])
def test_width_is_as_asked(submit: Submit, batch_mock: BatchMock, width: int, longest: int) -> None:
    """The drawing has the given width, but at least the minimum, and the legend wraps."""
    batch_mock.script("job", fail(reason="r" * 300))
    submit(retryStrategy={"attempts": 2})
    batch_mock.run()
    lines = batch_mock.timeline().text(width).split("\n")
    assert max(map(len, lines)) == longest
    assert lines[0] == "1 job, 7s from 2026-01-02 03:04:05 on"
    assert [line for line in lines if line.startswith(", submitted")] != []
