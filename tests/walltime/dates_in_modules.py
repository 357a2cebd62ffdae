"""
Modules that come to hold `datetime` or `date`, in any way, have a simulated one in the next mock.

`test_remembered_places` runs these tests in a process of their own, because each mock reads all modules.
"""

from __future__ import annotations

import datetime
import importlib
import itertools
import random
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from batchmock import mock_batch
from batchmock.walltime.patching.versions import readable_versions, show_changes

START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
REAL = (datetime.datetime, datetime.date)
SOURCE = """
kind = None

def take(value):
    global kind
    kind = value
"""


@pytest.fixture(params=["versions", "no versions"], autouse=True)
def versions(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with the versions of dicts, if this Python has any, and without."""
    if request.param == "no versions":
        name = "batchmock.walltime.patching.classes_in_modules.readable_versions"
        monkeypatch.setattr(name, lambda: None)


class Strict(types.ModuleType):
    """A module with attributes of its own."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(name)


@pytest.fixture
def module() -> Iterator[Any]:
    """Return a module that two mocks have seen without a class of dates."""
    yield from _seen(types.ModuleType("module_of_dates"))


def _seen(module: Any) -> Iterator[Any]:
    exec(SOURCE, vars(module))
    sys.modules[module.__name__] = module
    for _ in range(2):
        _enter_and_leave()
    yield module
    del sys.modules[module.__name__]


def _enter_and_leave() -> None:
    with mock_batch(region="us-east-1", freeze=True):
        pass


def _is_simulated(kind: Any) -> bool:
    # The real classes may read the simulated `time.time` for `today`.
    is_real = any(kind is each for each in REAL)
    return not is_real and bool(kind.today().isoformat()[:10] == "2026-01-02")


def _by_attribute(module: Any, kind: Any) -> None:
    module.kind = kind


def _by_item(module: Any, kind: Any) -> None:
    vars(module)["kind"] = kind


def _by_new_item(module: Any, kind: Any) -> None:
    del module.kind
    vars(module)["kind"] = kind


def _by_default(module: Any, kind: Any) -> None:
    del vars(module)["kind"]
    vars(module).setdefault("kind", kind)


def _by_update(module: Any, kind: Any) -> None:
    vars(module).update(kind=kind)


def _by_union(module: Any, kind: Any) -> None:
    attributes = vars(module)
    attributes |= {"kind": kind}


def _by_clearing(module: Any, kind: Any) -> None:
    before = dict(vars(module))
    vars(module).clear()
    vars(module).update({**before, "kind": kind})


def _by_popping(module: Any, kind: Any) -> None:
    vars(module)["other"] = kind
    vars(module)["kind"] = vars(module).pop("other")


def _by_execution(module: Any, kind: Any) -> None:
    exec("kind = other", vars(module), {"other": kind})
    exec("from datetime import date, datetime", vars(module))
    module.kind = kind


def _by_a_global_statement(module: Any, kind: Any) -> None:
    # What runs often may be specialized.
    for _ in range(100):
        module.take(None)
    module.take(kind)


def _in_a_loop(module: Any, kind: Any) -> None:
    for each in [*[None] * 1_000, kind]:
        module.kind = each


def _in_a_thread(module: Any, kind: Any) -> None:
    thread = threading.Thread(target=module.take, args=(kind,))
    thread.start()
    thread.join()


def _by_a_patch(module: Any, kind: Any) -> None:
    module.kind = kind
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "kind", None)
        _enter_and_leave()


WAYS: list[Callable[[Any, Any], None]] = [
    _by_attribute,
    _by_item,
    _by_new_item,
    _by_default,
    _by_update,
    _by_union,
    _by_clearing,
    _by_popping,
    _by_execution,
    _by_a_global_statement,
    _in_a_loop,
    _in_a_thread,
    _by_a_patch,
]


