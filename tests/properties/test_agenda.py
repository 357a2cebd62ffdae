"""Compare `Agenda` with a list that is sorted each time."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from batchmock.simulation.time.agenda import Agenda, Entry


def _first(_: object) -> None:
    raise AssertionError("the agenda itself calls nothing")


def _second(_: object) -> None:
    raise AssertionError("the agenda itself calls nothing")


class AgendaMachine(RuleBasedStateMachine):
    """Add, cancel and take entries in any order, many at once, so that cancelled entries are removed."""

    def __init__(self) -> None:
        super().__init__()
        self.agenda = Agenda()
        self.entries: list[Entry] = []
        #: The pending actions by the number of their entry: (due, number), action.
        self.expected: dict[int, tuple[tuple[int, int], object]] = {}

    @rule(
        due_ms=st.integers(0, 5),
        action=st.sampled_from([_first, _second]),
        times=st.integers(1, 99),
    )
    def add(self, due_ms: int, action: object, times: int) -> None:
        """Plan several entries for one instant."""
        for _ in range(times):
            number = len(self.entries)
            entry = self.agenda.add(due_ms, action, number)  # type: ignore[arg-type]
            assert entry.due_ms == due_ms
            self.entries.append(entry)
            self.expected[number] = ((due_ms, number), action)

    @precondition(lambda self: self.entries)
    @rule(first=st.integers(0, 500), times=st.integers(1, 99), stride=st.integers(1, 7))
    def cancel(self, first: int, times: int, stride: int) -> None:
        """Cancel entries, including those that were cancelled or have happened."""
        for index in range(first, first + times * stride, stride):
            number = index % len(self.entries)
            self.agenda.cancel(self.entries[number])
            self.expected.pop(number, None)

    @rule(times=st.integers(1, 20))
    def take(self, times: int) -> None:
        """Entries are taken in the order of their due times, and then of their addition."""
        for _ in range(min(times, len(self.expected))):
            (due_ms, number), action = min(self.expected.values(), key=lambda item: item[0])
            moment = self.agenda.next()
            assert moment is not None
            assert moment.due_ms == due_ms
            assert next(iter(moment)) == (action, number)
            del self.expected[number]

    @invariant()
    def tells_what_is_next(self) -> None:
        """The agenda has the right number of entries and the right next due time."""
        assert len(self.agenda) == len(self.expected)
        assert bool(self.agenda) == bool(self.expected)
        first = min((key for key, _ in self.expected.values()), default=(None, 0))
        assert self.agenda.next_due_ms() == first[0]


TestAgendaMachine = AgendaMachine.TestCase
TestAgendaMachine.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, derandomize=True, database=None
)
