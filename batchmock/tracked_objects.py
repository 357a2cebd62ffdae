"""The objects that the garbage collector tracks, including those set aside by `gc.freeze()`."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

#: Python freezes a few hundred objects at startup; a test suite that calls `gc.freeze()` has many more.
_AT_START: Final = 2000


@contextmanager
def _thawed() -> Iterator[None]:
    """Unfreeze frozen objects for the duration of the block; test suites freeze for speed."""
    if gc.get_freeze_count() < _AT_START:
        yield
        return
    was_enabled = gc.isenabled()
    gc.disable()
    gc.unfreeze()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def all_objects() -> list[Any]:
    """Return all objects that the garbage collector tracks."""
    with _thawed():
        return gc.get_objects()


def referrers(objects: list[Any]) -> list[Any]:
    """Return the objects that refer to one of the given objects, the given list excepted."""
    # Some Pythons find the arguments of the call as well.
    arguments = tuple(objects)
    with _thawed():
        found = gc.get_referrers(*arguments)
    return [each for each in found if each is not objects and each is not arguments]
