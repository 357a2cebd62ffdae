"""
Determine whether all threads are at rest, so that simulated time may move.

A thread is at rest when it sleeps in simulated time, or waits for another thread that has not woken it.
A thread that runs, is about to run, or waits for an external event holds time.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
import warnings
from collections.abc import Collection, Mapping, Set
from types import FrameType
from typing import Final, NamedTuple

from batchmock.caller import depth_of_caller
from batchmock.errors import BatchMockWarning
from batchmock.walltime import real
from batchmock.walltime.threads.children import Children, have_process_pools_work
from batchmock.walltime.threads.frame_snapshots import FrameSnapshots
from batchmock.walltime.threads.pressure import starved_seconds
from batchmock.walltime.threads.thread_states import ThreadStates
from batchmock.walltime.threads.tools import (
    hands_on_items_of_a_pool,
    interruptible_thread,
    is_blocked_in_a_server,
    is_thread_of_a_server,
)
from batchmock.walltime.threads.unfinished_work import WorkState, unfinished_work
from batchmock.walltime.threads.waiting_frames import (
    is_in_a_selector,
    is_in_batchmock,
    is_paused,
)

#: Real seconds between two checks of the threads.
PAUSE: Final = 0.001
#: Real seconds between a check and its confirmation.
CONFIRMATION: Final = 0.0001
#: Limits on holding up time: real seconds for an external wait, seconds of processor time for a thread.
HOLD_SECONDS: Final = 5.0
#: Factor by which the limit grows at most on a loaded machine.
_LOADED: Final = 4
_SHOWN_FRAMES: Final = 4


class Busy(NamedTuple):
    """A thread that is not at rest: its activity, innermost frame and processor time."""

    thread: int
    what: str
    frame: FrameType | None
    used_ns: int


class Observer:
    """State kept about the threads of the process while a mock simulates sleeps."""

    def __init__(self) -> None:
        self.states = ThreadStates()
        self.children = Children(self.states)
        #: The processor time of threads when all of them were confirmed to be at rest.
        self.at_rest: dict[int, int] = {}
        #: Subjects of past warnings until they are at rest: threads by ident, and child processes.
        self.excused: set[int] = set()
        self.excused_children: set[int] = set()
        #: How often each thread has fallen asleep, by ident.
        self.times_asleep: dict[int, int] = {}
        #: Threads that were in an external wait before the test, and so are not part of it.
        self.blocked_before: dict[int, int] = {}
        self._natives_before: set[int] = set()
        #: The native id of the main thread by ident, in a forked process.
        self._forked: dict[int, int] = {}
        self._all_before: set[int] = set()
        self.count_before = 0

    def begin(self) -> None:
        """Record the threads and children that exist before the test."""
        self.states.begin()
        self.children.begin()
        self.count_before = self.states.count()
        self._all_before = self.states.native_ids()
        self._forked = {}
        main = threading.main_thread()
        if self._all_before and main.native_id not in self._all_before:
            # Python keeps the number that the thread had in the parent process.
            self._forked = {main.ident or 0: os.getpid()}
        natives = self.natives()
        self._natives_before = self._all_before - set(natives.values())
        for thread, native in natives.items():
            state = self.states.of(native)
            if state is not None and state.kind == "blocked":
                self.blocked_before[thread] = state.used_ns

    def note_asleep(self, thread: int) -> None:
        """Record that a thread has fallen asleep in simulated time: what it does next is something else."""
        self.times_asleep[thread] = self.times_asleep.get(thread, 0) + 1
        self.excused.discard(thread)

    def natives(self) -> dict[int, int | None]:
        """Return the native ids of the threads that run Python, by ident."""
        threads = threading.enumerate()
        natives = {each.ident: each.native_id for each in threads if each.ident is not None}
        return natives | self._forked

    def end(self) -> None:
        """Clear all state."""
        self.states.close()
        self.at_rest.clear()
        self.excused.clear()
        self.excused_children.clear()
        self.blocked_before.clear()
        self.times_asleep.clear()

    def other_running(self, known: Collection[int | None]) -> int | None:
        """Return a busy native thread that runs no Python code, or has stopped running it."""
        count, natives = self.states.count(), self.states.native_ids()
        for native in natives - self._natives_before:
            if native not in known and self.states.is_running(native):
                return native
        if natives <= self._all_before:
            # Some have ended, and none is new: nothing has to be looked at until their number changes again.
            self.count_before = count
        return None


class Lookout:
    """
    Checks the threads repeatedly until time may move.

    Args:
        observer: the state from earlier checks.
        is_patient: whether threads that run may hold time up for any time.
    """

    def __init__(self, observer: Observer, *, is_patient: bool = False) -> None:
        self._observer = observer
        self._is_patient = is_patient
        self._seen: dict[int, int] = {}
        self._asleep: frozenset[int] = frozenset()
        self._snapshots = FrameSnapshots()
        #: By thread: since when, its processor time then, and how often it had been asleep.
        self._busy_since: dict[int, tuple[float, int, int]] = {}
        self._starved_before: dict[int, float] = {}

    def all_at_rest(self, asleep: Set[int]) -> bool:
        """
        Return whether all threads are at rest; the caller yields to other threads between two calls.

        A positive result is confirmed by a second check: threads are read one after another, and while one is
        read, another may wake a thread that was read before.

        Args:
            asleep: the threads that sleep in simulated time, the calling one among them.

        Raises:
            BatchMockWarning: a thread or process has held time up for too long, and warnings are errors.
        """
        if not self._are_at_rest_now(asleep):
            return False
        if not self._seen and not self._snapshots.shows_threads:
            # All other threads sleep in simulated time.
            return True
        seen = self._seen
        real.sleep(CONFIRMATION)
        if not self._are_at_rest_now(asleep) or self._seen != seen:
            return False
        self._observer.at_rest.update(seen)
        return True

    def _have_not_run(self) -> bool:
        """Return whether no thread has used processor time since all were confirmed to be at rest."""
        return self._seen.items() <= self._observer.at_rest.items()

    def _are_at_rest_now(self, asleep: Set[int]) -> bool:
        if getattr(threading, "_limbo", None):
            # A thread is starting and is not visible yet.
            return False
        work = None if self._observer.states.are_reported else unfinished_work.state()
        frames = sys._current_frames()
        try:
            is_at_rest = self._shows_rest(frames, asleep, work)
        finally:
            # The frame of this method, which is among them, refers to them in turn: they would stay alive, with
            # the variables of all threads, until garbage is collected.
            frames.clear()
        # A worker that has received an item looked idle, and may have begun to run it meanwhile.
        return is_at_rest and (work is None or work == unfinished_work.state())

    def _shows_rest(
        self, frames: Mapping[int, FrameType], asleep: Set[int], work: WorkState | None
    ) -> bool:
        """Return whether all threads are at rest, given their frames and the work of pools."""
        interruptible = interruptible_thread(asleep)
        are_alone = interruptible is None and frames.keys() <= asleep
        natives: dict[int, int | None] = {}
        busy: list[Busy] = []
        seen_before, self._seen = self._seen, {}
        if not are_alone:
            natives = self._observer.natives()
            if any(natives.get(thread) is None for thread in frames) or work is not None:
                self._snapshots.add(frames, asleep, self._observer.excused, work)
            busy = self._busy_threads(frames, natives, asleep)
            if interruptible is not None:
                busy += self._interrupted(interruptible, natives, frames)
        if not busy and work is not None and work.is_handed_out:
            busy = [Busy(0, "about to run what an executor was given", None, 0)]
        if not busy:
            busy = self._busy_elsewhere(natives, are_alone=are_alone)
        if busy:
            self._hold_up(busy[0])
        is_quiet = self._was_quiet_since(seen_before, asleep)
        return not busy and is_quiet

    def _was_quiet_since(self, seen_before: dict[int, int], asleep: Collection[int]) -> bool:
        """
        Return whether no thread has run since the last check, unless all are known to be at rest.

        The states of several threads are read one after another, and a thread that was read may be woken by one
        that is read later. It has then used processor time at the next check.
        """
        asleep_before, self._asleep = self._asleep, frozenset(asleep)
        return self._have_not_run() or (seen_before == self._seen and asleep_before == self._asleep)

    def _busy_threads(
        self,
        frames: Mapping[int, FrameType],
        natives: Mapping[int, int | None],
        asleep: Collection[int],
    ) -> list[Busy]:
        """Return the threads that are not at rest, except those already warned about."""
        excused = self._observer.excused
        excused.intersection_update(frames)
        busy = []
        for thread, frame in frames.items():
            if thread in asleep:
                continue
            found = self._busy(thread, natives.get(thread), frame, frames)
            if found is None:
                self._busy_since.pop(thread, None)
                excused.discard(thread)
            elif thread not in excused and (
                not is_thread_of_a_server(thread)
                or (found.what == "running" and hands_on_items_of_a_pool(thread))
            ):
                busy.append(found)
        return busy

    def _interrupted(
        self, thread: int, natives: Mapping[int, int | None], frames: Mapping[int, FrameType]
    ) -> list[Busy]:
        """Return what a thread does that was asleep, if it runs the handler of a signal."""
        state = self._observer.states.of(natives.get(thread))
        if state is None or thread in self._observer.excused:
            return []
        if state.kind == "running" or not is_paused(frames[thread]):
            return [Busy(thread, "running", frames[thread], state.used_ns)]
        self._busy_since.pop(thread, None)
        # A second check follows: a handler may be about to run.
        self._seen[thread] = 0
        return []

    def _busy(
        self, thread: int, native: int | None, frame: FrameType, alive: Collection[int]
    ) -> Busy | None:
        """Return the activity of a thread; None if it is at rest."""
        observer = self._observer
        state = observer.states.of(native)
        # The frames of a running thread change while they are walked.
        if state is not None and state.kind == "running":
            return Busy(thread, "running", frame, state.used_ns)
        if is_in_batchmock(frame):
            return Busy(thread, "", frame, 0 if state is None else state.used_ns)
        if state is None:
            # The platform does not report it.
            is_idle = native is None and is_blocked_in_a_server(frame)
            if is_idle or self._snapshots.is_at_rest(frame, alive):
                return None
            return Busy(thread, "running", frame, 0)
        used_ns = state.used_ns
        if state.kind == "blocked" and not is_in_a_selector(frame):
            if observer.blocked_before.get(thread) == used_ns:
                return None
            return Busy(thread, "waiting for something outside the test's threads", frame, used_ns)
        self._seen[thread] = used_ns
        return None

    def _busy_elsewhere(self, natives: Mapping[int, int | None], *, are_alone: bool) -> list[Busy]:
        """Return the busy native threads and child processes."""
        observer = self._observer
        native = None
        if not are_alone or observer.states.count() != observer.count_before:
            native = observer.other_running(set((natives or observer.natives()).values()))
        if native is not None and native not in observer.excused_children:
            return [Busy(-native, f"running as native thread {native}", None, 0)]
        for child in sorted(observer.children.live() - observer.excused_children):
            return [Busy(-child, f"running as child process {child}", None, 0)]
        if have_process_pools_work() and 0 not in observer.excused_children:
            return [Busy(0, "at work in a pool of processes", None, 0)]
        return []

    def _hold_up(self, busy: Busy) -> None:
        """Warn of anything that has held time up for too long, and stop waiting for it."""
        if self._is_patient and busy.what in ("", "running"):
            return
        now = real.monotonic()
        since, used_ns, asleep_before = self._busy_since.get(busy.thread, (now, busy.used_ns, -1))
        # It may have slept between two checks: another sleeper looks only while this one is awake.
        times_asleep = self._observer.times_asleep.get(busy.thread, 0)
        if asleep_before != times_asleep:
            since, used_ns = now, busy.used_ns
            self._busy_since[busy.thread] = since, used_ns, times_asleep
        elapsed = now - since
        if elapsed < HOLD_SECONDS / 2:
            # The usual case: nothing else has to be found out.
            self._starved_before.pop(busy.thread, None)
            return
        if busy.what == "running":
            used = (busy.used_ns - used_ns) / 1e9
        else:
            starved = starved_seconds()
            used = elapsed - (starved - self._starved_before.setdefault(busy.thread, starved))
        if used < HOLD_SECONDS and elapsed < _LOADED * HOLD_SECONDS:
            return
        if busy.thread > 0:
            self._observer.excused.add(busy.thread)
        else:
            self._observer.excused_children.add(-busy.thread)
        warnings.warn(_held_up(busy), BatchMockWarning, stacklevel=depth_of_caller())


def _held_up(busy: Busy) -> str:
    name = next(
        (repr(each.name) for each in threading.enumerate() if each.ident == busy.thread), ""
    )
    subject = f"thread {name}".strip() if busy.thread > 0 else "something"
    stack = ""
    if busy.frame is not None:
        lines = traceback.format_stack(busy.frame)[-_SHOWN_FRAMES:]
        stack = "\nIt is here:\n" + "".join(lines).rstrip()
    return (
        f"batchmock: {subject} has been {busy.what or 'running'} for {HOLD_SECONDS:g} seconds of real "
        "time, which held simulated time up. Time moves on without it now, and may pass deadlines that "
        "it would meet in reality. Let it wait by time.sleep, asyncio.sleep, or for another thread."
        f"{stack}"
    )
