"""What an exploration has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import indent
from typing import Final

from batchmock.exploring.adversities import Adversity
from batchmock.exploring.stacks import Place
from batchmock.nearest import counted

_MOST_ALSO: Final = 5


@dataclass(frozen=True)
class Finding:
    """
    A smallest set of adversities under which the code misbehaves.

    Args:
        kind: what happened, e.g. `waits for ever`, `submitted twice`, `crashed`, `left running`, `swallowed a
            failure`, `broke the test`, `never submitted`.
        adversities: what went wrong, in the order of the calls.
        error: what the code raised, of an exception group the most serious member; None if it raised nothing.
        words: what happened, in a sentence.
        place: the line that broke.
        timeline: the timeline of the run.
        test: the source of a plain test.
        page: an HTML page with the timeline, if asked for.
        also: other sets of adversities that break the same line.
    """

    kind: str
    adversities: tuple[Adversity, ...]
    error: BaseException | None
    words: str
    place: Place | None
    timeline: str
    test: str = field(repr=False, default="")
    page: str = field(repr=False, default="", compare=False)
    also: list[tuple[Adversity, ...]] = field(default_factory=list, compare=False)

    def as_test(self) -> str:
        """Return a whole file with one plain test, which fails without `explore`."""
        return self.test

    def __repr__(self) -> str:
        return f"<Finding {self.kind}: {', '.join(map(str, self.adversities))}>"

    def __str__(self) -> str:
        lines = [f"{self.kind}: {self.words}"]
        if self.place is not None:
            lines += [f"  at {self.place}", f"      {self.place.text}"]
        lines += [f"  when {item.words}" for item in self.adversities]
        for plan in self.also[:_MOST_ALSO]:
            lines.append(f"  also when {', and '.join(item.words for item in plan)}")
        more = len(self.also) - _MOST_ALSO
        if more > 0:
            lines.append(f"  and in {counted(more, 'other case')}")
        return "\n".join(
            [
                *lines,
                "",
                indent(self.timeline, "  "),
                *(f"  ! {item}" for item in self.adversities),
                "",
                "  A plain test that fails:",
                "",
                indent(self.as_test(), "    "),
            ]
        )


class Exploration:
    """
    The result of `explore`. `str()` tells all findings, and how far it got.

    Args:
        findings: what was found, the likeliest culprits first.
        runs: the number of runs of the code, the undisturbed ones included.
        seconds: how long they took, in real seconds.
        difference: where two undisturbed runs differ; empty if they are alike.
        levels: for one adversity, two and so on, how many sets were tried and how many there are.
        stopped: why it stopped before the end; empty if it did not.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        runs: int,
        seconds: float,
        difference: str = "",
        levels: Sequence[tuple[int, int]] = (),
        stopped: str = "",
    ) -> None:
        self.findings = list(findings)
        self.runs = runs
        self.seconds = seconds
        self.difference = difference
        self.levels = list(levels)
        self.stopped = stopped

    @property
    def is_deterministic(self) -> bool:
        """Whether two undisturbed runs were alike."""
        return not self.difference

    @property
    def heading(self) -> str:
        """How much was explored, and what was found, in one line."""
        if self.difference:
            return f"batchmock: the code is {self.difference}. Nothing was explored."
        count = counted(len(self.findings), "finding") if self.findings else "no findings"
        tried = ", ".join(_tried(*level, number) for number, level in enumerate(self.levels, 1))
        stopped = f"; {self.stopped}" if self.stopped else ""
        runs = counted(self.runs, "run")
        told = f"{tried or 'nothing to disturb'}{stopped}"
        return f"batchmock: {count} in {runs} and {self.seconds:.1f} s: {told}"

    def __repr__(self) -> str:
        return (
            f"<Exploration {counted(len(self.findings), 'finding')}, {counted(self.runs, 'run')}>"
        )

    def __str__(self) -> str:
        found = [f"{number}. {finding}" for number, finding in enumerate(self.findings, 1)]
        return "\n\n".join([self.heading, *found])


def _tried(tried: int, count: int, size: int) -> str:
    noun, plural = _SIZES.get(size, (f"set of {size}", f"sets of {size}"))
    if tried == count:
        return f"all {counted(count, noun, plural)}" if count != 1 else f"1 {noun}"
    return f"{tried:,} of {counted(count, noun, plural)}"


_SIZES: Final = {1: ("single", "singles"), 2: ("pair", "pairs"), 3: ("triple", "triples")}
