"""How long processes of this machine, or the current thread, have waited for a processor."""

from __future__ import annotations

from contextlib import suppress

_PRESSURE = "/proc/pressure/cpu"
_THREAD = "/proc/thread-self/schedstat"


def starved_seconds() -> float:
    """
    Return the real seconds in which some process waited for a processor; 0.0 where this is not reported.

    The value counts from the start of the machine. A child process or a server for which a test waits may have
    been among these processes, and then needs as much longer.
    """
    with suppress(OSError, ValueError, IndexError), open(_PRESSURE, "rb") as file:
        return int(file.readline().rpartition(b"total=")[2]) / 1e6
    return 0.0


def thread_starved_seconds() -> float:
    """Return the real seconds in which this thread has waited for a processor; 0.0 if not reported."""
    with suppress(OSError, ValueError, IndexError), open(_THREAD, "rb") as file:
        return int(file.read().split()[1]) / 1e9
    return 0.0
