"""`BatchMock`: one simulated AWS Batch, and the facade over everything below it."""

from __future__ import annotations

from typing import Any

from batchmock.errors import BatchMockError
from batchmock.mock.answering import Answering
from batchmock.mock.asserting import Asserting
from batchmock.mock.breaking import Breaking
from batchmock.mock.moving import Moving
from batchmock.mock.scripting import Scripting
from batchmock.mock.setting_up import SettingUp
from batchmock.observe.started import STARTED
from batchmock.options import Options, make_options


class BatchMock(Moving, Scripting, Asserting, SettingUp, Breaking, Answering):
    """
    One simulated AWS Batch: its resources, its jobs, its clock.

    Made and started by `mock_batch`. While it is started, and no other inside it is, every Batch
    client of the process is answered by it. Numbers of time are seconds.

    Args:
        options: those of `mock_batch`.
    """

    def __init__(self, options: Options | None = None) -> None:
        super().__init__(options or make_options({}))
        self._is_started = False

    def __repr__(self) -> str:
        state = "started" if self._is_started else "stopped"
        count = len(self._simulation.jobs) + len(self._simulation.service_jobs)
        return f"<BatchMock {state}, {count} jobs, {self._simulation.clock!r}>"

    def start(self) -> BatchMock:
        """
        Answer every Batch client of the process from now on.

        Raises:
            BatchMockError: it is started already.
        """
        from batchmock.interception import hooks

        if self._is_started:
            raise BatchMockError(
                "batchmock: this mock is started already. "
                "Stop it first, or make another with mock_batch()."
            )
        self._time.enter()
        try:
            hooks.activate(self, self._options.region)
        except BaseException:
            self._time.leave()
            raise
        self._is_started = True
        STARTED.enter(self)
        return self

    def stop(self) -> None:
        """
        Answer no more, and put everything back as it was.

        Raises:
            BatchMockError: it is not started.
        """
        from batchmock.interception import hooks

        if not self._is_started:
            raise BatchMockError(
                "batchmock: this mock is not started, so there is nothing to stop."
            )
        self._is_started = False
        STARTED.leave(self)
        try:
            hooks.deactivate(self)
        finally:
            self._time.leave()

    def attach(self, client: Any) -> None:
        """
        Intercept a client of Batch or of CloudWatch Logs that could not be found by itself.

        Raises:
            BatchMockError: it is a client of neither.
        """
        from batchmock.interception import hooks

        hooks.attach(client)

    def reset(self) -> None:
        """
        Forget everything: resources, jobs, scripts, holds, faults, calls; the clock is back at its start.

        Raises:
            BatchMockError: called from inside a function that is running as a job.
        """
        with self._lock.moving():
            self._check_not_busy("reset()")
            self._begin()
