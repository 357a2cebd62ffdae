"""
Fair-share scheduling: whose turn it is, by what each share identifier has used.

Pure: it knows shares by their identifiers and amounts as whole numbers (thousandths of a vCPU for jobs),
so that service jobs, whose capacity has other units, are shared out by the same rules.

Source: FairsharePolicy, ShareAttributes (documented). Assumed, as no formula is published: usage fades
exponentially, and what starts is charged at once for the time that it will probably run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import exp
from typing import Final

#: The window that a shareDecaySeconds of 0 stands for (documented).
LEAST_WINDOW_SECONDS: Final = 600

#: How many share identifiers of a queue can be active at a time (documented).
MAX_ACTIVE_SHARES: Final = 500

DEFAULT_WEIGHT: Final = 1.0

#: For at least so long ahead what starts is charged to its share at once, so that a share which has used
#: little does not get all of the room that becomes free at one instant (assumed).
LEAST_CHARGED_AHEAD_MS: Final = 60_000


class FairSharePolicy:
    """
    How a queue is shared out.

    Args:
        share_decay_seconds: the time over which usage fades; 0 stands for 600 seconds.
        compute_reservation: percent of the capacity kept for shares that are not active, to the power
            of the number of those that are.
        weights: share identifiers, or prefixes that end with `*`, each with its weight factor; a share
            with half the weight factor gets twice as much. What is not listed has 1.0.
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
        #: The weight factors that were asked for: a policy can have 500 entries to look through.
        self._found_weights: dict[str, float] = {}

    @property
    def window_ms(self) -> int:
        """The time over which usage fades, in milliseconds."""
        return (self.share_decay_seconds or LEAST_WINDOW_SECONDS) * 1000

    def weight_of(self, share: str) -> float:
        """Give the weight factor of a share; entries do not overlap (documented)."""
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
        """Give what active shares may use together of a capacity; the rest is kept for others."""
        if not self.compute_reservation or not active_shares:
            return capacity
        return capacity - int(capacity * (self.compute_reservation / 100) ** active_shares)


class ShareUsage:
    """What one share uses now, and has used: amount times milliseconds, faded."""

    __slots__ = ("_at_ms", "_used", "in_use")

    def __init__(self, at_ms: int) -> None:
        self.in_use = 0
        self._used = 0
        self._at_ms = at_ms

    def change(self, amount: int, at_ms: int, window_ms: int) -> None:
        """Add an amount to what is in use from an instant on, or with a minus sign take it away."""
        self._used = self.used(at_ms, window_ms)
        self._at_ms = at_ms
        self.in_use += amount

    def used(self, at_ms: int, window_ms: int) -> int:
        """
        Give what has been used up to an instant, older usage counting for less.

        What is in use all the time comes to its amount times the window. Whole numbers, so that the
        last digit of a floating point number decides nothing.
        """
        elapsed_ms = at_ms - self._at_ms
        if not elapsed_ms:
            return self._used
        fading = exp(-elapsed_ms / window_ms)
        return round(self._used * fading + self.in_use * window_ms * (1 - fading))

    def charged(self, at_ms: int, window_ms: int, ahead_ms: int) -> int:
        """Give what decides: what has been used, and what is in use now as if it stayed for a while."""
        return self.used(at_ms, window_ms) + self.in_use * ahead_ms


class ShareLedger:
    """What the shares of one queue use and have used."""

    __slots__ = ("_at_ms", "_given_back", "_in_use", "_spent", "_usages")

    def __init__(self) -> None:
        self._usages: dict[str, ShareUsage] = {}
        #: What all shares use since an instant; all that they had used until then, times milliseconds;
        #: and all that they have given back.
        self._in_use = 0
        self._at_ms = 0
        self._spent = 0
        self._given_back = 0

    def in_use(self, share: str) -> int:
        """Give the amount that a share uses now."""
        usage = self._usages.get(share)
        return 0 if usage is None else usage.in_use

    def all_in_use(self) -> dict[str, int]:
        """Give the amount that each share uses now, of those that use any."""
        return {share: usage.in_use for share, usage in self._usages.items() if usage.in_use}

    def take(self, share: str, amount: int, at_ms: int, policy: FairSharePolicy) -> None:
        """Note that a share uses so much more from an instant on."""
        usage = self._usages.get(share)
        if usage is None:
            usage = self._usages[share] = ShareUsage(at_ms)
        self._change(usage, amount, at_ms, policy)

    def give_back(self, share: str, amount: int, at_ms: int, policy: FairSharePolicy) -> None:
        """Note that a share, which took it before, uses so much less from an instant on."""
        self._change(self._usages[share], -amount, at_ms, policy)
        self._given_back += amount

    def _change(self, usage: ShareUsage, amount: int, at_ms: int, policy: FairSharePolicy) -> None:
        usage.change(amount, at_ms, policy.window_ms)
        self._spent += self._in_use * (at_ms - self._at_ms)
        self._at_ms = at_ms
        self._in_use += amount

    def ahead_ms(self, policy: FairSharePolicy) -> int:
        """
        Give for how long ahead what is in use is charged: as long as it was used so far, on the average.

        Were it charged for less, one share would get all of the room that jobs of several hours leave
        together. It is a minute at least, and the time over which usage fades at most.
        """
        usual_ms = self._spent // self._given_back if self._given_back else 0
        return max(min(usual_ms, policy.window_ms), LEAST_CHARGED_AHEAD_MS)

    def charge(self, share: str, amount: int, policy: FairSharePolicy) -> float:
        """Give by how much the weighted usage of a share grows when it starts to use an amount."""
        return amount * self.ahead_ms(policy) * policy.weight_of(share)

    def weighted_usage(self, share: str, at_ms: int, policy: FairSharePolicy) -> float:
        """Give the usage by which shares are compared: the least is the next."""
        return self.weigher(at_ms, policy)(share)

    def weigher(self, at_ms: int, policy: FairSharePolicy) -> Callable[[str], float]:
        """Give a function that gives the weighted usage of a share at an instant, for many shares."""
        usages, weight_of = self._usages, policy.weight_of
        window_ms, ahead_ms = policy.window_ms, self.ahead_ms(policy)

        def weigh(share: str) -> float:
            usage = usages.get(share)
            if usage is None:
                return 0.0
            return usage.charged(at_ms, window_ms, ahead_ms) * weight_of(share)

        return weigh

    def by_usage(self, shares: Iterable[str], at_ms: int, policy: FairSharePolicy) -> list[str]:
        """Give shares from the one whose turn it is on; of equal ones the first given comes first."""
        return sorted(shares, key=self.weigher(at_ms, policy))
