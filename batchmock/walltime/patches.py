"""
What is put in the place of `time.sleep`, `asyncio.sleep` and an event loop's start, and where.

Every reference to the two sleeps is replaced that can be: in modules that have imported them by name, in
default arguments, in attributes of objects and classes. What is imported or made meanwhile finds the
replacements; those that stay behind when all is put back do what they stand for.
"""

from __future__ import annotations

import asyncio
import gc
import operator
import sys
import time
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import CellType, FunctionType
from typing import Any, Final

from batchmock.walltime import real
from batchmock.walltime.loops import put_all_back, simulated
from batchmock.walltime.sleepers import sleepers, whole_milliseconds
from batchmock.walltime.tools import is_tool
from batchmock.walltime.unfinished_work import unfinished_work

#: The longest that `time.sleep` takes: what a signed 64-bit number of nanoseconds can hold.
LONGEST_SECONDS: Final = 9_223_372_036


class SimulatedSleep:
    """
    `time.sleep` in simulated time.

    Like the original it does not become a method of the class that it stands in.
    """

    __slots__ = ("real",)
    __name__ = "sleep"

    def __init__(self, real: Callable[[float], None]) -> None:
        self.real = real

    def __repr__(self) -> str:
        return "<simulated time.sleep of batchmock>"

    def __call__(self, seconds: float, /) -> None:
        """
        Sleep.

        Raises:
            ValueError, OverflowError, TypeError: as the original does.
        """
        if not sleepers.are_simulated or is_tool(sys._getframe(1)):
            self.real(seconds)
            return
        exact = seconds if isinstance(seconds, float) else operator.index(seconds)
        if exact != exact:
            raise ValueError("Invalid value NaN (not a number)")
        if exact < 0:
            raise ValueError("sleep length must be non-negative")
        if exact > LONGEST_SECONDS:
            raise OverflowError("timestamp out of range for platform time_t")
        if exact == 0:
            self.real(0)
        elif not sleepers.is_inside_a_job():
            sleepers.sleep(exact)


def simulated_async_sleep(real: Callable[..., Any]) -> Callable[..., Any]:
    """Give `asyncio.sleep` in simulated time."""

    async def sleep(delay: float, result: Any = None) -> Any:
        """Complete after a given simulated time (in seconds)."""
        if not sleepers.are_simulated or not delay > 0:
            return await real(delay, result)
        sleepers.note(delay)
        wakes_ms = sleepers.passed_ms() + whole_milliseconds(delay)
        result = await simulated(asyncio.get_running_loop()).sleep(delay, result)
        sleepers.forget_unless_passed(wakes_ms, delay)
        return result

    return sleep


def simulated_run_forever(real: Callable[[Any], None]) -> Callable[[Any], None]:
    """Give the method in which every loop runs, so that a loop is in simulated time before anything is."""

    def run_forever(self: Any) -> None:
        """Run until stop() is called."""
        if sleepers.are_simulated:
            simulated(self)
        real(self)

    return run_forever


