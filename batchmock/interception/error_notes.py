"""
Notes on the exceptions that botocore raises for refused requests.

Python 3.11 and pytest print the notes of an exception (`__notes__`) below its message, which remains that of
AWS.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ClientError

#: By request id, until botocore makes the exception from the reply.
_notes: Final[dict[str, tuple[str, ...]]] = {}
_original: Final[Callable[..., None]] = ClientError.__init__


def keep(request_id: str, notes: tuple[str, ...]) -> None:
    """Keep notes for the exception of a refused request."""
    if notes:
        _notes[request_id] = notes


def begin() -> None:
    """Patch botocore so that its exceptions carry their notes."""
    ClientError.__init__ = _with_notes


def end() -> None:
    """Restore botocore's exception."""
    _notes.clear()
    if ClientError.__init__ is _with_notes:
        ClientError.__init__ = _original


def _with_notes(
    error: Any, error_response: Any, operation_name: Any, *args: Any, **kwargs: Any
) -> None:
    _original(error, error_response, operation_name, *args, **kwargs)
    request_id = error_response.get("ResponseMetadata", {}).get("RequestId")
    notes = _notes.pop(request_id, ())
    if notes:
        # Python 3.10 has no add_note(), but pytest and users can still read the attribute.
        error.__notes__ = [*getattr(error, "__notes__", ()), *notes]
