"""Names and signatures of functions that the test's author passes in."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Signature, signature


def name_of(function: Callable[..., object]) -> str:
    """Return the name of a function, or of the class of another callable."""
    return str(getattr(function, "__name__", type(function).__name__))


def signature_of(function: Callable[..., object]) -> Signature | None:
    """Return the signature of a function; None for a builtin that does not have one."""
    try:
        return signature(function)
    except (TypeError, ValueError):
        return None


def takes(parameters: Signature, count: int) -> bool:
    """Return whether a function can be called with some positional arguments."""
    try:
        parameters.bind(*range(count))
    except TypeError:
        return False
    return True
