"""
What it costs to keep events, logs, calls and the timeline: the same run with and without each.

The run submits jobs with tags, of which events tell, and lets them end. Without: no listener of the event
log, no record of calls, no lines in the scripts, no list of all transitions. A timeline, an event or a log
is only put together when asked for. Each run has a new mock; that a switch does switch off is checked.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Any

from measure import Effort, compared, print_table, seconds_alone
from mocks import provided, submit

from batchmock import succeed

ROUNDS = 9
JOBS = 2_000
TARGET = 1.15
TAGS = {"team": "imaging"}
LINES = tuple(f"epoch {number}: loss 0.{number}" for number in range(20))

#: What reaches into a mock to switch something off.
Switch = Callable[[Any], None]


def no_events(mock: Any) -> None:
    """Let nobody take note of moves for events."""
    mock._simulation.jobs.listeners.clear()


def no_calls(mock: Any) -> None:
    """Keep no record of calls; that they are polls is still noted."""
    mock._router()._on_call = lambda *_: None


def no_transitions(mock: Any) -> None:
    """Keep no list of all transitions; jobs have their own."""
    mock._simulation.transitions = deque(maxlen=0)


def no_logs(mock: Any) -> None:
    """Let jobs write nothing."""
    mock.script("*", succeed())


def seconds_to_live(jobs: int, *switches: Switch) -> float:
    """Give what it takes to submit jobs and let them end, with some things switched off."""
    with provided() as (mock, client):
        before = len(mock.calls)
        mock.script("*", succeed(logs=LINES))
        for switch in switches:
            switch(mock)

        def live() -> None:
            submit(client, jobs, tags=TAGS)
            while mock._simulation.step():
                pass

        seconds = seconds_alone(live)
        assert {job.status for job in mock.jobs} == {"SUCCEEDED"}
        assert bool(mock._events._beside) == (no_events not in switches)
        assert len(mock.calls) == (before if no_calls in switches else before + jobs)
        assert bool(mock.transitions) == (no_transitions not in switches)
        assert bool(mock.logs(mock.jobs[0].id)) == (no_logs not in switches)
        return seconds


def run(effort: Effort) -> None:
    """Measure and print."""
    rounds, jobs = effort.rounds_or(ROUNDS), effort.size(JOBS)
    everything = (no_events, no_calls, no_logs, no_transitions)
    without: dict[str, tuple[Switch, ...]] = {
        "events": (no_events,),
        "calls": (no_calls,),
        "logs": (no_logs,),
        "the list of transitions": (no_transitions,),
        "all of these": everything,
    }
    seconds_to_live(jobs)  # what is loaded with the first calls is nobody's
    gc.collect()
    whole: list[float] = []
    taken: dict[str, list[float]] = {name: [] for name in without}
    for _ in range(rounds):
        whole.append(seconds_to_live(jobs))
        for name, switches in without.items():
            taken[name].append(seconds_to_live(jobs, *switches))
    rows = [
        compared(name, median(seconds), median(whole), TARGET) for name, seconds in taken.items()
    ]
    print_table(
        f"keeping: {jobs:,} jobs, submitted and run; the floor is without; "
        f"medians of {rounds} rounds",
        rows,
    )
