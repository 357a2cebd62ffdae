"""
What a client needs besides answers: a region when it names none, and to be made without the network.

Both hold only while a mock is active, and are put back when the last one stops.
"""

from __future__ import annotations

import os
from typing import Final

from batchmock.interception import error_notes
from batchmock.interception.instance_metadata import PutOff

REGION_VARIABLE: Final = "AWS_DEFAULT_REGION"


class Surroundings:
    """The process as clients see it, with the regions of the active mocks, innermost last."""

    def __init__(self) -> None:
        self._regions: list[tuple[object, str]] = []
        self._region_before: str | None = None
        self._metadata_requests = PutOff()

    def enter(self, owner: object, region: str) -> None:
        """Make a region the default of clients that name none, for as long as `owner` is active."""
        if not self._regions:
            self._region_before = os.environ.get(REGION_VARIABLE)
            self._metadata_requests.begin()
            error_notes.begin()
        self._regions.append((owner, region))
        os.environ[REGION_VARIABLE] = region

    def leave(self, owner: object) -> None:
        """Give the default back to the mock that is innermost now, or to the process as it was."""
        self._regions = [entry for entry in self._regions if entry[0] is not owner]
        if self._regions:
            os.environ[REGION_VARIABLE] = self._regions[-1][1]
            return
        if self._region_before is None:
            os.environ.pop(REGION_VARIABLE, None)
        else:
            os.environ[REGION_VARIABLE] = self._region_before
        self._metadata_requests.end()
        error_notes.end()
