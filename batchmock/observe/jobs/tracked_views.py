"""The common base of the read-only views of jobs and service jobs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar, overload

from batchmock.arguments import checked_text, no_index
from batchmock.errors import BatchMockError
from batchmock.globs import name_matcher
from batchmock.observe.jobs.explain import explain
from batchmock.observe.jobs.selections import not_only, nothing_named
from batchmock.observe.printable import markup
from batchmock.observe.records import Records
from batchmock.simulation.jobs.families import most_attempts
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.jobs.logs import lines_of
from batchmock.simulation.time.clock import Clock, to_datetime
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob
from batchmock.uncopied import Uncopied

AttemptT = TypeVar("AttemptT", bound=TrackedAttempt)
JobT = TypeVar("JobT", bound=TrackedJob)
ViewT = TypeVar("ViewT", bound="TrackedJobView[Any]")
JobsT = TypeVar("JobsT", bound="TrackedJobs[Any]")


def optional_datetime(epoch_ms: int | None) -> datetime | None:
    """Return an instant as an aware UTC `datetime`; None stays None."""
    return None if epoch_ms is None else to_datetime(epoch_ms)


class TrackedAttemptView(Uncopied, Generic[AttemptT]):
    """One attempt. Instants are aware UTC `datetime` objects, or None."""

    __slots__ = ("_attempt", "_clock")

    def __init__(self, attempt: AttemptT, clock: Clock) -> None:
        self._attempt = attempt
        self._clock = clock

    @property
    def number(self) -> int:
        """1 for the first attempt."""
        return self._attempt.number

    @property
    def status_reason(self) -> str | None:
        """Why the attempt ended."""
        return self._attempt.status_reason

    @property
    def started_at(self) -> datetime | None:
        """When the attempt became RUNNING."""
        return optional_datetime(self._attempt.started_at_ms)

    @property
    def stopped_at(self) -> datetime | None:
        """When the attempt ended."""
        return optional_datetime(self._attempt.stopped_at_ms)

    @property
    def logs(self) -> list[str]:
        """The lines written so far; with several containers, those of the deciding one."""
        return [line.text for line in lines_of(self._attempt, None, self._clock.epoch_ms)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrackedAttemptView) and other._attempt is self._attempt

    def __hash__(self) -> int:
        return hash(id(self._attempt))


class TrackedJobView(Uncopied, Generic[JobT]):
    """One job or service job, as it is when a property is read."""

    __slots__ = ("_clock", "_job")

    #: The name of the kind in `repr`.
    _noun: ClassVar[str]

    def __init__(self, job: JobT, clock: Clock) -> None:
        self._job = job
        self._clock = clock

    @property
    def id(self) -> str:
        """The job id."""
        return self._job.id

    @property
    def name(self) -> str:
        """The job name."""
        return self._job.name

    @property
    def status(self) -> str:
        """The status of the job."""
        return self._job.status

    @property
    def status_reason(self) -> str | None:
        """The `statusReason` of the job, if it has one."""
        return self._job.status_reason

    @property
    def job_queue(self) -> str:
        """The name of its job queue."""
        return self._job.queue.name

    @property
    def max_attempts(self) -> int:
        """The number of attempts that its retry strategy allows; for a node, that of its multi-node job."""
        return most_attempts(self._job)

    @property
    def timeout_seconds(self) -> float | None:
        """The time limit of each attempt, if there is one."""
        return None if self._job.timeout_ms is None else self._job.timeout_ms / 1000

    @property
    def history(self) -> list[Transition]:
        """Its transitions, oldest first."""
        return list(self._job.history)

    @property
    def created_at(self) -> datetime:
        """When it was submitted."""
        return to_datetime(self._job.created_at_ms)

    @property
    def started_at(self) -> datetime | None:
        """When its latest attempt became RUNNING."""
        return optional_datetime(self._job.started_at_ms)

    @property
    def stopped_at(self) -> datetime | None:
        """When it ended."""
        return optional_datetime(self._job.stopped_at_ms)

    @property
    def has_ended(self) -> bool:
        """Whether it has SUCCEEDED or FAILED."""
        return self._job.is_terminal

    @property
    def ended_at(self) -> datetime | None:
        """When it became SUCCEEDED or FAILED, even if it never ran; None before that."""
        return to_datetime(self._job.history[-1].at_ms) if self._job.is_terminal else None

    @property
    def duration(self) -> float | None:
        """The seconds for which its latest attempt ran, or has run so far; None if it never started."""
        job = self._job
        latest = job.attempt or (job.attempts[-1] if job.attempts else None)
        if latest is None or latest.started_at_ms is None:
            return None
        stopped_ms = latest.stopped_at_ms
        ended_ms = self._clock.epoch_ms if stopped_ms is None else stopped_ms
        return (ended_ms - latest.started_at_ms) / 1000

    @property
    def queue(self) -> str:
        """The name of its job queue; an alias of `job_queue`."""
        return self._job.queue.name

    @property
    def is_terminated(self) -> bool:
        """Whether a termination was accepted."""
        return self._job.is_terminated

    def explain(self) -> str:
        """Explain why the job has its status: what it waits for, and why it was retried or not."""
        return explain(self._job)

    def _repr_html_(self) -> str:
        """Describe the job for a notebook, as a table."""
        rows = {
            "status": self.status,
            "reason": self.status_reason or "",
            "job id": self.id,
            "job queue": self.job_queue,
            "submitted": f"{self.created_at:%Y-%m-%d %H:%M:%S}",
            "ended": f"{self.ended_at:%Y-%m-%d %H:%M:%S}" if self.ended_at else "",
            "seconds": ""
            if self.duration is None
            else f"{self.duration:.3f}".rstrip("0").rstrip("."),
        }
        cells = "".join(
            f'<tr><th scope="row">{name}</th><td>{markup(value)}</td></tr>'
            for name, value in rows.items()
            if value
        )
        return (
            f"<table><caption>{self._noun} {markup(self.name)}</caption><tbody>{cells}</tbody></table>"
            f"<pre>{markup(self.explain())}</pre>"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrackedJobView) and other._job is self._job

    def __hash__(self) -> int:
        return hash(self._job.id)

    def __repr__(self) -> str:
        return f"<{self._noun} {self.name!r} {self.id} {self._job.status}>"


class TrackedJobs(Records[ViewT], Generic[ViewT]):
    """Jobs or service jobs in the order of submission."""

    #: How messages name one job and several jobs, and the attribute of the mock.
    _nouns: ClassVar[tuple[str, str, str]]

    def __init__(self, jobs: Iterable[ViewT], selected: str = "") -> None:
        self._jobs = list(jobs)
        #: The message of `only` for an empty selection.
        self._selected = selected

    @overload
    def __getitem__(self, index: int) -> ViewT: ...

    @overload
    def __getitem__(self: JobsT, index: slice) -> JobsT: ...

    def __getitem__(self: JobsT, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(self._jobs[index])
        try:
            return self._jobs[index]
        except TypeError as error:
            what = self._nouns[2]
            advice = f"Select jobs by their name: {what}.named({index!r}).only()."
            raise no_index(index, what, advice) from error

    def __len__(self) -> int:
        return len(self._jobs)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._jobs!r}>"

    def named(self: JobsT, glob: str) -> JobsT:
        """
        Return the jobs with a name, or with names that match a case-sensitive glob.

        Raises:
            BatchMockError: the argument is not text.
        """
        checked_text(glob, "named(glob)", 'Pass a name or glob: jobs.named("train-*").')
        matches = name_matcher(glob)
        found = [job for job in self._jobs if matches(job.name)]
        names = [job.name for job in self._jobs]
        return type(self)(found, "" if found else nothing_named(glob, names))

    def only(self) -> ViewT:
        """
        Return the only job.

        Raises:
            BatchMockError: there is no job, or more than one.
        """
        if len(self._jobs) == 1:
            return self._jobs[0]
        one, _, attribute = self._nouns
        raise BatchMockError(not_only(self._jobs, one, attribute, self._selected))
