"""The text of values in a template, and `AWS::NoValue`."""

from __future__ import annotations

from typing import Any, Final


class NoValue:
    """`AWS::NoValue`: its member is omitted, and in a text it is empty."""

    def __str__(self) -> str:
        return ""


NO_VALUE: Final = NoValue()


def text_of(value: Any) -> str:
    """Return a value as CloudFormation writes it in a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(text_of, value))
    return str(value)
