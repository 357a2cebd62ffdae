"""The instants in the words of a finding, which differ between explorations unless they are relative."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Final

from batchmock.observe.times import elapsed

_INSTANT: Final = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?(?!\w)")


def relative(text: str, start: float | None) -> str:
    """
    Replace the instants of simulated time in a text by the time since the start.

    Args:
        text: what an error or a timeline tells.
        start: the first instant, in seconds since the epoch; None if the program has set it.
    """
    if start is None:
        return text
    start_ms = round(start * 1000)

    def since_start(found: re.Match[str]) -> str:
        instant = datetime.fromisoformat(found[0]).replace(tzinfo=timezone.utc)
        passed_ms = round(instant.timestamp() * 1000) - start_ms
        if passed_ms < 0:
            return found[0]
        return f"{elapsed(passed_ms)} after the start" if passed_ms else "the start"

    return _INSTANT.sub(since_start, text)
