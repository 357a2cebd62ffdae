"""What threads wait for, as their frames show it where the platform does not report their states."""

from __future__ import annotations

import gc
import queue
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from batchmock.walltime.threads.frame_snapshots import CHECKS_UNTIL_AT_REST, FrameSnapshots
from batchmock.walltime.threads.unfinished_work import UnfinishedWork
from batchmock.walltime.threads.waiting_frames import is_waiting


def frame_of(module: str, function: str, at: int = 0, **found: object) -> Any:
    """Return what looks like the innermost frame of a thread."""
    return SimpleNamespace(
        f_globals={"__name__": module},
        f_code=SimpleNamespace(co_name=function),
        f_locals=found,
        f_lasti=at,
        f_back=None,
    )


def test_a_wait_for_a_condition() -> None:
    """A thread waits for a condition from the moment on at which it can be notified, until it is."""
    condition, waiter = threading.Condition(), threading.Lock()
    begun = is_waiting(frame_of("threading", "wait", self=condition), ())
    condition._waiters.append(waiter)  # type: ignore[attr-defined]
    frame = frame_of("threading", "wait", self=condition, waiter=waiter)
    waits = is_waiting(frame, ())
    condition._waiters.remove(waiter)  # type: ignore[attr-defined]

    assert (begun, waits, is_waiting(frame, ())) == (False, True, False)


@pytest.mark.parametrize(
    "frame",
    [
        frame_of("threading", "wait", self=threading.Event()),
        frame_of("threading", "wait", self=threading.Barrier(2)),
        frame_of("threading", "acquire", self=threading.Semaphore()),
        frame_of("threading", "wait_for", self=threading.Condition()),
        frame_of("queue", "get", self=queue.Queue()),
        frame_of("queue", "put", self=queue.Queue(), item=1),
    ],
    ids=lambda frame: f"{type(frame.f_locals['self']).__name__}.{frame.f_code.co_name}",
)
def test_a_thread_on_its_way(frame: Any) -> None:
    """Whatever waits by a condition runs while it is in a function of its own: it may hold an item already."""
    assert not is_waiting(frame, ())


def test_a_worker_of_a_pool_that_shuts_down() -> None:
    """A worker waits until its pool shuts down, and then ends."""
    pool = ThreadPoolExecutor(1)
    frame = frame_of(
        "concurrent.futures.thread",
        "_worker",
        work_queue=queue.SimpleQueue(),
        executor_reference=weakref.ref(pool),
    )

    waits = is_waiting(frame, ())
    pool.shutdown()
    ends = not is_waiting(frame, ())
    del pool
    gc.collect()

    assert (waits, ends, is_waiting(frame, ())) == (True, True, False)


def test_a_lock_that_another_thread_releases() -> None:
    """A thread that is where it was for long may have been woken since another one moved."""
    snapshots = FrameSnapshots()
    waits, moves = frame_of("users", "take_turns"), frame_of("users", "work")

    def look() -> bool:
        snapshots.add({1: waits, 2: moves}, set(), (), None)
        return snapshots.is_at_rest(waits, ())

    before = [look() for _ in range(CHECKS_UNTIL_AT_REST + 2)]
    moves.f_lasti += 1
    after = [look() for _ in range(CHECKS_UNTIL_AT_REST + 1)]

    assert (before[-1], after[0], after[-2], after[-1]) == (True, False, False, True)


def test_a_sleeper_that_wakes_between_two_looks() -> None:
    """The same if a thread has woken from simulated sleep, or an item was handed to a pool."""
    snapshots, work = FrameSnapshots(), UnfinishedWork()
    frame = frame_of("threading", "_shutdown")

    def look(*asleep: int) -> bool:
        snapshots.add({1: frame, 2: frame, 3: frame}, {*asleep}, (), work.state())
        return snapshots.is_at_rest(frame, ())

    same = [look(2, 3), look(2, 3), look(2, 3)]
    woken = [look(2), look(2)]
    work.replacement(lambda *_: Future())(ThreadPoolExecutor(1), print)
    submitted = [look(2), look(2)]

    assert (same, woken, submitted) == ([False, True, True], [False, True], [False, True])


def test_an_item_is_handed_out_from_the_call_of_submit_on() -> None:
    """A worker may receive an item before `submit` returns."""
    work, states = UnfinishedWork(), []

    def real(executor: ThreadPoolExecutor, function: Any) -> Future[None]:
        states.append(work.state().is_handed_out)
        raise RuntimeError("cannot schedule new futures after shutdown")

    with pytest.raises(RuntimeError, match="after shutdown"):
        work.replacement(real)(ThreadPoolExecutor(1), print)

    assert [*states, work.state().is_handed_out] == [True, False]


def test_equal_states_of_work() -> None:
    """Two states are equal only if no item was submitted or completed in between."""
    work, future = UnfinishedWork(), Future[None]()
    states = [work.state()]
    work.replacement(lambda *_: future)(ThreadPoolExecutor(1), print)
    states += [work.state(), work.state()]
    future.set_result(None)
    states.append(work.state())

    assert states[1] == states[2]
    assert len(set(states)) == 3
