"""
The region of clients where the environment has lost it.

A test may clear the environment inside a mock, as `mock.patch.dict(os.environ, clear=True)` does. The region of
the mock is then that of sessions and clients for which nothing else names one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from botocore.session import Session

_original: Final[Callable[..., Any]] = Session.get_config_variable


class MissingRegion:
    """
    A patch of botocore's sessions.

    Args:
        region: returns the region of the mock that answers.
    """

    def __init__(self, region: Callable[[], str | None]) -> None:
        def get_config_variable(session: Any, logical_name: str, *args: Any, **kwargs: Any) -> Any:
            found = _original(session, logical_name, *args, **kwargs)
            return region() if found is None and logical_name == "region" else found

        self._replacement = get_config_variable

    def begin(self) -> None:
        """Patch sessions."""
        Session.get_config_variable = self._replacement

    def end(self) -> None:
        """Restore sessions."""
        if Session.get_config_variable is self._replacement:
            Session.get_config_variable = _original
