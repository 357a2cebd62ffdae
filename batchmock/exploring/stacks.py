"""
Which frames of a call stack belong to the code under test, and which to the test.

Only the requests of the code under test are disturbed, and an error is attributed to the line of that code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from inspect import unwrap
from linecache import getline
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, Final, Literal, NamedTuple

#: Packages that lie between the code under test and a request, or call the test.
PLUMBING: Final = frozenset(
    {
        "_pytest",
        "aioboto3",
        "aiobotocore",
        "anyio",
        "batchmock",
        "boto3",
        "botocore",
        "execnet",
        "freezegun",
        "hypothesis",
        "moto",
        "outcome",
        "pluggy",
        "pytest",
        "pytest_asyncio",
        "sniffio",
        "trio",
        "urllib3",
        "xdist",
    }
)
_STANDARD_LIBRARY: Final = str(Path(os.__file__).parent) + os.sep
_INSTALLED: Final = ("site-packages", "dist-packages")
#: The modules that call the test: frames above them do not belong to it.
_CALLERS: Final = frozenset({"batchmock.exploring.programs", "batchmock.pytest_explore"})

#: `code` for another file than the test's, `beside` for another function in the test's file, `test` for the
#: test itself and its fixtures.
Origin = Literal["code", "beside", "test"]
_OUTSIDE: Final = "outside"
_PLUMBING: Final = "plumbing"


class Place(NamedTuple):
    """A line of the code under test, or of the test."""

    file: str
    line: int
    function: str
    origin: Origin = "code"

    def __str__(self) -> str:
        return f"{_relative(self.file)}:{self.line}, in {self.function}"

    @property
    def text(self) -> str:
        """The source of the line."""
        return getline(self.file, self.line).strip()


class Boundary:
    """
    Assigns frames to the code under test or to the test.

    Args:
        functions: the test, and the fixtures and methods that belong to it.
        files: the files of the test and of its fixtures.
        may_be_the_code: whether the test may be the code under test itself, if it calls no other code.
    """

    def __init__(
        self,
        functions: Iterable[Callable[..., object]],
        files: Iterable[str] = (),
        *,
        may_be_the_code: bool,
    ) -> None:
        codes = [code for function in functions for code in _codes_of(function)]
        self._codes = frozenset(codes)
        self._files = frozenset(files) | {code.co_filename for code in codes}
        self._may_be_the_code = may_be_the_code
        #: The origin of each code, by its id: the hash of a code depends on all of its instructions.
        self._origins: dict[int, str] = {}
        #: These codes, kept so that no other ones can have their ids.
        self._known: list[CodeType] = []
        #: The line of each instruction that was met, by the id of its code.
        self._places: dict[tuple[int, int], Place] = {}
        self._code_in: dict[tuple[Place, ...], tuple[Place, ...]] = {}
        #: The origins that count as the code under test; decided by an undisturbed run.
        self.under_test: frozenset[str] = frozenset({"code"})

    def decide(self, stacks: Iterable[tuple[Place, ...]]) -> None:
        """
        Decide what the code under test is, from the stacks of all requests of an undisturbed run.

        Code in other files if there is any; otherwise other functions in the file of the test; otherwise,
        without pytest, the function itself.
        """
        self._code_in.clear()
        met = {place.origin for stack in stacks for place in stack}
        if "code" in met or not met:
            self.under_test = frozenset({"code"})
        elif "beside" in met:
            self.under_test = frozenset({"code", "beside"})
        elif self._may_be_the_code:
            self.under_test = frozenset({"code", "beside", "test"})

    def is_code(self, place: Place) -> bool:
        """Return whether a line belongs to the code under test."""
        return place.origin in self.under_test

    def code_in(self, stack: tuple[Place, ...]) -> tuple[Place, ...]:
        """Return the lines of a stack that belong to the code under test."""
        known = self._code_in.get(stack)
        if known is None:
            known = self._code_in[stack] = tuple(place for place in stack if self.is_code(place))
        return known

    def is_frame_of_code(self, frame: FrameType) -> bool:
        """Return whether a frame belongs to the code under test."""
        return self._origin(frame) in self.under_test

    def stack(self, frame: FrameType | None) -> tuple[Place, ...]:
        """Return the lines of the test and of the code under test on a stack, innermost first."""
        places = []
        origin_of = self._origins.get
        while frame is not None:
            # Most frames are known and plumbing, and each request has dozens.
            origin = origin_of(id(frame.f_code)) or self._origin(frame)
            if origin is not _PLUMBING:
                if origin is _OUTSIDE:
                    break
                places.append(self._place(frame, origin))
            frame = frame.f_back
        return tuple(places)

    def _place(self, frame: FrameType, origin: str) -> Place:
        spot = id(frame.f_code), frame.f_lasti
        place = self._places.get(spot)
        if place is None:
            place = self._places[spot] = _place(frame.f_code, frame.f_lineno, origin)
        return place

    def broken_at(self, traceback: TracebackType | None) -> tuple[Place | None, Place | None]:
        """Return the innermost line of an error, and the innermost line of the code under test."""
        innermost, of_code = None, None
        while traceback is not None:
            frame = traceback.tb_frame
            origin = self._origin(frame)
            if origin not in (_OUTSIDE, _PLUMBING):
                innermost = _place(frame.f_code, traceback.tb_lineno, origin)
                of_code = innermost if self.is_code(innermost) else of_code
            traceback = traceback.tb_next
        return innermost, of_code

    def _origin(self, frame: FrameType) -> str:
        code = frame.f_code
        origin = self._origins.get(id(code))
        if origin is None:
            module = str(frame.f_globals.get("__name__"))
            origin = self._origins[id(code)] = self._origin_of(code, module)
            self._known.append(code)
        return origin

    def _origin_of(self, code: CodeType, module: str) -> str:
        if module in _CALLERS:
            return _OUTSIDE
        file = code.co_filename
        # The functions of a named tuple have a module of their own.
        is_generated = file.startswith("<frozen ") or module.startswith("namedtuple_")
        if is_generated or module.partition(".")[0] in PLUMBING:
            return _PLUMBING
        if file.startswith(_STANDARD_LIBRARY) and not any(part in file for part in _INSTALLED):
            return _PLUMBING
        if code in self._codes or Path(file).name == "conftest.py":
            return "test"
        return "beside" if file in self._files else "code"


def _place(code: CodeType, line: int | None, origin: str) -> Place:
    known: Any = origin
    return Place(code.co_filename, line or code.co_firstlineno, code.co_name, known)


def _codes_of(function: Callable[..., object]) -> Iterator[CodeType]:
    """Return the code of a function, and of the functions inside it."""
    plain: Any = unwrap(function)
    plain = getattr(plain, "func", plain)
    code = getattr(getattr(plain, "__func__", plain), "__code__", None)
    waiting = [] if code is None else [code]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [item for item in code.co_consts if isinstance(item, CodeType)]


def _relative(file: str) -> str:
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file
