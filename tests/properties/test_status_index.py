"""Compare `StatusIndex` with a set that is sorted each time."""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from batchmock.simulation.placement.status_index import StatusIndex


class NumberedJob(NamedTuple):
    """The attributes of a job that the index uses."""

    sequence: int


class StatusIndexMachine(RuleBasedStateMachine):
    """Jobs join, leave and return, few or many between two listings."""

    def __init__(self) -> None:
        super().__init__()
        self.index: Any = StatusIndex()
        self.members: set[int] = set()
        self.submitted = 0

    @rule(times=st.integers(1, 99))
    def join_new(self, times: int) -> None:
        """Add jobs that were just submitted."""
        for _ in range(times):
            self.index.join(NumberedJob(self.submitted))
            self.members.add(self.submitted)
            self.submitted += 1

    @rule(times=st.integers(1, 5))
    def submit_elsewhere(self, times: int) -> None:
        """Submit jobs with another status, which may join later."""
        self.submitted += times

    @precondition(lambda self: self.submitted)
    @rule(number=st.integers(0, 500), times=st.integers(1, 99))
    def move(self, number: int, times: int) -> None:
        """Move jobs to or from another status, some of them twice in a row."""
        for each in range(number, number + times):
            sequence = each % self.submitted
            if sequence in self.members:
                self.index.leave(NumberedJob(sequence))
                self.members.remove(sequence)
            else:
                self.index.join(NumberedJob(sequence))
                self.members.add(sequence)

    @rule(before=st.none() | st.integers(0, 500), size=st.integers(0, 50))
    def list_page(self, before: int | None, size: int) -> None:
        """A page has the newest jobs that are older than the end of the previous page."""
        expected = sorted(each for each in self.members if before is None or each < before)[::-1]
        page = islice(self.index.newest_first(before), size)
        assert [job.sequence for job in page] == expected[:size]

    @rule()
    def list_all(self) -> None:
        """The complete list has each member once, newest first."""
        listed = [job.sequence for job in self.index.newest_first()]
        assert listed == sorted(self.members, reverse=True)

    @invariant()
    def counts(self) -> None:
        """The index has the right number of jobs."""
        assert len(self.index) == len(self.members)


TestStatusIndexMachine = StatusIndexMachine.TestCase
TestStatusIndexMachine.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, derandomize=True, database=None
)
