"""Run a function in a forked process, for code that keeps state in its modules."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import TypeVar

from batchmock.errors import BatchMockError

Result = TypeVar("Result")


def sendable(error: BaseException | None) -> BaseException | None:
    """Return an error that a process can send: itself, or one with its text."""
    if error is None:
        return None
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def in_child(function: Callable[[], Result]) -> Result:
    """
    Return what a function returns in a forked process; what it changes is lost with the process.

    Raises:
        BatchMockError: the process ended without a result, or this system has no `fork`.
    """
    if not hasattr(os, "fork"):
        raise BatchMockError(
            "batchmock: fork=True needs os.fork(), which this system does not have. Leave it out."
        )
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(function(), pipe)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        sent = pipe.read()
    os.waitpid(process, 0)
    if not sent:
        raise BatchMockError(
            "batchmock: the forked process of a run ended without a result. Leave fork=True out to see why."
        )
    result: Result = pickle.loads(sent)
    return result
