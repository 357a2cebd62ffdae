"""Text of a test or of the service, such as a status reason, in a form that terminals and XML can show."""

from __future__ import annotations

import re
from html import escape
from typing import Final

#: Control characters except tabs and line feeds, and code points that XML and UTF-8 do not have.
_HIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """Return text whose control characters and lone surrogates are escaped as in Python."""
    return _HIDDEN.sub(lambda found: ascii(found[0])[1:-1], text)


def markup(text: str) -> str:
    """Return text for the content or an attribute of an element in HTML or XML."""
    return escape(printable(text))
