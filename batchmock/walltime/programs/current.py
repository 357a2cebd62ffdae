"""The program that the current thread belongs to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol


class KillableProgram(Protocol):
    """A function of the test that runs as a job, with the threads that it has started."""

    @property
    def is_over(self) -> bool:
        """Whether the function has returned or raised."""

    @property
    def is_killed(self) -> bool:
        """Whether its attempt has ended, so that it may not go on."""

    def check(self) -> None:
        """
        Check that the program may go on.

        Raises:
            ProgramKilled: its attempt has ended.
        """


class _OfThread(threading.local):
    """State of the current thread."""

    program: KillableProgram | None = None


_current: Final = _OfThread()


def current_program() -> KillableProgram | None:
    """Return the program that the current thread belongs to; None if it belongs to none."""
    program = _current.program
    # Threads that outlive a function are threads like others.
    return None if program is None or (program.is_over and not program.is_killed) else program


def check_may_go_on() -> None:
    """
    Check that the current thread does not belong to a program whose attempt has ended.

    Raises:
        ProgramKilled: it does.
    """
    program = _current.program
    if program is not None:
        program.check()


def in_program(program: KillableProgram, run: Callable[[], None]) -> None:
    """Run a function as part of a program, from the start of a thread."""
    _current.program = program
    run()
