"""The parts of a mock, which the bases of `BatchMock` share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from batchmock.faults import Faults
from batchmock.monitor import Monitor
from batchmock.observe.calls import Calls
from batchmock.observe.events.log import EventLog
from batchmock.options import Options, check_region
from batchmock.scripts import Scripts
from batchmock.simulation.engine import Simulation
from batchmock.simulation.jobs.holds import Hold
from batchmock.uncopied import Uncopied
from batchmock.walltime.frozen import active_time, frozen_ms
from batchmock.walltime.live_clock import LiveClock
from batchmock.walltime.mock_time import MockTime
from batchmock.walltime.polling import PollsInFunctions, PollsMoveTime, PollsOfAStillClock

if TYPE_CHECKING:
    from batchmock.interception.router import Router
    from batchmock.observe.neighbours.requests import NeighbourRequests
    from batchmock.operations.region import Region, Regions


class Mishap(NamedTuple):
    """A period in which a test has exhausted or invalidated a compute environment, given by name."""

    verb: str
    environment: str
    from_ms: int
    to_ms: int | None = None

    def ended(self, at_ms: int) -> Mishap:
        """Return the mishap with its end, unless it has one."""
        return self._replace(to_ms=at_ms) if self.to_ms is None else self


class Parts(Uncopied):
    """
    The parts of a mock, which the bases of `BatchMock` share.

    Args:
        options: those of `mock_batch`.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._lock = Monitor()
        self._start_ms = _start_ms(options)
        self._time = MockTime(
            self._lock,
            options.advance,
            options.speed,
            options.freezes_time,
            options.stuck_after,
        )
        self._clock = LiveClock(self._time)
        self._begin()

    def _begin(self) -> None:
        self._scripts = Scripts()
        self._calls = Calls()
        self._faults = Faults()
        #: Kept after release, to report unused ones.
        self._given_holds: list[Hold] = []
        self._mishaps: list[Mishap] = []
        self._simulation = Simulation(
            start_ms=self._start_ms,
            stage_ms=self._options.milliseconds("stage_seconds"),
            stop_grace_ms=self._options.milliseconds("stop_grace_seconds"),
            retention_ms=self._options.milliseconds("retention"),
            seed=self._options.seed,
            scripts=self._scripts,
            policies=self._options.policies,
            visibility_lag_ms=self._options.milliseconds("visibility_lag"),
            launch_ms=self._options.milliseconds("launch_seconds"),
            locked=self._lock,
            run_function=self._time.run_function,
        )
        self._time.begin(
            self._simulation,
            may_begin_elsewhere=self._options.start is None,
            why=partial(_why_nothing_happens, self._simulation),
        )
        self._polls = self._what_polls_do()
        self._events = EventLog(self._simulation, self._lock)
        # Created on first use, because a mock without calls does not need their imports.
        self._made_regions: Regions | None = None
        self._made_router: Router | None = None
        self._made_neighbours: dict[str, NeighbourRequests] | None = None

    def _what_polls_do(self) -> PollsOfAStillClock:
        advance, stuck_after = self._options.advance, self._options.stuck_after
        if advance == "poll":
            stage_ms = self._options.milliseconds("stage_seconds")
            return PollsMoveTime(self._time, stage_ms, stuck_after)
        kind = PollsInFunctions if advance == "wall" else PollsOfAStillClock
        return kind(self._time, by_sleeping=advance == "sleep", stuck_after=stuck_after)

    def _be_stuck_after(self, moves: int) -> None:
        """Raise `StuckError` after fewer moves of time in vain; for runs whose errors are confirmed later."""
        moves = min(moves, self._options.stuck_after)
        self._time.waits.stuck_after = moves
        if isinstance(self._polls, PollsOfAStillClock):
            self._polls.stuck_after = moves

    def _regions(self) -> Regions:
        if self._made_regions is None:
            from batchmock.operations.region import Regions

            self._made_regions = Regions(
                self._simulation, self._options.milliseconds("resource_seconds")
            )
        return self._made_regions

    def _region(self, name: str | None) -> Region:
        options = self._options
        if name is not None and name != options.region:
            check_region(name)
        return self._regions().of(options.account_id, name or options.region)


def _start_ms(options: Options) -> int:
    """Return the clock's first instant; if time is frozen, the frozen time to the millisecond."""
    factory = active_time() if options.start is None else None
    return options.start_ms() if factory is None else frozen_ms(factory)


def _why_nothing_happens(simulation: Simulation) -> str:
    from batchmock.observe.jobs.explain import why_nothing_happens

    return why_nothing_happens([*simulation.jobs.submitted, *simulation.service_jobs.submitted])
