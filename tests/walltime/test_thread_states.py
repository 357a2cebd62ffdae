from __future__ import annotations

import ctypes
import os
import threading
import time

import pytest

from batchmock.walltime.threads.interpreter_lock import interpreter_lock, is_interpreter_lock
from batchmock.walltime.threads.thread_states import ThreadStates

REPORTED = pytest.mark.skipif(
    not ThreadStates().are_reported, reason="the platform does not report the states of threads"
)


@REPORTED
def test_the_interpreter_lock_is_found() -> None:
    """Its address is known, and only addresses beside it belong to it."""
    address = interpreter_lock()
    assert address is not None
    assert is_interpreter_lock(hex(address).encode())
    assert is_interpreter_lock(hex(address + 64).encode())
    assert not is_interpreter_lock(hex(address + 100_000).encode())


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
