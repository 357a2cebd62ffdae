"""
Find where in memory threads wait for the lock of the interpreter, on Linux.

To the operating system, a thread that has work to do and waits for the interpreter's lock looks like one that
waits for another thread: both wait in `futex`. They differ in the address that they wait at.
"""

from __future__ import annotations

import ctypes
import os
import threading
from functools import cache
from typing import Final

#: The lock, its conditions and their mutexes are in one structure of fewer bytes than this.
_REACH: Final = 256
_TRIES: Final = 2000
_LENGTH: Final = 128


def is_interpreter_lock(address: bytes) -> bool:
    """Return whether a futex belongs to the interpreter's lock; its address is hexadecimal text."""
    known = interpreter_lock()
    return known is not None and abs(int(address, 16) - known) < _REACH


@cache
def interpreter_lock() -> int | None:
    """Return an address at which threads wait for the interpreter's lock; None if none was found."""
    stop: list[None] = []

    def spin() -> None:
        while not stop:
            pass

    thread = threading.Thread(target=spin, name="batchmock-interpreter-lock", daemon=True)
    thread.start()
    try:
        return _address_of_wait(thread.native_id)
    except (OSError, AttributeError, ValueError):
        return None
    finally:
        stop.append(None)
        thread.join()


def _address_of_wait(native_id: int | None) -> int | None:
    """Return the address of the futex at which a thread waits that can only wait for the interpreter's lock."""
    # PyDLL keeps the interpreter's lock during the call, unlike os.pread(): the other thread waits for it.
    pread = ctypes.PyDLL(None).pread
    pread.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long)
    pread.restype = ctypes.c_ssize_t
    report = ctypes.create_string_buffer(_LENGTH)
    file = os.open(f"/proc/self/task/{native_id}/syscall", os.O_RDONLY)
    try:
        for _ in range(_TRIES):
            length = pread(file, report, _LENGTH, 0)
            words = report.raw[: max(length, 0)].split()
            if len(words) > 1:
                return int(words[1], 16)
    finally:
        os.close(file)
    return None
