"""What messages about waits advise in more than one place."""

from __future__ import annotations

from typing import Final

#: How a function that runs as a job can wait for jobs.
SLEEP_IN_A_FUNCTION: Final = (
    'With mock_batch(advance="sleep") the function of call(function), without after=, runs in a thread of '
    "its own: its own time.sleep and asyncio.sleep move the clock, and its attempt lasts as long as it sleeps."
)
