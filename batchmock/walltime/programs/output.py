"""The output of functions that run as jobs in threads of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO

from batchmock.outcomes import LogLine
from batchmock.simulation.tracking.functions import Output


class ProgramOutput(Output):
    """
    The lines that a program prints, each with its simulated time.

    Args:
        elapsed_ms: returns the milliseconds since the start of the program.
    """

    def __init__(self, elapsed_ms: Callable[[], int]) -> None:
        super().__init__()
        self._elapsed_ms = elapsed_ms
        self._lines: list[LogLine] = []
        self._begun = ""
        self._began_ms = 0

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """The lines printed so far, one that has no end yet included."""
        begun = (LogLine(self._begun, self._began_ms),) if self._begun else ()
        return (*self._lines, *begun)

    def writable(self) -> bool:
        """Return True."""
        return True

    def end_line(self) -> None:
        """End a line that has no end yet."""
        if self._begun:
            self.write("\n")

    def write(self, text: str, /) -> int:
        """Write a text; return its length."""
        now_ms = self._elapsed_ms()
        *whole, rest = (self._begun + text + "|").splitlines()
        if not self._begun:
            self._began_ms = now_ms
        for line in whole:
            self._lines.append(LogLine(line, self._began_ms))
            self._began_ms = now_ms
        self._begun = rest[:-1]
        return len(text)


class OutputByThread:
    """
    A standard stream that passes on what it is given: in the threads of a program, to the program's output.

    Args:
        stream: the stream for the other threads.
        output: returns the output of the program of the current thread; None if it belongs to none.
    """

    def __init__(self, stream: TextIO, output: Callable[[], ProgramOutput | None]) -> None:
        self._stream = stream
        self._output = output

    def __getattr__(self, name: str) -> Any:
        return getattr(self._output() or self._stream, name)
