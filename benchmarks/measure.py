"""
Shared by the sections: rounds, medians, rows and tables.

Work that is compared is measured alternately in the same run, in many short rounds, so that other load on the
machine affects all of it alike. The garbage collector runs before each timed part and is off during it. Times
are CPU times, which exclude most of the effect of other processes.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from math import log
from statistics import median
from typing import Any, NamedTuple

Work = Callable[[], Any]

#: The CPU time of this process in seconds; on Windows the wall clock, because CPU times are too coarse there.
now = time.perf_counter if sys.platform == "win32" else time.process_time

#: The divisor of the sizes in a quick run.
QUICK_DIVISOR = 50
QUICK_ROUNDS = 2

HEAD = ("work", "floor", "batchmock", "ratio", "target", "met")
#: The limit of a growth exponent; 1.0 is linear.
STRAIGHT = 1.1


class Effort(NamedTuple):
    """
    How much to measure.

    `rounds` overrides the number of rounds of every measurement.
    """

    rounds: int | None = None
    quick: bool = False

    def rounds_or(self, usual: int) -> int:
        """Return the number of rounds of a measurement with a usual number."""
        if self.rounds is not None:
            return self.rounds
        return QUICK_ROUNDS if self.quick else usual

    def size(self, usual: int, least: int = 40) -> int:
        """Return the size of a measurement: smaller in a quick run, but at least `least`."""
        return max(usual // QUICK_DIVISOR, least) if self.quick else usual


def seconds_of(work: Work, times: int = 1) -> float:
    """Return the mean seconds of `times` runs."""
    began = now()
    for _ in range(times):
        work()
    return (now() - began) / times


def seconds_alone(work: Work) -> float:
    """Return the seconds of one run, with the garbage collector off."""
    gc.collect()
    gc.disable()
    try:
        return seconds_of(work)
    finally:
        gc.enable()


def samples(
    works: Sequence[Work], *, rounds: int, times: int, collects: bool = False
) -> list[list[float]]:
    """
    Run all work alternately with the garbage collector off, and return the seconds of each round.

    Each work runs once before it is timed, so that the processor caches contain its own data.

    Args:
        works: what to measure.
        rounds: how often to time each.
        times: how often each runs while it is timed.
        collects: whether the garbage collector runs before each timed part, not only once. Use it for work that
            looks through recent objects, of which a process with the collector on never has many.
    """
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for work, seconds in zip(works, taken, strict=True):
                if collects:
                    gc.collect()
                work()
                seconds.append(seconds_of(work, times))
    finally:
        gc.enable()
    return taken


def medians(
    works: Sequence[Work], *, rounds: int, times: int, collects: bool = False
) -> list[float]:
    """Run all work alternately with the garbage collector off, and return the median seconds."""
    taken = samples(works, rounds=rounds, times=times, collects=collects)
    return [median(seconds) for seconds in taken]


def exponent(seconds: tuple[float, float], sizes: tuple[int, int]) -> float:
    """Return the growth exponent of a time between two sizes; 1.0 is linear."""
    return log(seconds[1] / seconds[0]) / log(sizes[1] / sizes[0])


# Rows: work, floor, batchmock, ratio, target, met


def compared(work: str, floor: float, taken: float, target: float | None = None) -> list[str]:
    """Return the row of a time relative to its floor, both in seconds."""
    ratio = taken / floor
    wanted = "" if target is None else f"{target:g} x"
    return [work, readable(floor), readable(taken), f"{ratio:.2f}", wanted, _met(ratio, target)]


def bounded(work: str, taken: float, target: float | None = None) -> list[str]:
    """Return the row of a time without a floor; target and time are in seconds."""
    wanted = "" if target is None else readable(target)
    return [work, "", readable(taken), "", wanted, _met(taken, target)]


def grown(work: str, taken: float, growth: float, target: float | None = STRAIGHT) -> list[str]:
    """Return the row of a growth exponent, in the column of the ratio; `taken` is in seconds."""
    wanted = "" if target is None else f"exponent {target:g}"
    return [work, "", readable(taken), f"exponent {growth:.2f}", wanted, _met(growth, target)]


def _met(value: float, target: float | None) -> str:
    if target is None:
        return ""
    return "yes" if value <= target else "NO"


def readable(seconds: float) -> str:
    """Format a time with a suitable unit; a difference may be negative."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if abs(seconds) >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds * 1e6:.2f} µs"


def print_table(title: str, rows: Iterable[Sequence[str]], head: Sequence[str] = HEAD) -> None:
    """Print rows below a title, with the first column left-aligned and the others right-aligned."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    print(title)
    for number, line in enumerate(lines):
        cells = [
            f"{cell:<{width}}" if column == 0 else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))
    print(flush=True)
