"""Import the modules of batchmock as Python does, without pytest's rewriting of assert statements."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Final

_PREFIX: Final = f"{__package__}."


class OwnModules:
    """
    A finder of the modules of batchmock, for `sys.meta_path`.

    pytest rewrites all modules of a distribution that has a plugin. The modules of batchmock contain nothing to
    rewrite. A run without cached rewritten modules would compile hundreds of them, for half a second and more.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of a module of batchmock; None for any other module."""
        if path is None or not name.startswith(_PREFIX):
            return None
        return PathFinder.find_spec(name, path, target)

    def install(self) -> None:
        """Find modules before the finder of pytest does."""
        sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """Leave all modules to the other finders."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
