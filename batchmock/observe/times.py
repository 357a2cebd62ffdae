"""Human-readable durations, and round times for the ticks of an axis."""

from __future__ import annotations

from typing import Final

#: The distances between the ticks of an axis: round numbers of milliseconds, up to a week.
_STEPS: Final = (
    *(digit * 10**power for power in range(3) for digit in (1, 2, 5)),
    *(seconds * 1000 for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * 60_000 for minutes in (1, 2, 5, 10, 15, 20, 30)),
    *(hours * 3_600_000 for hours in (1, 2, 3, 6, 12, 24, 48, 7 * 24)),
)


def elapsed(duration_ms: int) -> str:
    """Format a duration compactly: `1h58m40s`, `1.5s`, `0s`."""
    rest, milliseconds = divmod(duration_ms, 1000)
    rest, seconds = divmod(rest, 60)
    rest, minutes = divmod(rest, 60)
    days, hours = divmod(rest, 24)
    parts = [
        f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if count
    ]
    if seconds or milliseconds or not parts:
        fraction = f".{milliseconds:03}".rstrip("0") if milliseconds else ""
        parts.append(f"{seconds}{fraction}s")
    return "".join(parts)


def ticks(span_ms: int, least_share: float) -> range:
    """
    Return round times, in milliseconds, at equal distances from 0 up to the span.

    Args:
        span_ms: the length of the axis.
        least_share: the least distance of two ticks, as a share of the span.
    """
    least = int(span_ms * least_share) + 1
    step = next((step for step in _STEPS if step >= least), -(-least // _STEPS[-1]) * _STEPS[-1])
    return range(0, span_ms + 1, step)
