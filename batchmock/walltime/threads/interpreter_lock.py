"""
Find where in memory threads wait for the lock of the interpreter, on Linux.

To the operating system, a thread that has work to do and waits for the interpreter's lock looks like one that
waits for another thread: both wait in `futex`. They differ in the address that they wait at.
"""

from __future__ import annotations

import ctypes
import os
import threading
from typing import Final

#: The lock, its conditions and their mutexes are in one structure of fewer bytes than this.
_REACH: Final = 256
#: Milliseconds until the search is given up; on a loaded machine a thread may not run for long.
_SEARCH_MS: Final = 10_000
_LENGTH: Final = 128


class InterpreterLock:
    """
    The address of the lock of the interpreter.

    Args:
        futex: the number of the system call `futex`, as `/proc` writes it.
    """

    def __init__(self, futex: bytes) -> None:
        self._futex = futex
        #: An address at which threads wait for the lock; None until it is found.
        self.address: int | None = None

    def find(self) -> bool:
        """Find the address, unless it is known; return whether it is known now."""
        if self.address is None:
            self.address = self._found()
        return self.address is not None

    def is_waited_for_at(self, address: bytes) -> bool:
        """Return whether a futex belongs to the interpreter's lock; its address is hexadecimal text."""
        return self.address is not None and abs(int(address, 16) - self.address) < _REACH

    def _found(self) -> int | None:
        stop: list[None] = []

        def spin() -> None:
            while not stop:
                pass

        thread = threading.Thread(target=spin, name="batchmock-interpreter-lock", daemon=True)
        try:
            # In the block: a thread whose start is interrupted has to be stopped too.
            thread.start()
            return self._address_of_wait(thread.native_id)
        except (OSError, AttributeError):
            # Such a platform is treated like one that does not report the states of threads.
            return None
        finally:
            stop.append(None)
            if thread.is_alive():
                thread.join()

    def _address_of_wait(self, native_id: int | None) -> int | None:
        """Return the address at which a thread waits that can only wait for the interpreter's lock."""
        # Unlike functions of `os`, PyDLL keeps the interpreter's lock during a call: the other thread waits.
        library = ctypes.PyDLL(None)
        library.pread.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long)
        library.pread.restype = ctypes.c_ssize_t
        report = ctypes.create_string_buffer(_LENGTH)
        file = os.open(f"/proc/self/task/{native_id}/syscall", os.O_RDONLY)
        try:
            for _ in range(_SEARCH_MS):
                length = library.pread(file, report, _LENGTH, 0)
                words = report.raw[: max(length, 0)].split()
                # A thread that waits for memory is not in a system call, or in another one.
                if words[:1] == [self._futex]:
                    return int(words[1], 16)
                # Keeping the lock, let the other thread run until it waits.
                library.poll(None, 0, 1)
        finally:
            os.close(file)
        return None
