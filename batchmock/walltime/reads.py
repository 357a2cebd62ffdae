"""Reads of clocks by the code under test, which may wait until a deadline."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Lock
from types import FrameType
from typing import Any, Final

from batchmock.walltime.deadlines import deadlines
from batchmock.walltime.standstills import count_reads
from batchmock.walltime.threads.tools import OBSERVERS, TOOLS, module_of

#: Packages that read clocks on behalf of any code: for timestamps, for displays, or for timers and timeouts of
#: their own.
_LIBRARIES: Final = (
    TOOLS
    | OBSERVERS
    | {
        "aiobotocore",
        "aiohttp",
        "async_timeout",
        "asyncio",
        "batchmock",
        "boto3",
        "botocore",
        "logging",
        "urllib3",
    }
)
#: The functions of packages that read a clock for their caller. Their other functions read it for themselves,
#: or for a text such as that of `strftime`, which hardly is a deadline.
_FORWARDING: Final = {
    "anyio": {"current_time"},
    "freezegun": {
        "_date_to_freeze",
        "_get_fake_monotonic",
        "_get_fake_monotonic_ns",
        "_time_to_freeze",
        "fake_gmtime",
        "fake_localtime",
        "fake_monotonic",
        "fake_monotonic_ns",
        "fake_perf_counter",
        "fake_perf_counter_ns",
        "fake_time",
        "fake_time_ns",
        "now",
        "today",
        "utcnow",
    },
    "time_machine": {
        "clock_gettime",
        "clock_gettime_ns",
        "gmtime",
        "localtime",
        "now",
        "time",
        "time_ns",
        "today",
        "utcnow",
    },
    "trio": {"current_time"},
}


class Reads:
    """Counts the reads of clocks by the code under test, as in a loop with a deadline."""

    def __init__(self) -> None:
        self.count = 0

    def note_by(self, frame: FrameType | None, *, of_loop: bool = False) -> None:
        """
        Count a read, unless a library reads the clock for itself.

        Args:
            frame: the frame that reads the clock.
            of_loop: whether it is the clock of an event loop, which is past each timer that has ended.
        """
        while frame is not None:
            package = module_of(frame)
            if package in _LIBRARIES:
                return
            forwarding = _FORWARDING.get(package)
            if forwarding is None:
                self.count += 1
                if not of_loop:
                    deadlines.note_read()
                return
            if frame.f_code.co_name not in forwarding:
                return
            frame = frame.f_back


reads: Final = Reads()
count_reads.append(lambda: reads.count)


class AuthorsReads:
    """Counts the reads of a time that the test's author has frozen, while any mock needs it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._undo: list[Callable[[], None]] = []

    def begin(self) -> None:
        """Count from now on, with the libraries that have been imported."""
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._count_in(sys.modules.get("freezegun.api"), "get_current_time")
                machine = sys.modules.get("time_machine")
                older = getattr(machine, "Coordinates", None)
                self._count_in(getattr(machine, "Traveller", older), "time_ns")

    def end(self) -> None:
        """Stop counting once no mock needs it."""
        with self._lock:
            self._users -= 1
            if not self._users:
                while self._undo:
                    self._undo.pop()()

    def _count_in(self, owner: Any, name: str) -> None:
        original = None if owner is None else vars(owner).get(name)
        if original is None:
            return

        def counted(*args: Any) -> Any:
            reads.note_by(sys._getframe(1))
            return original(*args)

        def undo() -> None:
            if vars(owner).get(name) is counted:
                setattr(owner, name, original)

        setattr(owner, name, counted)
        self._undo.append(undo)


authors_reads: Final = AuthorsReads()
