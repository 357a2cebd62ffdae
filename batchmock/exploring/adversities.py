"""
Adversities: what can go wrong, as data.

An adversity is one call of a public method of `BatchMock`. A plan is a list of them, carried out as soon as the
mock has started, so that a test which writes the same calls out sees the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

import batchmock

#: The order in which adversities are tried: the likeliest culprits first.
LIKELY: Final = 0
POSSIBLE: Final = 1
REPEATED: Final = 2


class Made(NamedTuple):
    """A fault or an outcome: a function of `batchmock`, and its arguments."""

    function: str
    args: tuple[object, ...] = ()
    kwargs: tuple[tuple[str, object], ...] = ()

    def build(self) -> object:
        """Call the function."""
        return getattr(batchmock, self.function)(*self.args, **dict(self.kwargs))

    def __str__(self) -> str:
        return f"{self.function}({arguments(self.args, self.kwargs)})"


class Verb(NamedTuple):
    """A call of a method of `BatchMock`."""

    method: str
    args: tuple[object, ...] = ()
    kwargs: tuple[tuple[str, object], ...] = ()

    def apply(self, mock: object) -> None:
        """Call the method on a mock."""
        args = [item.build() if isinstance(item, Made) else item for item in self.args]
        getattr(mock, self.method)(*args, **dict(self.kwargs))

    def __str__(self) -> str:
        return f"{self.method}({arguments(self.args, self.kwargs)})"

    @property
    def functions(self) -> list[str]:
        """The functions of `batchmock` that its arguments call."""
        return [item.function for item in self.args if isinstance(item, Made)]


def arguments(args: Iterable[object], kwargs: Iterable[tuple[str, object]]) -> str:
    """Return the source of arguments."""
    return ", ".join([*map(literal, args), *(f"{name}={literal(value)}" for name, value in kwargs)])


def literal(value: object) -> str:
    """Return the source of a value, with strings in double quotes."""
    if isinstance(value, str) and value.isprintable():
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return str(value) if isinstance(value, Made) else repr(value)


@dataclass(frozen=True, order=True, repr=False)
class Adversity:
    """
    One thing that goes wrong at one point of a run.

    `str()` is the call that makes it happen. `tier` is its tier, and `words` what happens, in words.
    """

    likelihood: int
    order: int
    tier: str
    words: str
    verb: Verb = field(compare=False)
    #: The point at which it happens, by its meaning, to tell new points from known ones.
    point: tuple[object, ...] = field(compare=False, default=())
    #: The only rules by which it is judged; None for all.
    judged_for: frozenset[str] | None = field(compare=False, default=None)

    def __str__(self) -> str:
        return str(self.verb)

    def __repr__(self) -> str:
        return f"<Adversity {self.verb}>"

    @property
    def names(self) -> frozenset[str]:
        """The names under which `without` leaves it out: the method, and the fault or outcome."""
        return frozenset({self.verb.method, *self.verb.functions})

    @property
    def kills(self) -> bool:
        """Whether it kills the program, which then runs again."""
        return "program_killed" in self.verb.functions


#: The adversities of one run, in the order of their calls.
Plan: TypeAlias = Sequence[Adversity]


def tier_of(plan: Plan) -> str:
    """Return the tier whose rules apply to a run with all these adversities: the most lenient."""
    tiers = {item.tier for item in plan}
    return next((tier for tier in ("crashes", "deaths", "losses") if tier in tiers), "weather")
