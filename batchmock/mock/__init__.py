"""`BatchMock`: one simulated AWS Batch, the facade over everything below it."""

from __future__ import annotations

import warnings
from inspect import getmembers, isfunction
from typing import Any, Final, NoReturn

from batchmock.caller import depth_of_caller
from batchmock.errors import BatchMockError, BatchMockWarning
from batchmock.mock.asserting import Asserting
from batchmock.mock.breaking import Breaking
from batchmock.mock.forwarding import Forwarding
from batchmock.mock.loading import Loading
from batchmock.mock.moving import Moving
from batchmock.mock.scripting import Scripting
from batchmock.mock.serving import Serving
from batchmock.mock.setting_up import SettingUp
from batchmock.nearest import counted
from batchmock.observe.started import STARTED
from batchmock.options import Options, make_options

_STILL_FROZEN: Final = (
    "batchmock: the mock has stopped, and the time that freezegun has frozen inside it is still frozen. Code "
    "that holds a clock by name (from time import time) reads the real time until that freeze ends. End the "
    "freeze before the mock: with the mock outside, write `with mock_batch(), freeze_time(...):`, or request "
    "the fixture of the mock first."
)


class BatchMock(Moving, Scripting, Asserting, SettingUp, Loading, Breaking, Forwarding, Serving):
    """
    One simulated AWS Batch: its resources, its jobs, its clock.

    Created and started by `mock_batch`. The innermost started mock answers every Batch client of the process.
    Times are in seconds.

    Args:
        options: the options of `mock_batch`.
        place: where in the test it was created, as `file:line`.
    """

    def __init__(
        self, options: Options | None = None, *, place: str = "", **mistaken: NoReturn
    ) -> None:
        if mistaken:
            given: dict[str, object] = {**mistaken}
            arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
            raise BatchMockError(
                f"batchmock: BatchMock() takes no options by name. Use mock_batch({arguments}), which "
                "makes a BatchMock and starts it."
            )
        super().__init__(options or make_options({}))
        self._place = place

    def __repr__(self) -> str:
        state = "started" if self._is_started else "stopped"
        count = len(self._simulation.jobs) + len(self._simulation.service_jobs)
        return f"<BatchMock {state}, {counted(count, 'job')}, {self._simulation.clock!r}>"

    def start(self) -> BatchMock:
        """
        Answer every Batch client of the process from now on.

        Raises:
            BatchMockError: the mock is already started.
        """
        from batchmock.interception.hooks import activate

        if self._is_started:
            raise BatchMockError(
                "batchmock: this mock is already started. Stop it first, or make another with mock_batch()."
            )
        self._time.enter()
        try:
            activate(self, self._options.region)
        except BaseException:
            self._time.leave()
            raise
        self._is_started = True
        STARTED.enter(self, self._place)
        return self

    def stop(self, *, quiet: bool = False) -> None:
        """
        Stop answering, and restore everything that `start` changed.

        Args:
            quiet: whether to skip errors and checks, because the test has already failed.

        Raises:
            BatchMockError: the mock is not started; or, under `strict`, something was never used.
            BatchMockWarning: a freeze of freezegun that began inside has not ended.
        """
        from batchmock.interception.hooks import deactivate

        __tracebackhide__ = True
        if not self._is_started:
            if quiet:
                return
            raise BatchMockError(
                "batchmock: this mock is not started, so there is nothing to stop."
            )
        self._is_started = False
        STARTED.leave(self)
        self._time.stop_programs()
        self._stop_servers()
        try:
            deactivate(self)
        finally:
            is_still_frozen = self._time.leave()
        if is_still_frozen and not quiet:
            warnings.warn(_STILL_FROZEN, BatchMockWarning, stacklevel=depth_of_caller())
        if self._options.strict and not quiet:
            self.check_all_used()

    def attach(self, client: Any) -> None:
        """
        Intercept a client of Batch or of CloudWatch Logs that was not found automatically.

        Raises:
            BatchMockError: the client belongs to neither service.
        """
        from batchmock.interception import hooks

        hooks.attach(client)

    def reset(self) -> None:
        """
        Clear all state: resources, jobs, scripts, holds, faults and calls; the clock returns to its start.

        Raises:
            BatchMockError: called from inside a function that runs as a job.
        """
        self._check_not_in_a_program("reset()")
        with self._lock.moving():
            self._check_not_busy("reset()")
            self._time.stop_programs()
            self._begin()


def _name_methods_after_their_facade() -> None:
    """Set the qualified names of base methods to `BatchMock.run` and so on, which TypeErrors show."""
    for base in BatchMock.__mro__:
        if base.__module__.startswith("batchmock.mock."):
            for name, method in getmembers(base, isfunction):
                method.__qualname__ = f"BatchMock.{name}"
                if (wrapped := getattr(method, "__wrapped__", None)) is not None:
                    wrapped.__qualname__ = method.__qualname__


_name_methods_after_their_facade()
