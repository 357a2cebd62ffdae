from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from batchmock.walltime.threads.interpreter_lock import InterpreterLock
from batchmock.walltime.threads.thread_states import ThreadStates

REPORTED = pytest.mark.skipif(
    not ThreadStates().are_reported, reason="the platform does not report the states of threads"
)


@pytest.fixture
def loaded_machine() -> Iterator[None]:
    """Keep every processor busy with several processes."""
    spin = [sys.executable, "-S", "-c", "while True: pass"]
    processes = [subprocess.Popen(spin) for _ in range(3 * (os.cpu_count() or 1))]
    yield
    for process in processes:
        process.kill()
        process.wait()


@REPORTED
@pytest.mark.usefixtures("loaded_machine")
def test_the_interpreter_lock_is_found_on_a_loaded_machine() -> None:
    """Each search finds a thread that waits, however late that thread runs."""
    futex = ThreadStates.futex_number()
    assert futex is not None
    locks = [InterpreterLock(futex) for _ in range(30)]
    assert all(lock.find() for lock in locks)

    one_address = hex(locks[0].address or 0).encode()
    assert all(lock.is_waited_for_at(one_address) for lock in locks)


@REPORTED
def test_an_interrupted_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that is interrupted as its thread starts leaves no thread behind that spins."""
    started, wait = [], threading.Event.wait

    def interrupt(self: threading.Event, timeout: float | None = None) -> bool:
        wait(self, timeout)
        started.extend(each for each in threading.enumerate() if "interpreter-lock" in each.name)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Event, "wait", interrupt)
        with pytest.raises(KeyboardInterrupt):
            InterpreterLock(ThreadStates.futex_number() or b"").find()

    (thread,) = started
    thread.join(60)
    assert not thread.is_alive()


@REPORTED
def test_other_addresses_are_not_the_interpreter_lock() -> None:
    """Only addresses in the structure of the interpreter's lock belong to it."""
    lock = InterpreterLock(ThreadStates.futex_number() or b"")
    lock.find()
    address = lock.address or 0
    assert lock.is_waited_for_at(hex(address + 64).encode())
    assert not lock.is_waited_for_at(hex(address + 100_000).encode())


@REPORTED
def test_states_are_not_reported_without_the_interpreter_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the interpreter's lock is not found, thread states count as not reported."""
    monkeypatch.setattr(InterpreterLock, "find", lambda self: False)
    states = ThreadStates()
    states.begin()
    assert not states.are_reported
    assert states.of(threading.get_native_id()) is None


@REPORTED
def test_a_wait_for_another_thread_is_no_wait_for_the_interpreter() -> None:
    """A thread that waits for a lock of the program is reported as waiting, not as running."""
    lock = threading.Lock()
    with lock:
        thread = threading.Thread(target=lock.acquire, daemon=True)
        thread.start()
        states = ThreadStates()
        states.begin()
        state = states.of(thread.native_id)
        while state is not None and state.kind == "running":
            time.sleep(0.001)
            state = states.of(thread.native_id)
        assert state is not None
        assert state.kind == "lock"
        assert not states.is_running(thread.native_id or 0)
    thread.join()
    states.close()


def pread_without_release(file: int, length: int, offset: int) -> bytes:
    """Read as os.pread() does, without releasing the interpreter's lock meanwhile."""
    pread = ctypes.PyDLL(None).pread
    pread.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long)
    text = ctypes.create_string_buffer(length)
    read = pread(file, text, length, offset)
    return text.raw[:read]


@REPORTED
def test_a_thread_that_waits_for_the_interpreter_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread with work to do is running at each look, also while another one holds the interpreter."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            sum(range(1000))

    states = ThreadStates()
    states.begin()
    thread = threading.Thread(target=work)
    thread.start()
    monkeypatch.setattr(os, "pread", pread_without_release)
    kinds = {state.kind for _ in range(500) if (state := states.of(thread.native_id))}
    monkeypatch.undo()
    stop.set()
    thread.join()
    states.close()
    assert kinds == {"running"}
