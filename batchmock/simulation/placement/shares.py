"""The share identifiers of a queue: which are active, and what each uses."""

from __future__ import annotations

from batchmock.simulation.placement.fair_share import ShareLedger


class Shares:
    """
    The share identifiers that the jobs of a queue have.

    One is active while it has jobs that have not ended, and for the decay time after them.
    Source: AWS Batch user guide, "Fair-share scheduling" (documented).
    """

    __slots__ = ("_ended_at_ms", "_unfinished", "ledger")

    def __init__(self) -> None:
        self.ledger = ShareLedger()
        self._unfinished: dict[str, int] = {}
        #: Of shares that have no jobs any more: since when.
        self._ended_at_ms: dict[str, int] = {}

    def join(self, share: str) -> None:
        """Note that a job with this share identifier has been submitted."""
        self._unfinished[share] = self._unfinished.get(share, 0) + 1
        self._ended_at_ms.pop(share, None)

    def leave(self, share: str, at_ms: int) -> None:
        """Note that a job with this share identifier has ended."""
        self._unfinished[share] -= 1
        if not self._unfinished[share]:
            del self._unfinished[share]
            self._ended_at_ms[share] = at_ms

    def is_active(self, share: str, at_ms: int, window_ms: int) -> bool:
        """Say whether the share has jobs, or had some within the window."""
        ended_at_ms = self._ended_at_ms.get(share)
        return share in self._unfinished or (
            ended_at_ms is not None and at_ms < ended_at_ms + window_ms
        )

    def active_count(self, at_ms: int, window_ms: int) -> int:
        """Give how many shares are active."""
        horizon_ms = at_ms - window_ms
        for share, ended_at_ms in list(self._ended_at_ms.items()):
            if ended_at_ms > horizon_ms:
                break  # they are in the order in which they ended
            del self._ended_at_ms[share]
        return len(self._unfinished) + len(self._ended_at_ms)
