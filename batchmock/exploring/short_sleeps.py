"""Short sleeps, for runs in which sleeps do not move the clock of the mock."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from batchmock.exploring.stacks import PLUMBING
from batchmock.walltime.patching.attributes import attributes_of, is_a

#: The longest real sleep.
SHORT_SECONDS: Final = 0.001
_CLOCKS: Final = ("time", "monotonic", "perf_counter")
#: Packages with sleeps of their own.
_TOOLS: Final = PLUMBING | sys.stdlib_module_names


class _Thread(threading.local):
    """The seconds that the current thread has not slept, of those that it asked for."""

    ahead = 0.0


class ShortSleeps:
    """
    Shortens the sleeps of the code under test, which pauses before it tries again after an error.

    Use it where the mock's clock moves by polls or by hand. The real clocks of a thread are ahead by what it
    has not slept, so that code which waits until a deadline ends.
    """

    def __init__(self) -> None:
        self._thread = _Thread()
        self._real_seconds = 0.0

    def begin(self, real_seconds: float) -> None:
        """Begin a run whose sleeps take real time at first, up to a sum of seconds."""
        self._thread = _Thread()
        self._real_seconds = real_seconds

    @contextmanager
    def in_force(self, *, move_clocks: bool) -> Iterator[None]:
        """
        Replace the sleeps, and perhaps the clocks, in all modules for a block.

        Args:
            move_clocks: whether to replace the clocks; not if the mock replaces them itself.
        """
        replacements: dict[int, tuple[Any, Any]] = {
            id(time.sleep): (time.sleep, self._short_sleep(time.sleep))
        }
        for name in _CLOCKS if move_clocks else ():
            clock, clock_ns = getattr(time, name), getattr(time, f"{name}_ns")
            replacements[id(clock)] = clock, self._clock_ahead(clock)
            replacements[id(clock_ns)] = clock_ns, self._clock_ahead_ns(clock_ns)
        replaced = []
        for names in _names_of_modules():
            for name, value in list(names.items()):
                found = replacements.get(id(value))
                if found is not None and found[0] is value:
                    names[name] = found[1]
                    replaced.append((names, name, *found))
        try:
            yield
        finally:
            for names, name, original, replacement in replaced:
                if names.get(name) is replacement:
                    names[name] = original

    def _short_sleep(self, sleep: Callable[[float], None]) -> Callable[[float], None]:
        def sleep_shortly(seconds: float, /) -> None:
            thread = self._thread
            slept = min(seconds, max(self._real_seconds, SHORT_SECONDS))
            sleep(slept)
            self._real_seconds -= slept
            thread.ahead += seconds - slept

        return sleep_shortly

    def _clock_ahead(self, clock: Callable[[], float]) -> Callable[[], float]:
        return lambda: clock() + self._thread.ahead

    def _clock_ahead_ns(self, clock: Callable[[], int]) -> Callable[[], int]:
        return lambda: clock() + int(self._thread.ahead * 1e9)


def _names_of_modules() -> Iterator[dict[str, Any]]:
    """Yield the names of `time`, and of all modules that neither Python nor a tool of tests brings along."""
    yield vars(time)
    for name, module in list(sys.modules.items()):
        if is_a(module, ModuleType) and name.partition(".")[0] not in _TOOLS:
            yield attributes_of(module) or {}
