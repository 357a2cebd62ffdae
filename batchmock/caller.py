"""Find the line of the code under test for a warning."""

from __future__ import annotations

import sys
from typing import Final

#: Modules whose frames lie between the code under test and a warning.
_NOT_THE_CALLERS: Final = frozenset(
    {"aiobotocore", "asyncio", "batchmock", "boto3", "botocore", "contextlib", "selectors"}
)


def depth_of_caller() -> int:
    """Return the `stacklevel` that makes a warning point to the code that called, slept, or ran a loop."""
    depth, frame = 0, sys._getframe(1)
    while frame.f_back is not None:
        depth += 1
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in _NOT_THE_CALLERS:
            break
        frame = frame.f_back
    return depth
