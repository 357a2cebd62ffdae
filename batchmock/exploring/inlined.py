"""Write out functions that can't be imported, such as lambdas and functions inside others."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import suppress
from inspect import getsource, ismodule, unwrap
from pathlib import Path
from textwrap import dedent
from types import CodeType, FunctionType
from typing import Any, Final

from batchmock.exploring.adversities import literal

#: The name of a function that has none.
_NAME: Final = "explored"
_PLAIN: Final = (str, bytes, int, float, bool, type(None), list, tuple, dict, set)


def inlined(function: Callable[..., object]) -> tuple[str, str, list[str]]:
    """
    Return the source of a function with what it refers to.

    Returns:
        The definitions, the name of the function, and the imports.
    """
    written = _Definitions()
    plain: Any = unwrap(function)
    if not isinstance(plain, FunctionType):
        return f"{_NAME} = ...  # {function!r}", _NAME, []
    name = _NAME if plain.__name__ == "<lambda>" else plain.__name__
    written.define(name, plain)
    return "\n\n".join(written.definitions), name, written.imports


class _Definitions:
    """The definitions of functions, in an order in which they can be carried out, and the imports."""

    def __init__(self) -> None:
        self.definitions: list[str] = []
        self.imports: list[str] = []
        self._names: set[str] = set()

    def define(self, name: str, function: FunctionType) -> None:
        """Write a function, after what it refers to."""
        self._names.add(name)
        for used, value in _used(function):
            if used not in self._names:
                self._names.add(used)
                self._refer(used, value)
        self.definitions.append(_source(name, function))

    def _refer(self, name: str, value: object) -> None:
        if ismodule(value):
            suffix = "" if value.__name__ == name else f" as {name}"
            self.imports.append(f"import {value.__name__}{suffix}")
            return
        module = str(getattr(value, "__module__", None) or "")
        original = str(getattr(value, "__qualname__", ""))
        if module and original.isidentifier():
            suffix = "" if original == name else f" as {name}"
            self.imports.append(f"from {module} import {original}{suffix}")
        elif isinstance(value, FunctionType):
            self.define(name, value)
        elif isinstance(value, _PLAIN):
            self.definitions.append(f"{name} = {literal(value)}")
        else:
            self.definitions.append(f"{name} = ...  # {type(value).__name__}; write it here")


def _used(function: FunctionType) -> Iterator[tuple[str, object]]:
    """Yield the names that a function takes from outside, with their values."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        with suppress(ValueError):  # not assigned yet
            yield name, cell.cell_contents
    for name in dict.fromkeys(_names(function.__code__)):
        if name in function.__globals__:
            yield name, function.__globals__[name]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for item in code.co_consts:
        if isinstance(item, CodeType):
            yield from _names(item)


def _source(name: str, function: FunctionType) -> str:
    try:
        if function.__name__ == "<lambda>":
            return f"{name} = {_lambda(function.__code__)}"
        return dedent(getsource(function)).rstrip()
    except (OSError, SyntaxError, TypeError):
        return f"{name} = ...  # the source of {function.__qualname__} was not found"


def _lambda(code: CodeType) -> str:
    text = Path(code.co_filename).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno:
            return ast.get_source_segment(text, node) or "..."
    raise OSError(f"no lambda in line {code.co_firstlineno} of {code.co_filename}")
