"""Replacements for `time.sleep`, `asyncio.sleep` and waiting methods while a mock simulates sleeps."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import inf
from types import FunctionType
from typing import Any, Final

from batchmock.walltime import hand_overs, queue_waits
from batchmock.walltime.deadlines import PAST_A_DEADLINE_MS, deadlines
from batchmock.walltime.imports import ImportWatch
from batchmock.walltime.loop_timeouts import (
    is_loop_simulated,
    loop_time,
    replace_cancel_scopes,
    replace_timeouts,
    simulated_wait_for,
)
from batchmock.walltime.loops import adopt_running, pass_by_async, simulated
from batchmock.walltime.patching.by_name import ReplacesByName, named_like
from batchmock.walltime.patching.derived import Pair
from batchmock.walltime.patching.replacements import Replacements
from batchmock.walltime.sleeper import exact_seconds, whole_milliseconds
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.threads.tools import is_tool
from batchmock.walltime.threads.unfinished_work import unfinished_work
from batchmock.walltime.timed_waits import simulated_join, simulated_start, simulated_wait

#: The maximum of `time.sleep`: the range of a signed 64-bit number of nanoseconds.
LONGEST_SECONDS: Final = 9_223_372_036
#: The module of anyio's cancel scopes in a loop of asyncio. It is imported when the first loop runs.
_ANYIO_IN_ASYNCIO: Final = "anyio._backends._asyncio"


class SimulatedSleep(ReplacesByName):
    """
    `time.sleep` in simulated time.

    Like the original, it does not become a method when it is a class attribute.
    """

    __slots__ = ()
    __name__ = "sleep"

    def __init__(self, original: Callable[[float], None]) -> None:
        self.real = original

    def __repr__(self) -> str:
        return "<simulated time.sleep of batchmock>"

    def __call__(self, seconds: float, /) -> None:
        """
        Sleep.

        Raises:
            ValueError, OverflowError, TypeError: as the original does.
        """
        caller = sys._getframe(1)
        if not sleepers.are_simulated or is_tool(caller):
            self.real(seconds)
            return
        exact = exact_seconds(seconds)
        if exact != exact:
            raise ValueError("Invalid value NaN (not a number)")
        if exact < 0:
            raise ValueError("sleep length must be non-negative")
        if exact > LONGEST_SECONDS:
            raise OverflowError("timestamp out of range for platform time_t")
        if exact == 0:
            if not deadlines.pass_by(caller):
                self.real(0)
        elif sleepers.is_inside_a_job():
            sleepers.stood_ms += whole_milliseconds(exact)
        else:
            sleepers.sleep(exact)
            deadlines.note_wait()


def simulated_async_sleep(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return `asyncio.sleep` in simulated time."""

    async def sleep(delay: float, result: Any = None) -> Any:
        """Complete after a given simulated time (in seconds)."""
        if not sleepers.are_simulated:
            return await original(delay, result)
        if not delay > 0:
            if delay or not deadlines.is_reached(sys._getframe(1)):
                return await original(delay, result)
            await pass_by_async(PAST_A_DEADLINE_MS)
        elif delay == inf:
            # Only a cancellation ends it.
            await asyncio.get_running_loop().create_future()
        else:
            sleepers.note(delay)
            wakes_ms = sleepers.passed_ms() + whole_milliseconds(delay)
            await simulated(asyncio.get_running_loop()).sleep(delay, None)
            sleepers.forget_unless_passed(wakes_ms, delay)
        deadlines.note_wait(is_timed=bool(delay))
        return result

    return sleep


def simulated_run_forever(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a `run_forever` that puts each loop in simulated time from the start."""

    def run_forever(self: Any) -> None:
        """Run until stop() is called."""
        if sleepers.are_simulated:
            simulated(self)
        original(self)

    return run_forever


def pairs_of_sleeps() -> list[Pair]:
    """Return the sleeps with their replacements."""
    # Another patcher may have restored one of our replacements after its mock was left.
    sleep = time.sleep.real if isinstance(time.sleep, SimulatedSleep) else time.sleep
    return [
        _pair(sleep, SimulatedSleep),
        _pair(asyncio.sleep, simulated_async_sleep),
        _pair(asyncio.wait_for, simulated_wait_for),
        *_pairs_of_trio(),
    ]


def _pairs_of_trio() -> list[Pair]:
    trio = sys.modules.get("trio._timeouts")
    if trio is None:
        return []
    from batchmock.walltime.trio_runs import simulated_trio_sleep

    return [_pair(trio.sleep, simulated_trio_sleep)]


#: The pairs by the id of the original: all mocks use the same replacements.
_pairs: Final[dict[int, Pair]] = {}


def _pair(original: Any, replacement_of: Callable[[Any], Any]) -> Pair:
    if id(original) not in _pairs:
        replacement = replacement_of(original)
        if isinstance(replacement, FunctionType):
            named_like(original, replacement)
        _pairs[id(original)] = Pair(original, replacement)
    return _pairs[id(original)]


def replace_methods(replacements: Replacements) -> None:
    """Patch the methods in which threads wait and event loops start."""
    replace = replacements.set
    for owner, name, replacement in (
        (BaseEventLoop, "run_forever", simulated_run_forever),
        (threading.Condition, "wait", simulated_wait),
        (threading.Thread, "join", simulated_join),
        (threading.Thread, "start", simulated_start),
    ):
        original = vars(owner)[name]
        replace(owner, name, named_like(original, replacement(original)))
    replace_timeouts(replacements)
    for kind, name, timeout_at in queue_waits.METHODS:
        replace(kind, name, queue_waits.looking_again(vars(kind)[name], timeout_at))
    if not sleepers.are_threads_reported:
        submit = ThreadPoolExecutor.submit
        replace(ThreadPoolExecutor, "submit", unfinished_work.replacement(submit))
    for kind, name in hand_overs.METHODS:
        replace(kind, name, hand_overs.noted(vars(kind)[name]))
    adopt_running()
    _replace_methods_of_trio(replacements)
    _replace_scopes_of_anyio(replacements)
    # They may also be imported later, trio by anyio for example.
    for name, then in (("trio", _replace_trio), (_ANYIO_IN_ASYNCIO, _replace_scopes_of_anyio)):
        watch = ImportWatch(name, partial(then, replacements))
        watch.begin()
        replacements.when_undone(watch.end)


def _replace_trio(replacements: Replacements) -> None:
    replacements.add_in_modules(_pairs_of_trio())
    _replace_methods_of_trio(replacements)


def _replace_scopes_of_anyio(replacements: Replacements) -> None:
    backend = sys.modules.get(_ANYIO_IN_ASYNCIO)
    if backend is not None:
        replace_cancel_scopes(backend.CancelScope, is_loop_simulated, loop_time, replacements)


def _replace_methods_of_trio(replacements: Replacements) -> None:
    runs = sys.modules.get("trio._core._run")
    if runs is not None:
        from batchmock.walltime.trio_runs import (
            adopt_running_trio,
            is_trio_simulated,
            simulated_setup,
        )

        replacements.set(runs, "setup_runner", simulated_setup(vars(runs)["setup_runner"]))
        replace_cancel_scopes(runs.CancelScope, is_trio_simulated, runs.current_time, replacements)
        adopt_running_trio()
