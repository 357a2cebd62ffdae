"""
Measure the cost of recording events, logs, calls and transitions: the same run with and without each.

The run submits jobs with tags, which events contain, and runs them until they have ended. A run "without"
removes the listener of the event log, the record of calls, the lines in the scripts, or the list of all
transitions. Timelines, events and logs are created only on demand. Each run uses a new mock, and checks that
its switches have worked.
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

#: A function that disables a record in a mock, by its internals.
Switch = Callable[[Any], None]


def no_events(mock: Any) -> None:
    """Remove the listeners that record transitions for events."""
    mock._simulation.jobs.listeners.clear()


def no_calls(mock: Any) -> None:
    """Record no calls; polls are still detected."""
    mock._router()._on_call = lambda *_: None


def no_transitions(mock: Any) -> None:
    """Record no list of all transitions; jobs keep their own."""
    mock._simulation.transitions = deque(maxlen=0)


def no_logs(mock: Any) -> None:
    """Script jobs that write no lines."""
    mock.script("*", succeed())


def seconds_to_live(jobs: int, *switches: Switch) -> float:
    """Return the seconds to submit and run jobs with some records disabled."""
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
        assert bool(mock._events._states) == (no_events not in switches)
        assert len(mock.calls) == (before if no_calls in switches else before + jobs)
        assert bool(mock.transitions) == (no_transitions not in switches)
        assert bool(mock.logs(mock.jobs[0].id)) == (no_logs not in switches)
        return seconds


def run(effort: Effort) -> None:
    """Run the section."""
    rounds, jobs = effort.rounds_or(ROUNDS), effort.size(JOBS)
    everything = (no_events, no_calls, no_logs, no_transitions)
    without: dict[str, tuple[Switch, ...]] = {
        "events": (no_events,),
        "calls": (no_calls,),
        "logs": (no_logs,),
        "the list of transitions": (no_transitions,),
        "all of these": everything,
    }
    seconds_to_live(jobs)  # imports and caches of the first calls should not count
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
