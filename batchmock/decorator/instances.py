"""The mock of one test of a decorated class, which `setUp`, the test and `tearDown` share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from batchmock.decorator.functions import PARAMETER, Starter

if TYPE_CHECKING:
    from batchmock.mock import BatchMock

#: The attribute of a test instance while its mock is started.
_STATE: Final = "_batchmock_state"


class TestState:
    """
    The started mock of a test instance, and what its methods need to know of one another.

    Args:
        mock: the mock.
    """

    __slots__ = ("_mock", "has_failed", "is_calling", "set_ups")

    def __init__(self, mock: BatchMock) -> None:
        self._mock = mock
        #: Whether the body of the test raised or did not run.
        self.has_failed = False
        #: Whether the set-up or tear-down of the test is being called; then `super()` calls that of a base.
        self.is_calling = False
        #: How many set-ups have no tear-down yet.
        self.set_ups = 0

    @classmethod
    def begin(cls, test: Any, starter: Starter) -> TestState:
        """Start the mock of a test, and set the attributes of the test."""
        mock = starter.start_apart()
        setattr(test, PARAMETER, mock)
        state = vars(test)[_STATE] = cls(mock)
        return state

    def end(self, test: Any, *, quiet: bool) -> None:
        """Stop the mock of a test."""
        del vars(test)[_STATE]
        self._mock.stop(quiet=quiet)

    def check_unless_failed(self) -> None:
        """Check that a test that has not failed has used everything that it prepared."""
        if not self.has_failed:
            self._mock.check_all_used()

    def call(self, function: Callable[..., Any] | None, test: Any, method: Any) -> None:
        """Call `setup_method` or `teardown_method`."""
        was_calling, self.is_calling = self.is_calling, True
        try:
            call_with_method(function, test, method)
        finally:
            self.is_calling = was_calling

    @contextmanager
    def noting_failure(self) -> Iterator[None]:
        """Record whether the block fails."""
        try:
            yield
        except BaseException:
            self.has_failed = True
            raise
        self.has_failed = False


def state_of(test: Any) -> TestState | None:
    """Return the state of a test instance; None if its mock is not started."""
    state: TestState | None = vars(test).get(_STATE)
    return state


def call_with_method(function: Callable[..., Any] | None, test: Any, method: Any) -> None:
    """Call `setup_method` or `teardown_method`, which may take the test method."""
    if function is None:
        return
    if len(inspect.signature(function).parameters) > 1:
        function(test, method)
    else:
        function(test)
