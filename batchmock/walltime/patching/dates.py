"""
Replacements for `datetime.datetime` and `datetime.date` while a mock freezes time.

They create instances of the real classes, so that pickling, comparison and dispatch work as usual.
"""

from __future__ import annotations

import datetime
import sys
from datetime import date as _date
from datetime import datetime as _datetime
from typing import Any, Final

from batchmock.walltime.patching.attributes import attributes_of_class
from batchmock.walltime.patching.clocks import now_seconds
from batchmock.walltime.patching.replacements import Replacements
from batchmock.walltime.reads import reads

#: The real class of each replacement, by the id of the replacement.
_REAL: Final[dict[int, type]] = {}
#: The attributes that a replacement does not delegate to the real class.
_OWN: Final = frozenset({"__class__", "__mro__", "__new__", "_now", "now", "today", "utcnow"})


class _StandIn(type):
    """The metaclass of the replacements, which equal the real class and create its instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _REAL.get(id(cls), ())) or type.__instancecheck__(cls, instance)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, _REAL.get(id(cls), ())) or type.__subclasscheck__(cls, kind)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is _REAL.get(id(cls))

    def __hash__(cls) -> int:
        return type.__hash__(_REAL.get(id(cls), cls))

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        kind = _REAL.get(id(cls))
        return type.__call__(cls, *args, **kwargs) if kind is None else kind(*args, **kwargs)

    def __getattribute__(cls, name: str) -> Any:
        kind = None if name in _OWN else _REAL.get(id(cls))
        return type.__getattribute__(cls, name) if kind is None else getattr(kind, name)


class SimulatedDate(_date, metaclass=_StandIn):
    """`datetime.date` in simulated time."""

    @classmethod
    def today(cls) -> Any:
        """Return the current local date."""
        reads.note_by(sys._getframe(1))
        seconds = now_seconds()
        if seconds is None:
            return _date.today() if id(cls) in _REAL else super().today()
        kind: Any = _REAL.get(id(cls), cls)
        return kind.fromtimestamp(seconds)


class SimulatedDatetime(_datetime, metaclass=_StandIn):
    """`datetime.datetime` in simulated time."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        """Return the current time, local or of a time zone."""
        reads.note_by(sys._getframe(1))
        return cls._now(tz)

    @classmethod
    def utcnow(cls) -> Any:
        """Return the current time in UTC, without a zone."""
        reads.note_by(sys._getframe(1))
        return cls._now(datetime.timezone.utc).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        """Return the current local time."""
        reads.note_by(sys._getframe(1))
        return cls._now(None)

    @classmethod
    def _now(cls, tz: datetime.tzinfo | None) -> Any:
        seconds = now_seconds()
        if seconds is None:
            return _datetime.now(tz) if id(cls) in _REAL else super().now(tz)
        kind: Any = _REAL.get(id(cls), cls)
        return kind.fromtimestamp(seconds, tz)


_REAL.update({id(SimulatedDate): _date, id(SimulatedDatetime): _datetime})


def simulate_subclasses(replacements: Replacements) -> None:
    """Simulate the current time of the subclasses of `datetime` that exist, unless they have their own."""
    for kind in _datetime.__subclasses__():
        for name, clock in (("now", _now), ("utcnow", _utcnow)):
            if kind is not SimulatedDatetime and name not in attributes_of_class(kind):
                replacements.add_to_class(kind, name, classmethod(clock))


def _now(cls: Any, tz: datetime.tzinfo | None = None) -> Any:
    """Return the current time, local or of a time zone."""
    seconds = now_seconds()
    if seconds is None:
        return vars(_datetime)["now"].__get__(None, cls)(tz)
    reads.note_by(sys._getframe(1))
    return cls.fromtimestamp(seconds, tz)


def _utcnow(cls: Any) -> Any:
    """Return the current time in UTC, without a zone."""
    seconds = now_seconds()
    if seconds is None:
        return vars(_datetime)["utcnow"].__get__(None, cls)()
    reads.note_by(sys._getframe(1))
    return cls.fromtimestamp(seconds, datetime.timezone.utc).replace(tzinfo=None)


def reducers() -> dict[type, Any]:
    """Return reducers for pickle and copy that refer to the classes now in `datetime`."""
    return {
        _date: lambda moment: (SimulatedDate, moment.__reduce_ex__(2)[1]),
        _datetime: lambda moment: (SimulatedDatetime, moment.__reduce_ex__(2)[1]),
    }
