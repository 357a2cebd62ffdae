"""
What the benchmarks share: interleaved rounds, medians, tables, and the floor.

The floor is a client whose `before-call.batch` hook returns a canned reply: what any mock at this place
costs at the least. It is measured in the same run, in turns with what is compared to it, so that other
work on the machine slows both alike: many short rounds are better than a few long ones.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from time import perf_counter
from typing import Any

import boto3

REGION = "us-east-1"

Work = Callable[[], Any]


class HttpOk:
    """The HTTP side of a canned reply."""

    def __init__(self) -> None:
        self.status_code = 200
        self.headers: dict[str, str] = {}
        self.content = b""


def canned_client(reply: dict[str, Any]) -> Any:
    """Give a Batch client that no mock answers: its own hook does, with always the same reply."""
    client = boto3.client(
        "batch", region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none"
    )
    http = HttpOk()
    client.meta.events.register_first("before-call.batch", lambda **_: (http, reply))
    return client


def seconds_of(work: Work, times: int) -> float:
    """Give what one of `times` runs takes."""
    began = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - began) / times


def medians(works: Sequence[Work], *, rounds: int, times: int) -> list[float]:
    """Run each work in turn, round after round, without garbage collections; give median seconds."""
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for work, seconds in zip(works, taken, strict=True):
                seconds.append(seconds_of(work, times))
    finally:
        gc.enable()
    return [median(seconds) for seconds in taken]


def readable(seconds: float) -> str:
    """Write a time with the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds * 1e6:.2f} µs"


def print_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
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
    print()
