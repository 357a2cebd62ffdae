"""Whether a job was submitted as expected; and if not, which one comes nearest and in what it differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, cast

from batchmock.errors import BatchMockError
from batchmock.observe.times import elapsed
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.job import Job

if TYPE_CHECKING:
    from batchmock.operations.jobs.request import JobRequest

_MOST_LISTED: Final = 10
#: What a mapping has to hold at least; its other keys may be anything.
_HELD: Final = ("parameters", "environment", "tags")
_NAMES: Final = ("job_name", "job_queue", "job_definition")


def matching(jobs: Sequence[Job], expected: Mapping[str, Any]) -> list[Job]:
    """Give the jobs that are as expected."""
    return [job for job in jobs if not differences(job, expected)]


def differences(job: Job, expected: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Give in what a job is not as expected: by name, what was expected and what there is."""
    found = {}
    for name, wanted in expected.items():
        actual = _actual(job, name)
        if name in _HELD:
            actual = {key: actual[key] for key in wanted if key in actual}
        elif name == "depends_on":
            wanted, actual = _named_alike(wanted, job)
        elif name in _NAMES and _is_named(actual, wanted, by_revision=name == "job_definition"):
            continue
        if wanted != actual:
            found[name] = (wanted, actual)
    return found


def _actual(job: Job, name: str) -> Any:
    # Not at the top: a mock that is never asked for this does not need it.
    from batchmock.operations.jobs.find import tags_of

    details = cast("JobRequest", job.request)
    readers: dict[str, Any] = {
        "job_name": lambda: job.name,
        "job_queue": lambda: job.queue.name,
        "job_definition": lambda: job.definition,
        "parameters": lambda: dict(job.parameters),
        "command": lambda: list(job.container.command),
        "environment": lambda: dict(job.container.environment),
        "vcpus": lambda: job.container.vcpus,
        "memory_mib": lambda: job.container.memory_mib,
        "gpus": lambda: job.container.gpus,
        "depends_on": lambda: [entry["jobId"] for entry in details.depends_on if "jobId" in entry],
        "array_size": lambda: job.size if isinstance(job, ArrayJob) else 0,
        "attempts": lambda: job.retry.attempts,
        "timeout_seconds": lambda: None if job.timeout_ms is None else job.timeout_ms / 1000,
        "tags": lambda: tags_of(job),
    }
    return readers[name]()


def _is_named(actual: str, wanted: str, *, by_revision: bool) -> bool:
    names = [actual, actual.rpartition(":")[0]] if by_revision else [actual]
    return any(name == wanted or fnmatchcase(name, wanted) for name in names)


def _named_alike(wanted: Iterable[Any], job: Job) -> tuple[list[str], list[str]]:
    """Give what was expected and what there is, each dependency under the name the test used for it."""
    texts = [str(getattr(item, "id", item)) for item in wanted]
    known = {other.id: other.name for other in _dependencies(job)}
    actual = [
        job_id if job_id in texts else known.get(job_id, job_id)
        for job_id in _actual(job, "depends_on")
    ]
    return sorted(texts), sorted(actual)


def _dependencies(job: Job) -> list[Job]:
    return [*job.dependencies, *(job.n_to_n if isinstance(job, ArrayJob) else ())]


def check_times(times: Any) -> None:
    """
    Check how often a job is expected.

    Raises:
        BatchMockError: it is no number of times.
    """
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 0):
        raise BatchMockError(
            f"batchmock: assert_submitted() was given times={times!r}. Give a whole number, or leave "
            "it out: once or more."
        )


def complaint(
    jobs: Sequence[Job],
    found: Sequence[Job],
    expected: Mapping[str, Any],
    times: int | None,
    start_ms: int,
) -> str:
    """Say that other jobs were submitted than expected: which came nearest, and which there are."""
    wanted = ", ".join(f"{name}={value!r}" for name, value in expected.items()) or "any job"
    often = "once or more" if times is None else _count(times, "time")
    head = f"batchmock: expected to be submitted {often}, and was {_count(len(found), 'time')}: {wanted}."
    lines = [head]
    if found:
        lines += ["Those that match:", *_listed(found, start_ms)]
    elif jobs:
        lines += _nearest(jobs, expected)
    if len(found) < len(jobs):
        lines += [f"Submitted {_were(len(jobs))}:", *_listed(jobs, start_ms)]
    if not jobs:
        lines.append("No job was submitted at all.")
    return "\n".join(lines)


def _nearest(jobs: Sequence[Job], expected: Mapping[str, Any]) -> list[str]:
    """Describe the job with the fewest differences, a wrong name counting more than the rest."""

    def distance(job: Job) -> tuple[bool, int]:
        found = differences(job, expected)
        return "job_name" in found, len(found)

    nearest = min(jobs, key=distance)
    lines = [f"Nearest comes {nearest.name!r} ({nearest.id}):"]
    for name, (wanted, actual) in differences(nearest, expected).items():
        lines += [f"  {name}: expected {wanted!r}", f"  {'':>{len(name)}}  it has   {actual!r}"]
    return lines


def _listed(jobs: Sequence[Job], start_ms: int) -> list[str]:
    lines = [
        f"  {job.name!r} to {job.queue.name!r}, of {job.definition!r}, at "
        f"{elapsed(job.created_at_ms - start_ms)}"
        for job in jobs[:_MOST_LISTED]
    ]
    more = len(jobs) - _MOST_LISTED
    return [*lines, f"  and {more:,} more"] if more > 0 else lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _were(number: int) -> str:
    return "was one job" if number == 1 else f"were {number:,} jobs"
