"""Check whether a job was submitted as expected; if not, describe how the closest one differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from batchmock.errors import BatchMockError
from batchmock.globs import (
    definition_arn,
    is_arn,
    matches_definition,
    matches_resource,
    name_matcher,
)
from batchmock.nearest import counted
from batchmock.observe.times import elapsed
from batchmock.simulation.jobs.families import ArrayJob, dependencies_of
from batchmock.simulation.jobs.job import Job

if TYPE_CHECKING:
    from batchmock.operations.jobs.request import JobRequest

_MOST_LISTED: Final = 10
#: Mappings that an expectation may list in part.
_HELD: Final = ("parameters", "environment", "tags")
#: Values that can't equal a mapping.
_PLAIN: Final = (str, bytes, int, float, list, tuple, set, frozenset)


def matching(jobs: Sequence[Job], expected: Mapping[str, Any]) -> list[Job]:
    """Return the jobs that match an expectation."""
    return [job for job in jobs if not differences(job, expected)]


def differences(job: Job, expected: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the differences between a job and an expectation: by name, the expected and the actual value."""
    found = {}
    for name, wanted in expected.items():
        actual = _actual(job, name)
        if name in _HELD and isinstance(wanted, Mapping):
            actual = {key: actual[key] for key in wanted if key in actual}
        elif name == "depends_on" and isinstance(wanted, (list, tuple)):
            wanted, actual = _named_alike(wanted, job)
        elif isinstance(wanted, str) and name in _MATCHERS:
            if _MATCHERS[name](job, wanted):
                continue
            if name != "job_name" and is_arn(wanted):
                actual = _arn(job, name)
        if wanted != actual:
            found[name] = (wanted, actual)
    return found


def _actual(job: Job, name: str) -> Any:
    # Imported late: a mock that never needs this saves the import.
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
        "depends_on": lambda: [
            _id_in(entry["jobId"]) for entry in details.depends_on if "jobId" in entry
        ],
        "array_size": lambda: job.size if isinstance(job, ArrayJob) else 0,
        "attempts": lambda: job.retry.attempts,
        "timeout_seconds": lambda: None if job.timeout_ms is None else job.timeout_ms / 1000,
        "tags": lambda: tags_of(job),
    }
    return readers[name]()


#: How the text of an expectation matches a job.
_MATCHERS: Final[dict[str, Callable[[Job, str], bool]]] = {
    "job_name": lambda job, wanted: name_matcher(wanted)(job.name),
    "job_queue": lambda job, wanted: matches_resource(wanted, job.queue.name, job.queue.arn),
    "job_definition": lambda job, wanted: matches_definition(wanted, job.definition, job.queue.arn),
}


def _arn(job: Job, name: str) -> str:
    """Return the ARN of the queue or of the definition of a job."""
    queue_arn = job.queue.arn
    return queue_arn if name == "job_queue" else definition_arn(job.definition, queue_arn)


def _named_alike(wanted: Iterable[Any], job: Job) -> tuple[list[str], list[str]]:
    """Return the expected and actual dependencies, each by the id or name used in the test."""
    texts = [_id_in(str(getattr(item, "id", item))) for item in wanted]
    known = {other.id: other.name for other in dependencies_of(job)}
    actual = [
        job_id if job_id in texts else known.get(job_id, job_id)
        for job_id in _actual(job, "depends_on")
    ]
    return sorted(texts), sorted(actual)


def _id_in(id_or_arn: str) -> str:
    return id_or_arn.rpartition("/")[2]


def check_expectations(expected: Mapping[str, Any]) -> None:
    """
    Check that an expectation can match: no list where a job has a mapping, and the other way round.

    Raises:
        BatchMockError: one has another form than what a job has.
    """
    for name, wanted in expected.items():
        if name in _HELD and isinstance(wanted, _PLAIN):
            raise BatchMockError(
                f"batchmock: assert_submitted() got {name}={wanted!r}, and a job has {name} by name. "
                f"Pass a dict: {name}={_as_mapping(wanted)}."
            )
        if name == "command" and isinstance(wanted, str):
            raise BatchMockError(
                f"batchmock: assert_submitted() got command={wanted!r}, and a command is a list of words. "
                f"Pass command={wanted.split()!r}."
            )
        if name == "depends_on" and _has_mappings(wanted):
            raise BatchMockError(
                f"batchmock: assert_submitted() got depends_on={wanted!r}. Pass the ids or names of jobs: "
                'depends_on=["extract"].'
            )


def _has_mappings(wanted: object) -> bool:
    return isinstance(wanted, list) and any(isinstance(item, Mapping) for item in wanted)


def _as_mapping(wanted: object) -> str:
    """Return what to write instead of a list of names and values, as SubmitJob takes it."""
    pairs = wanted if isinstance(wanted, (list, tuple)) else ()
    found = {
        item["name"]: item["value"]
        for item in pairs
        if isinstance(item, Mapping) and {"name", "value"} <= set(item)
    }
    return repr(found or {"name": "value"})


def check_times(times: Any) -> None:
    """
    Check the expected number of submissions.

    Raises:
        BatchMockError: it is not a whole number from 0 on.
    """
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 0):
        raise BatchMockError(
            f"batchmock: assert_submitted() got times={times!r}. Pass a whole number, or omit it for "
            "once or more."
        )


def complaint(
    jobs: Sequence[Job],
    found: Sequence[Job],
    expected: Mapping[str, Any],
    times: int | None,
    start_ms: int,
    service_jobs: int,
) -> str:
    """Return the message of a failed expectation: the closest job, and all submitted jobs."""
    wanted = ", ".join(f"{name}={value!r}" for name, value in expected.items())
    often = "one or more jobs" if times is None else _count(times)
    head = f"batchmock: expected {often} with {wanted}; found {len(found) or 'none'}."
    lines = [head]
    if found:
        lines += ["Matching jobs:", *_listed(found, start_ms)]
    elif jobs:
        lines += _nearest(jobs, expected)
    if len(found) < len(jobs):
        lines += ["Submitted jobs:", *_listed(jobs, start_ms)]
    if not jobs:
        lines.append("No job was submitted.")
    if service_jobs:
        lines.append(
            f"{counted(service_jobs, 'service job')} not included: see batch_mock.service_jobs."
        )
    return "\n".join(lines)


def _nearest(jobs: Sequence[Job], expected: Mapping[str, Any]) -> list[str]:
    """Describe the job with the fewest differences; a wrong name counts more than all others."""

    def distance(job: Job) -> tuple[bool, int]:
        found = differences(job, expected)
        return "job_name" in found, len(found)

    nearest = min(jobs, key=distance)
    lines = [f"The closest is {nearest.name!r} ({nearest.id}):"]
    for name, (wanted, actual) in differences(nearest, expected).items():
        lines += [f"  {name}: expected {wanted!r}", f"  {'':>{len(name)}}  actual   {actual!r}"]
    return lines


def _listed(jobs: Sequence[Job], start_ms: int) -> list[str]:
    lines = [
        f"  {job.name!r} to {job.queue.name!r}, of {job.definition!r}, at "
        f"{elapsed(job.created_at_ms - start_ms)}"
        for job in jobs[:_MOST_LISTED]
    ]
    more = len(jobs) - _MOST_LISTED
    return [*lines, f"  and {more:,} more"] if more > 0 else lines


def _count(number: int) -> str:
    return f"{number:,} job{'' if number == 1 else 's'}"
