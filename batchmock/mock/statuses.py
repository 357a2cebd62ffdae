"""What a user may call a status."""

from __future__ import annotations

from batchmock.errors import BatchMockError


def check_status(status: str, possible: tuple[str, ...]) -> None:
    """
    Check that there is such a status.

    Raises:
        BatchMockError: there is none.
    """
    if status not in possible:
        raise BatchMockError(
            f"batchmock: {status!r} is no status for this. There are {', '.join(possible)}."
        )
