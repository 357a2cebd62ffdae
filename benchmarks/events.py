"""
Measure the cost of reading events, and of delivering them to a subscription.

The events are those of an array job that has ended, of which each child has several. Nothing is kept from one
reading to the next: each access builds the event from the records of the simulation.
"""

from __future__ import annotations

from collections import deque
from statistics import median

from measure import Effort, bounded, print_table, seconds_alone
from mocks import provided, submit

ARRAY = 10_000
ROUNDS = 3
#: The most that reading one event may take, in seconds.
EACH = 15e-6
#: The most that `matching()` may take for each event, if it selects the ends of jobs.
MATCHED = 10e-6


def reading_seconds(size: int, rounds: int) -> tuple[float, float]:
    """Return the seconds to read an event, and to look for the ends of jobs among the events."""
    with provided() as (mock, client):
        submit(client, 1, arrayProperties={"size": size})
        mock.run()
        events = len(mock.events)
        pattern = {"detail": {"status": ["SUCCEEDED"]}}
        read = [seconds_alone(lambda: deque(mock.events, maxlen=0)) for _ in range(rounds)]
        matched = [seconds_alone(lambda: mock.events.matching(pattern)) for _ in range(rounds)]
        assert len(mock.events.matching(pattern)) == size + 1
        return median(read) / events, median(matched) / events


def delivery_seconds(size: int) -> float:
    """Return the seconds from one event to the next while time moves and a function receives all of them."""
    with provided() as (mock, client):
        received: list[object] = []
        mock.subscribe(received.append)
        submit(client, 1, arrayProperties={"size": size})
        seconds = seconds_alone(mock.run)
        assert len(received) == len(mock.events)
        return seconds / len(received)


def run(effort: Effort) -> None:
    """Run the section."""
    rounds, size = effort.rounds_or(ROUNDS), effort.size(ARRAY)
    read, matched = reading_seconds(size, rounds)
    delivered = median(delivery_seconds(size) for _ in range(rounds))
    rows = [
        bounded("reading one", read, EACH),
        bounded("events.matching() of a status, for each event", matched, MATCHED),
        bounded("a transition with its delivery to a subscription", delivered),
    ]
    print_table(f"events: an array of {size:,}, medians of {rounds} rounds", rows)
