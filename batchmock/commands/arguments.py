"""Arguments shared by several subcommands."""

from __future__ import annotations

from argparse import ArgumentTypeError


def parameter(text: str) -> tuple[str, str]:
    """Parse `NAME=VALUE`."""
    name, separator, value = text.partition("=")
    if not name or not separator:
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
