"""Run a program undisturbed and disturbed, and judge each run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    redirect_stdout,
    suppress,
)
from importlib import import_module
from io import StringIO
from typing import Final, NamedTuple

from batchmock.errors import BatchMockError, ProgramKilled
from batchmock.exploring.adversities import Plan
from batchmock.exploring.behaviour import Behaviour
from batchmock.exploring.forks import in_child, sendable
from batchmock.exploring.groups import has_raised
from batchmock.exploring.instants import relative
from batchmock.exploring.kinds import WAITS
from batchmock.exploring.oracles import Run, Verdict, judge
from batchmock.exploring.programs import Program
from batchmock.exploring.settings import Settings
from batchmock.exploring.short_sleeps import ShortSleeps
from batchmock.exploring.stacks import Place
from batchmock.exploring.traces import MOST_MORE_REQUESTS, MOST_REQUESTS, Endless, Trace, Watch
from batchmock.interception.reruns import equal_and_quick
from batchmock.mock import BatchMock
from batchmock.observe.started import STARTED
from batchmock.walltime.patching.patches import Kind, patches

#: Moves of time in vain after which code probably waits for ever; confirmed by a run with the mock's own limit.
QUICKLY_STUCK: Final = 100
#: The pause of a client before it tries a request again.
RETRY_SECONDS: Final = 1.0
#: The real seconds that code may sleep where sleeps do not move the clock, to confirm that it waits for ever.
CONFIRMING_SECONDS: Final = 10.0


class Attempt(NamedTuple):
    """A disturbed run: its trace, the rule that it has broken, and the timeline and page of a new finding."""

    trace: Trace
    verdict: Verdict | None = None
    picture: str = ""
    page: str = ""


class Runner:
    """
    Runs one program again and again.

    Args:
        program: the program.
        settings: what to explore.
        draws_pages: whether each finding has an HTML page.
    """

    def __init__(self, program: Program, settings: Settings, *, draws_pages: bool = False) -> None:
        self.program = program
        self.boundary = program.boundary
        self._settings = settings
        self._draws_pages = draws_pages
        self._start: float | None = None
        self._undisturbed = Trace()
        self._usual: Behaviour | None = None
        self._is_confirming = False
        self._sleeps = ShortSleeps()
        #: The lines that wait for ever, with the sizes of their plans.
        self._confirmed: set[tuple[Place | None, int]] = set()
        #: The lines at which code has gone on and on.
        self._endless: set[Place] = set()
        #: The number of runs so far.
        self.runs = 0
        if settings.fork:
            _import_all()

    def undisturbed(self) -> Trace:
        """
        Run the program as it is.

        Raises:
            BaseException: whatever the program raises.
        """
        if self._settings.fork:
            trace, error = in_child(self._sendable_run)
        else:
            trace, error = self._undisturbed_run()
        self.runs += 1
        if isinstance(error, Endless):
            raise BatchMockError(
                f"batchmock: explore() has run the code as it is, and stopped it after {MOST_REQUESTS:,} "
                "requests. Pass code that ends by itself."
            ) from error
        if error is not None:
            raise error
        self.adopt(trace)
        return trace

    def watched(self, run: Callable[[], object]) -> Trace:
        """Return the trace of an undisturbed run that somebody else makes."""
        watch = Watch(self.boundary, MOST_REQUESTS)
        with _prepared((), watch):
            run()
        self.runs += 1
        return watch.trace()

    def adopt(self, trace: Trace) -> None:
        """Compare disturbed runs with the trace of an undisturbed one."""
        self._undisturbed = trace
        self.boundary.decide(call.stack for call in trace.calls)
        if trace.start is not None:
            self._start = trace.start

    def _sendable_run(self) -> tuple[Trace, BaseException | None]:
        trace, error = self._undisturbed_run()
        return trace, sendable(error)

    def _undisturbed_run(self) -> tuple[Trace, BaseException | None]:
        watch = Watch(self.boundary, MOST_REQUESTS)
        run = self._run((), watch)
        return run.trace, run.error

    @contextmanager
    def steadily(self) -> Iterator[None]:
        """Make the runs of a block equal and quick: constant pauses of clients, and patches made once."""
        advance = self._undisturbed.advance

        def pause(seconds: float) -> None:
            if advance == "sleep":
                time.sleep(RETRY_SECONDS)

        with equal_and_quick(pause):
            if advance in ("manual", "poll"):
                with self._sleeps.in_force(move_clocks=not self._undisturbed.freezes):
                    yield
            elif advance == "sleep" and self._undisturbed.freezes and not self._settings.fork:
                kinds: list[Kind] = ["clocks", "sleeps"]
                patches.enter(self, kinds)
                try:
                    yield
                finally:
                    patches.leave(self)
            else:
                yield

    def attempt(self, plan: Plan, is_new: Callable[[Verdict], bool]) -> Attempt:
        """
        Run the program with a plan.

        Args:
            plan: the adversities of the run.
            is_new: returns whether a verdict is the first of its finding, which is shown with a timeline.
        """
        self.runs += 1
        if self._settings.fork:
            return in_child(lambda: _sendable(self._drawn(plan, is_new)))
        return self._drawn(plan, is_new)

    def _drawn(self, plan: Plan, is_new: Callable[[Verdict], bool]) -> Attempt:
        attempt, mock = self._attempt(plan)
        verdict = attempt.verdict
        if verdict is None or mock is None or not is_new(verdict):
            return attempt
        timeline = mock.timeline()
        page = timeline.to_html(title=verdict.kind) if self._draws_pages else ""
        start = self._start
        return attempt._replace(
            verdict=verdict._replace(words=relative(verdict.words, start)),
            picture=relative(timeline.text(100, limit=12), start),
            page=page,
        )

    def _attempt(
        self, plan: Plan, stuck_after: int | None = QUICKLY_STUCK
    ) -> tuple[Attempt, BatchMock | None]:
        """Run the program with a plan, and return the mock as well."""
        most_requests = len(self._undisturbed.calls) * 10 + MOST_MORE_REQUESTS
        watch = Watch(self.boundary, most_requests, stuck_after, self._endless)
        run = self._run(plan, watch)
        verdict = judge(run, self._undisturbed, plan, self.boundary, self._settings)
        if verdict is not None and isinstance(verdict.error, Endless) and verdict.place is not None:
            self._endless.add(verdict.place)
        if stuck_after is not None and verdict is not None and verdict.kind == WAITS:
            place = (verdict.place, len(plan))
            if place not in self._confirmed:
                self.runs += 1
                self._is_confirming = True
                try:
                    confirmed = self._attempt(plan, None)
                finally:
                    self._is_confirming = False
                again = confirmed[0].verdict
                if again is not None and again.kind == WAITS:
                    self._confirmed.add(place)
                return confirmed
        if verdict is not None and verdict.is_tentative and self._tells(plan):
            verdict = None
        return Attempt(run.trace, verdict), watch.mock

    def _tells(self, plan: Plan) -> bool:
        """Return whether the code behaves otherwise with a plan than without."""
        if self._usual is None:
            self._usual = self._behaviour(())
        return not self._behaviour(plan).is_like(self._usual)

    def _behaviour(self, plan: Plan) -> Behaviour:
        behaviour = Behaviour(self.boundary)
        self.runs += 1
        self._run(plan, Watch(self.boundary, MOST_REQUESTS), behaviour)
        return behaviour

    def _run(self, plan: Plan, watch: Watch, behaviour: Behaviour | None = None) -> Run:
        self._sleeps.begin(CONFIRMING_SECONDS if self._is_confirming else 0)
        with _prepared(plan, watch), _recorded_by(behaviour, plan):
            value, error = self._outcome(None, start=self._start, quiet=bool(plan))
            if _has_killed(error, plan) and watch.mock is not None:
                value, error = self._outcome(watch.mock, start=None, quiet=True)
        trace = watch.trace()
        return Run(trace, error, value, tuple(_left_for_good(watch.mock, trace)) if plan else ())

    def _outcome(
        self, world: BatchMock | None, *, start: float | None, quiet: bool
    ) -> tuple[object, BaseException | None]:
        """Run the program once, and return its result or its error."""
        try:
            return self.program.run(world, start=start, quiet=quiet), None
        except BaseException as error:
            if has_raised(error, KeyboardInterrupt):
                raise
            return None, error


def _import_all() -> None:
    """Import in this process what each forked process would import again."""
    for module in ("interception.router", "walltime.patching.clock_pairs", "walltime.sleeps"):
        import_module(f"batchmock.{module}")
    mock = BatchMock()
    mock.start()
    try:
        mock.provision()
    finally:
        mock.stop(quiet=True)


def _sendable(attempt: Attempt) -> Attempt:
    verdict = attempt.verdict
    if verdict is None:
        return attempt
    return attempt._replace(verdict=verdict._replace(error=sendable(verdict.error)))


def _recorded_by(behaviour: Behaviour | None, plan: Plan) -> AbstractContextManager[object]:
    """Record what the code does, or drop what it prints: that of hundreds of runs would hide the findings."""
    if behaviour is not None:
        return behaviour.recorded()
    return redirect_stdout(StringIO()) if plan else nullcontext()


def _has_killed(error: BaseException | None, plan: Plan) -> bool:
    return any(item.kills for item in plan) and has_raised(error, ProgramKilled)


@contextmanager
def _prepared(plan: Plan, watch: Watch) -> Iterator[None]:
    """Carry out a plan as soon as the first mock of a block has started, and watch that mock."""

    def begin(mock: BatchMock) -> None:
        if watch.begin(mock):
            for adversity in plan:
                adversity.verb.apply(mock)

    STARTED.listeners.append(begin)
    try:
        yield
    finally:
        STARTED.listeners.remove(begin)


def _left_for_good(mock: BatchMock | None, trace: Trace) -> list[str]:
    """Return the names of the jobs that would not end however long the mock went on."""
    left = [job.id for job in trace.jobs if not job.has_ended]
    if mock is None or not left or mock._simulation.is_busy:
        return []
    for subscription in mock._events.given:
        subscription.cancel()
    if any(
        outcome.function for script in mock._scripts.newest_first for outcome in script.outcomes
    ):
        return []
    with suppress(BatchMockError):
        mock.run()
        jobs = [*mock.jobs, *mock.service_jobs]
        return [job.name for job in jobs if job.id in left and not job.has_ended]
    return []
