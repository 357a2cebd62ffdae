"""Standard output that a reader may close early, as `head` does, or that is closed or full."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import Any, TextIO, cast


class _Output:
    """
    Writes to a stream until its reader is gone, and drops the rest.

    A command therefore ends as usual, with its own exit code. If text cannot be written for another reason,
    such as a full disk, the command ends with an error.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text, unless the reader is gone."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._drop()
            return len(text)
        except OSError as error:
            raise self._given_up(error) from error

    def flush(self) -> None:
        """Flush the stream, unless the reader is gone."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._drop()
        except OSError as error:
            raise self._given_up(error) from error

    def _given_up(self, error: OSError) -> SystemExit:
        self._drop()
        print(f"python -m batchmock: error: the output cannot be written: {error}", file=sys.stderr)
        return SystemExit(2)

    def _drop(self) -> None:
        """Redirect the stream to nowhere; the interpreter flushes it again at its end."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


@contextmanager
def open_output() -> Iterator[None]:
    """Allow the reader of standard output to close it, and flush it at the end of the block."""
    with ExitStack() as stack:
        # None if the command was started with a closed standard output.
        stream: TextIO | None = sys.stdout
        if stream is None:
            stream = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
        output = _Output(stream)
        stack.enter_context(redirect_stdout(cast(TextIO, output)))
        try:
            yield
        finally:
            output.flush()