@pytest.mark.parametrize("take", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_a_class_that_a_module_takes(module: Any, take: Callable[[Any, Any], None]) -> None:
    """A module that takes a class after mocks have seen it without one has a simulated class."""
    for kind in (datetime.datetime, datetime.date):
        take(module, kind)
        for _ in range(2):
            with mock_batch(region="us-east-1", freeze=True, start=START):
                assert _is_simulated(module.kind)
            assert module.kind is kind
        module.kind = None
        _enter_and_leave()


def test_a_class_that_a_module_takes_during_a_mock(module: Any) -> None:
    """A class that was put aside before a mock and taken during it is simulated in the next one."""
    put_aside = [datetime.datetime]
    with mock_batch(region="us-east-1", freeze=True):
        module.kind = put_aside[0]
    with mock_batch(region="us-east-1", freeze=True, start=START):
        assert _is_simulated(module.kind)
    assert module.kind is put_aside[0]


def test_a_class_that_a_module_takes_under_the_other_kind_of_mock(module: Any) -> None:
    """So is one that a module took during a mock that does not freeze time."""
    with mock_batch(region="us-east-1", advance="sleep", freeze=False):
        module.kind = datetime.datetime
    with mock_batch(region="us-east-1", freeze=True, start=START):
        assert _is_simulated(module.kind)


@pytest.mark.parametrize("changes", [1, 2, 20])
def test_a_module_in_the_place_of_another(module: Any, changes: int) -> None:
    """A module that takes the name, and perhaps the memory, of another has a simulated class."""
    for _ in range(changes):
        name = module.__name__
        del sys.modules[name], module
        module = types.ModuleType(name)
        exec(SOURCE, vars(module))
        module.kind = datetime.datetime
        sys.modules[name] = module
        with mock_batch(region="us-east-1", freeze=True, start=START):
            assert _is_simulated(module.kind)


def test_a_module_under_a_second_name(module: Any) -> None:
    """A module that is there twice has a simulated class under both names, and gets the real one back."""
    sys.modules["second_name_of_dates"] = module
    _enter_and_leave()
    module.kind = datetime.date
    with mock_batch(region="us-east-1", freeze=True, start=START):
        assert _is_simulated(module.kind)
    assert module.kind is datetime.date
    del sys.modules["second_name_of_dates"]


def test_a_module_that_was_away(module: Any) -> None:
    """A module that was not in `sys.modules` as it took a class, and is there again, has a simulated one."""
    del sys.modules[module.__name__]
    _enter_and_leave()
    module.kind = datetime.datetime
    _enter_and_leave()
    sys.modules[module.__name__] = module
    with mock_batch(region="us-east-1", freeze=True, start=START):
        assert _is_simulated(module.kind)


def test_a_module_that_is_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So has a module that is loaded again after its file has changed."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    file = tmp_path / "reloaded_module_of_dates.py"
    file.write_text("kind = None")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("reloaded_module_of_dates")
    _enter_and_leave()
    file.write_text("from datetime import datetime as kind")
    importlib.reload(module)
    with mock_batch(region="us-east-1", freeze=True, start=START):
        assert _is_simulated(module.kind)
    del sys.modules["reloaded_module_of_dates"]


def test_a_module_of_a_class_that_refuses() -> None:
    """A module whose class refuses changes has a simulated class too."""
    for module in _seen(Strict("strict_module_of_dates")):
        vars(module)["kind"] = datetime.datetime
        with mock_batch(region="us-east-1", freeze=True, start=START):
            assert _is_simulated(module.kind)


def test_an_object_in_the_place_of_a_module() -> None:
    """So has an object that is no module, whichever way it keeps its attributes."""

    class Settings:
        __name__ = "settings_of_dates"

        def __init__(self) -> None:
            self.kind: Any = None

    settings = Settings()
    sys.modules["settings_of_dates"] = settings  # type: ignore[assignment]
    for _ in range(20):
        settings.kind = None
        _enter_and_leave()
        settings.kind = datetime.datetime
        with mock_batch(region="us-east-1", freeze=True, start=START):
            assert _is_simulated(settings.kind)
    del sys.modules["settings_of_dates"]


@pytest.mark.parametrize("seed", range(3))
def test_random_changes(seed: int) -> None:
    """Modules that take, drop and swap classes in random ways between mocks have simulated classes."""
    chance = random.Random(seed)
    names = [f"random_module_of_dates_{index}" for index in range(12)]
    for name in names:
        sys.modules[name] = types.ModuleType(name)
        exec(SOURCE, vars(sys.modules[name]))
    for _ in range(40):
        for name in chance.sample(names, chance.randrange(4)):
            kind = chance.choice([None, None, datetime.datetime, datetime.date])
            chance.choice(WAYS)(sys.modules[name], kind)
        with mock_batch(region="us-east-1", freeze=True, start=START):
            held = [vars(sys.modules[name])["kind"] for name in names]
            assert [kind for kind in held if kind is not None and not _is_simulated(kind)] == []
        held = [vars(sys.modules[name])["kind"] for name in names]
        assert {*held} <= {None, datetime.datetime, datetime.date}
    for name in names:
        del sys.modules[name]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="dicts have no versions")
def test_this_python_has_versions() -> None:
    """Up to Python 3.13, only modules that have changed are read again."""
    assert readable_versions() is not None


def test_numbers_that_are_no_versions() -> None:
    """Numbers that stay as a dict changes, or that change without it, are not taken for versions."""
    numbers = itertools.count()
    assert not show_changes(lambda dicts: [0 for _ in dicts])
    assert not show_changes(lambda dicts: [len(each) for each in dicts])
    assert not show_changes(lambda dicts: [next(numbers) for _ in dicts])
