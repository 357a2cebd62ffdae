"""Names that are valid for every resource."""

from __future__ import annotations

import re
from collections.abc import Iterable

from batchmock.errors import BatchMockError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


def check_names(function: str, names: Iterable[str]) -> None:
    """
    Check the names of resources passed to a function.

    Raises:
        BatchMockError: AWS Batch would refuse a name.
    """
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BatchMockError(
                f"batchmock: {function}() got {name!r} as a name. Pass up to 128 letters, digits, hyphens "
                "and underscores."
            )
