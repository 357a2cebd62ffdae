"""Random programs of threads, pools, loops and queues take the time that a sequential model predicts."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings, strategies

from batchmock import mock_batch

from ..builders import START_MS

lengths = strategies.lists(strategies.integers(1, 50), min_size=1, max_size=6)


class Program(NamedTuple):
    """Parts that run concurrently, each a list of consecutive sleeps in seconds."""

    threads: list[list[int]]
    pool: list[int]
    workers: int
    tasks: list[list[int]]
    handed_over: list[int]


programs = strategies.builds(
    Program,
    threads=strategies.lists(lengths, max_size=3),
    pool=lengths,
    workers=strategies.integers(1, 3),
    tasks=strategies.lists(lengths, max_size=3),
    handed_over=lengths,
)


def expected(program: Program) -> list[tuple[str, int]]:
    """Return when each part ends, computed sequentially."""
    free_at = [0] * program.workers
    for length in program.pool:
        worker = free_at.index(min(free_at))
        free_at[worker] += length
    return sorted(
        [
            *((f"thread {number}", sum(sleeps)) for number, sleeps in enumerate(program.threads)),
            ("pool", max(free_at)),
            *((f"task {number}", 2 * sum(sleeps)) for number, sleeps in enumerate(program.tasks)),
            ("consumer", 2 * sum(program.handed_over)),
        ]
    )


class Run:
    """One run of a program and what it observed."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.ended: list[tuple[str, float]] = []

    def note(self, name: str) -> None:
        """Record that a part has ended."""
        self.ended.append((name, time.time() - START_MS / 1000))

    def sleep_in_thread(self, number: int, sleeps: list[int]) -> None:
        """Sleep several times in a thread."""
        for length in sleeps:
            time.sleep(length)
        self.note(f"thread {number}")

    def hand_over(self) -> None:
        """Run a pool and wait for the results in order."""
        with ThreadPoolExecutor(self.program.workers) as pool:
            for future in [pool.submit(time.sleep, length) for length in self.program.pool]:
                future.result()
        self.note("pool")

    async def sleep_in_task(self, number: int, sleeps: list[int]) -> None:
        """Sleep alternately in a loop and in one of its threads."""
        for length in sleeps:
            await asyncio.wait_for(asyncio.sleep(length), 10_000)
            await asyncio.wait_for(asyncio.to_thread(time.sleep, length), 10_000)
        self.note(f"task {number}")

    async def run_tasks(self) -> None:
        """Run all tasks concurrently."""
        numbered = enumerate(self.program.tasks)
        await asyncio.gather(*(self.sleep_in_task(number, sleeps) for number, sleeps in numbered))

    def produce_and_consume(self) -> None:
        """Sleep, pass an item to another thread, and wait until that thread has slept too."""
        items: queue.Queue[int | None] = queue.Queue()

        def consume() -> None:
            while (length := items.get()) is not None:
                time.sleep(length)
                items.task_done()
            self.note("consumer")

        consumer = threading.Thread(target=consume)
        consumer.start()
        for length in self.program.handed_over:
            time.sleep(length)
            items.put(length)
            items.join()
        items.put(None)
        consumer.join()

    def __call__(self) -> list[tuple[str, float]]:
        """Run all parts concurrently and return when each ended."""
        numbered = enumerate(self.program.threads)
        threads = [
            *(threading.Thread(target=self.sleep_in_thread, args=each) for each in numbered),
            threading.Thread(target=self.hand_over),
            threading.Thread(target=lambda: asyncio.run(self.run_tasks())),
            threading.Thread(target=self.produce_and_consume),
        ]
        # Time stands still while this thread starts them.
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(self.ended)


@given(programs)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
def test_random_programs(program: Program) -> None:
    """Each part ends at the sum of its sleeps, whatever runs concurrently."""
    with mock_batch(region="us-east-1", advance="sleep", start=START_MS / 1000):
        assert Run(program)() == expected(program)
