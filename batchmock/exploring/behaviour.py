"""
What the code under test has done with what it has seen: the lines that it ran, its results, its output.

Two runs with equal behaviour have treated what they saw alike: nobody was told of a difference.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import FrameType
from typing import Any, Final

from batchmock.exploring.stacks import Boundary

_DEEPEST: Final = 6
_PLAIN: Final = (str, bytes, int, float, bool, type(None))


class Behaviour:
    """
    What the code under test has done during a block of `recorded`.

    Args:
        boundary: tells the code under test from the test.
    """

    def __init__(self, boundary: Boundary) -> None:
        self._boundary = boundary
        self._lines: set[tuple[str, int]] = set()
        self._values: list[object] = []
        self._messages: list[str] = []
        self._output = io.StringIO()

    def is_like(self, other: Behaviour) -> bool:
        """Return whether the code has done the same in another run."""
        return self._all() == other._all()

    def _all(self) -> tuple[object, ...]:
        return self._lines, self._values, self._messages, self._output.getvalue()

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Record what the code does in a block."""
        handler = _Messages(self._messages)
        logging.getLogger().addHandler(handler)
        before: Any = sys.gettrace()
        sys.settrace(self._trace)
        threading.settrace(self._trace)
        try:
            with redirect_stdout(self._output), redirect_stderr(self._output):
                yield
        finally:
            sys.settrace(before)
            threading.settrace(before)
            logging.getLogger().removeHandler(handler)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        if not self._boundary.is_frame_of_code(frame):
            return None
        stack = self._boundary.stack(frame)
        is_called_by_the_test = len(stack) == 1 or not self._boundary.is_code(stack[1])
        file = frame.f_code.co_filename

        def trace_lines(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                self._lines.add((file, frame.f_lineno))
            elif event == "return" and is_called_by_the_test:
                self._values.append(
                    (fingerprint(argument), fingerprint(frame.f_locals.get("self")))
                )
            return trace_lines

        return trace_lines


class _Messages(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._kept = messages

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self._kept.append(record.getMessage())


def fingerprint(value: object, depth: int = 0) -> object:
    """Return the plain values in a value, which compare equal in runs that are alike."""
    if isinstance(value, _PLAIN):
        return value
    if depth > _DEEPEST:
        return type(value).__name__
    if isinstance(value, Mapping):
        return [(str(key), fingerprint(item, depth + 1)) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [fingerprint(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(repr(fingerprint(item, depth + 1)) for item in value)
    members = getattr(value, "__dict__", None)
    if isinstance(members, dict) and not type(value).__module__.startswith(("botocore", "boto3")):
        return type(value).__name__, fingerprint(members, depth + 1)
    return type(value).__name__
