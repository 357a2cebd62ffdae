"""
What the sections share: how often and how long to measure, rounds in turns, medians, rows and tables.

Whatever is compared is measured in the same run, in turns, so that other work on the machine slows all of
it alike: many short rounds are better than a few long ones. Python's garbage collector is off in what is
timed, and runs before it. Times are processor time, which leaves out most of what others do.
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

#: The processor time of this process in seconds; on Windows that is too coarse, and the wall clock instead.
now = time.perf_counter if sys.platform == "win32" else time.process_time

#: How much smaller the sizes of a quick run are.
QUICK_DIVISOR = 50
QUICK_ROUNDS = 2

HEAD = ("work", "floor", "batchmock", "ratio", "target", "met")
#: A bound on a growth exponent: 1.0 is a straight line.
STRAIGHT = 1.1


class Effort(NamedTuple):
    """
    How much to measure.

    `rounds` is for all measurements alike; without it each has its own number.
    """

    rounds: int | None = None
    quick: bool = False

    def rounds_or(self, usual: int) -> int:
        """Give the number of rounds of a measurement that usually has so many."""
        if self.rounds is not None:
            return self.rounds
        return QUICK_ROUNDS if self.quick else usual

    def size(self, usual: int, least: int = 40) -> int:
        """Give the size of a measurement: a quick one is small, and never smaller than `least`."""
        return max(usual // QUICK_DIVISOR, least) if self.quick else usual


def seconds_of(work: Work, times: int = 1) -> float:
    """Give what one of `times` runs takes."""
    began = now()
    for _ in range(times):
        work()
    return (now() - began) / times


def seconds_alone(work: Work) -> float:
    """Give what one run takes without garbage collections, after one."""
    gc.collect()
    gc.disable()
    try:
        return seconds_of(work)
    finally:
        gc.enable()


def samples(works: Sequence[Work], *, rounds: int, times: int) -> list[list[float]]:
    """
    Run each work in turn, round after round, without garbage collections; give all seconds.

    Each runs once more before it is timed: caches are then its own, and not as the one before left them.
    """
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for work, seconds in zip(works, taken, strict=True):
                work()
                seconds.append(seconds_of(work, times))
    finally:
        gc.enable()
    return taken


def medians(works: Sequence[Work], *, rounds: int, times: int) -> list[float]:
    """Run each work in turn, round after round, without garbage collections; give median seconds."""
    return [median(seconds) for seconds in samples(works, rounds=rounds, times=times)]


def exponent(seconds: tuple[float, float], sizes: tuple[int, int]) -> float:
    """Give the growth exponent of a time from one size to the other: 1.0 is a straight line."""
    return log(seconds[1] / seconds[0]) / log(sizes[1] / sizes[0])


# Rows: work, floor, batchmock, ratio, target, met


def compared(work: str, floor: float, taken: float, target: float | None = None) -> list[str]:
    """Make the row of a time in relation to its floor; both are seconds."""
    ratio = taken / floor
    wanted = "" if target is None else f"{target:g} x"
    return [work, readable(floor), readable(taken), f"{ratio:.2f}", wanted, _met(ratio, target)]


def bounded(work: str, taken: float, target: float | None = None) -> list[str]:
    """Make the row of a time that has no floor; target and time are seconds."""
    wanted = "" if target is None else readable(target)
    return [work, "", readable(taken), "", wanted, _met(taken, target)]


def grown(work: str, taken: float, growth: float, target: float | None = STRAIGHT) -> list[str]:
    """Make the row of a growth exponent, which stands where others have the ratio; `taken` is seconds."""
    wanted = "" if target is None else f"exponent {target:g}"
    return [work, "", readable(taken), f"exponent {growth:.2f}", wanted, _met(growth, target)]


def _met(value: float, target: float | None) -> str:
    if target is None:
        return ""
    return "yes" if value <= target else "NO"


def readable(seconds: float) -> str:
    """Write a time with the unit that suits it; a difference may be negative."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if abs(seconds) >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds * 1e6:.2f} µs"


def print_table(title: str, rows: Iterable[Sequence[str]], head: Sequence[str] = HEAD) -> None:
    """Print rows under a title: the first column to the left, the others to the right."""
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
