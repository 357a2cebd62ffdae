"""
Thread states reported by the operating system: running or blocked, and processor time.

A woken thread counts as running from that moment on, even before a processor or the interpreter's lock is free
for it. This makes the report exact where Python frames are not. Linux reports it in `/proc`.
"""

from __future__ import annotations

import os
import sys
from time import clock_gettime_ns
from typing import Final, Literal, NamedTuple

from batchmock.walltime.threads.interpreter_lock import InterpreterLock

#: The number of the system call `futex`, which waits for a lock, by machine.
_FUTEX: Final = {"x86_64": b"202", "aarch64": b"98", "riscv64": b"98", "ppc64le": b"221"}
#: The numbers of `epoll_wait` and `epoll_pwait`, in which event loops written in C wait for input.
_EPOLL: Final = {
    "x86_64": {b"232", b"281"},
    "aarch64": {b"22"},
    "riscv64": {b"22"},
    "ppc64le": {b"238", b"303"},
}
_RUNNING: Final = b"running"
_TASKS: Final = "/proc/self/task"
#: The positions of the two files of a thread.
_SYSCALL: Final = 0
_STAT: Final = 1


class ThreadState(NamedTuple):
    """The state of a thread and its processor time in nanoseconds."""

    kind: Literal["running", "lock", "input", "blocked"]
    used_ns: int


class ThreadStates:
    """The states of the threads of this process, as far as the platform reports them."""

    def __init__(self) -> None:
        self._futex = self.futex_number()
        self._epoll = _EPOLL.get(os.uname().machine, set()) if self._futex else set()
        self._interpreter_lock = InterpreterLock(self._futex or b"")
        self._files: dict[int, tuple[int, int]] = {}

    @staticmethod
    def futex_number() -> bytes | None:
        """Return the number of the system call `futex`; None where system calls are not reported."""
        return _FUTEX.get(os.uname().machine) if sys.platform == "linux" else None

    @property
    def are_reported(self) -> bool:
        """Whether the platform reports the states of threads."""
        return self._futex is not None

    def begin(self) -> None:
        """Find the interpreter's lock, for the first time in a process, before threads are watched."""
        if self.are_reported and not self._interpreter_lock.find():
            # A thread that is about to run could not be told from one that waits for another.
            self._futex = None

    def close(self) -> None:
        """Close the files of all threads."""
        while self._files:
            for file in self._files.popitem()[1]:
                os.close(file)

    def of(self, native_id: int | None) -> ThreadState | None:
        """Return the state of a thread; None if the platform does not report it, or it has ended."""
        if self._futex is None or native_id is None:
            return None
        try:
            report = self._read(native_id, _SYSCALL)
            number, *arguments = report.split(maxsplit=2)
            is_running = number == _RUNNING or (
                number == self._futex and self._interpreter_lock.is_waited_for_at(arguments[0])
            )
            # A thread that has been woken stays in its system call until its processor takes note of that. One
            # that waits for memory is about to run too.
            if not is_running and not _sleeps(self._read(native_id, _STAT)):
                is_running = True
            # The clock of a thread, as `pthread_getcpuclockid` builds it, but safe for one that has ended.
            used_ns = clock_gettime_ns((~native_id << 3) | 6)
        except OSError:
            self._forget(native_id)
            return None
        if is_running:
            return ThreadState("running", used_ns)
        if number == self._futex:
            return ThreadState("lock", used_ns)
        return ThreadState("input" if number in self._epoll else "blocked", used_ns)

    def _read(self, native_id: int, which: int) -> bytes:
        files = self._files.get(native_id)
        if files is not None:
            try:
                return os.pread(files[which], 64, 0)
            except OSError:
                # The id of an ended thread has been reused.
                self._forget(native_id)
        files = self._files[native_id] = _open(native_id)
        return os.pread(files[which], 64, 0)

    def _forget(self, native_id: int) -> None:
        for file in self._files.pop(native_id, ()):
            os.close(file)

    def native_ids(self) -> set[int]:
        """Return the native ids of all threads, including those that do not run Python."""
        return set() if self._futex is None else {int(name) for name in os.listdir(_TASKS)}

    def count(self) -> int:
        """Return the number of threads, including those that do not run Python."""
        return 0 if self._futex is None else os.stat(_TASKS).st_nlink

    def is_running(self, native_id: int) -> bool:
        """Return whether a thread runs or is about to, including while it begins or exits."""
        try:
            with open(f"{_TASKS}/{native_id}/stat", "rb") as file:
                report = file.read()
            if _state_in(report) in b"RD":
                return True
            # Without Python frames, it may still wait for the interpreter's lock, to begin or to end.
            with open(f"{_TASKS}/{native_id}/syscall", "rb") as file:
                number, *arguments = file.read().split(maxsplit=2)
        except OSError:
            return False
        return number == self._futex and self._interpreter_lock.is_waited_for_at(arguments[0])


def _open(native_id: int) -> tuple[int, int]:
    syscall = os.open(f"{_TASKS}/{native_id}/syscall", os.O_RDONLY)
    try:
        return syscall, os.open(f"{_TASKS}/{native_id}/stat", os.O_RDONLY)
    except OSError:
        os.close(syscall)
        raise


def _sleeps(stat: bytes) -> bool:
    """Return whether a thread waits until it is woken, and has not been woken."""
    return _state_in(stat) == b"S"


def _state_in(stat: bytes) -> bytes:
    return stat.rpartition(b") ")[2][:1]
