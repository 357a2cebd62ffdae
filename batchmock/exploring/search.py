"""Search: every single adversity, then pairs with points that only a first one makes, then deeper."""

from __future__ import annotations

from collections.abc import Container, Iterator

from batchmock.exploring.adversities import Adversity, Plan, tier_of
from batchmock.exploring.findings import Exploration, Finding
from batchmock.exploring.groups import has_raised
from batchmock.exploring.kinds import LEFT_RUNNING, RAISED
from batchmock.exploring.oracles import Verdict
from batchmock.exploring.runner import Attempt, Runner
from batchmock.exploring.settings import Settings
from batchmock.exploring.stacks import Place
from batchmock.exploring.tiers import adversities
from batchmock.exploring.traces import Trace, difference
from batchmock.nearest import counted
from batchmock.observe.started import STARTED
from batchmock.walltime import real


class Search:
    """
    One exploration.

    Args:
        runner: runs the program.
        settings: what to explore, and for how long.
    """

    def __init__(self, runner: Runner, settings: Settings) -> None:
        self._runner = runner
        self._settings = settings
        self._began = real.monotonic()
        self._findings: dict[tuple[str, str, int], Finding] = {}
        self._levels: list[tuple[int, int]] = []
        self._stopped = ""
        self._notes: list[str] = []

    def explore(self, undisturbed: Trace | None = None) -> Exploration:
        """
        Explore, and return what was found.

        Args:
            undisturbed: the trace of an undisturbed run that has been made already.

        Raises:
            BaseException: whatever the undisturbed program raises.
        """
        if undisturbed is None:
            undisturbed = self._runner.undisturbed()
        else:
            self._runner.adopt(undisturbed)
        # The runs are not those of a test that calls `explore`, and would fill its report.
        if "crashes" in self._settings.tiers and not self._runner.program.runs_again:
            self._notes.append("no crashes, which need the mock of the fixture batch_mock")
        with STARTED.keep_track(), self._runner.steadily():
            unlike = self._unlike(undisturbed)
            if not unlike:
                self._search(undisturbed)
        return Exploration(
            list(self._findings.values()),
            self._runner.runs,
            real.monotonic() - self._began,
            unlike,
            self._levels,
            "; ".join(filter(None, [*self._notes, self._stopped])),
        )

    def _unlike(self, undisturbed: Trace) -> str:
        """Return how a second undisturbed run differs from the first; empty if it does not."""
        try:
            second = self._runner.undisturbed()
        except BaseException as error:
            if has_raised(error, KeyboardInterrupt):
                raise
            return (
                f"not deterministic: the first undisturbed run passed, and the second raised {error!r}. "
                "Something keeps state between runs; fork=True isolates the state of modules"
            )
        found = difference(undisturbed, second)
        return "" if found is None else str(found)

    def _search(self, undisturbed: Trace) -> None:
        known = self._possible(undisturbed)
        points = {item.point for item in known}
        level: list[tuple[Adversity, ...]] = [(item,) for item in known]
        for _ in range(self._settings.depth):
            tried = 0
            following: list[tuple[Adversity, ...]] = []
            for plan in level:
                if self._is_over():
                    break
                tried += 1
                attempt = self._runner.attempt(plan, self._is_new)
                if attempt.verdict is not None:
                    self._keep(plan, attempt.verdict, attempt)
                else:
                    following += self._deeper(plan, attempt.trace, points)
            self._levels.append((tried, len(level)))
            level = following
            if self._stopped or not level:
                return

    def _possible(self, trace: Trace, known: Container[tuple[object, ...]] = ()) -> list[Adversity]:
        possible = adversities(trace, self._runner.boundary, self._settings.tiers, known)
        runs_again = self._runner.program.runs_again
        return [
            item
            for item in possible
            if not self._settings.leaves_out(item.names) and (runs_again or not item.kills)
        ]

    def _deeper(
        self, plan: tuple[Adversity, ...], trace: Trace, points: set[tuple[object, ...]]
    ) -> Iterator[tuple[Adversity, ...]]:
        """Yield the plan with one adversity more, at a point that it makes or moves."""
        if len(plan) >= self._settings.depth or any(item.judged_for for item in plan):
            return
        for item in self._possible(trace, points):
            if not item.judged_for and _go_together(plan, item):
                yield (*plan, item)

    def _is_over(self) -> bool:
        seconds, runs = self._settings.seconds, self._settings.runs
        if runs is not None and self._runner.runs >= runs:
            self._stopped = f"stopped after {counted(runs, 'run')}"
        elif real.monotonic() - self._began >= seconds:
            self._stopped = f"stopped after {seconds:g} s"
        return bool(self._stopped)

    def _is_new(self, verdict: Verdict) -> bool:
        return _key_of(verdict) not in self._findings

    def _keep(self, plan: tuple[Adversity, ...], verdict: Verdict, attempt: Attempt) -> None:
        """Keep a finding, unless a smaller or earlier one breaks the same line in the same way."""
        key = _key_of(verdict)
        found = self._findings.get(key)
        if found is not None:
            found.also.append(plan)
            return
        test = self._runner.program.source().file(plan, verdict)
        self._findings[key] = Finding(
            verdict.kind,
            plan,
            verdict.error,
            verdict.words,
            verdict.place,
            attempt.picture,
            test,
            attempt.page,
        )


def _key_of(verdict: Verdict) -> tuple[str, str, int]:
    """Return what the attempts of one finding have in common: the rule and the line."""
    place = verdict.place or Place("", 0, "", "test")
    # A watcher that dies is one bug, whether or not its jobs had ended by then.
    kind = LEFT_RUNNING if verdict.kind == RAISED else verdict.kind
    return kind, place.file, place.line


def _go_together(plan: Plan, item: Adversity) -> bool:
    """
    Return whether two adversities may happen in one run.

    By the time that a client misses a lost reply, or that a killed program runs again, its job is shown. The
    rules of a tier apply to the whole run, so that nothing else happens beside the end of a program.
    """
    names = {name for other in plan for name in other.names}
    if "lag" in item.names and not names.isdisjoint({"lost_reply", "program_killed"}):
        return False
    return tier_of(plan) != "crashes" and not item.kills
