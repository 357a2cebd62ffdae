"""
Fair-share scheduling: which share is next, by the usage of each share identifier.

Pure: shares are identifiers and amounts are whole numbers (thousandths of a vCPU for jobs), so the same
rules apply to service jobs, whose capacity has other units.

Source: FairsharePolicy, ShareAttributes (documented). No formula is published. Assumed: usage decays
exponentially, and a start is charged at once for the time that it will probably run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import exp
from typing import Final

#: The window that a shareDecaySeconds of 0 means (documented).
LEAST_WINDOW_SECONDS: Final = 600

#: The maximum number of active share identifiers of a queue (documented).
MAX_ACTIVE_SHARES: Final = 500

DEFAULT_WEIGHT: Final = 1.0

#: A start is charged for at least this time in advance, so that a share with little usage does not get
#: all the room that becomes free at one instant (assumed).
LEAST_CHARGED_AHEAD_MS: Final = 60_000


class FairSharePolicy:
    """
    How a queue divides its capacity among shares.

    Args:
        share_decay_seconds: the time over which usage decays; 0 means 600 seconds.
        compute_reservation: the percentage of the capacity kept for inactive shares, to the power of the
            number of active ones.
        weights: share identifiers, or prefixes that end with `*`, each with its weight factor. A share
            with half the weight factor gets twice as much. Unlisted shares have 1.0.
    """

    __slots__ = ("_found_weights", "compute_reservation", "share_decay_seconds", "weights")

    def __init__(
        self,
        share_decay_seconds: int = 0,
        compute_reservation: int = 0,
        weights: tuple[tuple[str, float], ...] = (),
    ) -> None:
        self.share_decay_seconds = share_decay_seconds
        self.compute_reservation = compute_reservation
        self.weights = weights
        #: Cache of weight factors: a policy can have 500 entries.
        self._found_weights: dict[str, float] = {}

    @property
    def window_ms(self) -> int:
        """The time over which usage decays, in milliseconds."""
        return (self.share_decay_seconds or LEAST_WINDOW_SECONDS) * 1000

    def weight_of(self, share: str) -> float:
        """Return the weight factor of a share; entries do not overlap (documented)."""
        weight = self._found_weights.get(share)
        if weight is None:
            weight = self._found_weights[share] = self._find_weight(share)
        return weight

    def _find_weight(self, share: str) -> float:
        for entry, weight in self.weights:
            if share == entry or (entry.endswith("*") and share.startswith(entry[:-1])):
                return weight
        return DEFAULT_WEIGHT

    def available(self, capacity: int, active_shares: int) -> int:
        """Return the part of a capacity that active shares may use together."""
        if not self.compute_reservation or not active_shares:
            return capacity
        return capacity - int(capacity * (self.compute_reservation / 100) ** active_shares)


class ShareUsage:
    """The current and the decayed past usage of one share, as amount times milliseconds."""

    __slots__ = ("_at_ms", "_used", "in_use")

    def __init__(self, at_ms: int) -> None:
        self.in_use = 0
        self._used = 0
        self._at_ms = at_ms

    def change(self, amount: int, at_ms: int, window_ms: int) -> None:
        """Add an amount, which may be negative, to the amount in use from an instant on."""
        self._used = self.used(at_ms, window_ms)
        self._at_ms = at_ms
        self.in_use += amount

    def used(self, at_ms: int, window_ms: int) -> int:
        """
        Return the usage up to an instant, with older usage counting for less.

        Constant use amounts to the amount times the window. The result is a whole number, so that
        floating-point noise decides nothing.
        """
        elapsed_ms = at_ms - self._at_ms
        if not elapsed_ms:
            return self._used
        decay = exp(-elapsed_ms / window_ms)
        return round(self._used * decay + self.in_use * window_ms * (1 - decay))

    def charged(self, at_ms: int, window_ms: int, ahead_ms: int) -> int:
        """Return the usage that decides: past usage plus the current use charged in advance."""
        return self.used(at_ms, window_ms) + self.in_use * ahead_ms


class ShareLedger:
    """The usage of all shares of one queue."""

    __slots__ = ("_at_ms", "_in_use", "_released", "_spent", "_usages")

    def __init__(self) -> None:
        self._usages: dict[str, ShareUsage] = {}
        #: The amount that all shares use since an instant, their usage until then, and the amount released.
        self._in_use = 0
        self._at_ms = 0
        self._spent = 0
        self._released = 0

    def in_use(self, share: str) -> int:
        """Return the amount that a share uses now."""
        usage = self._usages.get(share)
        return 0 if usage is None else usage.in_use

    def all_in_use(self) -> dict[str, int]:
        """Return the amount that each share uses now; shares without usage are left out."""
        return {share: usage.in_use for share, usage in self._usages.items() if usage.in_use}

    def take(self, share: str, amount: int, at_ms: int, policy: FairSharePolicy) -> None:
        """Add to the amount that a share uses from an instant on."""
        usage = self._usages.get(share)
        if usage is None:
            usage = self._usages[share] = ShareUsage(at_ms)
        self._change(usage, amount, at_ms, policy)

    def release(self, share: str, amount: int, at_ms: int, policy: FairSharePolicy) -> None:
        """Subtract from the amount that a share uses from an instant on."""
        self._change(self._usages[share], -amount, at_ms, policy)
        self._released += amount

    def _change(self, usage: ShareUsage, amount: int, at_ms: int, policy: FairSharePolicy) -> None:
        usage.change(amount, at_ms, policy.window_ms)
        self._spent += self._in_use * (at_ms - self._at_ms)
        self._at_ms = at_ms
        self._in_use += amount

    def ahead_ms(self, policy: FairSharePolicy) -> int:
        """
        Return the time for which current use is charged in advance: the average duration of past use.

        With a shorter time, one share could take all the room that jobs of several hours leave together.
        The minimum is a minute, the maximum the decay window.
        """
        usual_ms = self._spent // self._released if self._released else 0
        return max(min(usual_ms, policy.window_ms), LEAST_CHARGED_AHEAD_MS)

    def charge(self, share: str, amount: int, policy: FairSharePolicy) -> float:
        """Return by how much the weighted usage of a share grows when it starts to use an amount."""
        return amount * self.ahead_ms(policy) * policy.weight_of(share)

    def weighted_usage(self, share: str, at_ms: int, policy: FairSharePolicy) -> float:
        """Return the usage by which shares are compared; the share with the least usage is next."""
        return self.weigher(at_ms, policy)(share)

    def weigher(self, at_ms: int, policy: FairSharePolicy) -> Callable[[str], float]:
        """Return a function that returns the weighted usage of a share at an instant."""
        usages, weight_of = self._usages, policy.weight_of
        window_ms, ahead_ms = policy.window_ms, self.ahead_ms(policy)

        def weigh(share: str) -> float:
            usage = usages.get(share)
            if usage is None:
                return 0.0
            return usage.charged(at_ms, window_ms, ahead_ms) * weight_of(share)

        return weigh

    def by_usage(self, shares: Iterable[str], at_ms: int, policy: FairSharePolicy) -> list[str]:
        """Return shares by ascending weighted usage; equal ones keep their order."""
        return sorted(shares, key=self.weigher(at_ms, policy))
