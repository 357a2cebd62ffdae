"""
The log groups and log streams of CloudWatch Logs that jobs write to.

They are derived on request, from the submitted jobs and the attempts that have reached RUNNING; nothing is
recorded while jobs run.
"""

from __future__ import annotations

from batchmock.observe.jobs.moments import attempt_of
from batchmock.operations.jobs.log_streams import (
    DEFAULT_GROUP,
    LogGroupKey,
    LogStreamKey,
    log_groups,
    log_streams,
)
from batchmock.simulation.engine import Simulation
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import MultiNodeJob
from batchmock.simulation.jobs.lifecycle import RUNNING
from batchmock.simulation.jobs.logs import WrittenLine, lines_of


class LogStream:
    """The log stream of one container of one attempt. It exists from the start of the container."""

    def __init__(self, key: LogStreamKey, attempt: Attempt) -> None:
        self.name = key.name
        self._container = key.container
        self._attempt = attempt
        #: All lines, cached once the attempt has ended.
        self._whole: tuple[WrittenLine, ...] | None = None

    def created_ms(self, now_ms: int) -> int | None:
        """Return the creation time in milliseconds since the epoch; None if it does not exist yet."""
        attempt = self._attempt
        starts_ms: int | None = 0
        if self._container is not None:
            # There is no plan yet while a function of the test runs as one of the containers.
            plan = attempt.plan
            starts_ms = None if plan is None else plan.run_of(self._container).starts_ms
        if attempt.started_at_ms is None or starts_ms is None:
            return None
        ended_ms = now_ms if attempt.stopped_at_ms is None else attempt.stopped_at_ms
        created_ms = attempt.started_at_ms + starts_ms
        return created_ms if created_ms <= ended_ms else None

    def lines(self, now_ms: int) -> tuple[WrittenLine, ...]:
        """Return the lines written so far, with times in milliseconds since the epoch."""
        if self._whole is not None:
            return self._whole
        lines = lines_of(self._attempt, self._container, now_ms)
        if self._attempt.stopped_at_ms is not None:
            self._whole = lines
        return lines


class LogGroup:
    """A log group that jobs write to."""

    def __init__(self, key: LogGroupKey, created_ms: int) -> None:
        self.key = key
        self.created_ms = created_ms
        self._streams: dict[str, LogStream] = {}

    def add(self, stream: LogStream) -> None:
        """Add a stream."""
        self._streams[stream.name] = stream

    def stream(self, name: str, now_ms: int) -> LogStream | None:
        """Return the stream with a name; None if there is none."""
        stream = self._streams.get(name)
        return None if stream is None or stream.created_ms(now_ms) is None else stream

    def streams(self, now_ms: int) -> list[LogStream]:
        """Return the streams that exist."""
        return [item for item in self._streams.values() if item.created_ms(now_ms) is not None]


class LogGroups:
    """
    All log groups of one mock: `/aws/batch/job`, and others once a job names them.

    Args:
        simulation: the simulation whose jobs write the logs.
        start_ms: the first instant of its clock.
    """

    def __init__(self, simulation: Simulation, start_ms: int) -> None:
        self._simulation = simulation
        self._start_ms = start_ms
        self._groups: dict[LogGroupKey, LogGroup] = {}
        self._jobs_seen = self._moves_seen = 0

    def get(self, key: LogGroupKey) -> LogGroup | None:
        """Return a group; None if no job writes to it."""
        self._catch_up()
        if key.name == DEFAULT_GROUP:
            self._make(key, self._start_ms)
        return self._groups.get(key)

    def of(self, account_id: str, region: str) -> list[LogGroup]:
        """Return the groups of an account in a region, sorted by name."""
        self._catch_up()
        self._make(LogGroupKey(account_id, region, DEFAULT_GROUP), self._start_ms)
        keys = sorted(key for key in self._groups if key[:2] == (account_id, region))
        return [self._groups[key] for key in keys]

    def _make(self, key: LogGroupKey, created_ms: int) -> None:
        if key not in self._groups:
            is_default = key.name == DEFAULT_GROUP
            self._groups[key] = LogGroup(key, self._start_ms if is_default else created_ms)

    def _catch_up(self) -> None:
        """Add the groups of new jobs and the streams of attempts that have started since the last call."""
        submitted, moves = self._simulation.jobs.submitted, self._simulation.transitions
        for job in submitted[self._jobs_seen :]:
            for key in log_groups(job):
                self._make(key, job.created_at_ms)
        for move in moves[self._moves_seen :]:
            if move.to_status != RUNNING:
                continue
            # Service jobs write to a log group of SageMaker, not of Batch.
            moved = self._simulation.jobs.get(move.job_id)
            # The log of a multi-node job is that of its main node.
            if moved is not None and not isinstance(moved, MultiNodeJob):
                attempt = attempt_of(move, moved)
                for stream in log_streams(moved, attempt):
                    self._groups[stream.group].add(LogStream(stream, attempt))
        self._jobs_seen, self._moves_seen = len(submitted), len(moves)
