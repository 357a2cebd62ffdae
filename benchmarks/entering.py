"""
Measure how long it takes to enter and leave a mock that replaces sleeps and clocks, in a large process.

A thousand modules are loaded besides. One in fifty has imported `sleep`, `time` and `datetime` by name, and one
in a hundred holds a sleep in an object. The floor is a mock that replaces nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import ModuleType

from measure import Effort, bounded, medians, print_table, seconds_of
from mocks import REGION

from batchmock import mock_batch

MODULES = 1_000
ROUNDS = 31
SLEEP_TARGET = 1e-3
FREEZE_TARGET = 3e-3

_SOURCE = """
def first(argument):
    return argument


def second(argument, other=None):
    return other or argument


class Settings:
    def __init__(self):
        self.names = ["a", "b"]
        self.pause = None


SETTINGS = Settings()
"""
_IMPORTS = """
from datetime import datetime
from time import sleep, time
"""


def load_modules(number: int) -> list[ModuleType]:
    """Load modules that hold clocks and sleeps like those of a program."""
    modules = []
    for index in range(number):
        module = ModuleType(f"of_a_program_{index}")
        source = _IMPORTS + _SOURCE if index % 50 == 0 else _SOURCE
        exec(compile(source, module.__name__, "exec"), module.__dict__)
        if index % 100 == 0:
            module.SETTINGS.pause = time.sleep
        sys.modules[module.__name__] = module
        modules.append(module)
    return modules


class NewHolder:
    """Holds a sleep, as a new client or session of botocore does."""

    def __init__(self) -> None:
        self.pause = time.sleep


def entering(**options: object) -> Callable[[], None]:
    """Return a function that enters and leaves a mock."""

    def enter_and_leave() -> None:
        with mock_batch(region=REGION, **options):
            pass

    return enter_and_leave


def run(effort: Effort) -> None:
    """Run the section."""
    number = effort.size(MODULES)
    modules = load_modules(number)
    works = [
        entering(),
        entering(advance="sleep", freeze=False),
        entering(freeze=True),
        entering(advance="sleep"),
    ]
    both = works[-1]
    first = seconds_of(both)

    def after_a_new_holder() -> None:
        modules[0].SETTINGS.pause = NewHolder()
        both()

    works.append(after_a_new_holder)
    rounds = effort.rounds_or(ROUNDS)
    plain, sleeps, freezes, all_replaced, with_a_new_one = medians(
        works, rounds=rounds, times=5, collects=True
    )
    rows = [
        bounded("nothing replaced", plain),
        bounded("sleeps", sleeps, SLEEP_TARGET),
        bounded("clocks", freezes, FREEZE_TARGET),
        bounded(
            'sleeps and clocks, the default under advance="sleep"', all_replaced, FREEZE_TARGET
        ),
        bounded("the same, with a new object that holds a sleep", with_a_new_one),
        bounded("the same, the first time in a process", first),
    ]
    print_table(
        f"entering: enter and leave a mock beside {number:,} modules; medians of {rounds} rounds",
        rows,
    )
    for module in modules:
        del sys.modules[module.__name__]
