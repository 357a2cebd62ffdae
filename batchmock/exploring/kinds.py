"""The kinds of findings."""

from __future__ import annotations

from typing import Final

WAITS: Final = "waits for ever"
SUBMITTED_TWICE: Final = "submitted twice"
NEVER_SUBMITTED: Final = "never submitted"
CRASHED: Final = "crashed"
LEFT_RUNNING: Final = "left running"
SWALLOWED: Final = "swallowed a failure"
BROKE_THE_TEST: Final = "broke the test"
RAISED: Final = "raised an error"
IMPOLITE: Final = "impolite under throttling"

#: The kinds of what an error shows, the most serious first.
OF_ERRORS: Final = (WAITS, CRASHED, LEFT_RUNNING, BROKE_THE_TEST, RAISED)
