"""The part of the simulation that trackers and their parts use."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from batchmock.scripts import Scripts
from batchmock.simulation.assumptions import Policies
from batchmock.simulation.identifiers import Identifiers
from batchmock.simulation.jobs.holds import Holds
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.time.agenda import Agenda
from batchmock.simulation.tracking.functions import FunctionRunner
from batchmock.simulation.tracking.visibility import Visibility


class World(Protocol):
    """The time, scripts, holds and policies of one mock. Durations and instants are whole milliseconds."""

    now_ms: int
    agenda: Agenda
    #: Increases whenever the state visible to clients may have changed.
    changes: int
    identifiers: Identifiers
    scripts: Scripts
    policies: Policies
    holds: Holds
    #: Every transition of every job and service job, oldest first.
    transitions: list[Transition]
    #: The default length of each stage, and of an unscripted run.
    stage_ms: int
    #: The time between SIGTERM and SIGKILL.
    stop_grace_ms: int
    #: How long a finished job stays visible.
    retention_ms: int
    #: Which jobs Describe and List show.
    visibility: Visibility
    #: Called at the end of the current entry of the agenda.
    afterwards: deque[Callable[[], None]]
    #: Runs a function of the test; see `FunctionRunner`.
    run_function: FunctionRunner
