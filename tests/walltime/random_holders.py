"""
Objects that hold clocks in many ways, which come, change and go between mocks.

`test_remembered_places` runs these tests in a process of their own, because most of them search the heap.
"""

from __future__ import annotations

import collections
import datetime
import gc
import random
import sys
import time
import types
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from batchmock import mock_batch

START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
SECONDS = START.timestamp()
#: What each kind of holder returns when the clock that it holds is read.
Read = Callable[[], Any]


class OwnClass:
    """An object whose `__dict__` is created when it is first read, depending on the version."""

    def __init__(self, clock: Any) -> None:
        self.read = clock


class Slotted:
    """An object without a `__dict__`."""

    __slots__ = ("__weakref__", "read")


def _instance(clock: Any) -> Read:
    holder = types.SimpleNamespace(read=clock)
    return lambda: holder.read()


def _own_class(clock: Any) -> Read:
    holder = OwnClass(clock)
    return lambda: holder.read()


def _own_class_with_its_dict_read(clock: Any) -> Read:
    holder = OwnClass(clock)
    assert "read" in vars(holder)
    return lambda: holder.read()


def _slot(clock: Any) -> Read:
    holder = Slotted()
    holder.read = clock
    return lambda: holder.read()


def _class(clock: Any) -> Read:
    holder = type("Holder", (), {"read": staticmethod(clock)})
    return lambda: holder.read()


def _list(clock: Any) -> Read:
    holder = [None, clock]
    return lambda: holder[1]()


def _deque(clock: Any) -> Read:
    holder = collections.deque([clock])
    return lambda: holder[0]()


def _dict(clock: Any) -> Read:
    holder = {"read": clock, "again": clock}
    return lambda: (holder["read"](), holder["again"]())[1]


def _tuple_in_a_list(clock: Any) -> Read:
    holder = [(clock, 1)]
    return lambda: holder[0][0]()


def _tuple_in_a_tuple(clock: Any) -> Read:
    holder = {"read": ((clock,), 1)}
    return lambda: holder["read"][0][0]()


def _partial(clock: Any) -> Read:
    holder = partial(clock)
    return lambda: holder()


def _default_argument(clock: Any) -> Read:
    def read(clock: Any = clock) -> Any:
        return clock()

    return read


def _closure(clock: Any) -> Read:
    return lambda: clock()


def _module(clock: Any) -> Read:
    name = f"module_of_random_holders_{next(NUMBERS)}"
    module = types.ModuleType(name)
    vars(module)["read"] = clock
    sys.modules[name] = module
    return lambda: vars(module)["read"]()


NUMBERS = iter(range(1_000_000))
KINDS = [
    _instance,
    _own_class,
    _own_class_with_its_dict_read,
    _slot,
    _class,
    _list,
    _deque,
    _dict,
    _tuple_in_a_list,
    _tuple_in_a_tuple,
    _partial,
    _default_argument,
    _closure,
    _module,
]
CLOCKS = [time.time, time.time, time.monotonic, time.perf_counter]


def _change(chance: random.Random, readers: list[tuple[Any, Read]]) -> None:
    """Add a few holders, drop a few, and perhaps collect garbage."""
    for _ in range(chance.randrange(4)):
        if readers and chance.random() < 0.4:
            del readers[chance.randrange(len(readers))]
        else:
            clock = chance.choice(CLOCKS)
            readers.append((clock, chance.choice(KINDS)(clock)))
    if chance.random() < 0.3:
        gc.collect(chance.randrange(3))


def _start(mock: Any, variable: Callable[[], float] | None) -> None:
    """Start a mock in a function that may hold a clock in a variable, which goes as the function ends."""
    mock.start()
    assert variable is None or variable() > 0


@pytest.mark.parametrize("seed", range(6))
def test_holders_that_come_and_go(seed: int) -> None:
    """Whatever has changed since the last mock, all clocks are simulated during the next, and real after it."""
    chance = random.Random(seed)
    readers: list[tuple[Any, Read]] = []
    for _ in range(15):
        _change(chance, readers)
        freezes = chance.random() < 0.8
        mock = mock_batch(advance="sleep", freeze=freezes, start=START)
        _start(mock, chance.choice([None, *CLOCKS]))
        try:
            _change(chance, readers)
            simulated = [read() for _, read in readers]
            assert simulated == [SECONDS] * len(readers) or not freezes
        finally:
            mock.stop()
        for clock, read in readers:
            assert clock() <= read() <= clock()
