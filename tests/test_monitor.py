from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from batchmock.monitor import Monitor


def in_a_thread(function: object, wait: float = 5) -> bool:
    """Run a function in a thread and return whether it finished in time."""
    thread = Thread(target=function, daemon=True)  # type: ignore[arg-type]
    thread.start()
    thread.join(wait)
    return not thread.is_alive()


def enter(monitor: Monitor) -> None:
    """Enter and leave."""
    with monitor:
        pass


@pytest.mark.parametrize("times", [1, 2, 5])
def test_open_for_others(times: int) -> None:
    """While the lock is open, another thread can enter, however often the first had entered."""
    monitor = Monitor()
    for _ in range(times):
        monitor.__enter__()
    assert not in_a_thread(lambda: enter(monitor), wait=0.02)
    with monitor.opened():
        assert in_a_thread(lambda: enter(monitor))
    assert not in_a_thread(lambda: enter(monitor), wait=0.02)
    for _ in range(times):
        monitor.__exit__()
    assert in_a_thread(lambda: enter(monitor))


def test_opening_without_having_entered() -> None:
    """Opening the lock without holding it is a no-op."""
    monitor = Monitor()
    with monitor.opened():
        enter(monitor)
    assert in_a_thread(lambda: enter(monitor))


def test_one_thread_moves_time() -> None:
    """Another thread that wants to move time waits, even while the first has opened the lock."""
    monitor = Monitor()
    order: list[str] = []
    started = Event()

    def second() -> None:
        started.set()
        with monitor.moving():
            order.append("second")

    with ThreadPoolExecutor() as pool:
        with monitor.moving(), monitor.opened():
            waiting = pool.submit(second)
            started.wait()
            order.append("first")
        waiting.result(timeout=5)
    assert order == ["first", "second"]


def test_moving_within_moving() -> None:
    """The thread that moves time may start a nested move, and keeps its turn until the outer block ends."""
    monitor = Monitor()
    with monitor.moving():
        with monitor.moving():
            assert monitor.is_mover
        assert monitor.is_mover
    assert not monitor.is_mover


def test_waiting_to_move_time_lets_others_in() -> None:
    """A thread that waits for its turn to move time releases the lock, though it had entered."""
    monitor = Monitor()
    has_entered = Event()

    def move() -> None:
        with monitor:
            has_entered.set()
            with monitor.moving():
                pass

    with ThreadPoolExecutor() as pool:
        with monitor.moving(), monitor.opened():
            waiting = pool.submit(move)
            has_entered.wait()
            assert in_a_thread(lambda: enter(monitor))
        waiting.result(timeout=5)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_free_after_an_error(error: type[BaseException]) -> None:
    """An error inside releases the lock and the turn to move time."""
    monitor = Monitor()
    with pytest.raises(error), monitor.moving(), monitor.opened():
        raise error
    assert in_a_thread(lambda: enter(monitor))
    with monitor.moving():
        assert monitor.is_mover
