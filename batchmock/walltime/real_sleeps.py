"""
Real sleeps of functions that run as jobs.

Under `advance="sleep"` such a function sleeps in simulated time. In the other modes time stands still until it
returns, so a sleep in it takes real time in which no job moves.
"""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from types import ModuleType
from typing import Any, Final

from batchmock.caller import depth_of_caller
from batchmock.errors import BatchMockWarning, StuckError
from batchmock.walltime import real
from batchmock.walltime.advice import SLEEP_IN_A_FUNCTION
from batchmock.walltime.patching.attributes import attributes_of, is_a

#: Real seconds from which on a sleep is worth a warning. Shorter ones wait for threads and files.
LONG_SLEEP: Final = 1.0
#: Packages that sleep for their own purposes, such as the back-off of retries.
_TOOLS: Final = frozenset({"aiobotocore", "botocore", "subprocess", "urllib3"})
_ADVICE: Final = (
    "while a function that runs as a job has not returned, time stands still. "
    f"{SLEEP_IN_A_FUNCTION}"
)


@contextmanager
def reported_sleeps(waits_for_jobs: Callable[[], bool]) -> Iterator[None]:
    """
    Report long sleeps of a function of the current thread: with an error if it waits for jobs, or a warning.

    Nothing is reported while `time.sleep` is replaced, such as by an outer mock with `advance="sleep"`.

    Args:
        waits_for_jobs: returns whether the function has submitted jobs and looked at jobs.
    """
    replaced = _replace(_Report(waits_for_jobs))
    try:
        yield
    finally:
        for names, original in replaced:
            names["sleep"] = original


class _Report:
    """Checks each sleep of one function."""

    def __init__(self, waits_for_jobs: Callable[[], bool]) -> None:
        self._waits_for_jobs = waits_for_jobs
        self._thread = get_ident()
        self._is_warned = False

    def check(self, seconds: float, caller: str) -> None:
        """
        Check a sleep before it begins.

        Raises:
            StuckError: the function waits for jobs, which do not move while it sleeps.
            BatchMockWarning: the function sleeps for long, and warnings are errors.
        """
        if get_ident() != self._thread or not seconds >= LONG_SLEEP or caller in _TOOLS:
            return
        if self._waits_for_jobs():
            raise StuckError(
                f"batchmock: a function waits for jobs by a sleep of {seconds:g} seconds, but {_ADVICE}"
            )
        if not self._is_warned:
            self._is_warned = True
            warnings.warn(
                f"batchmock: a function sleeps for {seconds:g} seconds of real time, but {_ADVICE}",
                BatchMockWarning,
                stacklevel=depth_of_caller(),
            )


def _replace(report: _Report) -> list[tuple[dict[str, Any], Any]]:
    """Replace the sleeps that modules hold; return where they were, and the originals."""
    real_async_sleep = asyncio.sleep

    def sleep(seconds: float, /) -> None:
        report.check(seconds, _package_of_caller())
        real.sleep(seconds)

    async def async_sleep(delay: float, result: Any = None) -> Any:
        report.check(delay, "")
        return await real_async_sleep(delay, result)

    replacements: dict[int, Any] = {id(real.sleep): sleep}
    if real_async_sleep.__module__ == "asyncio.tasks":
        replacements[id(real_async_sleep)] = async_sleep
    replaced = []
    for name, module in list(sys.modules.items()):
        if not is_a(module, ModuleType) or name.partition(".")[0] in ("batchmock", *_TOOLS):
            continue
        names = attributes_of(module) or {}
        held = names.get("sleep")
        if id(held) in replacements:
            names["sleep"] = replacements[id(held)]
            replaced.append((names, held))
    return replaced


def _package_of_caller() -> str:
    """Return the package of the code that called the replaced sleep."""
    return str(sys._getframe(2).f_globals.get("__name__")).partition(".")[0]