class Patches:
    """The replacements, made and undone."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        #: Real and fake. No tuples: those would have to be looked at, each time, for whose they are.
        self._pairs: list[list[Any]] = []
        self._modules: set[str] = set()

    def make(self) -> None:
        """Replace the real ones."""
        self._modules = set(sys.modules)
        # One of ours may have been put back, after its mock was left, by what had patched it meanwhile.
        real_sleep = time.sleep.real if isinstance(time.sleep, SimulatedSleep) else time.sleep
        self._pairs = [
            [real_sleep, SimulatedSleep(real_sleep)],
            [asyncio.sleep, simulated_async_sleep(asyncio.sleep)],
        ]
        if not sleepers.are_threads_reported:
            submit = ThreadPoolExecutor.submit
            self._set(ThreadPoolExecutor, "submit", submit, unfinished_work.replacement(submit))
        run_forever = BaseEventLoop.run_forever
        self._set(BaseEventLoop, "run_forever", run_forever, simulated_run_forever(run_forever))
        self._replace_all(self._pairs)
        running = asyncio._get_running_loop()
        if running is not None:
            simulated(running)

    def undo(self) -> None:
        """Put the real ones back, in the modules that were imported meanwhile too."""
        for undo in reversed(self._undo):
            undo()
        for name in sys.modules.keys() - self._modules:
            module = sys.modules.get(name)
            for original, fake in self._pairs:
                for attribute in _names_of(fake, getattr(module, "__dict__", {})):
                    setattr(module, attribute, original)
        put_all_back()

    def _replace_all(self, pairs: list[list[Any]]) -> None:
        """Replace what refers to a real one, as the garbage collector knows it."""
        kept = {id(cell) for _, fake in pairs for cell in _cells_of(fake)}
        holders = [
            holder
            for holder in gc.get_referrers(*(original for original, _ in pairs))
            if holder is not vars(real)
        ]
        indirect = [holder for holder in holders if _is_changed_by_its_owner(holder)]
        owners = [owner for holder in indirect for owner in owners_of(holder, indirect)]
        static: list[list[Any]] = []
        for original, fake in pairs:
            for holder in holders:
                if type(holder) is staticmethod and holder.__func__ is original:
                    static.append([holder, staticmethod(fake)])
                elif type(holder) is partial and holder.func is original:
                    self._replace_function_of(holder, fake)
                elif type(holder) is CellType and id(holder) not in kept:
                    self._replace_attribute(holder, "cell_contents", original, fake)
                elif type(holder) is dict and not _is_changed_by_its_owner(holder):
                    self._replace_items(holder, original, fake)
                elif type(getattr(holder, "__dict__", None)) is dict:
                    self._replace_items(vars(holder), original, fake)
            for owner in owners:
                self._replace_in_owner(owner, original, fake)
        if static:
            self._replace_all(static)

    def _replace_items(self, items: dict[str, Any], real: Any, fake: Any) -> None:
        for name in _names_of(real, items):
            items[name] = fake
            self._undo.append(partial(_put_back, items, name, real, fake))

    def _replace_in_owner(self, owner: Any, real: Any, fake: Any) -> None:
        if isinstance(owner, type):
            for name in _names_of(real, vars(owner)):
                self._set(owner, name, real, fake)
        elif any(value is real for value in owner.__defaults__ or ()):
            before = owner.__defaults__
            after = tuple(fake if value is real else value for value in before)
            self._set(owner, "__defaults__", before, after)

    def _replace_attribute(self, owner: Any, name: str, real: Any, fake: Any) -> None:
        if getattr(owner, name) is real:
            self._set(owner, name, real, fake)

    def _replace_function_of(self, holder: partial[Any], fake: Any) -> None:
        real = holder.func
        _set_function_of(holder, fake)
        self._undo.append(lambda: _set_function_of(holder, real))

    def _set(self, owner: Any, name: str, before: Any, after: Any) -> None:
        def undo() -> None:
            if _value_of(owner, name) is after:
                setattr(owner, name, before)

        setattr(owner, name, after)
        self._undo.append(undo)


#: The functions and classes to which default arguments and attributes belong, by the id of what has these.
_owners: dict[int, tuple[Any, list[Any]]] = {}


def owners_of(holder: Any, others: list[Any]) -> list[Any]:
    """
    Give the functions that have a tuple as default arguments, or the class that has a dict of attributes.

    Looking for them takes a while, so it is done for all of a list at once, and but once for each.
    """
    if id(holder) not in _owners:
        unknown = [other for other in others if id(other) not in _owners]
        # Kept, so that no other comes to have its id.
        _owners.update({id(other): (other, []) for other in unknown})
        for owner in gc.get_referrers(*unknown):
            if isinstance(owner, (type, FunctionType)):
                for held in gc.get_referents(owner):
                    if any(held is other for other in unknown):
                        _owners[id(held)][1].append(owner)
    return _owners[id(holder)][1]


def _is_changed_by_its_owner(holder: Any) -> bool:
    """Whether what refers to a sleep is default arguments, or the attributes of a class."""
    return type(holder) is tuple or (type(holder) is dict and "__module__" in holder)


def _value_of(owner: Any, name: str) -> Any:
    # What stands in a class may be a static method, and not what it gives.
    return vars(owner).get(name) if isinstance(owner, type) else getattr(owner, name)


def _set_function_of(holder: Any, function: Any) -> None:
    state = (function, holder.args, holder.keywords, vars(holder))
    holder.__setstate__(state)


def _cells_of(fake: Any) -> Iterable[CellType]:
    return getattr(fake, "__closure__", None) or ()


def _names_of(wanted: Any, items: Mapping[str, Any]) -> list[str]:
    return [name for name, value in list(items.items()) if value is wanted]


def _put_back(items: dict[str, Any], name: str, real: Any, fake: Any) -> None:
    if items.get(name) is fake:
        items[name] = real
