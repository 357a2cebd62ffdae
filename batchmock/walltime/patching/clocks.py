"""
Replacements for Python's clocks while a mock freezes time: `time.time`, `datetime` and others.

Test tools read the real clocks. The waits of `threading` and `queue` read a separate clock that matches the
time the thread has waited.
"""

from __future__ import annotations

import datetime
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, Final

from batchmock.caller import depth_of_caller
from batchmock.errors import BatchMockWarning, StuckError
from batchmock.walltime.frozen import authors_time, mocked_time
from batchmock.walltime.reads import reads
from batchmock.walltime.threads.tools import TOOLS
from batchmock.walltime.timed_waits import timed_waits

_localtime: Final = time.localtime
#: The modules whose deadlines may belong to real or simulated waits, depending on the thread.
_WAITS: Final = frozenset({"concurrent.futures._base", "queue", "threading"})
#: Reads of a clock that does not move until a warning, and until an error.
READS_OF_A_STILL_CLOCK: Final = 100_000
MOST_READS_OF_A_STILL_CLOCK: Final = 1_000_000
#: Packages that read real clocks: also the event loops, which would never see a timer of theirs end.
_REAL: Final = TOOLS | {"asyncio", "batchmock", "curio", "eventlet", "gevent", "trio", "twisted"}


def now_seconds() -> float | None:
    """Return the frozen time in seconds since the epoch; None when no time is frozen."""
    authors = authors_time()
    if authors is not None:
        if hasattr(authors, "shift"):
            return float(authors.time_ns()) / 1e9
        moment: datetime.datetime = authors()
        return moment.replace(tzinfo=datetime.timezone.utc).timestamp()
    try:
        return mocked_time.now_ms / 1000
    except IndexError:
        # Unfrozen, possibly by another thread just now.
        return None


class SimulatedClock:
    """
    A clock such as `time.monotonic`, which reads the simulated time while a mock freezes time.

    Args:
        real: the function that it replaces.
        units: its units per second: 1, or a billion.
    """

    __slots__ = ("__name__", "_read_last", "_reads", "_units", "real")

    def __init__(self, real: Callable[[], float], units: int = 1) -> None:
        self.real = real
        self._units = units
        self._read_last = 0.0
        self._reads = 0
        self.__name__ = real.__name__

    def __repr__(self) -> str:
        return f"<simulated time.{self.__name__} of batchmock>"

    def __call__(self) -> float:
        """Return the time."""
        caller = sys._getframe(1)
        module = str(caller.f_globals.get("__name__"))
        package = module.partition(".")[0]
        if package in _REAL:
            return self.real()
        if module in _WAITS:
            return timed_waits.now(self.real)
        seconds = now_seconds()
        if seconds is None:
            return self.real()
        reads.note_by(caller)
        self._note_read(seconds)
        return seconds if self._units == 1 else round(seconds * 1000) * (self._units // 1000)

    def _note_read(self, seconds: float) -> None:
        """Count the reads of a clock that stands still: a loop may wait for it to move."""
        if seconds != self._read_last:
            self._read_last, self._reads = seconds, 0
        self._reads += 1
        if self._reads == READS_OF_A_STILL_CLOCK:
            warnings.warn(self._standing_still(), BatchMockWarning, stacklevel=depth_of_caller())
        elif self._reads >= MOST_READS_OF_A_STILL_CLOCK:
            message = self._standing_still()
            self._reads = 0
            raise StuckError(message)

    def _standing_still(self) -> str:
        return (
            f"batchmock: time.{self.__name__}() was read {self._reads:,} times since the simulated clock "
            "last moved. Is a loop waiting for it? Reading the clock does not move it: sleep in the loop, "
            "or read the real clocks with mock_batch(freeze=False)."
        )


def simulated_reader(real: Callable[..., Any], moment_at: int) -> Callable[..., Any]:
    """
    Return a `gmtime`, `localtime` or `strftime` that defaults to the simulated time.

    Args:
        real: the function that it replaces.
        moment_at: the position of the moment among its arguments.
    """

    def read(*args: Any) -> Any:
        if len(args) <= moment_at or args[moment_at] is None:
            seconds = now_seconds()
            if seconds is not None:
                if not moment_at:
                    reads.note_by(sys._getframe(1))
                moment = _localtime(seconds) if moment_at else seconds
                return real(*args[:moment_at], moment)
        return real(*args)

    read.__name__ = real.__name__
    return read
