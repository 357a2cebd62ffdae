"""
How many references there are to an original.

A count shows that something new refers to an original only if all references are known. Variables of running
functions are none of these: they vanish without a trace, while something else begins to refer to the original.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Collection, Iterable
from inspect import CO_GENERATOR
from types import BuiltinFunctionType, FrameType
from typing import Any, Final

from batchmock.walltime.patching.derived import Pair
from batchmock.walltime.threads.tools import module_of

#: Tools that time code in a function that holds a clock in a variable.
_TIMING_TOOLS: Final = frozenset({"pyperf", "pytest_benchmark"})
#: So do `timeit` and IPython's, whose module may be `__main__`, and which make up the file of the function.
_FILES_OF_TIMEIT: Final = ("timeit.py", "<timeit-src>", "<magic-timeit>")
#: The references to a variable of a function: before Python 3.13, reading it leaves a copy in the frame.
_IN_A_FRAME: Final = 2 if sys.version_info < (3, 13) else 1
#: What modules written in Cython import from `time` into variables of C, where the garbage collector does not
#: see it: once each.
_HIDDEN: Final = {"uvloop.loop": frozenset({"monotonic", "sleep"})}


def references_of(objects: Iterable[Any], ids: Collection[int]) -> dict[int, int]:
    """Return how many references some objects have to others, by the id of the latter."""
    counts = dict.fromkeys(ids, 0)
    for each in objects:
        for address in map(id, gc.get_referents(each)):
            if address in counts:
                counts[address] += 1
    return counts


def references_to(pair: Pair) -> int:
    """Return the number of references to an original, that of the pair included."""
    return sys.getrefcount(pair.original) - _OWN


def may_be_hidden(original: Any) -> bool:
    """Return whether a module may refer to an original in a way that the garbage collector does not see."""
    return (
        type(original) is BuiltinFunctionType
        and original.__module__ == "time"
        and any(original.__name__ in _HIDDEN[name] for name in _HIDDEN if name in sys.modules)
    )


def held_by_timing_tools(ids: Collection[int]) -> dict[int, int]:
    """Return how many references the tools that time the running code keep in variables, by id."""
    counts = dict.fromkeys(ids, 0)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        is_tool = code.co_filename.endswith(_FILES_OF_TIMEIT) or module_of(frame) in _TIMING_TOOLS
        # The garbage collector may see the variables of a generator.
        if is_tool and not code.co_flags & CO_GENERATOR:
            # What is in a cell is known by the cell.
            names = {*code.co_varnames}.difference(code.co_cellvars)
            for name, value in frame.f_locals.items():
                if id(value) in counts and name in names:
                    counts[id(value)] += _IN_A_FRAME
        frame = frame.f_back
    return counts


_pair: Final = Pair(object(), None)
#: The references that exist only during the count, which depend on the version of Python.
_OWN: Final = sys.getrefcount(_pair.original) - 1
