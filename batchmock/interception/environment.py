"""
The environment of clients: a default region, deferred credentials, and no AWS access in child processes.

It is in force while a mock is active, and is restored when the last one stops.
"""

from __future__ import annotations

import os
from typing import Final

from batchmock.interception import error_notes
from batchmock.interception.deferred_lookups import DeferredLookups

REGION_VARIABLE: Final = "AWS_DEFAULT_REGION"
#: Inherited by child processes. The host does not exist; its name appears in their error.
FOR_CHILDREN: Final = {
    "AWS_ENDPOINT_URL_BATCH": "http://the-batchmock-of-the-parent-process-answers-only-there.invalid",
    "AWS_ACCESS_KEY_ID": "batchmock",
    "AWS_SECRET_ACCESS_KEY": "batchmock",
}


class Environment:
    """The process environment of clients, with the regions of the active mocks, innermost last."""

    def __init__(self) -> None:
        self._regions: list[tuple[object, str]] = []
        self._region_before: str | None = None
        self._deferred_lookups = DeferredLookups()

    def enter(self, owner: object, region: str) -> None:
        """Set the default region of clients until `owner` leaves."""
        if not self._regions:
            self._region_before = os.environ.get(REGION_VARIABLE)
            self._deferred_lookups.begin()
            _set_for_children()
            error_notes.begin()
        self._regions.append((owner, region))
        os.environ[REGION_VARIABLE] = region

    def leave(self, owner: object) -> None:
        """Restore the default of the mock that is now innermost, or the original environment."""
        self._regions = [entry for entry in self._regions if entry[0] is not owner]
        if self._regions:
            os.environ[REGION_VARIABLE] = self._regions[-1][1]
            return
        if self._region_before is None:
            os.environ.pop(REGION_VARIABLE, None)
        else:
            os.environ[REGION_VARIABLE] = self._region_before
        self._deferred_lookups.end()
        error_notes.end()
        _put_back_for_children()


def _set_for_children() -> None:
    """Set variables that child processes inherit and clients of this process do not see."""
    for name, value in FOR_CHILDREN.items():
        os.putenv(name, value)


def _put_back_for_children() -> None:
    for name in FOR_CHILDREN:
        value = os.environ.get(name)
        if value is None:
            os.unsetenv(name)
        else:
            os.putenv(name, value)
