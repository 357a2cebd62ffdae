"""
The clocks that a freezing mock replaces, and cooperation with freezes by the test's author.

freezegun restores the originals in `time` and `datetime` when it stops, and time-machine patches the objects it
finds there. For both, the originals are put back temporarily, and the replacements reinstalled afterwards.
"""

from __future__ import annotations

import copyreg
import datetime
import importlib
import importlib.util
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from batchmock.walltime.frozen import authors_time
from batchmock.walltime.patching.clocks import SimulatedClock, simulated_gettime, simulated_reader
from batchmock.walltime.patching.dates import (
    SimulatedDate,
    SimulatedDatetime,
    reducers,
)
from batchmock.walltime.patching.derived import Pair
from batchmock.walltime.patching.replacements import Replacements

_NANOSECONDS: Final = 1_000_000_000
_OTHERS: Final = {"freezegun": "_freeze_time", "time_machine": "travel"}
#: The clocks that are simulated where they are read by a number.
_READ_BY_NUMBER: Final = (
    "CLOCK_REALTIME",
    "CLOCK_MONOTONIC",
    "CLOCK_MONOTONIC_RAW",
    "CLOCK_BOOTTIME",
)


@cache
def import_others() -> None:
    """Import the libraries that freeze time, which would otherwise mistake replacements for originals."""
    for name in _OTHERS:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)


@cache
def clocks() -> list[Pair]:
    """Return the clocks that are replaced wherever something refers to them."""
    seconds = (time.time, time.monotonic, time.perf_counter)
    nanoseconds = (time.time_ns, time.monotonic_ns, time.perf_counter_ns)
    return [
        *(Pair(original, SimulatedClock(original)) for original in seconds),
        *(Pair(original, SimulatedClock(original, _NANOSECONDS)) for original in nanoseconds),
    ]


@cache
def in_modules() -> list[Pair]:
    """Return the pairs that are replaced in modules only."""
    texts = (
        Pair(time.asctime, simulated_reader(time.asctime, of_local=True, is_text=True)),
        Pair(time.ctime, simulated_reader(time.ctime, is_text=True)),
        Pair(time.strftime, simulated_reader(time.strftime, 1, of_local=True, is_text=True)),
    )
    return [
        Pair(time.gmtime, simulated_reader(time.gmtime)),
        Pair(time.localtime, simulated_reader(time.localtime)),
        *texts,
        *_gettimes(),
        Pair(datetime.datetime, SimulatedDatetime),
        Pair(datetime.date, SimulatedDate),
    ]


def _gettimes() -> list[Pair]:
    """Return the pairs of clocks that are read by a number, which Windows does not have."""
    pairs = []
    for name, units in (("clock_gettime", 1), ("clock_gettime_ns", _NANOSECONDS)):
        real = getattr(time, name, None)
        if real is not None:
            ids = (getattr(time, clock, None) for clock in _READ_BY_NUMBER)
            known = {each: SimulatedClock(real, units) for each in ids if each is not None}
            pairs.append(Pair(real, simulated_gettime(real, known)))
    return pairs


def make_room_for_authors(replacements: Replacements) -> None:
    """Register the date classes with pickle, and show the originals to freezes as they start and stop."""
    for real, reduce in reducers().items():
        replacements.set_item(copyreg.dispatch_table, real, reduce)
    for module, kind_name in _OTHERS.items():
        api = sys.modules.get("freezegun.api" if module == "freezegun" else module)
        kind = getattr(api, kind_name, None)
        for name in ("start", "stop"):
            if kind is not None:
                replacements.set(kind, name, _lifted(vars(kind)[name], replacements))


def _lifted(method: Callable[..., Any], replacements: Replacements) -> Callable[..., Any]:
    def start_or_stop(self: Any, *args: Any, **kwargs: Any) -> Any:
        pairs = [*clocks(), *in_modules()]
        _swap({id(pair.replacement): pair.original for pair in pairs})
        try:
            return method(self, *args, **kwargs)
        finally:
            _swap({id(pair.original): pair.replacement for pair in pairs})
            if authors_time() is None:
                # freezegun restores the objects that modules had when it first scanned them.
                replacements.make_in_modules()

    return start_or_stop


def _swap(known: dict[int, Any]) -> None:
    """Swap the objects in `time` and `datetime`."""
    for module in (time, datetime):
        for name, value in list(vars(module).items()):
            if id(value) in known:
                setattr(module, name, known[id(value)])
