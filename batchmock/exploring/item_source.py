"""Write a finding in a test of pytest as a plain test."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import iscoroutinefunction, unwrap
from textwrap import indent
from typing import Any, Final
from unittest import TestCase

from batchmock.exploring.adversities import Plan, literal
from batchmock.exploring.oracles import Verdict
from batchmock.exploring.source import (
    around,
    docstring,
    functions,
    import_lines,
    module_of,
    needed,
    option_imports,
    options_of,
    test_name,
)

_MOCK: Final = "batch_mock"
_PLAIN: Final = (str, bytes, int, float, bool, type(None))

_BY_FIXTURE: Final = """\
@pytest.fixture
def batch_mock(batch_mock):
{verbs}
    return batch_mock"""

_FOR_ANY_MOCK: Final = """\
@pytest.fixture
def batch_mock(monkeypatch):
    start = BatchMock.start
    mocks = []

    def start_disturbed(batch_mock):
        start(batch_mock)
        if not mocks:
            mocks.append(batch_mock)
{verbs}
        return batch_mock

    monkeypatch.setattr(BatchMock, "start", start_disturbed)
    return mocks"""


class ItemSource:
    """
    Writes plain tests that call a test of pytest, for a file in the same folder.

    Args:
        item: the test.
    """

    def __init__(self, item: Any) -> None:
        self._item = item
        self._module = module_of(item.obj) or item.module.__name__
        self._uses_fixture = _MOCK in item.fixturenames

    def file(self, plan: Plan, verdict: Verdict) -> str:
        """Return a whole file with one test, which breaks the rule of a verdict."""
        verbs = "\n".join(f"batch_mock.{item}" for item in plan)
        options, modules = self._options()
        names = [*functions(plan), *options_of(options)]
        if self._uses_fixture:
            prepared = _BY_FIXTURE.format(verbs=indent(verbs, " " * 4))
        else:
            prepared = _FOR_ANY_MOCK.format(verbs=indent(verbs, " " * 12))
            names.append("BatchMock")
        test, is_async = self._test(plan, verdict)
        modules += [f"import {self._module}", "import pytest", *needed(plan), *self._fixtures()]
        modules += ["import asyncio"] if is_async else []
        imports = import_lines(modules, names)
        if not names:
            imports = imports.rpartition("\n")[0]
        marker = f"@pytest.mark.batch_mock({options})\n" if options else ""
        return "\n".join(
            [
                docstring(plan, verdict),
                "",
                imports,
                "",
                "",
                prepared,
                "",
                "",
                f"{marker}{self._markers()}{test}",
                "",
            ]
        )

    def _test(self, plan: Plan, verdict: Verdict) -> tuple[str, bool]:
        """Return the source of the test itself, and whether it runs a coroutine."""
        kind = self._item.cls
        if kind is not None and issubclass(kind, TestCase):
            return self._test_case(kind, plan, verdict), False
        call, parameters, is_async = self._call()
        body = around(call, plan, verdict)
        if not self._uses_fixture and verdict.check:
            body = body.replace("\n\n", "\n\nbatch_mock = batch_mock[0]\n", 1)
        head = f"def {test_name(verdict)}({', '.join(parameters)}):"
        return f"{head}\n{indent(body, '    ')}", is_async

    def _test_case(self, kind: type[TestCase], plan: Plan, verdict: Verdict) -> str:
        """Return a subclass of a test case of unittest that runs the one test."""
        name = self._item.originalname or self._item.name
        others = [
            f"    {one} = None" for one in dir(kind) if one.startswith("test") and one != name
        ]
        body = around(f"super().{name}()", plan, verdict)
        if verdict.check:
            mock = "self.disturbed" if self._uses_fixture else "self.disturbed[0]"
            body = body.replace("\n\n", f"\n\nbatch_mock = {mock}\n", 1)
        lines = [
            f"class {test_name(verdict).title().replace('_', '')}({self._module}.{kind.__qualname__}):",
            *others,
            *([""] if others else []),
            "    @pytest.fixture(autouse=True)",
            "    def disturb(self, batch_mock):",
            "        self.disturbed = batch_mock",
            "",
            f"    def {name}(self):",
            indent(body, " " * 8),
        ]
        return "\n".join(lines)

    def _options(self) -> tuple[str, list[str]]:
        given: dict[str, object] = {}
        if self._uses_fixture:
            for marker in reversed(list(self._item.iter_markers(_MOCK))):
                given.update(marker.kwargs)
        text = ", ".join(f"{name}={literal(value)}" for name, value in given.items())
        return text, option_imports(given.values())

    def _markers(self) -> str:
        names = [name for mark in self._item.iter_markers("usefixtures") for name in mark.args]
        if not names:
            return ""
        return f"@pytest.mark.usefixtures({', '.join(map(literal, dict.fromkeys(names)))})\n"

    def _fixtures(self) -> Iterator[str]:
        """Yield the imports of the fixtures that the module of the test defines."""
        for name, definitions in self._item._fixtureinfo.name2fixturedefs.items():
            function = unwrap(definitions[-1].func)
            is_global = hasattr(self._item.module, getattr(function, "__name__", ""))
            if function.__module__ == self._item.module.__name__ and is_global and name != _MOCK:
                yield f"from {self._module} import {function.__name__}"

    def _call(self) -> tuple[str, list[str], bool]:
        """Return the source of the call, the parameters of the test around it, and whether it is awaited."""
        item = self._item
        name = item.originalname or item.name
        owner = f"{self._module}.{item.cls.__qualname__}()." if item.cls else f"{self._module}."
        values = getattr(getattr(item, "callspec", None), "params", {})
        arguments, parameters = [], [_MOCK]
        for argument in item._fixtureinfo.argnames:
            if argument in values and argument not in item._fixtureinfo.name2fixturedefs:
                arguments.append(f"{argument}={self._value(argument, values[argument])}")
            elif argument in values and isinstance(values[argument], _PLAIN):
                arguments.append(f"{argument}={literal(values[argument])}")
            elif argument in values:
                arguments.append(f"{argument}={self._value(argument, values[argument])}")
            else:
                parameters += [argument] if argument != _MOCK else []
                arguments.append(f"{argument}={argument}")
        call = f"{owner}{name}({', '.join(arguments)})"
        is_async = iscoroutinefunction(unwrap(item.obj))
        return f"asyncio.run({call})" if is_async else call, parameters, is_async

    def _value(self, argument: str, value: object) -> str:
        """Return the source of a parameter: itself if it is plain, otherwise where the test has it."""
        if isinstance(value, _PLAIN):
            return literal(value)
        owner = f"{self._item.cls.__qualname__}." if self._item.cls else ""
        test = f"{self._module}.{owner}{self._item.originalname}"
        marks = getattr(self._item.obj, "pytestmark", [])
        for place, mark in enumerate(marks):
            if mark.name != "parametrize":
                continue
            names = mark.args[0]
            names = (
                [one.strip() for one in names.split(",")] if isinstance(names, str) else [*names]
            )
            for row, values in enumerate(mark.args[1]):
                cells = [values] if len(names) == 1 else [*getattr(values, "values", values)]
                if argument in names and cells[names.index(argument)] is value:
                    column = "" if len(names) == 1 else f"[{names.index(argument)}]"
                    return f"{test}.pytestmark[{place}].args[1][{row}]{column}"
        return f"...  # {value!r}"
