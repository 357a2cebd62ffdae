"""
What a client needs besides answers: a region when it names none, and to be made without the network.

Both hold only while a mock is active, and are put back when the last one stops.
"""

from __future__ import annotations

import os
from typing import Any, Final

from botocore.credentials import DeferredRefreshableCredentials, InstanceMetadataProvider

REGION_VARIABLE: Final = "AWS_DEFAULT_REGION"


class Surroundings:
    """The process as clients see it, with the regions of the active mocks, innermost last."""

    def __init__(self) -> None:
        self._regions: list[tuple[object, str]] = []
        self._region_before: str | None = None
        self._load_before: Any = None

    def enter(self, owner: object, region: str) -> None:
        """Make a region the default of clients that name none, for as long as `owner` is active."""
        if not self._regions:
            self._region_before = os.environ.get(REGION_VARIABLE)
            self._put_off_metadata_requests()
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
        InstanceMetadataProvider.load = self._load_before

    def _put_off_metadata_requests(self) -> None:
        """
        Let the credential provider that asks the instance metadata service do so when something is signed.

        botocore looks for credentials when a client is made, and without any that search ends in a
        request over the network. Batch requests are never signed here, so none is sent; clients of
        other services fetch the same credentials at their first request instead.
        """
        self._load_before = InstanceMetadataProvider.load
        InstanceMetadataProvider.load = _load_when_signing


def _load_when_signing(provider: Any) -> DeferredRefreshableCredentials:
    return DeferredRefreshableCredentials(
        refresh_using=provider._role_fetcher.retrieve_iam_role_credentials,
        method=InstanceMetadataProvider.METHOD,
    )
