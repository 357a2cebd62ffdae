"""The cost of a run: duration, resource use, wasted attempts, and waiting times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from batchmock.observe.timeline.alike import leaves
from batchmock.observe.timeline.phrases import jobs_counted
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.usage import usage
from batchmock.observe.times import elapsed
from batchmock.simulation.jobs.lifecycle import RUNNABLE, SUCCEEDED
from batchmock.simulation.tracking.records import TrackedJob


@dataclass(frozen=True)
class Waits:
    """
    The waits of the jobs of a queue while RUNNABLE.

    Attributes:
        jobs: the number of jobs.
        total: the sum of their waits, in seconds.
        longest: the longest wait, in seconds.
        mean: the mean wait, in seconds; in a difference, that of the two means.
    """

    jobs: int = 0
    total: float = 0.0
    longest: float = 0.0
    mean: float = field(init=False, compare=False)

    def __post_init__(self) -> None:
        self._set_mean(self.total / self.jobs if self.jobs else 0.0)

    def _set_mean(self, mean: float) -> None:
        object.__setattr__(self, "mean", mean)

    def __sub__(self, other: Waits) -> Waits:
        difference = Waits(
            self.jobs - other.jobs, self.total - other.total, self.longest - other.longest
        )
        difference._set_mean(self.mean - other.mean)
        return difference


@dataclass(frozen=True)
class Summary:
    """
    Figures about all jobs of a mock, in simulated seconds. `str()` is a short text.

    Subtract one summary from another to compare two runs.

    Attributes:
        jobs: the number of submitted jobs; an array job counts as its children.
        makespan: from the first submission to the last end, or until now.
        vcpu_seconds: vCPUs times the seconds for which jobs used them.
        wasted_attempts: the number of attempts that ended without success.
        wasted_seconds: how long these attempts ran.
        waits: how long jobs were RUNNABLE, by job queue.
    """

    jobs: int = 0
    makespan: float = 0.0
    vcpu_seconds: float = 0.0
    wasted_attempts: int = 0
    wasted_seconds: float = 0.0
    waits: Mapping[str, Waits] = field(default_factory=dict[str, Waits])

    def __sub__(self, other: Summary) -> Summary:
        nothing = Waits()
        queues = dict.fromkeys([*self.waits, *other.waits])
        return Summary(
            self.jobs - other.jobs,
            self.makespan - other.makespan,
            self.vcpu_seconds - other.vcpu_seconds,
            self.wasted_attempts - other.wasted_attempts,
            self.wasted_seconds - other.wasted_seconds,
            {
                name: self.waits.get(name, nothing) - other.waits.get(name, nothing)
                for name in queues
            },
        )

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"jobs             {self.jobs:,}"
        yield f"makespan         {_seconds(self.makespan)}"
        yield f"vCPU-seconds     {self.vcpu_seconds:,.1f}".removesuffix(".0")
        yield f"wasted attempts  {self.wasted_attempts:,}, {_seconds(self.wasted_seconds)}"
        for name, waits in self.waits.items():
            yield (
                f"waits in {name}: {jobs_counted(waits.jobs)}, mean {_seconds(waits.mean)}, "
                f"longest {_seconds(waits.longest)}"
            )


def _seconds(seconds: float) -> str:
    sign = "-" if seconds < 0 else ""
    return sign + elapsed(round(abs(seconds) * 1000))


def summary(jobs: Sequence[TrackedJob], start_ms: int, now_ms: int) -> Summary:
    """
    Summarise the jobs of a mock.

    Args:
        jobs: jobs and service jobs, in the order of submission.
        start_ms: the mock's first instant.
        now_ms: the current time.
    """
    record = Record(jobs, [], start_ms, now_ms, limit=0, fold=False)
    parts = [*leaves(jobs)]
    wasted = [length for job in parts for length in _wasted(job)]
    first_ms = min((job.created_at_ms for job in jobs), default=record.end_ms)
    return Summary(
        jobs=len(parts),
        makespan=(record.end_ms - first_ms) / 1000,
        vcpu_seconds=_vcpu_seconds(record, parts),
        wasted_attempts=len(wasted),
        wasted_seconds=sum(wasted) / 1000,
        waits=_waits(record, parts),
    )


def _wasted(job: TrackedJob) -> Iterator[int]:
    """Yield the run time of each unsuccessful attempt, in milliseconds."""
    for attempt in job.attempts:
        if job.status == SUCCEEDED and attempt is job.last_attempt:
            continue
        started_ms, stopped_ms = attempt.started_at_ms, attempt.stopped_at_ms
        yield 0 if started_ms is None or stopped_ms is None else stopped_ms - started_ms


def _vcpu_seconds(record: Record, jobs: Sequence[TrackedJob]) -> float:
    total, last_ms, used = 0, 0, 0
    for at_ms, now_used in usage(record, jobs):
        total += used * (at_ms - last_ms)
        last_ms, used = at_ms, now_used
    return total / 1_000_000


def _waits(record: Record, jobs: Sequence[TrackedJob]) -> dict[str, Waits]:
    found: dict[str, list[int]] = {}
    for job in jobs:
        waited_ms = sum(
            stage.to_ms - stage.from_ms for stage in record.stages(job) if stage.status == RUNNABLE
        )
        found.setdefault(job.queue.name, []).append(waited_ms)
    return {
        name: Waits(len(waits), sum(waits) / 1000, max(waits) / 1000)
        for name, waits in found.items()
    }
