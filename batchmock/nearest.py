"""Suggestions for misspelt names, in messages to the author of a test."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def nearest(name: object, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names most similar to one, case and underscores aside, the most similar first."""
    from difflib import get_close_matches

    by_plain_name: dict[str, str] = {}
    for candidate in sorted(names, reverse=True):
        by_plain_name[_plain(candidate)] = candidate
    return [by_plain_name[plain] for plain in get_close_matches(_plain(name), by_plain_name, most)]


def _plain(name: object) -> str:
    return str(name).replace("_", "").replace("-", "").strip("*").lower()


def did_you_mean(name: object, names: Iterable[str]) -> str:
    """Return ` Did you mean 'name'?` for the most similar name, or nothing if none is similar."""
    found = nearest(name, names, most=1)
    return f" Did you mean {found[0]!r}?" if found else ""


def listed(names: Iterable[str], most: int = 10) -> str:
    """Return names in quotes, separated by commas, and how many more there are."""
    quoted = [repr(name) for name in dict.fromkeys(names)]
    more = f" and {len(quoted) - most:,} more" if len(quoted) > most else ""
    return ", ".join(quoted[:most]) + more


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun, in the singular or in the plural."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def suggests_parameters(function: Function) -> Function:
    """Decorate a function so that the error of a misspelt keyword argument suggests the right one."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            # One entry in the traceback is this frame: the call itself did not match the signature.
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            parameters = list(inspect.signature(function).parameters)
            raise _with_suggestion(error, call.__qualname__, kwargs, parameters) from None

    return cast("Function", call)


def _with_suggestion(
    error: TypeError, function: str, kwargs: dict[str, Any], parameters: Sequence[str]
) -> TypeError:
    known = [name for name in parameters if name != "self"]
    for name in kwargs:
        if name not in parameters:
            return TypeError(
                f"batchmock: {function}() has no parameter {name!r}.{did_you_mean(name, known)} "
                f"It has {', '.join(known)}."
            )
    return error
