from __future__ import annotations

import random
from typing import Any

from batchmock.simulation.time.agenda import Agenda


def happen(agenda: Agenda) -> list[Any]:
    """Run all entries in order; return their subjects with their instants."""
    happened = []
    while (moment := agenda.next()) is not None:
        happened += [(moment.due_ms, subject) for _, subject in moment]
    return happened


def take(agenda: Agenda) -> Any:
    """Return the action and the subject of the next entry."""
    moment = agenda.next()
    assert moment is not None
    return next(iter(moment))


def nothing(subject: object) -> None:
    """Do nothing, as the action of an entry."""


def test_by_instant() -> None:
    """Entries run in the order of their instants, whenever they were added."""
    agenda = Agenda()
    for due_ms in (30, 10, 20):
        agenda.add(due_ms, nothing, str(due_ms))
    assert happen(agenda) == [(10, "10"), (20, "20"), (30, "30")]


def test_by_arrival() -> None:
    """Entries of one instant run in the order in which they were added."""
    agenda = Agenda()
    for subject in "abcdefg":
        agenda.add(10, nothing, subject)
    assert [subject for _, subject in happen(agenda)] == list("abcdefg")


def test_action_and_subject() -> None:
    """A moment yields each action with its subject."""
    agenda = Agenda()
    agenda.add(10, nothing, "job")
    assert agenda.next_due_ms() == 10
    assert take(agenda) == (nothing, "job")


def test_empty() -> None:
    """Nothing is due on an empty agenda."""
    agenda = Agenda()
    assert agenda.next_due_ms() is None
    assert (len(agenda), bool(agenda)) == (0, False)


def test_cancel() -> None:
    """A cancelled entry does not run, and is not counted."""
    agenda = Agenda()
    agenda.add(10, nothing, "a")
    entry = agenda.add(20, nothing, "b")
    agenda.add(30, nothing, "c")
    agenda.cancel(entry)
    assert len(agenda) == 2
    assert happen(agenda) == [(10, "a"), (30, "c")]


def test_cancel_twice() -> None:
    """Cancelling an entry twice, or after it has run, is a no-op."""
    agenda = Agenda()
    happened, struck = agenda.add(10, nothing, "a"), agenda.add(20, nothing, "b")
    agenda.add(30, nothing, "c")
    take(agenda)
    for entry in (happened, struck, struck):
        agenda.cancel(entry)
    assert len(agenda) == 1
    assert happen(agenda) == [(30, "c")]


def test_instant_of_which_all_was_struck() -> None:
    """An instant without entries is skipped, and can be scheduled again."""
    agenda = Agenda()
    agenda.cancel(agenda.add(10, nothing, "a"))
    agenda.add(20, nothing, "b")
    assert agenda.next_due_ms() == 20
    agenda.add(10, nothing, "c")
    assert happen(agenda) == [(10, "c"), (20, "b")]


def test_added_meanwhile() -> None:
    """An entry added to the current instant runs at that instant, after the others."""
    agenda = Agenda()
    struck = [agenda.add(10, nothing, subject) for subject in "abc"][1]
    moment, happened = agenda.next(), []
    assert moment is not None
    for _, subject in moment:
        happened.append(subject)
        agenda.cancel(struck)
        if subject == "a":
            agenda.add(10, nothing, "d")
    assert happened == ["a", "c", "d"]
    assert (agenda.next(), bool(agenda)) == (None, False)


def test_an_entry_again() -> None:
    """An entry that has run can be scheduled again, after entries that were added before."""
    agenda = Agenda()
    entry = agenda.add(10, nothing, "a")
    assert take(agenda) == (nothing, "a")
    agenda.add(20, nothing, "b")
    moment = entry.moment = agenda.moments[20]
    entry.action = print
    moment.entries.append(entry)
    assert (entry.due_ms, len(agenda)) == (20, 2)
    assert take(agenda) == (nothing, "b")
    agenda.cancel(entry)
    assert len(agenda) == 0


def test_many_cancellations() -> None:
    """Cancelled entries do not accumulate, and the others keep their order."""
    agenda = Agenda()
    kept = []
    for number in range(10_000):
        entry = agenda.add(10_000 - number, nothing, number)
        if number % 100:
            agenda.cancel(entry)
        else:
            kept.append((10_000 - number, number))
        assert len(agenda.moments.instants) <= 2 * len(agenda) + 65
    assert happen(agenda) == sorted(kept)


def test_many_cancellations_at_one_instant() -> None:
    """Cancelled entries do not accumulate at one instant either."""
    agenda = Agenda()
    entries = [agenda.add(5, nothing, number) for number in range(10_000)]
    for number, entry in enumerate(entries):
        if number % 100:
            agenda.cancel(entry)
    (moment,) = agenda.moments.values()
    assert len(moment.entries) <= 2 * len(agenda) + 65
    assert happen(agenda) == [(5, number) for number in range(0, 10_000, 100)]


def test_against_a_sorted_list() -> None:
    """Whatever is added and cancelled, the remaining entries run in order."""
    chance = random.Random(0)
    agenda, expected = Agenda(), []
    for number in range(2000):
        due_ms = chance.randrange(50)
        entry = agenda.add(due_ms, nothing, number)
        if chance.random() < 0.6:
            agenda.cancel(entry)
        else:
            expected.append((due_ms, number))
    assert happen(agenda) == sorted(expected)


def test_last_of_an_instant() -> None:
    """An entry for the end of an instant runs after entries that are added to the instant later."""
    agenda = Agenda()
    agenda.add_last(5, nothing, "last")
    agenda.add(5, nothing, "first")
    agenda.cancel(agenda.add(5, nothing, "struck"))
    agenda.cancel(agenda.add_last(5, nothing, "struck"))
    agenda.add(6, nothing, "later")
    found = []
    while (moment := agenda.next()) is not None:
        is_last = moment.is_at_its_end
        found.append((moment.due_ms, is_last, take(agenda)[1]))
    assert found == [(5, False, "first"), (5, True, "last"), (6, False, "later")]
