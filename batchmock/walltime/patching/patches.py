"""
Install the replacements of sleeps and clocks while a mock needs them.

They are installed in one pass, and removed when no mock needs any. Without a mock they behave like the
originals.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from threading import RLock
from typing import Final, Literal

from batchmock.walltime.frozen import is_frozen_by_freezegun, mocked_time
from batchmock.walltime.patching.replacements import Replacements

Kind = Literal["clocks", "sleeps"]


class Patches:
    """The replacements that are installed, and the mocks that need them."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._owners: list[object] = []
        self._installed: list[tuple[Collection[Kind], Replacements]] = []

    def enter(self, owner: object, kinds: Collection[Kind]) -> None:
        """Install the replacements that an owner needs and that are missing."""
        with self._lock:
            self._owners.append(owner)
            present = {kind for installed, _ in self._installed for kind in installed}
            missing = [kind for kind in kinds if kind not in present]
            if missing:
                try:
                    self._install(missing)
                except BaseException:
                    self.leave(owner)
                    raise

    def _install(self, kinds: Collection[Kind]) -> None:
        pairs, in_modules = [], []
        if "clocks" in kinds:
            from batchmock.walltime.patching import clock_pairs, dates

            clock_pairs.import_others()
            pairs += clock_pairs.clocks()
            in_modules += clock_pairs.in_modules()
        if "sleeps" in kinds:
            from batchmock.walltime import sleeps

            pairs += sleeps.pairs_of_sleeps()
        replacements = Replacements(pairs, in_modules)
        self._installed.append((kinds, replacements))
        if "sleeps" in kinds:
            sleeps.replace_methods(replacements)
        replacements.make()
        if "clocks" in kinds:
            dates.simulate_subclasses(replacements)
            clock_pairs.make_room_for_authors(replacements)

    def leave(self, owner: object) -> bool:
        """
        Undo everything once no owner is left.

        Returns:
            Whether freezegun goes on with a time that was frozen while clocks were replaced. Code that holds
            a clock by name does not see that time any more: freezegun found the replacement there.
        """
        has_clocks = False
        with self._lock:
            self._owners = [other for other in self._owners if other is not owner]
            while self._installed and not self._owners:
                kinds, replacements = self._installed.pop()
                has_clocks = has_clocks or "clocks" in kinds
                replacements.undo()
        return has_clocks and is_frozen_by_freezegun()


def _end_in_child() -> None:
    """Restore real sleeps and clocks in a forked child process, which has no threads to move time."""
    mocked_time.frozen = []
    sleepers = sys.modules.get("batchmock.walltime.sleepers")
    if sleepers is not None:
        sleepers.sleepers.forget_all()


patches: Final = Patches()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_end_in_child)
