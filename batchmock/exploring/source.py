"""Write a finding as a plain test."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from textwrap import fill, indent
from typing import Any, Final

from batchmock.exploring.adversities import Plan, literal
from batchmock.exploring.inlined import inlined
from batchmock.exploring.kinds import SWALLOWED
from batchmock.exploring.oracles import Verdict

_WIDTH: Final = 96


class FunctionSource:
    """
    Writes plain tests of a function that takes a mock.

    Args:
        function: the function.
        options: the options of its mock.
        is_async: whether its result must be awaited.
    """

    def __init__(
        self, function: Callable[..., object], options: Mapping[str, Any], *, is_async: bool
    ) -> None:
        self._function = function
        self._options = options
        self._is_async = is_async

    def file(self, plan: Plan, verdict: Verdict) -> str:
        """Return a whole file with one test, which breaks the rule of a verdict."""
        definitions, name, imports = reference(self._function)
        call = f"{name}(batch_mock)"
        if self._is_async:
            call, imports = f"asyncio.run({call})", [*imports, "import asyncio"]
        options = ", ".join(f"{key}={option(value)}" for key, value in self._options.items())
        imports += option_imports(self._options.values())
        verbs = "\n".join(f"batch_mock.{item}" for item in plan)
        inner = indent(f"{verbs}\n\n{around(call, plan, verdict)}", "    ")
        body = f"with mock_batch({options}) as batch_mock:\n{inner}"
        return "\n".join(
            [
                docstring(plan, verdict),
                "",
                import_lines(
                    [*imports, *needed(plan)],
                    [*functions(plan), "mock_batch", *options_of(options)],
                ),
                *(["", "", definitions] if definitions else []),
                "",
                "",
                f"def {test_name(verdict)}():",
                indent(body, "    "),
                "",
            ]
        )


def around(call: str, plan: Plan, verdict: Verdict) -> str:
    """Return the source of the call with what a plain test checks."""
    check = f"\n\n{verdict.check}" if verdict.check else ""
    if verdict.kind == SWALLOWED:
        return (
            f"try:\n    {call}\nexcept Exception:\n    return\n"
            f"raise AssertionError({literal(verdict.words)})"
        )
    if any(item.kills for item in plan):
        return f"with contextlib.suppress(ProgramKilled):\n    {call}\n{call}  # run again{check}"
    return f"{call}{check}"


def needed(plan: Plan) -> list[str]:
    """Return the imports that `around` needs."""
    return ["import contextlib"] if any(item.kills for item in plan) else []


def functions(plan: Plan) -> list[str]:
    """Return the names of `batchmock` that the calls of a plan need."""
    names = [name for item in plan for name in item.verb.functions]
    return [*names, *(["ProgramKilled"] if any(item.kills for item in plan) else [])]


def options_of(options: str) -> list[str]:
    """Return the names of `batchmock` in the source of options."""
    return ["Policies"] if "Policies(" in options else []


def option(value: object) -> str:
    """Return the source of the value of an option."""
    return literal(value)


def option_imports(values: Iterable[object]) -> list[str]:
    """Return the imports that the source of options needs."""
    return ["import datetime"] if any("datetime." in repr(value) for value in values) else []


def import_lines(modules: Iterable[str], names: Iterable[str]) -> str:
    """Return sorted imports: of modules, and of names of `batchmock`."""
    standard = sorted({line for line in modules if line.split()[1].partition(".")[0] in _STANDARD})
    others = sorted({*modules} - {*standard})
    chosen = ", ".join(sorted({*names}, key=lambda name: (name[0].islower(), name)))
    ours = f"from batchmock import {chosen}"
    return "\n\n".join("\n".join(lines) for lines in (standard, [*others, ours]) if lines)


_STANDARD: Final = sys.stdlib_module_names


def docstring(plan: Plan, verdict: Verdict) -> str:
    """Return the docstring of a file: what happens, and when."""
    words = re.sub(r"\s+", " ", f"{verdict.kind}: {verdict.words}").replace("\\", "/")
    lines = [words, *(f"When {item.words}." for item in plan)]
    if verdict.place is not None:
        lines.append(f"At {verdict.place}.")
    text = "\n".join(fill(line.replace('"""', "'''"), _WIDTH) for line in lines)
    return f'"""\n{text}\n"""'


def test_name(verdict: Verdict) -> str:
    """Return the name of a test."""
    return f"test_{re.sub(r'[^a-z]+', '_', verdict.kind)}"


def reference(function: Callable[..., object]) -> tuple[str, str, list[str]]:
    """
    Return how a plain test refers to a function.

    Returns:
        Definitions to write above the test, if the function can't be imported; its name; the imports.
    """
    name = getattr(function, "__qualname__", "")
    module = module_of(function)
    if name and "<" not in name and module and _is_found(function, name):
        return "", f"{module}.{name}", [f"import {module}"]
    return inlined(function)


def module_of(function: object) -> str:
    """Return the name under which the module of a function can be imported."""
    name = str(getattr(function, "__module__", "") or "")
    if name != "__main__":
        return name
    file = getattr(sys.modules["__main__"], "__file__", None)
    return Path(file).stem if file else ""


def _is_found(function: Callable[..., object], name: str) -> bool:
    """Return whether the module of a function has it under its name."""
    found: Any = sys.modules.get(str(function.__module__))
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is not None and found == function
