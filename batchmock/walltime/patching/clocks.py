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
from collections.abc import Callable, Mapping
from functools import partial
from types import FrameType
from typing import Any, Final

from batchmock.caller import depth_of_caller
from batchmock.errors import BatchMockWarning, StuckError
from batchmock.walltime.frozen import authors_time, mocked_time
from batchmock.walltime.patching.by_name import ReplacesByName, named_like
from batchmock.walltime.reads import reads
from batchmock.walltime.threads.tools import TOOLS, calls_work_of_a_pool
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


class SimulatedClock(ReplacesByName):
    """
    A clock such as `time.monotonic`, which reads the simulated time while a mock freezes time.

    Args:
        real: the function that it replaces.
        units: its units per second: 1, or a billion.
    """

    __slots__ = ("__name__", "_read_last", "_reads", "_units")

    real: Callable[[], float]

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
        return self.read_by(sys._getframe(1), self.real)

    def read_by(self, caller: FrameType, real: Callable[..., float], *args: Any) -> float:
        """
        Return the time.

        Args:
            caller: the frame that reads it.
            real: returns the real time, which tools read.
            args: its arguments.
        """
        module = str(caller.f_globals.get("__name__"))
        package = module.partition(".")[0]
        if package in _REAL and not calls_work_of_a_pool(caller):
            return real(*args)
        if module in _WAITS:
            return timed_waits.now(partial(real, *args))
        seconds = now_seconds()
        if seconds is None:
            return real(*args)
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


def simulated_reader(
    real: Callable[..., Any], moment_at: int = 0, *, of_local: bool = False, is_text: bool = False
) -> Callable[..., Any]:
    """
    Return a `gmtime`, `strftime` or the like that defaults to the simulated time.

    Args:
        real: the function that it replaces.
        moment_at: the position of the moment among its arguments.
        of_local: whether the moment is a local time, not seconds.
        is_text: whether it returns a text, which hardly is compared with a deadline.
    """

    def read(*args: Any) -> Any:
        if len(args) <= moment_at or args[moment_at] is None:
            seconds = now_seconds()
            if seconds is not None:
                if not is_text:
                    reads.note_by(sys._getframe(1))
                moment = _localtime(seconds) if of_local else seconds
                return real(*args[:moment_at], moment)
        return real(*args)

    return named_like(real, read)


def simulated_gettime(
    real: Callable[[int], float], clocks: Mapping[int, SimulatedClock]
) -> Callable[[int], float]:
    """
    Return a `clock_gettime` or `clock_gettime_ns` that reads the simulated time.

    Args:
        real: the function that it replaces.
        clocks: the simulated clocks by their ids. Others, such as those of processor time, stay real.
    """

    def read(clk_id: int, /) -> float:
        clock = clocks.get(clk_id)
        return real(clk_id) if clock is None else clock.read_by(sys._getframe(1), real, clk_id)

    return named_like(real, read)
