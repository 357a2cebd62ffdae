"""
The environment of clients: a default region, deferred credentials, and no AWS access in child processes.

It is in force while a mock is active, and is restored when the last one stops.
"""

from __future__ import annotations

import os
from typing import Final

from batchmock.interception import error_notes
from batchmock.interception.deferred_lookups import DeferredLookups
from batchmock.interception.missing_region import MissingRegion

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
        self._missing_region = MissingRegion(self._region)
        #: The region before the last mock of a test, and the one of the mock.
        self._left: tuple[str | None, str] | None = None

    def enter(self, owner: object, region: str) -> None:
        """Set the default region of clients until `owner` leaves."""
        if not self._regions:
            self._region_before = os.environ.get(REGION_VARIABLE)
            self._deferred_lookups.begin()
            self._missing_region.begin()
            _set_for_children()
            error_notes.begin()
        self._regions.append((owner, region))
        os.environ[REGION_VARIABLE] = region

    def leave(self, owner: object) -> None:
        """Restore the default of the mock that is now innermost, or the original environment."""
        last = self._region()
        self._regions = [entry for entry in self._regions if entry[0] is not owner]
        if self._regions:
            os.environ[REGION_VARIABLE] = self._regions[-1][1]
            return
        _set_region(self._region_before)
        if last is not None:
            self._left = self._region_before, last
        self._deferred_lookups.end()
        self._missing_region.end()
        error_notes.end()
        _put_back_for_children()

    def put_back_region(self, at_start: str | None) -> None:
        """
        Restore the region at the end of a test if it is that of a mock which has stopped.

        `monkeypatch` brings it back if a test requests it before the mock and sets the region. It is undone
        after the mock, and restores what it found inside.

        Args:
            at_start: the region in the environment when the test began.
        """
        if self._regions or self._left is None:
            return
        before, of_mock = self._left
        if before == at_start and of_mock == os.environ.get(REGION_VARIABLE):
            _set_region(before)

    def _region(self) -> str | None:
        """Return the region of the innermost mock."""
        regions = self._regions
        return regions[-1][1] if regions else None


def _set_region(region: str | None) -> None:
    if region is None:
        os.environ.pop(REGION_VARIABLE, None)
    else:
        os.environ[REGION_VARIABLE] = region


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
