"""The share identifiers of a queue and which of them are active."""

from __future__ import annotations

from batchmock.simulation.placement.fair_share import ShareLedger


class Shares:
    """
    The share identifiers of the jobs of a queue.

    A share is active while it has unfinished jobs, and for the decay time after the last one.
    Source: AWS Batch user guide, "Fair-share scheduling" (documented).
    """

    __slots__ = ("_ended_at_ms", "_unfinished", "ledger")

    def __init__(self) -> None:
        self.ledger = ShareLedger()
        self._unfinished: dict[str, int] = {}
        #: When the last job of a share without unfinished jobs ended.
        self._ended_at_ms: dict[str, int] = {}

    def join(self, share: str) -> None:
        """Count a submitted job of a share."""
        self._unfinished[share] = self._unfinished.get(share, 0) + 1
        self._ended_at_ms.pop(share, None)

    def leave(self, share: str, at_ms: int) -> None:
        """Count an ended job of a share."""
        self._unfinished[share] -= 1
        if not self._unfinished[share]:
            del self._unfinished[share]
            self._ended_at_ms[share] = at_ms

    def is_active(self, share: str, at_ms: int, window_ms: int) -> bool:
        """Return whether the share has unfinished jobs, or had some within the window."""
        ended_at_ms = self._ended_at_ms.get(share)
        return share in self._unfinished or (
            ended_at_ms is not None and at_ms < ended_at_ms + window_ms
        )

    def active_count(self, at_ms: int, window_ms: int) -> int:
        """Return the number of active shares."""
        horizon_ms = at_ms - window_ms
        for share, ended_at_ms in list(self._ended_at_ms.items()):
            if ended_at_ms > horizon_ms:
                break  # The entries are in order of time.
            del self._ended_at_ms[share]
        return len(self._unfinished) + len(self._ended_at_ms)
